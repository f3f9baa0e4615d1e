//! A request to one session (protocol/6 section 3.2).

use super::message_value::TypedValue;
use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Who is asked, and what.
    pub struct Request {
        /// The session.
        session: SessionId,
        /// Message path.
        path: String,
        /// The question.
        value: TypedValue,
    }
}

/// A request to one session; the answer is that of the session.
pub struct MessagingReceiverServer;

impl Service for MessagingReceiverServer {
    const ID: u32 = 0x56;
    const NAME: &'static str = "messaging-receiver-server";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = TypedValue;
}
