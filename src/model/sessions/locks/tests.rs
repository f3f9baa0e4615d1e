//! Locks asked for, granted, cancelled, released and lost, against answers made up here.

use super::*;
use crate::client::api::{Call, Command, Event, LinkState};
use crate::model::fixture::{ClientModel, NOW, live};
use crate::model::safety;
use crate::wire::services::session_lock_get::LockDetails;
use crate::wire::services::{SessionLockAcquire, SessionLockRelease, session_lock_acquire};

fn session(session: u64) -> SessionId {
    SessionId { server: 1, session }
}

impl ClientModel {
    fn acquire(&mut self, name: &str, scope: LockScope) {
        self.handle(Intent::Acquire { name: name.into(), scope });
    }

    fn granted(&mut self, call: &Call, name: &str, sequence: i64, scope: LockScope) {
        self.answer(call, Ok(session_lock_acquire::Response { name: name.into(), sequence, scope }));
    }

    fn locks(&self) -> &Locks {
        &self.model.links[0].locks
    }

    fn lock_states(&self) -> Vec<(&str, OwnState)> {
        self.locks().own.iter().map(|lock| (lock.name.as_str(), lock.state.clone())).collect()
    }
}

#[test]
fn a_wait_has_no_time_limit_and_ends_with_the_grant() {
    let mut client = ClientModel::new();
    client.acquire(" a/b ", LockScope::Session);
    let call = client.call_of(SessionLockAcquire::ID);
    assert_eq!(call.timeout_secs, 0);
    assert_eq!(client.lock_states(), [("a/b", OwnState::Waiting)]);
    assert_eq!(client.locks().check("a/b"), Err(NameError::Own));
    assert!(matches!(client.locks().check("a//b"), Err(NameError::NotAPath(_))));
    // The weakest scope asked for is granted.
    client.granted(&call, "a/b", 7, LockScope::Connection);
    assert_eq!(client.lock_states(), [("a/b", OwnState::Held { sequence: 7 })]);
    assert_eq!(client.locks().own[0].scope, LockScope::Connection);
    let Some(entry) = client.model.journal.entries.back() else { panic!("no entry") };
    let granted = ChangeOutcome::LockGranted { sequence: 7, scope: LockScope::Connection };
    assert_eq!(entry.result, Some(Ok(granted)));
}

#[test]
fn a_cancelled_wait_leaves_nothing_and_a_faster_grant_is_given_back() {
    let mut client = ClientModel::new();
    client.acquire("a", LockScope::Session);
    let call = client.call_of(SessionLockAcquire::ID);
    client.handle(Intent::Cancel(0));
    let cancel = client.call_of(SessionLockCancel::ID);
    assert_eq!(client.lock_states(), [("a", OwnState::Cancelling)]);
    client.answer(&cancel, Ok(()));
    assert!(client.sent().iter().any(|c| matches!(c, Command::Cancel(id) if *id == call.id)));
    client.answer::<()>(&call, Err(CallError::Cancelled));
    assert_eq!(client.lock_states(), []);

    client.acquire("b", LockScope::Session);
    let call = client.call_of(SessionLockAcquire::ID);
    client.handle(Intent::Cancel(1));
    let cancel = client.call_of(SessionLockCancel::ID);
    client.granted(&call, "b", 9, LockScope::Session);
    let release = client.call_of(SessionLockRelease::ID);
    assert_eq!(client.lock_states(), [("b", OwnState::Releasing { sequence: 9 })]);
    client.answer(&cancel, Ok(()));
    client.answer(&release, Ok(true));
    assert_eq!(client.lock_states(), []);
}

#[test]
fn what_is_not_granted_or_not_held_says_so_until_it_is_dismissed() {
    let mut client = ClientModel::new();
    client.acquire("a", LockScope::Session);
    let call = client.call_of(SessionLockAcquire::ID);
    client.answer::<()>(&call, Err(CallError::NotConnected));
    assert_eq!(client.lock_states(), [("a", OwnState::Failed(CallError::NotConnected))]);
    client.acquire("b", LockScope::Session);
    let call = client.call_of(SessionLockAcquire::ID);
    client.granted(&call, "b", 3, LockScope::Session);
    client.handle(Intent::Release(1));
    let release = client.call_of(SessionLockRelease::ID);
    client.answer(&release, Ok(false));
    assert_eq!(client.lock_states()[1], ("b", OwnState::Lost(Loss::NotHeld)));
    client.handle(Intent::Dismiss(vec![0, 1]));
    assert_eq!(client.lock_states(), []);
}

#[test]
fn a_lost_connection_takes_what_was_to_be_released_then_and_a_new_session_takes_all() {
    let mut client = ClientModel::new();
    for (at, (name, scope)) in [("line", LockScope::Connection), ("session", LockScope::Session)].iter().enumerate() {
        client.acquire(name, *scope);
        let call = client.call_of(SessionLockAcquire::ID);
        client.granted(&call, name, at as i64, *scope);
    }
    let lost = LinkState::Recovering { attempt: 1, give_up_at: NOW, cause: Box::new(LinkError::Idle) };
    client.apply(Event::Link(lost));
    client.model.tick(NOW);
    assert_eq!(
        client.lock_states(),
        [("line", OwnState::Lost(Loss::Connection)), ("session", OwnState::Held { sequence: 1 })]
    );
    client.apply(live(1));
    assert_eq!(client.lock_states()[1].1, OwnState::Held { sequence: 1 });
    client.apply(live(2));
    assert_eq!(client.lock_states()[1].1, OwnState::Lost(Loss::SessionReset));
}

#[test]
fn the_list_is_read_when_asked_and_again_after_a_grant() {
    let mut client = ClientModel::new();
    client.handle(Intent::Refresh);
    let list = client.call_of(SessionLockList::ID);
    let details = LockDetails { server_name: "s".into(), session: session(5), sequence: 2 };
    client.answer(&list, Ok(vec![("x".to_owned(), details)]));
    let held = HeldLock { name: "x".into(), session: session(5), server: "s".into(), sequence: 2 };
    assert_eq!(client.locks().list.ready(), Some(&vec![held]));
    client.acquire("a", LockScope::Session);
    let call = client.call_of(SessionLockAcquire::ID);
    client.granted(&call, "a", 3, LockScope::Session);
    assert_eq!(client.call_of(SessionLockList::ID).service, SessionLockList::ID);
}

#[test]
fn nothing_is_asked_for_while_the_connection_is_read_only() {
    let mut client = ClientModel::new();
    client.model.handle(safety::Intent::SetMode(safety::Mode::ReadOnly).into(), NOW);
    client.calls();
    client.acquire("a", LockScope::Session);
    assert!(client.calls_of(SessionLockAcquire::ID).is_empty());
    assert_eq!(client.lock_states(), [("a", OwnState::Failed(CallError::ReadOnly))]);
}
