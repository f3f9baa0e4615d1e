//! Asks whether an update stream is still valid.

use super::shared::StreamId;
use crate::wire::service::{Effect, Service};

/// Asks whether an update stream is still valid.
pub struct UpdateStreamCheck;

impl Service for UpdateStreamCheck {
    const ID: u32 = 0x7f;
    const NAME: &'static str = "update-stream-check";
    const EFFECT: Effect = Effect::Reads;
    type Request = StreamId;
    type Response = ();
}
