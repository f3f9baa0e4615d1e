//! Sets properties of the sessions that a filter selects (protocol/6 section 4).

use super::session_listing::{CountOrErrors, PropertyList};
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose, and how.
    pub struct Request {
        /// Session filter.
        filter: String,
        /// Keys and values to set.
        set: Option<PropertyList>,
        /// Keys to remove.
        remove: Option<Vec<String>>,
    }
}

/// Sets and removes properties by filter; the answer is the number of sessions.
pub struct SetSessionPropertiesFilter;

impl Service for SetSessionPropertiesFilter {
    const ID: u32 = 0x6a;
    const NAME: &'static str = "set-session-properties-filter";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = CountOrErrors;
}
