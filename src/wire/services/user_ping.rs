//! Measures the round trip.

use crate::wire::service::{Effect, Service};

/// Measures the round trip.
pub struct UserPing;

impl Service for UserPing {
    const ID: u32 = 0x38;
    const NAME: &'static str = "user-ping";
    const EFFECT: Effect = Effect::Reads;
    type Request = ();
    type Response = ();
}
