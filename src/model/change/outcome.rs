//! What became of a change: what the server said of one that it has made, or why it was not made.

use super::Change;
use crate::client::api::CallError;
use crate::data::ErrorCode;
use crate::model::session_acts::report::Report;
use crate::wire::services::session_lock_acquire::LockScope;
use crate::wire::services::shared::AddOutcome;
use bytes::Bytes;

/// What became of a change.
pub type ChangeResult = Result<ChangeOutcome, ChangeError>;

/// What the server says of a change that it has made.
///
/// These are shapes of answers, not kinds of changes: most kinds have the same few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It is done; the answer says no more.
    Done,
    /// The topic was created, or an equal one was there.
    Added(AddOutcome),
    /// So many topics were removed.
    Removed(u32),
    /// The event is in the series.
    Appended {
        /// Its sequence.
        sequence: i64,
        /// Its time in milliseconds since 1970.
        timestamp_millis: i64,
        /// Its author; empty for an anonymous session.
        author: String,
    },
    /// The session lock is granted.
    LockGranted {
        /// Sequence of the grant; later grants of any lock have larger ones.
        sequence: i64,
        /// When it is released without being asked to.
        scope: LockScope,
    },
    /// The stream has come to its end.
    Streamed {
        /// Values that the server has set.
        set: u64,
        /// Updates that were due but left out.
        skipped: u64,
        /// The last value.
        last: Option<Bytes>,
    },
    /// An act on sessions is over.
    Sessions(Box<Report>),
}

/// Why a change was not done.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeError {
    /// The call failed.
    Call(CallError),
    /// An operation of the patch failed; nothing was changed.
    Operation {
        /// Counted from 0.
        index: u32,
    },
    /// The session did not hold the lock that it was to release.
    LockNotHeld,
    /// A stream failed after it had set something.
    Stream {
        /// Values that the server has set.
        set: u64,
        /// What ended it.
        error: CallError,
    },
    /// The server did not accept the principal with this password.
    NotAccepted,
    /// An act was done to no session.
    Sessions {
        /// What became of each.
        report: Box<Report>,
        /// The first failure.
        error: CallError,
    },
}

impl ChangeError {
    /// Whether the guard was not met: somebody else was faster.
    #[must_use]
    pub fn is_guard(&self) -> bool {
        matches!(self, Self::Call(CallError::Service { code, .. }) if *code == ErrorCode::UNSATISFIED_CONSTRAINT)
    }
}

impl Change {
    /// The outcome as one JSON object, for programs that read the output of a command.
    #[must_use]
    pub fn outcome_json(&self, outcome: &ChangeOutcome) -> serde_json::Value {
        let target = self.target();
        let mut row = serde_json::Map::new();
        row.insert(target.sort.to_owned(), target.text.into());
        row.insert("outcome".to_owned(), self.outcome_word(outcome).into());
        match outcome {
            ChangeOutcome::Done | ChangeOutcome::Added(_) => {}
            ChangeOutcome::Removed(count) => {
                row.insert("count".to_owned(), (*count).into());
            }
            ChangeOutcome::Appended { sequence, timestamp_millis, author } => {
                row.insert("sequence".to_owned(), (*sequence).into());
                row.insert("timestamp".to_owned(), (*timestamp_millis).into());
                row.insert("author".to_owned(), author.as_str().into());
            }
            ChangeOutcome::LockGranted { sequence, scope } => {
                row.insert("sequence".to_owned(), (*sequence).into());
                row.insert("scope".to_owned(), scope.name().into());
            }
            ChangeOutcome::Streamed { set, .. } => {
                row.insert("count".to_owned(), (*set).into());
            }
            ChangeOutcome::Sessions(report) => {
                let counts =
                    [("asked", report.asked), ("done", report.done), ("gone", report.gone), ("failed", report.refused)];
                row.extend(counts.map(|(name, count)| (name.to_owned(), count.into())));
            }
        }
        row.into()
    }
}
