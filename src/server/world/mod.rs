//! Everything the server knows: topics in path order, sessions, who may do what. One lock holds it all.

mod admission;
mod chores;
mod client_calls;
mod logins;
mod notify;
mod purge;
mod removal;
mod series;
mod session_events;
mod sessions;
mod topics;

use admission::new_server_id;
pub(super) use admission::{Admitted, ping};
use chores::Chores;
pub(super) use notify::{View, notify_listener, view};
pub(super) use purge::Purge;
pub(super) use series::no_series;
pub(super) use session_events::SessionListener;
pub(super) use topics::AddCheck;

use super::ServerConfig;
use super::budget::Budget;
use super::client_calls::ClientCalls;
use super::clock::Clock;
use super::error::ServiceError;
use super::locks::Locks;
use super::login_failures::LoginFailures;
use super::message_handlers::MessageHandlers;
use super::outbox::Queued;
use super::places::{Holder, Places};
use super::security::Security;
use super::session::Session;
use super::topic::Topic;
use crate::data::{Account, CloseReason, ErrorCode, TopicPath, TopicSelector};
use crate::wire::Message;
use crate::wire::handshake::Token;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// Bytes that may be kept for all sessions, unless a server is started with another number.
pub(super) const DEFAULT_BUDGET_BYTES: usize = 512 << 20;
/// A session that keeps less is not ended for it.
const SMALL_BYTES: usize = 16 << 10;

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
    /// Bytes kept for all sessions.
    pub budget: Arc<Budget>,
    /// Places of sessions.
    pub places: Places,
    /// Logins that failed.
    pub login_failures: LoginFailures,
    /// Session locks.
    pub locks: Locks,
    /// Calls pending at clients.
    pub client_calls: ClientCalls,
    /// Handlers of requests.
    pub message_handlers: MessageHandlers,
    /// Where time comes from.
    pub clock: Clock,
    /// Paths of the topics that have removal policies.
    pub with_removal: BTreeSet<TopicPath>,
    /// Work that nobody waits for.
    chores: Chores,
    /// Sessions with requests that go on in slices and that nobody works at yet.
    pub started: Vec<u64>,
    /// Sessions that hear of sessions; some may have left off.
    listening: BTreeSet<u64>,
    /// Units of telling them that nobody has been charged for.
    telling_cost: u64,
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
            budget: Budget::new(DEFAULT_BUDGET_BYTES),
            places: Places::default(),
            login_failures: LoginFailures::default(),
            locks: Locks::default(),
            client_calls: ClientCalls::default(),
            message_handlers: MessageHandlers::default(),
            clock,
            with_removal: BTreeSet::new(),
            chores: Chores::default(),
            started: Vec::new(),
            listening: BTreeSet::new(),
            telling_cost: 0,
            to_close: Vec::new(),
        }
    }

    /// The empty world of a server.
    pub(super) fn of(config: &ServerConfig, clock: Clock) -> Self {
        let budget = Budget::new(config.max_kept_bytes);
        Self { budget, ..Self::new(config.security.clone(), new_server_id(), clock) }
    }

    /// Does what is due by time; called about once a second.
    pub(super) fn tick(&mut self) {
        let now = self.clock.now();
        self.end_overdue_sessions(now.uptime);
        self.end_overdue_logins(now.uptime);
        self.begin_sweep(now);
        self.end_overdue_calls();
        self.close_overflowing();
    }

    /// Queues a message for a session. A session whose queue is full ends when the current step is done, so this is
    /// for what the session itself has caused, such as answers, and for what needs a permission to cause: notices of
    /// topics. What anybody can make another session hear goes through [`World::call_client`], which gives up instead.
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
            self.end_session(key, CloseReason::MESSAGE_QUEUE_LIMIT_REACHED);
        }
        if self.budget.is_exceeded() {
            self.end_fattest();
        }
    }

    /// Ends sessions until enough is free: those without a connection first, then who keeps most. Anonymous sessions of
    /// one address are weighed together, so that many small ones weigh as much as one large one.
    fn end_fattest(&mut self) {
        let mut together: BTreeMap<Holder, usize> = BTreeMap::new();
        let mut sessions = Vec::new();
        for (key, session) in &self.sessions {
            let bytes = session.all_kept_bytes();
            let holder = Holder::of(&session.principal, session.source);
            if matches!(holder, Holder::Anonymous(_)) {
                *together.entry(holder.clone()).or_default() += bytes;
            }
            sessions.push((session.connection.attached, holder, bytes, *key));
        }
        let weight = |holder: &Holder, bytes| together.get(holder).copied().unwrap_or(bytes);
        sessions.sort_by_key(|(attached, holder, bytes, key)| {
            (*attached, Reverse(weight(holder, *bytes)), Reverse(*bytes), *key)
        });
        let mut ended = 0;
        for (attached, _, bytes, key) in sessions {
            if self.budget.is_relieved() {
                break;
            }
            let Some(session) = self.sessions.get(&key).filter(|_| bytes >= SMALL_BYTES) else { continue };
            let (id, principal) = (session.id, &session.principal);
            if ended == 0 {
                let limit = self.budget.limit();
                tracing::warn!(
                    session = %id, ?principal, bytes, attached,
                    "session ended: all sessions together keep more than {limit} bytes"
                );
            } else {
                tracing::debug!(session = %id, ?principal, bytes, attached, "session ended for the same reason");
            }
            self.end_session(key, CloseReason::ABORTED);
            ended += 1;
        }
        if ended > 1 {
            tracing::warn!("{} more sessions ended for the same reason", ended - 1);
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
