//! The selected topic: its live value, history, events and specification.

use super::effects::Effects;
use crate::client::api::Update;
use crate::data::{TopicPath, TopicSpec, UnsubscribeReason};
use crate::wire::services::shared::TopicEvent;
use std::sync::Arc;

/// The selected topic.
#[derive(Debug, Default)]
pub struct Inspector {
    /// Its path.
    pub selected: Option<TopicPath>,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Show another topic or branch.
    Select(Option<TopicPath>),
}

impl Inspector {
    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, _fx: &mut Effects) {
        match intent {
            Intent::Select(path) => self.selected = path,
        }
    }

    /// The session is live; a new one unless `same_session`.
    pub fn connected(&mut self, _same_session: bool, _fx: &mut Effects) {}
    /// A topic is subscribed now.
    pub fn subscribed(&mut self, _path: &TopicPath, _spec: &Arc<TopicSpec>, _fx: &mut Effects) {}
    /// A topic is no longer subscribed.
    pub fn unsubscribed(&mut self, _path: &TopicPath, _reason: Option<UnsubscribeReason>, _fx: &mut Effects) {}
    /// A topic changed.
    pub fn updated(&mut self, _update: &Update, _fx: &mut Effects) {}
    /// A value could not be used.
    pub fn value_lost(&mut self, _path: &TopicPath, _reason: &str, _fx: &mut Effects) {}
    /// A topic notification came.
    pub fn notified(&mut self, _path: &TopicPath, _event: TopicEvent, _spec: Option<&TopicSpec>, _fx: &mut Effects) {}
    /// Time passes.
    pub fn tick(&mut self, _fx: &mut Effects) {}
}
