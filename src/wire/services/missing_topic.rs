//! The server asks a handler what to do about a selector that selects no topic.

use crate::record;
use crate::wire::service::{Answering, Effect, Fallback, Inbound, Service};

/// The control group of every handler of missing topics.
pub const CONTROL_GROUP: &str = "default";

record! {
    /// Who selected what.
    pub struct Request {
        /// Selector expression.
        selector: String,
        /// Properties of the session that selected it.
        session_properties: Vec<(String, String)>,
        /// Servers on the way, that of the session first.
        server_names: Vec<String>,
        /// Conversation id of the handler, as it was registered.
        handler: i64,
    }
}

/// Milliseconds that a handler may take; the server holds the selection back for as long.
pub const DECIDE_MILLIS: u32 = 5000;

/// The server asks a handler what to do about a selector that selects no topic; the answer is whether to proceed.
pub struct MissingTopic;

impl Service for MissingTopic {
    const ID: u32 = 0x32;
    const NAME: &'static str = "missing-topic";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = bool;
}

impl Inbound for MissingTopic {
    /// “Do not proceed” concerns the selection of another session.
    const ANSWER_EFFECT: Effect = Effect::ChangesServer;
    const ANSWER: Answering<bool> =
        Answering::Decided { within_millis: DECIDE_MILLIS, otherwise: Fallback::Respond(|| true) };
}
