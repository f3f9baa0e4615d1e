//! Work that nobody waits for: what sessions have left behind, and what removal policies ask for. It is done bit by bit,
//! so that nobody waits for it either.

use super::World;
use super::purge::Purge;
use super::removal::Sweep;
use crate::data::{Account, TopicPath, TopicSelector};
use crate::server::handlers::SLICE;
use crate::server::removal_policy::Creator;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::Notify;

/// Subscriptions of ended sessions that are taken from their topics in one go; about a millisecond.
const FORGOTTEN_AT_ONCE: usize = 1000;
/// Calls at clients that are ended in one go.
const CALLS_ENDED_AT_ONCE: usize = 200;

/// What is to be done.
#[derive(Default)]
pub(in crate::server) struct Chores {
    /// Subscriptions of sessions that have ended, which their topics still know.
    leaving: VecDeque<(u64, BTreeMap<TopicPath, i32>)>,
    /// Sessions that have ended, and on whose behalf calls are pending at others.
    askers: VecDeque<u64>,
    removals: VecDeque<Removal>,
    /// A look at the removal policies.
    pub(super) sweep: Option<Sweep>,
    /// Told when there is something to do.
    ready: Arc<Notify>,
}

/// A removal in somebody's name.
struct Removal {
    purge: Purge,
    account: Account,
    creator: Creator,
    /// The topic whose policy it is, and its number: nothing is done if it goes before.
    policy_of: Option<(TopicPath, i32)>,
}

impl World {
    /// What tells when there is something to do.
    pub(in crate::server) fn chores_ready(&self) -> Arc<Notify> {
        self.chores.ready.clone()
    }

    /// Has the topics of a session that has ended forget it.
    pub(super) fn forget_subscriber(&mut self, session: u64, subscriptions: BTreeMap<TopicPath, i32>) {
        if !subscriptions.is_empty() {
            self.chores.leaving.push_back((session, subscriptions));
        }
    }

    /// Has the calls on behalf of a session that has ended end too.
    pub(super) fn forget_asker(&mut self, session: u64) {
        if self.client_calls.is_asked_for(session) {
            self.chores.askers.push_back(session);
        }
    }

    /// Has removed what a selector selects now.
    pub(super) fn remove_later(
        &mut self,
        selector: TopicSelector,
        creator: Creator,
        policy_of: Option<(TopicPath, i32)>,
    ) {
        let purge = Purge::new(self, selector);
        self.chores.removals.push_back(Removal { purge, account: Account::request(), creator, policy_of });
    }

    /// Does a little of what is to be done, about a slice; whether there is more.
    pub(in crate::server) fn do_chores(&mut self) -> bool {
        if !self.chores.leaving.is_empty() {
            self.forget_subscribers();
        } else if let Some(asker) = self.chores.askers.front().copied() {
            if !self.end_calls_for(asker, CALLS_ENDED_AT_ONCE) {
                self.chores.askers.pop_front();
            }
        } else if self.has_overdue_calls() {
            self.end_overdue_calls();
        } else if let Some(removal) = self.chores.removals.pop_front() {
            self.go_on_removing(removal);
        } else {
            self.go_on_sweeping();
        }
        self.close_overflowing();
        self.has_chores()
    }

    /// The same at the end of a step that may have left something to do; the rest is done soon.
    pub(super) fn begin_chores(&mut self) {
        if self.has_chores() {
            self.chores.ready.notify_one();
        }
    }

    fn has_chores(&self) -> bool {
        !self.chores.leaving.is_empty()
            || !self.chores.askers.is_empty()
            || !self.chores.removals.is_empty()
            || self.chores.sweep.is_some()
            || self.has_overdue_calls()
    }

    fn has_overdue_calls(&self) -> bool {
        self.client_calls.is_overdue(self.clock.now().uptime)
    }

    /// Ends calls whose time is over; the rest of them later.
    pub(super) fn end_overdue_calls(&mut self) {
        let uptime = self.clock.now().uptime;
        for _ in 0..CALLS_ENDED_AT_ONCE {
            if !self.end_overdue_call(uptime) {
                break;
            }
        }
    }

    fn forget_subscribers(&mut self) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some((key, subscriptions)) = self.chores.leaving.front_mut() else { return };
            match subscriptions.pop_first() {
                Some((path, _)) => {
                    if let Some(topic) = self.topics.get_mut(&path) {
                        topic.subscribers.remove(key);
                    }
                }
                None => {
                    self.chores.leaving.pop_front();
                }
            }
        }
    }

    fn go_on_removing(&mut self, mut removal: Removal) {
        let is_there =
            |(path, number): &(TopicPath, i32)| self.topics.get(path).is_some_and(|topic| topic.number == *number);
        if removal.purge.count() == 0 && !removal.policy_of.as_ref().is_none_or(is_there) {
            return; // an earlier policy has taken it along
        }
        let until = removal.account.spent() + SLICE;
        while removal.account.spent() < until {
            let may = |world: &Self, target: &TopicPath| {
                let owner = world.topics.get(target).and_then(|topic| topic.owner.as_deref());
                removal.creator.may_remove(&world.security.store, target.as_str(), owner)
            };
            match removal.purge.step(self, &mut removal.account, may) {
                Ok(true) => {}
                Ok(false) => {
                    let (path, count) = (removal.policy_of.map(|(path, _)| path), removal.purge.count());
                    tracing::debug!(policy_of = ?path, count, "topics removed by a policy or with their session");
                    return;
                }
                Err(error) => {
                    let path = removal.policy_of.map(|(path, _)| path);
                    tracing::warn!(?path, ?error, "a removal policy removed nothing");
                    return;
                }
            }
        }
        self.chores.removals.push_front(removal);
    }
}
