//! What a service is: a number, a name, its effect on the server and the types of its request and response.

use super::codec::Wire;
use std::fmt::Debug;

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
