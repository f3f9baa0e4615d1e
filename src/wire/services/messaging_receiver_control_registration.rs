//! Registers a handler of requests for a path and all below it (protocol/6 section 3.1).

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// What is handled, and where.
    pub struct Request {
        /// The service by which the server asks the handler.
        service: i32,
        /// `default`, or empty.
        control_group: String,
        /// Message path.
        path: String,
        /// Keys of the properties of a sender that the handler wants, `*F` and `*U` for all of a kind.
        property_keys: Vec<String>,
        /// Conversation id of the handler, chosen by the client.
        handler: i64,
    }
}

/// Registers a handler of requests for a path and all below it.
pub struct MessagingReceiverControlRegistration;

impl Service for MessagingReceiverControlRegistration {
    const ID: u32 = 0x61;
    const NAME: &'static str = "messaging-receiver-control-registration";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
