//! Requests of the server that somebody decides: answered, refused, overdue, too many, and over a lost line.

// What `record!` declares is public.
#![allow(unreachable_pub)]

use super::*;
use crate::record;
use crate::session::event::AutoAnswered;
use crate::session::inbound::{MAX_OPEN, MAX_OPEN_BYTES};
use crate::session::unsent::MAX_BYTES;
use crate::wire::service::{Answering, Effect, Fallback, Inbound};
use crate::wire::services::shared::TopicEvent;
use crate::wire::services::{MissingTopic, NotificationEvent, missing_topic, notification_event};

#[test]
fn a_server_that_asks_and_does_not_read_is_not_listened_to() {
    let mut machine = live();
    let unknown = Message::Request { service: 250, cid: 1, payload: Bytes::new() }.encode();
    let mut asked = 0;
    while machine.may_receive() {
        machine.handle_bytes(unknown.clone(), ms(1));
        machine.poll_event();
        asked += 1;
        assert!(asked < 1 << 20, "the answers are bounded");
    }
    let unsent: usize = std::iter::from_fn(|| machine.poll_transmit()).map(|message| message.len()).sum();
    assert!((MAX_BYTES..MAX_BYTES + 1024).contains(&unsent), "{unsent}");
    assert!(machine.may_receive(), "they were read");
}

fn question(cid: i64) -> Bytes {
    let asked = missing_topic::Request {
        selector: ">mt/a".into(),
        session_properties: vec![("$SessionId".into(), "64c11fef06a3817d-0000000000000001".into())],
        server_names: vec!["server-1".into()],
        handler: 7,
    };
    Message::Request { service: MissingTopic::ID, cid, payload: encode(&asked, VERSION) }.encode()
}

fn answered(cid: i64, proceed: bool) -> Bytes {
    Message::Response { cid, payload: Bytes::from(vec![u8::from(proceed)]) }.encode()
}

fn decide(machine: &mut Machine, cid: i64, proceed: bool) {
    machine.reply(RequestId(cid), MissingTopic::ID, Ok(encode(&proceed, VERSION)));
}

fn asked(cid: i64, at: i64) -> Machine {
    let mut machine = live();
    machine.handle_bytes(question(cid), ms(at));
    let until = at + i64::from(missing_topic::DECIDE_MILLIS);
    assert_eq!(told(&mut machine), [format!("request {cid} missing-topic {until}")]);
    machine
}

#[test]
fn a_request_says_everything_and_waits_for_the_decision() {
    let mut machine = live();
    machine.handle_bytes(question(3), ms(10));
    let [Event::Session(SessionEvent::Request(request))] = &events(&mut machine)[..] else { panic!("no request") };
    assert_eq!((request.id, request.service, request.at), (RequestId(3), MissingTopic::ID, ms(10)));
    assert_eq!((request.until, request.size_bytes > 40), (Some(ms(5010)), true));
    let body = request.request.downcast_ref::<missing_topic::Request>().expect("its type");
    assert_eq!((body.selector.as_str(), body.handler), (">mt/a", 7));
    assert_eq!(machine.poll_timeout(), Some(ms(5010)));
    assert!(sent(&mut machine).is_empty());
    decide(&mut machine, 3, false);
    decide(&mut machine, 3, true);
    assert_eq!(sent(&mut machine), [answered(3, false)]);
    machine.handle_timeout(ms(6000));
    assert!(sent(&mut machine).is_empty() && told(&mut machine).is_empty());
}

#[test]
fn what_is_abandoned_is_never_answered_and_counted() {
    let mut machine = asked(3, 0);
    machine.abandon(RequestId(3), NotificationEvent::ID);
    assert_eq!(machine.abandoned(), 0, "it is of another service");
    machine.abandon(RequestId(3), MissingTopic::ID);
    machine.abandon(RequestId(3), MissingTopic::ID);
    decide(&mut machine, 3, true);
    machine.handle_timeout(ms(6000));
    assert!(sent(&mut machine).is_empty() && told(&mut machine).is_empty());
    assert_eq!(machine.abandoned(), 1);
    machine.handle_bytes(question(4), ms(6001));
    assert_eq!(told(&mut machine), ["request 4 missing-topic 11001"], "its place is free");
}

#[test]
fn an_answer_of_another_service_is_none() {
    let mut machine = asked(3, 0);
    machine.reply(RequestId(3), NotificationEvent::ID, Ok(Bytes::new()));
    assert!(sent(&mut machine).is_empty());
    decide(&mut machine, 3, true);
    assert_eq!(sent(&mut machine), [answered(3, true)]);
}

#[test]
fn what_nobody_decides_goes_on() {
    let mut machine = asked(3, 0);
    machine.handle_bytes(question(3), ms(1));
    machine.handle_bytes(question(4), ms(2));
    assert_eq!(told(&mut machine), ["request 4 missing-topic 5002"], "a request sent twice is one");
    machine.handle_timeout(ms(4999));
    assert!(sent(&mut machine).is_empty());
    machine.handle_timeout(ms(5000));
    assert_eq!(sent(&mut machine), [answered(3, true)]);
    assert_eq!(told(&mut machine), ["auto 3 missing-topic TimedOut"]);
    decide(&mut machine, 3, false);
    decide(&mut machine, 4, true);
    assert_eq!(sent(&mut machine), [answered(4, true)]);
}

#[test]
fn the_owner_may_give_another_time_for_all() {
    let mut machine = live_with(SessionConfig { decide_millis: Some(20), ..config() });
    machine.handle_bytes(question(3), ms(0));
    assert_eq!(told(&mut machine), ["request 3 missing-topic 20"]);
}

#[test]
fn too_many_requests_are_answered_at_once() {
    let mut machine = live();
    for cid in 1..=MAX_OPEN as i64 {
        machine.handle_bytes(question(cid), ms(0));
    }
    assert!(sent(&mut machine).is_empty());
    let _ = told(&mut machine);
    machine.handle_bytes(question(999), ms(0));
    assert_eq!(sent(&mut machine), [answered(999, true)]);
    assert_eq!(told(&mut machine), ["warning", "request 999 missing-topic -1"]);
    decide(&mut machine, 1, true);
    let _ = sent(&mut machine);
    machine.handle_bytes(question(1000), ms(0));
    assert!(sent(&mut machine).is_empty(), "there is room again");
}

#[test]
fn one_that_wants_no_answer_gets_none() {
    let mut machine = live();
    machine.handle_bytes(question(0), ms(0));
    assert_eq!(told(&mut machine), ["request 0 missing-topic -1"]);
    decide(&mut machine, 0, false);
    machine.handle_timeout(ms(9000));
    assert!(sent(&mut machine).is_empty());
}

#[test]
fn one_that_cannot_be_read_is_refused() {
    let mut machine = live();
    let payload = Bytes::from_static(&[9]);
    machine.handle_bytes(Message::Request { service: MissingTopic::ID, cid: 3, payload }.encode(), ms(0));
    assert_eq!(told(&mut machine), ["warning"]);
    let [answer] = &sent(&mut machine)[..] else { panic!("one answer") };
    let answer = Message::decode(answer.clone(), 1000).expect("a message");
    assert!(matches!(answer, Message::Error { cid: 3, code: ErrorCode::INVALID_DATA, .. }));
}

#[test]
fn over_a_lost_line_the_answer_is_owed_until_the_session_goes_on() {
    let mut machine = asked(3, 0);
    machine.handle_line_lost(ms(1));
    assert_eq!(told(&mut machine)[0], "auto 3 missing-topic LineLost");
    decide(&mut machine, 3, false);
    machine.handle_timeout(ms(6000));
    assert_eq!(machine.handle_open(response(Acceptance::Recovered { sequence: 1 }, b'b', 0), ms(7000)), Ok(()));
    assert_eq!(sent(&mut machine), [answered(3, true)]);
    // A server that forgot what was sent waits for nothing.
    let mut machine = asked(3, 0);
    machine.handle_line_lost(ms(1));
    assert_eq!(machine.handle_open(response(Acceptance::Lossy { max_message_size: 9 }, b'b', 0), ms(2)), Ok(()));
    assert!(sent(&mut machine).is_empty());
}

#[test]
fn the_end_of_the_session_ends_its_requests() {
    let mut machine = asked(3, 0);
    machine.close(ms(1));
    decide(&mut machine, 3, true);
    assert_eq!(sent(&mut machine), [Message::CloseRequest.encode()]);
    let mut machine = asked(3, 0);
    machine.handle_bytes(Message::Abort.encode(), ms(1));
    assert_eq!(told(&mut machine), ["auto 3 missing-topic LineLost", "ended ClosedByServer"]);
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn one_that_only_says_something_is_passed_on_and_answered_at_once() {
    for (cid, answers) in [(0, vec![]), (9, vec![Message::Response { cid: 9, payload: Bytes::new() }.encode()])] {
        let mut machine = live();
        let spec = TopicSpec::new(TopicType::Json);
        let event = notification_event::Request { listener: 44, path: "a/b".into(), event: TopicEvent::Removed, spec };
        let payload = encode(&event, VERSION);
        machine.handle_bytes(Message::Request { service: NotificationEvent::ID, cid, payload }.encode(), ms(0));
        let [Event::Session(SessionEvent::Request(request))] = &events(&mut machine)[..] else { panic!("no request") };
        assert_eq!(request.request.downcast_ref::<notification_event::Request>(), Some(&event));
        assert_eq!((request.until, sent(&mut machine)), (None, answers));
        assert_eq!(machine.poll_timeout(), None);
    }
}

record! {
    /// Something to weigh.
    pub struct Load {
        /// What it is.
        what: Bytes,
    }
}

record! {
    /// What it weighs.
    pub struct Weight {
        /// In kilograms.
        kilograms: i32,
    }
}

/// A service made up here: a typed answer, and an error when nobody answers.
struct Weigh;

impl Service for Weigh {
    const ID: u32 = 0x7001;
    const NAME: &'static str = "weigh";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Load;
    type Response = Weight;
}

impl Inbound for Weigh {
    const ANSWER_EFFECT: Effect = Effect::ChangesServer;
    const ANSWER: Answering<Weight> = Answering::Decided {
        within_millis: 100,
        otherwise: Fallback::Refuse(ErrorCode::REJECTED_REQUEST, "Nobody weighs it"),
    };
}

const WEIGH: InboundEntry = InboundEntry::of::<Weigh>();

fn weigh(machine: &mut Machine, cid: i64, bytes: usize) {
    let payload = encode(&Load { what: Bytes::from(vec![0; bytes]) }, VERSION);
    machine.pass_on(&WEIGH, RequestId(cid), payload, ms(0));
}

fn refused(cid: i64) -> Bytes {
    let (description, code) = ("Nobody weighs it".into(), ErrorCode::REJECTED_REQUEST);
    Message::Error { cid, description, code }.encode()
}

#[test]
fn a_typed_answer_and_a_typed_refusal_need_only_the_service() {
    let mut machine = live();
    for cid in 1..=4 {
        weigh(&mut machine, cid, 1);
    }
    let first = events(&mut machine).swap_remove(0);
    let Event::Session(SessionEvent::Request(InboundRequest { request, until, .. })) = first else {
        panic!("{first:?}")
    };
    assert_eq!((request.downcast_ref::<Load>().expect("its type").what.len(), until), (1, Some(ms(100))));
    machine.reply(RequestId(1), Weigh::ID, Ok(encode(&Weight { kilograms: 70 }, VERSION)));
    machine.reply(RequestId(2), Weigh::ID, Err(ServiceError::new(ErrorCode::ACCESS_DENIED, "Not here")));
    let payload = encode(&70_i32, VERSION);
    let denied = Message::Error { cid: 2, description: "Not here".into(), code: ErrorCode::ACCESS_DENIED };
    assert_eq!(sent(&mut machine), [Message::Response { cid: 1, payload }.encode(), denied.encode()]);
    machine.handle_timeout(ms(100));
    assert_eq!(sent(&mut machine), [refused(3), refused(4)]);
    let why = |event| match event {
        Event::Session(SessionEvent::AutoAnswered { id, service: Weigh::ID, why }) => (id.0, why),
        other => panic!("{other:?}"),
    };
    let auto: Vec<_> = events(&mut machine).into_iter().map(why).collect();
    assert_eq!(auto, [(3, AutoAnswered::TimedOut), (4, AutoAnswered::TimedOut)]);
}

#[test]
fn large_requests_are_bounded_by_their_bytes() {
    let mut machine = live();
    weigh(&mut machine, 1, MAX_OPEN_BYTES - 100);
    weigh(&mut machine, 2, 200);
    weigh(&mut machine, 3, 10);
    assert_eq!(sent(&mut machine), [refused(2)]);
    machine.reply(RequestId(1), Weigh::ID, Err(ServiceError::not_offered(Weigh::ID)));
    let _ = sent(&mut machine);
    weigh(&mut machine, 4, 200);
    assert!(sent(&mut machine).is_empty(), "there is room again");
}
