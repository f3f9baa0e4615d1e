//! What listeners hear of sessions, in which order and how often.

use super::super::clients::fixture::Controlling;
use super::super::fixture::VERSION;
use super::super::{Progress, begin, go_on};
use crate::data::{CloseReason, ErrorCode};
use crate::server::handlers::fixture;
use crate::server::quotas::Quota;
use crate::wire::services::{
    SessionEventDeregistration, SessionEventRegistration, SessionPropertiesRegistration, SetSessionProperties,
    session_event_deregistration, session_event_registration, session_properties_registration, set_session_properties,
};
use crate::wire::{Message, Service as _, encode};
use std::time::Duration;

fn set(c: &mut Controlling, key: u64, set: &[(&str, &str)], remove: &[&str]) -> set_session_properties::Response {
    let request = set_session_properties::Request {
        session: c.id(key),
        set: Some(set.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()),
        remove: Some(remove.iter().map(|&key| key.to_owned()).collect()),
    };
    c.ask::<SetSessionProperties>(&request).expect("a response")
}

#[test]
fn a_listener_hears_of_who_is_there_and_then_of_all_that_becomes_of_sessions() {
    let mut c = Controlling::new();
    let first = c.open("client");
    assert_eq!(c.listen(7, None, &["$Principal", "desk", "tier", "$Country"]), 0);
    assert_eq!(
        c.heard(c.admin),
        (vec!["7: 1 opened $Country= $Principal=admin".into(), "7: 2 opened $Country= $Principal=client".into()], 1)
    );
    let second = c.open("");
    set(&mut c, first, &[("desk", "fx"), ("$Country", "de"), ("other", "x")], &[]);
    set(&mut c, first, &[("desk", "rates"), ("tier", "1")], &["other"]);
    set(&mut c, first, &[("desk", "rates"), ("other", "y")], &[]);
    set(&mut c, first, &[], &["tier", "$Country"]);
    c.lose(first);
    c.reconnect(first, false);
    c.world.end_session(second, CloseReason::CLOSED_BY_CLIENT);
    c.world.end_session(second, CloseReason::CLOSED_BY_CLIENT);
    let expected = [
        "7: 3 opened $Country= $Principal=",
        "7: 2 Properties $Country=>DE $Principal=client +desk=fx",
        "7: 2 Properties $Country=DE $Principal=client desk=fx>rates +tier=1",
        "7: 2 Properties $Country=DE $Principal=client desk=rates -tier=1",
        "7: 2 Disconnected $Country=DE $Principal=client desk=rates",
        "7: 2 Reconnected $Country=DE $Principal=client desk=rates",
        "7: 3 closed CLOSED_BY_CLIENT $Country= $Principal=",
    ];
    assert_eq!(c.heard(c.admin).0, expected);
}

#[test]
fn the_answer_comes_first_and_nobody_waits_for_the_answers_to_events() {
    let mut c = Controlling::new();
    c.listen(7, None, &[]);
    let notice = c.taken(c.admin).into_iter().find_map(|message| match message {
        Message::Request { cid, .. } => Some(cid),
        _ => None,
    });
    let notice = notice.expect("an event");
    for _ in 0..2 {
        c.world.client_answered(c.admin, notice, Ok(bytes::Bytes::new()));
    }
    let counts = c.world.client_calls.counts();
    assert_eq!((counts.pending, counts.unexpected_answers), (0, 0));
    c.world.client_answered(c.admin, notice + 1, Ok(bytes::Bytes::new()));
    assert_eq!(c.world.client_calls.counts().unexpected_answers, 1);
}

#[test]
fn without_keys_there_are_no_updates_of_properties() {
    let mut c = Controlling::new();
    let key = c.open("client");
    c.listen(1, Some("$Principal is 'client'"), &[]);
    set(&mut c, key, &[("desk", "fx")], &[]);
    c.lose(key);
    c.world.clock.advance(Duration::from_mins(10));
    c.world.tick();
    assert_eq!(c.heard(c.admin).0, ["1: 2 opened", "1: 2 Disconnected", "1: 2 closed CONNECTION_LOST"]);
}

#[test]
fn who_begins_to_match_is_opened_and_who_ceases_is_heard_of_no_more() {
    let mut c = Controlling::new();
    let key = c.open("client");
    c.listen(1, Some("desk is 'fx'"), &["desk", "n"]);
    assert_eq!(c.heard(c.admin).0, [""; 0]);
    for (desk, n) in [("fx", "1"), ("fx", "2"), ("rates", "3"), ("rates", "4"), ("fx", "5")] {
        set(&mut c, key, &[("desk", desk), ("n", n)], &[]);
    }
    set(&mut c, key, &[], &["desk"]);
    c.world.end_session(key, CloseReason::REVOKED);
    let expected = ["1: 2 opened desk=fx n=1", "1: 2 Properties desk=fx n=1>2", "1: 2 opened desk=fx n=5"];
    assert_eq!(c.heard(c.admin).0, expected);
}

#[test]
fn only_sessions_that_began_later_where_that_is_asked_for() {
    let mut c = Controlling::new();
    c.world.clock.advance(Duration::from_secs(5));
    let at = c.world.clock.now().wall;
    c.open("client");
    let mut request = session_event_registration::Request {
        cluster_aware: true,
        filter: None,
        keys: None,
        start_time: Some(at),
        listener: 1,
    };
    c.ask::<SessionEventRegistration>(&request).expect("an answer");
    (request.start_time, request.listener) = (Some(at - 1), 2);
    c.ask::<SessionEventRegistration>(&request).expect("an answer");
    c.world.clock.advance(Duration::from_millis(1));
    let late = c.open("client");
    c.world.end_session(2, CloseReason::REVOKED);
    assert_eq!(late, 3);
    let expected = ["2: 2 opened", "1: 3 opened", "2: 3 opened", "2: 2 closed REVOKED"];
    assert_eq!(c.heard(c.admin).0, expected);
}

#[test]
fn many_sessions_are_told_in_slices_and_each_once_whatever_becomes_of_it_meanwhile() {
    let mut c = Controlling::new();
    let keys: Vec<u64> = (0..9800).map(|n| c.open(["client", "", ""][n % 3])).collect();
    let request = session_event_registration::Request {
        cluster_aware: true,
        filter: Some("$Principal ne 'admin'".into()),
        keys: Some(vec!["*F".into(), "*U".into()]),
        start_time: None,
        listener: 9,
    };
    let payload = encode(&request, VERSION);
    let progress = begin(&mut c.world, c.admin, 1, SessionEventRegistration::ID, payload, &mut 0);
    assert!(matches!(progress, Progress::Done(Ok(Some(_)))), "answered before anything is told");
    assert_eq!(c.heard(c.admin).1, 0);
    let (mut slices, mut spent) = (0, 0);
    loop {
        let before = spent;
        let Some((conversation, _)) = go_on(&mut c.world, c.admin, &mut spent) else { break };
        slices += 1;
        assert_eq!(conversation, 0, "nobody waits for it");
        assert!(spent - before < 200_000, "a slice is bounded: {}", spent - before);
        if slices == 2 {
            // One that was told, and one that was not.
            for (key, desk) in [(keys[0], "a"), (keys[9799], "b")] {
                assert!(c.world.change_properties(key, [("desk".to_owned(), Some(desk.to_owned()))]));
            }
            c.world.end_session(keys[1], CloseReason::REVOKED);
            c.world.end_session(keys[9798], CloseReason::REVOKED);
            fixture::session(&mut c.world, "client");
            fixture::session(&mut c.world, "admin");
        }
    }
    assert!(slices > 50, "{slices}");
    let (heard, messages) = c.heard(c.admin);
    assert!(messages < 300, "batches: {messages}");
    let count = |part: &str| heard.iter().filter(|line| line.contains(part)).count();
    assert_eq!((count(" opened "), count(" closed "), count(" Properties ")), (9800, 1, 1));
    assert!(count(&format!(" {} ", keys[9798])) == 0, "it had gone before it was told");
}

#[test]
fn listeners_end_and_go_with_a_lossy_recovery_only() {
    let mut c = Controlling::new();
    c.listen(1, None, &[]);
    let keys = Some(vec!["*F".to_owned()]);
    c.ask::<SessionPropertiesRegistration>(&session_properties_registration::Request { keys, listener: 2 })
        .expect("ok");
    c.taken(c.admin);
    let kept = c.world.sessions[&c.admin].kept.bytes();
    let before = c.open("client");
    let told = |c: &Controlling| c.heard(c.admin).0.iter().map(|line| line[..1].to_owned()).collect::<String>();
    assert_eq!(told(&c), "12");
    c.lose(c.admin);
    c.reconnect(c.admin, false);
    c.heard(c.admin);
    c.world.end_session(before, CloseReason::REVOKED);
    assert_eq!(told(&c), "12");
    c.ask::<SessionPropertiesRegistration>(&session_properties_registration::Request { keys: None, listener: 2 })
        .expect("ok");
    c.open("client");
    assert_eq!(told(&c), "1");
    c.lose(c.admin);
    c.reconnect(c.admin, true);
    c.open("client");
    assert_eq!(told(&c), "");
    c.listen(3, None, &["*U"]);
    for _ in 0..2 {
        c.ask::<SessionEventDeregistration>(&session_event_deregistration::Request { listener: 3 }).expect("ok");
    }
    c.heard(c.admin);
    c.open("client");
    assert_eq!(told(&c), "");
    assert!(c.world.sessions[&c.admin].kept.bytes() < kept, "what they kept is given back");
}

#[test]
fn filters_are_checked_and_listeners_bounded() {
    let mut c = Controlling::new();
    let mut request = session_event_registration::Request {
        cluster_aware: true,
        filter: Some("all\nand desk = 'x'".into()),
        keys: None,
        start_time: None,
        listener: 0,
    };
    let reports = c.ask::<SessionEventRegistration>(&request).expect("reports");
    assert_eq!((reports.len(), reports[0].line, reports[0].column), (1, 2, 10));
    request.filter = None;
    for listener in 0..i64::try_from(Quota::SessionListeners.limit()).expect("small") {
        request.listener = listener;
        assert_eq!(c.ask::<SessionEventRegistration>(&request), Ok(vec![]));
    }
    request.listener = -1;
    let refused = c.ask::<SessionEventRegistration>(&request).expect_err("full");
    assert_eq!(refused.code, ErrorCode::REJECTED_REQUEST);
    let other = c.open("admin");
    request.filter = Some(["$Principal matches '(a|b){1,60}c'"; 4].join(" or "));
    let mut refused = None;
    for listener in 0..50 {
        request.listener = listener;
        match c.ask_as::<SessionEventRegistration>(other, &request) {
            Ok(reports) => assert_eq!(reports, []),
            Err(error) => refused = Some((listener, error.code)),
        }
    }
    assert!(refused.is_some_and(|(_, code)| code == ErrorCode::REJECTED_REQUEST), "{refused:?}");
}

#[test]
fn a_listener_that_does_not_read_ends_by_its_own_queue() {
    let mut c = Controlling::new();
    let limits = crate::server::Limits { queue_bytes: 20_000, ..crate::server::Limits::default() };
    let outbox = crate::server::outbox::Outbox::new(limits, false, &c.world.budget.clone());
    outbox.attach(1);
    c.world.sessions.get_mut(&c.admin).expect("a session").outbox = outbox;
    let other = c.open("admin");
    c.ask_as::<SessionEventRegistration>(
        other,
        &session_event_registration::Request {
            cluster_aware: true,
            filter: None,
            keys: None,
            start_time: None,
            listener: 1,
        },
    )
    .expect("ok");
    c.listen(1, None, &["*F"]);
    for _ in 0..100 {
        c.open("client");
        c.world.close_overflowing();
    }
    assert!(!c.world.sessions.contains_key(&c.admin));
    let heard = c.heard(other).0;
    assert_eq!(heard.iter().filter(|line| *line == "1: 1 closed MESSAGE_QUEUE_LIMIT_REACHED").count(), 1);
    assert_eq!(heard.iter().filter(|line| line.contains("opened")).count(), 102, "the other hears all");
}
