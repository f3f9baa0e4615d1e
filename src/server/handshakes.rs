//! Connections that are not sessions yet: so many at one time, of one address fewer. Newcomers are always taken; where
//! there is no place for one, the connection goes that has been silent longest. A table without sockets and clocks.

use super::places::Source;
use std::collections::BTreeMap;
use tokio::task::AbortHandle;

/// Connections at one time.
pub(super) const PLACES: usize = 256;
/// Those from one address.
const OF_ADDRESS: usize = 32;
/// Those from this machine: some places are left for others.
const OF_LOOPBACK: usize = PLACES - OF_ADDRESS;
/// Milliseconds in which a client that means it has surely sent something, so that it is never dropped for another.
const SILENT_MILLIS: u64 = 100;
/// Milliseconds after which one that has sent something, but not all, may be dropped for another.
const SLOW_MILLIS: u64 = 1000;

/// What is to be done for a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is a place.
    Free,
    /// This connection is dropped for it.
    InPlaceOf(u64),
    /// In a moment there is one.
    Soon,
    /// Its own address has too many that have only just come.
    Refused,
}

#[derive(Debug)]
struct Handshake {
    source: Source,
    began_millis: u64,
    has_spoken: bool,
    task: Option<AbortHandle>,
}

/// The connections by number, so the oldest first.
#[derive(Debug, Default)]
pub(super) struct Handshakes {
    connections: BTreeMap<u64, Handshake>,
    last: u64,
}

impl Handshakes {
    /// What is to be done for a newcomer.
    pub(super) fn room(&self, source: Source, now_millis: u64) -> Room {
        let own = self.connections.values().filter(|one| one.source == source).count();
        let own_is_full = own >= if source == Source::Loopback { OF_LOOPBACK } else { OF_ADDRESS };
        if !own_is_full && self.connections.len() < PLACES {
            return Room::Free;
        }
        match self.oldest(now_millis, |one| !own_is_full || one.source == source) {
            Some(number) => Room::InPlaceOf(number),
            None if own_is_full && source != Source::Loopback => Room::Refused,
            None => Room::Soon,
        }
    }

    /// The connection that is dropped first: the oldest that is silent, then the oldest that is slow.
    fn oldest(&self, now_millis: u64, concerned: impl Fn(&Handshake) -> bool) -> Option<u64> {
        let since = |has_spoken: bool, millis: u64| {
            self.connections.iter().find(|(_, one)| {
                one.has_spoken == has_spoken && now_millis.saturating_sub(one.began_millis) >= millis && concerned(one)
            })
        };
        since(false, SILENT_MILLIS).or_else(|| since(true, SLOW_MILLIS)).map(|(number, _)| *number)
    }

    /// Enters a connection; its number.
    pub(super) fn begin(&mut self, source: Source, now_millis: u64) -> u64 {
        self.last += 1;
        let handshake = Handshake { source, began_millis: now_millis, has_spoken: false, task: None };
        self.connections.insert(self.last, handshake);
        self.last
    }

    /// Notes the task of a connection, unless it is over already.
    pub(super) fn set_task(&mut self, number: u64, task: AbortHandle) {
        if let Some(handshake) = self.connections.get_mut(&number) {
            handshake.task = Some(task);
        }
    }

    /// Notes that something came.
    pub(super) fn spoke(&mut self, number: u64) {
        if let Some(handshake) = self.connections.get_mut(&number) {
            handshake.has_spoken = true;
        }
    }

    /// Takes a connection out: it is a session now, or over.
    pub(super) fn end(&mut self, number: u64) {
        self.connections.remove(&number);
    }

    /// Drops a connection.
    pub(super) fn drop_connection(&mut self, number: u64) {
        if let Some(task) = self.connections.remove(&number).and_then(|handshake| handshake.task) {
            task.abort();
        }
    }

    /// Drops the connection that is dropped first; whether there was one.
    pub(super) fn drop_oldest(&mut self, now_millis: u64) -> bool {
        let oldest = self.oldest(now_millis, |_| true);
        oldest.inspect(|number| self.drop_connection(*number)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    #[test]
    fn the_oldest_silent_connection_goes_for_a_newcomer() {
        let mut all = Handshakes::default();
        for n in 0..PLACES {
            let number = all.begin(address((n / OF_ADDRESS) as u8), 0);
            if n < 10 {
                all.spoke(number);
            }
        }
        assert_eq!(all.room(address(99), 99), Room::Soon, "they may still be on their way");
        assert_eq!(all.room(address(99), 100), Room::InPlaceOf(11));
        all.drop_connection(11);
        assert_eq!(all.room(address(99), 100), Room::Free);
        for number in 12..=PLACES as u64 {
            all.spoke(number);
        }
        all.begin(address(98), 900);
        assert_eq!(all.room(address(99), 999), Room::Soon);
        assert_eq!(all.room(address(99), 1000), Room::InPlaceOf(257), "a silent one before the slow");
        all.spoke(257);
        assert_eq!(all.room(address(99), 1000), Room::InPlaceOf(1));
    }

    #[test]
    fn one_address_leaves_places_to_others() {
        let mut all = Handshakes::default();
        for _ in 0..OF_ADDRESS {
            assert_eq!(all.room(address(1), 0), Room::Free);
            all.begin(address(1), 0);
        }
        assert_eq!(all.room(address(1), 50), Room::Refused);
        assert_eq!(all.room(address(1), 100), Room::InPlaceOf(1), "only its own go for it");
        assert_eq!(all.room(address(2), 50), Room::Free);
        let mut all = Handshakes::default();
        for _ in 0..OF_LOOPBACK {
            all.begin(Source::Loopback, 0);
        }
        assert_eq!(all.room(Source::Loopback, 50), Room::Soon, "a burst of this machine waits");
        assert_eq!(all.room(address(1), 50), Room::Free);
        assert!(!all.drop_oldest(50) && all.drop_oldest(100));
    }
}
