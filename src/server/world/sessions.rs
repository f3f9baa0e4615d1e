//! Permissions, subscriptions and the end of sessions.

use super::World;
use crate::data::security::PathPermissions;
use crate::data::selector::Descendants;
use crate::data::session_filter::roles_text;
use crate::data::{Account, CloseReason, TopicPath, TopicSelector, UnsubscribeReason};
use crate::server::client_calls::ClientCallError;
use crate::server::handlers::Running;
use crate::server::locks::Grant;
use crate::server::outbox::Queued;
use crate::server::places::Holder;
use crate::server::properties::is_fixed;
use crate::server::quotas::MAX_SELECTION_WEIGHT;
use crate::server::removal_policy::Creator;
use crate::server::session::Session;
use crate::server::topic::Subscriber;
use crate::wire::services::session_listing::PropertyList;
use crate::wire::services::session_lock_acquire;
use crate::wire::{Message, encode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What finding out whether a session wants a topic may cost: its selections are weighed by paths of usual length.
pub(super) const DECISION: u64 = 4 * MAX_SELECTION_WEIGHT;

impl World {
    /// What a session may do at a path, as its roles and the owner of a topic there say.
    pub(in crate::server) fn permissions(&self, session: &Session, path: &str) -> PathPermissions {
        let owned = TopicPath::parse(path)
            .ok()
            .and_then(|path| self.topics.get(&path))
            .map_or(PathPermissions::NONE, |topic| topic.owned_by(&session.principal));
        session.at_path(&self.security, path).union(owned)
    }

    /// Subscribes or unsubscribes a session, as its selections and permissions say for this topic. The session's
    /// selections are bounded in what this may cost.
    pub(in crate::server) fn evaluate(&mut self, session: u64, path: &TopicPath, reason: UnsubscribeReason) {
        let Some(subscriber) = self.sessions.get(&session) else { return };
        let selected = subscriber.selects(path.as_str(), &mut Account::of(DECISION));
        self.settle(session, path, selected, reason);
    }

    /// The same where it is known whether the session selects the topic.
    pub(in crate::server) fn settle(
        &mut self,
        session: u64,
        path: &TopicPath,
        selected: bool,
        reason: UnsubscribeReason,
    ) {
        let Some(subscriber) = self.sessions.get_mut(&session) else { return };
        let Some(topic) = self.topics.get_mut(path) else { return };
        let subscribed = topic.subscribers.contains_key(&session);
        let wanted = selected && subscriber.reads(&self.security, path.as_str(), topic);
        if wanted && !subscribed {
            subscriber.next_topic_id += 1;
            let topic_id = subscriber.next_topic_id;
            let outbox = subscriber.outbox.clone();
            let announcement = subscriber.announcement(topic_id, path, &topic.spec);
            let announced = outbox.announce(topic_id, path, &announcement, topic.delivery);
            let started = topic.start(topic_id, &outbox);
            if announced == Queued::Overflow || started == Queued::Overflow {
                self.to_close.push(session);
            }
            subscriber.subscriptions.insert(path.clone(), topic_id);
            subscriber.count_subscriptions();
            topic.subscribers.insert(session, Subscriber { topic_id, outbox });
            if let Some(removal) = &mut topic.removal {
                removal.subscribed(topic.subscribers.len());
            }
        } else if subscribed && !wanted {
            self.end_subscription(session, path, reason);
        }
    }

    /// Has a request of a session go on in slices, after those that do already.
    pub(in crate::server) fn run(&mut self, session: u64, running: Running) {
        self.run_at(session, |queue| queue.push_back(running));
    }

    /// The same, before all others.
    pub(in crate::server) fn run_first(&mut self, session: u64, running: Running) {
        self.run_at(session, |queue| queue.push_front(running));
    }

    fn run_at(&mut self, session: u64, put: impl FnOnce(&mut VecDeque<Running>)) {
        let Some(asking) = self.sessions.get_mut(&session) else { return };
        if asking.running.is_empty() {
            self.started.push(session);
        }
        put(&mut asking.running);
    }

    /// Gives a session another principal and its roles, and in the place of its user-defined properties those of the
    /// proposed ones that are trusted; its subscriptions are to be evaluated anew.
    pub(in crate::server) fn change_principal(
        &mut self,
        session: u64,
        principal: String,
        roles: &[String],
        proposed: PropertyList,
    ) {
        let Some(changed) = self.sessions.get_mut(&session) else { return };
        self.places.enter(session, Holder::of(&principal, changed.source));
        changed.principal.clone_from(&principal);
        changed.roles = self.security.store.effective_roles(roles.iter().map(String::as_str));
        let roles = roles_text(roles.iter().map(String::as_str));
        let mut changes: BTreeMap<String, Option<String>> =
            changed.properties.keys().filter(|key| !is_fixed(key)).map(|key| (key.clone(), None)).collect();
        let fixed = [("$Principal", principal), ("$Roles", roles)].map(|(key, value)| (key.to_owned(), Some(value)));
        changes.extend(fixed);
        changes.extend(self.security.trusted(proposed).map(|(key, value)| (key, Some(value))));
        self.change_properties(session, changes);
    }

    /// Gives a session other roles; its subscriptions are to be evaluated anew.
    pub(in crate::server) fn change_roles(&mut self, session: u64, roles: &BTreeSet<String>) {
        let Some(changed) = self.sessions.get_mut(&session) else { return };
        changed.roles = self.security.store.effective_roles(roles.iter().map(String::as_str));
        let text = roles_text(roles.iter().map(String::as_str));
        self.change_properties(session, [("$Roles".to_owned(), Some(text))]);
    }

    /// Announces a subscription anew with its value, under the same id.
    pub(in crate::server) fn announce_again(&mut self, session: u64, path: &TopicPath) {
        let Some(subscriber) = self.sessions.get(&session) else { return };
        let (Some(topic_id), Some(topic)) = (subscriber.subscriptions.get(path), self.topics.get(path)) else { return };
        let announcement = subscriber.announcement(*topic_id, path, &topic.spec);
        let announced = subscriber.outbox.announce(*topic_id, path, &announcement, topic.delivery);
        if announced == Queued::Overflow || topic.start(*topic_id, &subscriber.outbox) == Queued::Overflow {
            self.to_close.push(session);
        }
    }

    pub(super) fn end_subscription(&mut self, session: u64, path: &TopicPath, reason: UnsubscribeReason) {
        let Some(topic) = self.topics.get_mut(path) else { return };
        topic.subscribers.remove(&session);
        if let Some(subscriber) = self.sessions.get_mut(&session)
            && let Some(topic_id) = subscriber.subscriptions.remove(path)
        {
            subscriber.count_subscriptions();
            if subscriber.withdraw(topic_id, path, reason, topic.delivery) == Queued::Overflow {
                self.to_close.push(session);
            }
        }
    }

    /// Ends a session: its subscriptions, listeners, locks and pending calls go with it. Topics forget it, and branches
    /// that go with it are removed, bit by bit: [`World::do_chores`].
    /// Who listens hears the reason.
    pub(in crate::server) fn end_session(&mut self, key: u64, reason: CloseReason) {
        let Some(mut session) = self.sessions.remove(&key) else { return };
        self.tokens.remove(&session.token);
        self.places.leave(key);
        self.forget_subscriber(key, std::mem::take(&mut session.subscriptions));
        tracing::debug!(session = %session.id, %reason, "session ended");
        session.connection.end();
        session.outbox.close();
        session.streams.close();
        session.incoming.set(0);
        self.end_calls_of(key, &ClientCallError::SessionEnded);
        self.forget_asker(key);
        self.message_handlers.session_closed(key);
        let grants = self.locks.session_closed(key);
        self.grant(grants);
        for branch in session.removed_with_it {
            self.remove_later(
                TopicSelector::of_branch(branch.as_str(), Descendants::MatchAndBelow),
                Creator::Server,
                None,
            );
        }
        self.session_closed(key, session.id, &session.properties, reason);
        self.begin_chores();
    }

    /// Answers those who waited for a lock.
    pub(in crate::server) fn grant(&mut self, grants: Vec<Grant>) {
        for Grant { session: key, conversation: cid, name, sequence, scope } in grants {
            let Some(session) = self.sessions.get(&key) else { continue };
            let payload = encode(&session_lock_acquire::Response { name, sequence, scope }, session.version);
            self.send(key, &Message::Response { cid, payload });
        }
    }
}
