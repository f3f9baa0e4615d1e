//! What a panel is given: the model to read, a sink for intents, and the keys of the commands.

use super::commands::{Command, Keymap};
use crate::data::Timestamp;
use crate::model::safety::Mode;
use crate::model::{Connected, Intent, Model};
use egui::Ui;
use std::cell::RefCell;

/// Passed to everything that draws. Drawing changes nothing but what the widgets themselves look like.
pub struct Cx<'a> {
    /// The facts.
    pub model: &'a Model,
    /// The key of each command.
    pub keys: &'a Keymap,
    intents: &'a RefCell<Vec<Intent>>,
    requests: &'a RefCell<Vec<ShellRequest>>,
}

/// What only the shell can do: it concerns how things look, not facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellRequest {
    /// Show a panel, opening it if it was closed.
    ShowPanel(&'static str),
    /// Show a panel and give it the keyboard; one that is shown already turns to its other view.
    EnterPanel(&'static str),
    /// Put the dock back to its first layout.
    ResetLayout,
    /// Open the command palette.
    OpenPalette,
    /// Move the keyboard to the filter of a panel.
    FocusFilter(&'static str),
    /// Show the list of keys, or hide it.
    ToggleKeys,
    /// Show what is kept on this computer.
    ShowKeptData,
    /// Ask whether a production server is to be unlocked to this mode.
    AskUnlock(Mode),
}

impl<'a> Cx<'a> {
    /// For the shell and tests.
    #[must_use]
    pub fn new(
        model: &'a Model,
        keys: &'a Keymap,
        intents: &'a RefCell<Vec<Intent>>,
        requests: &'a RefCell<Vec<ShellRequest>>,
    ) -> Self {
        Self { model, keys, intents, requests }
    }

    /// Says what the user did; handled after drawing.
    pub fn send(&self, intent: impl Into<Intent>) {
        self.intents.borrow_mut().push(intent.into());
    }

    /// Asks the shell for something; done after drawing.
    pub fn ask_shell(&self, request: ShellRequest) {
        self.requests.borrow_mut().push(request);
    }

    /// Whether the key of a command was pressed; the press is consumed.
    #[must_use]
    pub fn pressed(&self, ui: &Ui, command: &Command) -> bool {
        self.keys.pressed(ui, command)
    }

    /// The connection shown.
    #[must_use]
    pub fn connected(&self) -> Option<&'a Connected> {
        self.model.active()
    }

    /// The time of this frame.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.model.now
    }
}
