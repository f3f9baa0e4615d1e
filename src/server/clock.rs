//! The server's clock: that of the machine, or one that stands until it is moved.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment by both clocks: one that only goes on, for periods, and one that people set, for dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Milliseconds since the server began.
    pub uptime: u64,
    /// Milliseconds since 1970.
    pub wall: i64,
}

/// Where the server's time comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// The machine's clocks.
    Machine {
        /// When the server began.
        began: Instant,
    },
    /// A clock that only [`Clock::advance`] moves.
    Manual(Moment),
}

impl Clock {
    /// The machine's clocks, the server beginning now.
    pub(super) fn machine() -> Self {
        Self::Machine { began: Instant::now() }
    }

    /// A standing clock; the server begins at these milliseconds since 1970.
    pub(super) const fn manual(wall: i64) -> Self {
        Self::Manual(Moment { uptime: 0, wall })
    }

    /// The time now.
    pub(super) fn now(&self) -> Moment {
        match self {
            Self::Machine { began } => Moment { uptime: millis(began.elapsed()), wall: wall_millis() },
            Self::Manual(moment) => *moment,
        }
    }

    /// Moves a standing clock; the machine's goes on by itself.
    pub(super) fn advance(&mut self, by: Duration) {
        if let Self::Manual(moment) = self {
            moment.uptime = moment.uptime.saturating_add(millis(by));
            moment.wall = moment.wall.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        }
    }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn wall_millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
