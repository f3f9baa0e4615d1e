//! Removes topics; answers with the count removed.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// What to remove.
    pub struct Request {
        /// Selector expression.
        selector: String,
    }
}

/// Removes topics; answers with the count removed.
pub struct TopicRemove;

impl Service for TopicRemove {
    const ID: u32 = 0x53;
    const NAME: &'static str = "topic-remove";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = i32;
}
