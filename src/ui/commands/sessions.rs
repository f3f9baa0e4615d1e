//! Commands on the list of other sessions.

use super::{Command, Scope, Section, bare, commands, ctrl, ctrl_shift};
use crate::ui::panels::Panel as _;
use crate::ui::panels::sessions::Sessions;
use egui::Key;

/// While the panel of sessions has the keyboard, which looks for these keys by itself.
const HERE: Scope = Scope::Panel(Sessions::ID);

commands! {
    /// Chooses what sessions are grouped by.
    GROUP = Command::new("sessions-group", "Group sessions…", Section::Sessions, |_| ())
        .key(ctrl(Key::G)).scope(HERE).not_in_palette();
    /// Goes to the box that narrows them.
    FILTER = Command::new("sessions-filter", "Filter sessions", Section::Sessions, |_| ())
        .key(ctrl(Key::F)).scope(HERE).not_in_palette();
    /// Keeps the text of the box under a name.
    SAVE_FILTER = Command::new("sessions-save-filter", "Save the filter of sessions…", Section::Sessions, |_| ())
        .key(ctrl(Key::S)).scope(HERE).not_in_palette();
    /// Opens the list of kept filters.
    SAVED_FILTERS = Command::new("sessions-saved-filters", "Saved filters of sessions", Section::Sessions, |_| ())
        .key(bare(Key::F4)).scope(HERE).not_in_palette();
    /// Compares with the server's count, or fetches again.
    COMPARE = Command::new("sessions-compare", "Compare with the server's count", Section::Sessions, |_| ())
        .key(bare(Key::F5)).scope(HERE).not_in_palette();
    /// Closes the checked sessions, else the selected one.
    CLOSE = Command::new("sessions-close", "Close sessions…", Section::Sessions, |_| ())
        .key(bare(Key::Delete)).scope(HERE).not_in_palette();
    /// Changes their roles.
    ROLES = Command::new("sessions-roles", "Change roles of sessions…", Section::Sessions, |_| ())
        .key(ctrl_shift(Key::R)).scope(HERE).not_in_palette();
    /// Sets their properties.
    PROPERTIES = Command::new("sessions-properties", "Set properties of sessions…", Section::Sessions, |_| ())
        .key(bare(Key::F2)).scope(HERE).not_in_palette();
    /// Puts them into the builder of the message console.
    REQUEST = Command::new("sessions-request", "Send a request to sessions…", Section::Sessions, |_| ())
        .key(ctrl_shift(Key::M)).scope(HERE).not_in_palette();
    /// Goes from the table to the detail, and back.
    OTHER_PART = Command::new("sessions-other-part", "Go to the detail or back", Section::Sessions, |_| ())
        .key(bare(Key::F6)).scope(HERE).not_in_palette();
}
