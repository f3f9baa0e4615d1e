//! Which protocol version is offered, and which is agreed on.

use super::event::Failure;
use crate::wire::protocol::{NEWEST, OFFERED, OLDEST, SPOKEN};

/// The versions of one session. Each line offers one; a server that does not take it gets the next on another line.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    fixed: Option<u8>,
    version: u8,
    untried: Vec<u8>,
    /// What a server said in place of the versions offered.
    answered: Option<u8>,
}

impl Offer {
    /// `fixed` alone, or every version, beginning with `first`.
    pub(super) fn new(fixed: Option<u8>, first: Option<u8>) -> Self {
        let version = fixed.or(first).filter(|version| SPOKEN.contains(version)).unwrap_or(NEWEST);
        let untried =
            if fixed.is_some() { Vec::new() } else { OFFERED.into_iter().filter(|v| *v != version).collect() };
        Self { fixed, version, untried, answered: None }
    }

    /// The version that is offered or agreed on.
    pub(super) const fn version(&self) -> u8 {
        self.version
    }

    /// Whether the session can go on at the version of an answer. A session that is recovered keeps its own.
    pub(super) fn takes(&self, version: u8, recovering: bool) -> bool {
        version == self.version || (!recovering && self.fixed.is_none() && SPOKEN.contains(&version))
    }

    /// The session goes on at this version.
    pub(super) fn agree(&mut self, version: u8) {
        self.version = version;
        self.untried.clear();
    }

    /// Takes the next version to offer, the one that the server answered with if it was not tried; false if none is
    /// left.
    pub(super) fn next(&mut self, answered: Option<u8>) -> bool {
        self.answered = answered.or(self.answered);
        if self.untried.is_empty() {
            return false;
        }
        let wanted = answered.and_then(|answered| self.untried.iter().position(|version| *version == answered));
        self.version = self.untried.remove(wanted.unwrap_or(0));
        true
    }

    /// The failure of the last version as that of all that were offered.
    pub(super) fn conclude(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Protocol { answered, .. } if self.fixed.is_none() => {
                Failure::Protocol { asked: NEWEST, oldest: OLDEST, answered: answered.or(self.answered) }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_offered_from_the_newest_down_and_a_known_one_first() {
        let all = |mut offer: Offer| {
            let mut versions = vec![offer.version()];
            while offer.next(None) {
                versions.push(offer.version());
            }
            versions
        };
        assert_eq!(all(Offer::new(None, None)), OFFERED);
        assert_eq!(all(Offer::new(None, Some(24))), [24, 29, 25, 23, 22, 21, 20, 19, 18]);
        assert_eq!(all(Offer::new(Some(21), Some(24))), [21]);
        assert_eq!(all(Offer::new(None, Some(7))), OFFERED, "a version that is not spoken is not offered");
    }

    #[test]
    fn the_version_in_an_answer_is_tried_next() {
        let mut offer = Offer::new(None, None);
        assert!(offer.next(Some(22)) && offer.version() == 22);
        assert!(offer.next(Some(22)) && offer.version() == 25, "it was tried");
        assert!(offer.takes(24, false) && !offer.takes(24, true) && !offer.takes(17, false) && !offer.takes(30, false));
        offer.agree(24);
        assert!(!offer.next(None) && offer.version() == 24);
        let fixed = Offer::new(Some(25), None);
        assert!(fixed.takes(25, false) && !fixed.takes(24, false));
    }
}
