//! The properties of a session (protocol/6 section 4).

use super::session_listing::PropertyList;
use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose, and which.
    pub struct Request {
        /// The session.
        session: SessionId,
        /// Keys; `*F` for all fixed ones, `*U` for all user-defined ones.
        keys: Vec<String>,
    }
}

/// The properties of a session; none if there is no such session.
pub struct GetSessionProperties;

impl Service for GetSessionProperties {
    const ID: u32 = 0x43;
    const NAME: &'static str = "get-session-properties";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Option<PropertyList>;
}
