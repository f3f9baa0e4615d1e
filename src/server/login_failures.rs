//! Failed logins: who failed lately has to wait before the next attempt is looked at. A table without a clock.
//!
//! Attempts of one address, whoever they are for, are looked at one after the other: 100 ms apart after the first
//! failure, twice as long after each more, at most five seconds; what would wait longer than ten seconds is refused.
//! Attempts for one principal wait half a second at most and not for each other, so that nobody's failures elsewhere
//! keep the true owner out. A principal that came in from an address waits there no more until it fails again, so that a
//! program that opens many sessions is not slowed down by another's mistake. Ten quiet minutes make all well.
//!
//! Principals are counted in buckets by a hash that nobody outside knows: made-up names take no room, and do not tell
//! from the waiting time which names exist.

use super::places::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

/// Milliseconds after the first failure.
const FIRST_MILLIS: u64 = 100;
/// The longest time between two attempts of an address.
const LONGEST_MILLIS: u64 = 5_000;
/// The longest time that failures of others make a principal wait.
const LONGEST_FOR_PRINCIPAL_MILLIS: u64 = 500;
/// Attempts that would wait longer are refused.
const REFUSED_MILLIS: u64 = 10_000;
/// Time without a failure after which all is forgotten.
const FORGOTTEN_MILLIS: u64 = 600_000;
/// Addresses that are remembered.
const MAX_SOURCES: usize = 4096;
/// Buckets of principals.
const BUCKETS: u64 = 1024;
/// From the first line of the log about failures to the next.
const SAY_AGAIN_MILLIS: u64 = 10_000;

/// The address has too many attempts waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    last: u64,
    /// When the next attempt is looked at.
    next: u64,
}

impl Failures {
    fn forget_old(&mut self, now: u64) {
        if now.saturating_sub(self.last) > FORGOTTEN_MILLIS {
            *self = Self::default();
        }
    }

    fn delay(&self, longest: u64) -> u64 {
        match self.count {
            0 => 0,
            count => {
                FIRST_MILLIS.checked_shl(count - 1).filter(|_| count < 32).map_or(longest, |delay| delay.min(longest))
            }
        }
    }
}

/// Failures that the log has not told yet.
#[derive(Debug, Default)]
struct Burst {
    /// When the log told of one last.
    said: Option<u64>,
    untold: u64,
}

/// The failures that are remembered.
#[derive(Debug)]
pub(super) struct LoginFailures {
    sources: BTreeMap<Source, Failures>,
    principals: Box<[Failures]>,
    /// Principals that came in, and have not failed since, by source and bucket.
    trusted: BTreeSet<(Source, usize)>,
    hasher: RandomState,
    burst: Burst,
}

impl Default for LoginFailures {
    fn default() -> Self {
        Self {
            sources: BTreeMap::new(),
            principals: vec![Failures::default(); BUCKETS as usize].into(),
            trusted: BTreeSet::new(),
            hasher: RandomState::new(),
            burst: Burst::default(),
        }
    }
}

impl LoginFailures {
    fn bucket(&self, principal: &str) -> usize {
        (self.hasher.hash_one(principal) % BUCKETS) as usize
    }

    /// Milliseconds that an attempt has to wait. The next one of its address waits for it.
    ///
    /// # Errors
    /// It would wait too long.
    pub(super) fn wait(&mut self, source: Source, principal: &str, now: u64) -> Result<u64, TooMany> {
        let bucket = self.bucket(principal);
        if principal.is_empty() || source == Source::Process || self.trusted.contains(&(source, bucket)) {
            return Ok(0);
        }
        let of_principal = &mut self.principals[bucket];
        of_principal.forget_old(now);
        let ready = of_principal.last + of_principal.delay(LONGEST_FOR_PRINCIPAL_MILLIS);
        let for_principal = ready.saturating_sub(now);
        let Some(of_source) = self.sources.get_mut(&source) else { return Ok(for_principal) };
        of_source.forget_old(now);
        let for_source = of_source.next.saturating_sub(now);
        if for_source > REFUSED_MILLIS {
            return Err(TooMany);
        }
        of_source.next = of_source.next.max(now) + of_source.delay(LONGEST_MILLIS);
        Ok(for_source.max(for_principal))
    }

    /// Notes a failure; whether the log should tell.
    pub(super) fn failed(&mut self, source: Source, principal: &str, now: u64) -> bool {
        let bucket = self.bucket(principal);
        self.trusted.remove(&(source, bucket));
        // Who comes without a name guesses nothing, also where such clients are refused.
        if source != Source::Process && !principal.is_empty() {
            if self.sources.len() >= MAX_SOURCES && !self.sources.contains_key(&source) {
                let oldest = self.sources.iter().min_by_key(|(_, failures)| failures.last).map(|(source, _)| *source);
                oldest.map(|oldest| self.sources.remove(&oldest));
            }
            let of_source = self.sources.entry(source).or_default();
            let of_principal = &mut self.principals[bucket];
            for failures in [&mut *of_source, of_principal] {
                failures.forget_old(now);
                failures.count = failures.count.saturating_add(1);
                failures.last = now;
            }
            of_source.next = of_source.next.max(now + of_source.delay(LONGEST_MILLIS));
        }
        let tells = self.burst.said.is_none_or(|said| now.saturating_sub(said) >= SAY_AGAIN_MILLIS);
        if tells {
            self.burst.said = Some(now);
        } else {
            self.burst.untold += 1;
        }
        tells
    }

    /// Notes that a principal came in.
    pub(super) fn succeeded(&mut self, source: Source, principal: &str) {
        if self.trusted.len() >= MAX_SOURCES {
            self.trusted.clear();
        }
        // Only where there is something to wait for.
        if self.sources.contains_key(&source) {
            self.trusted.insert((source, self.bucket(principal)));
        }
    }

    /// How many failures the log has not told, once it is time to.
    pub(super) fn take_untold(&mut self, now: u64) -> Option<u64> {
        let due = self.burst.said.is_some_and(|said| now.saturating_sub(said) >= SAY_AGAIN_MILLIS);
        if !due || self.burst.untold == 0 {
            return None;
        }
        self.burst.said = Some(now);
        Some(std::mem::take(&mut self.burst.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    #[test]
    fn the_delay_of_an_address_doubles_up_to_five_seconds() {
        let mut failures = LoginFailures::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for n in 0..9 {
            let wait = failures.wait(source(1), &format!("principal {n}"), now).expect("not too long");
            waits.push(wait);
            now += wait;
            failures.failed(source(1), &format!("principal {n}"), now);
        }
        assert_eq!(waits, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(failures.wait(source(1), "admin", now + FORGOTTEN_MILLIS + 1), Ok(0), "forgotten");
    }

    #[test]
    fn attempts_at_once_wait_for_each_other_and_are_bounded() {
        let mut failures = LoginFailures::default();
        for _ in 0..4 {
            failures.failed(source(1), "admin", 0);
        }
        let waits: Vec<_> = (0..20).map(|n| failures.wait(source(1), &format!("{n}"), 0)).collect();
        assert_eq!(waits[..3], [Ok(800), Ok(1600), Ok(2400)]);
        assert_eq!(waits[19], Err(TooMany));
        assert_eq!(waits.iter().filter(|wait| wait.is_ok()).count(), 12);
    }

    #[test]
    fn strangers_do_not_keep_a_principal_out() {
        let mut failures = LoginFailures::default();
        for stranger in 0..=255 {
            for _ in 0..10 {
                failures.failed(source(stranger), "admin", 1000);
            }
        }
        let elsewhere = Source::of([198, 51, 100, 1].into());
        for _ in 0..100 {
            assert_eq!(failures.wait(elsewhere, "admin", 1000), Ok(LONGEST_FOR_PRINCIPAL_MILLIS));
        }
        assert_eq!(failures.wait(Source::Process, "admin", 1000), Ok(0));
        assert_eq!(failures.wait(source(1), "", 1000), Ok(0), "anonymous clients guess nothing");
        failures.failed(elsewhere, "", 1000);
        assert_eq!(failures.wait(elsewhere, "other", 1000), Ok(0));
    }

    #[test]
    fn who_came_in_waits_no_more_until_it_fails() {
        let mut failures = LoginFailures::default();
        failures.failed(source(1), "typist", 0);
        assert_eq!(failures.wait(source(1), "admin", 0), Ok(100));
        failures.succeeded(source(1), "admin");
        for _ in 0..1000 {
            assert_eq!(failures.wait(source(1), "admin", 0), Ok(0));
        }
        assert_ne!(failures.wait(source(1), "other", 0), Ok(0), "its own success helps nobody to guess another's");
        failures.failed(source(1), "admin", 0);
        assert_ne!(failures.wait(source(1), "admin", 0), Ok(0));
    }

    #[test]
    fn the_table_is_bounded_and_a_burst_is_told_once_with_a_count() {
        let mut failures = LoginFailures::default();
        let mut told = 0;
        for n in 0..10_000u32 {
            let address = Source::of(std::net::IpAddr::from((n + (10 << 24)).to_be_bytes()));
            told += u32::from(failures.failed(address, &n.to_string(), u64::from(n)));
            failures.succeeded(address, &n.to_string());
        }
        assert_eq!((told, failures.sources.len()), (1, MAX_SOURCES));
        assert!(failures.trusted.len() <= MAX_SOURCES);
        assert_eq!(failures.take_untold(9_999), None);
        assert_eq!(failures.take_untold(10_000), Some(9_999));
        assert_eq!(failures.take_untold(30_000), None);
    }
}
