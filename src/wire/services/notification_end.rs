//! Ends a topic-notification listener.

use crate::wire::service::{Effect, Service};

/// Ends a topic-notification listener.
pub struct NotificationEnd;

impl Service for NotificationEnd {
    const ID: u32 = 0x5b;
    const NAME: &'static str = "notification-end";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = i64;
    type Response = ();
}
