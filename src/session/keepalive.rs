//! Whether the server is still there, and how long a round trip takes.

use crate::data::Timestamp;

/// Watches for system pings: two periods without one mean that the line is dead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keepalive {
    deadline: Option<Timestamp>,
    period_millis: i64,
}

impl Keepalive {
    /// Starts watching; a period of 0 or less switches it off.
    pub(super) fn start(&mut self, period_millis: i64, now: Timestamp) {
        self.period_millis = period_millis;
        self.deadline = None;
        self.note_ping(now);
    }

    /// Notes a system ping. Only these count; other traffic may flow out of a server that no longer hears.
    pub(super) fn note_ping(&mut self, now: Timestamp) {
        self.deadline = (self.period_millis > 0).then(|| after(now, self.period_millis.saturating_mul(2)));
    }

    /// Stops watching while there is no line.
    pub(super) const fn stop(&mut self) {
        self.deadline = None;
    }

    /// When the line counts as dead.
    #[must_use]
    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }
}

/// Measures round trips at an interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pings {
    interval_millis: u32,
    due: Option<Timestamp>,
    waiting: Option<(i64, Timestamp)>,
}

impl Pings {
    /// At this interval; 0 for only when asked.
    #[must_use]
    pub(super) const fn every(interval_millis: u32) -> Self {
        Self { interval_millis, due: None, waiting: None }
    }

    /// The first one is due at once when a line is there.
    pub(super) fn start(&mut self, now: Timestamp) {
        self.due = (self.interval_millis > 0).then_some(now);
    }

    /// No further one is due until the one under way is answered and [`Self::start`] is called.
    pub(super) const fn hold(&mut self) {
        self.due = None;
    }

    /// Stops while there is no line; whether an answer was still waited for.
    pub(super) fn stop(&mut self) -> bool {
        self.due = None;
        self.waiting.take().is_some()
    }

    /// Notes a ping as sent; whether the one before has had no answer.
    pub(super) fn begin(&mut self, cid: i64, now: Timestamp) -> bool {
        if self.interval_millis > 0 {
            self.due = Some(after(now, i64::from(self.interval_millis)));
        }
        self.waiting.replace((cid, now)).is_some()
    }

    /// Microseconds of the round trip, if this conversation is the ping waited for.
    pub(super) fn answer(&mut self, cid: i64, now: Timestamp) -> Option<u64> {
        let (waiting, sent_at) = self.waiting?;
        if waiting != cid {
            return None;
        }
        self.waiting = None;
        Some(now.micros_since(sent_at))
    }

    /// When the next one is due.
    #[must_use]
    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.due
    }
}

/// A moment some milliseconds later, saturating.
#[must_use]
pub(super) const fn after(now: Timestamp, millis: i64) -> Timestamp {
    Timestamp(now.0.saturating_add(millis.saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_of_zero_or_less_never_expires() {
        for period in [0, -1, i64::MIN] {
            let mut k = Keepalive::default();
            k.start(period, Timestamp(5));
            assert_eq!(k.deadline(), None);
        }
    }

    #[test]
    fn an_absurd_period_saturates() {
        let mut k = Keepalive::default();
        k.start(i64::MAX, Timestamp(5));
        assert_eq!(k.deadline(), Some(Timestamp(i64::MAX)));
    }

    #[test]
    fn a_late_answer_is_not_taken_for_the_next_ping() {
        let mut p = Pings::every(1000);
        p.start(Timestamp(0));
        assert!(!p.begin(1, Timestamp(0)));
        assert!(p.begin(2, Timestamp(1_000_000)));
        assert_eq!(p.answer(1, Timestamp(1_000_100)), None);
        assert_eq!(p.answer(2, Timestamp(1_000_250)), Some(250));
        assert_eq!(p.answer(2, Timestamp(1_000_300)), None);
    }
}
