//! What one session may have at one time. A request for more is refused with 9003 and changes nothing; nobody else is
//! concerned. (Session locks are counted in `locks`, questions to others in `client_calls`.)

use super::error::ServiceError;
use crate::data::ErrorCode;

/// Bytes that the server keeps of a session's requests: selectors, scopes, paths and names.
pub(super) const MAX_KEPT_BYTES: usize = 16 << 20;
/// What the selections of one session may cost for each topic that is created, in units of an account: a quarter of a
/// millisecond. Room for a thousand paths or branches, or for a hundred patterns.
pub(super) const MAX_SELECTION_WEIGHT: u64 = 25_000;
/// What a session costs that has asked for nothing.
pub(super) const SESSION_BYTES: usize = 4096;
/// What an entry of a table costs besides its text.
pub(super) const ENTRY_BYTES: usize = 64;
/// What a subscription costs, in the tables of the session, of the topic and of the queue.
pub(super) const SUBSCRIPTION_BYTES: usize = 96;

/// Things that a session can have a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quota {
    /// Selects and deselects of all scopes and listeners: each is tried for every topic that comes.
    Selections,
    /// Registered handlers.
    Handlers,
    /// Listeners of sessions: each is tried for everything that becomes of a session.
    SessionListeners,
    /// Valid update streams.
    UpdateStreams,
    /// Requests whose answer comes later, other than requests for locks.
    PendingQueries,
}

impl Quota {
    /// How many a session may have.
    pub(super) const fn limit(self) -> usize {
        match self {
            Self::Selections | Self::Handlers => 1000,
            Self::UpdateStreams => 100_000,
            Self::SessionListeners | Self::PendingQueries => 100,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Selections => "selections",
            Self::Handlers => "handlers",
            Self::SessionListeners => "listeners of sessions",
            Self::UpdateStreams => "update streams",
            Self::PendingQueries => "requests that wait",
        }
    }

    /// Refuses more where a session has `has` of them.
    ///
    /// # Errors
    /// 9003.
    pub(super) fn require_room(self, has: usize, more: usize) -> Result<(), ServiceError> {
        let limit = self.limit();
        if has + more <= limit {
            return Ok(());
        }
        let text = format!("A session may have {limit} {}, and this one does", self.name());
        Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, text))
    }
}

/// Refuses bytes where a session has `has` of them.
///
/// # Errors
/// 9003.
pub(super) fn require_bytes(has: usize, more: usize) -> Result<(), ServiceError> {
    if has + more <= MAX_KEPT_BYTES {
        return Ok(());
    }
    let mib = MAX_KEPT_BYTES >> 20;
    let text = format!("The server keeps {mib} MiB of a session's selectors and names at most, and this would be more");
    Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, text))
}
