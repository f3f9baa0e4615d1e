//! Makes an update stream for a topic that exists and sets its first value.

use super::shared::StreamCreated;
pub use super::topic_set::Request;
use crate::wire::service::{Effect, Service};

/// Makes an update stream for a topic that exists and sets its first value.
pub struct UpdateStreamCreateAndSet;

impl Service for UpdateStreamCreateAndSet {
    const ID: u32 = 0x7e;
    const NAME: &'static str = "update-stream-create-and-set";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = StreamCreated;
}
