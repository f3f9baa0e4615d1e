//! Gives this session another principal (protocol/6 section 2). Clients before 6.10 use it; later ones use 203.

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
    }
}

/// Gives this session another principal; the answer is whether it was accepted.
pub struct ChangePrincipal;

impl Service for ChangePrincipal {
    const ID: u32 = 0x05;
    const NAME: &'static str = "change-principal";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = bool;
}
