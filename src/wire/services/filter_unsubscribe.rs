//! Unsubscribes the sessions that a filter selects (protocol/6 section 4).

use super::filter_subscribe;
use super::session_listing::Selected;
use crate::wire::service::{Effect, Service};

/// Unsubscribes sessions by filter; the answer is their number.
pub struct FilterUnsubscribe;

impl Service for FilterUnsubscribe {
    const ID: u32 = 0x42;
    const NAME: &'static str = "filter-unsubscribe";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = filter_subscribe::Request;
    type Response = Selected;
}
