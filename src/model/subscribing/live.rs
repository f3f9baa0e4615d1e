//! Every topic that the session is subscribed to, for whatever reason, with its latest value.
//!
//! The server announces a topic once, however many selections want it; a feature that starts to care about a topic
//! later finds it here.

use crate::client::api::{ReceivedValue, Update};
use crate::data::{TopicPath, TopicSpec};
use hashbrown::HashMap;
use std::sync::Arc;

/// A subscribed topic.
#[derive(Clone, Debug)]
pub struct LiveTopic {
    /// Specification as announced.
    pub spec: Arc<TopicSpec>,
    /// The latest value; none before the first.
    pub latest: Option<ReceivedValue>,
}

/// The subscribed topics of a session.
#[derive(Clone, Debug, Default)]
pub struct Live(HashMap<TopicPath, LiveTopic>);

impl Live {
    /// A topic is subscribed now.
    pub fn subscribed(&mut self, path: &TopicPath, spec: &Arc<TopicSpec>) {
        self.0.insert(path.clone(), LiveTopic { spec: spec.clone(), latest: None });
    }

    /// A topic is no longer subscribed.
    pub fn unsubscribed(&mut self, path: &TopicPath) {
        self.0.remove(path);
    }

    /// A topic changed.
    pub fn updated(&mut self, update: &Update) {
        if let Some(topic) = self.0.get_mut(&update.path) {
            topic.latest = Some(update.latest.clone());
        }
    }

    /// A subscribed topic.
    #[must_use]
    pub fn topic(&self, path: &TopicPath) -> Option<&LiveTopic> {
        self.0.get(path)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&TopicPath, &LiveTopic)> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all; the session is new.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
