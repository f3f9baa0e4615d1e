//! Requests of the server that somebody outside the session decides: bounded in number, bytes and time, and never left
//! without an answer.
//!
//! How each is answered is data, in [`crate::wire::services::INBOUND`]; no service is known by name here. What nobody
//! decides in time, what exceeds the bounds and what was lost with a line is answered by the service's fallback.

use super::event::{AutoAnswered, Event, RequestId, SessionEvent};
use super::keepalive::after;
use crate::data::Timestamp;
use crate::wire::service::InboundEntry;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that may wait for a decision at a time.
pub(super) const MAX_OPEN: usize = 256;
/// Bytes of all encoded requests that may wait for a decision.
pub(super) const MAX_OPEN_BYTES: usize = 16 << 20;

#[derive(Debug)]
struct Waiting {
    entry: &'static InboundEntry,
    until: Timestamp,
    size_bytes: usize,
}

/// The requests of one session that wait for a decision, by the server's conversation id.
#[derive(Debug, Default)]
pub(super) struct InboundRequests {
    /// Instead of the time that each service gives; none for that of the service.
    decide_millis: Option<u32>,
    open: BTreeMap<i64, Waiting>,
    deadlines: BTreeSet<(Timestamp, i64)>,
    size_bytes: usize,
    /// Open when the line was lost; the server still waits if the session goes on.
    owed: Vec<(i64, &'static InboundEntry)>,
    /// Answered at once because of the bounds.
    turned_away: u64,
}

impl InboundRequests {
    /// None yet. A time given here counts for every service instead of its own.
    #[must_use]
    pub(super) fn new(decide_millis: Option<u32>) -> Self {
        Self { decide_millis, ..Self::default() }
    }

    /// Until when the decision is waited for; none if the request must be answered now.
    pub(super) fn begin(
        &mut self,
        id: RequestId,
        entry: &'static InboundEntry,
        size_bytes: usize,
        now: Timestamp,
        emit: &mut impl FnMut(Event),
    ) -> Option<Timestamp> {
        let millis = self.decide_millis.or(entry.decide_millis).filter(|_| entry.decide_millis.is_some())?;
        if self.open.len() >= MAX_OPEN || self.size_bytes.saturating_add(size_bytes) > MAX_OPEN_BYTES {
            self.turned_away += 1;
            if self.turned_away.is_power_of_two() {
                let count = self.turned_away;
                emit(Event::ProtocolWarning(format!(
                    "too many requests of the server wait for a decision: {count} so far answered without one"
                )));
            }
            return None;
        }
        let until = after(now, i64::from(millis));
        self.open.insert(id.0, Waiting { entry, until, size_bytes });
        self.deadlines.insert((until, id.0));
        self.size_bytes += size_bytes;
        Some(until)
    }

    /// Whether this request waits for a decision.
    #[must_use]
    pub(super) fn is_open(&self, id: RequestId) -> bool {
        self.open.contains_key(&id.0)
    }

    /// Takes a request that is about to be answered; whether it waited, and was one of this service.
    pub(super) fn take(&mut self, id: RequestId, service: u32) -> bool {
        let waits = self.open.get(&id.0).is_some_and(|waiting| waiting.entry.id == service);
        waits && self.remove(id.0).is_some()
    }

    fn remove(&mut self, id: i64) -> Option<Waiting> {
        let waiting = self.open.remove(&id)?;
        self.deadlines.remove(&(waiting.until, id));
        self.size_bytes -= waiting.size_bytes;
        Some(waiting)
    }

    /// When the next decision is no longer waited for.
    #[must_use]
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// Takes a request whose time is over; call until none is given, and send the fallback of each.
    pub(super) fn time_out(
        &mut self,
        now: Timestamp,
        emit: &mut impl FnMut(Event),
    ) -> Option<(RequestId, &'static InboundEntry)> {
        let (_, id) = *self.deadlines.first().filter(|(until, _)| *until <= now)?;
        let entry = self.remove(id)?.entry;
        emit(Event::Session(SessionEvent::AutoAnswered {
            id: RequestId(id),
            service: entry.id,
            why: AutoAnswered::TimedOut,
        }));
        Some((RequestId(id), entry))
    }

    /// The line is gone: nothing can be decided any more.
    pub(super) fn suspend(&mut self, emit: &mut impl FnMut(Event)) {
        self.deadlines.clear();
        self.size_bytes = 0;
        for (id, Waiting { entry, .. }) in std::mem::take(&mut self.open) {
            self.owed.push((id, entry));
            emit(Event::Session(SessionEvent::AutoAnswered {
                id: RequestId(id),
                service: entry.id,
                why: AutoAnswered::LineLost,
            }));
        }
    }

    /// What the server still waits for, once the session goes on without loss; send the fallback of each.
    pub(super) fn take_owed(&mut self) -> Vec<(RequestId, &'static InboundEntry)> {
        std::mem::take(&mut self.owed).into_iter().map(|(id, entry)| (RequestId(id), entry)).collect()
    }
}
