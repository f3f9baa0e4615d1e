//! Changes the roles of the sessions that a filter selects (protocol/6 section 4).

use super::session_listing::CountOrErrors;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose roles, and which.
    pub struct Request {
        /// Session filter.
        filter: String,
        /// Roles to take away, first.
        remove: Vec<String>,
        /// Roles to give.
        add: Vec<String>,
    }
}

/// Changes roles by filter; the answer is the number of sessions.
pub struct ChangeAuthorisationRolesFilter;

impl Service for ChangeAuthorisationRolesFilter {
    const ID: u32 = 0x7c;
    const NAME: &'static str = "change-authorisation-roles-filter";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = CountOrErrors;
}
