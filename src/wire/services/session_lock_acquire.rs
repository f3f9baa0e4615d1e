//! Asks for a session lock; the answer is held back until it is granted.

use crate::wire::service::{Effect, Service};
use crate::{byte_enum, record};

byte_enum! {
    /// When a lock is given back without being released.
    pub enum LockScope {
        /// When the session closes.
        Session = 0,
        /// As soon as the connection is lost.
        Connection = 1,
    }
}

impl LockScope {
    /// The word for it in files and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Connection => "connection",
        }
    }

    /// When the lock is released without being asked to, as part of a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Session => "when the session closes",
            Self::Connection => "when the connection is lost",
        }
    }
}

record! {
    /// The lock.
    pub struct Request {
        /// Name of the lock, a path.
        name: String,
        /// Counts the requests of the session; for cancelling.
        request: i64,
        /// When it is given back.
        scope: LockScope,
    }
}

record! {
    /// The grant.
    pub struct Response {
        /// Name of the lock.
        name: String,
        /// Grows with every grant of any lock.
        sequence: i64,
        /// When it is given back.
        scope: LockScope,
    }
}

/// Asks for a session lock.
pub struct SessionLockAcquire;

impl Service for SessionLockAcquire {
    const ID: u32 = 0x72;
    const NAME: &'static str = "session-lock-acquire";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Response;
}
