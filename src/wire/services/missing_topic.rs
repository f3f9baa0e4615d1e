//! The server asks a handler what to do about a selector that selects no topic.

use crate::record;
use crate::wire::service::{Effect, Service};

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

/// The server asks a handler what to do about a selector that selects no topic; the answer is whether to proceed.
pub struct MissingTopic;

impl Service for MissingTopic {
    const ID: u32 = 0x32;
    const NAME: &'static str = "missing-topic";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = bool;
}
