//! The server hands on what one session has answered to a request by filter (protocol/6 section 3.3; one-way).

use super::message_value::TypedValue;
use crate::data::{ErrorCode, SessionId};
use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::service::ServiceError;
use crate::wire::service::{Answering, Effect, Inbound, Service};
use crate::wire::writer::Writer;

/// What a session has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its answer.
    Answered(TypedValue),
    /// Why there is none.
    Failed(ServiceError),
}

impl Wire for Outcome {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("outcome");
        Ok(match r.u8()? {
            0 => Self::Answered(r.field("value")?),
            1 => {
                let code: ErrorCode = r.field("error code")?;
                Self::Failed(ServiceError { code, description: r.field("error description")? })
            }
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Answered(value) => {
                w.u8(0);
                value.write(w);
            }
            Self::Failed(error) => {
                w.u8(1);
                error.code.write(w);
                error.description.write(w);
            }
        }
    }
}

record! {
    /// To which request, and what.
    pub struct Request {
        /// Conversation id for the responses.
        responses: i64,
        /// Who was asked.
        session: SessionId,
        /// What became of it.
        outcome: Outcome,
    }
}

/// What one session has answered to a request by filter (one-way).
pub struct FilterResponse;

impl Service for FilterResponse {
    const ID: u32 = 0x67;
    const NAME: &'static str = "filter-response";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = ();
}

impl Inbound for FilterResponse {
    const ANSWER_EFFECT: Effect = Effect::Reads;
    const ANSWER: Answering<()> = Answering::AtOnce;
}
