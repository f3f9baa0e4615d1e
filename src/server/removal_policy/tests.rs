//! Tests of removal policies at work, second by second.

use super::*;
use std::cell::{Cell, RefCell};

/// Sessions by key with their principal.
#[derive(Default)]
struct Present {
    keys: RefCell<Vec<u64>>,
    principal: RefCell<Option<&'static str>>,
    asked: Cell<u32>,
}

impl Sessions for Present {
    fn is_open(&self, key: u64) -> bool {
        self.keys.borrow().contains(&key)
    }

    fn any(&self, filter: &SessionFilter) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.principal.borrow().is_some_and(|name| filter.selects(|key| (key == "$Principal").then(|| name.into())))
    }
}

fn creator() -> Creator {
    Creator::Session { key: 7, principal: "control".to_owned(), roles: EffectiveRoles::default() }
}

/// Looks every second; `step` prepares each and tells how many subscriptions there are. Gives the first second at
/// which the policy holds.
fn first(text: &str, seconds: u64, mut step: impl FnMut(u64, &mut Removal, &Present) -> usize) -> Option<u64> {
    let mut removal = Removal::new(text, creator()).expect(text);
    let sessions = Present { keys: RefCell::new(vec![7]), ..Present::default() };
    (0..=seconds).find(|&second| {
        let subscriptions = step(second, &mut removal, &sessions);
        let now = Moment { uptime: second * 1000, wall: i64::try_from(second * 1000).unwrap() };
        removal.holds(now, subscriptions, &sessions)
    })
}

#[test]
fn time_after() {
    assert_eq!(first("when time after 3000", 10, |_, _, _| 0), Some(4));
    assert_eq!(first("when time after 'Thu, 01 Jan 1970 00:00:02 GMT'", 10, |_, _, _| 0), Some(3));
}

#[test]
fn updates_begin_the_period_anew() {
    let policy = "when no updates for 3s";
    assert_eq!(first(policy, 20, |_, _, _| 0), Some(3));
    let updates_at = |at: &'static [u64]| {
        move |second, removal: &mut Removal, _: &Present| {
            if at.contains(&second) {
                removal.updated();
            }
            0
        }
    };
    assert_eq!(first(policy, 20, updates_at(&[1, 2, 4])), Some(7));
    assert_eq!(first(policy, 20, updates_at(&[2, 4, 6, 8, 10, 12, 14, 16, 18, 20])), None);
}

#[test]
fn after_holds_the_answer_back_but_not_the_period() {
    assert_eq!(first("when no updates for 3s after 8s", 20, |_, _, _| 0), Some(8));
    assert_eq!(first("when subscriptions < 1 for 3s after 8s", 20, |_, _, _| 0), Some(8));
    assert_eq!(first("when no session has 'all' for 3s after 8s", 20, |_, _, _| 0), Some(11));
}

#[test]
fn a_subscription_between_two_looks_counts() {
    let policy = "when subscriptions < 2 for 3s";
    assert_eq!(first(policy, 20, |_, _, _| 2), None);
    assert_eq!(first(policy, 20, |_, _, _| 1), Some(3));
    assert_eq!(first(policy, 20, |second, _, _| if second < 4 { 5 } else { 0 }), Some(7));
    let short = |second, removal: &mut Removal, _: &Present| {
        if second == 2 {
            removal.subscribed(2);
        }
        1
    };
    assert_eq!(first(policy, 20, short), Some(5));
}

#[test]
fn no_session_has() {
    let alice = |from: u64, until: u64| {
        move |second, _: &mut Removal, sessions: &Present| {
            *sessions.principal.borrow_mut() = (from..until).contains(&second).then_some("alice");
            0
        }
    };
    let policy = "when no session has '$Principal is \"alice\"'";
    assert_eq!(first(policy, 20, alice(0, 4)), Some(4));
    assert_eq!(first(policy, 20, alice(0, 99)), None);
    assert_eq!(first(&format!("{policy} for 2s"), 20, alice(1, 4)), Some(6));
    assert_eq!(first("when no session has '$Principal is \"bob\"'", 20, alice(0, 99)), Some(0));
}

#[test]
fn this_session_closes() {
    let closes_at = |at| {
        move |second, _: &mut Removal, sessions: &Present| {
            if second == at {
                sessions.keys.borrow_mut().clear();
            }
            0
        }
    };
    assert_eq!(first("when this session closes", 9, closes_at(5)), Some(5));
    assert_eq!(first("when this session closes", 9, closes_at(99)), None);
    let mut by_server = Removal::new("when this session closes", Creator::Server).unwrap();
    assert!(!by_server.holds(Moment { uptime: 0, wall: 0 }, 0, &Present::default()));
}

#[test]
fn every_part_goes_on_counting() {
    // The second part of the `or` has its period behind it when the first stops to matter.
    let policy = "when (no updates for 2s and this session closes) or subscriptions < 1 for 6s";
    assert_eq!(first(policy, 9, |_, _, _| 0), Some(6));
    let closes = |second, _: &mut Removal, sessions: &Present| {
        if second == 4 {
            sessions.keys.borrow_mut().clear();
        }
        1
    };
    assert_eq!(first(policy, 9, closes), Some(4));
}

#[test]
fn time_after_with_and_is_a_gate() {
    assert_eq!(first("when time after 4000 and no updates for 3s", 20, |_, _, _| 0), Some(8));
    assert_eq!(first("when no updates for 3s and time after 4000", 20, |_, _, _| 0), Some(8));
    assert_eq!(first("when time after 4000 and no updates for 1s after 6s", 20, |_, _, _| 0), Some(11));
    let inner = "when time after 4000 and (subscriptions < 1 for 3s or no updates for 2s)";
    assert_eq!(first(inner, 20, |_, _, _| 0), Some(7));
    // Outside of the `and` nothing waits for the gate.
    assert_eq!(first("when time after 4000 and this session closes or no updates for 2s", 9, |_, _, _| 0), Some(2));
}

#[test]
fn a_clock_set_back_shortens_no_period() {
    let mut removal = Removal::new("when no updates for 3s", creator()).unwrap();
    let sessions = Present::default();
    for (uptime, wall, expected) in [(0, 50_000, false), (2000, 0, false), (2500, 99_000, false), (3000, 1, true)] {
        assert_eq!(removal.holds(Moment { uptime, wall }, 0, &sessions), expected);
    }
}

#[test]
fn filters_are_read_once_and_wrong_ones_refused() {
    assert!(Removal::new("when no session has 'nonsense'", creator()).is_none());
    assert!(Removal::new("", creator()).is_none());
}

#[test]
fn what_the_creator_may_remove() {
    let store = crate::server::Security::standard().store;
    let session = |name: &str, roles: &[&str]| Creator::Session {
        key: 1,
        principal: name.to_owned(),
        roles: store.effective_roles(roles.iter().copied()),
    };
    assert!(Creator::Server.may_remove(&store, "a", None));
    assert!(session("x", &["TOPIC_CONTROL"]).may_remove(&store, "a", None));
    assert!(!session("x", &["CLIENT"]).may_remove(&store, "a", Some("y")));
    assert!(session("x", &["CLIENT"]).may_remove(&store, "a", Some("x")));
    assert!(!session("x", &["TOPIC_CONTROL"]).may_remove(&store, "Diffusion/Metrics", None));
}
