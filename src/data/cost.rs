//! What work costs: an account of units that is opened for one request and charged for what the request has done.
//!
//! This floor reads no clock, and a count is the same on every machine, so cost is counted, not timed. A unit is about
//! ten nanoseconds of the test profile, by the rates below; where the true cost depends on what is met, a rate is that of
//! the worst case. What loops over something that a peer or a user has written charges for each turn.

/// Units of a request that visits no topics: about five milliseconds.
pub const REQUEST: u64 = 500_000;
/// Units that a scan adds for each topic that it looks at, up to those of a fresh account. Common selectors take less,
/// so a scan of any number of topics ends; those that take much more end when the account is empty.
pub const TOPIC: u64 = 1000;

/// Looking at one topic of a scan: the step in the tree, the permission.
pub const VISIT: u64 = 100;
/// Subscribing, telling or removing one topic of a scan.
pub const CHANGE: u64 = 500;
/// A member of a set or a part of a path: what is allocated for it.
pub const PART: u64 = 100;
/// Comparing two things of a few bytes.
pub const COMPARE: u64 = 5;
/// Bytes that are read, compared or copied for one unit.
pub const BYTES: usize = 8;

/// An account was charged for more than it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this takes more work than one request may cause; ask for less at once, or with fewer or simpler patterns")]
pub struct Exhausted;

/// What a request may still cost, and what it has cost.
#[derive(Clone, Debug)]
pub struct Account {
    left: u64,
    spent: u64,
    committed: bool,
}

impl Account {
    /// An account of so many units.
    #[must_use]
    pub const fn of(units: u64) -> Self {
        Self { left: units, spent: 0, committed: false }
    }

    /// The account of one request.
    #[must_use]
    pub const fn request() -> Self {
        Self::of(REQUEST)
    }

    /// Takes units, before the work is done. An account that has too few is empty from then on.
    ///
    /// # Errors
    /// There are too few.
    pub const fn charge(&mut self, units: u64) -> Result<(), Exhausted> {
        if self.committed {
            self.note(units);
            return Ok(());
        }
        let taken = if units < self.left { units } else { self.left };
        self.spent += taken;
        self.left -= taken;
        if taken == units { Ok(()) } else { Err(Exhausted) }
    }

    /// Takes units for bytes that are read, compared or copied.
    ///
    /// # Errors
    /// There are too few.
    pub const fn charge_bytes(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.charge(bytes_cost(bytes))
    }

    /// Counts units of work that is done in any case.
    pub const fn note(&mut self, units: u64) {
        self.spent = self.spent.saturating_add(units);
    }

    /// From here on the work is done to its end: there is no way back. It is counted, and never refused.
    pub const fn commit(&mut self) {
        self.committed = true;
    }

    /// Whether the work is done to its end.
    #[must_use]
    pub const fn is_committed(&self) -> bool {
        self.committed
    }

    /// Adds what a scan may cost for one topic more, and takes what looking at it costs.
    ///
    /// # Errors
    /// The account is empty.
    pub const fn visit(&mut self) -> Result<(), Exhausted> {
        if self.left == 0 && !self.committed {
            return Err(Exhausted);
        }
        let added = self.left + TOPIC;
        self.left = if added < REQUEST { added } else { REQUEST };
        self.charge(VISIT)
    }

    /// Units taken so far.
    #[must_use]
    pub const fn spent(&self) -> u64 {
        self.spent
    }
}

/// Units for bytes that are read, compared or copied.
#[must_use]
pub const fn bytes_cost(bytes: usize) -> u64 {
    1 + (bytes / BYTES) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_account_stays_empty() {
        let mut account = Account::of(10);
        assert_eq!((account.charge(7), account.charge(4), account.charge(1)), (Ok(()), Err(Exhausted), Err(Exhausted)));
        assert_eq!((account.spent(), account.visit()), (10, Err(Exhausted)));
        assert_eq!(account.charge(0), Ok(()), "nothing costs nothing");
    }

    #[test]
    fn what_is_committed_is_counted_and_never_refused() {
        let mut account = Account::of(10);
        account.note(3);
        account.commit();
        assert_eq!((account.charge(100), account.visit(), account.spent()), (Ok(()), Ok(()), 103 + VISIT));
    }

    #[test]
    fn a_scan_of_cheap_topics_never_ends_for_its_cost_and_saves_nothing_up() {
        let mut account = Account::request();
        for _ in 0..1_000_000 {
            account.visit().expect("room");
            account.charge(TOPIC - VISIT).expect("room");
        }
        for _ in 0..1_000_000 {
            account.visit().expect("room");
        }
        assert_eq!(account.charge(REQUEST), Err(Exhausted));
    }
}
