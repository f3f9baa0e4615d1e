//! Places for sessions when they are short: counted by address for anonymous sessions, by principal for the others.
//!
//! Nobody can have them all. Anonymous sessions of one address have a tenth (of this machine eight tenths, so that tests
//! and demonstrations can have thousands), all together nine tenths; a principal has half, and the last hundredth is for
//! principals that have hardly any. A named principal is not counted by address: who shares one with strangers, as
//! behind a proxy, comes in all the same. Where there is no place, a session without a connection gives up its own:
//! first those whose client never said anything, then who has been away longest.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Sessions of a principal that count as hardly any.
const FEW: usize = 8;

/// Where a connection comes from, as places are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Source {
    /// This process.
    Process,
    /// This machine.
    Loopback,
    /// Another machine; of IPv6 the network of 64 bits, since one machine has all addresses of it.
    Address(IpAddr),
}

impl Source {
    /// The source of connections from an address.
    pub(super) fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        if address.is_loopback() {
            return Self::Loopback;
        }
        match address {
            IpAddr::V6(address) => {
                let network = u128::from(address) & (u128::MAX << 64);
                Self::Address(IpAddr::V6(network.into()))
            }
            IpAddr::V4(_) => Self::Address(address),
        }
    }
}

/// Whose place it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    /// Of anonymous sessions of a source.
    Anonymous(Source),
    /// Of a principal.
    Named(String),
}

impl Holder {
    /// By principal, empty for anonymous, and source.
    pub(super) fn of(principal: &str, source: Source) -> Self {
        if principal.is_empty() { Self::Anonymous(source) } else { Self::Named(principal.to_owned()) }
    }

    /// How many places it may have.
    fn limit(&self, max: usize) -> usize {
        let limit = match self {
            Self::Anonymous(Source::Process) => for_anonymous(max),
            Self::Anonymous(Source::Loopback) => max / 10 * 8,
            Self::Anonymous(Source::Address(_)) => max / 10,
            Self::Named(_) => max / 2,
        };
        limit.max(1)
    }
}

/// Places of all anonymous sessions.
const fn for_anonymous(max: usize) -> usize {
    max - max / 10
}

/// There is no place, and nobody to give one up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoPlace;

/// A session without a connection, in the order in which these give up their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Away {
    has_spoken: bool,
    since: u64,
    session: u64,
}

#[derive(Debug)]
struct Place {
    holder: Holder,
    /// Set while there is no connection, with the time at which the session ends.
    away: Option<(Away, u64)>,
}

#[derive(Debug, Default)]
struct Group {
    sessions: usize,
    away: BTreeSet<Away>,
}

/// The places taken.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: BTreeMap<u64, Place>,
    groups: BTreeMap<Holder, Group>,
    anonymous: usize,
    /// Sessions without a connection: anonymous ones, and the others.
    away: [BTreeSet<Away>; 2],
    /// Times at which sessions without a connection end.
    due: BTreeSet<(u64, u64)>,
}

impl Places {
    /// Whether there is a place of `max` for another session, and which session must end for it.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn find(&self, holder: &Holder, max: usize) -> Result<Option<u64>, NoPlace> {
        let group = self.groups.get(holder);
        let own = group.map_or(0, |group| group.sessions);
        let own_away = group.and_then(|group| group.away.first());
        let [anonymous_away, named_away] = self.away.each_ref().map(BTreeSet::first);
        let is_full = |reserved: usize| self.places.len() >= max - reserved;
        let gives_up = if own >= holder.limit(max) {
            own_away
        } else {
            match holder {
                Holder::Anonymous(_) if self.anonymous >= for_anonymous(max) || is_full(0) => anonymous_away,
                Holder::Named(_) if is_full(if own < FEW { 0 } else { max / 100 }) => {
                    anonymous_away.or(own_away).or(named_away)
                }
                _ => return Ok(None),
            }
        };
        gives_up.map(|away| Some(away.session)).ok_or(NoPlace)
    }

    /// Gives a place to a session that has a connection.
    pub(super) fn enter(&mut self, session: u64, holder: Holder) {
        self.leave(session);
        self.groups.entry(holder.clone()).or_default().sessions += 1;
        self.anonymous += usize::from(matches!(holder, Holder::Anonymous(_)));
        self.places.insert(session, Place { holder, away: None });
    }

    /// Takes back the place of a session.
    pub(super) fn leave(&mut self, session: u64) {
        self.returned(session);
        let Some(Place { holder, .. }) = self.places.remove(&session) else { return };
        self.anonymous -= usize::from(matches!(holder, Holder::Anonymous(_)));
        if let Some(group) = self.groups.get_mut(&holder) {
            group.sessions -= 1;
            if group.sessions == 0 {
                self.groups.remove(&holder);
            }
        }
    }

    /// Notes that a session has no connection since a time, and when it ends.
    pub(super) fn lost(&mut self, session: u64, has_spoken: bool, since: u64, until: u64) {
        self.returned(session);
        let Some(place) = self.places.get_mut(&session) else { return };
        let away = Away { has_spoken, since, session };
        place.away = Some((away, until));
        self.away[usize::from(matches!(place.holder, Holder::Named(_)))].insert(away);
        self.groups.entry(place.holder.clone()).or_default().away.insert(away);
        self.due.insert((until, session));
    }

    /// Notes that a session has a connection again.
    pub(super) fn returned(&mut self, session: u64) {
        let Some(place) = self.places.get_mut(&session) else { return };
        let Some((away, until)) = place.away.take() else { return };
        self.away[usize::from(matches!(place.holder, Holder::Named(_)))].remove(&away);
        if let Some(group) = self.groups.get_mut(&place.holder) {
            group.away.remove(&away);
        }
        self.due.remove(&(until, session));
    }

    /// A session whose time without a connection is over.
    pub(super) fn overdue(&self, uptime: u64) -> Option<u64> {
        self.due.first().filter(|(until, _)| *until <= uptime).map(|(_, session)| *session)
    }

    /// The anonymous sessions that have connections from the address that has most of them.
    pub(super) fn largest_anonymous(&self) -> impl Iterator<Item = u64> {
        let is_from_afar = |holder: &Holder| matches!(holder, Holder::Anonymous(source) if *source != Source::Process);
        let from_afar = self.groups.iter().filter(move |(holder, _)| is_from_afar(holder));
        let largest = from_afar.max_by_key(|(_, group)| group.sessions - group.away.len()).map(|(holder, _)| holder);
        let of_largest = self.places.iter().filter(move |(_, place)| Some(&place.holder) == largest);
        of_largest.filter(|(_, place)| place.away.is_none()).map(|(session, _)| *session)
    }

    /// Whether nobody has a place.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        let Self { places, groups, anonymous, away, due } = self;
        places.is_empty()
            && groups.is_empty()
            && *anonymous == 0
            && away.iter().all(BTreeSet::is_empty)
            && due.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 1000;

    fn anonymous(last: u8) -> Holder {
        Holder::of("", Source::of([10, 0, 0, last].into()))
    }

    fn named(name: &str) -> Holder {
        Holder::of(name, Source::Loopback)
    }

    /// Gives places to as many as get one without another's; how many that were.
    fn fill(places: &mut Places, holder: &Holder) -> usize {
        let mut taken = 0;
        while places.find(holder, MAX) == Ok(None) {
            let session = places.places.keys().next_back().map_or(1, |last| last + 1);
            places.enter(session, holder.clone());
            taken += 1;
        }
        taken
    }

    #[test]
    fn nobody_has_all_places() {
        let mut places = Places::default();
        assert_eq!(fill(&mut places, &Holder::of("", Source::Loopback)), 800);
        assert_eq!(fill(&mut places, &anonymous(1)), 100);
        assert_eq!(fill(&mut places, &anonymous(2)), 0, "the last tenth is for principals");
        assert_eq!(fill(&mut places, &named("client")), 90);
        assert_eq!(places.find(&named("client"), MAX), Err(NoPlace));
        assert_eq!(fill(&mut places, &named("admin")), FEW, "and of that some for those who have none");
        let mut places = Places::default();
        assert_eq!(fill(&mut places, &named("client")), 500);
        assert_eq!(fill(&mut places, &Holder::of("", Source::Process)), 500);
        assert_eq!(places.find(&named("admin"), MAX), Err(NoPlace), "no session is ended that is in use");
    }

    #[test]
    fn who_is_away_gives_up_its_place_the_silent_first() {
        let mut places = Places::default();
        assert_eq!(fill(&mut places, &anonymous(1)), 100);
        places.lost(7, true, 10, 1000);
        places.lost(8, true, 5, 1000);
        places.lost(9, false, 20, 1000);
        for gone in [9, 8, 7] {
            assert_eq!(places.find(&anonymous(1), MAX), Ok(Some(gone)));
            places.leave(gone);
            places.enter(gone + 1000, anonymous(1));
        }
        assert_eq!(places.find(&anonymous(1), MAX), Err(NoPlace));
        assert_eq!(places.find(&anonymous(2), MAX), Ok(None), "another address has its own");
        places.lost(10, true, 30, 1000);
        places.returned(10);
        assert_eq!(places.find(&anonymous(1), MAX), Err(NoPlace), "it has come back");
    }

    #[test]
    fn a_session_ends_when_it_was_away_too_long_and_leaves_nothing() {
        let mut places = Places::default();
        for session in 1..=3 {
            places.enter(session, named("a"));
        }
        places.lost(1, true, 0, 50);
        places.lost(2, false, 0, 10);
        places.lost(2, false, 5, 15);
        assert_eq!((places.overdue(14), places.overdue(15)), (None, Some(2)));
        places.enter(2, anonymous(1));
        assert_eq!((places.overdue(49), places.overdue(50)), (None, Some(1)));
        for session in 1..=3 {
            places.leave(session);
        }
        assert!(places.is_empty());
    }

    #[test]
    fn one_network_of_ipv6_is_one_source() {
        let source = |text: &str| Source::of(text.parse().expect("an address"));
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:10.0.0.1"), source("10.0.0.1"));
        assert_eq!((source("::1"), source("::ffff:127.0.0.1")), (Source::Loopback, Source::Loopback));
    }
}
