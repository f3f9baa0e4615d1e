//! Gives a session lock back that this session holds.

use crate::data::shown;
use crate::model::change::server_change::{Danger, Fact, Preview, ServerChange, Target};
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, PreparedCall, Snapshot, stored_form};
use crate::wire::Service as _;
use crate::wire::services::session_lock_acquire::LockScope;
use crate::wire::services::{SessionLockRelease, session_lock_release};
use serde::{Deserialize, Serialize};

/// Give a session lock back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockRelease {
    /// Name of the lock.
    #[serde(rename = "target")]
    pub name: String,
    /// Sequence of the grant.
    pub sequence: i64,
    /// The scope it was granted with.
    #[serde(with = "stored_form::lock_scope")]
    pub scope: LockScope,
}

impl ServerChange for LockRelease {
    const VERB: &'static str = "Release lock";
    const PERMISSION: &'static str = "ACQUIRE_LOCK";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "released";
    const SERVICES: &'static [u32] = &[SessionLockRelease::ID];

    fn target(&self) -> Target<'_> {
        Target::named("lock", &self.name)
    }

    fn infinitive(&self) -> String {
        format!("release the session lock “{}”", shown(&self.name))
    }

    fn done_text(&self, _outcome: &ChangeOutcome) -> String {
        format!("Released the session lock {}", shown(&self.name))
    }

    fn prepared(&self) -> PreparedCall {
        let (name, sequence, scope) = (self.name.clone(), self.sequence, self.scope);
        PreparedCall::new::<SessionLockRelease>(&session_lock_release::Request { name, sequence, scope }, |released| {
            if released { Ok(ChangeOutcome::Done) } else { Err(ChangeError::LockNotHeld) }
        })
    }

    /// None: somebody else may hold it by now.
    fn undo(&self, _before: &Snapshot, _outcome: &ChangeOutcome) -> Option<Change> {
        None
    }

    fn preview(&self, _before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        Preview::Facts(vec![Fact::value("Lock", &self.name), Fact::value("Sequence", self.sequence.to_string())])
    }

    fn after_text(&self, _before: &Snapshot, result: Option<&ChangeResult>) -> String {
        if matches!(result, Some(Ok(_))) { "released".into() } else { "—".to_owned() }
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let release = Self { name: "jobs/nightly".into(), sequence: 7, scope: LockScope::Connection };
        vec![(release, ChangeOutcome::Done)]
    }
}
