//! Commands of the message console, which work while it has the keyboard.

use super::{Command, Scope, Section, Target, bare, commands, ctrl};
use crate::ui::panels::{Panel as _, messages::Messages};
use egui::Key;

const SCOPE: Scope = Scope::Panel(Messages::ID);

const fn of_panel(id: &'static str, words: &'static str, key: egui::KeyboardShortcut) -> Command {
    Command::new(id, words, Section::Messages, look).key(key).scope(SCOPE).not_in_palette()
}

/// The panel looks for the key by itself.
fn look(_: &Target<'_>) {}

commands! {
    /// Sends a request of the history once more.
    RESEND = of_panel("resend-request", "Send the request again", ctrl(Key::R));
    /// Puts a request of the history into the builder.
    EDIT_AGAIN = of_panel("edit-request", "Edit the request and send it again", bare(Key::F2));
    /// Keeps the request in the builder under a name.
    SAVE = of_panel("save-request", "Save the request under a name", ctrl(Key::S));
    /// Shows the history and the saved requests, or hides them.
    HISTORY = of_panel("request-list", "Show or hide the history", bare(Key::F4));
    /// Removes the selected requests from the history.
    REMOVE = of_panel("remove-request", "Remove from the history", bare(Key::Delete));
    /// Groups responses of the same content.
    GROUP = of_panel("group-responses", "Group the same responses", ctrl(Key::G));
    /// Rejects the request that is shown.
    REJECT = of_panel("reject-request", "Reject the request", super::ctrl_shift(Key::Enter));
}
