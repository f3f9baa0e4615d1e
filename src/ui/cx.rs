//! What a panel is given: the model to read and a sink for intents.

use crate::data::Timestamp;
use crate::model::{Connected, Intent, Model};
use std::cell::RefCell;

/// Passed to everything that draws. Drawing changes nothing but what the widgets themselves look like.
pub struct Cx<'a> {
    /// The facts.
    pub model: &'a Model,
    intents: &'a RefCell<Vec<Intent>>,
    commands: &'a RefCell<Vec<Command>>,
}

/// What only the shell can do: it concerns how things look, not facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Show a panel, opening it if it was closed.
    ShowPanel(&'static str),
    /// Put the dock back to its first layout.
    ResetLayout,
    /// Open the command palette.
    OpenPalette,
    /// Move the keyboard to the filter of a panel.
    FocusFilter(&'static str),
    /// Show the list of keys.
    ShowKeys,
}

impl<'a> Cx<'a> {
    /// For the shell and tests.
    #[must_use]
    pub fn new(model: &'a Model, intents: &'a RefCell<Vec<Intent>>, commands: &'a RefCell<Vec<Command>>) -> Self {
        Self { model, intents, commands }
    }

    /// Says what the user did; handled after drawing.
    pub fn send(&self, intent: impl Into<Intent>) {
        self.intents.borrow_mut().push(intent.into());
    }

    /// Asks the shell for something; done after drawing.
    pub fn command(&self, command: Command) {
        self.commands.borrow_mut().push(command);
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
