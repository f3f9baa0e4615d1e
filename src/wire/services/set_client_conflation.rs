//! Turns the conflation of a session's queue on or off (protocol/6 section 4).

use crate::data::SessionId;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Whose queue, and how.
    pub struct Request {
        /// The session.
        session: SessionId,
        /// Whether values that wait for it are merged.
        conflate: bool,
    }
}

/// Turns the conflation of a session's queue on or off.
pub struct SetClientConflation;

impl Service for SetClientConflation {
    const ID: u32 = 0x0f;
    const NAME: &'static str = "set-client-conflation";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
