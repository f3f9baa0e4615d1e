//! Applies an RFC 6902 patch to a JSON topic; answers with -1 or the index of the operation that failed.

use super::shared::Constraint;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Topic, patch and guard.
    pub struct Request {
        /// Topic path.
        path: String,
        /// JSON text of the patch.
        patch: String,
        /// Update constraint.
        constraint: Constraint,
    }
}

/// Applies an RFC 6902 patch to a JSON topic; answers with -1 or the index of the operation that failed.
pub struct JsonPatch;

impl Service for JsonPatch {
    const ID: u32 = 0x97;
    const NAME: &'static str = "json-patch";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = i32;
}
