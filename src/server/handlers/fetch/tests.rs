//! Checks ranges, deep branches, limits and sizes against small worlds.

use super::super::fixture;
use super::*;
use crate::data::{TopicSpec, TopicType};
use crate::server::ServerConfig;
use crate::server::clock::Clock;
use crate::server::security::Security;
use crate::wire::handshake::{ConnectRequest, Credentials};
use crate::wire::services::Fetch;

fn world(paths: &[&str]) -> (World, u64) {
    let mut world = World::new(Security::standard(), 1 << 63, Clock::manual(0));
    for path in paths {
        world.add(path, &TopicSpec::new(TopicType::Json), None).unwrap();
    }
    let request = ConnectRequest {
        version: 29,
        client_type: "WB".to_owned(),
        capabilities: 10,
        reconnect_millis: 0,
        properties: Vec::new(),
        principal: None,
        credentials: Credentials::None,
        resume: None,
    };
    let admitted = world.admit(&request, crate::server::session::Origin::Memory, &ServerConfig::default());
    let key = admitted.unwrap_or_else(|_| panic!("not admitted")).session;
    (world, key)
}

fn answer(paths: &[&str], request: Request) -> Response {
    let (mut world, key) = world(paths);
    fixture::answer::<Fetch>(&mut world, key, &request).unwrap()
}

fn check(paths: &[&str], request: Request, expected: &str, has_more: bool) {
    let answer = answer(paths, request);
    let found: Vec<&str> = answer.results.iter().map(|topic| topic.path.as_str()).collect();
    assert_eq!((found.join(" ").as_str(), answer.has_more), (expected, has_more));
}

fn all() -> Request {
    Request::of("?.*//")
}

fn limit(path: &str, includes_path: bool) -> Limit {
    Limit { path: path.to_owned(), includes_path }
}

const DEEP: [&str; 7] = ["x/0", "x/x/1", "x/x/x/2", "y/y/y/y/3", "y/y/y/4", "z/5", "z/z/6"];

#[test]
fn deep_branches() {
    let deep = |depth, limit| Request { deep_branch_depth: depth, deep_branch_limit: limit, ..all() };
    check(&DEEP, deep(1, 1), "x/0 y/y/y/4 z/5", false);
    check(&DEEP, deep(3, 0), "x/0 z/5", false);
    check(&DEEP, deep(0, 2), "x/0 x/x/1", false);
    check(&DEEP, deep(1, 2), "x/0 x/x/1 y/y/y/4 y/y/y/y/3 z/5 z/z/6", false);
}

#[test]
fn limits_from_both_ends() {
    check(&DEEP, Request { limit: 2, ..all() }, "x/0 x/x/1", true);
    check(&DEEP, Request { limit: -2, ..all() }, "z/5 z/z/6", true);
    check(&DEEP, Request { limit: 7, ..all() }, "x/0 x/x/1 x/x/x/2 y/y/y/4 y/y/y/y/3 z/5 z/z/6", false);
    check(&DEEP, Request { limit: 0, ..all() }, "", true);
    check(&[], Request { limit: 0, ..all() }, "", false);
}

#[test]
fn ranges() {
    check(
        &DEEP,
        Request { from: Some(limit("x/x/1", false)), to: Some(limit("z/5", false)), ..all() },
        "x/x/x/2 y/y/y/4 y/y/y/y/3",
        false,
    );
    check(&DEEP, Request { from: Some(limit("z/5", true)), ..all() }, "z/5 z/z/6", false);
    check(&DEEP, Request { from: Some(limit("z", true)), to: Some(limit("a", true)), ..all() }, "", false);
    check(&DEEP, Request { from: Some(limit("x/0", false)), to: Some(limit("x/0", false)), ..all() }, "", false);
    check(
        &DEEP,
        Request { from: Some(limit("a", true)), to: Some(limit("b", true)), ..Request::of("?x//") },
        "",
        false,
    );
    check(&DEEP, Request { from: Some(limit("x/x", true)), ..Request::of("?x//") }, "x/x/1 x/x/x/2", false);
}

#[test]
fn a_branch_is_one_run_and_the_jump_lands_behind_it() {
    let paths = ["a", "a/b", "a/c", "a-b", "ab"];
    check(&paths, Request { deep_branch_depth: 1, deep_branch_limit: 1, ..all() }, "a a-b ab", false);
    check(&paths, Request::of("?a//"), "a a/b a/c", false);
}

#[test]
fn the_server_branch_is_hidden_from_clients() {
    check(&["Diffusion/x", "a"], all(), "a", false);
}

#[test]
fn the_size_limit_gives_at_least_one() {
    check(&DEEP, Request { max_result_size: 1, ..all() }, "x/0", true);
    check(&DEEP, Request { max_result_size: 1, limit: -7, ..all() }, "z/z/6", true);
}

#[test]
fn properties_are_sent_once() {
    let (mut world, key) = world(&["a", "b"]);
    let spec = TopicSpec::new(TopicType::String).with("PERSISTENT", "false");
    world.add("c", &spec, None).unwrap();
    let request = Request { with_properties: true, with_sizes: true, ..all() };
    let answer = fixture::answer::<Fetch>(&mut world, key, &request).unwrap();
    assert_eq!(answer.properties.len(), 2);
    assert_eq!(answer.results.iter().map(|r| r.properties_index).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(answer.properties_of(&answer.results[2]), spec.properties);
    assert!(answer.results.iter().all(|r| r.size == Size::None));
}

#[test]
fn a_series_is_found_by_the_type_of_its_events() {
    let (mut world, key) = world(&["a"]);
    world.add("t", &TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", "int64"), None).unwrap();
    let request = Request { topic_types: 0x4_0000, with_sizes: true, ..all() };
    let answer = fixture::answer::<Fetch>(&mut world, key, &request).unwrap();
    assert_eq!(answer.results.len(), 1);
    assert_eq!(answer.results[0].size, Size::Series { last_event: 0, events: 0, total: 0 });
}
