//! What a service is: a number, a name, its effect on the server, the types of its request and response, and for a
//! request that the server sends, how it is answered.

use super::codec::{Wire, decode, encode};
use super::error::DecodeError;
use crate::data::ErrorCode;
use bytes::Bytes;
use std::any::Any;
use std::fmt::Debug;

/// A decoded response, typed only for who asked.
pub type AnyResponse = Box<dyn Any + Send>;
/// A decoded request, typed only for who handles it.
pub type AnyRequest = Box<dyn Any + Send>;
/// Decodes a message of one type at a protocol version.
pub type Decoder = fn(Bytes, u8) -> Result<Box<dyn Any + Send>, DecodeError>;

/// The decoder of a type.
#[must_use]
pub const fn decoder_of<T: Wire + Send + 'static>() -> Decoder {
    |bytes, version| decode::<T>(bytes, version).map(|message| Box::new(message) as Box<dyn Any + Send>)
}

/// What a call of a service does to the server, and so whether a read-only connection may make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Asks for facts; nothing is different afterwards.
    Reads,
    /// Changes only what the server keeps for the calling session, such as its selections and listeners.
    OwnSession,
    /// Changes what other sessions see or can do.
    ChangesServer,
    /// Only the server sends this request, so no client calls it.
    FromServer,
}

impl Effect {
    /// The word for lists and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::OwnSession => "own-session",
            Self::ChangesServer => "changes-server",
            Self::FromServer => "from-server",
        }
    }
}

/// A request/response pair of the protocol.
pub trait Service: 'static {
    /// The protocol's number.
    const ID: u32;
    /// Name in logs, metrics and samples.
    const NAME: &'static str;
    /// What a call does to the server. Without a default: whoever adds a service decides whether a read-only
    /// connection may call it.
    const EFFECT: Effect;
    /// What is asked.
    type Request: Wire + Clone + Debug + PartialEq + Send + 'static;
    /// What is answered.
    type Response: Wire + Clone + Debug + PartialEq + Send + 'static;
}

/// Number, name and effect of a service, for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The protocol's number.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
    /// What a call does to the server.
    pub effect: Effect,
}

/// Why a request has no response: what a service error message says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description} ({})", code.0)]
pub struct ServiceError {
    /// What decides.
    pub code: ErrorCode,
    /// Text for people.
    pub description: String,
}

impl ServiceError {
    /// An error with this code and text.
    #[must_use]
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    /// The answer to a request of a service that nobody here offers (protocol/2 section 4).
    #[must_use]
    pub fn not_offered(service: u32) -> Self {
        Self::new(ErrorCode::COMMUNICATION_FAILURE, format!("Service {service} is not offered"))
    }
}

/// A request that the server sends to a client.
///
/// To add one: write its file in `wire/services` with `impl Service` and `impl Inbound`, add it to the lists
/// `services!` and `inbound!` there, and name the function that takes it by one `on_request::<S>(…)` line in
/// `model/inbound.rs`. Decoding, the bounds, the time to decide and the answer when nobody decides follow from
/// [`Self::ANSWER`]; the function answers by `fx.reply::<S>(…)` or `fx.refuse::<S>(…)`. A line in
/// `tests/samples/service-effects.txt` says what answering does. The embedded server sends it by the same types.
pub trait Inbound: Service {
    /// What an answer does to the server. While a connection is read-only, a request whose answer is a change gets
    /// only the answer that the server would also hear when nobody decides.
    const ANSWER_EFFECT: Effect;
    /// How it is answered.
    const ANSWER: Answering<Self::Response>;
}

/// How a request of the server is answered.
#[derive(Debug)]
pub enum Answering<R> {
    /// At once and empty: the request only says something. Its response must be nothing.
    AtOnce,
    /// Once, by whoever takes it.
    Decided {
        /// Milliseconds that the decision may take.
        within_millis: u32,
        /// What the server hears when nobody decides in that time, when too many requests wait, and when the line was
        /// lost meanwhile.
        otherwise: Fallback<R>,
    },
}

/// An answer without a decision.
#[derive(Debug)]
pub enum Fallback<R> {
    /// This response.
    Respond(fn() -> R),
    /// A service error with this code and text.
    Refuse(ErrorCode, &'static str),
}

/// A service of [`Inbound`] for tables: what the session needs to decode, bound and answer its requests.
#[derive(Clone, Copy, Debug)]
pub struct InboundEntry {
    /// The protocol's number.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
    /// What an answer does to the server.
    pub answer_effect: Effect,
    /// Decodes the request.
    pub decoder: Decoder,
    /// Milliseconds that a decision may take; none for a request that is answered at once.
    pub decide_millis: Option<u32>,
    /// The answer without a decision, encoded for a protocol version.
    pub fallback: fn(u8) -> Result<Bytes, ServiceError>,
}

impl InboundEntry {
    /// The entry of a service.
    #[must_use]
    pub const fn of<S: Inbound>() -> Self {
        let decide_millis = match S::ANSWER {
            Answering::AtOnce => None,
            Answering::Decided { within_millis, .. } => Some(within_millis),
        };
        Self {
            id: S::ID,
            name: S::NAME,
            answer_effect: S::ANSWER_EFFECT,
            decoder: decoder_of::<S::Request>(),
            decide_millis,
            fallback: |version| match S::ANSWER {
                Answering::AtOnce => Ok(Bytes::new()),
                Answering::Decided { otherwise: Fallback::Respond(response), .. } => Ok(encode(&response(), version)),
                Answering::Decided { otherwise: Fallback::Refuse(code, text), .. } => {
                    Err(ServiceError::new(code, text))
                }
            },
        }
    }
}
