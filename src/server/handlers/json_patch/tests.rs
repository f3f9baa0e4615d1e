//! What a patch publishes, and what other updates that change nothing do.

use super::*;
use crate::data::value::delta;
use crate::data::{TopicPath, TopicSpec, property};
use crate::server::handlers::fixture::{handled, session, subscribe, taken, world};
use crate::server::handlers::{update_streams, updates};
use crate::server::world::World;
use crate::wire::Message;
use crate::wire::services::shared::{AddAndSetRequest, Constraint};
use crate::wire::services::{topic_set, update_stream_set};
use bytes::Bytes;

fn json(text: &str) -> Bytes {
    Json::from_text(text).unwrap().to_cbor().into()
}

/// A subscribed JSON topic `a`.
fn with(value: &Bytes, properties: &[(&str, &str)]) -> (World, u64, TopicPath) {
    let mut world = world();
    let key = session(&mut world, "admin");
    let spec = properties.iter().fold(TopicSpec::new(TopicType::Json), |spec, (key, value)| spec.with(key, *value));
    world.add("a", &spec, None).unwrap();
    let path = TopicPath::parse("a").unwrap();
    world.set(&path, value.clone(), "", 0, false).unwrap();
    subscribe(&mut world, key, ">a");
    taken(&world, key);
    (world, key, path)
}

fn patch(world: &mut World, key: u64, patch: &str) -> Result<i32, ErrorCode> {
    let request = Request { path: "a".to_owned(), patch: patch.to_owned(), constraint: Constraint::Unconstrained };
    handled(world, key, |cx| apply(cx, request)).map_err(|error| error.code)
}

#[test]
fn a_patch_that_changes_nothing_is_answered_and_not_published() {
    // The same value in a form that this server would not write itself: definite lengths, a short float.
    let definite = Bytes::from_static(&[0xa2, 0x61, b'a', 0x01, 0x61, b'b', 0xf9, 0x3e, 0x00]);
    for value in [json(r#"{"a":1,"b":1.5}"#), definite] {
        for (text, answer) in [
            ("[]", APPLIED),
            (r#"[{"op":"test","path":"/a","value":1}]"#, APPLIED),
            (r#"[{"op":"replace","path":"/a","value":1}]"#, APPLIED),
            (r#"[{"op":"add","path":"/c","value":0},{"op":"remove","path":"/c"}]"#, APPLIED),
            (r#"[{"op":"replace","path":"/a","value":2},{"op":"test","path":"/a","value":1}]"#, 1),
        ] {
            let (mut world, key, path) = with(&value, &[]);
            let stream = crate::wire::services::update_stream_create::Request {
                path: "a".to_owned(),
                topic_type: TopicType::Json,
                constraint: Constraint::Unconstrained,
            };
            let stream = handled(&mut world, key, |cx| update_streams::create(cx, stream)).unwrap().stream;
            assert_eq!(patch(&mut world, key, text), Ok(answer), "{text}");
            assert!(taken(&world, key).is_empty(), "{text}");
            assert_eq!(world.topics[&path].value(), Some(&value), "the bytes stay as they are");
            assert!(
                handled(&mut world, key, |cx| update_streams::check(cx, stream)).is_ok(),
                "nobody has updated the topic"
            );
        }
    }
}

#[test]
fn a_patch_that_changes_something_is_published() {
    for (before, text, after) in [
        (r#"{"a":1}"#, r#"[{"op":"replace","path":"/a","value":2}]"#, r#"{"a":2}"#),
        // Numbers are equal in value only.
        (r#"{"a":1}"#, r#"[{"op":"replace","path":"/a","value":1.0}]"#, r#"{"a":1.0}"#),
        (r#"{"a":0.0}"#, r#"[{"op":"replace","path":"/a","value":-0.0}]"#, r#"{"a":-0.0}"#),
        // The order of keys is part of the value.
        (r#"{"a":1,"b":2}"#, r#"[{"op":"remove","path":"/a"},{"op":"add","path":"/a","value":1}]"#, r#"{"b":2,"a":1}"#),
    ] {
        let (mut world, key, path) = with(&json(before), &[]);
        assert_eq!(patch(&mut world, key, text), Ok(APPLIED));
        assert_eq!(taken(&world, key).len(), 1, "{text}");
        assert_eq!(world.topics[&path].value(), Some(&json(after)));
    }
}

/// A set to an equal value is an update all the same, however it is made; it travels whole, since a delta that says
/// “no change” is not understood by every client.
#[test]
fn every_other_update_is_published_even_if_it_changes_nothing() {
    let value = json(r#"{"a":1}"#);
    for properties in [&[][..], &[(property::PUBLISH_VALUES_ONLY, "true")], &[(property::CONFLATION, "always")]] {
        let (mut world, key, _) = with(&value, properties);
        let spec = properties.iter().fold(TopicSpec::new(TopicType::Json), |spec, (key, value)| spec.with(key, *value));
        let topic_type = TopicType::Json;
        let set = || topic_set::Request {
            path: "a".to_owned(),
            topic_type,
            value: value.clone(),
            constraint: Constraint::Unconstrained,
        };
        let published = |world: &World| {
            let messages = taken(world, key);
            let [Message::TopicValue { value: sent, .. }] = &messages[..] else { panic!("{messages:?}") };
            assert_eq!(*sent, value);
        };
        handled(&mut world, key, |cx| updates::set(cx, set())).unwrap();
        published(&world);
        let add = AddAndSetRequest { path: "a".to_owned(), spec, value: value.clone(), constraint: set().constraint };
        handled(&mut world, key, |cx| updates::add_and_set(cx, add)).unwrap();
        published(&world);
        let stream = handled(&mut world, key, |cx| update_streams::create_and_set(cx, set())).unwrap().stream;
        published(&world);
        let request = update_stream_set::Request { stream: stream.clone(), value: value.clone() };
        handled(&mut world, key, |cx| update_streams::set(cx, request)).unwrap();
        published(&world);
        assert_eq!(delta::apply(&value, &[0xf6], 100).unwrap(), value);
        let request = update_stream_set::Request { stream, value: Bytes::from_static(&[0xf6]) };
        handled(&mut world, key, |cx| update_streams::delta(cx, request)).unwrap();
        published(&world);
    }
}
