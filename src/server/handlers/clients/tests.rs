//! What is done to other sessions: the effect at the target, what listeners hear, counts, errors and permissions.

use super::super::fixture::VERSION;
use super::super::{Progress, begin, dispatch, go_on};
use super::fixture::Controlling;
use crate::data::security::PathPermissions;
use crate::data::{ErrorCode, Secret, SessionId, TopicSpec, TopicType};
use crate::server::session::CloseSignal;
use crate::wire::handshake::Credentials;
use crate::wire::services::get_selectors::{Selection, SelectionKind};
use crate::wire::services::session_fetch::{self, FetchedSession};
use crate::wire::services::session_listing::{CountOrErrors, ErrorReport, OneSession, Selected};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::*;
use crate::wire::{Message, Service, decode, encode};

fn count(count: i32) -> CountOrErrors {
    CountOrErrors { count, errors: Vec::new() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn selection(selector: &str, scope: &str) -> SelectionRequest {
    SelectionRequest { selector: selector.to_owned(), scope: scope.to_owned() }
}

impl Controlling {
    fn one(&self, key: u64) -> OneSession {
        OneSession { session: self.id(key) }
    }

    /// An id that no session has.
    fn nobody(&self) -> SessionId {
        SessionId { server: self.world.server_id, session: 1 << 40 }
    }

    fn add(&mut self, paths: &[&str]) {
        for path in paths {
            self.world.add(path, &TopicSpec::new(TopicType::Json), None).expect("a topic");
        }
    }

    /// Subscriptions that a session was told of, and the reasons for which they ended.
    fn told(&self, key: u64) -> Vec<String> {
        let of = |message| match message {
            Message::Request { service: TopicSubscribed::ID, payload, .. } => {
                let notice: topic_subscribed::Request = decode(payload, VERSION).expect("a notice");
                Some(format!("+{}", notice.path))
            }
            Message::Request { service: TopicUnsubscribed::ID, payload, .. } => {
                let notice: topic_unsubscribed::Request = decode(payload, VERSION).expect("a notice");
                Some(format!("-{} {}", notice.topic_id, notice.reason.name()))
            }
            _ => None,
        };
        self.taken(key).into_iter().filter_map(of).collect()
    }

    fn property(&self, key: u64, name: &str) -> Option<&str> {
        self.world.sessions[&key].properties.get(name).map(String::as_str)
    }
}

#[test]
fn sessions_are_closed_once_and_their_clients_told() {
    let mut c = Controlling::new();
    let (first, second) = (c.open("client"), c.open("client"));
    let control = c.open("control");
    c.listen(1, None, &["$Principal"]);
    c.heard(c.admin);
    let closing = c.world.sessions.get_mut(&first).expect("a session").connection.replace();
    assert_eq!(c.ask::<CloseClient>(&c.one(first)), Ok(()));
    assert_eq!(*closing.borrow(), CloseSignal::SessionOver, "its connection says so and ends");
    assert_eq!(c.ask::<CloseClient>(&c.one(first)).map_err(|error| error.code), Err(ErrorCode::NO_SUCH_SESSION));
    assert_eq!(c.ask_as::<RevokeAuthentication>(control, &c.one(second)), Ok(()));
    let expected = ["1: 2 closed CLOSED_BY_CONTROLLER $Principal=client", "1: 3 closed REVOKED $Principal=client"];
    assert_eq!(c.heard(c.admin).0, expected);
    // Administrators of the documented stores may not.
    let refused = c.ask::<RevokeAuthentication>(&c.one(control)).map_err(|error| error.code);
    assert_eq!(refused, Err(ErrorCode::ACCESS_DENIED));
}

#[test]
fn who_closes_all_is_closed_last() {
    let mut c = Controlling::new();
    let keys: Vec<u64> = (0..2000).map(|_| c.open("client")).collect();
    let other = c.open("admin");
    let request = close_client_filter::Request { filter: "not ($Principal is 'nobody')".to_owned() };
    let payload = encode(&request, VERSION);
    let mut progress = begin(&mut c.world, c.admin, 1, CloseClientFilter::ID, payload, &mut 0);
    let mut slices = 1;
    while let Progress::Running = progress {
        let is_there = c.world.sessions.contains_key(&c.admin);
        progress = match go_on(&mut c.world, c.admin, &mut 0) {
            Some((_, progress)) => progress,
            None => break,
        };
        slices += 1;
        assert!(is_there);
    }
    assert!(slices > 5 && c.world.sessions.is_empty(), "{slices}");
    assert!(!c.world.sessions.contains_key(&other) && keys.len() == 2000);
}

#[test]
fn filters_count_what_was_changed_or_say_where_they_are_wrong() {
    let mut c = Controlling::new();
    for _ in 0..3 {
        c.open("client");
    }
    let clients = "$Principal is 'client'";
    let set = |filter: &str| set_session_properties_filter::Request {
        filter: filter.to_owned(),
        set: Some(vec![("desk".into(), "fx".into())]),
        remove: None,
    };
    assert_eq!(c.ask::<SetSessionPropertiesFilter>(&set(clients)), Ok(count(3)));
    assert_eq!(c.ask::<SetSessionPropertiesFilter>(&set("has nothing")), Ok(count(0)));
    let bad = c.ask::<SetSessionPropertiesFilter>(&set("all\n or")).expect("reports");
    assert_eq!(bad.count, 0);
    assert!(matches!(&bad.errors[..], [ErrorReport { line: 2, column: 4, .. }]), "{bad:?}");
    let conflate = set_client_conflation_filter::Request { filter: "desk is 'fx'".into(), conflate: false };
    assert_eq!(c.ask::<SetClientConflationFilter>(&conflate), Ok(count(3)));
    let subscribe = |filter: &str| filter_subscribe::Request { filter: filter.into(), selection: selection(">a", "") };
    assert_eq!(c.ask::<FilterSubscribe>(&subscribe("all")), Ok(Selected::Sessions(4)));
    assert!(matches!(c.ask::<FilterUnsubscribe>(&subscribe("al")), Ok(Selected::BadFilter(of)) if of.len() == 1));
    let roles = change_authorisation_roles_filter::Request {
        filter: clients.into(),
        remove: words(&["CLIENT"]),
        add: words(&["OPERATOR", "odd \"one\""]),
    };
    assert_eq!(c.ask::<ChangeAuthorisationRolesFilter>(&roles), Ok(count(3)));
    assert_eq!(c.property(2, "$Roles"), Some(r#""OPERATOR","odd \"one\"""#));
    let close = close_client_filter::Request { filter: "hasRoles 'OPERATOR'".into() };
    assert_eq!(c.ask::<CloseClientFilter>(&close), Ok(count(3)));
    assert_eq!(c.world.sessions.len(), 1);
}

#[test]
fn properties_are_set_and_what_was_there_is_answered() {
    let mut c = Controlling::new();
    let key = c.open("client");
    let ask = |c: &mut Controlling, set: &[(&str, &str)], remove: &[&str]| {
        let request = set_session_properties::Request {
            session: c.id(key),
            set: Some(set.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()),
            remove: Some(words(remove)),
        };
        let answer = c.ask::<SetSessionProperties>(&request).map_err(|error| error.code)?;
        let previous = answer.previous.into_iter().flatten().map(|(key, value)| format!("{key}={value}"));
        Ok(previous
            .chain(answer.added.into_iter().flatten().map(|key| format!("+{key}")))
            .collect::<Vec<_>>()
            .join(" "))
    };
    let set = [("$Country", "gb"), ("$Language", "EN"), ("$Latitude", "51.5"), ("$Longitude", "west"), ("a", "1")];
    assert_eq!(ask(&mut c, &set, &["b"]), Ok("$Country= $Language= $Latitude=NaN +a".to_owned()));
    let places = ["$Country", "$Language", "$Latitude", "$Longitude"].map(|name| c.property(key, name));
    assert_eq!(places, [Some("GB"), Some("en"), Some("51.5"), Some("NaN")]);
    let fixed = [("$Principal", "admin"), ("$Roles", "\"ADMINISTRATOR\""), ("$New", "x"), ("a", "1")];
    assert_eq!(ask(&mut c, &fixed, &["$Country", "$StartTime"]), Ok(String::new()), "nothing has changed");
    assert_eq!(c.property(key, "$Principal"), Some("client"));
    assert_eq!(ask(&mut c, &[("a", "2"), ("b", "")], &[]), Ok("a=1 +b".to_owned()));
    assert_eq!(ask(&mut c, &[], &["a", "b", "c"]), Ok("a=2 b=".to_owned()));
    for key in ["", "a b", "a\tb", "a\"", "it's", "(x", "x)", "a\n", &"k".repeat(257)] {
        assert_eq!(ask(&mut c, &[(key, "x")], &[]), Err(ErrorCode::INVALID_DATA), "{key}");
    }
    let long = "x".repeat(65_000);
    let kept = c.world.sessions[&key].kept.bytes();
    assert_eq!(ask(&mut c, &[("long", &long)], &[]), Ok("+long".to_owned()));
    assert!(c.world.sessions[&key].kept.bytes() >= kept + 65_000);
    assert_eq!(ask(&mut c, &[("more", &long)], &[]), Err(ErrorCode::REJECTED_REQUEST));
    assert_eq!(ask(&mut c, &[("more", "")], &["long"]), Ok(format!("long={long} +more")));
    let many: Vec<String> = (0..100).map(|n| format!("k{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
    assert_eq!(ask(&mut c, &many, &[]), Err(ErrorCode::REJECTED_REQUEST));
    let nobody = set_session_properties::Request { session: c.nobody(), set: None, remove: None };
    let refused = c.ask::<SetSessionProperties>(&nobody).map_err(|error| error.code);
    assert_eq!(refused, Err(ErrorCode::NO_SUCH_SESSION));
}

#[test]
fn properties_are_read_by_keys() {
    let mut c = Controlling::new();
    let key = c.open("client");
    c.world.change_properties(key, [("desk".to_owned(), Some("fx".to_owned()))]);
    let ask = |c: &mut Controlling, session, keys: &[&str]| {
        let request = get_session_properties::Request { session, keys: words(keys) };
        c.ask::<GetSessionProperties>(&request).expect("an answer")
    };
    let id = c.id(key);
    assert_eq!(ask(&mut c, id, &[]), Some(vec![]));
    assert_eq!(ask(&mut c, id, &["*U", "none", "desk"]), Some(vec![("desk".into(), "fx".into())]));
    assert_eq!(ask(&mut c, id, &["*F"]).expect("all fixed").len(), 13);
    let nobody = c.nobody();
    assert_eq!(ask(&mut c, nobody, &["*F"]), None);
    let own = c.ask_as::<GetOwnSessionProperties>(key, &()).expect("an answer").expect("always there");
    assert!(own.iter().all(|(key, _)| key.starts_with('$') && key != "$Roles") && own.len() == 12, "{own:?}");
}

#[test]
fn other_roles_change_what_is_subscribed_at_once() {
    let mut c = Controlling::new();
    let readable = PathPermissions::READ_TOPIC.union(PathPermissions::SELECT_TOPIC);
    c.world.security.store.isolated.insert("secret".into());
    c.world.security.store.set_entry("secret", "OPERATOR", readable);
    c.add(&["open/a", "secret/a"]);
    let key = c.open("client");
    super::super::fixture::subscribe(&mut c.world, key, "?.*//");
    assert_eq!(c.told(key), ["+open/a"]);
    c.listen(1, None, &["$Roles"]);
    c.heard(c.admin);
    let change = |c: &mut Controlling, remove: &[&str], add: &[&str]| {
        let session = c.id(key);
        let request = change_authorisation_roles::Request { session, remove: words(remove), add: words(add) };
        c.ask::<ChangeAuthorisationRoles>(&request).map_err(|error| error.code)
    };
    assert_eq!(change(&mut c, &[], &["OPERATOR"]), Ok(()));
    assert_eq!(c.told(key), ["+secret/a"]);
    assert_eq!(change(&mut c, &["OPERATOR", "unknown"], &["CLIENT"]), Ok(()));
    assert_eq!(c.told(key), ["-2 AUTHORIZATION"]);
    assert_eq!(change(&mut c, &["CLIENT"], &["CLIENT", "nothing"]), Ok(()), "taken away first, then given");
    assert_eq!(c.told(key), [""; 0]);
    assert_eq!(change(&mut c, &["CLIENT", "nothing"], &[]), Ok(()));
    assert_eq!(c.told(key), ["-1 AUTHORIZATION"]);
    let long = "r".repeat(40_000);
    assert_eq!(change(&mut c, &[], &[&long, &format!("{long}2")]), Err(ErrorCode::REJECTED_REQUEST));
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(change(&mut c, &[], &many), Err(ErrorCode::REJECTED_REQUEST));
    let expected = [
        r#"1: 2 Properties $Roles="CLIENT">"CLIENT","OPERATOR""#,
        r#"1: 2 Properties $Roles="CLIENT","OPERATOR">"CLIENT""#,
        r#"1: 2 Properties $Roles="CLIENT">"CLIENT","nothing""#,
        r#"1: 2 Properties $Roles="CLIENT","nothing">"#,
    ];
    assert_eq!(c.heard(c.admin).0, expected);
}

#[test]
fn sessions_are_subscribed_and_unsubscribed_as_if_they_had_asked() {
    let mut c = Controlling::new();
    c.add(&["a/1", "a/2", "b/1", "Diffusion/x"]);
    let key = c.open("client");
    let on = |c: &Controlling, selector: &str, scope: &str| subscribe_client::Request {
        session: c.id(key),
        selection: selection(selector, scope),
    };
    assert_eq!(c.ask::<SubscribeClient>(&on(&c, "?a//", "")), Ok(()));
    assert_eq!(c.told(key), ["+a/1", "+a/2"]);
    assert_eq!(c.ask::<SubscribeClient>(&on(&c, "*.*", "s")), Ok(()));
    assert_eq!(c.told(key), ["+b/1"], "only what it may read");
    assert_eq!(c.ask::<UnsubscribeClient>(&on(&c, ">a/1", "")), Ok(()));
    assert_eq!(c.told(key), [""; 0], "another scope selects it");
    let selectors = c.ask::<GetSelectors>(&c.one(key)).expect("an answer");
    let entry = |selector: &str, kind| Selection { selector: selector.to_owned(), kind };
    assert_eq!(
        selectors,
        [
            (String::new(), vec![entry("?a//", SelectionKind::Select), entry(">a/1", SelectionKind::Deselect)]),
            ("s".to_owned(), vec![entry("*.*", SelectionKind::Select)]),
        ]
    );
    let all = unsubscribe_all_control::Request { selector: "?a//".to_owned(), session: c.id(key) };
    assert_eq!(c.ask::<UnsubscribeAllControl>(&all), Ok(()));
    assert_eq!(c.told(key), ["-1 CONTROL", "-2 CONTROL"]);
    let all = unsubscribe_all_by_filter::Request { selector: "?.*//".to_owned(), filter: "all".to_owned() };
    assert_eq!(c.ask::<UnsubscribeAllByFilter>(&all), Ok(Selected::Sessions(2)));
    assert_eq!(c.told(key), ["-3 CONTROL"]);
    assert_eq!(c.ask::<GetSelectors>(&c.one(key)), Ok(vec![]));
    // What comes later is subscribed too, and a selection counts as the target's own.
    assert_eq!(c.ask::<SubscribeClient>(&on(&c, "?c//", "")), Ok(()));
    c.add(&["c/1"]);
    assert_eq!(c.told(key), ["+c/1"]);
    let codes: Vec<_> =
        (0..1001).map(|n| c.ask::<SubscribeClient>(&on(&c, &format!(">t/{n}"), "")).map_err(|e| e.code)).collect();
    assert_eq!(codes.iter().position(Result::is_err), Some(999));
    assert_eq!(codes[999], Err(ErrorCode::REJECTED_REQUEST));
    let control = c.open("control");
    let server_branch = on(&c, "?Diffusion//", "");
    let refused = c.ask_as::<SubscribeClient>(control, &server_branch).map_err(|error| error.code);
    assert_eq!(refused, Err(ErrorCode::ACCESS_DENIED), "who asks needs the permission");
}

#[test]
fn a_subscription_in_slices_goes_by_what_is_selected_when_a_topic_is_reached() {
    let mut c = Controlling::new();
    let paths: Vec<String> = (0..3000).map(|n| format!("t/{n}")).collect();
    c.add(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let key = c.open("client");
    let request = subscribe_client::Request { session: c.id(key), selection: selection("?t//", "") };
    let payload = encode(&request, VERSION);
    let progress = begin(&mut c.world, c.admin, 1, SubscribeClient::ID, payload, &mut 0);
    assert!(matches!(progress, Progress::Running));
    let all = unsubscribe_all::Request { selector: "?t//".to_owned() };
    dispatch(&mut c.world, key, 1, UnsubscribeAll::ID, encode(&all, VERSION)).expect("an answer");
    c.work();
    assert_eq!(c.world.sessions[&key].subscriptions.len(), 0);
}

#[test]
fn without_conflation_every_value_travels() {
    let mut c = Controlling::new();
    let spec = TopicSpec::new(TopicType::String).with("CONFLATION", "always");
    c.world.add("t", &spec, None).expect("a topic");
    let key = c.open("client");
    super::super::fixture::subscribe(&mut c.world, key, ">t");
    let path = crate::data::TopicPath::parse("t").expect("a path");
    let values = |c: &mut Controlling| {
        c.taken(key);
        for n in 0..5 {
            c.world.set(&path, vec![0x61, b'a' + n].into(), "x", 0, false).expect("a value");
        }
        c.taken(key).len()
    };
    assert_eq!(values(&mut c), 1);
    let request = |c: &Controlling, conflate| set_client_conflation::Request { session: c.id(key), conflate };
    assert_eq!(c.ask::<SetClientConflation>(&request(&c, false)), Ok(()));
    assert_eq!(values(&mut c), 5);
    c.lose(key);
    c.reconnect(key, true);
    c.work();
    assert_eq!(values(&mut c), 5, "also after a loss");
    assert_eq!(c.ask::<SetClientConflation>(&request(&c, true)), Ok(()));
    assert_eq!(values(&mut c), 1);
}

#[test]
fn sessions_are_listed_by_filter_time_and_number_within_a_size() {
    let mut c = Controlling::new();
    for n in 0..5 {
        c.world.clock.advance(std::time::Duration::from_millis(10));
        let key = c.open("client");
        c.world.change_properties(key, [("n".to_owned(), Some(n.to_string()))]);
    }
    let base = session_fetch::Request {
        filter: "$Principal is 'client'".to_owned(),
        keys: Some(words(&["n"])),
        from: None,
        to: None,
        limit: None,
        maximum_result_size: i32::MAX,
        requires_start_time: false,
    };
    let ask = |c: &mut Controlling, request: &session_fetch::Request| match c.ask::<SessionFetch>(request) {
        Ok(session_fetch::Response::Found { sessions, total_selected }) => {
            let of = |session: &FetchedSession| session.properties.iter().map(|(_, value)| value.clone()).collect();
            (sessions.iter().map(of).collect::<Vec<String>>().join(","), total_selected)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(ask(&mut c, &base), ("0,1,2,3,4".into(), 5));
    let with = |limit: Option<i32>, from: Option<i64>, to: Option<i64>, maximum_result_size: i32| {
        session_fetch::Request { from, to, limit, maximum_result_size, ..base.clone() }
    };
    for (request, expected) in [
        (with(Some(2), None, None, i32::MAX), ("0,1", 5)),
        (with(Some(-2), None, None, i32::MAX), ("3,4", 5)),
        (with(None, Some(20), Some(40), i32::MAX), ("1,2,3", 3)),
        (with(Some(-1), Some(20), Some(40), i32::MAX), ("3", 3)),
        (with(None, None, None, 16 + 3 * 6), ("0,1,2", 5)),
        (with(Some(-4), None, None, 16 + 3 * 6), ("2,3,4", 5)),
        (with(None, None, None, 0), ("", 5)),
        (with(Some(0), None, None, i32::MAX), ("", 5)),
    ] {
        let (sessions, total) = ask(&mut c, &request);
        assert_eq!((sessions.as_str(), total), expected, "{request:?}");
    }
    let all = session_fetch::Request { keys: None, limit: Some(-1), requires_start_time: true, ..base.clone() };
    let Ok(session_fetch::Response::Found { sessions, .. }) = c.ask::<SessionFetch>(&all) else { panic!("an answer") };
    assert_eq!((sessions[0].start_time, sessions[0].properties.len()), (Some(50), 14));
    let bad = session_fetch::Request { filter: String::new(), ..base };
    assert!(matches!(c.ask::<SessionFetch>(&bad), Ok(session_fetch::Response::BadFilter(of)) if of.len() == 1));
}

#[test]
fn proposed_properties_take_the_place_of_all_that_there_are() {
    let mut c = Controlling::new();
    let key = c.open("client");
    c.world
        .change_properties(key, [("desk".to_owned(), Some("fx".to_owned())), ("own".to_owned(), Some("x".to_owned()))]);
    c.listen(1, Some("$Principal is 'client'"), &["*U"]);
    c.heard(c.admin);
    let request = |password: &str, properties: &[(&str, &str)]| re_authenticate::Request {
        principal: "client".to_owned(),
        credentials: Credentials::Password(Secret::new(password)),
        properties: properties.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
    };
    assert_eq!(c.ask_as::<ReAuthenticate>(key, &request("wrong", &[("desk", "rates")])), Ok(false));
    c.world.clock.advance(std::time::Duration::from_mins(10));
    let proposed = [("desk", "rates"), ("tier", "platinum"), ("other", "x"), ("$Country", "DE")];
    assert_eq!(c.ask_as::<ReAuthenticate>(key, &request("password", &proposed)), Ok(true));
    assert_eq!(c.property(key, "$Country"), Some(""));
    let re_authenticate::Request { principal, credentials, .. } = request("password", &[]);
    assert_eq!(c.ask_as::<ChangePrincipal>(key, &change_principal::Request { principal, credentials }), Ok(true));
    let expected = ["1: 2 Properties desk=fx>rates -own=x", "1: 2 Properties -desk=rates"];
    assert_eq!(c.heard(c.admin).0, expected);
}

#[test]
fn a_session_knows_its_own_permissions() {
    let mut c = Controlling::new();
    let key = c.open("operator");
    assert_eq!(c.ask_as::<ListGlobalPermissions>(key, &()), Ok(vec![1, 4]));
    let at = |path: &str| list_path_permissions::Request { path: path.to_owned() };
    let all = c.ask::<ListPathPermissions>(&at("a")).expect("an answer");
    let own = c.ask_as::<ListPathPermissions>(key, &at("a")).expect("an answer");
    assert!(own.len() == 3 && all.len() > own.len(), "{own:?} {all:?}");
    let client = c.open("client");
    assert_eq!(c.ask_as::<ListPathPermissions>(client, &at("Diffusion/x")), Ok(vec![]));
    assert_eq!(c.ask_as::<ListGlobalPermissions>(client, &()), Ok(vec![]));
}

#[test]
fn every_service_asks_for_its_permissions_before_it_reads_anything() {
    let mut c = Controlling::new();
    let everyone = ["client", "operator", "control", "admin"];
    let keys = everyone.map(|principal| c.open(principal));
    let (views, modifies, both) = ([1, 2, 3].as_slice(), [2, 3].as_slice(), [2].as_slice());
    for (services, may) in [
        (&[GetSessionProperties::ID, SessionFetch::ID, GetSelectors::ID][..], views),
        (&[SessionEventRegistration::ID, SessionEventDeregistration::ID, SessionPropertiesRegistration::ID], modifies),
        (&[SetSessionProperties::ID, SetSessionPropertiesFilter::ID], modifies),
        (&[CloseClient::ID, CloseClientFilter::ID, SetClientConflation::ID, SetClientConflationFilter::ID], modifies),
        (&[ChangeAuthorisationRoles::ID, ChangeAuthorisationRolesFilter::ID], modifies),
        (&[SubscribeClient::ID, UnsubscribeClient::ID, FilterSubscribe::ID, FilterUnsubscribe::ID], modifies),
        (&[UnsubscribeAllControl::ID, UnsubscribeAllByFilter::ID], modifies),
        (&[RevokeAuthentication::ID], both),
    ] {
        for service in services {
            for (at, key) in keys.iter().enumerate() {
                // Not a request at all: 106 where it is read.
                let code = dispatch(&mut c.world, *key, 1, *service, bytes::Bytes::new()).map_err(|error| error.code);
                let expected = if may.contains(&at) { ErrorCode::INVALID_DATA } else { ErrorCode::ACCESS_DENIED };
                assert_eq!(code, Err(expected), "{service} of {}", everyone[at]);
            }
        }
    }
}
