//! The server tells a listener about an immediate descendant of a selected path (one-way).

use super::shared::TopicEvent;
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
    }
}

/// The server tells a listener about an immediate descendant of a selected path (one-way).
pub struct NotificationDescendant;

impl Service for NotificationDescendant {
    const ID: u32 = 0x5d;
    const NAME: &'static str = "notification-descendant";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = ();
}

impl Inbound for NotificationDescendant {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
