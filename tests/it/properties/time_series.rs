//! Time series, range queries and their answers: made-up ones survive the line, names of authors survive their codes.

use super::wire::{assert_service, assert_survives, bytes, text};
use brownian::wire::frame::VERSION;
use brownian::wire::services;
use brownian::wire::services::range_query::{self, AuthorNames, Entry, PointType, QueryType};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::sample::select;
use std::sync::Arc;

fn range() -> impl Strategy<Value = range_query::Range> {
    let point =
        || (select(PointType::ALL), any::<i64>()).prop_map(|(kind, value)| range_query::Point::new(kind, value));
    (point(), point()).prop_map(|(anchor, span)| range_query::Range { anchor, span })
}

fn range_entry() -> impl Strategy<Value = Entry> {
    let coded = || {
        (any::<i64>(), any::<i64>(), bytes()).prop_map(|(sequence, timestamp_millis, author_code)| {
            range_query::CodedMetadata { sequence, timestamp_millis, author_code }
        })
    };
    prop_oneof![
        (coded(), bytes()).prop_map(|(metadata, value)| Entry::Original { metadata, value }),
        (coded(), coded(), bytes()).prop_map(|(original, metadata, value)| Entry::Edit { original, metadata, value }),
        any::<(i64, i64)>().prop_map(|(sequence, timestamp_millis)| Entry::Offsets { sequence, timestamp_millis }),
        (bytes(), text()).prop_map(|(code, author)| Entry::Author { code, author }),
    ]
}

fn range_event() -> impl Strategy<Value = range_query::Event> {
    // Names that look like codes, and more names than there are codes.
    let author = prop_oneof!["[a-h]{0,2}", "[\\x00-\\x1a]", text()];
    let metadata = (any::<i64>(), any::<i64>(), author).prop_map(|(sequence, timestamp_millis, author)| {
        range_query::Metadata { sequence, timestamp_millis, author: author.into() }
    });
    (option::of(metadata.clone()), metadata, bytes()).prop_map(|(original, metadata, value)| range_query::Event {
        original,
        metadata,
        value,
    })
}

proptest! {
    #[test]
    fn series_updates_survive(
        (path, data_type, value) in (text(), text(), bytes()),
        (sequence, timestamp_millis) in any::<(i64, i64)>(),
        author in text(),
    ) {
        let response = services::time_series_append::Response { sequence, timestamp_millis, author };
        let request = services::time_series_append::Request {
            path: path.clone(),
            data_type: data_type.clone(),
            value: value.clone(),
        };
        assert_service::<services::TimeSeriesAppend>(&request, &response, VERSION);
        let request = services::time_series_edit::Request {
            path: path.clone(),
            data_type: data_type.clone(),
            original_sequence: sequence,
            value: value.clone(),
        };
        assert_service::<services::TimeSeriesEdit>(&request, &response, VERSION);
        let request = services::time_series_timestamp_append::Request { path, data_type, value, timestamp_millis };
        assert_service::<services::TimeSeriesTimestampAppend>(&request, &response, VERSION);
    }

    #[test]
    fn handlers_of_missing_topics_survive(
        (service, handler, proceed) in (any::<i32>(), any::<i64>(), any::<bool>()),
        (control_group, path) in (text(), text()),
        session_properties in vec((text(), text()), 0..4),
        server_names in vec(text(), 0..3),
    ) {
        use services::{missing_topic, topic_control_deregistration as ended, topic_control_registration as begun};
        let request = begun::Request { service, control_group: control_group.clone(), path: path.clone(), handler };
        assert_service::<services::TopicControlRegistration>(&request, &(), VERSION);
        let request = ended::Request { service, control_group, path: path.clone() };
        assert_service::<services::TopicControlDeregistration>(&request, &(), VERSION);
        let request = missing_topic::Request { selector: path, session_properties, server_names, handler };
        assert_service::<services::MissingTopic>(&request, &proceed, VERSION);
    }

    #[test]
    fn range_queries_survive(
        (path, data_type) in (text(), text()),
        query_type in select(QueryType::ALL),
        (view_range, edit_range) in (range(), range()),
        (limit, selected_count) in any::<(i64, i64)>(),
        entries in vec(range_entry(), 0..8),
    ) {
        let request = range_query::Request { path, query_type, view_range, edit_range, limit };
        let response = range_query::Response { data_type, selected_count, entries };
        assert_service::<services::RangeQuery>(&request, &response, VERSION);
    }

    #[test]
    fn events_of_ranges_survive(events in vec(range_event(), 0..60)) {
        let response = range_query::Response::of("json", 60, &events, AuthorNames::Plain);
        assert_eq!(response.events(), events);
        assert_eq!(response.is_complete(), events.len() == 60);
        assert_survives(&response, VERSION);
    }
}

/// Few bytes cannot become many: a name that a million events carry stays one.
#[test]
fn events_share_their_authors() {
    let author = Entry::Author { code: Bytes::from_static(b"\0"), author: "x".repeat(1 << 20) };
    let metadata =
        range_query::CodedMetadata { sequence: 0, timestamp_millis: 0, author_code: Bytes::from_static(b"\0") };
    let event = Entry::Original { metadata, value: Bytes::new() };
    let entries = [vec![author], vec![event; 1000]].concat();
    let events = range_query::Response { data_type: "json".to_owned(), selected_count: 1000, entries }.events();
    assert!(events.iter().all(|event| Arc::ptr_eq(&event.metadata.author, &events[0].metadata.author)));
}

/// Each official client has its own way to say “nobody”, and one of its own for names without a code.
#[test]
fn authors_without_a_code_are_written_for_the_client() {
    let author_code = |author: &str, names| {
        // Twenty-four authors before it have taken every code.
        let name = |n: usize| if n == 24 { author.to_owned() } else { format!("author {n}") };
        let events: Vec<_> = (0..25)
            .map(|n| range_query::Metadata { sequence: 0, timestamp_millis: 0, author: name(n).into() })
            .map(|metadata| range_query::Event { original: None, metadata, value: Bytes::new() })
            .collect();
        match range_query::Response::of("json", 25, &events, names).entries.pop() {
            Some(Entry::Original { metadata, .. }) => metadata.author_code.to_vec(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(author_code("", AuthorNames::Plain), b"");
    assert_eq!(author_code("", AuthorNames::Cbor), b"\x60");
    assert_eq!(author_code("alice", AuthorNames::Plain), b"alice");
    assert_eq!(author_code("alice", AuthorNames::Cbor), b"\x65alice");
    assert_eq!(author_code("\u{0}", AuthorNames::Cbor), b"\x61\0");
    let long = "x".repeat(300);
    assert_eq!(author_code(&long, AuthorNames::Cbor)[..6], *b"\x7a\0\0\x01\x2cx");
    assert_eq!(author_code(&long[..200], AuthorNames::Cbor)[..3], *b"\x78\xc8x");
}
