//! Adds a topic if it is absent.

use super::shared::AddOutcome;
use crate::data::TopicSpec;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// The topic to add.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Specification.
        spec: TopicSpec,
    }
}

/// Adds a topic if it is absent.
pub struct TopicAdd;

impl Service for TopicAdd {
    const ID: u32 = 0x70;
    const NAME: &'static str = "topic-add";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = AddOutcome;
}
