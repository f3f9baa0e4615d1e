//! Two clocks: one that never jumps, for waits; and the wall's, for what people read.

use crate::data::Timestamp;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

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

    /// Looks at the wall again.
    pub(super) fn look(&mut self) {
        self.wall_offset_micros = wall_micros().saturating_sub(self.now().0);
    }
}

fn wall_micros() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |passed| i64::try_from(passed.as_micros()).unwrap_or(i64::MAX))
}
