//! Takes a selector back from a topic-notification listener.

pub use super::notification_select::Request;
use crate::wire::service::{Effect, Service};

/// Takes a selector back from a topic-notification listener.
pub struct NotificationDeselect;

impl Service for NotificationDeselect {
    const ID: u32 = 0x5f;
    const NAME: &'static str = "notification-deselect";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = ();
}
