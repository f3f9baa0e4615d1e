//! Makes an update stream, adding the topic if it is absent.

use super::shared::{Constraint, StreamAdded};
use crate::data::TopicSpec;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Topic, specification and guard.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Specification.
        spec: TopicSpec,
        /// Update constraint, checked once.
        constraint: Constraint,
    }
}

/// Makes an update stream, adding the topic if it is absent.
pub struct UpdateStreamAdd;

impl Service for UpdateStreamAdd {
    const ID: u32 = 0x82;
    const NAME: &'static str = "update-stream-add";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = StreamAdded;
}
