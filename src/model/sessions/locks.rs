//! Session locks: who holds which on the server, and those that this session asks for, waits for and holds
//! (protocol/6 section 9).
//!
//! A lock is granted when it is free; until then the server holds the answer back, without a time limit. So a wait is
//! a row of its own, with its beginning, and ends by the grant, by a cancellation or with the session.

use crate::client::api::{CallError, CallId, LinkError};
use crate::data::syntax::SyntaxError;
use crate::data::{SessionId, Timestamp, TopicPath, shown};
use crate::model::Connected;
use crate::model::change::run::{self, FinishedChange};
use crate::model::change::{ChangeError, ChangeOutcome, LockAcquire, LockRelease, Snapshot};
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::notices::{NewNotice, Tone};
use crate::model::remote::Remote;
use crate::wire::Service as _;
use crate::wire::services::session_lock_acquire::LockScope;
use crate::wire::services::{SessionLockCancel, SessionLockList, session_lock_cancel};

/// Locks that this session may hold or wait for here; the embedded server has the same bound.
pub const MAX_OWN: usize = 1000;

/// A lock that some session holds, as the server last said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLock {
    /// Name of the lock.
    pub name: String,
    /// Session that holds it.
    pub session: SessionId,
    /// Server that the session is connected to.
    pub server: String,
    /// Sequence of the grant.
    pub sequence: i64,
}

/// Why a lock that this session held is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The connection was lost, and the lock was to be released then.
    Connection,
    /// The session was recovered with loss, or is another one now.
    SessionReset,
    /// The session has ended.
    SessionEnded,
    /// The server said at the release that this session did not hold it.
    NotHeld,
}

/// Where a lock that this session asked for stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnState {
    /// The server holds the answer back until the lock is free.
    Waiting,
    /// The wait is being cancelled.
    Cancelling,
    /// Granted.
    Held {
        /// Sequence of the grant.
        sequence: i64,
    },
    /// The release is under way.
    Releasing {
        /// Sequence of the grant.
        sequence: i64,
    },
    /// It was held and is not any more.
    Lost(Loss),
    /// It was not granted.
    Failed(CallError),
}

/// A lock that this session asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnLock {
    /// Number of the request, counted by this connection.
    pub request: i64,
    /// Name of the lock.
    pub name: String,
    /// When it is released without being asked to.
    pub scope: LockScope,
    /// Where it stands.
    pub state: OwnState,
    /// Since when it stands there.
    pub since: Timestamp,
    call: Option<CallId>,
}

impl OwnLock {
    /// Whether it is held, or waited for.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !matches!(self.state, OwnState::Lost(_) | OwnState::Failed(_))
    }

    fn enter(&mut self, state: OwnState, now: Timestamp) {
        self.state = state;
        self.since = now;
    }
}

/// Session locks of one connection.
#[derive(Debug, Default)]
pub struct Locks {
    /// Every held lock of the server, by name.
    pub list: Remote<Vec<HeldLock>>,
    /// The locks that this session asked for, in the order of asking.
    pub own: Vec<OwnLock>,
    /// Counts changes of `list` and `own`.
    pub revision: u64,
    next_request: i64,
}

/// Why a lock cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name is no path.
    #[error("{0}")]
    NotAPath(#[from] SyntaxError),
    /// This session holds it already, or waits for it.
    #[error("this session holds or waits for it already")]
    Own,
    /// This session has too many.
    #[error("this session holds or waits for {MAX_OWN} locks")]
    TooMany,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Ask the server who holds which lock.
    Refresh,
    /// Ask for a lock.
    Acquire {
        /// Its name, a path.
        name: String,
        /// When it is to be released without being asked to.
        scope: LockScope,
    },
    /// Stop waiting for a lock.
    Cancel(i64),
    /// Give a lock back.
    Release(i64),
    /// Remove the rows of these locks, which are lost or were not granted.
    Dismiss(Vec<i64>),
}

impl Locks {
    /// Why the server cannot list its locks, for people; none if it can.
    #[must_use]
    pub fn list_lacks(&self, at: &Connected) -> Option<String> {
        at.lacks(SessionLockList::ID)
    }

    /// The name of a lock that this session can ask for.
    ///
    /// # Errors
    /// It is no path, it is asked for already, or there are too many.
    pub fn check(&self, text: &str) -> Result<String, NameError> {
        let name = TopicPath::parse(text.trim())?.as_str().to_owned();
        if self.own.iter().any(|lock| lock.is_active() && lock.name == name) {
            return Err(NameError::Own);
        }
        if self.own.iter().filter(|lock| lock.is_active()).count() >= MAX_OWN {
            return Err(NameError::TooMany);
        }
        Ok(name)
    }

    /// A lock that this session asked for.
    #[must_use]
    pub fn own(&self, request: i64) -> Option<&OwnLock> {
        self.own.iter().find(|lock| lock.request == request)
    }

    fn enter(&mut self, request: i64, state: OwnState, now: Timestamp) {
        if let Some(lock) = self.own.iter_mut().find(|lock| lock.request == request) {
            lock.enter(state, now);
            self.revision += 1;
        }
    }

    fn remove(&mut self, request: i64) {
        self.own.retain(|lock| lock.request != request);
        self.revision += 1;
    }

    /// The locks that `of` selects among those held are lost.
    fn lose(&mut self, loss: &Loss, now: Timestamp, of: impl Fn(&OwnLock) -> bool) -> usize {
        let mut count = 0;
        for lock in &mut self.own {
            if matches!(lock.state, OwnState::Held { .. } | OwnState::Releasing { .. }) && of(lock) {
                lock.enter(OwnState::Lost(loss.clone()), now);
                count += 1;
            }
        }
        self.revision += u64::from(count > 0);
        count
    }

    fn refresh(&mut self, fx: &mut Effects) {
        if fx.offers::<SessionLockList>() {
            self.list.begin(fx.call::<SessionLockList>(&(), on_list), fx.now);
        }
    }

    /// Reads the list again if it was ever read: what is shown has changed.
    fn refresh_shown(&mut self, fx: &mut Effects) {
        if self.list.value.is_some() {
            self.refresh(fx);
        }
    }
}

impl Feature for Locks {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Refresh => at.locks.refresh(fx),
            Intent::Acquire { name, scope } => {
                if let Ok(name) = at.locks.check(&name) {
                    acquire(at, name, scope, fx);
                }
            }
            Intent::Cancel(request) => {
                let waits = |lock: &&OwnLock| lock.state == OwnState::Waiting;
                let Some(name) = at.locks.own(request).filter(waits).map(|lock| lock.name.clone()) else { return };
                at.locks.enter(request, OwnState::Cancelling, fx.now);
                let message = session_lock_cancel::Request { name, request };
                fx.call_for::<SessionLockCancel, _>(&message, request, on_cancelled);
            }
            Intent::Release(request) => release(at, request, fx),
            Intent::Dismiss(requests) => {
                at.locks.own.retain(|lock| lock.is_active() || !requests.contains(&lock.request));
                at.locks.revision += 1;
            }
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        let lost = if same_session {
            at.locks.lose(&Loss::Connection, fx.now, |lock| lock.scope == LockScope::Connection)
        } else {
            at.locks.lose(&Loss::SessionReset, fx.now, |_| true)
        };
        tell_lost(at, lost, fx);
        at.locks.refresh_shown(fx);
    }

    fn ended(at: &mut Connected, _cause: &LinkError, fx: &mut Effects) {
        let lost = at.locks.lose(&Loss::SessionEnded, fx.now, |_| true);
        for lock in &mut at.locks.own {
            if lock.is_active() {
                lock.enter(OwnState::Lost(Loss::SessionEnded), fx.now);
            }
        }
        at.locks.revision += 1;
        tell_lost(at, lost, fx);
    }

    /// The server releases locks of scope “connection” as soon as it loses the connection; so does what is shown.
    fn tick(at: &mut Connected, fx: &mut Effects) {
        if !at.is_live() && at.session.is_some() {
            let lost = at.locks.lose(&Loss::Connection, fx.now, |lock| lock.scope == LockScope::Connection);
            tell_lost(at, lost, fx);
        }
    }
}

fn tell_lost(at: &Connected, count: usize, fx: &mut Effects) {
    if count > 0 {
        let locks = crate::model::number::count_of(count as u64, "session lock is", "session locks are");
        fx.notice(NewNotice::new(Tone::Bad, format!("{}: {locks} lost", shown(&at.name))));
    }
}

fn acquire(at: &mut Connected, name: String, scope: LockScope, fx: &mut Effects) {
    let request = at.locks.next_request;
    at.locks.next_request += 1;
    // What became of an earlier request for the same lock is told by the new one.
    at.locks.own.retain(|lock| lock.is_active() || lock.name != name);
    let change = LockAcquire { name: name.clone(), request, scope };
    let call = run::run(at, change.into(), Snapshot::default(), None, fx, move |at, fx, finished| {
        on_acquired(at, fx, request, &finished);
    });
    let (state, since) = (OwnState::Waiting, fx.now);
    at.locks.own.push(OwnLock { request, name, scope, state, since, call: Some(call) });
    at.locks.revision += 1;
}

fn on_acquired(at: &mut Connected, fx: &mut Effects, request: i64, finished: &FinishedChange) {
    let Some(lock) = at.locks.own.iter_mut().find(|lock| lock.request == request) else { return };
    let cancelling = lock.state == OwnState::Cancelling;
    lock.call = None;
    match &finished.result {
        Ok(ChangeOutcome::LockGranted { sequence, scope }) => {
            lock.scope = *scope;
            at.locks.enter(request, OwnState::Held { sequence: *sequence }, fx.now);
            // The grant was faster than the cancellation, and stands until it is released.
            if cancelling {
                return release(at, request, fx);
            }
            crate::model::changes::announce(finished, fx);
            at.locks.refresh_shown(fx);
        }
        Err(ChangeError::Call(CallError::Cancelled)) if cancelling => at.locks.remove(request),
        Err(ChangeError::Call(error)) => {
            at.locks.enter(request, OwnState::Failed(error.clone()), fx.now);
            crate::model::changes::announce(finished, fx);
        }
        Ok(_) | Err(_) => at.locks.remove(request),
    }
}

fn on_cancelled(at: &mut Connected, fx: &mut Effects, request: i64, reply: Reply<SessionLockCancel>) {
    let Some(lock) = at.locks.own.iter_mut().find(|lock| lock.request == request) else { return };
    if lock.state != OwnState::Cancelling {
        return;
    }
    match (reply, lock.call) {
        // A grant would have come before this answer: the server gives none any more.
        (Ok(()), Some(call)) => fx.cancel(call),
        (Ok(()), None) => at.locks.remove(request),
        (Err(error), _) => {
            let text = format!("stop waiting for the session lock “{}”", shown(&lock.name));
            lock.enter(OwnState::Waiting, fx.now);
            at.locks.revision += 1;
            fx.notice(NewNotice { failed: Some(ChangeError::Call(error)), ..NewNotice::new(Tone::Bad, text) });
        }
    }
}

fn release(at: &mut Connected, request: i64, fx: &mut Effects) {
    let Some(lock) = at.locks.own(request) else { return };
    let OwnState::Held { sequence } = lock.state else { return };
    let change = LockRelease { name: lock.name.clone(), sequence, scope: lock.scope };
    at.locks.enter(request, OwnState::Releasing { sequence }, fx.now);
    run::run(at, change.into(), Snapshot::default(), None, fx, move |at, fx, finished| {
        on_released(at, fx, (request, sequence), &finished);
    });
}

fn on_released(at: &mut Connected, fx: &mut Effects, (request, sequence): (i64, i64), finished: &FinishedChange) {
    match &finished.result {
        Ok(_) => at.locks.remove(request),
        Err(ChangeError::LockNotHeld) => at.locks.enter(request, OwnState::Lost(Loss::NotHeld), fx.now),
        Err(_) => {
            let releasing = |lock: &&OwnLock| matches!(lock.state, OwnState::Releasing { .. });
            if at.locks.own(request).as_ref().is_some_and(releasing) {
                at.locks.enter(request, OwnState::Held { sequence }, fx.now);
            }
            crate::model::changes::announce(finished, fx);
        }
    }
    at.locks.refresh_shown(fx);
}

fn on_list(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionLockList>) {
    let held = |(name, lock): (String, crate::wire::services::session_lock_get::LockDetails)| HeldLock {
        name,
        session: lock.session,
        server: lock.server_name,
        sequence: lock.sequence,
    };
    if at.locks.list.finish(reply.map(|locks| locks.into_iter().map(held).collect()), fx) {
        at.locks.revision += 1;
    }
}

#[cfg(test)]
mod tests;
