//! Exponential backoff between attempts to recover a session, with equal jitter.
//!
//! Each delay is half of an exponentially growing base plus a random part of the other half, so that clients which lost
//! the same server do not come back at the same moments; see
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>. The random numbers are an argument, so
//! the sequence itself is pure.

use std::time::Duration;

/// The first base.
const FIRST_MILLIS: u32 = 250;
/// The base doubles up to this.
const LARGEST_MILLIS: u32 = 5000;

/// An endless sequence of delays: between a half of the base and the base, which doubles from 250 ms to 5 s.
#[derive(Clone, Debug)]
pub(super) struct Backoff<R> {
    base_millis: u32,
    random: R,
}

impl<R: FnMut() -> f64> Backoff<R> {
    /// Begins with the first base; `random` gives numbers from 0 to 1.
    pub(super) const fn new(random: R) -> Self {
        Self { base_millis: FIRST_MILLIS, random }
    }
}

impl<R: FnMut() -> f64> Iterator for Backoff<R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let half = f64::from(self.base_millis) / 2.0;
        self.base_millis = (self.base_millis * 2).min(LARGEST_MILLIS);
        let random = (self.random)();
        // The comparison is false for what is not a number.
        let part = if random > 0.0 { random.min(1.0) } else { 0.0 };
        Some(Duration::from_secs_f64(half.mul_add(part, half) / 1000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(random: f64) -> Vec<u128> {
        Backoff::new(|| random).take(7).map(|delay| delay.as_millis()).collect()
    }

    #[test]
    fn doubles_up_to_the_largest_with_half_of_it_random() {
        assert_eq!(millis(1.0), [250, 500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(millis(0.0), [125, 250, 500, 1000, 2000, 2500, 2500]);
        assert_eq!(millis(0.5), [187, 375, 750, 1500, 3000, 3750, 3750]);
        assert_eq!((millis(f64::NAN)[0], millis(7.0)[0]), (125, 250), "bounded whatever the numbers are");
    }

    #[test]
    fn stays_at_the_largest_however_long_it_goes_on() {
        assert_eq!(Backoff::new(|| 1.0).nth(100_000), Some(Duration::from_millis(u64::from(LARGEST_MILLIS))));
    }

    #[test]
    fn the_default_recovery_time_has_room_for_several_attempts() {
        let mut passed = Duration::ZERO;
        let attempts = Backoff::new(|| 1.0).take_while(|delay| {
            passed += *delay;
            passed < Duration::from_mins(1)
        });
        assert_eq!(attempts.count(), 15);
    }
}
