//! Exploring the tree a branch at a time: bounded fetches, then topic notifications where these are bounded too.
//!
//! A page asks for at most two topics of each child, so its cost does not depend on what lies below. A branch whose
//! children are all topics is kept current by a notification listener. Where a child is only a branch, a listener would
//! be told about topics without bound, so such a branch is fetched again every few seconds while it is open.

use crate::data::selector::Descendants;
use crate::data::{Timestamp, TopicPath, TopicSelector, TopicType};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::remote::Remote;
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::{Fetch, NotificationEnd, NotificationSelect, fetch, notification_select};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

/// Topics in one page.
const PAGE: i32 = 1_000;
/// What is loaded of a branch without being asked for more.
const AUTO: Bounds = Bounds { pages: 5, ..Bounds::HANDED_ON };
/// Seconds between fetches of an open branch that has no listener.
pub const REFRESH_SECS: f64 = 5.0;
/// Open branches that are fetched again in one round at most.
const REFRESHED_AT_ONCE: usize = 20;
/// Changed children looked up in one fetch at most.
const CHECKED_AT_ONCE: usize = 200;

/// What is known of a branch's children; the empty path is the root.
#[derive(Debug, Default)]
pub struct Branch {
    /// The fetch under way, or why the last one failed.
    pub pages: Remote<()>,
    /// Where the loading stands; none when the children are complete, and before they were asked for.
    rest: Option<Pages>,
    /// Id of the listener that keeps the branch current.
    pub listener: Option<i64>,
    /// When the children were last complete or refreshed.
    pub as_of: Timestamp,
    /// Children seen by the pass under way; what it does not see is gone.
    seen: HashSet<String>,
    /// Children of which a notification told something.
    check: HashSet<String>,
    checking: bool,
}

impl Branch {
    /// The last path loaded, while more children are known to be there.
    #[must_use]
    pub fn more_after(&self) -> Option<&str> {
        self.rest.as_ref().and_then(Pages::last)
    }
}

/// Everything being explored.
#[derive(Debug, Default)]
pub struct Explore {
    /// By path; the empty path is the root.
    pub branches: HashMap<String, Branch>,
    /// Paths of branches by listener.
    listeners: BTreeMap<i64, String>,
    next_listener: i64,
    refreshed: Timestamp,
    began: Timestamp,
    /// The first of the open branches that the next round fetches.
    next_refreshed: usize,
}

/// A child as a page shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Child {
    topic: Option<TopicType>,
    below: bool,
}

impl Explore {
    /// The session is new: nothing is known any more, listeners are gone.
    pub fn forget(&mut self) {
        let next_listener = self.next_listener;
        *self = Self { next_listener, ..Self::default() };
    }

    /// The session is back after a loss of the line: what failed meanwhile is asked for again.
    pub fn recovered(&mut self) {
        self.refreshed = Timestamp::default();
        for branch in self.branches.values_mut().filter(|branch| branch.pages.error.is_some()) {
            branch.pages.error = None;
            branch.as_of = Timestamp::default();
        }
    }

    /// Loads a branch that was not asked for yet, or goes on where loading stopped.
    pub fn load(&mut self, path: &str, fx: &mut Effects) {
        let branch = self.branches.entry(path.to_owned()).or_default();
        if branch.pages.loading.is_some() {
            return;
        }
        if let Some(rest) = &mut branch.rest {
            rest.go_on();
        } else {
            branch.seen.clear();
            branch.rest = Some(Pages::of(children_of(path), AUTO));
        }
        self.page(path, fx);
    }

    /// Loads a branch from its start again.
    pub fn refresh(&mut self, path: &str, fx: &mut Effects) {
        if let Some(branch) = self.branches.get_mut(path) {
            branch.rest = None;
        }
        self.load(path, fx);
    }

    /// A branch is closed: it needs no listener any more.
    pub fn close(&mut self, path: &str, fx: &mut Effects) {
        if let Some(listener) = self.branches.get_mut(path).and_then(|b| b.listener.take()) {
            self.listeners.remove(&listener);
            fx.call::<NotificationEnd>(&listener, |_, _, _| {});
        }
    }

    /// Every branch is closed.
    pub fn close_all(&mut self, fx: &mut Effects) {
        let paths: Vec<String> = self.listeners.values().cloned().collect();
        for path in paths {
            self.close(&path, fx);
        }
    }

    /// Whether changed children wait to be looked up.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.branches.values().any(|b| !b.check.is_empty() && !b.checking)
    }

    /// Whether anything is loading.
    #[must_use]
    pub fn loading(&self) -> bool {
        self.branches.values().any(|b| b.pages.loading.is_some())
    }

    fn page(&mut self, path: &str, fx: &mut Effects) {
        let Some(branch) = self.branches.get_mut(path) else { return };
        if let Some(rest) = &branch.rest {
            branch.pages.ask_page(rest, path.to_owned(), on_page, fx);
        }
    }

    /// Time passes: looks up changed children and fetches open branches without a listener again.
    pub fn tick(&mut self, open: impl Fn(&str) -> bool, fx: &mut Effects) {
        for (path, branch) in self.branches.iter_mut().filter(|(_, b)| !b.check.is_empty() && !b.checking) {
            let some: Vec<String> = branch.check.iter().take(CHECKED_AT_ONCE).cloned().collect();
            let members: Vec<TopicSelector> =
                some.iter().map(|child| TopicSelector::of_branch(child, Descendants::MatchAndBelow)).collect();
            for child in &some {
                branch.check.remove(child);
            }
            branch.checking = true;
            let request = fetch::Request {
                limit: 2 * CHECKED_AT_ONCE as i32,
                deep_branch_depth: depth_of_children(path),
                deep_branch_limit: 2,
                ..fetch::Request::of(TopicSelector::of_set(&members).expression())
            };
            fx.call_for::<Fetch, _>(&request, (path.clone(), some), on_checked);
        }
        // A server that has just started is still filling: look sooner at first.
        if self.began == Timestamp::default() {
            self.began = fx.now;
        }
        let interval = (fx.now.secs_since(self.began) / 2.0).clamp(1.0, REFRESH_SECS);
        if fx.now.secs_since(self.refreshed) >= interval {
            self.refreshed = fx.now;
            let mut stale: Vec<String> = self
                .branches
                .iter()
                .filter(|(path, b)| {
                    b.listener.is_none()
                        && b.more_after().is_none()
                        && b.pages.loading.is_none()
                        && b.pages.error.is_none()
                        && fx.now.secs_since(b.as_of) >= interval * 0.9
                        && open(path)
                })
                .map(|(path, _)| path.clone())
                .collect();
            stale.sort_unstable();
            let start = self.next_refreshed.checked_rem(stale.len()).unwrap_or(0);
            self.next_refreshed = start + REFRESHED_AT_ONCE;
            stale.rotate_left(start);
            for path in stale.into_iter().take(REFRESHED_AT_ONCE) {
                self.refresh(&path, fx);
            }
        }
    }

    /// A listener was told something.
    pub fn notified(&mut self, listener: i64, path: &TopicPath) {
        let Some(parent) = self.listeners.get(&listener) else { return };
        if let (Some(child), Some(branch)) = (child_of(parent, path.as_str()), self.branches.get_mut(parent)) {
            branch.check.insert(child.to_owned());
        }
    }

    /// This program itself has added or removed something here: what is known of it is looked up at once.
    pub fn changed(&mut self, path: &str) {
        let ends = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at));
        for parent in ends.map(|end| &path[..end]) {
            if let (Some(child), Some(branch)) = (child_of(parent, path), self.branches.get_mut(parent)) {
                branch.check.insert(child.to_owned());
            }
        }
    }

    /// This program itself has removed what a selector matches: open branches are fetched at the next look.
    pub fn changed_anywhere(&mut self) {
        self.refreshed = Timestamp::default();
        for branch in self.branches.values_mut() {
            branch.as_of = Timestamp::default();
        }
    }

    /// Listeners may have told what nobody heard: branches kept current by them are fetched at the next look, like
    /// those without one, and are listened to again then.
    pub fn notifications_dropped(&mut self, fx: &mut Effects) {
        self.close_all(fx);
        for branch in self.branches.values_mut() {
            branch.as_of = Timestamp::default();
        }
    }

    fn listen(&mut self, path: &str, fx: &mut Effects) {
        let Some(branch) = self.branches.get_mut(path).filter(|b| b.listener.is_none()) else { return };
        self.next_listener += 1;
        branch.listener = Some(self.next_listener);
        self.listeners.insert(self.next_listener, path.to_owned());
        let request = notification_select::Request {
            listener: self.next_listener,
            selector: TopicSelector::of_path(path).expression().to_owned(),
        };
        fx.call_for::<NotificationSelect, _>(&request, (path.to_owned(), self.next_listener), on_listening);
    }
}

/// The request for a branch's children: two topics of each say whether the child is a topic and whether there is more
/// below it.
fn children_of(path: &str) -> fetch::Request {
    fetch::Request {
        limit: PAGE,
        deep_branch_depth: depth_of_children(path),
        deep_branch_limit: 2,
        ..fetch::Request::of(TopicSelector::of_branch(path, Descendants::Below).expression())
    }
}

/// How many parts the paths of a branch's children have.
fn depth_of_children(path: &str) -> i32 {
    let own = if path.is_empty() { 0 } else { path.split('/').count() };
    i32::try_from(own + 1).unwrap_or(i32::MAX)
}

/// The child of `parent` that `path` is or lies below.
fn child_of<'a>(parent: &str, path: &'a str) -> Option<&'a str> {
    let start = if parent.is_empty() {
        0
    } else {
        path.strip_prefix(parent)?.strip_prefix('/')?;
        parent.len() + 1
    };
    let name = path[start..].find('/').unwrap_or(path.len() - start);
    (name > 0).then(|| &path[..start + name])
}

/// Puts results together by child.
fn children(parent: &str, response: &fetch::Response) -> BTreeMap<String, Child> {
    let mut out: BTreeMap<String, Child> = BTreeMap::new();
    for topic in &response.results {
        if let Some(path) = child_of(parent, &topic.path) {
            let child = out.entry(path.to_owned()).or_default();
            if path == topic.path {
                child.topic = Some(topic.topic_type);
            } else {
                child.below = true;
            }
        }
    }
    out
}

fn on_page(at: &mut Connected, fx: &mut Effects, path: String, reply: Reply<Fetch>) {
    let topics = &mut at.topics;
    let Some(branch) = topics.explore.branches.get_mut(&path) else { return };
    let Some(rest) = &mut branch.rest else { return };
    let Some((response, next)) = branch.pages.take_page(rest, reply, fx) else { return };
    if next != Next::Ask {
        branch.pages.finish(Ok(()), fx);
    }
    let found = children(&path, &response);
    branch.seen.extend(found.keys().cloned());
    if next == Next::Complete {
        branch.rest = None;
        branch.as_of = fx.now;
    }
    let after = branch.more_after().map(str::to_owned);
    let seen = if after.is_some() { HashSet::new() } else { std::mem::take(&mut branch.seen) };
    for (child, what) in &found {
        topics.put_child(child, what.topic, what.below);
    }
    if next == Next::Ask {
        topics.explore.page(&path, fx);
    } else if next == Next::Complete {
        topics.retain_children(&path, |child| seen.contains(child), fx.now);
        let bounded = topics.children_are_topics(&path);
        if bounded && !path.is_empty() && topics.is_open(&path) {
            topics.explore.listen(&path, fx);
        }
    }
    topics.explored(&path, after.as_deref(), fx);
}

fn on_checked(at: &mut Connected, fx: &mut Effects, asked: (String, Vec<String>), reply: Reply<Fetch>) {
    let (path, asked) = asked;
    let topics = &mut at.topics;
    let Some(branch) = topics.explore.branches.get_mut(&path) else { return };
    branch.checking = false;
    let Ok(response) = reply else {
        // What was told of these children is not known: the whole branch is fetched at the next look.
        branch.as_of = Timestamp::default();
        topics.explore.close(&path, fx);
        return;
    };
    branch.as_of = fx.now;
    let found = children(&path, &response);
    for child in &asked {
        match found.get(child) {
            Some(what) => topics.put_child(child, what.topic, what.below),
            None => topics.drop_child(child, fx.now),
        }
    }
}

fn on_listening(at: &mut Connected, fx: &mut Effects, whose: (String, i64), reply: Reply<NotificationSelect>) {
    let (path, listener) = whose;
    if reply.is_err() {
        // Without notifications the branch is fetched again every few seconds instead.
        at.topics.explore.listeners.remove(&listener);
        if let Some(branch) = at.topics.explore.branches.get_mut(&path).filter(|b| b.listener == Some(listener)) {
            branch.listener = None;
            branch.as_of = fx.now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::LinkId;

    #[test]
    fn a_branch_whose_notifications_were_lost_is_fetched_again() {
        let now = Timestamp(1_000_000_000);
        let mut fx = Effects::at(now, LinkId(1));
        let mut explore = Explore { began: now, refreshed: now, ..Explore::default() };
        explore.branches.insert("a".into(), Branch { as_of: now, ..Branch::default() });
        explore.listen("a", &mut fx);
        let later = Timestamp(now.0 + 10_000_000);
        fx.now = later;
        explore.tick(|_| true, &mut fx);
        assert!(!explore.loading(), "its listener keeps it current");
        explore.notifications_dropped(&mut fx);
        assert!(explore.listeners.is_empty() && explore.branches["a"].listener.is_none());
        fx.now = Timestamp(later.0 + 10_000_000);
        explore.tick(|_| true, &mut fx);
        assert!(explore.branches["a"].pages.loading.is_some());
    }

    #[test]
    fn what_this_program_changes_is_looked_up_at_once_where_it_is_known() {
        let mut fx = Effects::at(Timestamp(1_000_000_000), LinkId(1));
        let mut explore = Explore { began: fx.now, refreshed: fx.now, ..Explore::default() };
        for known in ["", "a", "x"] {
            explore.branches.insert(known.into(), Branch { as_of: fx.now, ..Branch::default() });
        }
        explore.changed("a/b/c");
        assert!(explore.has_changes());
        explore.tick(|_| true, &mut fx);
        let asked: Vec<&str> = ["", "a", "x"].into_iter().filter(|path| explore.branches[*path].checking).collect();
        assert_eq!(asked, ["", "a"]);
    }

    #[test]
    fn what_failed_while_the_line_was_lost_is_fetched_again() {
        let now = Timestamp(1_000_000_000);
        let mut fx = Effects::at(now, LinkId(1));
        let mut explore = Explore { began: Timestamp(1), ..Explore::default() };
        let mut failed = Branch { as_of: now, ..Branch::default() };
        failed.pages.error = Some(crate::client::api::CallError::NotConnected);
        explore.branches.insert("a".into(), failed);
        explore.tick(|_| true, &mut fx);
        assert!(!explore.loading(), "an error waits for the user");
        explore.recovered();
        fx.now = Timestamp(now.0 + 1_000_000);
        explore.tick(|_| true, &mut fx);
        assert!(explore.loading());
    }

    #[test]
    fn the_child_of_a_branch_is_found_in_a_path() {
        assert_eq!(child_of("", "a/b/c"), Some("a"));
        assert_eq!(child_of("", "a"), Some("a"));
        assert_eq!(child_of("a", "a/b/c"), Some("a/b"));
        assert_eq!(child_of("a/b", "a/b/c"), Some("a/b/c"));
        assert_eq!(child_of("a", "ab/c"), None);
        assert_eq!(child_of("a", "a"), None);
        assert_eq!(depth_of_children(""), 1);
        assert_eq!(depth_of_children("a/b"), 3);
    }

    #[test]
    fn two_results_of_a_child_say_topic_and_descendants() {
        let topic = |path: &str| fetch::FetchedTopic {
            path: path.into(),
            topic_type: TopicType::Json,
            value: None,
            properties_index: 0,
            size: fetch::Size::None,
        };
        let response = fetch::Response {
            properties: vec![],
            results: vec![topic("a/b"), topic("a/b/c"), topic("a/d/e/f"), topic("a/g")],
            has_more: false,
        };
        let found = children("a", &response);
        assert_eq!(found["a/b"], Child { topic: Some(TopicType::Json), below: true });
        assert_eq!(found["a/d"], Child { topic: None, below: true });
        assert_eq!(found["a/g"], Child { topic: Some(TopicType::Json), below: false });
    }
}
