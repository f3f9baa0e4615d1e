//! The commands that have a key, and the list that shows them.

use crate::ui::theme;
use egui::{Key, KeyboardShortcut, Modifiers, Ui};

/// A command that has a key; menus, palette and the list of keys read it from here.
pub struct Shortcut {
    /// What it does, as a menu says it.
    pub words: &'static str,
    /// Its key.
    pub key: KeyboardShortcut,
    /// What to do.
    pub act: Act,
}

/// What a shortcut does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Open the connection dialog.
    NewConnection,
    /// End the connection shown.
    CloseTab,
    /// Open the palette.
    Palette,
    /// Filter the tree.
    Filter,
    /// Freeze or resume the inspector.
    Freeze,
    /// Fetch the selected topic again.
    Refresh,
    /// A new topic below the selected path.
    NewTopic,
    /// A new topic like the selected one.
    NewTopicLike,
    /// The list of keys.
    Keys,
    /// Edit the selected topic's value.
    Edit,
    /// Choose a form in which to copy topics.
    CopyAs,
    /// Take back the latest change.
    Undo,
    /// Zoom.
    Scale(i8),
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

/// Every shortcut of the shell.
pub const SHORTCUTS: &[Shortcut] = &[
    Shortcut { words: "New connection…", key: ctrl(Key::N), act: Act::NewConnection },
    Shortcut { words: "Close connection", key: ctrl(Key::W), act: Act::CloseTab },
    Shortcut { words: "Search everything", key: ctrl(Key::K), act: Act::Palette },
    Shortcut { words: "Filter topics", key: ctrl(Key::F), act: Act::Filter },
    Shortcut { words: "Freeze or resume the view", key: ctrl(Key::Period), act: Act::Freeze },
    Shortcut { words: "Fetch again", key: KeyboardShortcut::new(Modifiers::NONE, Key::F5), act: Act::Refresh },
    Shortcut { words: "Edit the value", key: KeyboardShortcut::new(Modifiers::NONE, Key::F2), act: Act::Edit },
    Shortcut { words: "Copy as…", key: ctrl_shift(Key::C), act: Act::CopyAs },
    Shortcut { words: "Undo the last change of the server", key: ctrl(Key::Z), act: Act::Undo },
    Shortcut { words: "New topic…", key: ctrl(Key::T), act: Act::NewTopic },
    Shortcut { words: "New topic like the selected one…", key: ctrl(Key::D), act: Act::NewTopicLike },
    Shortcut { words: "Larger", key: ctrl(Key::Plus), act: Act::Scale(1) },
    Shortcut { words: "Smaller", key: ctrl(Key::Minus), act: Act::Scale(-1) },
    Shortcut { words: "Normal size", key: ctrl(Key::Num0), act: Act::Scale(0) },
    Shortcut { words: "Keyboard shortcuts", key: KeyboardShortcut::new(Modifiers::NONE, Key::F1), act: Act::Keys },
];

/// The list of keys, while it is shown.
pub fn list_ui(ui: &Ui, shown: &mut bool) {
    if !*shown {
        return;
    }
    let modal = egui::Modal::new(egui::Id::unique("keys")).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(360.0);
        ui.heading("Keyboard shortcuts");
        ui.add_space(8.0);
        egui::Grid::new("keys").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
            for shortcut in SHORTCUTS {
                ui.label(shortcut.words);
                ui.label(theme::mono(ui.ctx().format_shortcut(&shortcut.key)));
                ui.end_row();
            }
            for (words, key) in [
                ("Go to connection n", "Ctrl+1…9"),
                ("Move in the tree", "↑ ↓ Home End PgUp PgDn"),
                ("Close or parent, open or child", "← →"),
                ("Expand the branch", "*"),
                ("Copy the path", "Ctrl+C"),
                ("Remove topics", "Del"),
                ("Favourite", "Ctrl+Shift+B"),
            ] {
                ui.label(words);
                ui.label(theme::mono(key));
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        ui.vertical_centered(|ui| ui.button("Close").clicked()).inner
    });
    if modal.inner || modal.should_close() {
        *shown = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_shortcuts_share_a_key() {
        for (at, one) in SHORTCUTS.iter().enumerate() {
            for other in &SHORTCUTS[at + 1..] {
                assert_ne!(one.key, other.key, "{} and {}", one.words, other.words);
            }
        }
    }
}
