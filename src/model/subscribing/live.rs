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
pub struct Live {
    topics: HashMap<TopicPath, LiveTopic>,
    value_bytes: usize,
}

impl LiveTopic {
    fn value_bytes(&self) -> usize {
        self.latest.as_ref().map_or(0, |latest| latest.value.len())
    }
}

impl Live {
    /// A topic is subscribed now.
    pub fn subscribed(&mut self, path: &TopicPath, spec: &Arc<TopicSpec>) {
        let former = self.topics.insert(path.clone(), LiveTopic { spec: spec.clone(), latest: None });
        self.value_bytes -= former.map_or(0, |topic| topic.value_bytes());
    }

    /// A topic is no longer subscribed.
    pub fn unsubscribed(&mut self, path: &TopicPath) {
        self.value_bytes -= self.topics.remove(path).map_or(0, |topic| topic.value_bytes());
    }

    /// A topic changed.
    pub fn updated(&mut self, update: &Update) {
        if let Some(topic) = self.topics.get_mut(&update.path) {
            self.value_bytes = self.value_bytes - topic.value_bytes() + update.latest.value.len();
            topic.latest = Some(update.latest.clone());
        }
    }

    /// The value of a topic is not there any more.
    pub fn value_lost(&mut self, path: &TopicPath) {
        if let Some(topic) = self.topics.get_mut(path) {
            self.value_bytes -= topic.value_bytes();
            topic.latest = None;
        }
    }

    /// Bytes of all latest values.
    #[must_use]
    pub const fn value_bytes(&self) -> usize {
        self.value_bytes
    }

    /// A subscribed topic.
    #[must_use]
    pub fn topic(&self, path: &TopicPath) -> Option<&LiveTopic> {
        self.topics.get(path)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&TopicPath, &LiveTopic)> {
        self.topics.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// Forgets all; the session is new.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
