//! The topic tree: exploring it by bounded fetches, values of the rows in sight, filter, favourites.

mod children;
mod facts;
mod names;
pub mod order;
pub mod rows;
pub mod tree;
#[cfg(test)]
mod tree_tests;

pub use order::Order;
pub use tree::{Exploration, NodeId, Tree};

use super::effects::Effects;
use super::settings::Settings;
use crate::client::api::Update;
use crate::data::{TopicPath, TopicSpec, UnsubscribeReason};
use crate::wire::services::shared::TopicEvent;
use std::sync::Arc;

/// The topic tree.
#[derive(Debug, Default)]
pub struct Topics {}

/// What the user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Open a branch.
    Open(TopicPath),
}

impl Topics {
    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, _key: &str, _settings: &mut Settings, _fx: &mut Effects) {
        match intent {
            Intent::Open(_) => {}
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
    pub fn value_lost(&mut self, _path: &TopicPath, _fx: &mut Effects) {}
    /// A topic notification came.
    pub fn notified(
        &mut self,
        _listener: i64,
        _path: &TopicPath,
        _event: TopicEvent,
        _spec: Option<&TopicSpec>,
        _fx: &mut Effects,
    ) {
    }
    /// Favourites kept for this connection.
    pub fn restore_favourites(&mut self, _paths: &[String]) {}
    /// Time passes.
    pub fn tick(&mut self, _fx: &mut Effects) {}
}
