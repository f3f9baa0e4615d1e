//! Creating, setting and removing topics.

use super::{World, branch, topic_path};
use crate::data::{
    Account, ErrorCode, Exhausted, TopicPath, TopicSelector, TopicSpec, UnsubscribeReason, path, property,
};
use crate::server::error::ServiceError;
use crate::server::outbox::Queued;
use crate::server::removal_policy::Removal;
use crate::server::topic::{Topic, normalised};
use crate::wire::services::shared::{AddOutcome, TopicEvent};
use bytes::Bytes;

impl World {
    /// Creates a topic for a session or the program itself unless an equal one is there; tells listeners and subscribes who has selected it.
    ///
    /// # Errors
    /// 9004, 9005 or 9006.
    pub(in crate::server) fn add(
        &mut self,
        path: &str,
        spec: &TopicSpec,
        creator: Option<u64>,
    ) -> Result<AddOutcome, ServiceError> {
        let (path, spec) = match self.check_add(path, spec)? {
            AddCheck::Exists(_) => return Ok(AddOutcome::Exists),
            AddCheck::Absent(path, spec) => (path, spec),
        };
        self.create(path, spec, creator);
        Ok(AddOutcome::Created)
    }

    /// Checks whether a topic could be added.
    ///
    /// # Errors
    /// 9004, 9005 or 9006.
    pub(in crate::server) fn check_add(&self, path: &str, spec: &TopicSpec) -> Result<AddCheck, ServiceError> {
        let path = topic_path(path)?;
        let spec = normalised(spec)?;
        match self.topics.get(&path) {
            None => Ok(AddCheck::Absent(path, spec)),
            Some(topic) if property::is_same(&topic.spec, &spec) => Ok(AddCheck::Exists(path)),
            Some(_) => Err(ServiceError::new(
                ErrorCode::TOPIC_EXISTS_MISMATCH,
                format!("A topic with another specification exists at {path}"),
            )),
        }
    }

    /// Creates a topic whose path is free.
    pub(in crate::server) fn create(&mut self, path: TopicPath, spec: TopicSpec, creator: Option<u64>) {
        self.next_number += 1;
        self.numbers.insert(self.next_number, path.clone());
        let mut topic = Topic::new(self.next_number, spec);
        topic.budget = Some(self.budget.clone());
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
    pub(in crate::server) fn set(
        &mut self,
        path: &TopicPath,
        bytes: Bytes,
        author: &str,
        now_millis: i64,
        by_stream: bool,
    ) -> Result<(), ServiceError> {
        let topic = self.topics.get_mut(path).ok_or_else(|| ServiceError::no_such_topic(path.as_str()))?;
        if !by_stream {
            topic.stream = None;
        }
        let refused = topic.set(bytes, author, now_millis);
        self.handle_refused(path, refused);
        Ok(())
    }

    /// Does what must be done about sessions whose queue did not take a value.
    pub(in crate::server) fn handle_refused(&mut self, path: &TopicPath, refused: Vec<(u64, Queued)>) {
        for (session, queued) in refused {
            match queued {
                Queued::Shed => self.end_subscription(session, path, UnsubscribeReason::BackPressure),
                Queued::Overflow => self.to_close.push(session),
                Queued::Waiting => {}
            }
        }
    }

    /// Removes a topic; whether there was one.
    pub(in crate::server) fn remove(&mut self, path: &TopicPath) -> bool {
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

    /// The paths of the topics a selector selects, in order.
    ///
    /// # Errors
    /// That takes more than one request may cost.
    pub(in crate::server) fn selected(&self, selector: &TopicSelector) -> Result<Vec<TopicPath>, Exhausted> {
        let mut account = Account::request();
        let mut found = Vec::new();
        for path in self.topics.range(branch(path::canonical(selector.prefix()))).map(|(path, _)| path) {
            account.visit()?;
            if selector.matches(path.as_str(), &mut account)? {
                found.push(path.clone());
            }
        }
        Ok(found)
    }
}

/// What [`World::check_add`] found.
pub(in crate::server) enum AddCheck {
    /// A topic with the same specification is there.
    Exists(TopicPath),
    /// The path is free; path and normalised specification.
    Absent(TopicPath, TopicSpec),
}
