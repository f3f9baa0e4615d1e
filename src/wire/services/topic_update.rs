//! Sets the value of a topic in the form of clients up to 6.5. Later ones use 118, which says the type and has a guard.
//!
//! The documents give no layout. This one is that of the JavaScript client 5.9.24, as it sends and reads it.

use crate::wire::service::{Effect, Service};
use crate::{byte_enum, record};
use bytes::Bytes;

record! {
    /// Topic and value.
    pub struct Request {
        /// Topic path.
        path: String,
        /// Value bytes, of the topic's type.
        value: Bytes,
    }
}

byte_enum! {
    /// What became of an update.
    pub enum UpdateOutcome {
        /// The value is set.
        Done = 0,
        /// It is no value of the topic's type.
        Incompatible = 1,
        /// It could not be applied.
        Failed = 2,
        /// The updater is not valid.
        InvalidUpdater = 3,
        /// There is no topic.
        NoTopic = 4,
        /// Another session updates the branch exclusively.
        Exclusive = 7,
        /// A delta came before a value.
        DeltaWithoutValue = 8,
    }
}

/// Sets the value of a topic in the form of clients up to 6.5.
pub struct TopicUpdate;

impl Service for TopicUpdate {
    const ID: u32 = 0x4f;
    const NAME: &'static str = "topic-update";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = UpdateOutcome;
}
