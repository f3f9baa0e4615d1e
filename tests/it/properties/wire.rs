//! What holds for every message: made-up values survive the line, damaged bytes do no harm, lists are consistent.

use crate::vectors::services::{Part, has_disputed_form, payloads, written_back};
use crate::vectors::session;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use brownian::data::{ErrorCode, Properties, Secret, SessionId, TopicSpec, TopicType, UnsubscribeReason};
use brownian::wire::error::Problem;
use brownian::wire::frame::VERSION;
use brownian::wire::handshake::{
    Acceptance, CAP_UNIFIED, CAP_ZLIB, ConnectRequest, ConnectResponse, Credentials, Rejection, Resume, Token,
};
use brownian::wire::protocol::SPOKEN;
use brownian::wire::services::shared::{
    AddAndSetRequest, AddOutcome, Comparison, Constraint, ConstraintType, Operator, SelectionRequest, StreamAdded,
    StreamCreated, StreamId, TopicEvent,
};
use brownian::wire::services::{self, Visitor, fetch, visit_all};
use brownian::wire::{Message, Service, Wire, decode, encode};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use proptest::collection::{hash_map, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::{Index, select};
use std::collections::HashSet;
use std::fmt::Debug;
use std::path::Path;

const MAX_SIZE: usize = 1 << 20;

pub(crate) fn assert_survives<T: Wire + Debug + PartialEq>(value: &T, version: u8) {
    assert_eq!(decode::<T>(encode(value, version), version).as_ref(), Ok(value));
}

/// A request and a response of a service survive, as payloads of messages do.
pub(crate) fn assert_service<S: Service>(request: &S::Request, response: &S::Response, version: u8) {
    assert_survives(request, version);
    assert_survives(response, version);
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z0-9/?*$ ]{0,12}", 1 => any::<String>(), 1 => "x{127,129}"]
}

pub(crate) fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..160).prop_map(Bytes::from)
}

fn topic_type() -> impl Strategy<Value = TopicType> {
    select(&TopicType::ALL[..])
}

fn properties() -> impl Strategy<Value = Properties> {
    vec((text(), text()), 0..4).prop_map(|items| items.into_iter().collect())
}

fn spec() -> impl Strategy<Value = TopicSpec> {
    (topic_type(), properties()).prop_map(|(topic_type, properties)| TopicSpec { topic_type, properties })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let parts = (select(Operator::ALL), select(ConstraintType::ALL), bytes());
    parts.prop_map(|(operator, value_type, value)| Comparison { operator, value_type, value })
}

/// Constraints without parts of their own, their comparisons made by `comparison`.
fn simple<C: Strategy<Value = Comparison> + Clone + 'static>(comparison: C) -> impl Strategy<Value = Constraint> {
    prop_oneof![
        Just(Constraint::Unconstrained),
        Just(Constraint::NoValue),
        Just(Constraint::NoTopic),
        (text(), any::<i64>()).prop_map(|(name, sequence)| Constraint::Locked { name, sequence }),
        comparison.clone().prop_map(Constraint::Value),
        (vec((text(), comparison), 0..3), vec(text(), 0..3))
            .prop_map(|(with, without)| Constraint::PartialJson { with, without }),
    ]
}

fn constraint() -> impl Strategy<Value = Constraint> {
    simple(comparison().boxed()).prop_recursive(6, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Constraint::And(vec![a, b])),
            (inner.clone(), inner).prop_map(|(a, b)| Constraint::Or(Box::new(a), Box::new(b))),
        ]
    })
}

/// What protocol 25 can say: equality of bytes, and conjunctions of any length.
fn python_constraint() -> impl Strategy<Value = Constraint> {
    simple(bytes().prop_map(Comparison::is).boxed())
        .prop_recursive(4, 24, 4, |inner| vec(inner, 0..4).prop_map(Constraint::And))
}

fn stream() -> impl Strategy<Value = StreamId> {
    any::<[i32; 4]>().prop_map(|[topic_id, instance_id, partition, generation]| StreamId {
        topic_id,
        instance_id,
        partition,
        generation,
    })
}

fn limit() -> impl Strategy<Value = Option<fetch::Limit>> {
    option::of((text(), any::<bool>()).prop_map(|(path, includes_path)| fetch::Limit { path, includes_path }))
}

fn fetch_request() -> impl Strategy<Value = fetch::Request> {
    (text(), limit(), limit(), any::<i64>(), any::<[bool; 4]>(), any::<[i32; 4]>()).prop_map(
        |(selector, from, to, topic_types, flags, numbers)| fetch::Request {
            selector,
            from,
            to,
            topic_types,
            with_values: flags[0],
            with_properties: flags[1],
            limit: numbers[0],
            max_result_size: numbers[1],
            deep_branch_depth: numbers[2],
            deep_branch_limit: numbers[3],
            with_unpublished_delayed_topics: flags[2],
            with_sizes: flags[3],
        },
    )
}

fn fetched() -> impl Strategy<Value = fetch::FetchedTopic> {
    let size = prop_oneof![
        Just(fetch::Size::None),
        any::<i32>().prop_map(fetch::Size::Value),
        (any::<i32>(), any::<i32>(), any::<i64>()).prop_map(|(last_event, events, total)| fetch::Size::Series {
            last_event,
            events,
            total
        }),
    ];
    (text(), topic_type(), option::of(bytes()), any::<i32>(), size).prop_map(
        |(path, topic_type, value, properties_index, size)| fetch::FetchedTopic {
            path,
            topic_type,
            value,
            properties_index,
            size,
        },
    )
}

fn fetch_response() -> impl Strategy<Value = fetch::Response> {
    (vec(properties(), 0..4), vec(fetched(), 0..8), any::<bool>())
        .prop_map(|(properties, results, has_more)| fetch::Response { properties, results, has_more })
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        (any::<u32>(), any::<i64>(), bytes()).prop_map(|(service, cid, payload)| Message::Request {
            service,
            cid,
            payload
        }),
        (any::<i64>(), bytes()).prop_map(|(cid, payload)| Message::Response { cid, payload }),
        (any::<i64>(), text(), any::<i32>().prop_map(ErrorCode)).prop_map(|(cid, description, code)| Message::Error {
            cid,
            description,
            code
        }),
        (any::<i32>(), bytes()).prop_map(|(topic_id, value)| Message::TopicValue { topic_id, value }),
        (any::<i32>(), bytes()).prop_map(|(topic_id, delta)| Message::TopicDelta { topic_id, delta }),
        (any::<i32>(), any::<u8>(), 0usize..4000)
            .prop_map(|(topic_id, byte, n)| Message::TopicValue { topic_id, value: vec![byte; n].into() }),
        Just(Message::Abort),
        Just(Message::CloseRequest),
    ]
}

fn token() -> impl Strategy<Value = Token> {
    "[A-Za-z0-9+/=&%]{24}".prop_map(|text| Token(text.as_bytes().try_into().expect("24 bytes")))
}

fn connect_request() -> impl Strategy<Value = ConnectRequest> {
    let resume = (token(), any::<i64>(), any::<i64>()).prop_map(|(token, client_sequence, server_sequence)| Resume {
        token,
        client_sequence,
        server_sequence,
    });
    let credentials = prop_oneof![
        Just(Credentials::None),
        any::<String>()
            .prop_filter("an empty password is none", |text| !text.is_empty())
            .prop_map(|text| Credentials::Password(Secret::new(text))),
        bytes().prop_map(Credentials::Custom),
    ];
    // Credentials travel with a principal only.
    let name = any::<String>().prop_filter("an empty principal is none", |text| !text.is_empty());
    let login = prop_oneof![
        1 => Just((None, Credentials::None)),
        3 => (name.prop_map(Some), credentials),
    ];
    let kind = select(&["WB", "B", "PY", "WJ", "a b&c"][..]);
    let numbers = (any::<u8>(), any::<u32>(), 0..=i64::MAX as u64);
    (kind, numbers, hash_map(any::<String>(), any::<String>(), 0..5), login, option::of(resume)).prop_map(
        |(client_type, (version, capabilities, reconnect_millis), properties, (principal, credentials), resume)| {
            ConnectRequest {
                version,
                client_type: client_type.to_owned(),
                capabilities,
                reconnect_millis,
                properties: properties.into_iter().collect(),
                principal,
                credentials,
                resume,
            }
        },
    )
}

proptest! {
    #[test]
    fn requests_to_subscribe_survive(selector in text(), scope in text()) {
        let request = SelectionRequest { selector, scope };
        assert_service::<services::Subscribe>(&request, &(), VERSION);
        assert_service::<services::Unsubscribe>(&request, &(), VERSION);
        let all = services::unsubscribe_all::Request { selector: request.selector.clone() };
        assert_service::<services::UnsubscribeAll>(&all, &(), VERSION);
        // Protocol 25 has no scopes.
        let read = decode::<SelectionRequest>(encode(&request, 25), 25);
        assert_eq!(read, Ok(SelectionRequest { scope: String::new(), ..request }));
    }

    #[test]
    fn services_of_old_clients_survive(path in text(), value in bytes(), reserved: u8) {
        for outcome in services::topic_update::UpdateOutcome::ALL {
            let request = services::topic_update::Request { path: path.clone(), value: value.clone() };
            assert_service::<services::TopicUpdate>(&request, outcome, VERSION);
        }
        for outcome in services::topic_will::WillOutcome::ALL {
            let request = services::topic_will::Request { path: path.clone(), reserved };
            assert_service::<services::TopicWill>(&request, outcome, VERSION);
        }
    }

    #[test]
    fn changes_of_principal_survive(principal in text(), password in ".{1,40}", data in bytes(), accepted: bool) {
        let all = [Credentials::None, Credentials::Password(Secret::new(password)), Credentials::Custom(data)];
        for credentials in all {
            let request = services::change_principal::Request { principal: principal.clone(), credentials };
            assert_service::<services::ChangePrincipal>(&request, &accepted, VERSION);
        }
    }

    #[test]
    fn subscriptions_survive(topic_id: i32, path in text(), spec in spec(), reason in 0u8..=255) {
        let request = services::topic_subscribed::Request { topic_id, path, spec };
        assert_service::<services::TopicSubscribed>(&request, &(), VERSION);
        if let Some(reason) = UnsubscribeReason::from_id(reason) {
            let request = services::topic_unsubscribed::Request { topic_id, reason };
            assert_service::<services::TopicUnsubscribed>(&request, &(), VERSION);
        }
    }

    #[test]
    fn fetches_survive(request in fetch_request(), response in fetch_response()) {
        assert_service::<services::Fetch>(&request, &response, VERSION);
        // Protocol 25 has no sizes.
        let read = decode::<fetch::Request>(encode(&request, 25), 25);
        assert_eq!(read, Ok(fetch::Request { with_sizes: false, ..request }));
        let mut without = response.clone();
        for topic in &mut without.results {
            topic.size = fetch::Size::None;
        }
        assert_eq!(decode(encode(&response, 25), 25), Ok(without));
    }

    #[test]
    fn updates_survive(
        path in text(),
        spec in spec(),
        value in bytes(),
        patch in text(),
        constraint in constraint(),
        (index, outcome) in (any::<i32>(), select(AddOutcome::ALL)),
    ) {
        let add = services::topic_add::Request { path: path.clone(), spec: spec.clone() };
        assert_service::<services::TopicAdd>(&add, &outcome, VERSION);
        assert_service::<services::TopicRemove>(&services::topic_remove::Request { selector: path.clone() }, &index, VERSION);
        let patch = services::json_patch::Request { path: path.clone(), patch, constraint: constraint.clone() };
        assert_service::<services::JsonPatch>(&patch, &index, VERSION);
        let set = services::topic_set::Request {
            path: path.clone(),
            topic_type: spec.topic_type,
            value: value.clone(),
            constraint: constraint.clone(),
        };
        assert_service::<services::TopicSet>(&set, &(), VERSION);
        assert_service::<services::TopicAddAndSet>(&AddAndSetRequest { path, spec, value, constraint }, &outcome, VERSION);
    }

    #[test]
    fn constraints_of_protocol_25_survive(constraint in python_constraint()) {
        assert_survives(&constraint, 25);
    }

    /// Three and more parts become pairs, to the left.
    #[test]
    fn long_conjunctions_nest_to_the_left(parts in vec(constraint(), 0..5)) {
        let nested = parts.iter().cloned().reduce(|left, right| Constraint::And(vec![left, right]));
        let read = decode::<Constraint>(encode(&Constraint::And(parts), VERSION), VERSION);
        assert_eq!(read, Ok(nested.unwrap_or_default()));
    }

    #[test]
    fn update_streams_survive(
        path in text(),
        spec in spec(),
        value in bytes(),
        constraint in constraint(),
        stream in stream(),
        (flags, outcome) in (any::<u8>(), select(AddOutcome::ALL)),
    ) {
        let created = StreamCreated { stream: stream.clone(), flags };
        let added = StreamAdded { outcome, stream: stream.clone(), flags };
        let create = services::update_stream_create::Request {
            path: path.clone(),
            topic_type: spec.topic_type,
            constraint: constraint.clone(),
        };
        assert_service::<services::UpdateStreamCreate>(&create, &created, VERSION);
        let set = services::topic_set::Request {
            path: path.clone(),
            topic_type: spec.topic_type,
            value: value.clone(),
            constraint: constraint.clone(),
        };
        assert_service::<services::UpdateStreamCreateAndSet>(&set, &created, VERSION);
        let add = services::update_stream_add::Request {
            path: path.clone(),
            spec: spec.clone(),
            constraint: constraint.clone(),
        };
        assert_service::<services::UpdateStreamAdd>(&add, &added, VERSION);
        let add = AddAndSetRequest { path, spec, value: value.clone(), constraint };
        assert_service::<services::UpdateStreamAddAndSet>(&add, &added, VERSION);
        assert_service::<services::UpdateStreamCheck>(&stream, &(), VERSION);
        let request = services::update_stream_set::Request { stream, value };
        assert_service::<services::UpdateStreamSet>(&request, &(), VERSION);
        assert_service::<services::UpdateStreamDelta>(&request, &(), VERSION);
    }

    #[test]
    fn notifications_survive(listener: i64, text in text(), event in select(TopicEvent::ALL), spec in spec()) {
        let select = services::notification_select::Request { listener, selector: text.clone() };
        assert_service::<services::NotificationSelect>(&select, &(), VERSION);
        assert_service::<services::NotificationDeselect>(&select, &(), VERSION);
        assert_service::<services::NotificationEnd>(&listener, &(), VERSION);
        let descendant = services::notification_descendant::Request { listener, path: text.clone(), event };
        assert_service::<services::NotificationDescendant>(&descendant, &(), VERSION);
        let request = services::notification_event::Request { listener, path: text, event, spec };
        assert_service::<services::NotificationEvent>(&request, &(), VERSION);
    }

    #[test]
    fn pings_survive(version in SPOKEN) {
        assert_service::<services::SystemPing>(&(), &(), version);
        assert_service::<services::UserPing>(&(), &(), version);
    }

    #[test]
    fn messages_survive(message in message()) {
        let (plain, compressed) = (message.encode(), message.encode_compressed());
        assert!(compressed.len() <= plain.len());
        assert_eq!(Message::decode(plain, MAX_SIZE).as_ref(), Ok(&message));
        assert_eq!(Message::decode(compressed, MAX_SIZE), Ok(message));
    }

    #[test]
    fn connection_requests_survive_in_queries(request in connect_request()) {
        let query = request.to_query();
        assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\"<>".contains(&byte)), "{query}");
        assert_eq!(ConnectRequest::from_query(&query), Ok(request));
    }

    /// What a header cannot hold goes into no header.
    #[test]
    fn connection_requests_survive_in_own_headers(request in connect_request()) {
        // A server takes these for the escaped headers of long polling.
        let escapes = request.client_type == "B";
        if let Some(headers) = request.to_headers().filter(|_| !escapes) {
            let read = ConnectRequest::from_headers(|name| {
                headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose().to_owned())
            });
            assert!(headers.iter().all(|(_, value)| value.expose().bytes().all(|b| (b' '..=b'~').contains(&b))));
            assert_eq!(read, Ok(request));
        }
    }

    /// Headers of long polling escape two of the parameters, those of other clients none; both are plain ASCII here.
    #[test]
    fn connection_requests_survive_in_headers(request in connect_request()) {
        let query = request.to_query();
        let read = ConnectRequest::from_headers(|name| {
            let value = query.split('&').find_map(|item| item.strip_prefix(name)?.strip_prefix('='))?;
            let is_escaped = request.client_type == "B" && ["sp", "username"].contains(&name);
            let plain = || percent_decode_str(value).decode_utf8().expect("UTF-8").into_owned();
            Some(if is_escaped { value.to_owned() } else { plain() })
        });
        assert_eq!(read, Ok(request));
    }

    #[test]
    fn connection_responses_survive(
        (version, code, token) in (any::<u8>(), any::<u8>(), token()),
        (server, session, ping_period_millis, last) in (any::<u64>(), any::<u64>(), any::<i64>(), any::<i32>()),
    ) {
        let session = SessionId { server, session };
        let accepted = [
            Acceptance::New { max_message_size: last },
            Acceptance::Recovered { sequence: last },
            Acceptance::Lossy { max_message_size: last },
        ];
        for acceptance in accepted {
            let token = token.clone();
            let response = ConnectResponse::Accepted { version, acceptance, session, token, ping_period_millis };
            assert_eq!(ConnectResponse::decode(response.encode()), Ok(response));
        }
        if ![100, 105, 106].contains(&code) {
            let response = ConnectResponse::Rejected { version, rejection: Rejection(code) };
            assert_eq!(ConnectResponse::decode(response.encode()), Ok(response));
        }
    }
}

/// One change to bytes: cut, bit turned, byte put in, piece taken from elsewhere.
#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    Bit(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Self::Bit(at, bit) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << (bit % 8);
            }
            Self::Bit(..) => {}
            Self::Insert(at, piece) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, piece.iter().copied());
            }
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
                let piece = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.extend(piece);
            }
        }
    }
}

/// Counts and lengths at their edges: -1, the largest, one that never ends; and many constraints in one another.
const EDGES: &[&[u8]] = &[&[0xff, 0xff, 0xff, 0xff, 0x0f], &[0xff, 0xff, 0xff, 0xff, 0x07], &[0x80; 11], &[1; 80]];

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Damage::Bit(at, bit)),
        (any::<Index>(), select(EDGES)).prop_map(|(at, piece)| Damage::Insert(at, piece.to_vec())),
        (any::<Index>(), vec(any::<u8>(), 1..4)).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ];
    vec(one, 1..5)
}

fn damaged(bytes: &[u8], damage: &[Damage]) -> Bytes {
    let mut bytes = bytes.to_vec();
    for damage in damage {
        damage.apply(&mut bytes);
    }
    bytes.into()
}

/// Damaged bytes are refused or are another value, which is written in one way.
fn assert_harmless(bytes: &Bytes) {
    for entry in services::ALL {
        for (version, part) in SPOKEN.flat_map(|v| [(v, Part::Request), (v, Part::Response)]) {
            if let Ok(written) = written_back(entry.id, version, part, bytes) {
                // Nothing is made of nothing: what is written was read, but for the count that a disputed form lacks.
                assert!(
                    written.len() <= bytes.len() + usize::from(has_disputed_form(entry.id)),
                    "{} {part:?} {}",
                    entry.name,
                    hex::encode(bytes)
                );
                assert_eq!(written_back(entry.id, version, part, &written), Ok(written), "{} {part:?}", entry.name);
            }
        }
    }
}

proptest! {
    #[test]
    fn damaged_payloads_do_no_harm(at: Index, damage in damage()) {
        let samples: Vec<_> = payloads().map(|(.., payload)| payload).collect();
        assert_harmless(&damaged(&samples[at.index(samples.len())], &damage));
    }

    #[test]
    fn damaged_messages_do_no_harm(at: Index, damage in damage()) {
        let samples = session::bytes_of_messages();
        let bytes = damaged(&samples[at.index(samples.len())], &damage);
        if let Ok(message) = Message::decode(bytes.clone(), MAX_SIZE) {
            assert_eq!(Message::decode(message.encode(), MAX_SIZE), Ok(message));
        }
        if let Ok(response) = ConnectResponse::decode(bytes) {
            assert_eq!(ConnectResponse::decode(response.encode()), Ok(response));
        }
    }

    #[test]
    fn damaged_connection_requests_do_no_harm(request in connect_request(), damage in damage()) {
        let query = damaged(request.to_query().as_bytes(), &damage);
        let query = String::from_utf8_lossy(&query);
        if let Ok(read) = ConnectRequest::from_query(&query) {
            // What was read has a form that reads the same, apart from what has no effect.
            let again = ConnectRequest::from_query(&read.to_query()).expect("what was written can be read");
            assert_eq!((again.version, &again.client_type, &again.principal), (read.version, &read.client_type, &read.principal));
            assert_eq!(again.resume, read.resume);
        }
    }

    #[test]
    fn any_text_may_stand_for_credentials(text in any::<String>(), raw in vec(any::<u8>(), 0..20)) {
        let _ = Credentials::from_parameter(&text);
        let encoded = BASE64.encode(raw);
        if let Ok(read) = Credentials::from_parameter(&encoded) {
            assert_eq!(Credentials::from_parameter(&read.to_parameter()), Ok(read));
        }
    }
}

#[test]
fn services_have_numbers_and_names_of_their_own() {
    struct Seen(Vec<(u32, &'static str)>);
    impl Visitor for Seen {
        fn visit<S: Service>(&mut self) {
            self.0.push((S::ID, S::NAME));
        }
    }
    let mut seen = Seen(Vec::new());
    visit_all(&mut seen);
    let listed: Vec<_> = services::ALL.iter().map(|entry| (entry.id, entry.name)).collect();
    assert_eq!(seen.0, listed);
    assert_eq!(listed.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), listed.len(), "numbers");
    assert_eq!(listed.iter().map(|(_, name)| name).collect::<HashSet<_>>().len(), listed.len(), "names");
    for (id, name) in listed {
        assert_eq!(services::name_of(id), name);
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
    }
    assert_eq!(services::name_of(u32::MAX), "unknown service");
}

/// A service that no test names here is one whose values nobody made up.
#[test]
fn every_service_has_made_up_values() {
    struct Names(Vec<&'static str>);
    impl Visitor for Names {
        fn visit<S: Service>(&mut self) {
            self.0.extend(std::any::type_name::<S>().rsplit("::").next());
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/properties");
    let files = std::fs::read_dir(folder).expect("the folder of this file");
    let sources: String =
        files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("sources are text")).collect();
    let mut names = Names(Vec::new());
    visit_all(&mut names);
    let missing = |name: &&str| !sources.contains(&format!("assert_service::<services::{name}>("));
    let missing: Vec<&str> = names.0.into_iter().filter(missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn constraints_nest_to_a_bounded_depth() {
    let nested = |depth: usize| {
        // Conjunctions whose right sides are "unconstrained".
        Bytes::from([vec![1; depth], vec![0; depth + 1]].concat())
    };
    assert!(decode::<Constraint>(nested(63), VERSION).is_ok());
    for depth in [64, 1000, 1 << 20] {
        let refused = decode::<Constraint>(nested(depth), VERSION).expect_err("too deep");
        assert_eq!(refused.problem, Problem::TooDeep, "{depth}");
    }
}

#[test]
fn counts_beyond_the_bytes_that_follow_are_refused() {
    for count in [i32::MIN, -1, 100, i32::MAX] {
        let payload = Bytes::from([&encode(&count, VERSION)[..], &[0; 99]].concat());
        let refused = [
            decode::<String>(payload.clone(), VERSION).err(),
            decode::<Bytes>(payload.clone(), VERSION).err(),
            decode::<Vec<String>>(payload.clone(), VERSION).err(),
            decode::<Properties>(payload.clone(), VERSION).err(),
            decode::<fetch::Response>(payload, VERSION).err(),
        ];
        for error in refused {
            assert_eq!(error.expect("refused").problem, Problem::Length(count.into()));
        }
    }
}

#[test]
fn compressed_messages_do_not_burst_the_limit() {
    let value = Bytes::from(vec![0; MAX_SIZE]);
    let message = Message::TopicValue { topic_id: 7, value };
    let small = message.encode_compressed();
    assert!(small.len() < MAX_SIZE / 100);
    assert_eq!(Message::decode(small.clone(), MAX_SIZE).as_ref(), Ok(&message));
    let refused = Message::decode(small.clone(), MAX_SIZE - 1).expect_err("one byte too many");
    assert_eq!(refused.problem, Problem::TooLarge(MAX_SIZE - 1));
    let short = Message::TopicDelta { topic_id: 7, delta: vec![0; 300].into() }.encode_compressed();
    for end in 5..short.len() {
        assert!(Message::decode(short.slice(..end), MAX_SIZE).is_err(), "cut to {end}");
    }
    for first in [0x80, 0x86, 0x87] {
        let bytes = Bytes::from(vec![first, 1, 1, 1, 1]);
        assert!(Message::decode(bytes, MAX_SIZE).is_err(), "only topic messages are compressed");
    }
}

#[test]
fn a_client_tells_what_it_can_do() {
    assert_eq!(CAP_ZLIB | CAP_UNIFIED, 10, "as the official clients tell");
}

#[test]
fn a_topic_has_a_bounded_number_of_properties() {
    let spec = |count: usize| TopicSpec {
        topic_type: TopicType::Json,
        properties: (0..count).map(|n| (format!("KEY{n}"), "x")).collect(),
    };
    let most = spec(Properties::MAX);
    assert_eq!(decode(encode(&most, VERSION), VERSION), Ok(most));
    let refused = decode::<TopicSpec>(encode(&spec(Properties::MAX + 1), VERSION), VERSION).expect_err("one too many");
    assert_eq!(refused.problem, Problem::TooMany(Properties::MAX));
}
