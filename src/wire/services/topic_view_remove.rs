//! Removes a topic view; one that is not there is removed all the same.

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Which view.
    pub struct Request {
        /// Its name.
        name: String,
    }
}

/// Removes a topic view; one that is not there is removed all the same.
pub struct TopicViewRemove;

impl Service for TopicViewRemove {
    const ID: u32 = 0x8b;
    const NAME: &'static str = "topic-view-remove";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
