//! Subscribes another session (protocol/6 section 4).

use super::shared::SelectionRequest;
use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whom, and to which topics.
    pub struct Request {
        /// The session.
        session: SessionId,
        /// Selector and scope.
        selection: SelectionRequest,
    }
}

/// Subscribes another session, as if it had asked for it.
pub struct SubscribeClient;

impl Service for SubscribeClient {
    const ID: u32 = 0x0a;
    const NAME: &'static str = "subscribe-client";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
