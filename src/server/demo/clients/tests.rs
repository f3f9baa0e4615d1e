//! The demo's sessions move at the demo's pace, stay bounded and are sessions like any other.

use super::*;
use crate::data::value::{self, DataType};
use crate::data::{CloseReason, Secret, Timestamp, Value};
use crate::server::{Connection, Exchange, ServerConfig};
use crate::wire::services::{FilterResponse, MessagingFilterSend, filter_response, messaging_filter_send};
use crate::wire::{Message, Service as _, decode, encode};
use std::collections::{BTreeMap, BTreeSet};

fn at(millis: u64) -> Moment {
    Moment { elapsed: Duration::from_millis(millis), now: Timestamp::from_millis(0) }
}

/// A server with the demo's sessions.
struct Stage {
    exchange: Exchange,
    clients: Clients,
    millis: u64,
}

impl Stage {
    fn new(seed: u64) -> Self {
        let exchange = Exchange::new(ServerConfig::default(), 0);
        let mut clients = Clients::new(seed);
        clients.open(at(0), &exchange.publisher());
        Self { exchange, clients, millis: 0 }
    }

    fn pass(&mut self) {
        self.millis += 100;
        self.exchange.advance(LOOK);
        self.clients.step(at(self.millis), true, &self.exchange.publisher());
    }

    fn phases(&self) -> Vec<char> {
        let phase = |player: &Player| match player.phase {
            Phase::Away => '-',
            Phase::There(_) => 'x',
            Phase::Lost { .. } => '?',
        };
        self.clients.players.iter().map(phase).collect()
    }
}

#[test]
fn everybody_is_there_at_first_and_some_come_and_go_within_seconds() {
    let mut stage = Stage::new(7);
    assert_eq!(stage.exchange.session_count(), CAST.len());
    let mut seen = BTreeSet::new();
    let mut changes = 0;
    let mut before = stage.phases();
    for _ in 0..150 {
        stage.pass();
        let now = stage.phases();
        for (was, is) in before.iter().zip(&now).filter(|(was, is)| was != is) {
            changes += 1;
            seen.insert((*was, *is));
        }
        before = now;
    }
    let expected = [('-', 'x'), ('?', 'x'), ('x', '-'), ('x', '?')];
    assert!(expected.iter().all(|change| seen.contains(change)), "{seen:?}");
    assert!((4..30).contains(&changes), "{changes} in 15 s");
}

#[test]
fn an_hour_leaves_no_more_than_a_minute() {
    let mut stage = Stage::new(8);
    for _ in 0..36_000 {
        stage.pass();
        assert!(stage.exchange.session_count() <= CAST.len());
    }
    assert!(stage.phases().iter().filter(|phase| **phase == 'x').count() > CAST.len() / 2, "most are there");
    assert!(stage.exchange.kept_bytes() < 4 << 20, "{}", stage.exchange.kept_bytes());
}

#[test]
fn the_same_seed_gives_the_same_demo() {
    let phases = |seed| {
        let mut stage = Stage::new(seed);
        (0..3000).map(|_| (stage.pass(), stage.phases()).1).collect::<Vec<_>>()
    };
    assert!(phases(1) == phases(1) && phases(1) != phases(2));
}

#[test]
fn who_is_closed_comes_back_as_another_and_rest_changes_nothing() {
    let mut stage = Stage::new(9);
    let keys = |stage: &Stage| stage.exchange.shared.world().sessions.keys().copied().collect::<Vec<_>>();
    let first = keys(&stage);
    for key in &first {
        stage.exchange.shared.world().end_session(*key, CloseReason::CLOSED_BY_CONTROLLER);
    }
    for _ in 0..500 {
        stage.pass();
    }
    let later = keys(&stage);
    assert!(later.len() > CAST.len() / 2 && later.iter().all(|key| !first.contains(key)), "{later:?}");
    for _ in 0..10_000 {
        stage.millis += 100;
        stage.clients.step(at(stage.millis), false, &stage.exchange.publisher());
    }
    assert_eq!(keys(&stage), later);
}

#[test]
fn sessions_say_who_they_are_and_hold_what_they_hold() {
    let stage = Stage::new(10);
    let world = stage.exchange.shared.world();
    let max = world.sessions.values().find(|session| session.principal == "max").expect("max is there");
    for (key, value) in [
        ("$ClientIP", "192.0.2.17"),
        ("$ClientType", "JAVASCRIPT_BROWSER"),
        ("$Country", "GB"),
        ("$Environment", "BROWSER_Chrome_131"),
        ("$Roles", r#""CLIENT","TRADER""#),
        ("$Transport", "WEBSOCKET"),
        ("desk", "ldn-4"),
        ("tier", "gold"),
    ] {
        assert_eq!(max.properties.get(key).map(String::as_str), Some(value), "{key}");
    }
    assert_eq!(max.scopes.keys().map(String::as_str).collect::<Vec<_>>(), ["", "sports"]);
    let feed = world.sessions.iter().find(|(_, session)| session.principal == "feed-eu").expect("it is there");
    assert!(world.locks.kept_bytes(*feed.0) > 0, "it holds its lock");
}

/// An administrator's session at the demo's server.
fn administrator(stage: &mut Stage) -> Connection {
    let request = ConnectRequest {
        principal: Some("admin".to_owned()),
        credentials: Credentials::Password(Secret::new("password")),
        ..CAST[0].client().request
    };
    stage.exchange.connect(&request).expect("a place").connection
}

#[test]
fn a_request_by_filter_shows_groups_of_versions_and_who_has_none() {
    let mut stage = Stage::new(11);
    let admin = administrator(&mut stage);
    let ask = |stage: &mut Stage, path: &str, cid: i64| {
        let request = messaging_filter_send::Request {
            responses: cid,
            filter: "has desk".to_owned(),
            path: path.to_owned(),
            value: TypedValue::new(TopicType::Json, json(Json::Null)),
        };
        let payload = encode(&request, VERSION);
        stage.exchange.receive(admin, Message::Request { service: MessagingFilterSend::ID, cid, payload }.encode());
        stage.pass();
        let mut heard: BTreeMap<String, usize> = BTreeMap::new();
        for message in stage.exchange.take(admin) {
            let Ok(Message::Request { service: FilterResponse::ID, payload, .. }) = Message::decode(message, 1 << 20)
            else {
                continue;
            };
            let response: filter_response::Request = decode(payload, VERSION).expect("a response");
            let group = match response.outcome {
                filter_response::Outcome::Answered(of) => match value::decode(DataType::Json, &of.content) {
                    Ok(Value::Json(Json::String(version))) => version,
                    other => panic!("{other:?}"),
                },
                filter_response::Outcome::Failed(error) => error.code.0.to_string(),
            };
            *heard.entry(group).or_default() += 1;
        }
        heard.into_iter().collect::<Vec<_>>()
    };
    let versions = ask(&mut stage, PATH, 1);
    let expected = [("109", 4), ("3.9", 1), ("4.1", 2), ("4.2", 5), ("4.3", 1)];
    assert_eq!(versions, expected.map(|(group, count)| (group.to_owned(), count)), "and one says nothing");
    assert_eq!(ask(&mut stage, "elsewhere", 2), [("109".to_owned(), CAST.len())]);
}

#[test]
fn sessions_whose_connections_are_cut_recover() {
    let mut stage = Stage::new(12);
    for session in stage.exchange.shared.world().sessions.values() {
        session.connection.cut();
    }
    stage.pass();
    let lost = stage.phases();
    assert!(lost.iter().all(|phase| *phase == '?'), "{lost:?}");
    let world = |stage: &Stage| {
        let world = stage.exchange.shared.world();
        world.sessions.values().filter(|session| session.connection.attached).count()
    };
    assert_eq!(world(&stage), 0);
    for _ in 0..95 {
        stage.pass();
    }
    assert!(world(&stage) >= CAST.len() - 3, "{}", world(&stage));
}
