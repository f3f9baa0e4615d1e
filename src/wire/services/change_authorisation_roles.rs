//! Changes the roles of a session (protocol/6 section 4).

use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose roles, and which.
    pub struct Request {
        /// The session.
        session: SessionId,
        /// Roles to take away, first.
        remove: Vec<String>,
        /// Roles to give.
        add: Vec<String>,
    }
}

/// Takes roles from a session, then gives it others.
pub struct ChangeAuthorisationRoles;

impl Service for ChangeAuthorisationRoles {
    const ID: u32 = 0x7b;
    const NAME: &'static str = "change-authorisation-roles";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
