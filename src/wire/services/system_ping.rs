//! The server checks that the client is alive.

use crate::wire::service::{Answering, Effect, Inbound, Service};

/// The server checks that the client is alive.
pub struct SystemPing;

impl Service for SystemPing {
    const ID: u32 = 0x37;
    const NAME: &'static str = "system-ping";
    const EFFECT: Effect = Effect::FromServer;
    type Request = ();
    type Response = ();
}

impl Inbound for SystemPing {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
