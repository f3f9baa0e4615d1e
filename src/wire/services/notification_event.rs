//! The server tells a listener about a selected topic (one-way).

use super::shared::TopicEvent;
use crate::data::TopicSpec;
use crate::record;
use crate::wire::service::{Answering, Effect, Inbound, Service};

record! {
    /// What happened to which topic.
    pub struct Request {
        /// Conversation id of the listener.
        listener: i64,
        /// Topic path.
        path: String,
        /// What happened.
        event: TopicEvent,
        /// The topic's specification.
        spec: TopicSpec,
    }
}

/// The server tells a listener about a selected topic (one-way).
pub struct NotificationEvent;

impl Service for NotificationEvent {
    const ID: u32 = 0x5c;
    const NAME: &'static str = "notification-event";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = ();
}

impl Inbound for NotificationEvent {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
