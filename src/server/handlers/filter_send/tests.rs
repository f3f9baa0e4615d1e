//! Requests by filter: the number first, then one answer for each session, whatever becomes of it.

use super::super::{Progress, begin, fixture, go_on};
use super::*;
use crate::data::{CloseReason, ErrorCode, TopicType};
use crate::server::handlers::SLICE;
use crate::server::handlers::fixture::VERSION;
use crate::wire::decode;
use crate::wire::services::{MessagingFilterSend, MessagingSend};
use bytes::Bytes;

fn encoded(filter: &str) -> Bytes {
    let value = TypedValue::new(TopicType::Int64, vec![7].into());
    encode(
        &messaging_filter_send::Request { responses: 77, filter: filter.to_owned(), path: "p".to_owned(), value },
        VERSION,
    )
}

/// Sends to a filter and works at it to its end; the most units that one slice took.
fn send_by(world: &mut World, key: u64, cid: i64, filter: &str) -> u64 {
    let mut spent = 0;
    let mut progress = begin(world, key, cid, MessagingFilterSend::ID, encoded(filter), &mut spent);
    let (mut most, mut conversation) = (spent, cid);
    while let Progress::Running = progress {
        let mut spent = 0;
        (conversation, progress) = go_on(world, key, &mut spent).expect("it runs");
        most = most.max(spent);
    }
    match progress {
        Progress::Done(Ok(Some(payload))) if conversation != 0 => {
            world.send(key, &Message::Response { cid, payload });
        }
        Progress::Done(Err(error)) => panic!("{error}"),
        Progress::Done(Ok(_)) | Progress::Running => {}
    }
    most
}

/// What a sender hears: the answer to the request, then of each session.
#[derive(Debug, PartialEq)]
enum Heard {
    Number(i64, Selected),
    Of(u64, Result<Vec<u8>, i32>),
}

fn heard(world: &World, key: u64) -> Vec<Heard> {
    let heard = |message| match message {
        Message::Response { cid, payload } => Some(Heard::Number(cid, decode(payload, VERSION).expect("a number"))),
        Message::Request { service: FilterResponse::ID, cid: 0, payload } => {
            let response: filter_response::Request = decode(payload, VERSION).expect("a response");
            assert_eq!(response.responses, 77);
            let outcome = match response.outcome {
                filter_response::Outcome::Answered(value) => Ok(value.content.to_vec()),
                filter_response::Outcome::Failed(error) => Err(error.code.0),
            };
            Some(Heard::Of(response.session.session, outcome))
        }
        _ => None,
    };
    fixture::taken(world, key).into_iter().filter_map(heard).collect()
}

fn asked(world: &World, key: u64) -> Vec<i64> {
    let asked = |message| match message {
        Message::Request { service: MessagingSend::ID, cid, .. } => Some(cid),
        _ => None,
    };
    fixture::taken(world, key).into_iter().filter_map(asked).collect()
}

#[test]
fn every_counted_session_is_heard_of_once() {
    let mut world = fixture::world();
    let sender = fixture::session(&mut world, "admin");
    let targets = [(); 4].map(|()| fixture::session(&mut world, "client"));
    fixture::session(&mut world, "control");
    send_by(&mut world, sender, 5, "$Principal is 'client'");
    assert_eq!(heard(&world, sender), [Heard::Number(5, Selected::Sessions(4))]);
    let value = TypedValue::new(TopicType::Int64, vec![8].into());
    let cids = targets.map(|key| asked(&world, key)[0]);
    world.client_answered(targets[2], cids[2], Ok(encode(&value, VERSION)));
    let refused = crate::server::client_calls::ClientCallError::Refused {
        code: ErrorCode::UNHANDLED_MESSAGE,
        description: "no stream".to_owned(),
    };
    world.client_answered(targets[0], cids[0], Err(refused.clone()));
    world.client_answered(targets[0], cids[0], Err(refused));
    world.end_session(targets[1], CloseReason::CLOSED_BY_CLIENT);
    world.clock.advance(super::super::messaging::ANSWER_WITHIN);
    world.tick();
    let expected = [
        (2, Ok(vec![8])),
        (0, Err(ErrorCode::UNHANDLED_MESSAGE.0)),
        (1, Err(ErrorCode::NO_SUCH_SESSION.0)),
        (3, Err(ErrorCode::REQUEST_TIME_OUT.0)),
    ];
    assert_eq!(heard(&world, sender), expected.map(|(at, outcome)| Heard::Of(targets[at], outcome)));
    assert!(world.client_calls.is_empty());
}

#[test]
fn a_filter_that_cannot_be_read_is_answered_with_its_place() {
    let mut world = fixture::world();
    let sender = fixture::session(&mut world, "admin");
    send_by(&mut world, sender, 5, "$Principal is\n  x");
    match &heard(&world, sender)[..] {
        [Heard::Number(5, Selected::BadFilter(reports))] => {
            assert_eq!((reports.len(), reports[0].line, reports[0].column), (1, 2, 3), "{reports:?}");
        }
        other => panic!("{other:?}"),
    }
    send_by(&mut world, sender, 6, "$Principal is 'nobody'");
    assert_eq!(heard(&world, sender), [Heard::Number(6, Selected::Sessions(0))]);
    send_by(&mut world, sender, 7, "all");
    assert_eq!(heard(&world, sender)[0], Heard::Number(7, Selected::Sessions(1)), "the sender is one of all");
}

#[test]
fn many_sessions_are_asked_in_slices_and_a_sender_that_goes_hears_nothing() {
    let mut world = fixture::world();
    let sender = fixture::session(&mut world, "admin");
    let targets: Vec<u64> = (0..2000).map(|_| fixture::session(&mut world, "")).collect();
    let most = send_by(&mut world, sender, 5, "$Principal is ''");
    assert!(most < SLICE + 10_000, "{most} units in one slice");
    assert_eq!(world.client_calls.counts().pending, targets.len());
    assert_eq!(heard(&world, sender), [Heard::Number(5, Selected::Sessions(2000))]);
    let cid = asked(&world, targets[7])[0];
    world.end_session(sender, CloseReason::CLOSED_BY_CLIENT);
    while world.do_chores() {}
    assert!(world.client_calls.is_empty());
    world.client_answered(targets[7], cid, Ok(Bytes::new()));
}

#[test]
fn a_sender_needs_the_permission_at_the_path() {
    let mut world = fixture::world();
    let sender = fixture::session(&mut world, "client");
    let Progress::Done(Err(error)) = begin(&mut world, sender, 1, MessagingFilterSend::ID, encoded("all"), &mut 0)
    else {
        panic!("refused")
    };
    assert_eq!(error.code, ErrorCode::ACCESS_DENIED);
}
