//! Answering: the handlers that this session has on paths, requests addressed to this session, and the inbox of what
//! waits for an answer by hand.
//!
//! An answer changes what another session sees, so none goes around the read-only gate: handlers are taken back before a
//! connection becomes read-only, and nothing registers them again but the user.

mod form;
mod handler;
mod inbox;
mod register;
#[cfg(test)]
mod tests;

pub use form::{Form, Kind, Lack};
pub use handler::{Handler, Scope, Standing, StoredHandler};
pub use inbox::{Asked, Outcome, Sender};

use crate::client::api::{AutoAnswered, LinkError, RequestId};
use crate::data::Timestamp;
use crate::data::value::DataType;
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::{Feature, Opening};
use crate::model::inbound::ServerRequest;
use crate::model::topic::editor::{self, Draft};
use crate::wire::services::{MessagingReceiverClient, MessagingSend};
use std::collections::VecDeque;

/// Handlers of a connection at most.
pub const MAX_HANDLERS: usize = 64;
/// Requests that wait for an answer by hand at most; the next is rejected.
pub const MAX_BY_HAND: usize = 100;
/// Requests that are listed at most.
pub const MAX_ASKED: usize = 1000;
/// Bytes of requests and answers that are listed at most.
pub const MAX_BYTES: usize = 16 << 20;
/// Seconds before a connection becomes read-only by itself at which its handlers are taken back.
const WITHDRAW_SECS: i64 = 3;

/// The answering side of one connection.
#[derive(Debug)]
pub struct Answering {
    /// Handlers, in the order they were made.
    pub handlers: Vec<Handler>,
    /// Requests, oldest first.
    pub asked: VecDeque<Asked>,
    /// Finished requests that were dropped to stay within bounds.
    pub dropped: u64,
    /// Requests to this session that no handler here took.
    pub unhandled: u64,
    /// The handler being made.
    pub form: Option<Form>,
    /// The request that is shown.
    pub selected: Option<u64>,
    /// The answer being written.
    pub answer: Draft,
    /// Counts changes of the list of requests.
    pub revision: u64,
    next_handler: i64,
    next_asked: u64,
}

impl Default for Answering {
    fn default() -> Self {
        Self {
            handlers: Vec::new(),
            asked: VecDeque::new(),
            dropped: 0,
            unhandled: 0,
            form: None,
            selected: None,
            answer: Draft::blank(DataType::Json, 0),
            revision: 0,
            next_handler: 0,
            next_asked: 0,
        }
    }
}

/// What the user can do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Begin to make a handler of this path.
    OpenForm(String),
    /// Change the handler being made, but for its value.
    SetForm(Box<Form>),
    /// Edit the value of the handler being made.
    FormValue(editor::Intent),
    /// The type of that value.
    FormType(DataType),
    /// Register the handler being made.
    Register,
    /// Do not make it.
    CloseForm,
    /// Register a handler that the session does not have.
    RegisterAgain(i64),
    /// Register every handler that the session does not have.
    RegisterAll,
    /// Take a handler back and remove it.
    Remove(i64),
    /// Show a request.
    Select(u64),
    /// Edit the answer.
    Answer(editor::Intent),
    /// The type of the answer.
    AnswerType(DataType),
    /// Answer a request by hand with the value being written.
    Send(u64),
    /// Reject a request by hand.
    Reject {
        /// The request.
        id: u64,
        /// What the sender is told.
        text: String,
    },
    /// Forget the requests that are finished.
    Clear,
}

impl Feature for Answering {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        let blocked = at.block_reason(fx.now).is_some();
        let facts = &mut at.answering;
        match intent {
            Intent::OpenForm(path) => facts.form = Some(Form::of(path, fx.next_id().0)),
            Intent::SetForm(form) => {
                if let Some(now) = &mut facts.form {
                    let draft = std::mem::replace(&mut now.draft, Draft::blank(DataType::Json, 0));
                    *now = Form { draft, ..*form };
                }
            }
            Intent::FormValue(editor::Intent::LoadFile) => {
                let Some(form) = &facts.form else { return };
                fx.open_file(form.draft.file_choice("Fixed answer".to_owned()), |at, fx, file| {
                    if let Some(form) = &mut at.answering.form {
                        form.draft.take_file(file, fx);
                    }
                });
            }
            Intent::FormValue(edit) => {
                if let Some(form) = &mut facts.form {
                    form.draft.edit(edit, fx);
                }
            }
            Intent::FormType(data_type) => {
                if let Some(form) = &mut facts.form {
                    form.draft.set_type(data_type);
                }
            }
            Intent::Register if !blocked => facts.register_form(fx),
            Intent::CloseForm => facts.form = None,
            Intent::RegisterAgain(id) if !blocked => facts.register(id, fx),
            Intent::RegisterAll if !blocked => facts.register_all(fx),
            Intent::Remove(id) => facts.remove(id, fx),
            Intent::Select(id) => facts.selected = Some(id),
            Intent::Answer(editor::Intent::LoadFile) => {
                fx.open_file(facts.answer.file_choice("Answer".to_owned()), |at, fx, file| {
                    at.answering.answer.take_file(file, fx);
                });
            }
            Intent::Answer(edit) => _ = facts.answer.edit(edit, fx),
            Intent::AnswerType(data_type) => facts.answer.set_type(data_type),
            Intent::Send(id) => facts.answer_by_hand(id, fx),
            Intent::Reject { id, text } => facts.reject_by_hand(id, &text, fx),
            Intent::Clear => {
                facts.asked.retain(Asked::is_waiting);
                facts.revision += 1;
            }
            Intent::Register | Intent::RegisterAgain(_) | Intent::RegisterAll => {} // the button is off and says why
        }
    }

    fn opened(&mut self, opening: &Opening<'_>) {
        for stored in opening.messages.handlers.iter().take(MAX_HANDLERS) {
            self.next_handler += 1;
            self.handlers.extend(stored.restored(self.next_handler));
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            at.answering.forget_registrations(fx.now);
        }
    }

    fn ended(at: &mut Connected, _cause: &LinkError, fx: &mut Effects) {
        at.answering.forget_registrations(fx.now);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        if at.safety.lock_secs(fx.now).is_some_and(|secs| secs <= WITHDRAW_SECS) {
            at.answering.withdraw_all(fx);
        }
        at.answering.pass_time(fx);
    }

    fn next_due(at: &Connected, _now: Timestamp) -> Option<Timestamp> {
        at.answering.asked.iter().filter_map(Asked::due).min()
    }

    fn notifications_dropped(at: &mut Connected, fx: &mut Effects) {
        at.answering.end_overdue(fx.now);
    }
}

/// The connection is about to become read-only, and what is sent now still goes.
pub(in crate::model) fn before_read_only(at: &mut Connected, fx: &mut Effects) {
    at.answering.withdraw_all(fx);
}

/// A request came to a handler of this session.
pub(in crate::model) fn on_handler_request(
    at: &mut Connected,
    fx: &mut Effects,
    received: ServerRequest<MessagingReceiverClient>,
) {
    at.answering.take_for_handler(received, fx);
}

/// Another session has addressed a request to this one.
pub(in crate::model) fn on_session_request(
    at: &mut Connected,
    fx: &mut Effects,
    received: ServerRequest<MessagingSend>,
) {
    at.answering.take_for_session(received, fx);
}

/// A request was answered without a decision.
pub(in crate::model) fn on_auto_answered(at: &mut Connected, fx: &mut Effects, id: RequestId, why: AutoAnswered) {
    at.answering.auto_answered(id, why, fx.now);
}

impl Answering {
    /// Requests that wait for an answer by hand.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.asked.iter().filter(|asked| asked.is_by_hand()).count()
    }

    /// Handlers that the session has.
    #[must_use]
    pub fn live(&self) -> usize {
        self.handlers.iter().filter(|handler| handler.is_live()).count()
    }

    /// The request that is shown: the one chosen, else the oldest that waits, else the latest.
    #[must_use]
    pub fn shown(&self) -> Option<&Asked> {
        let chosen = self.selected.and_then(|id| self.asked.iter().find(|asked| asked.id == id));
        let waiting = || self.asked.iter().find(|asked| asked.is_by_hand());
        chosen.or_else(waiting).or_else(|| self.asked.back())
    }
}
