//! Sessions that have ended while they were known here, the oldest of them dropped within bounds.

use super::rows::Session;
use crate::data::{SessionId, Timestamp};
use hashbrown::HashMap;
use std::collections::VecDeque;

/// Sessions kept at most.
pub const MAX_SESSIONS: usize = 5000;
/// Bytes kept at most.
pub const MAX_BYTES: usize = 8 << 20;

/// Sessions that have ended, in the order in which that was told.
#[derive(Debug, Default)]
pub struct Closed {
    list: VecDeque<Session>,
    /// Number of each, counted from the first that ever ended.
    by_id: HashMap<SessionId, u64>,
    /// Sessions that were dropped to stay within bounds.
    dropped: u64,
    bytes: usize,
    /// When the oldest that is still kept had ended, if older ones were dropped.
    since: Option<Timestamp>,
}

impl Closed {
    /// Sessions kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.list.iter()
    }

    /// A session.
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<&Session> {
        let at = self.by_id.get(&id)?.checked_sub(self.dropped)?;
        self.list.get(usize::try_from(at).ok()?)
    }

    /// Since when they are kept, if older ones were dropped.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    pub(super) fn push(&mut self, session: Session) {
        self.by_id.insert(session.id, self.dropped + self.list.len() as u64);
        self.bytes += session.bytes();
        self.list.push_back(session);
        while self.list.len() > MAX_SESSIONS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.list.pop_front() else { return };
            self.bytes -= oldest.bytes();
            if self.by_id.get(&oldest.id) == Some(&self.dropped) {
                self.by_id.remove(&oldest.id);
            }
            self.dropped += 1;
            self.since = self.list.front().and_then(|session| session.end).map(|end| end.at);
        }
    }
}
