//! The fixed properties of this session (protocol/6 section 4).

use super::session_listing::PropertyList;
use crate::wire::service::{Effect, Service};

/// The fixed properties of this session, without its roles.
pub struct GetOwnSessionProperties;

impl Service for GetOwnSessionProperties {
    const ID: u32 = 0xca;
    const NAME: &'static str = "get-own-session-properties";
    const EFFECT: Effect = Effect::Reads;
    type Request = ();
    type Response = Option<PropertyList>;
}
