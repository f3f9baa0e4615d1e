//! Subscribes the sessions that a filter selects (protocol/6 section 4).

use super::session_listing::Selected;
use super::shared::SelectionRequest;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whom, and to which topics.
    pub struct Request {
        /// Session filter.
        filter: String,
        /// Selector and scope.
        selection: SelectionRequest,
    }
}

/// Subscribes sessions by filter; the answer is their number.
pub struct FilterSubscribe;

impl Service for FilterSubscribe {
    const ID: u32 = 0x41;
    const NAME: &'static str = "filter-subscribe";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Selected;
}
