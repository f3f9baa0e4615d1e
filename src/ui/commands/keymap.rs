//! Which key each command has: its own, or the one that the user gave it; written as the system writes keys.
//!
//! The settings keep only what the user changed, as text: `Ctrl+Shift+C`, where `Ctrl` is the main modifier (Cmd on
//! macOS), or nothing for a command without a key.

use super::{Command, Scope, all, find};
use egui::{Context, Event, Key, KeyboardShortcut, ModifierNames, Modifiers, Ui};
use std::collections::BTreeMap;

/// The key of every command that has one.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: BTreeMap<&'static str, KeyboardShortcut>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::read(&BTreeMap::new()).0
    }
}

/// A stored key that is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The text names no key.
    #[error("“{text}” is not a key, so “{command}” keeps its own")]
    Unreadable {
        /// What the command does.
        command: &'static str,
        /// What is stored.
        text: String,
    },
    /// The key cannot be taken.
    #[error("“{text}” cannot be the key of “{command}”: {reason}")]
    Refused {
        /// What the command does.
        command: &'static str,
        /// What is stored.
        text: String,
        /// Why not.
        reason: &'static str,
    },
    /// Two commands were given the same key.
    #[error("“{text}” is the key of “{first}” already, so “{command}” has none")]
    Twice {
        /// The command without a key.
        command: &'static str,
        /// The command that has it.
        first: &'static str,
        /// What is stored.
        text: String,
    },
}

impl Keymap {
    /// The keys with these changes of the user, and what of them cannot be used. A key that the user gave to one
    /// command is taken from the command that had it by default. Ids that are not known are left alone.
    #[must_use]
    pub fn read(changed: &BTreeMap<String, String>) -> (Self, Vec<KeyProblem>) {
        let mut map = Self { keys: BTreeMap::new() };
        let mut problems = Vec::new();
        let mut defaults: Vec<&'static Command> = Vec::new();
        for command in all().filter(|command| command.fixed_key.is_none()) {
            match changed.get(command.id).map(String::as_str) {
                None => defaults.push(command),
                Some("") => {}
                Some(text) => match usable(command, text) {
                    Err(problem) => {
                        problems.push(problem);
                        defaults.push(command);
                    }
                    Ok(key) => match map.holder(command.scope, &key) {
                        None => drop(map.keys.insert(command.id, key)),
                        Some(first) => problems.push(KeyProblem::Twice {
                            command: command.words,
                            first: first.words,
                            text: text.to_owned(),
                        }),
                    },
                },
            }
        }
        for command in defaults {
            if let Some(key) = command.key
                && map.holder(command.scope, &key).is_none()
            {
                map.keys.insert(command.id, key);
            }
        }
        (map, problems)
    }

    /// The key of a command.
    #[must_use]
    pub fn key(&self, command: &Command) -> Option<KeyboardShortcut> {
        self.keys.get(command.id).copied()
    }

    /// The key of a command as the system writes it; empty if it has none.
    #[must_use]
    pub fn text(&self, ctx: &Context, command: &Command) -> String {
        match (command.fixed_key, self.key(command)) {
            (Some(fixed), _) => fixed.to_owned(),
            (None, Some(key)) => written(ctx, &key),
            (None, None) => String::new(),
        }
    }

    /// The command that a key in this scope would be mistaken for.
    #[must_use]
    pub fn holder(&self, scope: Scope, key: &KeyboardShortcut) -> Option<&'static Command> {
        let same = |(id, held): (&&'static str, &KeyboardShortcut)| (held == key).then(|| find(id)).flatten();
        self.keys.iter().filter_map(same).find(|holder| holder.scope.meets(scope))
    }

    /// Whether the key of a command was pressed; the press is consumed.
    #[must_use]
    pub fn pressed(&self, ui: &Ui, command: &Command) -> bool {
        self.key(command).is_some_and(|key| ui.input_mut(|input| take(&mut input.events, key)))
    }

    /// As [`Self::pressed`], but a key that is held down counts once only.
    #[must_use]
    pub fn pressed_once(&self, ui: &Ui, command: &Command) -> bool {
        let repeats = |event: &Event| matches!(event, Event::Key { repeat: true, .. });
        let first = |key: &KeyboardShortcut| {
            ui.input(|input| input.events.iter().any(|event| event_key(event) == Some(*key) && !repeats(event)))
        };
        self.key(command).is_some_and(|key| first(&key)) & self.pressed(ui, command)
    }
}

/// Takes a key press out of the events. Shift and Alt count, except for signs that some keyboards type with Shift.
fn take(events: &mut Vec<Event>, wanted: KeyboardShortcut) -> bool {
    let before = events.len();
    events.retain(|event| event_key(event).is_none_or(|pressed| pressed != wanted));
    let taken = events.len() < before;
    if taken && wanted.modifiers.alt {
        // Systems report what the key would type as well, which would end up in the field with the keyboard.
        let typed = wanted.logical_key.symbol_or_name();
        events.retain(|event| !matches!(event, Event::Text(text) if text == typed));
    }
    taken
}

/// The key that an event says was pressed. The window's system turns the keys of the clipboard into events of their own.
#[must_use]
pub fn event_key(event: &Event) -> Option<KeyboardShortcut> {
    match event {
        Event::Key { key, pressed: true, modifiers, .. } => Some(normal(*modifiers, *key)),
        Event::Copy => Some(super::ctrl(Key::C)),
        Event::Cut => Some(super::ctrl(Key::X)),
        Event::Paste(_) => Some(super::ctrl(Key::V)),
        _ => None,
    }
}

/// A pressed key in the form in which keys are kept and compared.
fn normal(pressed: Modifiers, key: Key) -> KeyboardShortcut {
    let mut modifiers = Modifiers::NONE;
    modifiers.command = pressed.command || pressed.mac_cmd;
    // On macOS the Ctrl key is a modifier of its own; elsewhere it is the main one.
    modifiers.ctrl = pressed.ctrl && !pressed.command;
    modifiers.alt = pressed.alt;
    modifiers.shift = pressed.shift && !is_sign(key);
    KeyboardShortcut::new(modifiers, key)
}

/// Signs: which of them need Shift depends on the keyboard.
const fn is_sign(key: Key) -> bool {
    matches!(
        key,
        Key::Plus
            | Key::Minus
            | Key::Equals
            | Key::Period
            | Key::Comma
            | Key::Colon
            | Key::Semicolon
            | Key::Backslash
            | Key::Slash
            | Key::Pipe
            | Key::Questionmark
            | Key::Exclamationmark
            | Key::OpenBracket
            | Key::CloseBracket
            | Key::OpenCurlyBracket
            | Key::CloseCurlyBracket
            | Key::Backtick
            | Key::Quote
    )
}

/// A key as the system writes it: `Ctrl+Shift+C`, `⇧⌘C`.
#[must_use]
pub fn written(ctx: &Context, key: &KeyboardShortcut) -> String {
    let mac = ctx.os().is_mac();
    let names =
        if mac && ctx.format_shortcut(key).contains('⌘') { ModifierNames::SYMBOLS } else { ModifierNames::NAMES };
    let mut text = names.format(&key.modifiers, mac);
    if !text.is_empty() {
        text.push_str(names.concat);
    }
    text.push_str(match key.logical_key {
        Key::Plus => "Plus",
        Key::Minus => "Minus",
        Key::Delete => "Del",
        Key::Escape => "Esc",
        Key::PageUp => "PgUp",
        Key::PageDown => "PgDn",
        Key::ArrowUp => "↑",
        Key::ArrowDown => "↓",
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        key => key.symbol_or_name(),
    });
    text
}

/// A key as the settings keep it.
#[must_use]
pub fn stored(key: &KeyboardShortcut) -> String {
    let modifiers = key.modifiers;
    let names =
        [(modifiers.command, "Ctrl"), (modifiers.ctrl, "MacCtrl"), (modifiers.alt, "Alt"), (modifiers.shift, "Shift")];
    let mut parts: Vec<&str> = names.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect();
    parts.push(key.logical_key.name());
    parts.join("+")
}

/// Reads a stored key.
#[must_use]
pub fn parse(text: &str) -> Option<KeyboardShortcut> {
    let mut parts: Vec<&str> = text.split('+').map(str::trim).collect();
    let key = Key::from_name(parts.pop().filter(|name| !name.is_empty())?)?;
    let mut modifiers = Modifiers::NONE;
    for part in parts {
        let held = match part {
            "Ctrl" => &mut modifiers.command,
            "MacCtrl" => &mut modifiers.ctrl,
            "Alt" => &mut modifiers.alt,
            "Shift" => &mut modifiers.shift,
            _ => return None,
        };
        if std::mem::replace(held, true) {
            return None;
        }
    }
    modifiers.shift &= !is_sign(key);
    Some(KeyboardShortcut::new(modifiers, key))
}

fn usable(command: &Command, text: &str) -> Result<KeyboardShortcut, KeyProblem> {
    let (command_words, text) = (command.words, text.to_owned());
    let Some(key) = parse(&text) else { return Err(KeyProblem::Unreadable { command: command_words, text }) };
    match refusal(command.scope, &key) {
        None => Ok(key),
        Some(reason) => Err(KeyProblem::Refused { command: command_words, text, reason }),
    }
}

/// Why a key cannot be given to a command of this scope.
#[must_use]
pub fn refusal(scope: Scope, key: &KeyboardShortcut) -> Option<&'static str> {
    const EDITING: &str = "it is needed to edit text";
    let KeyboardShortcut { modifiers, logical_key } = *key;
    let function = logical_key >= Key::F1 && logical_key <= Key::F35;
    let moves = matches!(
        logical_key,
        Key::ArrowUp
            | Key::ArrowDown
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::Home
            | Key::End
            | Key::PageUp
            | Key::PageDown
    );
    let erases = matches!(logical_key, Key::Delete | Key::Backspace | Key::Insert);
    if matches!(logical_key, Key::Tab | Key::Escape) {
        return Some("it moves the keyboard from one part of the window to the next");
    }
    if moves {
        return Some("it moves the cursor in text and lists");
    }
    if modifiers.command && modifiers.alt {
        return Some("Ctrl and Alt together type signs on many keyboards");
    }
    if modifiers.command {
        let clipboard = matches!(logical_key, Key::A | Key::C | Key::V | Key::X) && !modifiers.shift;
        return match scope {
            _ if !clipboard && !erases && !matches!(logical_key, Key::Y | Key::Z) => None,
            Scope::Tree => None,
            Scope::OutsideText if !clipboard && !erases => None,
            _ => Some(EDITING),
        };
    }
    let digit = logical_key >= Key::Num0 && logical_key <= Key::Num9;
    if function || (digit && (modifiers.alt || modifiers.ctrl) && !modifiers.shift) {
        return None;
    }
    match scope {
        Scope::Panel(_) | Scope::Tree if erases && modifiers.is_none() => None,
        Scope::Tree if matches!(logical_key, Key::Enter | Key::Space) => Some("the list has it already"),
        Scope::Tree => Some("a letter typed in the tree starts its filter; hold Ctrl, or use a function key"),
        _ => Some("it is needed to edit text; hold Ctrl, or use a function key"),
    }
}

#[cfg(test)]
mod tests;
