//! A request to a path (protocol/6 section 3): from a client to the handler of the path, and from the server to the session
//! to which another has addressed a request.

use super::message_value::TypedValue;
use super::messaging_receiver_client::{DECIDE_MILLIS, NOT_ANSWERED};
use crate::data::ErrorCode;
use crate::record;
use crate::wire::service::{Answering, Effect, Fallback, Inbound, Service};

record! {
    /// What is asked.
    pub struct Request {
        /// Message path.
        path: String,
        /// The question.
        value: TypedValue,
    }
}

/// A request to a path; the answer is that of its handler.
pub struct MessagingSend;

impl Service for MessagingSend {
    const ID: u32 = 0x55;
    const NAME: &'static str = "messaging-send";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = TypedValue;
}

impl Inbound for MessagingSend {
    const ANSWER_EFFECT: Effect = Effect::ChangesServer;
    const ANSWER: Answering<TypedValue> = Answering::Decided {
        within_millis: DECIDE_MILLIS,
        otherwise: Fallback::Refuse(ErrorCode::REJECTED_REQUEST, NOT_ANSWERED),
    };
}
