//! Ends a handler of topic control.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// The values the handler was registered with.
    pub struct Request {
        /// The service by which the server asks the handler.
        service: i32,
        /// Always `default`.
        control_group: String,
        /// The branch's path.
        path: String,
    }
}

/// Ends a handler of topic control.
pub struct TopicControlDeregistration;

impl Service for TopicControlDeregistration {
    const ID: u32 = 0x15;
    const NAME: &'static str = "topic-control-deregistration";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
