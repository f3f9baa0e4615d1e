//! The waits between attempts to get a session back, as a pure sequence.

use std::time::Duration;

const FIRST_MILLIS: u64 = 250;
const LARGEST_MILLIS: u64 = 5000;

/// Doubles from a quarter of a second to five seconds, and stays there.
#[derive(Clone, Debug)]
pub struct Backoff {
    next_millis: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next_millis: FIRST_MILLIS }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let millis = self.next_millis;
        self.next_millis = (millis * 2).min(LARGEST_MILLIS);
        Some(Duration::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_small_and_doubles() {
        let millis: Vec<_> = Backoff::default().take(7).map(|d| d.as_millis()).collect();
        assert_eq!(millis, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    }

    #[test]
    fn stays_at_the_largest_however_long_it_goes_on() {
        assert_eq!(Backoff::default().nth(100_000), Some(Duration::from_millis(LARGEST_MILLIS)));
    }

    #[test]
    fn the_default_recovery_time_has_room_for_several_attempts() {
        let mut passed = Duration::ZERO;
        let attempts = Backoff::default().take_while(|d| {
            passed += *d;
            passed < Duration::from_mins(1)
        });
        assert_eq!(attempts.count(), 15);
    }
}
