//! Deselects topics in every scope of this session.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// What to deselect.
    pub struct Request {
        /// Selector expression.
        selector: String,
    }
}

/// Deselects topics in every scope of this session.
pub struct UnsubscribeAll;

impl Service for UnsubscribeAll {
    const ID: u32 = 0xc7;
    const NAME: &'static str = "unsubscribe-all";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = ();
}
