//! Lists sessions by filter (protocol/6 section 4).

use super::session_listing::{ErrorReport, PropertyList};
use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::service::{Effect, Service};
use crate::wire::writer::Writer;

record! {
    /// Which sessions, and what of them.
    pub struct Request {
        /// Session filter.
        filter: String,
        /// Keys of the properties, `*F` and `*U` for all of a kind; none for all.
        keys: Option<Vec<String>>,
        /// Begun not before: milliseconds since 1970.
        from: Option<i64>,
        /// Begun not after: milliseconds since 1970.
        to: Option<i64>,
        /// So many of the first by start, or, when negative, of the last.
        limit: Option<i32>,
        /// Bytes that the answer may have.
        maximum_result_size: i32,
        /// Whether the answer has the time of the start.
        requires_start_time: bool,
    }
}

record! {
    /// One session.
    pub struct FetchedSession {
        /// Milliseconds since 1970.
        start_time: Option<i64>,
        /// Its properties.
        properties: PropertyList,
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// The sessions.
    Found {
        /// In the order of their start.
        sessions: Vec<FetchedSession>,
        /// How many the filter selects, also those beyond the limit.
        total_selected: i32,
    },
    /// The filter cannot be read.
    BadFilter(Vec<ErrorReport>),
}

impl Wire for Response {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("outcome");
        Ok(match r.u8()? {
            0 => Self::Found { sessions: r.field("sessions")?, total_selected: r.field("total")? },
            1 => Self::BadFilter(r.field("errors")?),
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Found { sessions, total_selected } => {
                w.u8(0);
                sessions.write(w);
                total_selected.write(w);
            }
            Self::BadFilter(errors) => {
                w.u8(1);
                errors.write(w);
            }
        }
    }
}

/// Lists sessions by filter, in the order of their start.
pub struct SessionFetch;

impl Service for SessionFetch {
    const ID: u32 = 0xa8;
    const NAME: &'static str = "session-fetch";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Response;
}
