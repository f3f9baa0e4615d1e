//! What a request may cost, what is done between its slices, and what is left of one that costs too much.

use super::super::fixture::{self, VERSION};
use super::super::{Progress, begin, dispatch, go_on};
use super::*;
use crate::data::{ErrorCode, TopicSpec, TopicType};
use crate::server::world::World;
use crate::wire::services::shared::{SelectionRequest, TopicEvent};
use crate::wire::services::{
    Fetch, NotificationDeselect, NotificationEvent, NotificationSelect, Subscribe, TopicAdd, TopicRemove,
    TopicSubscribed, TopicUnsubscribed, Unsubscribe, UnsubscribeAll, UserPing, fetch, notification_event,
    notification_select, topic_add, topic_remove, topic_subscribed, topic_unsubscribed, unsubscribe_all,
};
use crate::wire::{Message, Service, decode};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What one slice or one request without slices may cost at most: an account and the last topic.
const MOST: u64 = cost::REQUEST + SLICE + cost::TOPIC + cost::CHANGE * CHUNK as u64;

/// The last part of each path.
const NAME: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn world(topics: usize) -> World {
    let mut world = fixture::world();
    for n in 0..topics {
        add(&mut world, &format!("t/{n:06}/{NAME}"));
    }
    world
}

fn add(world: &mut World, path: &str) {
    world.add(path, &TopicSpec::new(TopicType::String), None).expect("a topic");
}

fn selection(selector: &str) -> SelectionRequest {
    SelectionRequest { selector: selector.to_owned(), scope: String::new() }
}

fn listened(selector: &str) -> notification_select::Request {
    notification_select::Request { listener: 1, selector: selector.to_owned() }
}

/// Begins a request and does `between` before each further slice; how it ended, and the costs of the slices.
fn sliced<S: Service>(
    world: &mut World,
    key: u64,
    request: &S::Request,
    mut between: impl FnMut(&mut World, usize),
) -> (Result<Bytes, ErrorCode>, Vec<u64>) {
    let mut spent = 0;
    let mut progress = begin(world, key, 1, S::ID, encode(request, VERSION), &mut spent);
    let mut slices = vec![spent];
    loop {
        match progress {
            Progress::Done(done) => {
                return (done.map(Option::unwrap_or_default).map_err(|error| error.code), slices);
            }
            Progress::Running => {
                between(world, slices.len());
                spent = 0;
                progress = go_on(world, key, &mut spent).expect("it runs").1;
                slices.push(spent);
            }
        }
    }
}

fn code<S: Service>(world: &mut World, key: u64, request: &S::Request) -> Option<ErrorCode> {
    let (done, slices) = sliced::<S>(world, key, request, |_, _| ());
    let read = cost::bytes_cost(encode(request, VERSION).len());
    assert!(slices.iter().all(|spent| *spent <= MOST + read), "{}: {slices:?}", S::NAME);
    done.err()
}

/// The paths that were announced, in order.
fn announced(world: &World, key: u64) -> Vec<String> {
    let all = world.sessions[&key].outbox.take(1, usize::MAX, usize::MAX).expect("a connection");
    let path = |message| match Message::decode(message, 1 << 20).expect("a message") {
        Message::Request { service: TopicSubscribed::ID, payload, .. } => {
            Some(decode::<topic_subscribed::Request>(payload, VERSION).expect("a notice").path)
        }
        _ => None,
    };
    all.into_iter().filter_map(path).collect()
}

/// Selectors that cost too much, each in its own way.
fn hostile() -> Vec<String> {
    vec![
        // Steps back: once 14.8 s for a fetch.
        r"*(?!x)(((a|t|/|\d)*)*)*c".to_owned(),
        format!("#{}", [r"*(t|/|\d|a|aa)*\1c"; 12].join("////")),
        // Parts and members, bounded for a pattern and not for a selector.
        format!("?{}", vec![".*"; 45_000].join("/")),
        format!("?{}", vec!["a+b"; 1000].join("/")),
        format!("#{}", vec!["?.*x"; 30_000].join("////")),
        format!("#{}", (0..30_000).map(|n| format!(">{n}")).collect::<Vec<_>>().join("////")),
        // What is compiled.
        r"?\p{L}{50}/\p{L}{51}/\p{L}{52}".to_owned(),
        // A path and a literal branch.
        format!(">{}", vec!["x"; 100_000].join("/")),
        format!("?{}//", vec!["x"; 100_000].join("/")),
        format!(">{}", "x".repeat(1_000_000)),
    ]
}

#[test]
fn what_costs_too_much_is_refused_without_effect() {
    let mut world = world(2000);
    let key = fixture::session(&mut world, "admin");
    // A selection may also be too costly to keep.
    let is_refused = |code: &Option<_>| matches!(code, Some(ErrorCode::INVALID_DATA | ErrorCode::REJECTED_REQUEST));
    for selector in hostile() {
        let shown: String = selector.chars().take(20).collect();
        let refused = [
            code::<Subscribe>(&mut world, key, &selection(&selector)),
            code::<Fetch>(&mut world, key, &fetch::Request::of(&*selector)),
            code::<NotificationSelect>(&mut world, key, &listened(&selector)),
            code::<TopicRemove>(&mut world, key, &topic_remove::Request { selector: selector.clone() }),
        ];
        assert!(refused.iter().all(is_refused), "{shown}: {refused:?}");
        let session = &world.sessions[&key];
        assert!(session.scopes.is_empty() && session.listeners.is_empty() && session.subscriptions.is_empty());
        assert!(session.running.is_empty());
        assert_eq!(world.topics.len(), 2000, "{shown}");
    }
    fixture::subscribe(&mut world, key, "?t/0001.*//");
    for selector in hostile() {
        let refused = [
            code::<Unsubscribe>(&mut world, key, &selection(&selector)),
            code::<UnsubscribeAll>(&mut world, key, &unsubscribe_all::Request { selector: selector.clone() }),
        ];
        assert!(refused.iter().all(is_refused), "{}: {refused:?}", &selector[..20]);
        assert_eq!(world.sessions[&key].subscriptions.len(), 100);
    }
}

#[test]
fn a_common_selector_is_never_too_much() {
    let mut world = world(5000);
    let key = fixture::session(&mut world, "admin");
    for (selector, count) in [
        ("?.*//", 5000),
        ("*.*a", 5000),
        ("?t/.*5/a+", 500),
        ("*(?!x)t/.*", 5000),
        (r"?t/(?=\d)\w{6}//", 5000),
        ("#?t/0001.*//////*.*2/.*////>t/000000/x", 100 + 500 - 10),
        (">t", 0),
    ] {
        let found = fixture::answer::<Fetch>(&mut world, key, &fetch::Request::of(selector)).expect("an answer");
        assert_eq!((found.results.len(), found.has_more), (count, false), "{selector}");
        assert_eq!(code::<Subscribe>(&mut world, key, &selection(selector)), None, "{selector}");
        assert_eq!(announced(&world, key).len(), count, "{selector}");
        assert_eq!(code::<Unsubscribe>(&mut world, key, &selection("?.*//")), None);
        assert_eq!(world.sessions[&key].subscriptions.len(), 0, "{selector}");
    }
}

#[test]
fn others_have_their_turn_between_two_slices_of_a_long_scan() {
    let mut world = world(5000);
    let (key, other) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    let mut pings = 0;
    let (done, slices) = sliced::<Fetch>(&mut world, key, &fetch::Request::of("*.*a"), |world, _| {
        dispatch(world, other, 1, UserPing::ID, Bytes::new()).expect("a bystander is answered");
        pings += 1;
    });
    assert!(done.is_ok() && pings >= 5, "{pings}");
    assert!(slices.iter().all(|spent| *spent <= 2 * SLICE), "{slices:?}");
}

#[test]
fn what_comes_and_goes_during_a_subscription_is_subscribed_once() {
    let mut world = world(5000);
    let (key, admin) = (fixture::session(&mut world, "client"), fixture::session(&mut world, "admin"));
    let (done, _) = sliced::<Subscribe>(&mut world, key, &selection("?.*//"), |world, slice| {
        // Before and behind the place the scan is at, and what it has met or will meet.
        for path in [format!("a/{slice}"), format!("z/{slice}")] {
            let request = topic_add::Request { path, spec: TopicSpec::new(TopicType::String) };
            dispatch(world, admin, 1, TopicAdd::ID, encode(&request, VERSION)).expect("added");
        }
        for n in [slice, 4999 - slice] {
            let selector = format!("?t/{n:06}//");
            dispatch(world, admin, 1, TopicRemove::ID, encode(&topic_remove::Request { selector }, VERSION))
                .expect("gone");
        }
    });
    assert!(done.is_ok());
    let mut paths = announced(&world, key);
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count, "none twice");
    assert!(world.topics.keys().all(|path| paths.iter().any(|told| told == path.as_str())), "none lost");
    assert_eq!(world.sessions[&key].subscriptions.len(), world.topics.len());
    assert!(world.topics.values().all(|topic| topic.subscribers.contains_key(&key)));
}

/// What a listener takes for selected after all that waits for it; each event must say something new.
fn followed(world: &World, key: u64, mut selected: BTreeSet<String>) -> BTreeSet<String> {
    let all = world.sessions[&key].outbox.take(1, usize::MAX, usize::MAX).expect("a connection");
    for message in all {
        let Message::Request { service: NotificationEvent::ID, payload, .. } =
            Message::decode(message, 1 << 20).expect("a message")
        else {
            continue;
        };
        let notification_event::Request { path, event, .. } =
            decode::<notification_event::Request>(payload, VERSION).expect("an event");
        let is_new = match event {
            TopicEvent::Selected | TopicEvent::Added => selected.insert(path.clone()),
            TopicEvent::Removed | TopicEvent::Deselected => selected.remove(&path),
        };
        assert!(is_new, "{event:?} {path}");
    }
    selected
}

/// Topics come before and behind the place that a scan is at, and go where it has been and where it has not.
fn come_and_go(world: &mut World, slice: usize) {
    add(world, &format!("a/{slice}"));
    add(world, &format!("z/{slice}"));
    for n in [slice, 2500 - slice, 4999 - slice] {
        assert!(world.remove(&TopicPath::parse(&format!("t/{n:06}/{NAME}")).expect("a path")));
    }
    world.remove(&TopicPath::parse(&format!("z/{}", slice - 1)).expect("a path"));
}

#[test]
fn what_comes_and_goes_while_a_listener_selects_is_told_exactly() {
    let mut world = world(5000);
    let key = fixture::session(&mut world, "admin");
    let (done, slices) = sliced::<NotificationSelect>(&mut world, key, &listened("?.*//"), come_and_go);
    assert!(done.is_ok() && slices.len() > 10, "{}", slices.len());
    let selected = followed(&world, key, BTreeSet::new());
    let paths = |world: &World| world.topics.keys().map(|path| path.as_str().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(selected, paths(&world));
    // What was selected before is not told again, and goes as what it was.
    let (done, slices) = sliced::<NotificationDeselect>(&mut world, key, &listened("?[tz]/.*//"), |world, slice| {
        come_and_go(world, 100 + slice);
    });
    assert!(done.is_ok() && slices.len() > 10, "{}", slices.len());
    let selected = followed(&world, key, selected);
    let expected: BTreeSet<_> = paths(&world).into_iter().filter(|path| path.starts_with('a')).collect();
    assert_eq!(selected, expected);
    assert!(world.sessions[&key].listener_change.is_none());
}

#[test]
fn a_client_that_was_told_of_a_loss_hears_each_topic_anew_before_its_values() {
    let mut world = world(5000);
    let key = fixture::session(&mut world, "client");
    fixture::subscribe(&mut world, key, "?.*//");
    let path = |n: usize| TopicPath::parse(&format!("t/{n:06}/{NAME}")).expect("a path");
    let set = |world: &mut World, n, value| world.set(&path(n), Bytes::from(value), "", 0, false).expect("set");
    set(&mut world, 4000, "\u{61}old");
    // As an admission does.
    let session = world.sessions.get_mut(&key).expect("a session");
    let (outbox, ids) = (session.outbox.clone(), session.subscriptions.clone());
    outbox.reset(session.next_topic_id);
    session.forget_requests();
    super::super::announce_again(&mut world, key);
    let mut slices = Vec::new();
    loop {
        let mut spent = 0;
        let Some((_, progress)) = go_on(&mut world, key, &mut spent) else { break };
        slices.push(spent);
        if matches!(progress, Progress::Running) {
            let slice = slices.len();
            set(&mut world, 4000, "\u{61}new");
            set(&mut world, slice, "\u{61}early");
            assert!(world.remove(&path(4999 - slice)) && world.remove(&path(slice - 1)));
            add(&mut world, &format!("z/{slice}"));
        }
    }
    assert!(slices.len() > 5 && slices.iter().all(|spent| *spent <= 2 * SLICE), "{slices:?}");
    let mut known = BTreeMap::new();
    let mut values = BTreeMap::new();
    for message in outbox.take(1, usize::MAX, usize::MAX).expect("a connection") {
        match Message::decode(message, 1 << 20).expect("a message") {
            Message::Request { service: TopicSubscribed::ID, payload, .. } => {
                let told = decode::<topic_subscribed::Request>(payload, VERSION).expect("a notice");
                assert_eq!(known.insert(told.topic_id, told.path), None, "announced once");
            }
            Message::Request { service: TopicUnsubscribed::ID, payload, .. } => {
                let told = decode::<topic_unsubscribed::Request>(payload, VERSION).expect("a notice");
                assert!(known.remove(&told.topic_id).is_some(), "it was known");
            }
            Message::TopicValue { topic_id, value } => {
                assert!(known.contains_key(&topic_id), "it is known");
                values.insert(topic_id, value);
            }
            other => panic!("{other:?}"),
        }
    }
    let now: BTreeMap<i32, String> =
        world.sessions[&key].subscriptions.iter().map(|(path, id)| (*id, path.to_string())).collect();
    assert_eq!(known, now);
    assert_eq!(values.get(&ids[&path(4000)]), Some(&Bytes::from("\u{61}new")));
    assert!(now.contains_key(&ids[&path(2500)]), "under the same id");
}

#[test]
fn what_a_session_leaves_behind_is_removed_bit_by_bit() {
    let mut world = world(3000);
    let (key, reader) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "client"));
    fixture::subscribe(&mut world, reader, "?.*//");
    world.sessions.get_mut(&key).expect("a session").removed_with_it.insert(TopicPath::parse("t").expect("a path"));
    world.end_session(key, crate::data::CloseReason::CLOSED_BY_CLIENT);
    let mut steps = 1;
    while world.do_chores() {
        steps += 1;
        let path = format!("t/later {steps}");
        world.add(&path, &TopicSpec::new(TopicType::String), None).expect("a topic");
    }
    assert!(steps > 20, "{steps}");
    assert_eq!(world.topics.len(), steps - 1, "what was made later stays");
}

#[test]
fn a_removal_takes_what_was_there() {
    let mut world = world(3000);
    let key = fixture::session(&mut world, "admin");
    let request = topic_remove::Request { selector: "?.*//".to_owned() };
    let (done, _) = sliced::<TopicRemove>(&mut world, key, &request, |world, slice| add(world, &format!("z/{slice}")));
    assert_eq!(decode::<i32>(done.expect("an answer"), VERSION), Ok(3000));
    assert!(world.topics.keys().all(|path| path.as_str().starts_with("z/")) && !world.topics.is_empty());
}

#[test]
fn a_session_that_ends_takes_its_running_request_along() {
    let mut world = world(5000);
    let key = fixture::session(&mut world, "client");
    let progress = begin(&mut world, key, 1, Subscribe::ID, encode(&selection("?.*//"), VERSION), &mut 0);
    assert!(matches!(progress, Progress::Running));
    let other = fixture::session(&mut world, "client");
    fixture::subscribe(&mut world, other, "?.*//");
    world.end_session(key, crate::data::CloseReason::CLOSED_BY_CLIENT);
    world.end_session(other, crate::data::CloseReason::CLOSED_BY_CLIENT);
    assert!(world.do_chores(), "there are too many for one go");
    while world.do_chores() {}
    assert!(go_on(&mut world, key, &mut 0).is_none());
    assert!(world.topics.values().all(|topic| topic.subscribers.is_empty()));
}

#[test]
fn an_anonymous_peers_body_is_not_read_where_the_path_is_refused() {
    let mut world = fixture::world();
    let key = fixture::session(&mut world, "client");
    let mut spec = TopicSpec::new(TopicType::String);
    for n in 0..200 {
        spec.properties.set(format!("key {n}"), "x".repeat(1000));
    }
    let whole = encode(&topic_add::Request { path: "a".into(), spec }, VERSION);
    for payload in [whole.clone(), whole.slice(..2), whole.slice(..whole.len() / 2)] {
        let refused = dispatch(&mut world, key, 1, TopicAdd::ID, payload).expect_err("no permission");
        assert_eq!(refused.code, ErrorCode::ACCESS_DENIED, "whatever stands behind the path");
    }
    let admin = fixture::session(&mut world, "admin");
    let refused = dispatch(&mut world, admin, 1, TopicAdd::ID, whole.slice(..whole.len() / 2)).expect_err("cut off");
    assert_eq!(refused.code, ErrorCode::INVALID_DATA);
    let spec = TopicSpec::new(TopicType::String);
    let deep = topic_add::Request { path: vec!["x"; path::MAX_PARTS + 1].join("/"), spec };
    assert_eq!(code::<TopicAdd>(&mut world, admin, &deep), Some(ErrorCode::INVALID_TOPIC_PATH));
}

#[test]
fn stored_selections_are_bounded_in_what_they_cost_for_each_new_topic() {
    let mut world = fixture::world();
    let key = fixture::session(&mut world, "client");
    let refused = (0..1000).find_map(|n| {
        let selector = format!("?(?!x)(((a|b)*)*)*{n}");
        code::<Subscribe>(&mut world, key, &selection(&selector)).map(|code| (n, code))
    });
    let (accepted, code) = refused.expect("some are refused");
    assert_eq!(code, ErrorCode::REJECTED_REQUEST);
    assert!(accepted < 10, "{accepted}");
}

/// Selectors of every kind, cheap and costly.
fn selectors() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        Just("?.*//".to_owned()),
        Just(">t/000001/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned()),
        Just(r"*(?!x)(((a|t|/|\d)*)*)*c".to_owned()),
        Just(r"*(t|/|\d|a|aa)*\1c".to_owned()),
        Just("?t/.*1//".to_owned()),
        "[?*>#]?[at./*+()|?!\\\\0-9]{0,12}",
    ];
    proptest::collection::vec(member, 1..40)
        .prop_map(|members| if members.len() == 1 { members[0].clone() } else { format!("#{}", members.join("////")) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_request_has_its_whole_effect_or_none(selector in selectors(), kind in 0..4) {
        let mut world = world(300);
        let key = fixture::session(&mut world, "admin");
        if kind == 1 {
            fixture::subscribe(&mut world, key, "?.*//");
            announced(&world, key);
        }
        let refused = match kind {
            0 => code::<Subscribe>(&mut world, key, &selection(&selector)),
            1 => code::<Unsubscribe>(&mut world, key, &selection(&selector)),
            2 => code::<TopicRemove>(&mut world, key, &topic_remove::Request { selector: selector.clone() }),
            _ => code::<NotificationSelect>(&mut world, key, &listened(&selector)),
        };
        let selects = |path: &str| TopicSelector::parse(&selector).is_ok_and(|selector| selector.selects(path));
        let session = &world.sessions[&key];
        let (topics, subscribed) = (world.topics.len(), session.subscriptions.len());
        if refused.is_some() {
            let before = if kind == 1 { 300 } else { 0 };
            prop_assert_eq!((topics, subscribed, session.listeners.len()), (300, before, 0));
            prop_assert_eq!(session.scopes.len(), usize::from(kind == 1));
        } else {
            let all: Vec<String> = (0..300).map(|n| format!("t/{n:06}/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")).collect();
            let selected = all.iter().filter(|path| selects(path)).count();
            let expected = match kind {
                0 => (300, selected),
                1 => (300, 300 - selected),
                2 => (300 - selected, 0),
                _ => (300, 0),
            };
            prop_assert_eq!((topics, subscribed), expected);
        }
        let withdrawn = |message: Bytes| {
            matches!(Message::decode(message, 1 << 20), Ok(Message::Request { service: TopicUnsubscribed::ID, .. }))
        };
        let left = world.sessions[&key].outbox.take(1, usize::MAX, usize::MAX).expect("a connection");
        prop_assert!(refused.is_none() || !left.into_iter().any(withdrawn));
    }
}
