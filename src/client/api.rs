//! Commands to a connection and events from it, as they pass between the window's thread and the runtime.
//!
//! Plain types only: nothing of tokio shows here, so that the model can be built and tested without a runtime.

mod certificate;

pub use certificate::{CertificateFacts, CertificateProblem, OfferedCertificate, TlsError};

use crate::data::{ErrorCode, Secret, ServerUrl, SessionId, Sha256, Timestamp, TopicPath};
pub use crate::session::update_stream;
pub use crate::session::{AutoAnswered, InboundRequest, ReceivedValue, RequestId, SessionEvent, ValueLoss};
use crate::wire::frame::VERSION;
pub use crate::wire::handshake::{Credentials, Rejection};
pub use crate::wire::protocol::{self, NotAtVersion, Part};
pub use crate::wire::service::AnyResponse;
use crate::wire::service::{Decoder, InboundEntry, decoder_of};
use crate::wire::services::fetch::PagingError;
use crate::wire::{DecodeError, Inbound, Service, ServiceError, encode};
use bytes::Bytes;
use std::sync::Arc;

/// Names a connection for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// Names a call within the program; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// How to reach a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `ws://…` or `wss://…`.
    Url(String),
    /// The embedded server of this process, through an in-memory pipe.
    Embedded,
}

/// Everything needed to open a session.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectOptions {
    /// The server.
    pub target: Target,
    /// Principal; none or empty for an anonymous session.
    pub principal: Option<String>,
    /// Password; none if there is none.
    pub password: Option<Secret>,
    /// Proposed session properties.
    pub properties: Vec<(String, String)>,
    /// Limit for name look-up, TCP, TLS, upgrade and response together, for all protocol versions that are offered.
    pub connect_timeout_secs: u32,
    /// How long the server shall keep the session after a loss of the line; 0 switches recovery off.
    pub reconnect_secs: u32,
    /// Whether topic messages may be compressed.
    pub compression: bool,
    /// Largest message accepted from the server.
    pub max_message_bytes: usize,
    /// PEM certificates trusted besides those of the system.
    pub extra_ca_pem: Option<String>,
    /// One certificate that is trusted besides those that an authority vouches for, if its name and time are right.
    pub trusted_certificate: Option<Sha256>,
    /// Keep every value of every topic for who drains, not only those of [`Command::KeepHistoryOf`].
    pub keep_every_value: bool,
    /// How often the round trip is measured; 0 switches it off.
    pub ping_interval_millis: u32,
    /// How long a request of the server waits for a decision, whatever its service; none for the time that the service
    /// gives.
    pub decide_millis: Option<u32>,
    /// The only protocol version to offer; none for every one from 29 down to 18.
    pub protocol: Option<u8>,
    /// The protocol version to offer first, where none is given; none for the newest.
    pub first_protocol: Option<u8>,
}

impl ConnectOptions {
    /// Defaults for a server: 10 s to connect, 60 s recovery, 1 s ping, 64 MiB messages.
    #[must_use]
    pub fn to(target: Target) -> Self {
        Self {
            target,
            principal: None,
            password: None,
            properties: Vec::new(),
            connect_timeout_secs: 10,
            reconnect_secs: 60,
            compression: true,
            max_message_bytes: 64 << 20,
            extra_ca_pem: None,
            trusted_certificate: None,
            keep_every_value: false,
            ping_interval_millis: 1000,
            decide_millis: None,
            protocol: None,
            first_protocol: None,
        }
    }

    /// The server's URL; none for the embedded server.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.target {
            Target::Url(url) => Some(url),
            Target::Embedded => None,
        }
    }

    /// The host to which principal and password would go readable for everybody on the way; none where they do not: the
    /// line is encrypted or stays within this computer, or the session is anonymous.
    #[must_use]
    pub fn readable_on_the_way_to(&self) -> Option<String> {
        let Target::Url(url) = &self.target else { return None };
        let server = ServerUrl::parse(url).ok()?;
        let has_principal = self.principal.as_ref().is_some_and(|principal| !principal.is_empty());
        (has_principal && !server.is_tls() && !server.is_loopback()).then(|| server.host())
    }
}

/// Protocol versions in words.
#[must_use]
pub fn versions(oldest: u8, newest: u8) -> String {
    if oldest == newest { format!("protocol {newest}") } else { format!("protocols {oldest} to {newest}") }
}

/// Why there is no connection, or why it ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The URL cannot be used.
    #[error("the URL cannot be used: {0}")]
    BadUrl(String),
    /// The host name has no address.
    #[error("the host {host} is unknown: {cause}")]
    UnknownHost {
        /// Name looked up.
        host: String,
        /// The system's words.
        cause: String,
    },
    /// Nobody accepts connections there.
    #[error("{address} refused the connection: {cause}")]
    Refused {
        /// Address tried.
        address: String,
        /// The system's words.
        cause: String,
    },
    /// TLS failed.
    #[error("TLS failed: {0}")]
    Tls(Box<TlsError>),
    /// Something answers, but not a Diffusion server.
    #[error("something answers there, but it is not a Diffusion server: {0}")]
    NotDiffusion(String),
    /// Nothing came within the time given.
    #[error("{step}: no answer within {secs} s")]
    TimedOut {
        /// What was waited for.
        step: Step,
        /// Seconds waited.
        secs: u32,
    },
    /// The line was closed in place of an answer.
    #[error("no connection response came: {0}")]
    NoResponse(String),
    /// The server speaks none of the protocol versions that were offered.
    #[error("the server does not accept {}{}", versions(*oldest, *asked), answered.map_or_else(String::new, |other| format!(", it answered with {other}")))]
    Protocol {
        /// The newest version asked for.
        asked: u8,
        /// The oldest version asked for.
        oldest: u8,
        /// Version in the answer, if it differs.
        answered: Option<u8>,
    },
    /// The server rejected the session.
    #[error("the server rejected the connection with response code {}: {}", .0.0, .0.meaning().unwrap_or("it has no name"))]
    Rejected(Rejection),
    /// The line was lost.
    #[error("the line was lost: {0}")]
    LineLost(String),
    /// No system ping for two periods.
    #[error("the line went silent: no system ping for two periods")]
    Idle,
    /// The line was in doubt after the computer slept, and no answer came.
    #[error("the line went silent: no answer to a ping within {secs} s")]
    Unanswered {
        /// Seconds waited.
        secs: u32,
    },
    /// A message could not be read.
    #[error("a message from the server could not be read: {0}")]
    BadMessage(DecodeError),
    /// The server ended the session.
    #[error("the server ended the session")]
    ClosedByServer,
    /// The user ended the session.
    #[error("this client ended the session")]
    ClosedByClient,
    /// The session could not be recovered in time.
    #[error("the session could not be recovered within {secs} s: {cause}")]
    RecoveryFailed {
        /// Seconds tried.
        secs: u32,
        /// The last attempt's cause.
        cause: Box<Self>,
    },
    /// The server expects messages that are no longer kept.
    #[error("the session cannot go on: messages were lost")]
    LostMessages,
}

/// The steps of opening a session, as a connection test shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Name look-up.
    Resolve,
    /// TCP connection.
    Tcp,
    /// TLS handshake.
    Tls,
    /// WebSocket upgrade.
    Upgrade,
    /// Connection response of a Diffusion server.
    Protocol,
    /// Authentication.
    Authentication,
}

impl Step {
    /// Every step in order.
    pub const ALL: [Self; 6] =
        [Self::Resolve, Self::Tcp, Self::Tls, Self::Upgrade, Self::Protocol, Self::Authentication];
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Resolve => "name look-up",
            Self::Tcp => "TCP connection",
            Self::Tls => "TLS",
            Self::Upgrade => "WebSocket upgrade",
            Self::Protocol => "Diffusion protocol",
            Self::Authentication => "authentication",
        })
    }
}

/// What a step of a connection test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    /// The step.
    pub step: Step,
    /// Microseconds it took.
    pub micros: u64,
    /// What was found (addresses, certificate and days left, version, session id), or why it failed.
    pub outcome: Result<String, LinkError>,
    /// For [`Step::Protocol`]: the protocol version offered and whether the server took it. After one that it did not
    /// take another report of this step follows.
    pub offered: Option<(u8, bool)>,
}

impl StepReport {
    /// Whether it is about a protocol version that the server did not take, after which another is offered.
    #[must_use]
    pub const fn was_refused(&self) -> bool {
        matches!(self.offered, Some((_, false)))
    }
}

/// A live session as the server described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// Session id.
    pub id: SessionId,
    /// Principal asked for; empty for anonymous.
    pub principal: String,
    /// Protocol version.
    pub version: u8,
    /// Milliseconds between system pings; 0 for none.
    pub ping_period_millis: i64,
    /// Words for the transport: `WebSocket`, `WebSocket over TLS`, `in memory`.
    pub transport: &'static str,
    /// Certificate, if TLS.
    pub certificate: Option<CertificateFacts>,
}

/// Where the link stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Opening, at this step.
    Connecting(Step),
    /// A session is live.
    Connected(Arc<SessionFacts>),
    /// There is a session, but nobody knows whether its line still leads somewhere, as after the computer slept.
    InDoubt,
    /// The line is lost; trying to get the session back.
    Recovering {
        /// Attempts so far, from 1.
        attempt: u32,
        /// When the session is given up.
        give_up_at: Timestamp,
        /// Why the line was lost or the last attempt failed.
        cause: Box<LinkError>,
    },
    /// Ended.
    Closed(Box<LinkError>),
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The server answered with an error.
    #[error("the server refused: {description} (code {})", code.0)]
    Service {
        /// What decides.
        code: ErrorCode,
        /// The server's words.
        description: String,
    },
    /// No answer in time; the server may still have done it.
    #[error("no answer within {secs} s; the server may still have done it")]
    TimedOut {
        /// Seconds waited.
        secs: u32,
    },
    /// The answer could not be read.
    #[error("the answer could not be read: {0}")]
    BadAnswer(DecodeError),
    /// The session ended, or was recovered with loss, before the answer came.
    #[error("the session ended before the answer came: {0}")]
    LinkLost(Box<LinkError>),
    /// The session is not connected now.
    #[error("the session is not connected")]
    NotConnected,
    /// Too many calls are waiting; nothing was sent.
    #[error("too many calls are waiting; nothing was sent")]
    Busy,
    /// The request is larger than what the server takes, or than what can be sent again after a lost line; nothing was
    /// sent.
    #[error("the request has {bytes} bytes, and at most {most} can be sent; nothing was sent")]
    TooLarge {
        /// Bytes of the request.
        bytes: usize,
        /// The most that can be sent.
        most: usize,
    },
    /// The user cancelled.
    #[error("the call was cancelled")]
    Cancelled,
    /// The connection is read-only here; nothing was sent.
    #[error("the connection is read-only; nothing was sent")]
    ReadOnly,
    /// The protocol version of the session cannot say it; nothing was sent.
    #[error("{0}")]
    NotAtVersion(NotAtVersion),
    /// A fetch in pages does not come to its end.
    #[error("{0}")]
    Paging(PagingError),
}

impl update_stream::RequestError for CallError {
    fn is_routing(&self) -> bool {
        matches!(self, Self::Service { code: ErrorCode::CLUSTER_ROUTING, .. })
    }
}

/// A call on its way: bytes to send, and the decoder that travels with it.
#[derive(Clone)]
pub struct Call {
    /// Names the call.
    pub id: CallId,
    /// Service id.
    pub service: u32,
    /// Service name, for logs.
    pub name: &'static str,
    /// Encoded request.
    pub payload: Bytes,
    /// Decodes the response, off the window's thread.
    pub decoder: Decoder,
    /// Deadline after sending.
    pub timeout_secs: u32,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({} {} {} bytes)", self.id.0, self.name, self.payload.len())
    }
}

/// Deadline of an ordinary call.
pub const CALL_TIMEOUT_SECS: u32 = 10;

impl Call {
    /// A call of service `S`. It is encoded for the newest protocol version; a session of an older one encodes it anew.
    #[must_use]
    pub fn new<S: Service>(id: CallId, request: &S::Request) -> Self {
        Self {
            id,
            service: S::ID,
            name: S::NAME,
            payload: encode(request, VERSION),
            decoder: decoder_of::<S::Response>(),
            timeout_secs: CALL_TIMEOUT_SECS,
        }
    }
}

/// An answer to a request of the server, on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundReply {
    /// The request.
    pub id: RequestId,
    /// Its service.
    pub service: u32,
    /// The encoded response, or why there is none.
    pub answer: Result<Bytes, ServiceError>,
}

impl InboundReply {
    /// A response.
    #[must_use]
    pub fn response<S: Inbound>(id: RequestId, response: &S::Response) -> Self {
        Self { id, service: S::ID, answer: Ok(encode(response, VERSION)) }
    }

    /// A service error.
    #[must_use]
    pub fn error<S: Inbound>(id: RequestId, error: ServiceError) -> Self {
        Self { id, service: S::ID, answer: Err(error) }
    }

    /// What the server hears when nobody decides.
    #[must_use]
    pub fn fallback<S: Inbound>(id: RequestId) -> Self {
        Self { id, service: S::ID, answer: (InboundEntry::of::<S>().fallback)(VERSION) }
    }

    /// That nobody here offers the service.
    #[must_use]
    pub fn not_offered(id: RequestId, service: u32) -> Self {
        Self { id, service, answer: Err(ServiceError::not_offered(service)) }
    }
}

/// What the window can ask of a connection.
#[derive(Debug)]
pub enum Command {
    /// Ask the server for a service.
    Call(Call),
    /// Give up waiting for an answer; it comes back as [`CallError::Cancelled`].
    Cancel(CallId),
    /// Keep every value (not only the latest) of these paths for history and charts; replaces the former list.
    KeepHistoryOf(Vec<TopicPath>),
    /// Hold no more than this from now on.
    LimitMemory(MemoryLimit),
    /// Answer a request of the server; nothing happens if it is answered already.
    Reply(InboundReply),
    /// Leave a request of the server without an answer: who asked waits until its own limit or the server's.
    Abandon {
        /// The request.
        id: RequestId,
        /// Its service.
        service: u32,
    },
    /// Measure the round trip now.
    Ping,
    /// End the session.
    Close,
    /// Drop the line as if the network had failed (demo and tests).
    DropLine,
}

/// What a connection may hold in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimit {
    /// Bytes of subscribed topics with their last values. Above it the values that were not renewed for the longest time
    /// are given up, each with [`ValueLoss::MemoryLimit`].
    pub topic_bytes: usize,
    /// Bytes of values that wait for whoever drains. Above it nothing more is read from the line.
    pub waiting_bytes: usize,
}

/// The answer to a call.
pub struct Answer {
    /// The call.
    pub id: CallId,
    /// Response of the service's type, or why there is none.
    pub result: Result<AnyResponse, CallError>,
    /// Microseconds from sending to the answer.
    pub micros: u64,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let result = self.result.as_ref().map(|_| "response");
        f.debug_struct("Answer").field("id", &self.id).field("result", &result).finish_non_exhaustive()
    }
}

/// The news of one topic since the last batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The topic's path.
    pub path: TopicPath,
    /// The latest value.
    pub latest: ReceivedValue,
    /// How many updates are merged into this, the latest included.
    pub count: u32,
    /// Bytes on the line of all of them.
    pub line_bytes: u64,
    /// Values before the latest, oldest first; only for paths whose history is kept, and bounded.
    pub earlier: Vec<ReceivedValue>,
    /// Values that should have been in `earlier` but did not fit.
    pub dropped: u32,
}

/// What a connection reports, in order.
#[derive(Debug)]
pub enum Event {
    /// The link changed its state.
    Link(LinkState),
    /// A call was answered.
    Answer(Answer),
    /// Something that the session reports as it is.
    Session(SessionEvent),
    /// Topics changed; at most one entry for a topic.
    Updates(Vec<Update>),
    /// Requests of the server, or news of their automatic answers, were dropped because the window was behind: a feature
    /// that keeps its facts by them fetches those again.
    NotificationsDropped {
        /// How many.
        count: u64,
    },
    /// The session goes on, but messages were lost: the server no longer knows its handlers and listeners.
    SessionReset,
    /// Totals of the line since the session began; sent about once a second while they change.
    Traffic(Traffic),
    /// A line for the log panel.
    Log(LogLine),
}

/// Totals of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages received.
    pub messages_in: u64,
    /// Messages sent.
    pub messages_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Topic values and deltas received.
    pub values_in: u64,
    /// Values merged into a later one before the window took them.
    pub merged: u64,
    /// Log lines, notifications, history values and former states of topics dropped because the window was behind.
    pub dropped: u64,
}

/// How serious a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Detail.
    Debug,
    /// News.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// A line of the line's own log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// How serious.
    pub level: Level,
    /// What, without secrets.
    pub text: String,
}

/// Wakes the window; called from runtime threads, at most once for each drained batch.
pub type Waker = Arc<dyn Fn() + Send + Sync>;
