//! Lists the topic views in the order in which they were created.

use super::topic_view_create::TopicView;
use crate::wire::service::Service;

/// Lists the topic views in the order in which they were created.
pub struct TopicViewList;

impl Service for TopicViewList {
    const ID: u32 = 0x8d;
    const NAME: &'static str = "topic-view-list";
    type Request = ();
    type Response = Vec<TopicView>;
}
