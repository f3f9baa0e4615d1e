//! The user's subscriptions: by selector, with a joined table of topics.

use super::effects::Effects;
use crate::client::api::Update;
use crate::data::{TopicPath, TopicSpec, UnsubscribeReason};
use std::sync::Arc;

/// The user's subscriptions.
#[derive(Debug, Default)]
pub struct Subscriptions {}

/// What the user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Subscribe with this selector expression.
    Add(String),
}

impl Subscriptions {
    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, _fx: &mut Effects) {
        match intent {
            Intent::Add(_) => {}
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
    /// Time passes.
    pub fn tick(&mut self, _fx: &mut Effects) {}
}
