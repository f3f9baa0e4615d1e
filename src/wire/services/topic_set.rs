//! Sets the value of a topic.

use super::shared::Constraint;
use crate::data::TopicType;
use crate::record;
use crate::wire::service::{Effect, Service};
use bytes::Bytes;

record! {
    /// Topic, value and guard.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Type of the value; for a time series its event type.
        topic_type: TopicType,
        /// Value bytes; the single byte `f6` unsets.
        value: Bytes,
        /// Update constraint.
        constraint: Constraint,
    }
}

/// Sets the value of a topic.
pub struct TopicSet;

impl Service for TopicSet {
    const ID: u32 = 0x76;
    const NAME: &'static str = "topic-set";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
