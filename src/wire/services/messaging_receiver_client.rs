//! The server hands a request to the handler of its path (protocol/6 section 3.1).

use super::message_value::TypedValue;
use super::session_listing::PropertyList;
use crate::data::{ErrorCode, SessionId};
use crate::record;
use crate::wire::service::{Answering, Effect, Fallback, Inbound, Service};

/// Milliseconds that a handler may take at most.
pub const DECIDE_MILLIS: u32 = 60_000;
/// What a sender hears of a request that nobody has answered.
pub const NOT_ANSWERED: &str = "The request was not answered";

record! {
    /// Who asks what.
    pub struct Request {
        /// Conversation id of the handler, as it was registered.
        handler: i64,
        /// Who asks.
        sender: SessionId,
        /// Message path: that of the handler or one below it.
        path: String,
        /// The properties of the sender that the handler has asked for.
        properties: PropertyList,
        /// The question.
        value: TypedValue,
    }
}

/// The server hands a request to the handler of its path.
pub struct MessagingReceiverClient;

impl Service for MessagingReceiverClient {
    const ID: u32 = 0x58;
    const NAME: &'static str = "messaging-receiver-client";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = TypedValue;
}

impl Inbound for MessagingReceiverClient {
    const ANSWER_EFFECT: Effect = Effect::ChangesServer;
    const ANSWER: Answering<TypedValue> = Answering::Decided {
        within_millis: DECIDE_MILLIS,
        otherwise: Fallback::Refuse(ErrorCode::REJECTED_REQUEST, NOT_ANSWERED),
    };
}
