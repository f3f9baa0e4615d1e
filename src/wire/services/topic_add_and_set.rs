//! Adds a topic if it is absent and sets its value, in one step.

use super::shared::{AddAndSetRequest, AddOutcome};
use crate::wire::service::Service;

/// Adds a topic if it is absent and sets its value, in one step.
pub struct TopicAddAndSet;

impl Service for TopicAddAndSet {
    const ID: u32 = 0x7a;
    const NAME: &'static str = "topic-add-and-set";
    const CHANGES: bool = true;
    type Request = AddAndSetRequest;
    type Response = AddOutcome;
}
