//! A request to all sessions that a filter selects (protocol/6 section 3.3).

use super::message_value::TypedValue;
use super::session_listing::Selected;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Who is asked, and what.
    pub struct Request {
        /// Conversation id for the responses, chosen by the client.
        responses: i64,
        /// Session filter.
        filter: String,
        /// Message path.
        path: String,
        /// The question.
        value: TypedValue,
    }
}

/// A request to sessions by filter; the answer is their number, and theirs come by [`FilterResponse`](super::FilterResponse).
pub struct MessagingFilterSend;

impl Service for MessagingFilterSend {
    const ID: u32 = 0x66;
    const NAME: &'static str = "messaging-filter-send";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Selected;
}
