//! Unsubscribes sessions in all scopes, by filter (protocol/6 section 4).

use super::session_listing::Selected;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// From which topics, and whom.
    pub struct Request {
        /// Selector expression.
        selector: String,
        /// Session filter.
        filter: String,
    }
}

/// Unsubscribes sessions by filter in all their scopes; the answer is their number.
pub struct UnsubscribeAllByFilter;

impl Service for UnsubscribeAllByFilter {
    const ID: u32 = 0xc8;
    const NAME: &'static str = "unsubscribe-all-by-filter";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Selected;
}
