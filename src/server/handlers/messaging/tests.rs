//! Requests to a path and to a session: who is asked, what comes back, and what is forgotten.

use super::super::{dispatch, fixture};
use super::*;
use crate::data::{CloseReason, TopicType};
use crate::server::ServerConfig;
use crate::server::client_calls::ProcessAnswer;
use crate::server::handlers::fixture::VERSION;
use crate::server::peer::Outcome;
use crate::server::session::Origin;
use crate::wire::decode;
use crate::wire::handshake::{ConnectRequest, Credentials, Resume};
use crate::wire::services::{
    MessagingReceiverControlDeregistration, MessagingReceiverControlRegistration, MessagingReceiverServer,
};
use std::sync::Arc;

fn value(text: &str) -> TypedValue {
    TypedValue::new(TopicType::Json, text.to_owned().into())
}

fn register_for(world: &mut World, key: u64, path: &str, handler: i64, keys: &[&str]) -> Result<(), i32> {
    let request = messaging_receiver_control_registration::Request {
        service: MessagingReceiverClient::ID as i32,
        control_group: "default".to_owned(),
        path: path.to_owned(),
        property_keys: keys.iter().map(|&key| key.to_owned()).collect(),
        handler,
    };
    fixture::answer::<MessagingReceiverControlRegistration>(world, key, &request).map_err(|error| error.code.0)
}

fn deregister_at(world: &mut World, key: u64, path: &str) {
    let request = messaging_receiver_control_deregistration::Request {
        service: MessagingReceiverClient::ID as i32,
        control_group: String::new(),
        path: path.to_owned(),
        property_keys: Vec::new(),
    };
    fixture::answer::<MessagingReceiverControlDeregistration>(world, key, &request).expect("ended");
}

/// Sends a request; the error if there is one at once.
fn send_at(world: &mut World, key: u64, cid: i64, path: &str, of: &TypedValue) -> Result<(), i32> {
    let request = messaging_send::Request { path: path.to_owned(), value: of.clone() };
    let answer = dispatch(world, key, cid, MessagingSend::ID, encode(&request, VERSION));
    answer.map(|at_once| assert_eq!(at_once, None)).map_err(|error| error.code.0)
}

fn send_to(world: &mut World, key: u64, cid: i64, target: u64, path: &str) -> Result<(), i32> {
    let session = SessionId { server: world.server_id, session: target };
    let request = messaging_receiver_server::Request { session, path: path.to_owned(), value: value("1") };
    let answer = dispatch(world, key, cid, MessagingReceiverServer::ID, encode(&request, VERSION));
    answer.map(|at_once| assert_eq!(at_once, None)).map_err(|error| error.code.0)
}

/// What a handler is asked, with the conversations.
fn asked(world: &World, key: u64) -> Vec<(i64, messaging_receiver_client::Request)> {
    let request = |message| match message {
        Message::Request { service: MessagingReceiverClient::ID, cid, payload } => {
            Some((cid, decode(payload, VERSION).expect("a request")))
        }
        _ => None,
    };
    fixture::taken(world, key).into_iter().filter_map(request).collect()
}

/// Conversations and values of what was answered, or codes.
fn answered(world: &World, key: u64) -> Vec<(i64, Result<TypedValue, i32>)> {
    let answer = |message| match message {
        Message::Response { cid, payload } => Some((cid, Ok(decode(payload, VERSION).expect("a value")))),
        Message::Error { cid, code, .. } => Some((cid, Err(code.0))),
        _ => None,
    };
    fixture::taken(world, key).into_iter().filter_map(answer).collect()
}

fn respond(world: &mut World, key: u64, cid: i64, of: &TypedValue) {
    world.client_answered(key, cid, Ok(encode(of, VERSION)));
}

#[test]
fn the_handler_hears_who_asks_and_its_answer_passes_unchanged() {
    let mut world = fixture::world();
    let (handler, sender) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    assert_eq!(register_for(&mut world, handler, "a", 7, &["$Principal", "$Roles", "nothing"]), Ok(()));
    let odd = TypedValue { data_type: "no Such type".to_owned(), content: vec![0xff, 0, 1].into() };
    assert_eq!(send_at(&mut world, sender, 5, "a/b", &odd), Ok(()));
    let [(cid, request)] = &asked(&world, handler)[..] else { panic!("asked once") };
    assert_eq!((request.handler, request.path.as_str(), &request.value), (7, "a/b", &odd));
    assert_eq!(request.sender, world.sessions[&sender].id);
    let told: Vec<_> = request.properties.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(told, [("$Principal", "client"), ("$Roles", "\"CLIENT\"")]);
    let reply = TypedValue { data_type: "OTHER".to_owned(), content: vec![9; 3].into() };
    respond(&mut world, handler, *cid, &reply);
    respond(&mut world, handler, *cid, &value("again"));
    assert_eq!(answered(&world, sender), [(5, Ok(reply))]);
    assert!(world.client_calls.is_empty());
}

#[test]
fn refusals_pass_unchanged_and_a_second_answer_is_ignored() {
    let mut world = fixture::world();
    let (handler, sender) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    register_for(&mut world, handler, "a", 7, &[]).expect("registered");
    send_at(&mut world, sender, 5, "a", &value("1")).expect("sent");
    let cid = asked(&world, handler)[0].0;
    for code in [ErrorCode::INCOMPATIBLE_DATATYPE, ErrorCode::CALLBACK_EXCEPTION] {
        world.client_answered(handler, cid, Err(ClientCallError::Refused { code, description: "no".to_owned() }));
    }
    assert_eq!(answered(&world, sender), [(5, Err(ErrorCode::INCOMPATIBLE_DATATYPE.0))]);
}

#[test]
fn registrations_and_requests_that_are_refused() {
    let mut world = fixture::world();
    let (admin, client) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    let denied = Err(ErrorCode::ACCESS_DENIED.0);
    assert_eq!(register_for(&mut world, client, "a", 1, &[]), denied);
    assert_eq!(register_for(&mut world, admin, "a", 1, &["*F"]), Ok(()));
    assert_eq!(register_for(&mut world, admin, "/a/", 2, &[]), Err(ErrorCode::HANDLER_CONFLICT.0));
    assert_eq!(register_for(&mut world, admin, "a//b", 2, &[]), Err(ErrorCode::INVALID_PATH.0));
    deregister_at(&mut world, admin, "a");
    deregister_at(&mut world, admin, "a");
    assert_eq!(send_at(&mut world, client, 1, "a", &value("1")), Err(ErrorCode::UNHANDLED_MESSAGE.0));
    assert_eq!(send_at(&mut world, client, 1, "Diffusion/x", &value("1")), denied);
    assert_eq!(send_to(&mut world, client, 1, admin, "a"), denied);
    assert_eq!(send_to(&mut world, admin, 1, 99, "a"), Err(ErrorCode::NO_SUCH_SESSION.0));
    // Who may not see sessions does not hear their properties.
    let principal = world.security.principals["control"].clone();
    let roles = vec!["AUTHENTICATION_HANDLER".to_owned()];
    let blind = crate::server::Principal { roles, ..principal };
    world.security.principals.insert("blind".to_owned(), blind);
    let blind = fixture::session(&mut world, "blind");
    assert_eq!(register_for(&mut world, blind, "a", 1, &["tier"]), denied);
    assert_eq!(register_for(&mut world, blind, "a", 1, &[]), Ok(()));
}

#[test]
fn a_request_to_a_session_comes_at_the_path_as_it_was_sent() {
    let mut world = fixture::world();
    let (target, sender) = (fixture::session(&mut world, "client"), fixture::session(&mut world, "admin"));
    for (cid, path) in [(1, "/a"), (2, "b"), (3, "b")] {
        assert_eq!(send_to(&mut world, sender, cid, target, path), Ok(()), "the same may be asked twice");
    }
    let delivered = fixture::taken(&world, target).into_iter().map(|message| match message {
        Message::Request { service: MessagingSend::ID, cid, payload } => {
            (cid, decode::<messaging_send::Request>(payload, VERSION).expect("a request").path)
        }
        other => panic!("{other:?}"),
    });
    let delivered: Vec<_> = delivered.collect();
    assert_eq!(delivered.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>(), ["/a", "b", "b"]);
    respond(&mut world, target, delivered[2].0, &value("3"));
    respond(&mut world, target, delivered[0].0, &value("1"));
    assert_eq!(answered(&world, sender), [(3, Ok(value("3"))), (1, Ok(value("1")))]);
    world.end_session(target, CloseReason::CLOSED_BY_CLIENT);
    assert_eq!(answered(&world, sender), [(2, Err(ErrorCode::NO_SUCH_SESSION.0))]);
}

#[test]
fn what_nobody_answers_ends_in_time_or_with_the_handler() {
    let mut world = fixture::world();
    let (handler, sender) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    register_for(&mut world, handler, "a", 1, &[]).expect("registered");
    send_at(&mut world, sender, 1, "a", &value("1")).expect("sent");
    world.clock.advance(Duration::from_millis(29_999));
    world.tick();
    assert_eq!(answered(&world, sender), []);
    world.clock.advance(Duration::from_millis(1));
    world.tick();
    assert_eq!(answered(&world, sender), [(1, Err(ErrorCode::REQUEST_TIME_OUT.0))]);
    send_at(&mut world, sender, 2, "a", &value("1")).expect("sent");
    world.end_session(handler, CloseReason::CLOSED_BY_CLIENT);
    assert_eq!(answered(&world, sender), [(2, Err(ErrorCode::UNHANDLED_MESSAGE.0))]);
    assert_eq!(send_at(&mut world, sender, 3, "a", &value("1")), Err(ErrorCode::UNHANDLED_MESSAGE.0));
    // And nobody is told of an answer who has gone.
    let handler = fixture::session(&mut world, "admin");
    register_for(&mut world, handler, "a", 1, &[]).expect("registered");
    send_at(&mut world, sender, 4, "a", &value("1")).expect("sent");
    world.end_session(sender, CloseReason::CLOSED_BY_CLIENT);
    while world.do_chores() {}
    assert!(world.client_calls.is_empty());
}

#[test]
fn one_sender_leaves_room_for_others() {
    let mut world = fixture::world();
    let (handler, sender) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    register_for(&mut world, handler, "a", 1, &[]).expect("registered");
    for cid in 1..=251 {
        send_at(&mut world, sender, cid, "a", &value("1")).expect("no error at once");
    }
    assert_eq!(answered(&world, sender), [(251, Err(ErrorCode::REJECTED_REQUEST.0))]);
    for _ in 0..3 {
        let more = fixture::session(&mut world, "");
        for cid in 1..=250 {
            send_at(&mut world, more, cid, "a", &value("1")).expect("no error at once");
        }
    }
    let late = fixture::session(&mut world, "");
    for cid in 1..=9 {
        send_at(&mut world, late, cid, "a", &value("1")).expect("no error at once");
    }
    assert_eq!(answered(&world, late), [(9, Err(ErrorCode::REJECTED_REQUEST.0))], "a few get in at any time");
    let mut world = fixture::world();
    let (handler, other) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, ""));
    register_for(&mut world, handler, "a", 1, &[]).expect("registered");
    let large = TypedValue { content: vec![0; 10 << 20].into(), ..value("") };
    for cid in 1..=2 {
        send_at(&mut world, other, cid, "a", &large).expect("no error at once");
    }
    assert_eq!(answered(&world, other), [(2, Err(ErrorCode::REJECTED_REQUEST.0))], "one alone may be large");
}

/// Loses the connection of a session of the fixture and makes another.
fn reconnect(world: &mut World, key: u64, is_lossy: bool) {
    let connection = &world.sessions[&key].connection;
    let (generation, received) = (connection.generation, connection.received);
    world.detach(key, generation, Outcome::Lost(CloseReason::CONNECTION_LOST));
    let (sent, _) = world.sessions[&key].outbox.sent_and_oldest();
    let token = world.sessions[&key].token.clone();
    let server_sequence = if is_lossy { sent + 100 } else { sent };
    let request = ConnectRequest {
        version: VERSION,
        client_type: "WB".to_owned(),
        capabilities: 10,
        reconnect_millis: 60_000,
        properties: Vec::new(),
        principal: None,
        credentials: Credentials::None,
        resume: Some(Resume { token, client_sequence: received + 1, server_sequence }),
    };
    let admitted = world.admit(&request, Origin::Memory, &ServerConfig::default());
    assert_eq!(admitted.unwrap_or_else(|_| panic!("admitted")).session, key);
}

#[test]
fn handlers_and_answers_survive_a_recovery_and_are_forgotten_with_a_loss() {
    for is_lossy in [false, true] {
        let mut world = fixture::world();
        let (handler, sender) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
        register_for(&mut world, handler, "a", 1, &[]).expect("registered");
        send_at(&mut world, sender, 1, "a", &value("1")).expect("sent");
        let cid = asked(&world, handler)[0].0;
        reconnect(&mut world, sender, is_lossy);
        respond(&mut world, handler, cid, &value("2"));
        let generation = world.sessions[&sender].connection.generation;
        let waiting = world.sessions[&sender].outbox.take(generation, 10, 1 << 20).expect("its connection");
        assert_eq!(waiting.len(), usize::from(!is_lossy), "an answer from before a loss means nothing");
        assert!(world.client_calls.is_empty());
        reconnect(&mut world, handler, is_lossy);
        let expected = if is_lossy { Err(ErrorCode::UNHANDLED_MESSAGE.0) } else { Ok(()) };
        assert_eq!(send_at(&mut world, sender, 2, "a", &value("1")), expected);
    }
}

#[test]
fn a_handler_of_this_process_answers_at_once_later_or_never() {
    let mut world = fixture::world();
    let sender = fixture::session(&mut world, "client");
    let add = |world: &mut World, path: &str, answer: fn(&TypedValue) -> ProcessAnswer<TypedValue>| {
        world.message_handlers.add(&message_path(path).expect("a path"), Arc::new(answer));
    };
    add(&mut world, "p/echo", |of| ProcessAnswer::Now(Ok(of.clone())));
    add(&mut world, "p/slow", |of| ProcessAnswer::After(Duration::from_secs(3), Ok(of.clone())));
    add(&mut world, "p/never", |_| ProcessAnswer::Never);
    for (cid, path) in [(1, "p/never"), (2, "p/slow"), (3, "p/slow"), (4, "p/echo/below")] {
        send_at(&mut world, sender, cid, path, &value("x")).expect("taken");
    }
    let mut after = |millis| {
        world.clock.advance(Duration::from_millis(millis));
        world.tick();
        answered(&world, sender)
    };
    let echoed = Ok(value("x"));
    assert_eq!(after(2999), [(4, echoed.clone())]);
    assert_eq!(after(1), [(2, echoed.clone()), (3, echoed)]);
    assert_eq!(after(27_000), [(1, Err(ErrorCode::REQUEST_TIME_OUT.0))]);
    assert!(world.client_calls.is_empty());
}
