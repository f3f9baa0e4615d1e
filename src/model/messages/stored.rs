//! Saved requests, the request being made, and handlers, as they are kept between runs of the program. Handlers are
//! listed again and never registered by themselves.

use super::answering::{Answering, StoredHandler};
use super::requests::{MAX_SAVED, Requests, Saved};
use crate::model::settings::Settings;
use crate::model::stored::Stored;
use crate::model::{Connected, Model};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Texts of more bytes are not kept.
const MOST_BYTES: usize = 1 << 20;

/// What is kept of each connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredConnections {
    /// Version of the form.
    pub version: u32,
    /// By the key of the connection.
    pub connections: BTreeMap<String, StoredMessages>,
}

impl Default for StoredConnections {
    fn default() -> Self {
        Self { version: Self::VERSION, connections: BTreeMap::new() }
    }
}

/// What is kept of one connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredMessages {
    /// The request being made.
    pub draft: Option<Saved>,
    /// Saved requests, in the order of saving.
    pub saved: Vec<Saved>,
    /// Handlers.
    pub handlers: Vec<StoredHandler>,
}

impl Stored for StoredConnections {
    const NAME: &'static str = "messages";
    const VERSION: u32 = 1;

    fn of(model: &Model) -> Self {
        let mut all = model.messages.clone();
        for connected in &model.links {
            if let Some(messages) = of(connected, &model.settings) {
                all.connections.insert(connected.key.clone(), messages);
            }
        }
        all
    }

    fn restore(self, model: &mut Model) {
        model.messages = self;
    }
}

/// What is kept of a connection; none where values of its environment are not kept, or there is nothing.
pub(in crate::model) fn of(connected: &Connected, settings: &Settings) -> Option<StoredMessages> {
    let kept = StoredMessages {
        draft: connected.requests.stored_draft(),
        saved: connected.requests.saved.iter().filter(|saved| fits(saved)).cloned().collect(),
        handlers: connected.answering.stored(),
    };
    (settings.keeps_values(connected.environment) && kept != StoredMessages::default()).then_some(kept)
}

fn fits(saved: &Saved) -> bool {
    saved.text.len() + saved.path.len() + saved.filter.len() + saved.name.len() <= MOST_BYTES
}

impl Requests {
    fn stored_draft(&self) -> Option<Saved> {
        let draft = self.builder.stored("");
        let is_blank = draft.text.is_empty() && draft.path.is_empty();
        (!is_blank && fits(&draft)).then_some(draft)
    }

    pub(super) fn restore(&mut self, stored: &StoredMessages) {
        if let Some(draft) = &stored.draft {
            self.builder.restore(draft);
        }
        self.saved = stored.saved.iter().filter(|saved| !saved.name.is_empty()).take(MAX_SAVED).cloned().collect();
    }
}

impl Answering {
    fn stored(&self) -> Vec<StoredHandler> {
        self.handlers.iter().map(StoredHandler::of).filter(|handler| handler.size() <= MOST_BYTES).collect()
    }
}
