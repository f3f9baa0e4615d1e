//! Commands as items of menus and as words with their key.

use super::{Command, Target};
use crate::ui::cx::Cx;
use crate::ui::theme;
use egui::Ui;

/// The item of a menu, with its key at the right edge. Off, with the reason on hover, where the command or `block` has
/// one. True if it was chosen and done; the menu is then closed.
pub fn item_ui(ui: &mut Ui, on: &Target<'_>, command: &Command, block: Option<&str>) -> bool {
    let why = (command.block)(on).or(block);
    let words = with_key(&command.text(on), &key_text(ui, on.cx, command));
    let button = ui.add_enabled(why.is_none(), theme::menu_item(&words));
    let chosen = button.on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked();
    if chosen {
        (command.run)(on);
        ui.close();
    }
    chosen
}

/// The key of a command as the system writes it; empty if it has none.
#[must_use]
pub fn key_text(ui: &Ui, cx: &Cx<'_>, command: &Command) -> String {
    cx.keys.text(ui.ctx(), command)
}

/// Words and a key as [`theme::menu_item`] takes them apart.
#[must_use]
pub fn with_key(words: &str, key: &str) -> String {
    if key.is_empty() { words.to_owned() } else { format!("{words}   {key}") }
}

/// Words with the key in brackets, for the names of buttons without words: `Freeze the view (Ctrl+.)`.
#[must_use]
pub fn tip(ui: &Ui, on: &Target<'_>, command: &Command) -> String {
    tip_of(ui, on.cx, command, command.text(on).trim_end_matches('…'))
}

/// Other words for a command, with its key in brackets.
#[must_use]
pub fn tip_of(ui: &Ui, cx: &Cx<'_>, command: &Command, words: &str) -> String {
    let key = key_text(ui, cx, command);
    if key.is_empty() { words.to_owned() } else { format!("{words} ({key})") }
}
