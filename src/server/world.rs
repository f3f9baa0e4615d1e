//! Everything the server knows: topics in path order, sessions, who may do what. One lock holds it all.

use super::error::Failure;
use super::locks::{Grant, Locks};
use super::outbox::Queued;
use super::removal_policy::Removal;
use super::security::{PathPermissions, Security};
use super::session::Session;
use super::topic::{Subscriber, Topic, normalised};
use crate::data::{ErrorCode, TopicPath, TopicSelector, TopicSpec, UnsubscribeReason, path, property};
use crate::wire::handshake::Token;
use crate::wire::services::session_lock_acquire;
use crate::wire::services::shared::{AddOutcome, TopicEvent};
use crate::wire::{Message, encode};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    next_number: i32,
    /// Session locks.
    pub locks: Locks,
    /// Paths of the topics that have removal policies.
    pub with_removal: BTreeSet<TopicPath>,
    /// Sessions that cannot go on; ended when the current step is done.
    pub doomed: Vec<u64>,
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
    TopicPath::parse(&format!("{path}\0")).ok()
}

impl World {
    /// An empty world.
    pub(super) fn new(security: Security, server_id: u64) -> Self {
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
            with_removal: BTreeSet::new(),
            doomed: Vec::new(),
        }
    }

    /// Creates a topic for a session or the program itself unless an equal one is there; tells listeners and subscribes who has selected it.
    ///
    /// # Errors
    /// 9004, 9005 or 9006.
    pub(super) fn add(&mut self, path: &str, spec: &TopicSpec, creator: Option<u64>) -> Result<AddOutcome, Failure> {
        let (path, spec) = match self.check_add(path, spec)? {
            Checked::Exists(_) => return Ok(AddOutcome::Exists),
            Checked::Absent(path, spec) => (path, spec),
        };
        self.create(path, spec, creator);
        Ok(AddOutcome::Created)
    }

    /// Checks whether a topic could be added.
    ///
    /// # Errors
    /// 9004, 9005 or 9006.
    pub(super) fn check_add(&self, path: &str, spec: &TopicSpec) -> Result<Checked, Failure> {
        let path = topic_path(path)?;
        let spec = normalised(spec)?;
        match self.topics.get(&path) {
            None => Ok(Checked::Absent(path, spec)),
            Some(topic) if property::is_same(&topic.spec, &spec) => Ok(Checked::Exists(path)),
            Some(_) => Err(Failure::new(
                ErrorCode::TOPIC_EXISTS_MISMATCH,
                format!("A topic with another specification exists at {path}"),
            )),
        }
    }

    /// Creates a topic whose path is free.
    pub(super) fn create(&mut self, path: TopicPath, spec: TopicSpec, creator: Option<u64>) {
        self.next_number += 1;
        self.numbers.insert(self.next_number, path.clone());
        let mut topic = Topic::new(self.next_number, spec);
        if let Some(policy) = topic.spec.properties.value(property::REMOVAL) {
            topic.removal = Removal::new(policy, self.creator(creator)).map(Box::new);
            self.with_removal.insert(path.clone());
        }
        self.topics.insert(path.clone(), topic);
        let keys: Vec<u64> = self.sessions.keys().copied().collect();
        for key in keys {
            self.evaluate(key, &path, UnsubscribeReason::Requested);
        }
        self.notify(&path, TopicEvent::Added);
    }

    /// Sets or appends a value and ends the topic's update stream unless it is the one that sets.
    ///
    /// # Errors
    /// 9000 if there is no topic.
    pub(super) fn set(
        &mut self,
        path: &TopicPath,
        bytes: Bytes,
        author: &str,
        now_millis: i64,
        by_stream: bool,
    ) -> Result<(), Failure> {
        let topic = self.topics.get_mut(path).ok_or_else(|| Failure::no_such_topic(path.as_str()))?;
        if !by_stream {
            topic.stream = None;
        }
        let refused = topic.set(bytes, author, now_millis);
        self.settle(path, refused);
        Ok(())
    }

    /// Does what must be done about sessions whose queue did not take a value.
    pub(super) fn settle(&mut self, path: &TopicPath, refused: Vec<(u64, Queued)>) {
        for (session, queued) in refused {
            match queued {
                Queued::Shed => self.end_subscription(session, path, UnsubscribeReason::BackPressure),
                Queued::Overflow => self.doomed.push(session),
                Queued::Waiting => {}
            }
        }
    }

    /// Removes a topic; whether there was one.
    pub(super) fn remove(&mut self, path: &TopicPath) -> bool {
        let Some(topic) = self.topics.get(path) else { return false };
        let sessions: Vec<u64> = topic.subscribers.keys().copied().collect();
        for session in sessions {
            self.end_subscription(session, path, UnsubscribeReason::Removed);
        }
        self.notify(path, TopicEvent::Removed);
        if let Some(topic) = self.topics.remove(path) {
            self.numbers.remove(&topic.number);
            self.with_removal.remove(path);
        }
        true
    }

    /// What a session may do at a path, as its roles and the owner of a topic there say.
    pub(super) fn permissions(&self, session: &Session, path: &str) -> PathPermissions {
        let owned = TopicPath::parse(path)
            .ok()
            .and_then(|path| self.topics.get(&path))
            .map_or(PathPermissions::NONE, |topic| topic.owned_by(&session.principal));
        session.at_path(&self.security, path).and(owned)
    }

    /// The paths of the topics a selector selects, in order.
    pub(super) fn selected(&self, selector: &TopicSelector) -> Vec<TopicPath> {
        let prefix = path::canonical(selector.prefix());
        self.topics
            .range(branch(prefix))
            .map(|(path, _)| path)
            .filter(|p| selector.selects(p.as_str()))
            .cloned()
            .collect()
    }

    /// Subscribes or unsubscribes a session, as its selections and permissions say for this topic.
    pub(super) fn evaluate(&mut self, session: u64, path: &TopicPath, reason: UnsubscribeReason) {
        let Some(subscriber) = self.sessions.get_mut(&session) else { return };
        let Some(topic) = self.topics.get_mut(path) else { return };
        let subscribed = topic.subscribers.contains_key(&session);
        let wanted = subscriber.selects(path.as_str()) && subscriber.reads(&self.security, path.as_str(), topic);
        if wanted && !subscribed {
            subscriber.next_topic_id += 1;
            let topic_id = subscriber.next_topic_id;
            let outbox = subscriber.outbox.clone();
            let announcement = subscriber.announcement(topic_id, path, &topic.spec);
            let announced = outbox.announce(topic_id, path, &announcement, topic.delivery);
            let started = topic.start(topic_id, &outbox);
            if announced == Queued::Overflow || started == Queued::Overflow {
                self.doomed.push(session);
            }
            subscriber.subscriptions.insert(path.clone(), topic_id);
            topic.subscribers.insert(session, Subscriber { topic_id, outbox });
            if let Some(removal) = &mut topic.removal {
                removal.subscribed(topic.subscribers.len());
            }
        } else if subscribed && !wanted {
            self.end_subscription(session, path, reason);
        }
    }

    /// Announces a session's subscriptions anew with their values, under the same ids.
    pub(super) fn announce_again(&mut self, session: u64) {
        let Some(subscriber) = self.sessions.get(&session) else { return };
        for (path, topic_id) in &subscriber.subscriptions {
            let Some(topic) = self.topics.get(path) else { continue };
            let announcement = subscriber.announcement(*topic_id, path, &topic.spec);
            subscriber.outbox.announce(*topic_id, path, &announcement, topic.delivery);
            if topic.start(*topic_id, &subscriber.outbox) == Queued::Overflow {
                self.doomed.push(session);
            }
        }
    }

    fn end_subscription(&mut self, session: u64, path: &TopicPath, reason: UnsubscribeReason) {
        let Some(topic) = self.topics.get_mut(path) else { return };
        topic.subscribers.remove(&session);
        if let Some(subscriber) = self.sessions.get_mut(&session)
            && let Some(topic_id) = subscriber.subscriptions.remove(path)
            && subscriber.withdraw(topic_id, path, reason, topic.delivery) == Queued::Overflow
        {
            self.doomed.push(session);
        }
    }

    /// Ends a session: its subscriptions, listeners and streams go with it.
    pub(super) fn end_session(&mut self, key: u64) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.tokens.remove(&session.token);
        for path in session.subscriptions.keys() {
            if let Some(topic) = self.topics.get_mut(path) {
                topic.subscribers.remove(&key);
            }
        }
        tracing::debug!(session = %session.id, "session ended");
        session.line.end();
        let grants = self.locks.session_closed(key);
        self.grant(grants);
    }

    /// Answers those who waited for a lock.
    pub(super) fn grant(&mut self, grants: Vec<Grant>) {
        for Grant { session: key, conversation: cid, name, sequence, scope } in grants {
            let Some(session) = self.sessions.get(&key) else { continue };
            let payload = encode(&session_lock_acquire::Response { name, sequence, scope }, session.version);
            if session.outbox.message(&Message::Response { cid, payload }) == Queued::Overflow {
                self.doomed.push(key);
            }
        }
    }

    /// Ends the sessions that cannot go on.
    pub(super) fn end_doomed(&mut self) {
        while let Some(key) = self.doomed.pop() {
            if let Some(session) = self.sessions.get(&key) {
                tracing::warn!(session = %session.id, "queue limit reached, session ended");
            }
            self.end_session(key);
        }
    }
}

/// What [`World::check_add`] found.
pub(super) enum Checked {
    /// A topic with the same specification is there.
    Exists(TopicPath),
    /// The path is free; path and normalised specification.
    Absent(TopicPath, TopicSpec),
}

/// Checks a topic path.
///
/// # Errors
/// 9005 with the reason.
pub(super) fn topic_path(text: &str) -> Result<TopicPath, Failure> {
    TopicPath::parse(text).map_err(|error| Failure::new(ErrorCode::INVALID_TOPIC_PATH, error.located(text)))
}

/// Reads a selector.
///
/// # Errors
/// 106 with the reason.
pub(super) fn selector(text: &str) -> Result<TopicSelector, Failure> {
    TopicSelector::parse(text).map_err(|error| Failure::new(ErrorCode::INVALID_DATA, error.located(text)))
}
