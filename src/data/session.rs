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
