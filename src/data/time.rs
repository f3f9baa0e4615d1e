//! A moment in time as a plain number, so that floors without clocks can carry one.

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From milliseconds since the epoch, saturating.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Milliseconds since the epoch, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Microseconds from `earlier` to `self`, at least 0.
    #[must_use]
    pub fn micros_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// Seconds from `earlier` to `self`, at least 0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "durations far below 2^53 microseconds")]
    pub fn secs_since(self, earlier: Self) -> f64 {
        self.micros_since(earlier) as f64 / 1e6
    }
}
