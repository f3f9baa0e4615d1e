//! Authenticates this session anew, as the same principal or another (protocol/6 section 2).

use super::session_listing::PropertyList;
use crate::record;
use crate::wire::handshake::Credentials;
use crate::wire::service::{Effect, Service};

record! {
    /// Who the session wants to be.
    pub struct Request {
        /// Principal; empty for anonymous.
        principal: String,
        /// What shows that it is.
        credentials: Credentials,
        /// Proposed user-defined properties; without any the session may lose those it has.
        properties: PropertyList,
    }
}

/// Authenticates this session anew; the answer is whether it was accepted.
pub struct ReAuthenticate;

impl Service for ReAuthenticate {
    const ID: u32 = 0xcb;
    const NAME: &'static str = "re-authenticate";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = bool;
}
