//! The commands of the window: one list from which menus, palette, shortcuts, hints and the list of keys are made.
//!
//! A command is one entry of the list of its section ([`connection`], [`window`], [`topic`]); each panel adds the one
//! that shows it. Nothing else names a key: [`keymap`] says which key a command has, and writes it as the system does.

pub mod connection;
mod item;
pub mod keymap;
pub mod messages;
pub mod sessions;
pub mod topic;
pub mod window;

pub use item::{item_ui, key_text, tip, tip_of, with_key};
pub use keymap::Keymap;

use super::cx::Cx;
use super::panels;
use super::theme::Icon;
use crate::data::TopicPath;
use crate::model::Connected;
use egui::{Key, KeyboardShortcut, Modifiers};

/// Something that the user can do.
pub struct Command {
    /// Names it in the settings: never changed, unique in the list.
    pub id: &'static str,
    /// What it does, as a menu says it; with `…` if it asks for more.
    pub words: &'static str,
    /// Where it stands in the list of keys.
    pub section: Section,
    /// Where its key works.
    pub scope: Scope,
    /// The key that it has until the user gives it another one.
    pub key: Option<KeyboardShortcut>,
    /// A key that the user cannot change, in words.
    pub fixed_key: Option<&'static str>,
    /// Its picture on buttons and in the palette.
    pub icon: Option<Icon>,
    /// Whether the palette offers it; not if the palette has a better entry, or if it needs the keyboard in a list.
    pub in_palette: bool,
    /// Why it cannot be done now, if so.
    pub block: fn(&Target<'_>) -> Option<&'static str>,
    /// What it does to this target, where that is more than [`Self::words`] say.
    pub words_for: Option<fn(&Target<'_>) -> String>,
    /// Does it.
    pub run: fn(&Target<'_>),
}

/// A group of the list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Servers and sessions.
    Connection,
    /// Topics and their values.
    Topic,
    /// The window itself.
    Window,
    /// Requests between sessions.
    Messages,
    /// Other sessions.
    Sessions,
    /// Showing panels.
    Panel,
}

impl Section {
    /// Every section, in the order of the list of keys.
    pub const ALL: [Self; 6] =
        [Self::Topic, Self::Messages, Self::Sessions, Self::Connection, Self::Window, Self::Panel];

    /// Its heading.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "Connections",
            Self::Topic => "Topics",
            Self::Window => "Window",
            Self::Messages => "Messages",
            Self::Sessions => "Sessions",
            Self::Panel => "Panels",
        }
    }
}

/// Where the key of a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere in the window, but not behind a dialog.
    Window,
    /// Everywhere, in front of a dialog too.
    Always,
    /// Everywhere in the window, but not while text is edited, which has the key itself.
    OutsideText,
    /// While the topic tree has the keyboard.
    Tree,
    /// In an editor or a dialog that sends something.
    Form,
    /// While the panel of this id has the keyboard, where it comes before commands of the window with the same key. The
    /// panel looks for it by itself.
    Panel(&'static str),
}

impl Scope {
    /// Whether a key could mean two things if commands of both scopes had it.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Panel(one), Self::Panel(other)) => one == other,
            (Self::Tree, Self::Form)
            | (Self::Form, Self::Tree)
            | (Self::Panel(_), Self::Tree | Self::Window | Self::OutsideText)
            | (Self::Tree | Self::Window | Self::OutsideText, Self::Panel(_)) => false,
            (_, _) => true,
        }
    }
}

/// What a command is done to.
pub struct Target<'a> {
    /// The window.
    pub cx: &'a Cx<'a>,
    /// The topic or branch it is about: the row of a menu, else the selected one.
    pub path: Option<TopicPath>,
    /// Whether it is about the rows checked in the tree, where a command can take several.
    pub checked: bool,
}

impl<'a> Target<'a> {
    /// What is checked or selected in the window.
    #[must_use]
    pub fn current(cx: &'a Cx<'a>) -> Self {
        let connected = cx.connected();
        let path = connected.and_then(|connected| connected.inspector.selected.clone());
        Self { cx, path, checked: connected.is_some_and(|connected| !connected.topics.checks.is_empty()) }
    }

    /// One topic or branch.
    #[must_use]
    pub fn path(cx: &'a Cx<'a>, path: &TopicPath) -> Self {
        Self { cx, path: Some(path.clone()), checked: false }
    }

    /// The connection shown.
    #[must_use]
    pub fn connected(&self) -> Option<&'a Connected> {
        self.cx.connected()
    }

    /// The topics and branches it is about.
    #[must_use]
    pub fn paths(&self) -> Vec<TopicPath> {
        match self.connected() {
            Some(connected) if self.checked => connected.topics.checks.paths().cloned().collect(),
            _ => self.path.iter().cloned().collect(),
        }
    }
}

impl Command {
    /// A command of the palette without a key that can always be done.
    #[must_use]
    pub const fn new(id: &'static str, words: &'static str, section: Section, run: fn(&Target<'_>)) -> Self {
        Self {
            id,
            words,
            section,
            scope: Scope::Window,
            key: None,
            fixed_key: None,
            icon: None,
            in_palette: true,
            block: |_| None,
            words_for: None,
            run,
        }
    }

    /// With this key.
    #[must_use]
    pub const fn key(mut self, key: KeyboardShortcut) -> Self {
        self.key = Some(key);
        self
    }

    /// With a key that cannot be changed.
    #[must_use]
    pub const fn fixed_key(mut self, key: &'static str) -> Self {
        self.fixed_key = Some(key);
        self
    }

    /// With a key that works here only.
    #[must_use]
    pub const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// With this picture.
    #[must_use]
    pub const fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Not offered by the palette.
    #[must_use]
    pub const fn not_in_palette(mut self) -> Self {
        self.in_palette = false;
        self
    }

    /// Possible only where this gives no reason against it.
    #[must_use]
    pub const fn unless(mut self, block: fn(&Target<'_>) -> Option<&'static str>) -> Self {
        self.block = block;
        self
    }

    /// With words that depend on what it is done to.
    #[must_use]
    pub const fn words_for(mut self, words: fn(&Target<'_>) -> String) -> Self {
        self.words_for = Some(words);
        self
    }

    /// What a menu says for this target.
    #[must_use]
    pub fn text(&self, target: &Target<'_>) -> String {
        self.words_for.map_or_else(|| self.words.to_owned(), |words| words(target))
    }

    /// Does it if it can be done.
    pub fn run_on(&self, target: &Target<'_>) {
        if (self.block)(target).is_none() {
            (self.run)(target);
        }
    }
}

/// A key together with Ctrl (Cmd on macOS).
#[must_use]
pub const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

/// A key together with Ctrl (Cmd on macOS) and Shift.
#[must_use]
pub const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// The digit that shows a panel of the rail: with Alt, on macOS with Control.
#[must_use]
pub const fn rail(key: Key) -> KeyboardShortcut {
    let modifiers = if cfg!(target_os = "macos") { Modifiers::CTRL } else { Modifiers::ALT };
    KeyboardShortcut::new(modifiers, key)
}

/// A key alone.
#[must_use]
pub const fn bare(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

/// Declares the commands of a section and their list.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $command:expr;)*) => {
        $($(#[$doc])* pub static $name: Command = $command;)*

        /// Every command of this section.
        pub static LIST: &[&Command] = &[$(&$name,)*];
    };
}
use commands;

/// Every command.
pub fn all() -> impl Iterator<Item = &'static Command> {
    [topic::LIST, messages::LIST, sessions::LIST, connection::LIST, window::LIST, panels::COMMANDS]
        .into_iter()
        .flatten()
        .copied()
}

/// The command of an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Command> {
    all().find(|command| command.id == id)
}

/// What needs a connection on screen.
pub(super) fn needs_connection(target: &Target<'_>) -> Option<&'static str> {
    target.connected().is_none().then_some("No connection is shown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_an_id_of_its_own_and_words() {
        let all: Vec<_> = all().collect();
        for (at, command) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| other.id != command.id), "{} twice", command.id);
            assert!(command.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            assert!(command.words.starts_with(char::is_uppercase), "{}: sentence case", command.words);
            assert!(command.key.is_none() || command.fixed_key.is_none(), "{} has two keys", command.id);
            assert!(find(command.id).is_some_and(|found| std::ptr::eq(found, *command)));
        }
    }
}
