//! Removes the topics whose removal policies have come true.

use super::World;
use crate::data::{SessionFilter, TopicPath, TopicSelector};
use crate::server::clock::Moment;
use crate::server::removal_policy::{Creator, Sessions};
use crate::server::session::Session;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Topics that are looked at in one step, where that is all.
const SWEPT: usize = 256;
/// Sessions that filters are tried on in one step; the topic that exceeds them is the last.
const LOOKED_AT: usize = 1000;

/// A look at all removal policies.
pub(super) struct Sweep {
    now: Moment,
    next: Bound<TopicPath>,
}

struct Known<'a> {
    sessions: &'a BTreeMap<u64, Session>,
    looked_at: &'a Cell<usize>,
}

impl Sessions for Known<'_> {
    fn is_open(&self, key: u64) -> bool {
        self.sessions.contains_key(&key)
    }

    fn any(&self, filter: &SessionFilter) -> bool {
        self.sessions.values().any(|session| {
            self.looked_at.set(self.looked_at.get() + 1);
            filter.selects(|key| session.properties.get(key).map(Cow::from))
        })
    }
}

impl World {
    /// Who a topic is created by.
    pub(in crate::server) fn creator(&self, session: Option<u64>) -> Creator {
        match session.and_then(|key| self.sessions.get(&key).map(|session| (key, session))) {
            Some((key, session)) => {
                Creator::Session { key, principal: session.principal.clone(), roles: session.roles.clone() }
            }
            None => Creator::Server,
        }
    }

    /// Begins to look at every topic with a removal policy, unless a look is on its way.
    pub(super) fn begin_sweep(&mut self, now: Moment) {
        if self.chores.sweep.is_none() && !self.with_removal.is_empty() {
            self.chores.sweep = Some(Sweep { now, next: Bound::Unbounded });
        }
    }

    /// Looks at some topics and has removed what is due.
    pub(super) fn go_on_sweeping(&mut self) {
        let Some(Sweep { now, next }) = self.chores.sweep.take() else { return };
        let paths: Vec<TopicPath> = self.with_removal.range((next, Bound::Unbounded)).take(SWEPT).cloned().collect();
        let looked_at = Cell::new(0);
        for path in paths {
            if looked_at.get() > LOOKED_AT {
                self.chores.sweep = Some(Sweep { now, next: Bound::Included(path) });
                return;
            }
            self.chores.sweep = Some(Sweep { now, next: Bound::Excluded(path.clone()) });
            let sessions = Known { sessions: &self.sessions, looked_at: &looked_at };
            let removal = self.topics.get_mut(&path).and_then(|topic| {
                let subscriptions = topic.subscribers.len();
                Some((topic.number, topic.removal.as_mut()?, subscriptions))
            });
            let Some((number, removal, subscriptions)) = removal else {
                self.with_removal.remove(&path);
                continue;
            };
            if removal.comes_true(now, subscriptions, &sessions) {
                let selector = removal.remove.clone().unwrap_or_else(|| TopicSelector::from(&path));
                let creator = removal.creator.clone();
                tracing::debug!(?path, "removal policy came true");
                self.remove_later(selector, creator, Some((path, number)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{TopicSpec, TopicType, property};
    use crate::server::clock::Clock;

    const SECOND: u64 = 1000;

    fn at(second: u64) -> Moment {
        Moment { uptime: second * SECOND, wall: i64::try_from(second * SECOND).unwrap() }
    }

    fn world(topics: &[(&str, &str)]) -> World {
        let mut world = World::new(crate::server::Security::standard(), 1, Clock::manual(0));
        for (path, removal) in topics {
            let spec = TopicSpec::new(TopicType::String);
            let spec = if removal.is_empty() { spec } else { spec.with(property::REMOVAL, *removal) };
            world.add(path, &spec, None).unwrap();
        }
        world
    }

    fn sweep(world: &mut World, now: Moment) {
        world.begin_sweep(now);
        while world.do_chores() {}
    }

    fn paths(world: &World) -> Vec<&str> {
        world.topics.keys().map(TopicPath::as_str).collect()
    }

    #[test]
    fn a_quiet_topic_goes_and_an_updated_one_stays() {
        let policy = "when no updates for 2s";
        let mut world = world(&[("quiet", policy), ("busy", policy), ("plain", "")]);
        let busy = TopicPath::parse("busy").unwrap();
        for second in 1..=5 {
            world.set(&busy, vec![0x61, b'x'].into(), "", 0, false).unwrap();
            sweep(&mut world, at(second));
        }
        assert_eq!(paths(&world), ["busy", "plain"]);
        assert_eq!(world.with_removal.len(), 1);
    }

    #[test]
    fn a_selector_decides_what_goes() {
        let mut world = world(&[("a/1", ""), ("a/2", ""), ("b", "when time after 1500 remove '?a/'"), ("c", "")]);
        sweep(&mut world, at(1));
        assert_eq!(world.topics.len(), 4);
        sweep(&mut world, at(2));
        assert_eq!(paths(&world), ["b", "c"]);
    }

    #[test]
    fn a_policy_that_spares_its_own_topic_fires_once_each_time_it_comes_true() {
        let mut world = world(&[("busy", "when no updates for 2s remove '?a/'")]);
        let busy = TopicPath::parse("busy").unwrap();
        let mut left = Vec::new();
        for second in 1..=10 {
            // What is made anew while the condition goes on holding is not this policy's any more.
            world.add("a/1", &TopicSpec::new(TopicType::String), None).unwrap();
            if second == 6 {
                world.set(&busy, vec![0x61, b'x'].into(), "", 0, false).unwrap();
            }
            sweep(&mut world, at(second));
            left.push(world.topics.len() == 2);
        }
        let removed: Vec<usize> = (1..=10).zip(left).filter(|(_, left)| !left).map(|(second, _)| second).collect();
        assert_eq!(removed, [3, 8]);
    }

    #[test]
    fn two_policies_may_take_the_same_topics() {
        let policy = "when time after 1 remove '?a//'";
        let mut world = world(&[("a", policy), ("a/b", policy), ("a/b/c", "")]);
        sweep(&mut world, at(1));
        assert!(world.topics.is_empty() && world.with_removal.is_empty());
    }

    #[test]
    fn a_look_goes_in_steps_and_finds_each_policy_once() {
        let policy = "when time after 1";
        let paths: Vec<String> = (0..1000).map(|n| format!("t/{n}")).collect();
        let topics: Vec<_> = paths.iter().map(|path| (path.as_str(), policy)).collect();
        let mut world = world(&topics);
        world.begin_sweep(at(1));
        let mut steps = 1;
        while world.do_chores() {
            steps += 1;
            world.begin_sweep(at(1));
            if world.topics.is_empty() {
                break;
            }
        }
        assert!(steps > 4 + 1000 / 100, "{steps}");
        assert!(world.topics.is_empty() && world.with_removal.is_empty());
    }
}
