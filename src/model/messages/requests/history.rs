//! The history: bounds, waiting that ends, responses of sessions as they come, and groups of the same ones.

use super::{Ending, Entry, MAX_BYTES, MAX_ENTRIES, MAX_OPEN, Message, Requests, Response, State};
use crate::client::api::CallError;
use crate::data::{SessionId, Timestamp};
use crate::model::effects::Effects;
use crate::wire::services::filter_response::{self, Outcome};
use hashbrown::HashMap;

/// Responses of the same content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they say.
    pub outcome: Outcome,
    /// Who said so, in the order in which they came.
    pub sessions: Vec<SessionId>,
}

impl Entry {
    /// Its responses by content: answers by type and value, failures by code; the most frequent first.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        #[derive(PartialEq, Eq, Hash)]
        enum Same<'a> {
            Value(&'a str, &'a [u8]),
            Code(i32),
        }
        let mut places: HashMap<Same<'_>, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for response in &self.responses.rows {
            let same = match &response.outcome {
                Outcome::Answered(value) => Same::Value(&value.data_type, &value.content),
                Outcome::Failed(error) => Same::Code(error.code.0),
            };
            let place = *places.entry(same).or_insert_with(|| {
                groups.push(Group { outcome: response.outcome.clone(), sessions: Vec::new() });
                groups.len() - 1
            });
            groups[place].sessions.push(response.session);
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.sessions.len()));
        groups
    }
}

impl Requests {
    /// Adds an entry, and drops the oldest ones that are not waited for while there is too much.
    pub(super) fn push(&mut self, at: Timestamp, mut message: Message, state: State) -> u64 {
        self.next_entry += 1;
        self.revision += 1;
        message.payload = message.payload.frozen();
        self.entries.push_back(Entry::new(self.next_entry, at, message, state));
        self.fit();
        self.next_entry
    }

    /// Keeps within the bounds.
    pub(super) fn fit(&mut self) {
        let mut weight: usize = self.entries.iter().map(Entry::weight).sum();
        while self.entries.len() > MAX_ENTRIES || weight > MAX_BYTES {
            let last = self.entries.len().saturating_sub(1);
            let Some(oldest) = self.entries.iter().take(last).position(|entry| !entry.is_waiting()) else { return };
            weight -= self.entries.remove(oldest).map_or(0, |entry| entry.weight());
            self.dropped += 1;
            self.revision += 1;
        }
    }

    /// What is typed in the builder and was not sent becomes an entry.
    pub(super) fn keep_unsent(&mut self, now: Timestamp) {
        if self.builder.is_unsent
            && let Ok(message) = self.builder.message()
        {
            self.push(now, message, State::Unsent);
        }
        self.builder.is_unsent = false;
    }

    /// Makes room for another open request: the oldest overdue one is given up.
    pub(super) fn make_room(&mut self, fx: &mut Effects) -> bool {
        if self.open() < MAX_OPEN {
            return true;
        }
        let overdue = self.entries.iter_mut().find(|entry| entry.is_open() && !entry.is_waiting());
        let Some(entry) = overdue else { return false };
        match &mut entry.state {
            State::Asked { ended, .. } => *ended = Some(Ending::Stopped),
            state => *state = State::NoAnswer(Ending::Stopped),
        }
        if let Some(call) = entry.call.take() {
            fx.cancel(call);
        }
        true
    }

    /// Ends waiting whose time is over.
    pub(super) fn pass_time(&mut self, now: Timestamp) {
        for entry in self.entries.iter_mut().filter(|entry| entry.is_waiting() && entry.wait_until() <= now) {
            entry.end(Ending::TimedOut, now);
            self.revision += 1;
        }
    }

    pub(super) fn stop(&mut self, id: u64, fx: &mut Effects) {
        let Some(entry) = self.entry_mut(id).filter(|entry| entry.is_open()) else { return };
        entry.end(Ending::Stopped, fx.now);
        if let Some(call) = entry.call.take() {
            fx.cancel(call);
        }
    }

    pub(super) fn wait_on(&mut self, id: u64, now: Timestamp) {
        let Some(entry) = self.entry_mut(id).filter(|entry| entry.is_open() && !entry.is_waiting()) else { return };
        let more = entry.message.wait_millis.saturating_mul(1000);
        entry.wait_micros = now.micros_since(entry.at).saturating_add(more);
        match &mut entry.state {
            State::Asked { ended, .. } => *ended = None,
            state => *state = State::Waiting,
        }
    }

    /// No answer can come any more.
    pub(super) fn lose_open(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.is_open()) {
            entry.call = None;
            match &mut entry.state {
                State::Asked { ended, .. } => *ended = Some(Ending::Lost),
                state => *state = State::NoAnswer(Ending::Lost),
            }
            self.revision += 1;
        }
    }

    pub(super) fn remove(&mut self, ids: &[u64], fx: &mut Effects) {
        for id in ids {
            self.stop(*id, fx);
        }
        self.entries.retain(|entry| !ids.contains(&entry.id));
        self.selected = self.selected.filter(|id| !ids.contains(id));
        self.revision += 1;
    }

    /// An answer to an entry's call came, or there will be none.
    pub(super) fn take_answer(&mut self, id: u64, micros: u64, answer: Result<State, CallError>) {
        let Some(entry) = self.entry_mut(id) else { return };
        entry.call = None;
        let timed_out = matches!(entry.state, State::NoAnswer(Ending::TimedOut));
        match answer {
            Ok(state) => {
                entry.state = match state {
                    // The own wait was over before the server said how many were asked.
                    State::Asked { sessions, .. } if timed_out => {
                        State::Asked { sessions, ended: Some(Ending::TimedOut) }
                    }
                    other => other,
                };
                entry.micros = micros;
            }
            Err(CallError::LinkLost(_)) => {
                entry.state = State::NoAnswer(Ending::Lost);
                entry.micros = micros;
            }
            // The server is silent for good: what stands there stays true.
            Err(CallError::TimedOut { .. }) if timed_out => {}
            Err(CallError::TimedOut { .. }) => entry.end(Ending::TimedOut, entry.at),
            Err(CallError::Cancelled) => {}
            Err(error) => {
                entry.state = State::Failed(error);
                entry.micros = micros;
            }
        }
        self.fit();
    }

    /// A session has answered a request by filter. Answers may come before the server has said how many are asked.
    pub(super) fn take_response(&mut self, response: filter_response::Request, now: Timestamp) {
        let filter_response::Request { responses, session, outcome } = response;
        let Ok(id) = u64::try_from(responses) else { return };
        let Some(entry) = self.entry_mut(id).filter(|entry| entry.is_open()) else { return };
        let micros = now.micros_since(entry.at);
        entry.responses.take(Response { session, micros, outcome });
        if entry.to_come() == 0 {
            entry.micros = micros;
        }
        self.fit();
    }
}

impl Entry {
    fn end(&mut self, ending: Ending, now: Timestamp) {
        self.micros = if ending == Ending::TimedOut { self.wait_micros } else { now.micros_since(self.at) };
        match &mut self.state {
            State::Asked { ended, .. } => *ended = Some(ending),
            state => *state = State::NoAnswer(ending),
        }
    }
}
