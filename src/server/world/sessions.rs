//! Permissions, subscriptions and the end of sessions.

use super::World;
use crate::data::security::PathPermissions;
use crate::data::selector::Descendants;
use crate::data::session_filter::roles_text;
use crate::data::{Account, TopicPath, TopicSelector, UnsubscribeReason};
use crate::server::client_calls::ClientCallError;
use crate::server::handlers::Running;
use crate::server::locks::Grant;
use crate::server::outbox::Queued;
use crate::server::places::Holder;
use crate::server::quotas::MAX_SELECTION_WEIGHT;
use crate::server::session::Session;
use crate::server::topic::Subscriber;
use crate::wire::services::session_lock_acquire;
use crate::wire::{Message, encode};

/// Subscriptions of ended sessions that are taken from their topics in one go; about a millisecond.
const FORGOTTEN_AT_ONCE: usize = 1000;
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
        let Some(asking) = self.sessions.get_mut(&session) else { return };
        if asking.running.is_empty() {
            self.started.push(session);
        }
        asking.running.push_back(running);
    }

    /// Gives a session another principal and its roles; its subscriptions are to be evaluated anew.
    pub(in crate::server) fn change_principal(&mut self, session: u64, principal: String, roles: &[String]) {
        let Some(changed) = self.sessions.get_mut(&session) else { return };
        changed.properties.insert("$Principal".to_owned(), principal.clone());
        changed.properties.insert("$Roles".to_owned(), roles_text(roles.iter().map(String::as_str)));
        self.places.enter(session, Holder::of(&principal, changed.source));
        changed.principal = principal;
        changed.roles = self.security.store.effective_roles(roles.iter().map(String::as_str));
    }

    /// Announces a session's subscriptions anew with their values, under the same ids.
    pub(in crate::server) fn announce_again(&mut self, session: u64) {
        let Some(subscriber) = self.sessions.get(&session) else { return };
        for (path, topic_id) in &subscriber.subscriptions {
            let Some(topic) = self.topics.get(path) else { continue };
            let announcement = subscriber.announcement(*topic_id, path, &topic.spec);
            subscriber.outbox.announce(*topic_id, path, &announcement, topic.delivery);
            if topic.start(*topic_id, &subscriber.outbox) == Queued::Overflow {
                self.to_close.push(session);
            }
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

    /// Ends a session: its subscriptions, listeners, locks and pending calls go with it. Topics forget a subscriber of
    /// very many of them bit by bit.
    pub(in crate::server) fn end_session(&mut self, key: u64) {
        let Some(mut session) = self.sessions.remove(&key) else { return };
        self.tokens.remove(&session.token);
        self.places.leave(key);
        self.leaving.push_back((key, std::mem::take(&mut session.subscriptions)));
        self.forget_subscribers();
        tracing::debug!(session = %session.id, "session ended");
        session.connection.end();
        session.outbox.close();
        session.incoming.set(0);
        self.end_calls_of(key, &ClientCallError::SessionEnded);
        self.end_calls_for(key);
        let grants = self.locks.session_closed(key);
        self.grant(grants);
        for branch in session.removed_with_it {
            let selector = TopicSelector::of_branch(branch.as_str(), Descendants::MatchAndBelow);
            // A literal branch costs no more than a scan adds for each topic.
            for path in self.selected(&selector).unwrap_or_default() {
                self.remove(&path);
            }
        }
    }

    /// Has some topics forget subscribers whose sessions have ended; whether there are more.
    pub(in crate::server) fn forget_subscribers(&mut self) -> bool {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some((key, subscriptions)) = self.leaving.front_mut() else { return false };
            match subscriptions.pop_first() {
                Some((path, _)) => {
                    if let Some(topic) = self.topics.get_mut(&path) {
                        topic.subscribers.remove(key);
                    }
                }
                None => {
                    self.leaving.pop_front();
                }
            }
        }
        !self.leaving.is_empty()
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
