//! Two clocks: one that never jumps, for waits; and the wall's, for what people read.

use crate::data::Timestamp;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A wall that is so much ahead was not only corrected.
const SLEPT: Duration = Duration::from_secs(5);

/// Moments count microseconds since an origin near the wall clock's time at start; `wall` corrects them for a clock
/// that was set, or that went on while the computer slept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    origin: Instant,
    origin_micros: i64,
    wall_offset_micros: i64,
}

impl Clock {
    /// Starts now.
    #[must_use]
    pub(super) fn start() -> Self {
        Self { origin: Instant::now(), origin_micros: wall_micros(), wall_offset_micros: 0 }
    }

    /// A moment for the session; never goes back.
    #[must_use]
    pub(super) fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.origin.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.origin_micros.saturating_add(passed))
    }

    /// The instant of a moment, to sleep until it.
    #[must_use]
    pub(super) fn instant(&self, at: Timestamp) -> Instant {
        let micros = u64::try_from(at.0.saturating_sub(self.origin_micros)).unwrap_or(0);
        // An instant too far away to be represented is as good as a year.
        let far = Duration::from_hours(365 * 24);
        self.origin + Duration::from_micros(micros).min(far)
    }

    /// The wall's time of a moment.
    #[must_use]
    pub(super) const fn wall(&self, at: Timestamp) -> Timestamp {
        Timestamp(at.0.saturating_add(self.wall_offset_micros))
    }

    /// Looks at the wall again. Where it has gone on by much more than the clock for waits has, the computer slept, or
    /// the wall's clock was set: this is by how much.
    pub(super) fn look(&mut self) -> Option<Duration> {
        let offset = wall_micros().saturating_sub(self.now().0);
        let ahead = offset.saturating_sub(self.wall_offset_micros);
        self.wall_offset_micros = offset;
        let ahead = Duration::from_micros(u64::try_from(ahead).unwrap_or(0));
        (ahead >= SLEPT).then_some(ahead)
    }

    /// For tests: the wall goes on by this while the clock for waits stands still.
    #[cfg(test)]
    pub(super) fn sleep(&mut self, slept: Duration) {
        self.wall_offset_micros -= i64::try_from(slept.as_micros()).unwrap_or(i64::MAX);
    }
}

fn wall_micros() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |passed| i64::try_from(passed.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_noticed_once_and_small_corrections_are_not() {
        let mut clock = Clock::start();
        assert_eq!(clock.look(), None);
        clock.sleep(Duration::from_secs(3));
        assert_eq!(clock.look(), None);
        clock.sleep(Duration::from_hours(8));
        assert!(clock.look().is_some_and(|slept| slept.as_secs().abs_diff(8 * 3600) < 10));
        assert_eq!(clock.look(), None);
    }
}
