//! Removes what a selector selects, bit by bit: between two steps others have their turn.

use super::World;
use crate::data::{Account, Exhausted, TopicPath, TopicSelector, cost};
use crate::server::handlers::{Walk, may_cost_more};
use std::collections::VecDeque;

/// A removal on its way.
pub(in crate::server) struct Purge {
    selector: TopicSelector,
    /// Looks at everything once without effect, where that may cost more than the account has.
    trial: Option<Walk>,
    walk: Walk,
    /// The number of the latest topic when it began: what is made later stays.
    latest: i32,
    found: VecDeque<TopicPath>,
    count: usize,
}

impl Purge {
    /// Begins; nothing is removed yet.
    pub(in crate::server) fn new(world: &World, selector: TopicSelector) -> Self {
        let trial = may_cost_more(selector.weight()).then(|| Walk::of(&selector));
        let walk = Walk::of(&selector);
        Self { selector, trial, walk, latest: world.next_number, found: VecDeque::new(), count: 0 }
    }

    /// Looks at some topics, or removes one if `may` says so; whether there is more to do.
    ///
    /// # Errors
    /// Finding out what is selected takes more than the account has; nothing was removed.
    pub(in crate::server) fn step(
        &mut self,
        world: &mut World,
        account: &mut Account,
        may: impl FnOnce(&World, &TopicPath) -> bool,
    ) -> Result<bool, Exhausted> {
        let (selector, latest) = (&self.selector, self.latest);
        if let Some(trial) = &mut self.trial {
            if trial
                .next(&world.topics, account, |path, _, account| selector.matches(path.as_str(), account))?
                .is_none()
            {
                self.trial = None;
            }
            return Ok(true);
        }
        account.commit();
        if let Some(path) = self.found.pop_front() {
            let topic = world.topics.get(&path).filter(|topic| topic.number <= latest);
            if let Some(subscribers) = topic.map(|topic| topic.subscribers.len())
                && may(world, &path)
            {
                account.note(cost::CHANGE * (1 + subscribers as u64));
                self.count += usize::from(world.remove(&path));
            }
            return Ok(true);
        }
        let found = self.walk.next(&world.topics, account, |path, topic, account| {
            Ok(topic.number <= latest && selector.matches(path.as_str(), account).unwrap_or(false))
        })?;
        let is_through = found.is_none();
        self.found.extend(found.unwrap_or_default());
        Ok(!is_through)
    }

    /// Topics removed so far.
    pub(in crate::server) const fn count(&self) -> usize {
        self.count
    }

    /// Bytes that it keeps.
    pub(in crate::server) fn kept_bytes(&self) -> usize {
        self.selector.kept_bytes() + self.found.len() * size_of::<TopicPath>()
    }
}
