//! Which check comes first, what values are held to, and what topic properties change on the way to subscribers.

use super::*;
use crate::data::property;
use crate::server::handlers::dispatch;
use crate::server::handlers::fixture::{VERSION, handled, session, subscribe, taken, world};
use crate::server::world::World;
use crate::wire::services::session_lock_acquire::{self, LockScope};
use crate::wire::services::{SessionLockAcquire, TopicSubscribed};
use crate::wire::{Message, Service, decode, encode};

fn set_as(world: &mut World, key: u64, path: &str, constraint: Constraint, value: &[u8]) -> Result<(), ErrorCode> {
    let (path, value) = (path.to_owned(), Bytes::copy_from_slice(value));
    let request = topic_set::Request { path, topic_type: TopicType::String, value, constraint };
    handled(world, key, |cx| set(cx, request)).map_err(|error| error.code)
}

#[test]
fn permission_then_constraint_then_existence_then_type_then_value() {
    let mut world = world();
    let (admin, client) = (session(&mut world, "admin"), session(&mut world, "client"));
    world.add("json", &TopicSpec::new(TopicType::Json), None).unwrap();
    world.add("text", &TopicSpec::new(TopicType::String), None).unwrap();
    let mut check =
        |key, path: &str, constraint: Constraint, value: &[u8]| set_as(&mut world, key, path, constraint, value);
    let (text, no_text) = (b"\x61x", b"\x01");
    assert_eq!(check(client, "absent", Constraint::NoValue, no_text), Err(ErrorCode::ACCESS_DENIED));
    assert_eq!(check(admin, "absent", Constraint::NoValue, no_text), Err(ErrorCode::UNSATISFIED_CONSTRAINT));
    assert_eq!(check(admin, "absent", Constraint::NoTopic, no_text), Err(ErrorCode::NO_SUCH_TOPIC));
    assert_eq!(check(admin, "json", Constraint::NoTopic, no_text), Err(ErrorCode::UNSATISFIED_CONSTRAINT));
    assert_eq!(check(admin, "json", Constraint::NoValue, no_text), Err(ErrorCode::INCOMPATIBLE_UPDATE));
    assert_eq!(check(admin, "text", Constraint::NoValue, no_text), Err(ErrorCode::INVALID_DATA));
    assert_eq!(check(admin, "text", Constraint::NoValue, text), Ok(()));
    assert_eq!(check(admin, "text", Constraint::NoValue, text), Err(ErrorCode::UNSATISFIED_CONSTRAINT));
}

#[test]
fn nothing_is_created_by_a_request_that_fails() {
    let mut world = world();
    let admin = session(&mut world, "admin");
    let mut add = |constraint, value: &[u8]| {
        let spec = TopicSpec::new(TopicType::String);
        let request = AddAndSetRequest { path: "a".to_owned(), spec, value: Bytes::copy_from_slice(value), constraint };
        let result = handled(&mut world, admin, |cx| add_and_set(cx, request));
        (result.map_err(|error| error.code), world.topics.len())
    };
    assert_eq!(add(Constraint::NoValue, b"\x61x"), (Err(ErrorCode::UNSATISFIED_CONSTRAINT), 0));
    assert_eq!(add(Constraint::NoTopic, b"\x01"), (Err(ErrorCode::INVALID_DATA), 0));
    assert_eq!(add(Constraint::NoTopic, b"\x61x"), (Ok(AddOutcome::Created), 1));
    assert_eq!(add(Constraint::Unconstrained, b"\x61y"), (Ok(AddOutcome::Exists), 1));
}

#[test]
fn a_schema_counts_where_values_are_to_be_validated() {
    let schema = r#"{"records":[{"name":"r","fields":[{"name":"n","type":"INTEGER"}]}]}"#;
    let spec = TopicSpec::new(TopicType::RecordV2).with(property::SCHEMA, schema);
    let (free, held) = (Topic::new(1, spec.clone()), Topic::new(2, spec.with(property::VALIDATE_VALUES, "true")));
    let record = |text: &str| {
        crate::data::value::encode(&crate::data::Value::RecordV2(crate::data::value::record::Records(vec![vec![
            text.to_owned(),
        ]])))
    };
    for (text, is_number) in [("12", true), ("twelve", false)] {
        assert!(free.validate(&record(text)).is_ok());
        let checked = held.validate(&record(text)).map_err(|error| error.code);
        assert_eq!(checked, if is_number { Ok(()) } else { Err(ErrorCode::INVALID_DATA) });
    }
}

#[test]
fn properties_decide_how_values_travel() {
    let long = |last: u8| {
        let mut bytes = vec![0x79, 0x03, 0x20];
        bytes.extend([b'x'; 799]);
        bytes.push(last);
        bytes
    };
    for (properties, first_value, deltas, compressed) in [
        (&[][..], true, true, true),
        (&[(property::PUBLISH_VALUES_ONLY, "true")], true, false, true),
        (&[(property::DONT_RETAIN_VALUE, "true")], false, false, true),
        (&[(property::COMPRESSION, "off")], true, true, false),
    ] {
        let mut world = world();
        let admin = session(&mut world, "admin");
        let spec = properties.iter().fold(TopicSpec::new(TopicType::String), |spec, (k, v)| spec.with(k, *v));
        world.add("a", &spec, None).unwrap();
        set_as(&mut world, admin, "a", Constraint::Unconstrained, &long(b'1')).unwrap();
        subscribe(&mut world, admin, "a");
        let waiting = world.sessions[&admin].outbox.take(1, 1000, 1 << 20).unwrap();
        assert_eq!(waiting.len(), 1 + usize::from(first_value), "{properties:?}");
        if first_value {
            assert_eq!(waiting[1].len() < 500, compressed, "{properties:?}");
        }
        set_as(&mut world, admin, "a", Constraint::Unconstrained, &long(b'2')).unwrap();
        set_as(&mut world, admin, "a", Constraint::Unconstrained, &long(b'3')).unwrap();
        let messages = taken(&world, admin);
        assert_eq!(messages.len(), 2);
        assert!(messages.iter().all(|m| matches!(m, Message::TopicDelta { .. }) == deltas), "{properties:?}");
    }
}

#[test]
fn announcements_follow_the_priority_of_their_topics() {
    let mut world = world();
    let admin = session(&mut world, "admin");
    for (path, priority) in [("a", "low"), ("b", "default"), ("c", "high")] {
        world.add(path, &TopicSpec::new(TopicType::String).with(property::PRIORITY, priority), None).unwrap();
    }
    subscribe(&mut world, admin, "?.*");
    let paths: Vec<String> = taken(&world, admin)
        .into_iter()
        .map(|message| match message {
            Message::Request { service: TopicSubscribed::ID, payload, .. } => {
                decode::<<TopicSubscribed as Service>::Request>(payload, VERSION).unwrap().path
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(paths, ["c", "b", "a"]);
}

#[test]
fn a_lock_is_answered_when_it_is_granted() {
    let mut world = world();
    let (first, second) = (session(&mut world, "admin"), session(&mut world, "admin"));
    let ask = |world: &mut World, key, cid, scope| {
        let request = session_lock_acquire::Request { name: "l".to_owned(), request: 0, scope };
        let answer = dispatch(world, key, cid, SessionLockAcquire::ID, encode(&request, VERSION)).unwrap();
        answer.map(|payload| decode::<session_lock_acquire::Response>(payload, VERSION).unwrap().sequence)
    };
    assert_eq!(ask(&mut world, first, 7, LockScope::Connection), Some(0));
    assert_eq!(ask(&mut world, second, 8, LockScope::Session), None);
    assert!(taken(&world, second).is_empty());
    world.detach(first, 1, crate::server::peer::Outcome::Lost(crate::data::CloseReason::CONNECTION_LOST));
    let granted = taken(&world, second);
    assert!(matches!(&granted[..], [Message::Response { cid: 8, .. }]), "{granted:?}");
    assert!(world.locks.holds("l", second, 1));
    world.end_session(second, crate::data::CloseReason::CLOSED_BY_CLIENT);
    assert!(!world.locks.holds("l", second, 1));
    let client = session(&mut world, "client");
    let request = session_lock_acquire::Request { name: "l".to_owned(), request: 0, scope: LockScope::Session };
    let refused = dispatch(&mut world, client, 1, SessionLockAcquire::ID, encode(&request, VERSION));
    assert_eq!(refused.unwrap_err().code, ErrorCode::ACCESS_DENIED);
}

#[test]
fn a_session_with_too_many_locks_is_told_so() {
    let mut world = world();
    let admin = session(&mut world, "admin");
    let limit = crate::server::locks::MAX_PER_SESSION;
    let mut acquire = |n: usize| {
        let request =
            session_lock_acquire::Request { name: format!("lock/{n}"), request: n as i64, scope: LockScope::Session };
        dispatch(&mut world, admin, 1, SessionLockAcquire::ID, encode(&request, VERSION))
    };
    assert!((0..limit).all(|n| acquire(n).is_ok()));
    let refused = acquire(limit).unwrap_err();
    assert_eq!(refused.code, ErrorCode::REJECTED_REQUEST);
    assert!(refused.description.contains("1000 locks"), "{refused}");
    assert!(acquire(3).is_ok(), "its own already");
}

#[test]
fn only_json_topics_are_patched_and_the_failing_operation_is_named() {
    let mut world = world();
    let admin = session(&mut world, "admin");
    let series = TopicSpec::new(TopicType::TimeSeries).with(property::TIME_SERIES_EVENT_VALUE_TYPE, "json");
    for (path, spec) in [
        ("json", TopicSpec::new(TopicType::Json)),
        ("empty", TopicSpec::new(TopicType::Json)),
        ("text", TopicSpec::new(TopicType::String)),
        ("series", series),
    ] {
        world.add(path, &spec, None).unwrap();
    }
    for path in ["json", "series"] {
        let path = TopicPath::parse(path).unwrap();
        // {"a":1}
        world.set(&path, Bytes::from_static(b"\xa1\x61a\x01"), "", 0, false).unwrap();
    }
    let mut patch = |path: &str, patch: &str, constraint| {
        let request = crate::wire::services::json_patch::Request { path: path.into(), patch: patch.into(), constraint };
        handled(&mut world, admin, |cx| crate::server::handlers::json_patch::apply(cx, request))
            .map_err(|error| error.code)
    };
    let (fits, fails) = (r#"{"op":"add","path":"/b","value":2}"#, r#"{"op":"remove","path":"/x"}"#);
    let free = || Constraint::Unconstrained;
    for path in ["text", "series", "empty"] {
        assert_eq!(patch(path, &format!("[{fits}]"), free()), Err(ErrorCode::INCOMPATIBLE_UPDATE), "{path}");
    }
    assert_eq!(patch("absent", "[]", free()), Err(ErrorCode::NO_SUCH_TOPIC));
    assert_eq!(patch("json", "[1]", free()), Err(ErrorCode::INVALID_JSON_PATCH));
    assert_eq!(patch("json", "[]", Constraint::NoTopic), Err(ErrorCode::UNSATISFIED_CONSTRAINT));
    assert_eq!(patch("json", &format!("[{fits},{fits},{fails},{fits}]"), free()), Ok(2));
    assert_eq!(patch("json", &format!("[{{\"op\":\"test\",\"path\":\"/b\",\"value\":2}},{fits}]"), free()), Ok(0));
    assert_eq!(patch("json", &format!("[{fits}]"), free()), Ok(-1));
    assert_eq!(patch("json", "[{\"op\":\"test\",\"path\":\"/b\",\"value\":2}]", free()), Ok(-1));
}
