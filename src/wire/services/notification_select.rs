//! Adds a selector to a topic-notification listener, which the first selector creates.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Listener and selector.
    pub struct Request {
        /// Conversation id of the listener, chosen by the client.
        listener: i64,
        /// Selector expression.
        selector: String,
    }
}

/// Adds a selector to a topic-notification listener, which the first selector creates.
pub struct NotificationSelect;

impl Service for NotificationSelect {
    const ID: u32 = 0x5e;
    const NAME: &'static str = "notification-select";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = ();
}
