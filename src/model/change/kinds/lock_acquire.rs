//! Asks for a session lock. The answer comes when the lock is granted, which may take any time.

use crate::data::shown;
use crate::model::change::server_change::{CommandWords, Danger, Fact, Preview, ServerChange, Target};
use crate::model::change::{Change, ChangeOutcome, ChangeResult, PreparedCall, Snapshot, stored_form};
use crate::wire::Service as _;
use crate::wire::services::SessionLockAcquire;
use crate::wire::services::session_lock_acquire::{self, LockScope};
use serde::{Deserialize, Serialize};

/// Ask for a session lock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockAcquire {
    /// Name of the lock.
    #[serde(rename = "target")]
    pub name: String,
    /// Number of the request in its session, by which it can be cancelled.
    #[serde(default)]
    pub request: i64,
    /// When it is released without being asked to.
    #[serde(with = "stored_form::lock_scope")]
    pub scope: LockScope,
}

impl ServerChange for LockAcquire {
    const VERB: &'static str = "Acquire lock";
    const PERMISSION: &'static str = "ACQUIRE_LOCK";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "acquired";
    const SERVICES: &'static [u32] = &[SessionLockAcquire::ID];

    fn target(&self) -> Target<'_> {
        Target::named("lock", &self.name)
    }

    fn infinitive(&self) -> String {
        format!("acquire the session lock “{}”", shown(&self.name))
    }

    fn done_text(&self, _outcome: &ChangeOutcome) -> String {
        format!("Acquired the session lock {}", shown(&self.name))
    }

    fn prepared(&self) -> PreparedCall {
        let (name, request, scope) = (self.name.clone(), self.request, self.scope);
        let message = session_lock_acquire::Request { name, request, scope };
        PreparedCall::new::<SessionLockAcquire>(&message, |granted| {
            Ok(ChangeOutcome::LockGranted { sequence: granted.sequence, scope: granted.scope })
        })
        .without_time_limit()
    }

    /// None: the panel of locks releases what it shows as held.
    fn undo(&self, _before: &Snapshot, _outcome: &ChangeOutcome) -> Option<Change> {
        None
    }

    fn preview(&self, _before: &Snapshot, result: Option<&ChangeResult>) -> Preview {
        let mut facts = vec![Fact::value("Lock", &self.name), Fact::words("Released", self.scope.words())];
        if let Some(Ok(ChangeOutcome::LockGranted { sequence, .. })) = result {
            facts.push(Fact::value("Sequence", sequence.to_string()));
        }
        Preview::Facts(facts)
    }

    fn after_text(&self, _before: &Snapshot, result: Option<&ChangeResult>) -> String {
        match result {
            Some(Ok(ChangeOutcome::LockGranted { sequence, .. })) => format!("sequence {sequence}"),
            _ => "—".to_owned(),
        }
    }

    fn command(&self) -> Option<CommandWords> {
        let scope = (self.scope == LockScope::Connection).then(|| "--scope=connection".to_owned());
        let mut options = vec!["--hold".to_owned()];
        options.extend(scope);
        Some(CommandWords { verb: "locks", options, arguments: vec![self.name.clone()] })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let sample = |scope| {
            let granted = ChangeOutcome::LockGranted { sequence: 7, scope };
            (Self { name: "jobs/nightly".into(), request: 3, scope }, granted)
        };
        vec![sample(LockScope::Session), sample(LockScope::Connection)]
    }
}
