//! What is left of a queue leaves a window with the same facts as all of it, and is bounded by the number of topics.

use super::super::MAX_EARLIER;
use super::*;
use crate::client::api::ValueLoss;
use crate::client::api::{Answer, CallError, CallId, LinkError, ReceivedValue};
use crate::data::{SessionId, Timestamp, TopicSpec, TopicType, UnsubscribeReason};
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn path(n: u8) -> TopicPath {
    TopicPath::parse(&format!("topic/{n}")).expect("valid")
}

fn updates(topic: u8, number: u32) -> Event {
    let value = Bytes::copy_from_slice(&number.to_be_bytes());
    let latest = ReceivedValue { at: Timestamp(i64::from(number)), value, delta_bytes: None };
    Event::Updates(vec![Update { path: path(topic), latest, count: 1, line_bytes: 10, earlier: vec![], dropped: 0 }])
}

fn subscribed(topic: u8) -> Event {
    Event::Session(SessionEvent::Subscribed { path: path(topic), spec: Arc::new(TopicSpec::new(TopicType::Json)) })
}

fn unsubscribed(topic: u8) -> Event {
    Event::Session(SessionEvent::Unsubscribed { path: path(topic), reason: Some(UnsubscribeReason::Removed) })
}

fn lost(topic: u8) -> Event {
    Event::Session(SessionEvent::ValueLost { path: path(topic), reason: ValueLoss::Unusable("r".into()) })
}

fn answer(id: u64) -> Event {
    Event::Answer(Answer { id: CallId(id), result: Err(CallError::Cancelled), micros: 0 })
}

fn connected(session: u64) -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: SessionId { server: 1, session },
        principal: String::new(),
        version: 29,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    })))
}

fn recovering(attempt: u32) -> Event {
    let give_up_at = Timestamp(0);
    Event::Link(LinkState::Recovering { attempt, give_up_at, cause: Box::new(LinkError::Idle) })
}

fn numbered(events: Vec<Event>) -> Ordered {
    (1..).zip(events).collect()
}

/// A letter for each event, with its topic or number.
fn said(ordered: &Ordered) -> String {
    let of = |path: &TopicPath| path.name().to_owned();
    let words = ordered.iter().map(|(_, event)| match event {
        Event::Session(SessionEvent::Subscribed { path, .. }) => format!("S{}", of(path)),
        Event::Session(SessionEvent::Unsubscribed { path, .. }) => format!("U{}", of(path)),
        Event::Session(SessionEvent::ValueLost { path, .. }) => format!("L{}", of(path)),
        Event::Answer(answer) => format!("A{}", answer.id.0),
        Event::Link(LinkState::Connected(facts)) => format!("C{}", facts.id.session),
        Event::Link(LinkState::Recovering { attempt, .. }) => format!("R{attempt}"),
        Event::Updates(updates) => {
            let one = |u: &Update| format!("{}={}x{}", of(&u.path), u.latest.at.0, u.count);
            updates.iter().map(one).collect::<Vec<_>>().join("+")
        }
        other => format!("{other:?}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_topic_leaves_how_it_ended_up() {
    let cases = [
        (vec![updates(1, 1), unsubscribed(1)], "U1", (0, 1)),
        (vec![updates(1, 1), unsubscribed(1), subscribed(1), updates(1, 2)], "U1 S1 1=2x1", (0, 1)),
        (vec![unsubscribed(1), subscribed(1), updates(1, 2), unsubscribed(1)], "U1", (0, 3)),
        (vec![unsubscribed(1), subscribed(1), unsubscribed(1), subscribed(1)], "U1 S1", (0, 2)),
        (vec![updates(1, 1), updates(2, 2), updates(1, 3)], "2=2x1 1=3x2", (1, 0)),
        (vec![updates(1, 1), lost(1), updates(1, 2)], "1=2x2", (1, 1)),
        (vec![updates(1, 1), lost(1), updates(1, 2), lost(1)], "1=2x2 L1", (1, 1)),
        (vec![lost(1), lost(1)], "L1", (0, 1)),
        (vec![updates(1, 1), answer(7), updates(1, 2), updates(1, 3)], "1=1x1 A7 1=3x2", (1, 0)),
        (vec![subscribed(1), answer(7), unsubscribed(1), answer(8), subscribed(1)], "S1 A7 U1 A8 S1", (0, 0)),
    ];
    for (events, expected, counts) in cases {
        let whole = said(&numbered(events.iter().map(copy).collect()));
        let left = squeeze(numbered(events), |_| false);
        assert_eq!((said(&left.ordered).as_str(), (left.merged, left.dropped)), (expected, counts), "{whole}");
    }
}

#[test]
fn a_line_that_comes_and_goes_is_told_once() {
    let cases = [
        ("C1 R1 C1 R1 C1 R1 C1", "C1 R1 C1"),
        ("R1 R2 C1 R1 C1 R1 C1 R1", "R1 R2 C1 R1 C1 R1"),
        ("C1 R1 C1 R1 C2 R1 C2 R1 C2", "C1 R1 C1 R1 C2 R1 C2"),
        ("R1 C1", "R1 C1"),
    ];
    for (before, after) in cases {
        let event = |word: &str| match word.split_at(1) {
            ("C", id) => connected(id.parse().expect("a number")),
            (_, attempt) => recovering(attempt.parse().expect("a number")),
        };
        let left = squeeze(numbered(before.split(' ').map(event).collect()), |_| false);
        assert_eq!(said(&left.ordered), after, "{before}");
    }
}

#[test]
fn earlier_values_are_kept_in_order_and_to_their_bound() {
    let many = MAX_EARLIER as u32 + 5;
    let mut events = Vec::new();
    for n in 1..=many {
        events.extend([updates(1, n), updates(2, n)]);
    }
    let left = squeeze(numbered(events), |kept| *kept == path(1));
    let events: Vec<&Event> = left.ordered.iter().map(|(_, event)| event).collect();
    let [Event::Updates(kept), Event::Updates(other)] = events[..] else { panic!("{}", said(&left.ordered)) };
    let numbers: Vec<i64> = kept[0].earlier.iter().map(|arrival| arrival.at.0).collect();
    assert_eq!(numbers, (5..i64::from(many)).collect::<Vec<_>>());
    assert_eq!((kept[0].count, kept[0].line_bytes, kept[0].dropped), (many, 10 * u64::from(many), 4));
    assert!(other[0].earlier.is_empty() && other[0].count == many);
    assert_eq!((left.merged, left.dropped), (2 * (u64::from(many) - 1), 4));
}

/// What a window knows of a topic: subscribed how often since it was last unsubscribed, its value, whether that is lost.
type Facts = BTreeMap<String, (u32, Option<i64>, bool)>;

/// The facts after all events, and at each answer.
fn facts(ordered: &Ordered) -> Vec<Facts> {
    let mut now = Facts::new();
    let mut all = Vec::new();
    for (_, event) in ordered {
        match event {
            Event::Session(SessionEvent::Subscribed { path, .. }) => {
                let of = now.entry(path.to_string()).or_default();
                *of = (of.0 + 1, None, false);
            }
            Event::Session(SessionEvent::Unsubscribed { path, .. }) => {
                now.insert(path.to_string(), (0, None, false));
            }
            Event::Session(SessionEvent::ValueLost { path, .. }) => now.entry(path.to_string()).or_default().2 = true,
            Event::Updates(updates) => {
                for update in updates {
                    let of = now.entry(update.path.to_string()).or_default();
                    (of.1, of.2) = (Some(update.latest.at.0), false);
                }
            }
            Event::Answer(_) => all.push(now.clone()),
            _ => {}
        }
    }
    all.push(now);
    all
}

/// What a session tells of four topics: a topic is subscribed before its values and unsubscribed before it is again.
fn story() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..4u8, 0..12u8), 0..120).prop_map(|steps| {
        let mut live = [true, true, false, false];
        let mut events = Vec::new();
        for (number, (topic, what)) in (1..).zip(steps) {
            let is_live = &mut live[usize::from(topic)];
            events.push(match (what, *is_live) {
                (0, _) => answer(u64::from(number)),
                (1, _) => connected(1),
                (2, _) => recovering(number),
                (3..6, true) => {
                    *is_live = false;
                    unsubscribed(topic)
                }
                (6, true) => lost(topic),
                (_, true) => updates(topic, number),
                (_, false) => {
                    *is_live = true;
                    subscribed(topic)
                }
            });
        }
        events
    })
}

fn copy(event: &Event) -> Event {
    match event {
        Event::Session(SessionEvent::Subscribed { path, spec }) => {
            Event::Session(SessionEvent::Subscribed { path: path.clone(), spec: spec.clone() })
        }
        Event::Session(SessionEvent::Unsubscribed { path, reason }) => {
            Event::Session(SessionEvent::Unsubscribed { path: path.clone(), reason: *reason })
        }
        Event::Session(SessionEvent::ValueLost { path, reason }) => {
            Event::Session(SessionEvent::ValueLost { path: path.clone(), reason: reason.clone() })
        }
        Event::Updates(updates) => Event::Updates(updates.clone()),
        Event::Link(state) => Event::Link(state.clone()),
        Event::Answer(of) => answer(of.id.0),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn a_window_ends_with_the_same_facts(events in story()) {
        let whole = numbered(events.iter().map(copy).collect());
        let answers = events.iter().filter(|event| matches!(event, Event::Answer(_))).count();
        let left = squeeze(numbered(events), |_| false);
        prop_assert_eq!(facts(&whole), facts(&left.ordered), "{} -> {}", said(&whole), said(&left.ordered));
        // Unsubscription, subscription, values, loss.
        let of_topics = left.ordered.iter().filter(|(_, e)| !matches!(e, Event::Answer(_) | Event::Link(_))).count();
        prop_assert!(of_topics <= 4 * 4 * (answers + 1), "{}", said(&left.ordered));
        let numbers: Vec<u64> = left.ordered.iter().map(|(at, _)| *at).collect();
        prop_assert!(numbers.is_sorted());
        let again = squeeze(left.ordered.iter().map(|(at, event)| (*at, copy(event))).collect(), |_| false);
        prop_assert_eq!((said(&again.ordered), again.merged, again.dropped), (said(&left.ordered), 0, 0));
    }
}
