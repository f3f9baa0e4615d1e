//! The message console: a request being made, the requests sent so far with what became of each, and saved ones.
//!
//! A request is a change of the server like any other, so nothing goes around the read-only gate, and it is never sent
//! again by itself: whether it was worked on is not known when its answer is lost.

mod builder;
mod entry;
mod history;
mod send;
#[cfg(test)]
mod tests;

pub use builder::{Builder, Lack, Saved, To};
pub use entry::{Ending, Entry, Message, Payload, Response, Responses, State, Target};
pub use history::Group;
pub use send::{Count, Pending};

use crate::client::api::LinkError;
use crate::data::Timestamp;
use crate::model::Connected;
use crate::model::effects::{Effect, Effects};
use crate::model::features::{Feature, Opening};
use crate::model::inbound::ServerRequest;
use crate::model::stored::StoredId;
use crate::model::topic::editor;
use crate::wire::services::FilterResponse;
use std::collections::VecDeque;

/// Entries of the history at most.
pub const MAX_ENTRIES: usize = 500;
/// Bytes of payloads and answers in the history at most.
pub const MAX_BYTES: usize = 32 << 20;
/// Requests that are waited for at a time, those with an overdue answer included.
pub const MAX_OPEN: usize = 64;
/// Saved requests of a profile at most.
pub const MAX_SAVED: usize = 200;
/// The draft is stored when it has rested so long.
const REST_MICROS: u64 = 500_000;

/// The message console of one connection.
#[derive(Debug, Default)]
pub struct Requests {
    /// The request being made.
    pub builder: Builder,
    /// A request to several sessions that is to be confirmed.
    pub pending: Option<Pending>,
    /// What was sent, oldest first.
    pub entries: VecDeque<Entry>,
    /// The entry that is shown.
    pub selected: Option<u64>,
    /// Entries that were dropped to stay within bounds.
    pub dropped: u64,
    /// Saved requests, in the order of saving.
    pub saved: Vec<Saved>,
    /// Counts changes of entries and responses.
    pub revision: u64,
    next_entry: u64,
    changed_at: Option<Timestamp>,
}

/// What the user can do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Ask this target next; the path and the payload stay.
    Open {
        /// Whom.
        target: Target,
    },
    /// Choose what is asked: the handler of the path, one session, or a filter.
    SetTo(To),
    /// The path as typed.
    SetPath(String),
    /// The session as typed.
    SetSession(String),
    /// The filter as typed.
    SetFilter(String),
    /// The type of the payload.
    SetType(crate::data::value::DataType),
    /// Edit the payload.
    Payload(editor::Intent),
    /// How long an answer is waited for, in milliseconds.
    SetWait(u64),
    /// Send the request, or ask how many sessions the filter selects.
    Send,
    /// Send it to the sessions of the filter.
    Confirm,
    /// Do not.
    Cancel,
    /// Show an entry.
    Select(u64),
    /// Stop waiting for the answer of an entry.
    StopWaiting(u64),
    /// Wait on for an answer that is overdue.
    WaitOn(u64),
    /// Send an entry's request once more.
    Resend(u64),
    /// Put an entry's request into the builder.
    EditAgain(u64),
    /// Remove entries.
    Remove(Vec<u64>),
    /// Keep the request in the builder under a name.
    Save(String),
    /// Put a saved request into the builder.
    UseSaved(usize),
    /// Forget a saved request.
    DeleteSaved(usize),
}

impl Feature for Requests {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        let facts = &mut at.requests;
        match intent {
            Intent::Send => send::send(at, fx),
            Intent::Confirm => send::confirm(at, fx),
            Intent::Resend(id) => send::resend(at, id, fx),
            Intent::Cancel => facts.pending = None,
            Intent::Select(id) => facts.selected = Some(id),
            Intent::StopWaiting(id) => facts.stop(id, fx),
            Intent::WaitOn(id) => facts.wait_on(id, fx.now),
            Intent::EditAgain(id) => facts.edit_again(id, fx),
            Intent::Remove(ids) => facts.remove(&ids, fx),
            Intent::Save(name) => facts.save(&name, fx),
            Intent::UseSaved(index) => facts.use_saved(index, fx),
            Intent::DeleteSaved(index) => {
                if index < facts.saved.len() {
                    facts.saved.remove(index);
                    fx.push(Effect::Save(StoredId::Messages));
                }
            }
            Intent::Payload(editor::Intent::LoadFile) => {
                let choice = facts.builder.draft.file_choice("Payload of the request".to_owned());
                fx.open_file(choice, |at, fx, file| {
                    if at.requests.builder.draft.take_file(file, fx) {
                        at.requests.touched(fx.now);
                    }
                });
            }
            edit => {
                if facts.builder.edit(edit, fx) {
                    facts.pending = None;
                    facts.touched(fx.now);
                }
            }
        }
    }

    fn opened(&mut self, opening: &Opening<'_>) {
        self.restore(opening.messages);
    }

    fn connected(at: &mut Connected, same_session: bool, _fx: &mut Effects) {
        if !same_session {
            at.requests.lose_open();
        }
    }

    fn ended(at: &mut Connected, _cause: &LinkError, _fx: &mut Effects) {
        at.requests.lose_open();
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        at.requests.pass_time(fx.now);
        if at.requests.changed_at.is_some_and(|changed| fx.now.micros_since(changed) >= REST_MICROS) {
            at.requests.changed_at = None;
            fx.push(Effect::Save(StoredId::Messages));
        }
    }

    fn next_due(at: &Connected, _now: Timestamp) -> Option<Timestamp> {
        at.requests.entries.iter().filter(|entry| entry.is_waiting()).map(Entry::wait_until).min()
    }
}

/// A session has answered a request by filter.
pub(in crate::model) fn on_response(at: &mut Connected, _fx: &mut Effects, received: ServerRequest<FilterResponse>) {
    at.requests.take_response(received.request, received.at);
}

impl Requests {
    fn touched(&mut self, now: Timestamp) {
        self.builder.is_unsent = true;
        self.changed_at = Some(now);
    }

    /// The entry with this name.
    #[must_use]
    pub fn entry(&self, id: u64) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.id == id)
    }

    fn entry_mut(&mut self, id: u64) -> Option<&mut Entry> {
        self.revision += 1;
        self.entries.iter_mut().rev().find(|entry| entry.id == id)
    }

    /// The entry that is shown: the one chosen, else the latest.
    #[must_use]
    pub fn shown(&self) -> Option<&Entry> {
        self.selected.and_then(|id| self.entry(id)).or_else(|| self.entries.back())
    }

    /// Requests that are waited for, the overdue ones included.
    #[must_use]
    pub fn open(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_open()).count()
    }
}
