//! Permissions and refusals of time series, and what their sessions are told.

use super::*;
use crate::data::security::Role;
use crate::data::value::json::Json;
use crate::data::value::{self, Value};
use crate::data::{Secret, TopicSpec, TopicType, property};
use crate::server::ServerConfig;
use crate::server::clock::Clock;
use crate::server::handlers::fixture::handled;
use crate::server::security::{Principal, Security};
use crate::server::session::Origin;
use crate::server::world::World;
use crate::wire::handshake::{ConnectRequest, Credentials};
use crate::wire::services::range_query::{QueryType, Range};

/// The standard stores, and `scribe`, who may append and edit what is its own.
fn world() -> World {
    let mut security = Security::standard();
    let own = PathPermissions::READ_TOPIC
        .union(PathPermissions::UPDATE_TOPIC)
        .union(PathPermissions::EDIT_OWN_TIME_SERIES_EVENTS);
    security.store.roles.insert("OWN".to_owned(), Role { default_path: own, ..Role::default() });
    let scribe = Principal { password: Secret::new("password"), roles: vec!["OWN".to_owned()] };
    security.principals.insert("scribe".to_owned(), scribe);
    let mut world = World::new(security, 1 << 63, Clock::manual(0));
    let series = TopicSpec::new(TopicType::TimeSeries).with(property::TIME_SERIES_EVENT_VALUE_TYPE, "json");
    world.add("series", &series, None).unwrap();
    world.add("plain", &TopicSpec::new(TopicType::Json), None).unwrap();
    world
}

fn session(world: &mut World, principal: &str) -> u64 {
    let request = ConnectRequest {
        version: 29,
        client_type: "WB".to_owned(),
        capabilities: 10,
        reconnect_millis: 0,
        properties: Vec::new(),
        principal: (!principal.is_empty()).then(|| principal.to_owned()),
        credentials: if principal.is_empty() {
            Credentials::None
        } else {
            Credentials::Password(Secret::new("password"))
        },
        resume: None,
    };
    world.admit(&request, Origin::Memory, &ServerConfig::default()).unwrap_or_else(|_| panic!("not admitted")).session
}

fn json(number: i64) -> Bytes {
    value::encode(&Value::Json(Json::Int(number.into())))
}

fn append_as(world: &mut World, key: u64, path: &str, data_type: &str) -> Result<Added, ServiceError> {
    let request =
        time_series_append::Request { path: path.to_owned(), data_type: data_type.to_owned(), value: json(1) };
    handled(world, key, |cx| append(cx, request))
}

fn edit_as(world: &mut World, key: u64, path: &str, original_sequence: i64) -> Result<Added, ServiceError> {
    let (path, data_type) = (path.to_owned(), "json".to_owned());
    handled(world, key, |cx| edit(cx, time_series_edit::Request { path, data_type, original_sequence, value: json(2) }))
}

fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> ErrorCode {
    result.unwrap_err().code
}

#[test]
fn refusals_of_appends() {
    let mut world = world();
    let admin = session(&mut world, "admin");
    let nobody = session(&mut world, "");
    assert_eq!(code(append_as(&mut world, nobody, "series", "json")), ErrorCode::ACCESS_DENIED);
    assert_eq!(code(append_as(&mut world, admin, "absent", "json")), ErrorCode::NO_SUCH_TOPIC);
    assert_eq!(code(append_as(&mut world, admin, "plain", "json")), ErrorCode::NOT_A_TIME_SERIES_TOPIC);
    assert_eq!(code(append_as(&mut world, admin, "series", "string")), ErrorCode::INCOMPATIBLE_UPDATE);
    assert_eq!(code(append_as(&mut world, admin, "series", "nonsense")), ErrorCode::INCOMPATIBLE_UPDATE);
    let (path, data_type, value) = ("series".to_owned(), "json".to_owned(), Bytes::from_static(b"\xff\xff"));
    let damaged = time_series_append::Request { path, data_type, value };
    assert_eq!(code(handled(&mut world, admin, |cx| append(cx, damaged))), ErrorCode::INVALID_DATA);
    let added = append_as(&mut world, admin, "series", "json").unwrap();
    assert_eq!((added.sequence, added.author.as_str()), (0, "admin"));
    let (path, data_type) = ("series".to_owned(), "json".to_owned());
    let early = time_series_timestamp_append::Request {
        path,
        data_type,
        value: json(3),
        timestamp_millis: added.timestamp_millis - 1,
    };
    assert_eq!(code(handled(&mut world, admin, |cx| append_at(cx, early.clone()))), ErrorCode::UPDATE_FAILED);
    let later = time_series_timestamp_append::Request { timestamp_millis: added.timestamp_millis + 5, ..early };
    let later = handled(&mut world, admin, |cx| append_at(cx, later)).unwrap();
    assert_eq!((later.sequence, later.timestamp_millis), (1, added.timestamp_millis + 5));
}

#[test]
fn who_may_edit() {
    let mut world = world();
    let [admin, scribe, control] = ["admin", "scribe", "control"].map(|name| session(&mut world, name));
    for key in [admin, scribe, control] {
        append_as(&mut world, key, "series", "json").unwrap();
    }
    assert_eq!(edit_as(&mut world, admin, "series", 1).unwrap().sequence, 3);
    assert_eq!(code(edit_as(&mut world, scribe, "series", 0)), ErrorCode::ACCESS_DENIED);
    // The author of the original counts, not that of the latest edit.
    let added = edit_as(&mut world, scribe, "series", 1).unwrap();
    assert_eq!((added.sequence, added.author.as_str()), (4, "scribe"));
    assert_eq!(code(edit_as(&mut world, scribe, "series", 3)), ErrorCode::NO_SUCH_EVENT);
    assert_eq!(code(edit_as(&mut world, scribe, "series", 99)), ErrorCode::NO_SUCH_EVENT);
    assert_eq!(code(edit_as(&mut world, control, "series", 2)), ErrorCode::ACCESS_DENIED);
    assert_eq!(code(edit_as(&mut world, admin, "absent", 0)), ErrorCode::NO_SUCH_TOPIC);
    assert_eq!(code(edit_as(&mut world, admin, "plain", 0)), ErrorCode::NOT_A_TIME_SERIES_TOPIC);
    let (path, data_type) = ("series".to_owned(), "string".to_owned());
    let other = time_series_edit::Request { path, data_type, original_sequence: 0, value: json(2) };
    assert_eq!(code(handled(&mut world, admin, |cx| edit(cx, other))), ErrorCode::INCOMPATIBLE_UPDATE);
}

#[test]
fn sessions_without_a_name_own_nothing() {
    let mut world = world();
    world.security.anonymous = Some(vec!["OWN".to_owned()]);
    let nobody = session(&mut world, "");
    assert_eq!(append_as(&mut world, nobody, "series", "json").unwrap().author, "");
    assert_eq!(code(edit_as(&mut world, nobody, "series", 0)), ErrorCode::ACCESS_DENIED);
}

#[test]
fn who_may_query_what() {
    let mut world = world();
    let [admin, scribe] = ["admin", "scribe"].map(|name| session(&mut world, name));
    append_as(&mut world, scribe, "series", "json").unwrap();
    edit_as(&mut world, admin, "series", 0).unwrap();
    let mut ask = |key, request| handled(&mut world, key, |cx| query(cx, request));
    let values = range_query::Request::of("series");
    let edits = range_query::Request { query_type: QueryType::AllEdits, ..values.clone() };
    let start = range_query::Point::new(range_query::PointType::AbsoluteStart, 0);
    let past = range_query::Request { edit_range: Range { anchor: start, span: start }, ..values.clone() };
    for request in [edits.clone(), past.clone()] {
        assert_eq!(code(ask(scribe, request)), ErrorCode::ACCESS_DENIED);
    }
    let answer = ask(scribe, values).unwrap();
    let events = answer.events();
    assert_eq!((answer.data_type.as_str(), answer.selected_count, events.len()), ("json", 1, 1));
    assert_eq!((&*events[0].metadata.author, events[0].value.clone()), ("admin", json(2)));
    assert_eq!(events[0].original.as_ref().map(|original| &*original.author), Some("scribe"));
    assert_eq!(ask(admin, edits.clone()).unwrap().events().len(), 2);
    assert_eq!(ask(admin, past).unwrap().events(), []);
    let limited = ask(admin, range_query::Request { limit: 1, ..edits }).unwrap();
    assert_eq!((limited.selected_count, limited.events().len(), limited.is_complete()), (2, 1, false));
    assert_eq!(code(ask(admin, range_query::Request::of("absent"))), ErrorCode::NO_SUCH_TOPIC);
    assert_eq!(code(ask(admin, range_query::Request::of("plain"))), ErrorCode::NOT_A_TIME_SERIES_TOPIC);
    let odd = range_query::Request { limit: -1, ..range_query::Request::of("series") };
    assert_eq!(code(ask(admin, odd)), ErrorCode::INVALID_DATA);
}

/// Whoever else changes the topic ends its update stream, by an edit as well.
#[test]
fn edits_end_update_streams() {
    let mut world = world();
    let admin = session(&mut world, "admin");
    append_as(&mut world, admin, "series", "json").unwrap();
    let path = TopicPath::parse("series").unwrap();
    let place = world.sessions[&admin].streams.begin(world.topics[&path].number, 1, false);
    world.topics.get_mut(&path).unwrap().stream =
        Some(crate::server::topic::Stream { session: admin, instance: 1, place });
    assert!(edit_as(&mut world, admin, "series", 5).is_err());
    assert!(world.topics[&path].stream.is_some(), "nothing was changed");
    edit_as(&mut world, admin, "series", 0).unwrap();
    assert!(world.topics[&path].stream.is_none());
}
