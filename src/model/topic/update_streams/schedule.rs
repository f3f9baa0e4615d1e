//! When the next update is due. Updates for which there was no time or no room are counted, never made up for.

use crate::data::Timestamp;

/// The slowest rate, in updates a second.
pub const SLOWEST: f64 = 0.1;
/// The fastest.
pub const FASTEST: f64 = 1000.0;

/// A rate with a beginning. Update `n` is due `n / rate` seconds after it, so that nothing drifts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    per_sec: f64,
    origin: Timestamp,
    passed: u64,
}

/// What is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Updates to be sent now.
    pub send: usize,
    /// Updates that are left out for good.
    pub skip: u64,
}

impl Schedule {
    /// Begins; the first update is due one interval after `now`, or at once.
    #[must_use]
    pub const fn new(per_sec: f64, now: Timestamp, at_once: bool) -> Self {
        Self { per_sec: per_sec.clamp(SLOWEST, FASTEST), origin: now, passed: if at_once { 0 } else { 1 } }
    }

    /// Takes what is due, of which at most `room` can be sent.
    pub fn take(&mut self, now: Timestamp, room: usize) -> Due {
        let due = (now.secs_since(self.origin) * self.per_sec + 1e-6).floor() as u64 + 1;
        let fresh = due.saturating_sub(self.passed);
        self.passed = self.passed.max(due);
        let send = usize::try_from(fresh).unwrap_or(usize::MAX).min(room);
        Due { send, skip: fresh - send as u64 }
    }

    /// When the next update is due.
    #[must_use]
    pub fn next(&self) -> Timestamp {
        let micros = self.passed as f64 / self.per_sec * 1e6;
        Timestamp(self.origin.0.saturating_add(micros.ceil() as i64))
    }

    /// Updates a second.
    #[must_use]
    pub const fn per_sec(&self) -> f64 {
        self.per_sec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn updates_are_due_at_their_times_however_often_one_looks() {
        for (per_sec, every) in [(0.1, 700), (3.0, 100), (10.0, 40), (1000.0, 33)] {
            let mut schedule = Schedule::new(per_sec, millis(0), true);
            let mut sent = 0;
            for n in 0..=(60_000 / every) {
                let due = schedule.take(millis(n * every), 1000);
                assert_eq!(due.skip, 0);
                sent += due.send;
            }
            let over = (60_000 / every * every) as f64 / 1000.0;
            assert_eq!(sent, (over * per_sec + 1e-6) as usize + 1, "{per_sec}");
        }
    }

    #[test]
    fn looking_when_the_next_is_due_finds_exactly_it() {
        let mut schedule = Schedule::new(7.0, millis(0), false);
        assert_eq!(schedule.take(millis(0), 9), Due::default());
        for _ in 0..1000 {
            let next = schedule.next();
            assert_eq!(schedule.take(Timestamp(next.0 - 2), 9), Due::default());
            assert_eq!(schedule.take(next, 9), Due { send: 1, skip: 0 });
        }
    }

    #[test]
    fn what_has_no_room_is_left_out_and_counted() {
        let mut schedule = Schedule::new(1000.0, millis(0), true);
        assert_eq!(schedule.take(millis(99), 30), Due { send: 30, skip: 70 });
        assert_eq!(schedule.take(millis(100), 30), Due { send: 1, skip: 0 });
        // The computer slept for an hour.
        assert_eq!(schedule.take(millis(3_600_100), 30), Due { send: 30, skip: 3_600_000 - 30 });
    }

    #[test]
    fn rates_stay_within_bounds() {
        assert_eq!(Schedule::new(1e9, millis(0), true).per_sec(), FASTEST);
        assert_eq!(Schedule::new(0.0, millis(0), true).per_sec(), SLOWEST);
    }
}
