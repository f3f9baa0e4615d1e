//! The dialogs: one file each, and one line in `dialogs!`. Most show what the model has open; the others open when
//! the window asks for them ([`ShellRequest`]).

use super::commands::{key_text, window};
use super::cx::{Cx, ShellRequest};
use super::widgets::dialog::DialogUi;
use egui::Ui;

/// A dialog of the window, with what it remembers about how it looks.
pub trait WindowDialog: Default {
    /// Tells it from the others.
    const ID: &'static str;
    /// Draws it if it is open.
    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>);
    /// Opens or closes it if the window asks for it. What the model opens listens to nothing here.
    fn request(&mut self, _request: &ShellRequest) {}
    /// Whether the next key is for it, whatever the key does elsewhere.
    fn takes_all_keys(&self) -> bool {
        false
    }
}

/// Declares the modules of the dialogs, their list, and what draws them. A later one stands in front of an earlier one.
macro_rules! dialogs {
    ($($module:ident :: $name:ident,)*) => {
        $(pub(super) mod $module;)*

        /// Every dialog.
        #[derive(Default)]
        pub struct Dialogs {
            $($module: $module::$name,)*
        }

        impl Dialogs {
            /// Draws those that are open.
            pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
                $(self.$module.ui(ui, cx);)*
            }

            /// Passes on what the window was asked for.
            pub fn request(&mut self, request: &ShellRequest) {
                $(self.$module.request(request);)*
            }

            /// Whether the next key is for a dialog, whatever the key does elsewhere.
            #[must_use]
            pub fn take_all_keys(&self) -> bool {
                false $(|| self.$module.takes_all_keys())*
            }
        }

        /// The ids of all dialogs.
        pub const LIST: &[&str] = &[$(<$module::$name as WindowDialog>::ID,)*];
    };
}

dialogs! {
    connect::Connect,
    palette::Palette,
    import_topics::ImportTopics,
    new_topic::NewTopic,
    apply_change::ApplyChange,
    remove_topics::RemoveTopics,
    session_acts::SessionActs,
    session_outcomes::SessionOutcomes,
    resolve_conflict::ResolveConflict,
    export_branch::ExportBranch,
    copy_as::CopyAs,
    who_am_i::WhoAmI,
    change_principal::ChangePrincipal,
    unlock::Unlock,
    file_path::FilePath,
    keys::KeysList,
    kept_data::KeptData,
}

/// The key that sends, in words, and whether it was pressed for this dialog.
fn send_key(dialog: &DialogUi<'_>, cx: &Cx<'_>) -> (String, bool) {
    let pressed = dialog.is_front() && cx.pressed(dialog.ui, &window::SEND);
    (key_text(dialog.ui, cx, &window::SEND), pressed)
}
