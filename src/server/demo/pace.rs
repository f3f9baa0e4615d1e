//! How many updates are due: rates and schedules that do not drift.

use super::MAX_RATE;
use std::time::Duration;

/// Updates that may have piled up while the demo could not publish, as seconds of the rate.
const BACKLOG_SECS: f64 = 0.25;

/// A rate within what is offered; what is no number counts as rest.
pub(super) fn bounded(updates_per_sec: f64) -> f64 {
    if updates_per_sec.is_nan() { 0.0 } else { updates_per_sec.clamp(0.0, MAX_RATE) }
}

/// Counts updates that are due. Fractions are kept, so any rate is met in the long run whatever the turns are.
#[derive(Debug, Default)]
pub(super) struct Pace {
    balance: f64,
}

impl Pace {
    /// Time passed at this rate.
    pub(super) fn pass(&mut self, time: Duration, updates_per_sec: f64) {
        if updates_per_sec <= 0.0 {
            self.balance = self.balance.min(0.0);
            return;
        }
        let cap = (updates_per_sec * BACKLOG_SECS).max(1.0);
        self.balance = (self.balance + time.as_secs_f64() * updates_per_sec).min(cap);
    }

    /// How many updates are due now.
    pub(super) fn due(&self) -> u64 {
        self.balance.max(0.0) as u64
    }

    /// Takes off what was published, which may be more than was due.
    pub(super) fn spend(&mut self, updates: u64) {
        self.balance -= updates as f64;
    }
}

/// Something that is due again and again.
#[derive(Debug)]
pub(super) struct Every {
    period: Duration,
    next: Duration,
}

impl Every {
    /// Due for the first time one period after the start.
    pub(super) const fn new(period: Duration) -> Self {
        Self { period, next: period }
    }

    /// Whether it is due at this time since the start. The times stay multiples of the period; missed ones are
    /// skipped.
    pub(super) fn is_due(&mut self, elapsed: Duration) -> bool {
        let Some(late) = elapsed.checked_sub(self.next) else { return false };
        let missed = late.as_nanos() / self.period.as_nanos().max(1);
        self.next += self.period * u32::try_from(missed + 1).unwrap_or(u32::MAX);
        true
    }
}
