//! Measures the round trip.

use crate::wire::service::{Answering, Effect, Inbound, Service};

/// Measures the round trip.
pub struct UserPing;

impl Service for UserPing {
    const ID: u32 = 0x38;
    const NAME: &'static str = "user-ping";
    const EFFECT: Effect = Effect::Reads;
    type Request = ();
    type Response = ();
}

impl Inbound for UserPing {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
