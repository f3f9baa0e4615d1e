//! Conversations waiting for an answer; the decoder travels with the call, and all end when the session ends.

use super::event::{CallFailure, Event, Failure};
use crate::data::{ErrorCode, Timestamp};
use crate::wire::service::{AnyResponse, Decoder};
use bytes::Bytes;
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// Calls that may wait at a time.
pub(super) const MAX_IN_FLIGHT: usize = 4096;

/// A call to send.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's number.
    pub call: u64,
    /// Service id.
    pub service: u32,
    /// Encoded request.
    pub payload: Bytes,
    /// Decodes the response.
    pub decoder: Decoder,
    /// Seconds to wait for the answer; 0 for no limit.
    pub timeout_secs: u32,
}

#[derive(Debug)]
struct Waiting {
    call: u64,
    decoder: Decoder,
    sent_at: Timestamp,
    timeout_secs: u32,
    deadline: Option<Timestamp>,
}

/// The calls that wait.
#[derive(Debug, Default)]
pub(super) struct Calls {
    waiting: HashMap<i64, Waiting>,
    cid_of: HashMap<u64, i64>,
    deadlines: BTreeSet<(Timestamp, i64)>,
    last_cid: i64,
}

impl Calls {
    /// A conversation id never used before in this session.
    pub(super) const fn next_cid(&mut self) -> i64 {
        self.last_cid += 1;
        self.last_cid
    }

    /// Whether another call may be sent.
    #[must_use]
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_IN_FLIGHT
    }

    /// How many wait.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Notes a call as sent and gives its conversation id.
    pub(super) fn begin(&mut self, request: &Request, now: Timestamp) -> i64 {
        let cid = self.next_cid();
        let deadline = (request.timeout_secs > 0)
            .then(|| Timestamp(now.0.saturating_add(i64::from(request.timeout_secs) * 1_000_000)));
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, cid));
        }
        self.cid_of.insert(request.call, cid);
        let (call, decoder, timeout_secs) = (request.call, request.decoder, request.timeout_secs);
        self.waiting.insert(cid, Waiting { call, decoder, sent_at: now, timeout_secs, deadline });
        cid
    }

    /// Ends the call that a response belongs to; none if it is unknown, which is normal after a timeout.
    pub(super) fn answer(&mut self, cid: i64, payload: Bytes, version: u8, now: Timestamp) -> Option<Event> {
        let waiting = self.take(cid)?;
        let result = (waiting.decoder)(payload, version).map_err(CallFailure::BadAnswer);
        Some(waiting.ended(result, now))
    }

    /// Ends the call that a service error belongs to.
    pub(super) fn fail(&mut self, cid: i64, code: ErrorCode, description: String, now: Timestamp) -> Option<Event> {
        let waiting = self.take(cid)?;
        Some(waiting.ended(Err(CallFailure::Service { code, description }), now))
    }

    /// Gives up a call.
    pub(super) fn cancel(&mut self, call: u64, now: Timestamp) -> Option<Event> {
        let cid = *self.cid_of.get(&call)?;
        Some(self.take(cid)?.ended(Err(CallFailure::Cancelled), now))
    }

    /// When the next call times out.
    #[must_use]
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Ends a call whose time is over; call until none is given.
    pub(super) fn time_out(&mut self, now: Timestamp) -> Option<Event> {
        let (deadline, cid) = *self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.deadlines.remove(&(deadline, cid));
        let waiting = self.take(cid)?;
        let secs = waiting.timeout_secs;
        Some(waiting.ended(Err(CallFailure::TimedOut { secs }), now))
    }

    /// Ends every call with the same cause, oldest first.
    pub(super) fn end_all(&mut self, cause: &Failure, now: Timestamp) -> Vec<Event> {
        let mut all: Vec<_> = self.waiting.drain().collect();
        all.sort_unstable_by_key(|(cid, _)| *cid);
        self.cid_of.clear();
        self.deadlines.clear();
        all.into_iter().map(|(_, waiting)| waiting.ended(Err(CallFailure::Ended(cause.clone())), now)).collect()
    }

    fn take(&mut self, cid: i64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&cid)?;
        self.cid_of.remove(&waiting.call);
        if let Some(deadline) = waiting.deadline {
            self.deadlines.remove(&(deadline, cid));
        }
        Some(waiting)
    }
}

impl Waiting {
    fn ended(self, result: Result<AnyResponse, CallFailure>, now: Timestamp) -> Event {
        Event::Answer { call: self.call, result, micros: now.micros_since(self.sent_at) }
    }
}
