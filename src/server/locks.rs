//! Session locks: who holds which, who waits, and what is granted when one becomes free.

use super::quotas::ENTRY_BYTES;
use crate::wire::services::session_lock_acquire::LockScope;
use std::collections::{BTreeMap, VecDeque};

/// Locks that one session may hold, and requests of it that may wait, together.
pub(super) const MAX_PER_SESSION: usize = 1000;

/// The session holds or waits for as many locks as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// A lock that somebody holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    session: u64,
    sequence: i64,
    scope: LockScope,
}

/// A request that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    session: u64,
    request: i64,
    conversation: i64,
    scope: LockScope,
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// The session that holds the lock now.
    pub session: u64,
    /// The conversation to answer.
    pub conversation: i64,
    /// The lock.
    pub name: String,
    /// Grows with every grant of any lock.
    pub sequence: i64,
    /// When the lock is given back.
    pub scope: LockScope,
}

/// Every lock of the server.
#[derive(Debug, Default)]
pub(super) struct Locks {
    held: BTreeMap<String, Held>,
    waiting: BTreeMap<String, VecDeque<Waiting>>,
    /// Locks held and requests waiting, and the bytes of their names, by session; none at zero.
    counts: BTreeMap<u64, (usize, usize)>,
    next_sequence: i64,
}

impl Locks {
    /// Asks for a lock: the grant if it is free or the session's own already, else the request waits.
    ///
    /// # Errors
    /// The session has too many; one it holds already it may still ask for.
    pub(super) fn acquire(
        &mut self,
        name: &str,
        session: u64,
        request: i64,
        conversation: i64,
        scope: LockScope,
    ) -> Result<Option<Grant>, TooMany> {
        let held = self.held.get(name).copied();
        let grant = |sequence, scope| Some(Grant { session, conversation, name: name.to_owned(), sequence, scope });
        if let Some(held) = held.filter(|held| held.session == session) {
            return Ok(grant(held.sequence, held.scope));
        }
        if self.counts.get(&session).is_some_and(|(count, _)| *count >= MAX_PER_SESSION) {
            return Err(TooMany);
        }
        if held.is_none() {
            return Ok(grant(self.hold(name, session, scope), scope));
        }
        let waiting = Waiting { session, request, conversation, scope };
        self.waiting.entry(name.to_owned()).or_default().push_back(waiting);
        self.count(session, name);
        Ok(None)
    }

    /// Forgets a request that waits.
    pub(super) fn cancel(&mut self, name: &str, session: u64, request: i64) {
        if let Some(waiting) = self.waiting.get_mut(name) {
            let before = waiting.len();
            waiting.retain(|w| w.session != session || w.request != request);
            let gone = before - waiting.len();
            if waiting.is_empty() {
                self.waiting.remove(name);
            }
            self.discount(session, gone, name);
        }
    }

    /// Gives a lock back; none if the session does not hold it with that sequence, else who gets it.
    pub(super) fn release(&mut self, name: &str, session: u64, sequence: i64) -> Option<Vec<Grant>> {
        self.holds(name, session, sequence).then(|| self.pass_on(name))
    }

    /// Whether the session holds the lock with exactly that sequence.
    pub(super) fn holds(&self, name: &str, session: u64, sequence: i64) -> bool {
        self.held.get(name).is_some_and(|held| held.session == session && held.sequence == sequence)
    }

    /// Session and sequence of the owner of a lock.
    pub(super) fn owner(&self, name: &str) -> Option<(u64, i64)> {
        self.held.get(name).map(|held| (held.session, held.sequence))
    }

    /// Every held lock by name, with session and sequence of its owner.
    pub(super) fn owners(&self) -> impl Iterator<Item = (&str, u64, i64)> {
        self.held.iter().map(|(name, held)| (name.as_str(), held.session, held.sequence))
    }

    /// Takes back what a session whose connection is lost may not keep.
    pub(super) fn connection_lost(&mut self, session: u64) -> Vec<Grant> {
        self.take_back(|held| held.session == session && held.scope == LockScope::Connection)
    }

    /// Takes back everything of a session, its requests too.
    pub(super) fn session_closed(&mut self, session: u64) -> Vec<Grant> {
        self.waiting.retain(|_, waiting| {
            waiting.retain(|w| w.session != session);
            !waiting.is_empty()
        });
        let grants = self.take_back(|held| held.session == session);
        self.counts.remove(&session);
        grants
    }

    /// Bytes of the names of what a session holds or waits for.
    pub(super) fn kept_bytes(&self, session: u64) -> usize {
        self.counts.get(&session).map_or(0, |(count, bytes)| bytes + count * ENTRY_BYTES)
    }

    fn count(&mut self, session: u64, name: &str) {
        let (count, bytes) = self.counts.entry(session).or_default();
        *count += 1;
        *bytes += name.len();
    }

    fn discount(&mut self, session: u64, by: usize, name: &str) {
        if let Some((count, bytes)) = self.counts.get_mut(&session) {
            *count = count.saturating_sub(by);
            *bytes = bytes.saturating_sub(by * name.len());
            if *count == 0 {
                self.counts.remove(&session);
            }
        }
    }

    fn take_back(&mut self, from: impl Fn(&Held) -> bool) -> Vec<Grant> {
        let names: Vec<String> =
            self.held.iter().filter(|(_, held)| from(held)).map(|(name, _)| name.clone()).collect();
        names.iter().flat_map(|name| self.pass_on(name)).collect()
    }

    fn hold(&mut self, name: &str, session: u64, scope: LockScope) -> i64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.held.insert(name.to_owned(), Held { session, sequence, scope });
        self.count(session, name);
        sequence
    }

    /// Gives a lock to the session that has waited longest. All its requests are answered, with the weakest scope.
    fn pass_on(&mut self, name: &str) -> Vec<Grant> {
        if let Some(held) = self.held.remove(name) {
            self.discount(held.session, 1, name);
        }
        let Some(mut waiting) = self.waiting.remove(name) else { return Vec::new() };
        let Some(session) = waiting.front().map(|first| first.session) else { return Vec::new() };
        let granted: Vec<Waiting> = waiting.iter().filter(|w| w.session == session).cloned().collect();
        waiting.retain(|w| w.session != session);
        if !waiting.is_empty() {
            self.waiting.insert(name.to_owned(), waiting);
        }
        self.discount(session, granted.len(), name);
        let scope = granted.iter().map(|w| w.scope).max().unwrap_or(LockScope::Session);
        let sequence = self.hold(name, session, scope);
        let grant = |w: Waiting| {
            let (session, conversation) = (w.session, w.conversation);
            Grant { session, conversation, name: name.to_owned(), sequence, scope }
        };
        granted.into_iter().map(grant).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(grants: &[Grant]) -> Vec<(u64, i64, i64, LockScope)> {
        grants.iter().map(|g| (g.session, g.conversation, g.sequence, g.scope)).collect()
    }

    #[test]
    fn a_free_lock_is_granted_at_once_and_sequences_grow() {
        let mut locks = Locks::default();
        assert_eq!(locks.acquire("a", 1, 0, 10, LockScope::Session).unwrap().map(|g| g.sequence), Some(0));
        assert_eq!(locks.acquire("b", 1, 1, 11, LockScope::Connection).unwrap().map(|g| g.sequence), Some(1));
        assert!(locks.holds("a", 1, 0) && locks.holds("b", 1, 1));
        assert!(!locks.holds("a", 1, 1) && !locks.holds("a", 2, 0) && !locks.holds("c", 1, 0));
        let again = locks.acquire("a", 1, 2, 12, LockScope::Connection).unwrap().unwrap();
        assert_eq!((again.sequence, again.scope, again.conversation), (0, LockScope::Session, 12));
    }

    #[test]
    fn who_waits_longest_gets_it_with_all_its_requests() {
        let mut locks = Locks::default();
        locks.acquire("a", 1, 0, 10, LockScope::Session).unwrap();
        for (session, request, conversation, scope) in
            [(2, 0, 20, LockScope::Session), (3, 0, 30, LockScope::Session), (2, 1, 21, LockScope::Connection)]
        {
            assert_eq!(locks.acquire("a", session, request, conversation, scope), Ok(None));
        }
        assert_eq!(locks.release("a", 1, 7), None);
        assert_eq!(locks.release("a", 2, 0), None);
        let grants = locks.release("a", 1, 0).unwrap();
        assert_eq!(granted(&grants), [(2, 20, 1, LockScope::Connection), (2, 21, 1, LockScope::Connection)]);
        assert_eq!(granted(&locks.release("a", 2, 1).unwrap()), [(3, 30, 2, LockScope::Session)]);
        assert_eq!(locks.release("a", 3, 2), Some(Vec::new()));
        assert!(locks.held.is_empty() && locks.waiting.is_empty() && locks.counts.is_empty());
    }

    #[test]
    fn a_lost_connection_takes_only_what_was_asked_for_so() {
        let mut locks = Locks::default();
        locks.acquire("session", 1, 0, 10, LockScope::Session).unwrap();
        locks.acquire("line", 1, 1, 11, LockScope::Connection).unwrap();
        locks.acquire("line", 2, 0, 20, LockScope::Session).unwrap();
        assert_eq!(granted(&locks.connection_lost(1)), [(2, 20, 2, LockScope::Session)]);
        assert!(locks.holds("session", 1, 0) && !locks.holds("line", 1, 1));
    }

    #[test]
    fn a_closed_session_leaves_nothing_behind() {
        let mut locks = Locks::default();
        locks.acquire("a", 1, 0, 10, LockScope::Session).unwrap();
        locks.acquire("a", 2, 0, 20, LockScope::Session).unwrap();
        locks.acquire("a", 3, 0, 30, LockScope::Session).unwrap();
        locks.acquire("b", 3, 1, 31, LockScope::Session).unwrap();
        locks.acquire("b", 1, 1, 11, LockScope::Session).unwrap();
        assert!(locks.session_closed(2).is_empty());
        assert_eq!(granted(&locks.session_closed(1)), [(3, 30, 2, LockScope::Session)]);
        assert!(locks.session_closed(3).is_empty());
        assert!(locks.held.is_empty() && locks.waiting.is_empty() && locks.counts.is_empty());
    }

    #[test]
    fn a_cancelled_request_is_never_granted() {
        let mut locks = Locks::default();
        locks.acquire("a", 1, 0, 10, LockScope::Session).unwrap();
        locks.acquire("a", 2, 5, 20, LockScope::Session).unwrap();
        locks.cancel("a", 1, 5);
        locks.cancel("a", 2, 5);
        locks.cancel("none", 2, 5);
        assert_eq!(locks.release("a", 1, 0), Some(Vec::new()));
        assert!(locks.held.is_empty() && locks.waiting.is_empty() && locks.counts.is_empty());
    }

    #[test]
    fn a_session_has_so_many_and_no_more() {
        let mut locks = Locks::default();
        let name = |n: usize| format!("lock/{n}");
        locks.acquire("other", 2, 0, 0, LockScope::Session).unwrap();
        for n in 1..MAX_PER_SESSION {
            locks.acquire(&name(n), 1, n as i64, n as i64, LockScope::Session).unwrap();
        }
        assert_eq!(locks.acquire("other", 1, 0, 7, LockScope::Session), Ok(None), "the last waits");
        for taken in ["free", "other"] {
            assert_eq!(locks.acquire(taken, 1, 1, 8, LockScope::Session), Err(TooMany));
        }
        assert!(locks.acquire(&name(1), 1, 2, 9, LockScope::Session).unwrap().is_some(), "its own already");
        assert!(locks.acquire("free", 2, 1, 1, LockScope::Session).unwrap().is_some(), "another session's limit");
        // A wait that becomes a lock is still one; given back or cancelled, it makes room.
        assert_eq!(locks.release("other", 2, 0).map(|grants| grants.len()), Some(1));
        assert_eq!(locks.acquire("more", 1, 3, 10, LockScope::Session), Err(TooMany));
        let sequence = locks.held["other"].sequence;
        assert_eq!(locks.release("other", 1, sequence), Some(Vec::new()));
        assert_eq!(locks.acquire("free", 1, 4, 11, LockScope::Session), Ok(None));
        assert_eq!(locks.acquire("more", 1, 5, 12, LockScope::Session), Err(TooMany));
        locks.cancel("free", 1, 4);
        assert!(locks.acquire("more", 1, 6, 13, LockScope::Session).unwrap().is_some());
        locks.session_closed(1);
        assert_eq!(locks.counts.into_iter().collect::<Vec<_>>(), [(2, (1, "free".len()))]);
    }
}
