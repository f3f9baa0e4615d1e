//! The server says that a topic is no longer subscribed (one-way).

use crate::data::UnsubscribeReason;
use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::protocol::Part;
use crate::wire::reader::Reader;
use crate::wire::service::{Answering, Effect, Inbound, Service};
use crate::wire::writer::Writer;

record! {
    /// The topic and why.
    pub struct Request {
        /// Topic id of the session.
        topic_id: i32,
        /// Why.
        reason: UnsubscribeReason,
    }
}

impl Wire for UnsubscribeReason {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let id = r.u8()?;
        Self::from_id(id).ok_or_else(|| r.error(Problem::Unknown(i64::from(id))))
    }
    fn write(&self, w: &mut Writer) {
        let reason = if *self == Self::BranchMappings && !w.has(Part::BranchMappings) { Self::Unknown } else { *self };
        w.u8(reason.id());
    }
}

/// The server says that a topic is no longer subscribed (one-way).
pub struct TopicUnsubscribed;

impl Service for TopicUnsubscribed {
    const ID: u32 = 0x2a;
    const NAME: &'static str = "topic-unsubscribed";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = ();
}

impl Inbound for TopicUnsubscribed {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
