//! Ends a session (protocol/6 section 4).

use super::session_listing::OneSession;
use crate::wire::service::{Effect, Service};

/// Ends a session with the reason `CLOSED_BY_CONTROLLER`.
pub struct CloseClient;

impl Service for CloseClient {
    const ID: u32 = 0x0e;
    const NAME: &'static str = "close-client";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = OneSession;
    type Response = ();
}
