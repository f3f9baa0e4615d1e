//! Round trips: measured, and as the way to find out whether a line in doubt still leads somewhere.

use super::{Event, Failure, Machine, SessionEvent, State};
use crate::data::Timestamp;
use crate::session::keepalive::after;
use crate::wire::services::UserPing;
use crate::wire::{Message, Service as _};
use bytes::Bytes;

/// The ping has to be answered within this.
pub(super) const CHECK_SECS: u32 = 5;

impl Machine {
    /// Measures the round trip now.
    pub fn ping(&mut self, now: Timestamp) {
        if self.state != State::Live {
            return;
        }
        let cid = self.calls.next_cid();
        if self.pings.begin(cid, now) {
            self.events.push_back(Event::Session(SessionEvent::Pinged { at: now, micros: None }));
        }
        self.send(&Message::Request { service: UserPing::ID, cid, payload: Bytes::new() });
    }

    /// The line may have been lost without a sign, as while the computer slept: a ping is sent, and the line counts as lost
    /// if its answer does not come soon. Until then nobody knows whether anything here is as it is at the server.
    pub fn check_line(&mut self, now: Timestamp) {
        if self.state != State::Live {
            return;
        }
        if self.checked_by.is_none() {
            self.events.push_back(Event::LineInDoubt);
        }
        self.checked_by = Some(after(now, i64::from(CHECK_SECS) * 1000));
        self.ping(now);
        self.pings.hold();
    }

    /// A ping was answered: a line that was in doubt is there.
    pub(super) fn note_answered(&mut self, now: Timestamp) {
        if self.checked_by.take().is_some() {
            self.pings.start(now);
            self.events.push_back(Event::LineConfirmed);
        }
    }

    /// Whether the line is to be given up, because it was in doubt for too long.
    pub(super) fn is_unconfirmed(&self, now: Timestamp) -> Option<Failure> {
        self.checked_by.is_some_and(|at| at <= now).then_some(Failure::Unanswered { secs: CHECK_SECS })
    }
}
