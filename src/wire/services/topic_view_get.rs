//! Reads one topic view.

use super::topic_view_create::TopicView;
use super::topic_view_remove::Request;
use crate::wire::service::{Effect, Service};

/// Reads one topic view; none if there is none of that name.
pub struct TopicViewGet;

impl Service for TopicViewGet {
    const ID: u32 = 0xb6;
    const NAME: &'static str = "topic-view-get";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Option<TopicView>;
}
