//! Calls that the server has pending at its clients: bounded, and each ended once, by an answer, by time or with its
//! session.
//!
//! A table without sessions and without a clock: conversation ids and times are arguments. `world::client_calls` sends
//! the requests and brings the answers.

use super::error::ServiceError;
use super::world::World;
use crate::data::ErrorCode;
use crate::wire::DecodeError;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Why a call at a client has no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ClientCallError {
    /// The client answered with an error.
    #[error("the client refused: {description} ({})", .code.0)]
    Refused {
        /// What decides.
        code: ErrorCode,
        /// The client's text.
        description: String,
    },
    /// No answer in time; the client may still have acted.
    #[error("the client did not answer within {millis} ms")]
    TimedOut {
        /// Milliseconds given.
        millis: u64,
    },
    /// The session was not there, or ended before the answer.
    #[error("the session has ended")]
    SessionEnded,
    /// The session was recovered with loss: its client has discarded every open conversation.
    #[error("the session was recovered with loss")]
    Discarded,
    /// As many calls as allowed are pending; nothing was sent.
    #[error("too many calls are pending")]
    TooMany,
    /// The answer is not a response of the service.
    #[error("the answer cannot be read: {0}")]
    BadAnswer(DecodeError),
}

/// How the calls at clients have ended since the server began, and how many are pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientCallCounts {
    /// Without an answer so far.
    pub pending: usize,
    /// Answered with a response.
    pub answered: u64,
    /// Answered with an error.
    pub refused: u64,
    /// Not answered in time.
    pub timed_out: u64,
    /// Ended with their session, or discarded in its recovery.
    pub session_ended: u64,
    /// Not sent, because too many were pending.
    pub too_many: u64,
    /// Answered with something that is no response of the service.
    pub bad_answers: u64,
    /// Answers to conversations that had ended or never begun.
    pub unexpected_answers: u64,
}

/// What takes the outcome of a call: the response's bytes, or why there are none.
pub(super) type Then = Box<dyn FnOnce(&mut World, Result<Bytes, ClientCallError>) + Send>;

/// On whose behalf a call is made, and as what it counts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asking {
    /// The session.
    pub asker: u64,
    /// What is counted.
    pub cause: Cause,
}

/// Why one session's request calls another session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The server asks by itself, and never the same twice at one time.
    Question,
    /// A request to a path or a session.
    Message,
    /// A part of a request to all sessions that a filter selects.
    FilterMessage,
}

/// Stands for the session where a handler in this process is called; no session has this key.
pub(super) const PROCESS: u64 = 0;

/// What a handler in this process does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessAnswer<T> {
    /// It answers.
    Now(Result<T, ServiceError>),
    /// It answers at the first tick after so much time.
    After(Duration, Result<T, ServiceError>),
    /// It leaves the request to the time-out.
    Never,
}

/// A call without an answer.
pub(super) struct Pending {
    /// The service's name.
    pub service: &'static str,
    /// Bytes of the request.
    pub bytes: usize,
    /// Milliseconds given to the client.
    pub timeout_millis: u64,
    /// Uptime in milliseconds at which it times out.
    pub due: u64,
    /// On whose behalf it is made, if that is another session.
    pub asked_for: Option<Asking>,
    /// The request, where it is a question.
    pub question: Option<Bytes>,
    /// What ends it when its time has come, where that is not the error of a time-out.
    pub at_due: Option<Result<Bytes, ClientCallError>>,
    /// Called once with the outcome.
    pub then: Then,
}

/// How much may be pending.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallLimits {
    /// Calls at one session.
    pub session_calls: usize,
    /// Bytes of requests at one session.
    pub session_bytes: usize,
    /// Calls at all sessions.
    pub calls: usize,
    /// Bytes of requests at all sessions.
    pub bytes: usize,
    /// Calls and bytes on behalf of one session at others: questions, messages, messages by filter. A call that is the
    /// only one of its kind may have any size.
    pub asker: [(usize, usize); KINDS],
}

/// Where more than this part of what may be pending is, who asks for itself has few calls pending, so that a few askers
/// do not keep the others out.
const CROWDED_PART: usize = 2;
const FEW_CALLS: usize = 8;
/// Kinds of causes.
const KINDS: usize = 3;

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            session_calls: 1000,
            session_bytes: 16 << 20,
            calls: 100_000,
            bytes: 256 << 20,
            // Anybody may cause questions and send messages, so a few askers must not fill what one session may have.
            // Who may send by filter may ask all sessions of a server.
            asker: [(32, 1 << 20), (250, 4 << 20), (20_000, 64 << 20)],
        }
    }
}

/// What is pending at one session or at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    calls: usize,
    bytes: usize,
}

impl Load {
    const fn plus(self, bytes: usize) -> Self {
        Self { calls: self.calls + 1, bytes: self.bytes + bytes }
    }

    const fn minus(self, bytes: usize) -> Self {
        Self { calls: self.calls - 1, bytes: self.bytes - bytes }
    }
}

/// What is pending on behalf of one session.
#[derive(Default)]
struct Asked {
    loads: [Load; KINDS],
    /// Session keys and conversations.
    open: BTreeSet<(u64, i64)>,
    /// Session keys and requests of questions.
    questions: BTreeSet<(u64, Bytes)>,
}

/// The calls pending at all sessions.
#[derive(Default)]
pub(super) struct ClientCalls {
    limits: CallLimits,
    /// By session key and conversation.
    pending: BTreeMap<(u64, i64), Pending>,
    /// Times, session keys and conversations, in the order in which they time out.
    due: BTreeSet<(u64, u64, i64)>,
    /// By session key; none for a session without calls.
    sessions: BTreeMap<u64, Load>,
    /// By the session on whose behalf; none for one without calls.
    askers: BTreeMap<u64, Asked>,
    total: Load,
    counts: ClientCallCounts,
    /// The latest conversation with a handler in this process.
    process_conversation: i64,
}

impl ClientCalls {
    /// An empty table with other limits.
    #[cfg(test)]
    pub(super) fn with_limits(limits: CallLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Enters a call whose request is about to be sent; the conversation must be a new one of the session.
    ///
    /// # Errors
    /// Too much is pending, or the same on behalf of the same session; the call is given back.
    pub(super) fn begin(&mut self, session: u64, conversation: i64, call: Pending) -> Result<(), Box<Pending>> {
        let load = self.sessions.get(&session).copied().unwrap_or_default().plus(call.bytes);
        let total = self.total.plus(call.bytes);
        let CallLimits { session_calls, session_bytes, calls, bytes, .. } = self.limits;
        let is_crowded = load.calls > session_calls / CROWDED_PART
            || load.bytes > session_bytes / CROWDED_PART
            || total.calls > calls / CROWDED_PART
            || total.bytes > bytes / CROWDED_PART;
        if self.is_too_much_for_asker(session, &call, is_crowded)
            || load.calls > session_calls
            || load.bytes > session_bytes
            || total.calls > calls
            || total.bytes > bytes
        {
            return Err(Box::new(call));
        }
        self.sessions.insert(session, load);
        self.total = total;
        if let Some(Asking { asker, cause }) = &call.asked_for {
            let asked = self.askers.entry(*asker).or_default();
            let load = &mut asked.loads[*cause as usize];
            *load = load.plus(call.bytes);
            asked.open.insert((session, conversation));
            if let Some(request) = &call.question {
                asked.questions.insert((session, request.clone()));
            }
        }
        self.due.insert((call.due, session, conversation));
        self.pending.insert((session, conversation), call);
        Ok(())
    }

    fn is_too_much_for_asker(&self, session: u64, call: &Pending, is_crowded: bool) -> bool {
        let Some(Asking { asker, cause }) = &call.asked_for else { return false };
        let Some(asked) = self.askers.get(asker) else { return false };
        let load = asked.loads[*cause as usize];
        let (calls, bytes) = match self.limits.asker[*cause as usize] {
            (calls, bytes) if is_crowded && *cause != Cause::FilterMessage => (calls.min(FEW_CALLS), bytes),
            limits => limits,
        };
        load.calls >= calls
            || load.calls > 0 && load.bytes + call.bytes > bytes
            || call.question.as_ref().is_some_and(|request| asked.questions.contains(&(session, request.clone())))
    }

    /// A conversation for a handler in this process.
    pub(super) const fn next_process_conversation(&mut self) -> i64 {
        self.process_conversation += 1;
        self.process_conversation
    }

    /// Whether calls are pending on behalf of a session.
    pub(super) fn is_asked_for(&self, asker: u64) -> bool {
        self.askers.contains_key(&asker)
    }

    /// Takes out so many calls on behalf of a session.
    pub(super) fn end_some_for(&mut self, asker: u64, at_once: usize) -> Vec<Pending> {
        let open = self.askers.get(&asker).into_iter().flat_map(|asked| &asked.open);
        let calls: Vec<(u64, i64)> = open.take(at_once).copied().collect();
        calls.into_iter().filter_map(|(session, conversation)| self.end(session, conversation)).collect()
    }

    /// Takes a call out; none if none of that conversation is pending.
    pub(super) fn end(&mut self, session: u64, conversation: i64) -> Option<Pending> {
        let call = self.pending.remove(&(session, conversation))?;
        self.due.remove(&(call.due, session, conversation));
        self.total = self.total.minus(call.bytes);
        if let Some(Asking { asker, cause }) = &call.asked_for
            && let Some(asked) = self.askers.get_mut(asker)
        {
            let load = &mut asked.loads[*cause as usize];
            *load = load.minus(call.bytes);
            asked.open.remove(&(session, conversation));
            if let Some(request) = &call.question {
                asked.questions.remove(&(session, request.clone()));
            }
            if asked.open.is_empty() {
                self.askers.remove(asker);
            }
        }
        if let Some(load) = self.sessions.get_mut(&session) {
            *load = load.minus(call.bytes);
            if load.calls == 0 {
                self.sessions.remove(&session);
            }
        }
        Some(call)
    }

    /// Takes out every call of a session, in the order in which they were made.
    pub(super) fn end_all(&mut self, session: u64) -> Vec<Pending> {
        let range = (session, i64::MIN)..=(session, i64::MAX);
        let conversations: Vec<i64> = self.pending.range(range).map(|((_, conversation), _)| *conversation).collect();
        conversations.into_iter().filter_map(|conversation| self.end(session, conversation)).collect()
    }

    /// Takes out the call that times out first, if that is by now.
    pub(super) fn end_overdue(&mut self, uptime: u64) -> Option<Pending> {
        let &(due, session, conversation) = self.due.first()?;
        if due > uptime { None } else { self.end(session, conversation) }
    }

    /// Whether the time of a call is over.
    pub(super) fn is_overdue(&self, uptime: u64) -> bool {
        self.due.first().is_some_and(|(due, ..)| *due <= uptime)
    }

    /// Counts how a call ended.
    pub(super) fn count<T>(&mut self, outcome: &Result<T, ClientCallError>) {
        let counts = &mut self.counts;
        *match outcome {
            Ok(_) => &mut counts.answered,
            Err(ClientCallError::Refused { .. }) => &mut counts.refused,
            Err(ClientCallError::TimedOut { .. }) => &mut counts.timed_out,
            Err(ClientCallError::SessionEnded | ClientCallError::Discarded) => &mut counts.session_ended,
            Err(ClientCallError::TooMany) => &mut counts.too_many,
            Err(ClientCallError::BadAnswer(_)) => &mut counts.bad_answers,
        } += 1;
    }

    /// Counts an answer to no pending call.
    pub(super) fn count_unexpected(&mut self) {
        self.counts.unexpected_answers += 1;
    }

    /// How calls have ended, and how many are pending.
    pub(super) fn counts(&self) -> ClientCallCounts {
        ClientCallCounts { pending: self.pending.len(), ..self.counts }
    }

    /// Whether nothing is left of any call.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let tables = [self.pending.len(), self.due.len(), self.sessions.len(), self.askers.len()];
        tables == [0; 4] && self.total == Load::default()
    }
}

#[cfg(test)]
mod tests;
