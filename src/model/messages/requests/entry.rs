//! One request of the history: frozen as it was sent, with what became of it.

use crate::client::api::{CallError, CallId};
use crate::data::value::DataType;
use crate::data::{SessionId, Sha256, Timestamp};
use crate::wire::services::filter_response::Outcome;
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::session_listing::ErrorReport;
use bytes::Bytes;

/// Payloads of more bytes are not kept.
const MOST_KEPT: usize = 1 << 20;
/// So much of the beginning of a longer one is.
const HEAD: usize = 64 << 10;
/// Responses of one request that are kept; more are only counted.
pub(super) const MAX_RESPONSES: usize = 10_000;
/// Bytes of the values of those.
pub(super) const MAX_RESPONSE_BYTES: usize = 16 << 20;

/// Whom a request asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The handler of the path.
    Handler,
    /// This session.
    Session(SessionId),
    /// Every session that this filter selects.
    Filter(String),
}

/// A payload as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// All of it.
    Kept(Bytes),
    /// Too large to be kept.
    Cut {
        /// Bytes that were sent.
        size: usize,
        /// Their hash.
        hash: Sha256,
        /// The beginning.
        head: Bytes,
    },
}

impl Payload {
    /// All of it, for sending.
    pub(super) const fn of(bytes: Bytes) -> Self {
        Self::Kept(bytes)
    }

    /// As the history keeps it.
    pub(super) fn frozen(self) -> Self {
        match self {
            Self::Kept(bytes) if bytes.len() > MOST_KEPT => {
                Self::Cut { size: bytes.len(), hash: Sha256::of(&bytes), head: Bytes::copy_from_slice(&bytes[..HEAD]) }
            }
            other => other,
        }
    }

    /// Bytes that are sent.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Kept(bytes) => bytes.len(),
            Self::Cut { size, .. } => *size,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Kept(bytes) => bytes.len(),
            Self::Cut { head, .. } => head.len(),
        }
    }
}

/// A request with everything that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whom it asks.
    pub target: Target,
    /// Message path.
    pub path: String,
    /// Type of the payload.
    pub data_type: DataType,
    /// The payload.
    pub payload: Payload,
    /// How long an answer is waited for, in milliseconds.
    pub wait_millis: u64,
    /// Principal that asked; empty for anonymous.
    pub principal: String,
}

impl Message {
    /// The value that is sent; none if it was too large to be kept.
    #[must_use]
    pub fn value(&self) -> Option<TypedValue> {
        match &self.payload {
            Payload::Kept(bytes) => Some(TypedValue::new(self.data_type.topic_type(), bytes.clone())),
            Payload::Cut { .. } => None,
        }
    }
}

/// How waiting ended without everything that was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The own wait is over; what comes later is still taken.
    TimedOut,
    /// The user stopped it.
    Stopped,
    /// The session is another one, or has ended.
    Lost,
}

/// Where a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was typed and not sent.
    Unsent,
    /// An answer is waited for; of a filter, also how many sessions were asked.
    Waiting,
    /// Nothing came in time.
    NoAnswer(Ending),
    /// Answered.
    Answered(TypedValue),
    /// There is no answer, for this reason.
    Failed(CallError),
    /// The server could not read the filter; nobody was asked.
    BadFilter(Vec<ErrorReport>),
    /// So many sessions were asked, whose responses come or have come; none ending while they are waited for.
    Asked {
        /// Sessions.
        sessions: u64,
        /// How waiting ended, if before all had answered.
        ended: Option<Ending>,
    },
}

/// What one session has answered to a request by filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The session.
    pub session: SessionId,
    /// Microseconds from sending.
    pub micros: u64,
    /// What it said.
    pub outcome: Outcome,
}

/// The responses to a request by filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Responses {
    /// In the order in which they came.
    pub rows: Vec<Response>,
    /// Answered with a value.
    pub answered: u64,
    /// Failed.
    pub failed: u64,
    /// Only counted, because there are too many.
    pub not_kept: u64,
    bytes: usize,
}

impl Responses {
    /// All, also those that are only counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.answered + self.failed
    }

    pub(super) fn take(&mut self, response: Response) {
        let size = match &response.outcome {
            Outcome::Answered(value) => {
                self.answered += 1;
                value.content.len()
            }
            Outcome::Failed(error) => {
                self.failed += 1;
                error.description.len()
            }
        };
        if self.rows.len() < MAX_RESPONSES && self.bytes + size <= MAX_RESPONSE_BYTES {
            self.bytes += size;
            self.rows.push(response);
        } else {
            self.not_kept += 1;
        }
    }
}

/// One request of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names it.
    pub id: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// What was sent.
    pub message: Message,
    /// Where it stands.
    pub state: State,
    /// Microseconds until it came to stand there.
    pub micros: u64,
    /// What the sessions of a filter said.
    pub responses: Responses,
    /// Microseconds that are waited in all; more than the message says once the user waits on.
    pub(super) wait_micros: u64,
    pub(super) call: Option<CallId>,
}

impl Entry {
    pub(super) fn new(id: u64, at: Timestamp, message: Message, state: State) -> Self {
        let wait_micros = message.wait_millis.saturating_mul(1000);
        let (responses, call) = (Responses::default(), None);
        Self { id, at, message, state, micros: 0, responses, wait_micros, call }
    }

    /// Whether something is waited for in the time given.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting | State::Asked { ended: None, .. }) && !self.is_complete()
    }

    const fn is_complete(&self) -> bool {
        matches!(self.state, State::Asked { sessions, .. } if self.responses.count() >= sessions)
    }

    /// Whether an answer can still come.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        let late = matches!(
            self.state,
            State::NoAnswer(Ending::TimedOut) | State::Asked { ended: Some(Ending::TimedOut), .. }
        );
        self.is_waiting() || (late && !self.is_complete())
    }

    /// Until when an answer is waited for.
    #[must_use]
    pub fn wait_until(&self) -> Timestamp {
        Timestamp(self.at.0.saturating_add(i64::try_from(self.wait_micros).unwrap_or(i64::MAX)))
    }

    /// Microseconds by which an answer that took so long is late; none if it is not.
    #[must_use]
    pub fn late_micros(&self, micros: u64) -> Option<u64> {
        micros.checked_sub(self.wait_micros).filter(|late| *late > 0)
    }

    /// Sessions that were asked and have not answered.
    #[must_use]
    pub const fn to_come(&self) -> u64 {
        match self.state {
            State::Asked { sessions, .. } => sessions.saturating_sub(self.responses.count()),
            _ => 0,
        }
    }

    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        let answer = match &self.state {
            State::Answered(value) => value.content.len(),
            State::Failed(CallError::Service { description, .. }) => description.len(),
            _ => 0,
        };
        self.message.payload.weight() + answer + self.responses.bytes
    }
}
