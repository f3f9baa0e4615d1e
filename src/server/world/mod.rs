//! Everything the server knows: topics in path order, sessions, who may do what. One lock holds it all.

mod admission;
mod client_calls;
mod notify;
mod removal;
mod series;
mod sessions;
mod topics;

pub(super) use admission::{Admitted, new_server_id, ping};
pub(super) use notify::{View, notify_listener, view};
pub(super) use series::no_series;
pub(super) use topics::AddCheck;

use super::client_calls::ClientCalls;
use super::clock::Clock;
use super::error::ServiceError;
use super::locks::Locks;
use super::outbox::Queued;
use super::security::Security;
use super::session::Session;
use super::topic::Topic;
use crate::data::{Account, ErrorCode, TopicPath, TopicSelector};
use crate::wire::Message;
use crate::wire::handshake::Token;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;

/// The server's whole state.
pub(super) struct World {
    /// Topics, part by part in path order.
    pub topics: BTreeMap<TopicPath, Topic>,
    /// Sessions by key.
    pub sessions: BTreeMap<u64, Session>,
    /// Session keys by token.
    pub tokens: HashMap<Token, u64>,
    /// Both stores.
    pub security: Security,
    /// Server part of session ids.
    pub server_id: u64,
    /// Sessions so far.
    pub next_session: u64,
    /// Topics by the number that update streams carry.
    pub numbers: HashMap<i32, TopicPath>,
    /// The number of the latest topic.
    pub next_number: i32,
    /// Session locks.
    pub locks: Locks,
    /// Calls pending at clients.
    pub client_calls: ClientCalls,
    /// Where time comes from.
    pub clock: Clock,
    /// Paths of the topics that have removal policies.
    pub with_removal: BTreeSet<TopicPath>,
    /// Subscriptions of sessions that have ended, which their topics still know.
    pub leaving: VecDeque<(u64, BTreeMap<TopicPath, i32>)>,
    /// Sessions that cannot go on; ended when the current step is done.
    pub to_close: Vec<u64>,
}

/// The paths below a path, itself included; everything for the empty path.
pub(super) fn branch(prefix: &str) -> (Bound<TopicPath>, Bound<TopicPath>) {
    match (TopicPath::parse(prefix), after_branch(prefix)) {
        (Ok(first), Some(end)) => (Bound::Included(first), Bound::Excluded(end)),
        _ => (Bound::Unbounded, Bound::Unbounded),
    }
}

/// The first possible path after a path and everything below it.
pub(super) fn after_branch(path: &str) -> Option<TopicPath> {
    TopicPath::parse(path).ok().map(|path| path.after_branch())
}

impl World {
    /// An empty world.
    pub(super) fn new(security: Security, server_id: u64, clock: Clock) -> Self {
        Self {
            topics: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tokens: HashMap::new(),
            security,
            server_id,
            next_session: 0,
            numbers: HashMap::new(),
            next_number: 0,
            locks: Locks::default(),
            client_calls: ClientCalls::default(),
            clock,
            with_removal: BTreeSet::new(),
            leaving: VecDeque::new(),
            to_close: Vec::new(),
        }
    }

    /// Does what is due by time; called about once a second.
    pub(super) fn tick(&mut self) {
        let now = self.clock.now();
        self.sweep(now);
        self.end_overdue_calls(now.uptime);
        self.close_overflowing();
    }

    /// Queues a message for a session. A session whose queue is full ends when the current step is done.
    pub(super) fn send(&mut self, session: u64, message: &Message) {
        if self.sessions.get(&session).is_some_and(|session| session.outbox.message(message) == Queued::Overflow) {
            self.to_close.push(session);
        }
    }

    /// Ends the sessions that cannot go on.
    pub(super) fn close_overflowing(&mut self) {
        while let Some(key) = self.to_close.pop() {
            if let Some(session) = self.sessions.get(&key) {
                tracing::warn!(session = %session.id, "queue limit reached, session ended");
            }
            self.end_session(key);
        }
    }
}

/// Checks a topic path.
///
/// # Errors
/// 9005 with the reason.
pub(super) fn topic_path(text: &str) -> Result<TopicPath, ServiceError> {
    TopicPath::parse(text).map_err(|error| ServiceError::new(ErrorCode::INVALID_TOPIC_PATH, error.located(text)))
}

/// Reads a selector.
///
/// # Errors
/// 106 with the reason.
pub(super) fn selector(text: &str, account: &mut Account) -> Result<TopicSelector, ServiceError> {
    TopicSelector::parse_within(text, account)
        .map_err(|error| ServiceError::new(ErrorCode::INVALID_DATA, error.located(text)))
}
