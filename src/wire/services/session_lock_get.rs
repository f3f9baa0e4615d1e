//! Reads who holds one session lock (protocol/6 section 9).

use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// The lock to look up.
    pub struct Request {
        /// Name of the lock, a path.
        name: String,
    }
}

record! {
    /// The owner of a lock.
    pub struct LockDetails {
        /// Name of the server that the owner is connected to.
        server_name: String,
        /// Session that owns the lock.
        session: SessionId,
        /// Sequence of the grant; a later grant of any lock has a larger one.
        sequence: i64,
    }
}

/// Reads the owner of a session lock; none if nobody holds it.
pub struct SessionLockGet;

impl Service for SessionLockGet {
    const ID: u32 = 0xc4;
    const NAME: &'static str = "session-lock-get";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Option<LockDetails>;
}
