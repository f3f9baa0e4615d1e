//! Calls that the server has pending at its clients: bounded, and each ended once, by an answer, by time or with its
//! session.
//!
//! A table without sessions and without a clock: conversation ids and times are arguments. `world::client_calls` sends
//! the requests and brings the answers.

use super::world::World;
use crate::data::ErrorCode;
use crate::wire::DecodeError;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The session on whose behalf it is made, if that is another one, and what is asked.
    pub asked_for: Option<(u64, Bytes)>,
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
    /// Calls on behalf of one session at others.
    pub asker_calls: usize,
    /// Bytes of requests on behalf of one session at others.
    pub asker_bytes: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            session_calls: 1000,
            session_bytes: 16 << 20,
            calls: 100_000,
            bytes: 256 << 20,
            asker_calls: 32,
            asker_bytes: 1 << 20,
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
    bytes: usize,
    /// Session keys and requests, with the conversation of each.
    open: BTreeMap<(u64, Bytes), i64>,
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
    pub(super) fn begin(&mut self, session: u64, conversation: i64, call: Pending) -> Result<(), Pending> {
        let load = self.sessions.get(&session).copied().unwrap_or_default().plus(call.bytes);
        let total = self.total.plus(call.bytes);
        let CallLimits { session_calls, session_bytes, calls, bytes, .. } = self.limits;
        if self.is_too_much_for_asker(session, &call)
            || load.calls > session_calls
            || load.bytes > session_bytes
            || total.calls > calls
            || total.bytes > bytes
        {
            return Err(call);
        }
        self.sessions.insert(session, load);
        self.total = total;
        if let Some((asker, request)) = &call.asked_for {
            let asked = self.askers.entry(*asker).or_default();
            asked.bytes += call.bytes;
            asked.open.insert((session, request.clone()), conversation);
        }
        self.due.insert((call.due, session, conversation));
        self.pending.insert((session, conversation), call);
        Ok(())
    }

    fn is_too_much_for_asker(&self, session: u64, call: &Pending) -> bool {
        let Some((asker, request)) = &call.asked_for else { return false };
        let (open, bytes) = self.askers.get(asker).map_or((0, 0), |asked| (asked.open.len(), asked.bytes));
        let is_open = || self.askers[asker].open.contains_key(&(session, request.clone()));
        open >= self.limits.asker_calls || bytes + call.bytes > self.limits.asker_bytes || open > 0 && is_open()
    }

    /// Takes out every call on behalf of a session.
    pub(super) fn end_all_for(&mut self, asker: u64) -> Vec<Pending> {
        let open = self.askers.get(&asker).map(|asked| &asked.open).into_iter().flatten();
        let calls: Vec<(u64, i64)> = open.map(|((session, _), conversation)| (*session, *conversation)).collect();
        calls.into_iter().filter_map(|(session, conversation)| self.end(session, conversation)).collect()
    }

    /// Takes a call out; none if none of that conversation is pending.
    pub(super) fn end(&mut self, session: u64, conversation: i64) -> Option<Pending> {
        let call = self.pending.remove(&(session, conversation))?;
        self.due.remove(&(call.due, session, conversation));
        self.total = self.total.minus(call.bytes);
        if let Some((asker, request)) = &call.asked_for
            && let Some(asked) = self.askers.get_mut(asker)
        {
            asked.bytes -= call.bytes;
            asked.open.remove(&(session, request.clone()));
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
