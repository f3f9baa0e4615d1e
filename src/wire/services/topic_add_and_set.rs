//! Adds a topic if it is absent and sets its value, in one step.

use super::shared::{AddAndSetRequest, AddOutcome};
use crate::wire::service::{Effect, Service};

/// Adds a topic if it is absent and sets its value, in one step.
pub struct TopicAddAndSet;

impl Service for TopicAddAndSet {
    const ID: u32 = 0x7a;
    const NAME: &'static str = "topic-add-and-set";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = AddAndSetRequest;
    type Response = AddOutcome;
}
