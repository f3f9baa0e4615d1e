//! Questions of the server about missing topics: decided, overdue, too many, and over a lost line.

use super::*;
use crate::session::questions::{DECIDE_MILLIS, MAX_OPEN};
use crate::wire::services::missing_topic;

fn question(cid: i64) -> Bytes {
    let asked = missing_topic::Request {
        selector: ">mt/a".into(),
        session_properties: vec![("$SessionId".into(), "64c11fef06a3817d-0000000000000001".into())],
        server_names: vec!["server-1".into()],
        handler: 7,
    };
    Message::Request { service: MissingTopic::ID, cid, payload: encode(&asked, VERSION) }.encode()
}

fn said(cid: i64, proceed: bool) -> Bytes {
    Message::Response { cid, payload: Bytes::from(vec![u8::from(proceed)]) }.encode()
}

fn asked(cid: i64, at: i64) -> Machine {
    let mut machine = live();
    machine.handle_bytes(question(cid), ms(at));
    let until = at + i64::from(DECIDE_MILLIS);
    assert_eq!(told(&mut machine), [format!("missing {cid} >mt/a {until}")]);
    machine
}

#[test]
fn a_question_tells_everything_and_waits_for_the_decision() {
    let mut machine = live();
    machine.handle_bytes(question(3), ms(10));
    let [Event::MissingTopic(missing)] = &events(&mut machine)[..] else { panic!("no question") };
    let expected = Missing {
        question: 3,
        handler: 7,
        selector: ">mt/a".into(),
        properties: vec![("$SessionId".into(), "64c11fef06a3817d-0000000000000001".into())],
        servers: vec!["server-1".into()],
        at: ms(10),
        until: Some(ms(5010)),
    };
    assert_eq!(missing, &expected);
    assert_eq!(machine.poll_timeout(), Some(ms(5010)));
    assert!(sent(&mut machine).is_empty());
    machine.respond(3, false);
    machine.respond(3, true);
    assert_eq!(sent(&mut machine), [said(3, false)]);
    machine.handle_timeout(ms(6000));
    assert!(sent(&mut machine).is_empty() && told(&mut machine).is_empty());
}

#[test]
fn what_nobody_decides_goes_on() {
    let mut machine = asked(3, 0);
    machine.handle_bytes(question(3), ms(1));
    machine.handle_bytes(question(4), ms(2));
    assert_eq!(told(&mut machine), ["missing 4 >mt/a 5002"], "a question said twice is one");
    machine.handle_timeout(ms(4999));
    assert!(sent(&mut machine).is_empty());
    machine.handle_timeout(ms(5000));
    assert_eq!(sent(&mut machine), [said(3, true)]);
    assert_eq!(told(&mut machine), ["settled 3 TimeOver"]);
    machine.respond(3, false);
    machine.respond(4, true);
    assert_eq!(sent(&mut machine), [said(4, true)]);
}

#[test]
fn too_many_questions_are_answered_at_once() {
    let mut machine = live();
    for cid in 1..=MAX_OPEN as i64 {
        machine.handle_bytes(question(cid), ms(0));
    }
    assert!(sent(&mut machine).is_empty());
    let _ = told(&mut machine);
    machine.handle_bytes(question(999), ms(0));
    assert_eq!(sent(&mut machine), [said(999, true)]);
    assert_eq!(told(&mut machine), ["oddity", "missing 999 >mt/a -1"]);
    machine.respond(1, true);
    let _ = sent(&mut machine);
    machine.handle_bytes(question(1000), ms(0));
    assert!(sent(&mut machine).is_empty(), "there is room again");
}

#[test]
fn one_that_wants_no_answer_gets_none() {
    let mut machine = live();
    machine.handle_bytes(question(0), ms(0));
    assert_eq!(told(&mut machine), ["missing 0 >mt/a -1"]);
    machine.respond(0, false);
    machine.handle_timeout(ms(9000));
    assert!(sent(&mut machine).is_empty());
}

#[test]
fn one_that_cannot_be_read_is_refused() {
    let mut machine = live();
    let payload = Bytes::from_static(&[9]);
    machine.handle_bytes(Message::Request { service: MissingTopic::ID, cid: 3, payload }.encode(), ms(0));
    let [answer] = &sent(&mut machine)[..] else { panic!("one answer") };
    let answer = Message::decode(answer.clone(), 1000).expect("a message");
    assert!(matches!(answer, Message::Error { cid: 3, code: ErrorCode::INVALID_DATA, .. }));
}

#[test]
fn over_a_lost_line_the_answer_is_owed_until_the_session_goes_on() {
    let mut machine = asked(3, 0);
    machine.handle_line_lost(ms(1));
    assert_eq!(told(&mut machine)[0], "settled 3 LineLost");
    machine.respond(3, false);
    machine.handle_timeout(ms(6000));
    assert_eq!(machine.handle_open(response(Acceptance::Recovered { sequence: 1 }, b'b', 0), ms(7000)), Ok(()));
    assert_eq!(sent(&mut machine), [said(3, true)]);
    // A server that forgot what was said waits for nothing.
    let mut machine = asked(3, 0);
    machine.handle_line_lost(ms(1));
    assert_eq!(machine.handle_open(response(Acceptance::Lossy { max_message_size: 9 }, b'b', 0), ms(2)), Ok(()));
    assert!(sent(&mut machine).is_empty());
}

#[test]
fn the_end_of_the_session_ends_its_questions() {
    let mut machine = asked(3, 0);
    machine.close(ms(1));
    machine.respond(3, true);
    assert_eq!(sent(&mut machine), [Message::CloseRequest.encode()]);
    let mut machine = asked(3, 0);
    machine.handle_bytes(Message::Abort.encode(), ms(1));
    assert_eq!(told(&mut machine), ["settled 3 LineLost", "ended ClosedByServer"]);
    assert_eq!(machine.poll_timeout(), None);
}
