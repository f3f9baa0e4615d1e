//! The table of parts, walked: each part comes with its version, and what a version cannot say is refused.

use super::*;
use crate::data::{SessionId, UnsubscribeReason};
use crate::wire::services::fetch::{self, FetchedTopic};
use crate::wire::services::shared::{
    AddOutcome, Comparison, Constraint, ConstraintType, Operator, SelectionRequest, StreamAdded, StreamCreated,
    StreamId,
};
use crate::wire::services::{missing_topic, topic_unsubscribed};
use crate::wire::{Wire, decode, encode};
use bytes::Bytes;

const STREAM: StreamId = StreamId { topic_id: 1, instance_id: 2, partition: 0, generation: 0 };

/// A message that has the part, encoded for a version.
fn sample(part: Part, version: u8) -> Vec<Bytes> {
    fn of<T: Wire + PartialEq + std::fmt::Debug>(message: &T, version: u8) -> Bytes {
        let bytes = encode(message, version);
        assert_eq!(encode(&decode::<T>(bytes.clone(), version).expect("it is read"), version), bytes, "at {version}");
        bytes
    }
    match part {
        Part::Itself => Vec::new(),
        Part::Scopes => vec![of(&SelectionRequest { selector: "?a//".into(), scope: "s".into() }, version)],
        Part::Sizes => {
            let request = fetch::Request { with_sizes: true, ..fetch::Request::of("?a//") };
            let topic = FetchedTopic {
                path: "a".into(),
                topic_type: crate::data::TopicType::Json,
                value: None,
                properties_index: 0,
                size: fetch::Size::Value(7),
            };
            vec![of(&request, version), of(&topic, version)]
        }
        Part::Operators => {
            let value = Bytes::from_static(&[1]);
            let compared = Comparison { operator: Operator::Gt, value_type: ConstraintType::Int64, value };
            let partial = Constraint::PartialJson { with: vec![("/a".into(), compared.clone())], without: Vec::new() };
            vec![of(&Constraint::Value(compared), version), of(&partial, version)]
        }
        Part::Disjunction => {
            vec![of(&Constraint::And(vec![Constraint::NoValue, Constraint::NoTopic]), version)]
        }
        Part::SelectingSession => {
            let session = SessionId { server: 1, session: 2 }.to_string();
            let request = missing_topic::Request {
                selector: "?a//".into(),
                session_properties: vec![("$SessionId".into(), session)],
                server_names: vec!["s".into()],
                handler: 7,
            };
            vec![of(&request, version)]
        }
        Part::BranchMappings => {
            vec![of(&topic_unsubscribed::Request { topic_id: 1, reason: UnsubscribeReason::BranchMappings }, version)]
        }
        Part::StreamFlags => {
            let added = StreamAdded { outcome: AddOutcome::Created, stream: STREAM, flags: 3 };
            vec![of(&StreamCreated { stream: STREAM, flags: 3 }, version), of(&added, version)]
        }
    }
}

#[test]
fn each_part_of_the_table_comes_with_its_version_and_not_before() {
    for row in TABLE {
        assert!(SPOKEN.contains(&row.since) && row.since > OLDEST, "{row:?}");
        assert!(services::ALL.iter().any(|entry| entry.id == row.service), "{row:?}");
        if row.part == Part::Itself {
            continue;
        }
        assert_eq!(row.since, row.part.since());
        let newest = sample(row.part, NEWEST);
        assert!(!newest.is_empty());
        for version in SPOKEN {
            for (at, bytes) in sample(row.part, version).iter().enumerate() {
                assert_eq!(*bytes == newest[at], version >= row.since, "{:?} at {version}", row.part);
            }
        }
    }
}

#[test]
fn a_service_is_there_from_its_version_on() {
    for entry in services::ALL {
        let first = since(entry.id);
        for version in SPOKEN {
            let checked = check(entry.id, version);
            assert_eq!(checked.is_ok(), version >= first, "{}", entry.name);
            if let Err(error) = checked {
                let text = format!("{}: needs protocol {first}, the server speaks {version}", entry.name);
                assert_eq!(error.to_string(), text);
            }
        }
    }
}

#[test]
fn what_would_mean_something_else_is_refused() {
    let request = fetch::Request { with_sizes: true, ..fetch::Request::of("?a//") };
    let payload = encode(&request, NEWEST);
    assert!(services::request_at(Fetch::ID, payload.clone(), 28).is_ok());
    let refused = services::request_at(Fetch::ID, payload, 27).expect_err("sizes cannot be asked for");
    assert_eq!(refused, NotAtVersion { service: Fetch::ID, part: Part::Sizes, since: 28, version: 27 });
    assert_eq!(refused.to_string(), "sizes of fetched values: needs protocol 28, the server speaks 27");
}

#[test]
fn the_session_of_a_missing_topic_is_told_in_both_forms() {
    let session = SessionId { server: 0xc11f_ef06_7d9d_ebd4, session: 7 };
    let request = missing_topic::Request {
        selector: "?a//".into(),
        session_properties: vec![("$SessionId".into(), session.to_string())],
        server_names: Vec::new(),
        handler: 9,
    };
    let old = encode(&request, 22);
    assert_eq!(old[..], *b"\xd4\xd7\xf7\xec\xe7\xe0\xfb\x8f\xc1\x01\x07\x04?a//\x09");
    assert_eq!(decode::<missing_topic::Request>(old, 22), Ok(request));
}
