//! What a session reports to its owner, and why sessions and calls end.

use crate::data::{ErrorCode, SessionId, Timestamp, TopicPath, TopicSpec, UnsubscribeReason};
use crate::wire::DecodeError;
use crate::wire::handshake::Rejection;
use crate::wire::protocol::NotAtVersion;
use crate::wire::service::{AnyRequest, AnyResponse};
use crate::wire::services::name_of;
use bytes::Bytes;
use std::sync::Arc;

/// Why a session ended, or a line cannot carry it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The first message is not of this protocol.
    #[error("the answer is not that of a Diffusion server: {0}")]
    NotDiffusion(String),
    /// The server speaks no version that was offered.
    #[error("the server accepts no protocol version from {oldest} to {asked}")]
    Protocol {
        /// The newest version asked for.
        asked: u8,
        /// The oldest version asked for.
        oldest: u8,
        /// Version in the answer, if it differs.
        answered: Option<u8>,
    },
    /// The server rejected the session.
    #[error("the server rejected the session with code {}", .0.0)]
    Rejected(Rejection),
    /// The line ended and the session may not outlive it.
    #[error("the line was lost")]
    LineLost,
    /// No system ping for two periods.
    #[error("the server was silent for two ping periods")]
    Idle,
    /// A message could not be read.
    #[error("{0}")]
    BadMessage(DecodeError),
    /// The server ended the session.
    #[error("the server closed the session")]
    ClosedByServer,
    /// The user ended the session.
    #[error("the session was closed")]
    ClosedByClient,
    /// No line could be had in time.
    #[error("the session could not be recovered within {secs} s")]
    RecoveryFailed {
        /// Seconds tried.
        secs: u32,
    },
    /// A line in doubt gave no answer to a ping.
    #[error("no answer to a ping came within {secs} s")]
    Unanswered {
        /// Seconds waited.
        secs: u32,
    },
    /// Messages are missing that cannot be sent again.
    #[error("messages were lost")]
    LostMessages,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The server answered with an error.
    Service {
        /// What decides.
        code: ErrorCode,
        /// The server's words.
        description: String,
    },
    /// No answer in time.
    TimedOut {
        /// Seconds waited.
        secs: u32,
    },
    /// The answer could not be read.
    BadAnswer(DecodeError),
    /// The session ended, or was recovered with loss.
    Ended(Failure),
    /// There is no line now.
    NotConnected,
    /// Too many calls are waiting.
    Busy,
    /// The request is larger than what may be sent; nothing was sent.
    TooLarge {
        /// Bytes of the message.
        bytes: usize,
        /// The most that may be sent.
        most: usize,
    },
    /// The user cancelled.
    Cancelled,
    /// The session's protocol version cannot say it; nothing was sent.
    NotAtVersion(NotAtVersion),
}

/// A new session as the server described it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Session id.
    pub session: SessionId,
    /// Protocol version.
    pub version: u8,
    /// Milliseconds between system pings; 0 or less for none.
    pub ping_period_millis: i64,
    /// Largest message the server takes.
    pub max_message_size: i32,
}

/// What a session reports, in order.
#[derive(Debug)]
pub enum Event {
    /// A new session is live.
    Opened(Opened),
    /// The line is lost; the session waits for another.
    Suspended {
        /// Why.
        cause: Failure,
        /// When the session is given up.
        give_up_at: Timestamp,
    },
    /// The session goes on over a new line.
    Recovered {
        /// Whether every message of both sides arrived; if not, waiting calls and subscriptions have ended before this.
        complete: bool,
    },
    /// The line may be lost: a ping was sent to find out. [`Event::LineConfirmed`] or [`Event::Suspended`] follows.
    LineInDoubt,
    /// The line that was in doubt is there.
    LineConfirmed,
    /// The session is over; nothing follows.
    Ended(Failure),
    /// A call ended.
    Answer {
        /// The caller's number of the call.
        call: u64,
        /// Decoded response, or why there is none.
        result: Result<AnyResponse, CallFailure>,
        /// Microseconds since it was sent; 0 if it was not.
        micros: u64,
    },
    /// A topic has a value.
    Value(ValueEvent),
    /// Something that the owner passes on as it is.
    Session(SessionEvent),
    /// The server did something that the protocol does not provide for; the session goes on.
    ProtocolWarning(String),
}

/// Why a topic has no value until its next full one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueLoss {
    /// A value or delta cannot be used, for the reason given.
    #[error("{0}")]
    Unusable(String),
    /// It was given up, because the values of all topics need more memory than is allowed.
    #[error("it was given up because the memory limit is reached")]
    MemoryLimit,
}

/// What happens in a session and goes up to the window as it is.
#[derive(Debug)]
pub enum SessionEvent {
    /// A topic is subscribed now.
    Subscribed {
        /// Path.
        path: TopicPath,
        /// Specification.
        spec: Arc<TopicSpec>,
    },
    /// A topic is no longer subscribed; without a reason it was lost in recovery and is announced again if it is still
    /// selected.
    Unsubscribed {
        /// Path.
        path: TopicPath,
        /// The server's reason.
        reason: Option<UnsubscribeReason>,
    },
    /// The value of a topic is not there any more; the topic is invalid until its next full value.
    ValueLost {
        /// Path.
        path: TopicPath,
        /// Why.
        reason: ValueLoss,
    },
    /// The server sent a request that is not the session's own matter; it can be answered while there is time.
    Request(InboundRequest),
    /// A request that waited for a decision was answered without one.
    AutoAnswered {
        /// The request.
        id: RequestId,
        /// Its service.
        service: u32,
        /// Why.
        why: AutoAnswered,
    },
    /// A round trip was measured.
    Pinged {
        /// When.
        at: Timestamp,
        /// Microseconds; none if no answer came before the next was due.
        micros: Option<u64>,
    },
}

impl SessionEvent {
    /// The same with the session's moments turned into others.
    #[must_use]
    pub fn map_times(mut self, map: impl Fn(Timestamp) -> Timestamp) -> Self {
        match &mut self {
            Self::Request(request) => {
                request.at = map(request.at);
                request.until = request.until.map(map);
            }
            Self::Pinged { at, .. } => *at = map(*at),
            Self::Subscribed { .. }
            | Self::Unsubscribed { .. }
            | Self::ValueLost { .. }
            | Self::AutoAnswered { .. } => {}
        }
        self
    }
}

/// Names a request of the server within its session; 0 where no answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub i64);

/// A request of the server, decoded.
pub struct InboundRequest {
    /// Names it in the answer.
    pub id: RequestId,
    /// Service id.
    pub service: u32,
    /// The request, of the service's type.
    pub request: AnyRequest,
    /// Bytes of the request as it came.
    pub size_bytes: usize,
    /// When it came.
    pub at: Timestamp,
    /// Until when it can be answered; none if it is answered already, or wants no answer.
    pub until: Option<Timestamp>,
}

impl std::fmt::Debug for InboundRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, service, size_bytes, until, .. } = self;
        write!(f, "InboundRequest({} {} {size_bytes} bytes, until {until:?})", id.0, name_of(*service))
    }
}

/// Why a request was answered without a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoAnswered {
    /// Nobody decided in time.
    TimedOut,
    /// The line was lost; the answer is sent once the session goes on.
    LineLost,
}

/// A complete value as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedValue {
    /// When it came.
    pub at: Timestamp,
    /// Value bytes; deltas are applied already.
    pub value: Bytes,
    /// Bytes of the delta that carried it, before decompression it may have been less; none for a full value.
    pub delta_bytes: Option<u32>,
}

/// A value of a subscribed topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueEvent {
    /// Topic id: one path for as long as the subscription lasts.
    pub topic_id: i32,
    /// Path.
    pub path: TopicPath,
    /// The value.
    pub received: ReceivedValue,
    /// Bytes of the message on the line.
    pub line_bytes: u32,
}
