//! Protocol versions offered one after the other, and what a session of an older one sends and understands.

use super::*;
use crate::session::event::Opened;
use crate::wire::protocol::OFFERED;
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{Fetch, SessionLockList, Subscribe, Unsubscribe, UnsubscribeAll, fetch, unsubscribe_all};

fn accepted(version: u8, acceptance: Acceptance) -> Bytes {
    let (session, token) = (SessionId { server: 0xc11f, session: 7 }, Token([b'a'; 24]));
    ConnectResponse::Accepted { version, acceptance, session, token, ping_period_millis: 0 }.encode()
}

fn rejected(version: u8, rejection: Rejection) -> Bytes {
    ConnectResponse::Rejected { version, rejection }.encode()
}

fn open_at(version: u8) -> Machine {
    let mut machine = Machine::new(config());
    machine.handle_open(accepted(version, Acceptance::New { max_message_size: i32::MAX }), ms(0)).expect("it is taken");
    events(&mut machine);
    machine
}

fn call_of<S: Service>(call: u64, request: &S::Request) -> Request {
    let (payload, decoder) = (encode(request, VERSION), crate::wire::service::decoder_of::<S::Response>());
    Request { call, service: S::ID, payload, decoder, timeout_secs: 0 }
}

#[test]
fn the_session_goes_on_at_the_version_of_the_answer() {
    for version in [18, 21, 24, 25, 28, 29] {
        let machine = open_at(version);
        assert_eq!((machine.version(), machine.state()), (version, &State::Live));
    }
}

#[test]
fn an_old_answer_may_end_before_the_size_of_messages() {
    let answer = |version| accepted(version, Acceptance::New { max_message_size: 7 }).slice(..51);
    let mut machine = Machine::new(config());
    assert_eq!(machine.handle_open(answer(24), ms(0)), Ok(()));
    assert!(matches!(
        events(&mut machine)[..],
        [Event::Opened(Opened { max_message_size: i32::MAX, version: 24, .. })]
    ));
    assert!(Machine::new(config()).handle_open(answer(25), ms(0)).is_err());
}

#[test]
fn refused_versions_are_followed_by_older_ones() {
    let mut machine = Machine::new(config());
    for (at, version) in OFFERED.into_iter().enumerate() {
        assert_eq!(machine.connect_request().version, version);
        let refused = machine.handle_open(rejected(version, Rejection::PROTOCOL_VERSION), ms(0));
        let is_last = at + 1 == OFFERED.len();
        let oldest = if is_last { 18 } else { version };
        let asked = if is_last { 29 } else { version };
        assert_eq!(refused, Err(Failure::Protocol { asked, oldest, answered: None }));
        assert_eq!(matches!(machine.state(), State::Ended(_)), is_last);
    }
}

#[test]
fn the_version_in_a_refusal_is_offered_next() {
    let mut machine = Machine::new(config());
    assert!(machine.handle_open(rejected(24, Rejection::PROTOCOL_ERROR), ms(0)).is_err());
    assert_eq!(machine.connect_request().version, 24);
    let denied = machine.handle_open(rejected(24, Rejection::AUTHENTICATION_FAILED), ms(0));
    assert_eq!(denied, Err(Failure::Rejected(Rejection::AUTHENTICATION_FAILED)), "that is its answer");
}

#[test]
fn a_closed_line_is_a_refusal_of_the_version_too() {
    let mut machine = Machine::new(SessionConfig { first_protocol: Some(21), ..config() });
    assert_eq!(machine.connect_request().version, 21);
    assert!(machine.offer_next() && machine.connect_request().version == 29);
    let mut only = Machine::new(SessionConfig { protocol: Some(25), ..config() });
    assert!(!only.offer_next() && only.connect_request().version == 25);
    let mut live = open_at(25);
    assert!(!live.offer_next());
}

#[test]
fn a_version_out_of_reach_ends_the_attempts() {
    let mut machine = Machine::new(config());
    for _ in 1..OFFERED.len() {
        assert!(machine.handle_open(accepted(15, Acceptance::New { max_message_size: 0 }), ms(0)).is_err());
        assert_eq!(machine.state(), &State::Opening);
    }
    let last = machine.handle_open(rejected(15, Rejection::PROTOCOL_VERSION), ms(0));
    assert_eq!(last, Err(Failure::Protocol { asked: 29, oldest: 18, answered: Some(15) }));
}

#[test]
fn a_recovered_session_keeps_its_version() {
    let mut machine = open_at(24);
    machine.handle_line_lost(ms(10));
    assert_eq!(machine.connect_request().version, 24);
    let other = machine.handle_open(accepted(25, Acceptance::Recovered { sequence: 1 }), ms(20));
    assert_eq!(other, Err(Failure::Protocol { asked: 24, oldest: 24, answered: Some(25) }));
    let mut machine = open_at(24);
    machine.handle_line_lost(ms(10));
    assert_eq!(machine.handle_open(accepted(24, Acceptance::Recovered { sequence: 1 }), ms(20)), Ok(()));
    assert_eq!(machine.version(), 24);
}

#[test]
fn calls_are_said_at_the_version_of_the_session() {
    let mut machine = open_at(25);
    machine.call(&call_of::<Fetch>(1, &fetch::Request::of("?a//")), ms(0));
    let [message] = &sent(&mut machine)[..] else { panic!("one message") };
    let Ok(Message::Request { payload, .. }) = Message::decode(message.clone(), 1 << 20) else { panic!("a request") };
    assert_eq!(payload, encode(&fetch::Request::of("?a//"), 25));
    assert!(payload.len() < encode(&fetch::Request::of("?a//"), 29).len());
}

#[test]
fn what_the_version_lacks_is_refused_and_not_sent() {
    let mut machine = open_at(25);
    machine.call(&call_of::<SessionLockList>(1, &()), ms(0));
    machine.call(&call_of::<Fetch>(2, &fetch::Request { with_sizes: true, ..fetch::Request::of("?a//") }), ms(0));
    assert!(sent(&mut machine).is_empty());
    let refusals: Vec<String> = events(&mut machine)
        .into_iter()
        .map(|event| match event {
            Event::Answer { result: Err(CallFailure::NotAtVersion(error)), .. } => error.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        refusals,
        [
            "session-lock-list: needs protocol 29, the server speaks 25",
            "sizes of fetched values: needs protocol 28, the server speaks 25"
        ]
    );
}

#[test]
fn scopes_are_kept_here_for_a_server_without() {
    let mut machine = open_at(25);
    let selection = |selector: &str, scope: &str| SelectionRequest { selector: selector.into(), scope: scope.into() };
    machine.call(&call_of::<Subscribe>(1, &selection(">a/b", "inspector")), ms(0));
    machine.call(&call_of::<Subscribe>(2, &selection("?a//", "table")), ms(0));
    sent(&mut machine);
    machine.call(&call_of::<Unsubscribe>(3, &selection("?.*//", "inspector")), ms(0));
    assert!(sent(&mut machine).is_empty(), "the table selects it too");
    assert!(matches!(events(&mut machine)[..], [Event::Answer { call: 3, result: Ok(_), .. }]));
    machine.call(&call_of::<Subscribe>(4, &selection(">a/b", "inspector")), ms(0));
    sent(&mut machine);
    machine.call(&call_of::<Unsubscribe>(5, &selection("?.*//", "table")), ms(0));
    let messages: Vec<_> = sent(&mut machine).into_iter().map(|bytes| Message::decode(bytes, 1 << 20)).collect();
    let [
        Ok(Message::Request { service: 4, cid, payload: first }),
        Ok(Message::Request { service: 3, payload: second, .. }),
    ] = &messages[..]
    else {
        panic!("{messages:?}")
    };
    assert_eq!((first[..].as_ref(), second[..].as_ref()), (&b"\x04?a//"[..], &b"\x04>a/b"[..]));
    machine.handle_bytes(Message::Response { cid: *cid, payload: Bytes::new() }.encode(), ms(1));
    assert!(matches!(events(&mut machine)[..], [Event::Answer { call: 5, result: Ok(_), .. }]));
    machine.call(&call_of::<UnsubscribeAll>(6, &unsubscribe_all::Request { selector: ">a/b".into() }), ms(1));
    assert_eq!(sent(&mut machine).len(), 1);
}
