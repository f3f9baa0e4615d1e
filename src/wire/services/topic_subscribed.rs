//! The server says that a topic is now subscribed (one-way).

use crate::data::TopicSpec;
use crate::record;
use crate::wire::service::{Answering, Effect, Inbound, Service};

record! {
    /// The topic.
    pub struct Request {
        /// Topic id of the session.
        topic_id: i32,
        /// Topic path.
        path: String,
        /// Specification as its creator gave it.
        spec: TopicSpec,
    }
}

/// The server says that a topic is now subscribed (one-way).
pub struct TopicSubscribed;

impl Service for TopicSubscribed {
    const ID: u32 = 0x57;
    const NAME: &'static str = "topic-subscribed";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = ();
}

impl Inbound for TopicSubscribed {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
