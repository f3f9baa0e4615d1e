//! Turns the conflation of queues on or off, by filter (protocol/6 section 4).

use super::session_listing::CountOrErrors;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose queues, and how.
    pub struct Request {
        /// Session filter.
        filter: String,
        /// Whether values that wait for them are merged.
        conflate: bool,
    }
}

/// Turns conflation on or off by filter; the answer is the number of sessions.
pub struct SetClientConflationFilter;

impl Service for SetClientConflationFilter {
    const ID: u32 = 0xa3;
    const NAME: &'static str = "set-client-conflation-filter";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = CountOrErrors;
}
