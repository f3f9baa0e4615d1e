//! What this session is subscribed to, and what others select in vain.

pub mod live;
pub mod missing_topics;
pub mod subscriptions;
