//! Registers a handler of topic control (missing topics) for a branch.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// What is handled, where, and how the server names the handler when it asks.
    pub struct Request {
        /// The service by which the server asks the handler.
        service: i32,
        /// Always `default`.
        control_group: String,
        /// The branch's path.
        path: String,
        /// Conversation id of the handler, chosen by the client.
        handler: i64,
    }
}

/// Registers a handler of topic control (missing topics) for a branch.
pub struct TopicControlRegistration;

impl Service for TopicControlRegistration {
    const ID: u32 = 0x14;
    const NAME: &'static str = "topic-control-registration";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
