//! Lists the topic views in the order in which they were created.

use super::topic_view_create::TopicView;
use crate::wire::service::{Effect, Service};

/// Lists the topic views in the order in which they were created.
pub struct TopicViewList;

impl Service for TopicViewList {
    const ID: u32 = 0x8d;
    const NAME: &'static str = "topic-view-list";
    const EFFECT: Effect = Effect::Reads;
    type Request = ();
    type Response = Vec<TopicView>;
}
