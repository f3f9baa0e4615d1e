//! Makes an update stream, adding the topic if it is absent, and sets its first value.

use super::shared::{AddAndSetRequest, StreamAdded};
use crate::wire::service::{Effect, Service};

/// Makes an update stream, adding the topic if it is absent, and sets its first value.
pub struct UpdateStreamAddAndSet;

impl Service for UpdateStreamAddAndSet {
    const ID: u32 = 0x83;
    const NAME: &'static str = "update-stream-add-and-set";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = AddAndSetRequest;
    type Response = StreamAdded;
}
