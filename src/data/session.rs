//! Session identity and the reasons by which subscriptions and sessions end.

use std::fmt;
use std::str::FromStr;

/// Identifies a session: server part and session part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// The server's part.
    pub server: u64,
    /// The session's part.
    pub session: u64,
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}", self.server, self.session)
    }
}

/// Text that is not of the form `16 hex digits - 16 hex digits`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session ID is two groups of 16 hex digits joined by “-”")]
pub struct SessionIdError;

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (server, session) = text.split_once('-').ok_or(SessionIdError)?;
        let part = |text: &str| {
            if text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
                u64::from_str_radix(text, 16).map_err(|_| SessionIdError)
            } else {
                Err(SessionIdError)
            }
        };
        Ok(Self { server: part(server)?, session: part(session)? })
    }
}

/// Why a topic is no longer subscribed (service 42).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnsubscribeReason {
    /// The session asked for it.
    Requested,
    /// Another session or the server did it.
    Control,
    /// The topic was removed.
    Removed,
    /// `READ_TOPIC` was lost.
    Authorization,
    /// A reason this protocol version cannot express.
    Unknown,
    /// The session's queue was too long.
    BackPressure,
    /// Session tree branch mappings changed.
    BranchMappings,
}

impl UnsubscribeReason {
    /// Every reason in the order of its wire byte.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Control,
        Self::Removed,
        Self::Authorization,
        Self::Unknown,
        Self::BackPressure,
        Self::BranchMappings,
    ];

    /// The byte on the wire.
    #[must_use]
    pub fn id(self) -> u8 {
        Self::ALL.iter().position(|r| *r == self).map_or(4, |at| at as u8)
    }

    /// From the byte on the wire.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }

    /// The reason by its Diffusion name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Control => "CONTROL",
            Self::Removed => "REMOVAL",
            Self::Authorization => "AUTHORIZATION",
            Self::Unknown => "UNKNOWN_UNSUBSCRIBE_REASON",
            Self::BackPressure => "BACK_PRESSURE",
            Self::BranchMappings => "BRANCH_MAPPINGS",
        }
    }
}

/// Why a session has ended. Numbers that are not known are kept as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseReason(pub u8);

macro_rules! close_reasons {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        impl CloseReason {
            $(#[doc = $text] pub const $name: Self = Self($number);)*
            /// Every reason with a name.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its Diffusion name, if it has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some(stringify!($name)),)* _ => None }
            }

            /// What it means, if that is known.
            #[must_use]
            pub const fn meaning(self) -> Option<&'static str> {
                match self.0 { $($number => Some($text),)* _ => None }
            }
        }
    };
}

close_reasons! {
    CONNECTION_LOST = 0, "gone, and not back in time";
    IO_EXCEPTION = 1, "its connection failed";
    CLIENT_UNRESPONSIVE = 2, "no answer to a system ping";
    MESSAGE_QUEUE_LIMIT_REACHED = 3, "read too slowly, its queue was full";
    CLOSED_BY_CLIENT = 4, "closed by its client";
    MESSAGE_TOO_LARGE = 5, "sent a message that was too large";
    INTERNAL_ERROR = 6, "a fault inside the server";
    INVALID_INBOUND_MESSAGE = 7, "sent a message that could not be read";
    ABORTED = 8, "aborted by its client or the server";
    LOST_MESSAGES = 9, "could not come back, messages were lost";
    SERVER_CLOSING = 10, "the server was closing";
    CLOSED_BY_CONTROLLER = 11, "closed by another session";
    FAILED_OVER = 12, "another server of the cluster took it over";
    EXPIRED = 13, "its time was over and it did not authenticate again";
    REVOKED = 14, "its authentication was revoked";
    SESSION_TAKEN_OVER = 15, "another MQTT client took it over";
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "reason {}", self.0),
        }
    }
}
