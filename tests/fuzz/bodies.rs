//! What is tried with each input: it must not panic, and what is accepted must hold its promises.

// The targets, which are crates of their own, call these functions.
#![allow(unreachable_pub)]

use crate::data::display_text::{shown_line, shown_text};
use crate::data::event_range::EventRange;
use crate::data::file_format::{branch_file, topic_list};
use crate::data::json_patch::Patch;
use crate::data::removal_policy::RemovalPolicy;
use crate::data::server_url::{split_credentials, without_credentials};
use crate::data::session_filter::{read_roles, roles_text};
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, delta, time_series};
use crate::data::{Account, ServerUrl, SessionFilter, TopicPath, TopicSelector, TopicSpec, TopicType, property};
use crate::wire::frame::Message;
use crate::wire::handshake::{ConnectRequest, ConnectResponse, Credentials, parse_properties};
use crate::wire::protocol::SPOKEN;
use crate::wire::service::Service;
use crate::wire::services::{Visitor, visit_all};
use crate::wire::{decode, encode};
use bytes::Bytes;

const MAX_SIZE: usize = 1 << 20;

/// Takes whatever bytes; it fails by a panic.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("frame", frame),
    ("service", service),
    ("handshake", handshake),
    ("value", value),
    ("delta", delta),
    ("selector", selector),
    ("removal", removal),
    ("filter", filter),
    ("topics", topics),
    ("patch", patch),
    ("names", names),
];

/// An envelope: what is read is written back as something that reads the same.
pub fn frame(input: &[u8]) {
    let Ok(message) = Message::decode(Bytes::copy_from_slice(input), MAX_SIZE) else { return };
    for bytes in [message.encode(), message.encode_compressed()] {
        assert_eq!(Message::decode(bytes, usize::MAX).as_ref(), Ok(&message));
    }
}

/// The payload of every service in both protocol versions.
pub fn service(input: &[u8]) {
    struct Payload(Bytes);
    impl Visitor for Payload {
        fn visit<S: Service>(&mut self) {
            for version in SPOKEN {
                if let Ok(request) = decode::<S::Request>(self.0.clone(), version) {
                    // Bytes are compared, not values: a value may hold a NaN.
                    let bytes = encode(&request, version);
                    let again = decode::<S::Request>(bytes.clone(), version).expect("what was written can be read");
                    assert_eq!(encode(&again, version), bytes, "{}", S::NAME);
                }
                if let Ok(response) = decode::<S::Response>(self.0.clone(), version) {
                    let bytes = encode(&response, version);
                    let again = decode::<S::Response>(bytes.clone(), version).expect("what was written can be read");
                    assert_eq!(encode(&again, version), bytes, "{}", S::NAME);
                }
            }
        }
    }
    visit_all(&mut Payload(Bytes::copy_from_slice(input)));
}

/// The first message of a server; and, as text, what a client says in its address, its headers and its parameters.
pub fn handshake(input: &[u8]) {
    if let Ok(response) = ConnectResponse::decode(Bytes::copy_from_slice(input)) {
        assert_eq!(ConnectResponse::decode(response.encode()), Ok(response));
    }
    let text = String::from_utf8_lossy(input);
    let by_header = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    for request in [ConnectRequest::from_query(&text), ConnectRequest::from_headers(by_header)].into_iter().flatten() {
        let again = ConnectRequest::from_query(&request.to_query()).expect("what was written can be read");
        assert_eq!(
            (again.version, again.resume, again.principal),
            (request.version, request.resume, request.principal)
        );
    }
    if let Ok(credentials) = Credentials::from_parameter(&text) {
        assert_eq!(Credentials::from_parameter(&credentials.to_parameter()), Ok(credentials));
    }
    let _ = parse_properties(&text);
}

/// Values and events of every type, their previews, and JSON as text.
pub fn value(input: &[u8]) {
    let bytes = Bytes::copy_from_slice(input);
    for data_type in DataType::ALL {
        if let Ok(first) = value::decode(data_type, &bytes) {
            let written = value::encode(&first);
            let again = value::decode(data_type, &written).expect("what was written can be read");
            assert_eq!(value::encode(&again), written, "{data_type:?}");
        }
        let _ = time_series::decode(data_type, &bytes);
        let series = TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", data_type.name());
        for spec in [TopicSpec::new(data_type.topic_type()), series] {
            let _ = value::decode_topic(&spec, &bytes);
            let _ = value::number(&spec, &bytes);
            let preview = value::preview(&spec, &bytes, 40);
            assert!(preview.chars().count() <= 40 && !preview.contains('\n'), "{preview:?}");
        }
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(json) = Json::from_text(text)
    {
        let again = Json::from_text(&json.to_text()).expect("what was written can be read");
        assert_eq!(again.to_text(), json.to_text());
    }
}

/// A foreign delta, and deltas of our own between the two halves of the input.
pub fn delta(input: &[u8]) {
    let (old, rest) = input.split_at(input.first().map_or(0, |n| usize::from(*n).min(input.len())));
    if let Ok(new) = delta::apply(old, rest, MAX_SIZE) {
        assert!(new.len() <= MAX_SIZE);
    }
    assert_eq!(delta::apply(old, &delta::diff(old, rest), rest.len()).as_deref(), Ok(rest));
    if let Some(quick) = delta::quick_diff(old, rest) {
        assert!(quick.len() < rest.len() || quick == delta::NO_CHANGE);
        assert_eq!(delta::apply(old, &quick, rest.len()).as_deref(), Ok(rest));
    }
}

/// Selectors: a stable canonical form, errors inside the text, suggestions that are selectors.
pub fn selector(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (text, path) = text.split_once('\n').unwrap_or((&text, "a/b"));
    let _ = TopicPath::parse(path);
    match TopicSelector::parse(text) {
        Ok(selector) => {
            let again = TopicSelector::parse(selector.expression()).expect("the canonical form is a selector");
            assert_eq!(selector, again);
            assert_eq!(selector.prefix(), again.prefix());
            assert_eq!(selector.selects(path), again.selects(path));
            let _ = selector.probably_meant();
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.position));
            assert!(error.suggestion.is_none_or(|text| TopicSelector::parse(&text).is_ok()));
        }
    }
}

/// Removal policies, ranges, owners and whole specifications.
pub fn removal(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(policy) = RemovalPolicy::parse(&text) {
        assert!(policy.sentence().ends_with('.'));
        assert_eq!(RemovalPolicy::parse(&policy.to_string()), Ok(policy));
    }
    if let Ok(range) = EventRange::parse(&text) {
        assert_eq!(EventRange::parse(&range.to_string()), Ok(range));
    }
    for known in property::PROPERTIES {
        for topic_type in [TopicType::Json, TopicType::TimeSeries] {
            let spec = TopicSpec::new(topic_type)
                .with(property::TIME_SERIES_EVENT_VALUE_TYPE, "json")
                .with(known.key, text.as_ref());
            if let Ok(once) = property::normalise(&spec, property::check_schema) {
                assert_eq!(property::normalise(&once, property::check_schema), Ok(once));
            }
        }
    }
}

/// Session filters: errors inside the text, a written form that chooses the same sessions, and lists of roles.
pub fn filter(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match SessionFilter::parse(&text) {
        Ok(filter) => {
            let written = filter.to_string();
            // Quoting may make it longer than what is read.
            if let Ok(again) = SessionFilter::parse(&written) {
                assert_eq!(again.to_string(), written);
                let session =
                    |key: &str| (key.len().is_multiple_of(2)).then(|| std::borrow::Cow::from("\"A\",\"admin\""));
                assert_eq!(filter.selects(session), again.selects(session), "{written}");
            } else {
                assert!(written.len() > text.len(), "{written}");
            }
            assert_eq!(filter.selects(|_| None), filter.selects(|_| None));
        }
        Err(error) => assert!(text.is_char_boundary(error.position) && !error.reason.is_empty(), "{error:?}"),
    }
    let roles = read_roles(&text);
    assert_eq!(read_roles(&roles_text(roles.iter().map(String::as_str))), roles);
}

/// Branch files and topic lists, as tables and as JSON: what is read is written as something that reads the same.
pub fn topics(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut read = branch_file::parse(&text).unwrap_or_default();
    if let Ok(rows) = topic_list::parse(&text) {
        assert!(!rows.is_empty() && rows.iter().all(|row| row.place > 0));
        assert!(rows.iter().all(|row| row.topic.as_ref().err().is_none_or(|reason| !reason.is_empty())));
        read.extend(rows.into_iter().filter_map(|row| row.topic.ok()));
    }
    read.sort_by(|a, b| a.path.cmp(&b.path));
    read.dedup_by(|a, b| a.path == b.path);
    let lines: Vec<String> = read.iter().map(branch_file::line).collect();
    let file = format!("{}\n{}{}", branch_file::head("?.*//"), lines.join(",\n"), branch_file::TAIL);
    let again = branch_file::parse(&file).expect("what was written can be read");
    // Lines are compared, not values: a value may hold a NaN.
    assert_eq!(again.iter().map(branch_file::line).collect::<Vec<_>>(), lines);
}

/// JSON patches, on what the rest of the input says.
pub fn patch(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (text, value) = text.split_once('\n').unwrap_or((&text, r#"{"a":[1,2,{"b":"c"}],"c/d":null}"#));
    let (Ok(patch), Ok(mut value)) = (Patch::parse(text), Json::from_text(value)) else { return };
    let operations = text.matches("\"op\"").count();
    let Ok(failed) = patch.apply(&mut value, &mut Account::request()) else { return };
    if let Some(at) = failed {
        assert!(at < operations.max(text.len()));
    } else {
        let bytes = value.to_cbor();
        assert_eq!(Json::from_cbor(&bytes).expect("a value that a topic can have").to_cbor(), bytes);
    }
}

/// Names that strangers gave, as they are shown, and addresses of servers: nothing acts on a screen, no password stays.
pub fn names(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let line: String = shown_line(&text, 1024).into();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    let several: String = shown_text(&text).into();
    assert!(!several.chars().any(|c| c.is_control() && c != '\n'), "{several:?}");
    if let Ok(server) = ServerUrl::parse(&text) {
        assert_eq!(ServerUrl::parse(server.as_str()).as_ref(), Ok(&server));
        assert!(!server.as_str().contains('@'), "{server:?}");
    }
    if let Some(found) = split_credentials(&text) {
        assert!(!found.url.contains('@') || ServerUrl::parse(&found.url).is_err(), "{}", found.url);
    }
    let _ = without_credentials(&text);
}
