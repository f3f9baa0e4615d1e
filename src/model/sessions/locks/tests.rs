//! Locks asked for, granted, cancelled, released and lost, against answers made up here.

use super::*;
use crate::client::api::{Answer, AnyResponse, Call, Command, ConnectOptions, Event, LinkState, SessionFacts, Target};
use crate::model::connections::Environment;
use crate::model::effects::Effect;
use crate::model::{Model, safety};
use crate::wire::Service as _;
use crate::wire::services::session_lock_get::LockDetails;
use crate::wire::services::{SessionLockAcquire, SessionLockRelease, session_lock_acquire};
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_000_000_000);

/// The model with one connection, and the calls that it makes.
struct Desk {
    model: Model,
    link: crate::client::api::LinkId,
}

fn session(session: u64) -> SessionId {
    SessionId { server: 1, session }
}

fn live(number: u64) -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: session(number),
        principal: "admin".into(),
        version: 29,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    })))
}

impl Desk {
    fn new() -> Self {
        let mut model = Model { now: NOW, ..Model::default() };
        let link = model.open("x".into(), "x".into(), Environment::Test, ConnectOptions::to(Target::Embedded));
        let mut desk = Self { model, link };
        desk.apply(live(1));
        desk.calls();
        desk
    }

    fn apply(&mut self, event: Event) {
        self.model.apply(self.link, event, NOW);
    }

    fn handle(&mut self, intent: Intent) {
        self.model.handle(intent.into(), NOW);
    }

    fn acquire(&mut self, name: &str, scope: LockScope) {
        self.handle(Intent::Acquire { name: name.into(), scope });
    }

    fn calls(&mut self) -> Vec<Command> {
        let effects = self.model.take_effects().into_iter();
        effects.filter_map(|e| if let Effect::Send(_, command, _) = e { Some(command) } else { None }).collect()
    }

    fn call(&mut self, service: u32) -> Call {
        let calls =
            self.calls().into_iter().filter_map(|c| if let Command::Call(call) = c { Some(call) } else { None });
        calls.into_iter().find(|call| call.service == service).expect("a call")
    }

    fn answer<T: Send + 'static>(&mut self, call: &Call, result: Result<T, CallError>) {
        let result = result.map(|response| Box::new(response) as AnyResponse);
        self.apply(Event::Answer(Answer { id: call.id, result, micros: 1 }));
    }

    fn granted(&mut self, call: &Call, name: &str, sequence: i64, scope: LockScope) {
        self.answer(call, Ok(session_lock_acquire::Response { name: name.into(), sequence, scope }));
    }

    fn facts(&self) -> &Locks {
        &self.model.links[0].locks
    }

    fn states(&self) -> Vec<(&str, OwnState)> {
        self.facts().own.iter().map(|lock| (lock.name.as_str(), lock.state.clone())).collect()
    }
}

#[test]
fn a_wait_has_no_time_limit_and_ends_with_the_grant() {
    let mut desk = Desk::new();
    desk.acquire(" a/b ", LockScope::Session);
    let call = desk.call(SessionLockAcquire::ID);
    assert_eq!(call.timeout_secs, 0);
    assert_eq!(desk.states(), [("a/b", OwnState::Waiting)]);
    assert_eq!(desk.facts().check("a/b"), Err(NameError::Own));
    assert!(matches!(desk.facts().check("a//b"), Err(NameError::NotAPath(_))));
    // The weakest scope asked for is granted.
    desk.granted(&call, "a/b", 7, LockScope::Connection);
    assert_eq!(desk.states(), [("a/b", OwnState::Held { sequence: 7 })]);
    assert_eq!(desk.facts().own[0].scope, LockScope::Connection);
    let Some(entry) = desk.model.journal.entries.back() else { panic!("no entry") };
    let granted = ChangeOutcome::LockGranted { sequence: 7, scope: LockScope::Connection };
    assert_eq!(entry.result, Some(Ok(granted)));
}

#[test]
fn a_cancelled_wait_leaves_nothing_and_a_faster_grant_is_given_back() {
    let mut desk = Desk::new();
    desk.acquire("a", LockScope::Session);
    let call = desk.call(SessionLockAcquire::ID);
    desk.handle(Intent::Cancel(0));
    let cancel = desk.call(SessionLockCancel::ID);
    assert_eq!(desk.states(), [("a", OwnState::Cancelling)]);
    desk.answer(&cancel, Ok(()));
    assert!(desk.calls().iter().any(|c| matches!(c, Command::Cancel(id) if *id == call.id)));
    desk.answer::<()>(&call, Err(CallError::Cancelled));
    assert_eq!(desk.states(), []);

    desk.acquire("b", LockScope::Session);
    let call = desk.call(SessionLockAcquire::ID);
    desk.handle(Intent::Cancel(1));
    let cancel = desk.call(SessionLockCancel::ID);
    desk.granted(&call, "b", 9, LockScope::Session);
    let release = desk.call(SessionLockRelease::ID);
    assert_eq!(desk.states(), [("b", OwnState::Releasing { sequence: 9 })]);
    desk.answer(&cancel, Ok(()));
    desk.answer(&release, Ok(true));
    assert_eq!(desk.states(), []);
}

#[test]
fn what_is_not_granted_or_not_held_says_so_until_it_is_dismissed() {
    let mut desk = Desk::new();
    desk.acquire("a", LockScope::Session);
    let call = desk.call(SessionLockAcquire::ID);
    desk.answer::<()>(&call, Err(CallError::NotConnected));
    assert_eq!(desk.states(), [("a", OwnState::Failed(CallError::NotConnected))]);
    desk.acquire("b", LockScope::Session);
    let call = desk.call(SessionLockAcquire::ID);
    desk.granted(&call, "b", 3, LockScope::Session);
    desk.handle(Intent::Release(1));
    let release = desk.call(SessionLockRelease::ID);
    desk.answer(&release, Ok(false));
    assert_eq!(desk.states()[1], ("b", OwnState::Lost(Loss::NotHeld)));
    desk.handle(Intent::Dismiss(vec![0, 1]));
    assert_eq!(desk.states(), []);
}

#[test]
fn a_lost_connection_takes_what_was_to_be_released_then_and_a_new_session_takes_all() {
    let mut desk = Desk::new();
    for (at, (name, scope)) in [("line", LockScope::Connection), ("session", LockScope::Session)].iter().enumerate() {
        desk.acquire(name, *scope);
        let call = desk.call(SessionLockAcquire::ID);
        desk.granted(&call, name, at as i64, *scope);
    }
    let lost = LinkState::Recovering { attempt: 1, give_up_at: NOW, cause: Box::new(LinkError::Idle) };
    desk.apply(Event::Link(lost));
    desk.model.tick(NOW);
    assert_eq!(
        desk.states(),
        [("line", OwnState::Lost(Loss::Connection)), ("session", OwnState::Held { sequence: 1 })]
    );
    desk.apply(live(1));
    assert_eq!(desk.states()[1].1, OwnState::Held { sequence: 1 });
    desk.apply(live(2));
    assert_eq!(desk.states()[1].1, OwnState::Lost(Loss::SessionReset));
}

#[test]
fn the_list_is_read_when_asked_and_again_after_a_grant() {
    let mut desk = Desk::new();
    desk.handle(Intent::Refresh);
    let list = desk.call(SessionLockList::ID);
    let details = LockDetails { server_name: "s".into(), session: session(5), sequence: 2 };
    desk.answer(&list, Ok(vec![("x".to_owned(), details)]));
    let held = HeldLock { name: "x".into(), session: session(5), server: "s".into(), sequence: 2 };
    assert_eq!(desk.facts().list.ready(), Some(&vec![held]));
    desk.acquire("a", LockScope::Session);
    let call = desk.call(SessionLockAcquire::ID);
    desk.granted(&call, "a", 3, LockScope::Session);
    assert_eq!(desk.call(SessionLockList::ID).service, SessionLockList::ID);
}

#[test]
fn nothing_is_asked_for_while_the_connection_is_read_only() {
    let mut desk = Desk::new();
    desk.model.handle(safety::Intent::SetMode(safety::Mode::ReadOnly).into(), NOW);
    desk.calls();
    desk.acquire("a", LockScope::Session);
    assert!(!desk.calls().iter().any(|c| matches!(c, Command::Call(call) if call.service == SessionLockAcquire::ID)));
    assert_eq!(desk.states(), [("a", OwnState::Failed(CallError::ReadOnly))]);
}
