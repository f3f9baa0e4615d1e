//! Makes an update stream for a topic that exists.

use super::shared::{Constraint, StreamCreated};
use crate::data::TopicType;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Topic, type and guard.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Type of the values.
        topic_type: TopicType,
        /// Update constraint, checked once.
        constraint: Constraint,
    }
}

/// Makes an update stream for a topic that exists.
pub struct UpdateStreamCreate;

impl Service for UpdateStreamCreate {
    const ID: u32 = 0x7d;
    const NAME: &'static str = "update-stream-create";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = StreamCreated;
}
