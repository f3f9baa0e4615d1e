//! Ends a topic-notification listener.

use crate::wire::service::Service;

/// Ends a topic-notification listener.
pub struct NotificationEnd;

impl Service for NotificationEnd {
    const ID: u32 = 0x5b;
    const NAME: &'static str = "notification-end";
    type Request = i64;
    type Response = ();
}
