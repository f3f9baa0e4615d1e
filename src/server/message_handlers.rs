//! Handlers of requests by message path: who has registered where, and whose turn it is.
//!
//! A table without sessions: who can be asked is an argument. A handler belongs to a session, or is one of this process.

use super::client_calls::ProcessAnswer;
use super::properties::PropertyKeys;
use super::quotas::ENTRY_BYTES;
use crate::data::TopicPath;
use crate::wire::services::message_value::TypedValue;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a handler of this process does with a request at a path. It is called while nobody else works, so it must not wait.
pub(super) type ProcessHandler = Arc<dyn Fn(&TypedValue) -> ProcessAnswer<TypedValue> + Send + Sync>;

/// Who handles.
#[derive(Clone)]
pub(super) enum Who {
    /// A session, which registered with this conversation and wants these properties of who asks.
    Session {
        /// The session's key.
        key: u64,
        /// The conversation of the handler.
        conversation: i64,
        /// Keys of properties.
        wanted: Arc<PropertyKeys>,
    },
    /// This process.
    Process(ProcessHandler),
}

impl Who {
    const fn session(&self) -> Option<u64> {
        match self {
            Self::Session { key, .. } => Some(*key),
            Self::Process(_) => None,
        }
    }
}

/// The handlers at one path, never none.
#[derive(Default)]
struct AtPath {
    handlers: Vec<Who>,
    /// Whose turn it is.
    next: usize,
}

/// What is kept for one session.
#[derive(Default)]
struct OfSession {
    paths: BTreeSet<TopicPath>,
    bytes: usize,
}

/// All handlers.
#[derive(Default)]
pub(super) struct MessageHandlers {
    by_path: BTreeMap<TopicPath, AtPath>,
    by_session: BTreeMap<u64, OfSession>,
}

/// The session has a handler at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conflict;

/// Bytes that a registration costs.
fn cost(path: &TopicPath, wanted: &PropertyKeys) -> usize {
    2 * (path.as_str().len() + ENTRY_BYTES) + wanted.kept_bytes()
}

impl MessageHandlers {
    /// Registers a session.
    ///
    /// # Errors
    /// It is registered there.
    pub(super) fn register(
        &mut self,
        key: u64,
        path: &TopicPath,
        conversation: i64,
        wanted: PropertyKeys,
    ) -> Result<(), Conflict> {
        let of_session = self.by_session.entry(key).or_default();
        if !of_session.paths.insert(path.clone()) {
            return Err(Conflict);
        }
        of_session.bytes += cost(path, &wanted);
        let who = Who::Session { key, conversation, wanted: Arc::new(wanted) };
        self.by_path.entry(path.clone()).or_default().handlers.push(who);
        Ok(())
    }

    /// Adds a handler of this process.
    pub(super) fn add(&mut self, path: &TopicPath, handler: ProcessHandler) {
        self.by_path.entry(path.clone()).or_default().handlers.push(Who::Process(handler));
    }

    /// Ends the registration of a session at a path, if there is one.
    pub(super) fn deregister(&mut self, key: u64, path: &TopicPath) {
        let Some(of_session) = self.by_session.get_mut(&key) else { return };
        if !of_session.paths.remove(path) {
            return;
        }
        let cost = take_out(&mut self.by_path, path, key);
        of_session.bytes -= cost;
        if of_session.paths.is_empty() {
            self.by_session.remove(&key);
        }
    }

    /// Ends every registration of a session.
    pub(super) fn session_closed(&mut self, key: u64) {
        for path in self.by_session.remove(&key).map(|of_session| of_session.paths).unwrap_or_default() {
            take_out(&mut self.by_path, &path, key);
        }
    }

    /// Who handles a request at a path: in turn those at the longest path that is this one or leads to it, first those
    /// that can be asked now.
    pub(super) fn choose(&mut self, path: &TopicPath, is_ready: impl Fn(u64) -> bool) -> Option<Who> {
        let at = longest(&self.by_path, path)?.clone();
        let AtPath { handlers, next } = self.by_path.get_mut(&at)?;
        let count = handlers.len();
        let in_turn = (0..count).map(|step| (*next + step) % count);
        let ready = |at: &usize| handlers[*at].session().is_none_or(&is_ready);
        let chosen = in_turn.clone().find(ready).or_else(|| in_turn.clone().next())?;
        *next = (chosen + 1) % count;
        Some(handlers[chosen].clone())
    }

    /// Registrations of a session.
    pub(super) fn count(&self, key: u64) -> usize {
        self.by_session.get(&key).map_or(0, |of_session| of_session.paths.len())
    }

    /// Bytes that are kept for them.
    pub(super) fn kept_bytes(&self, key: u64) -> usize {
        self.by_session.get(&key).map_or(0, |of_session| of_session.bytes)
    }
}

/// Takes a session's handler out of those at a path; what it cost.
fn take_out(by_path: &mut BTreeMap<TopicPath, AtPath>, path: &TopicPath, key: u64) -> usize {
    let Some(at) = by_path.get_mut(path) else { return 0 };
    let Some(place) = at.handlers.iter().position(|who| who.session() == Some(key)) else { return 0 };
    let taken = at.handlers.remove(place);
    if at.next > place {
        at.next -= 1;
    }
    at.next %= at.handlers.len().max(1);
    if at.handlers.is_empty() {
        by_path.remove(path);
    }
    match taken {
        Who::Session { wanted, .. } => cost(path, &wanted),
        Who::Process(_) => 0,
    }
}

/// The longest key that is the path or leads to it. In the order of paths everything between a path and what leads to it
/// lies below the latter, so each look back shortens the path to what it has in common with its neighbour.
fn longest<'a>(by_path: &'a BTreeMap<TopicPath, AtPath>, path: &TopicPath) -> Option<&'a TopicPath> {
    let mut last = path.clone();
    loop {
        let (found, _) = by_path.range(..=&last).next_back()?;
        let common = last.parts().zip(found.parts()).take_while(|(a, b)| a == b).count();
        if common == found.parts().count() {
            return Some(found);
        }
        let shorter: Vec<&str> = last.parts().take(common).collect();
        last = TopicPath::parse(&shorter.join("/")).ok()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TopicPath {
        TopicPath::parse(text).expect("a path")
    }

    fn chosen(handlers: &mut MessageHandlers, at: &str) -> Option<u64> {
        handlers.choose(&path(at), |_| true).map(|who| who.session().unwrap_or(0))
    }

    #[test]
    fn the_longest_path_by_whole_parts_decides() {
        let mut handlers = MessageHandlers::default();
        for (key, at) in [(1, "a"), (2, "a/b"), (3, "a/b/c/d"), (4, "a/b-b"), (5, "z/y")] {
            handlers.register(key, &path(at), 1, PropertyKeys::default()).expect("room");
        }
        for (at, expected) in [
            ("a", Some(1)),
            ("a/x/y", Some(1)),
            ("a/b", Some(2)),
            ("a/b/c", Some(2)),
            ("a/b/c/e", Some(2)),
            ("a/b/c/d/e", Some(3)),
            ("a/b-b/c", Some(4)),
            ("a/bc", Some(1)),
            ("ab", None),
            ("z", None),
            ("z/y/x", Some(5)),
        ] {
            assert_eq!(chosen(&mut handlers, at), expected, "{at}");
        }
    }

    #[test]
    fn those_at_one_path_take_turns_and_who_is_away_comes_last() {
        let mut handlers = MessageHandlers::default();
        for key in 1..=3 {
            handlers.register(key, &path("a"), 1, PropertyKeys::default()).expect("room");
        }
        let turns: Vec<_> = (0..6).filter_map(|_| chosen(&mut handlers, "a/b")).collect();
        assert_eq!(turns, [1, 2, 3, 1, 2, 3]);
        handlers.deregister(1, &path("a"));
        let turns: Vec<_> = (0..3).filter_map(|_| chosen(&mut handlers, "a")).collect();
        assert_eq!(turns, [2, 3, 2]);
        let ready = |handlers: &mut MessageHandlers, ready: u64| {
            handlers.choose(&path("a"), |key| key == ready).and_then(|who| who.session())
        };
        assert_eq!((ready(&mut handlers, 2), ready(&mut handlers, 2)), (Some(2), Some(2)));
        assert_eq!(ready(&mut handlers, 9), Some(3), "better than nobody");
    }

    #[test]
    fn what_ends_leaves_nothing() {
        let mut handlers = MessageHandlers::default();
        let wanted = || PropertyKeys::new(["*F".to_owned(), "desk".to_owned()]);
        assert_eq!(handlers.register(1, &path("a"), 1, wanted()), Ok(()));
        assert_eq!(handlers.register(1, &path("a"), 2, wanted()), Err(Conflict));
        assert_eq!(handlers.register(1, &path("b"), 2, wanted()), Ok(()));
        assert!(handlers.count(1) == 2 && handlers.kept_bytes(1) > 0);
        handlers.deregister(1, &path("a"));
        handlers.deregister(1, &path("a"));
        assert_eq!(handlers.count(1), 1);
        handlers.deregister(1, &path("b"));
        assert_eq!((handlers.count(1), handlers.kept_bytes(1)), (0, 0));
        handlers.register(1, &path("a"), 1, wanted()).expect("room");
        handlers.session_closed(1);
        assert!(handlers.by_path.is_empty() && handlers.by_session.is_empty());
    }
}
