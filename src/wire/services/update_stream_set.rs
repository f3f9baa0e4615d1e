//! Sets a value through an update stream.

use super::shared::StreamId;
use crate::record;
use crate::wire::service::{Effect, Service};
use bytes::Bytes;

record! {
    /// Stream and value.
    pub struct Request {
        /// The stream.
        stream: StreamId,
        /// Value bytes; for service 129 a delta to the value last set through the stream.
        value: Bytes,
    }
}

/// Sets a value through an update stream.
pub struct UpdateStreamSet;

impl Service for UpdateStreamSet {
    const ID: u32 = 0x80;
    const NAME: &'static str = "update-stream-set";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = ();
}
