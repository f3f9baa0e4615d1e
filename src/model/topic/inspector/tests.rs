//! The inspector by itself: what it keeps of its topic, and what it says of what it does not keep.

use super::*;
use crate::client::api::{Command, LinkId};
use crate::model::effects::Effect;

fn path(text: &str) -> TopicPath {
    TopicPath::parse(text).expect("a valid path")
}

fn at(millis: i64) -> Effects {
    Effects::at(Timestamp::from_millis(millis), LinkId(1))
}

fn calls(fx: &mut Effects) -> Vec<&'static str> {
    fx.take()
        .into_iter()
        .filter_map(|e| match e {
            Effect::Send(_, Command::Call(call), _) => Some(call.name),
            _ => None,
        })
        .collect()
}

fn update(text: &str, count: u32, value: &'static [u8]) -> Update {
    let latest = ReceivedValue { at: Timestamp(1), value: Bytes::from_static(value), delta_bytes: None };
    Update { path: path(text), latest, count, line_bytes: 1, earlier: Vec::new(), dropped: 0 }
}

#[test]
fn a_selection_is_subscribed_once_when_it_has_rested() {
    let mut inspector = Inspector::default();
    let mut fx = at(0);
    inspector.apply(Intent::Select(Some(path("a"))), &Live::default(), &mut fx);
    inspector.ask_rested(&mut fx);
    assert!(calls(&mut fx).is_empty(), "nothing before it has rested");
    let mut fx = at(100);
    inspector.apply(Intent::Select(Some(path("b"))), &Live::default(), &mut fx);
    let mut fx = at(200);
    inspector.ask_rested(&mut fx);
    assert!(calls(&mut fx).is_empty(), "the second selection has not rested");
    let mut fx = at(260);
    inspector.ask_rested(&mut fx);
    assert_eq!(calls(&mut fx), ["subscribe", "fetch"]);
    inspector.ask_rested(&mut fx);
    assert!(calls(&mut fx).is_empty(), "and only once");
    let mut fx = at(300);
    inspector.apply(Intent::Select(None), &Live::default(), &mut fx);
    let mut fx = at(500);
    inspector.ask_rested(&mut fx);
    assert_eq!(calls(&mut fx), ["unsubscribe"]);
}

#[test]
fn merged_updates_leave_a_gap_and_an_exact_count() {
    let mut inspector = Inspector::default();
    let mut fx = at(0);
    inspector.apply(Intent::Select(Some(path("a"))), &Live::default(), &mut fx);
    inspector.updated(&update("a", 1, b"1"), &mut fx);
    inspector.updated(&update("a", 5, b"2"), &mut fx);
    inspector.updated(&update("b", 9, b"3"), &mut fx);
    assert_eq!((inspector.updates, inspector.history.len(), inspector.history_dropped), (6, 2, 4));
    assert!(inspector.history[1].gap_before && !inspector.history[0].gap_before);
    assert_eq!(inspector.entry(2).map(|e| e.arrival.value.as_ref()), Some(b"2".as_ref()));
}

#[test]
fn a_frozen_view_ends_at_the_entry_it_began_with() {
    let mut inspector = Inspector::default();
    let mut fx = at(0);
    inspector.apply(Intent::Select(Some(path("a"))), &Live::default(), &mut fx);
    inspector.updated(&update("a", 1, b"1"), &mut fx);
    inspector.apply(Intent::SetFrozen(true), &Live::default(), &mut fx);
    inspector.updated(&update("a", 1, b"2"), &mut fx);
    assert_eq!(inspector.last_shown(), 1);
    assert_eq!(inspector.shown().0.map(|a| a.value.as_ref()), Some(b"1".as_ref()));
    inspector.apply(Intent::SetFrozen(false), &Live::default(), &mut fx);
    assert_eq!(inspector.last_shown(), 2);
}

#[test]
fn the_rate_is_taken_over_the_last_full_seconds() {
    let mut inspector = Inspector::default();
    let second = |n: i64| at(n * 1000);
    inspector.apply(Intent::Select(Some(path("a"))), &Live::default(), &mut second(0));
    for n in 0..10 {
        inspector.updated(&update("a", 4, b"1"), &mut second(n));
    }
    let rate = |n: i64| inspector.updates_per_sec(Timestamp::from_millis(n * 1000 + 500));
    assert_eq!(rate(10), 4.0);
    assert_eq!(rate(12), 4.0 * 3.0 / 5.0);
    assert_eq!(rate(20), 0.0);
}

#[test]
fn the_oldest_values_go_first_and_are_counted() {
    let mut inspector = Inspector::default();
    let mut fx = at(0);
    inspector.apply(Intent::Select(Some(path("a"))), &Live::default(), &mut fx);
    for _ in 0..HISTORY_ENTRIES + 3 {
        inspector.updated(&update("a", 1, b"1"), &mut fx);
    }
    assert_eq!((inspector.history.len(), inspector.history_trimmed), (HISTORY_ENTRIES, 3));
    assert_eq!(inspector.history.front().map(|e| e.number), Some(4));
}

#[test]
fn comparison_holds_the_last_two() {
    let mut inspector = Inspector::default();
    let mut fx = at(0);
    for number in [1, 2, 3] {
        inspector.apply(Intent::Compare(number), &Live::default(), &mut fx);
    }
    assert_eq!(inspector.compared, [2, 3]);
    inspector.apply(Intent::Compare(2), &Live::default(), &mut fx);
    assert_eq!(inspector.compared, [3]);
}
