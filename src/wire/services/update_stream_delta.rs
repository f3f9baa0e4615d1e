//! Sets a value through an update stream by a delta to the one before.

pub use super::update_stream_set::Request;
use crate::wire::service::{Effect, Service};

/// Sets a value through an update stream by a delta to the one before.
pub struct UpdateStreamDelta;

impl Service for UpdateStreamDelta {
    const ID: u32 = 0x81;
    const NAME: &'static str = "update-stream-delta";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
