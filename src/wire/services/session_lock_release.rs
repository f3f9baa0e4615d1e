//! Gives a session lock back; the answer tells whether it was held.

use super::session_lock_acquire::LockScope;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// The lock.
    pub struct Request {
        /// Name of the lock.
        name: String,
        /// The number it was granted with.
        sequence: i64,
        /// The scope it was granted with.
        scope: LockScope,
    }
}

/// Gives a session lock back.
pub struct SessionLockRelease;

impl Service for SessionLockRelease {
    const ID: u32 = 0x74;
    const NAME: &'static str = "session-lock-release";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = bool;
}
