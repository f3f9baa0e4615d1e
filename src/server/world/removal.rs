//! Removes the topics whose removal policies have come true.

use super::World;
use crate::data::{SessionFilter, TopicPath};
use crate::server::clock::Moment;
use crate::server::removal_policy::{Creator, Removal, Sessions};
use crate::server::session::Session;
use std::borrow::Cow;
use std::collections::BTreeMap;

struct Known<'a>(&'a BTreeMap<u64, Session>);

impl Sessions for Known<'_> {
    fn is_open(&self, key: u64) -> bool {
        self.0.contains_key(&key)
    }

    fn any(&self, filter: &SessionFilter) -> bool {
        self.0.values().any(|session| filter.selects(|key| session.properties.get(key).map(Cow::from)))
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

    /// Looks at every topic with a removal policy and removes what is due.
    pub(in crate::server) fn sweep(&mut self, now: Moment) {
        let paths: Vec<TopicPath> = self.with_removal.iter().cloned().collect();
        let mut due = Vec::new();
        for path in paths {
            let sessions = Known(&self.sessions);
            let Some(topic) = self.topics.get_mut(&path) else {
                self.with_removal.remove(&path);
                continue;
            };
            let subscriptions = topic.subscribers.len();
            let Some(removal) = topic.removal.as_mut() else {
                self.with_removal.remove(&path);
                continue;
            };
            if removal.comes_true(now, subscriptions, &sessions) {
                due.push(path);
            }
        }
        for path in due {
            // An earlier policy may have taken it along.
            let Some(removal) = self.topics.get_mut(&path).and_then(|topic| topic.removal.take()) else { continue };
            let count = self.remove_for(&path, &removal);
            tracing::debug!(?path, count, "removal policy came true");
            if let Some(topic) = self.topics.get_mut(&path) {
                topic.removal = Some(removal);
            }
        }
    }

    fn remove_for(&mut self, path: &TopicPath, removal: &Removal) -> usize {
        let targets = match &removal.remove {
            None => vec![path.clone()],
            Some(selector) => self.selected(selector).unwrap_or_else(|error| {
                tracing::warn!(?path, ?error, "a removal policy removed nothing");
                Vec::new()
            }),
        };
        let may = |world: &Self, target: &TopicPath| {
            let owner = world.topics.get(target).and_then(|topic| topic.owner.as_deref());
            removal.creator.may_remove(&world.security.store, target.as_str(), owner)
        };
        let mut count = 0;
        for target in targets {
            count += usize::from(may(self, &target) && self.remove(&target));
        }
        count
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
            world.sweep(at(second));
        }
        assert_eq!(paths(&world), ["busy", "plain"]);
        assert_eq!(world.with_removal.len(), 1);
    }

    #[test]
    fn a_selector_decides_what_goes() {
        let mut world = world(&[("a/1", ""), ("a/2", ""), ("b", "when time after 1500 remove '?a/'"), ("c", "")]);
        world.sweep(at(1));
        assert_eq!(world.topics.len(), 4);
        world.sweep(at(2));
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
            world.sweep(at(second));
            left.push(world.topics.len() == 2);
        }
        let removed: Vec<usize> = (1..=10).zip(left).filter(|(_, left)| !left).map(|(second, _)| second).collect();
        assert_eq!(removed, [3, 8]);
    }

    #[test]
    fn two_policies_may_take_the_same_topics() {
        let policy = "when time after 1 remove '?a//'";
        let mut world = world(&[("a", policy), ("a/b", policy), ("a/b/c", "")]);
        world.sweep(at(1));
        assert!(world.topics.is_empty() && world.with_removal.is_empty());
    }
}
