//! Ends a session because who it is no longer counts (protocol/6 section 2).

use super::session_listing::OneSession;
use crate::wire::service::{Effect, Service};

/// Ends a session with the reason REVOKED.
pub struct RevokeAuthentication;

impl Service for RevokeAuthentication {
    const ID: u32 = 0xcc;
    const NAME: &'static str = "revoke-authentication";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = OneSession;
    type Response = ();
}
