//! Takes back a request for a session lock that still waits.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// The request to forget.
    pub struct Request {
        /// Name of the lock.
        name: String,
        /// The number it was asked for with.
        request: i64,
    }
}

/// Takes back a request for a session lock.
pub struct SessionLockCancel;

impl Service for SessionLockCancel {
    const ID: u32 = 0x73;
    const NAME: &'static str = "session-lock-cancel";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = ();
}
