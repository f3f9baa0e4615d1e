//! Sets properties of a session (protocol/6 section 4).

use super::session_listing::PropertyList;
use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose, and how.
    pub struct Request {
        /// The session.
        session: SessionId,
        /// Keys and values to set.
        set: Option<PropertyList>,
        /// Keys to remove.
        remove: Option<Vec<String>>,
    }
}

record! {
    /// What has changed.
    pub struct Response {
        /// The former values of what was changed or removed.
        previous: Option<PropertyList>,
        /// The keys that are new.
        added: Option<Vec<String>>,
    }
}

/// Sets and removes properties of a session; the answer is what was there.
pub struct SetSessionProperties;

impl Service for SetSessionProperties {
    const ID: u32 = 0x69;
    const NAME: &'static str = "set-session-properties";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Response;
}
