//! Ends listening to sessions (protocol/6 section 4.2).

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Who listened.
    pub struct Request {
        /// Conversation id of the listener.
        listener: i64,
    }
}

/// Ends listening to sessions.
pub struct SessionEventDeregistration;

impl Service for SessionEventDeregistration {
    const ID: u32 = 0xbe;
    const NAME: &'static str = "session-event-deregistration";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = ();
}
