//! Has a branch removed when the session closes, in the form of clients up to 6.5. Later ones use removal policies.
//!
//! The documents give no layout. This one is that of the JavaScript client 5.9.24, as it sends and reads it.

use crate::wire::service::{Effect, Service};
use crate::{byte_enum, record};

record! {
    /// The branch.
    pub struct Request {
        /// Topic path at its top.
        path: String,
        /// Always 0; what it stands for is not known.
        reserved: u8,
    }
}

byte_enum! {
    /// What became of the registration.
    pub enum WillOutcome {
        /// The branch is removed with the session.
        Registered = 0,
        /// Another session has registered this branch, one above or one below.
        Conflict = 1,
    }
}

/// Has a branch removed when the session closes, in the form of clients up to 6.5.
pub struct TopicWill;

impl Service for TopicWill {
    const ID: u32 = 0x35;
    const NAME: &'static str = "topic-will";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = WillOutcome;
}
