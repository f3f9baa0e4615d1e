//! Ends the sessions that a filter selects (protocol/6 section 4).

use super::session_listing::CountOrErrors;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whom.
    pub struct Request {
        /// Session filter.
        filter: String,
    }
}

/// Ends sessions by filter; the answer is their number.
pub struct CloseClientFilter;

impl Service for CloseClientFilter {
    const ID: u32 = 0xa2;
    const NAME: &'static str = "close-client-filter";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = CountOrErrors;
}
