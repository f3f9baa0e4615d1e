//! State of the topic tree: explored by bounded fetches, values of the rows in sight, filter, favourites.
//!
//! Values come by one selection that follows the rows in sight, in scopes of its own that are used in turn: the new
//! rows are subscribed before the old selection is dropped, so a row that stays is never unsubscribed.

mod children;
mod expansion;
pub mod explore;
pub mod filter;
mod interner;
mod lookup;
pub mod multi_select;
pub(super) mod notifications;
pub mod query;
pub mod rows;
pub mod search;
pub mod sort_order;
pub mod tree;

pub use filter::{FilterView, Filtered};
pub use query::Query;
pub use sort_order::Order;
pub use tree::{Exploration, NodeId, Tree};

use self::multi_select::Checks;
use self::search::Filter;
use crate::client::api::Update;
use crate::data::{Timestamp, TopicPath, TopicSelector, TopicSpec, TopicType, UnsubscribeReason};
use crate::model::Connected;
use crate::model::change::{Change, TouchedTopics};
use crate::model::effects::Effects;
use crate::model::features::{Feature, Notification, Opening};
use crate::model::live::Live;
use crate::model::settings;
use crate::wire::services::shared::{SelectionRequest, TopicEvent};
use crate::wire::services::{Subscribe, Unsubscribe};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows in sight must rest so long before their values are asked for, in microseconds.
const REST_MICROS: i64 = 120_000;
/// Longest preview of a value in a row.
const PREVIEW_CHARS: usize = 160;
/// Values are asked for this many rows at once, at most.
const MAX_IN_SIGHT: usize = 300;
/// Removed topics stay on screen, struck through, for so long.
pub const STRUCK_SECS: f64 = 5.0;
/// Opening a whole branch stops at so many topics.
pub const MAX_OPEN_ALL: usize = 1000;
const SCOPES: [&str; 2] = ["brownian/rows/a", "brownian/rows/b"];

/// What a row in sight shows beside its name.
#[derive(Clone, Debug, Default)]
pub struct RowFacts {
    /// The latest value as one line.
    pub preview: String,
    /// Bytes of the latest value.
    pub size_bytes: usize,
    /// When it came.
    pub at: Timestamp,
    /// Updates received since the row came into sight, merged ones included.
    pub updates: u64,
    /// Updates a second.
    pub updates_per_sec: f64,
    /// Whether the latest stands for several updates.
    pub merged: bool,
    /// Whether a subscription is live.
    pub live: bool,
    /// Why the server took it away.
    pub ended: Option<UnsubscribeReason>,
    /// Whether the last value could not be used.
    pub lost: bool,
    /// The preview is older than the value.
    stale: bool,
    last: u64,
    renewed: Timestamp,
}

/// The topic tree.
#[derive(Debug)]
pub struct Topics {
    /// What is known.
    pub tree: Tree,
    /// What is being explored.
    pub explore: explore::Explore,
    /// The filter.
    pub filter: Filter,
    /// Rows checked to act on together.
    pub checks: Checks,
    /// Favourite paths.
    pub favourites: BTreeSet<TopicPath>,
    /// Whether values of the rows in sight are live.
    pub values_on: bool,
    /// Facts of rows that are or were just in sight.
    pub facts: HashMap<TopicPath, RowFacts>,
    /// Path to scroll to in the next frame.
    pub wanted: Option<TopicPath>,
    /// Branches to open when their children are known, on the way to a path.
    revealing: Option<TopicPath>,
    opened_first: bool,
    in_sight: Vec<TopicPath>,
    in_sight_since: Timestamp,
    subscribed: Vec<TopicPath>,
    /// Counts the selections subscribed: which of the scopes is in use.
    scopes_used: usize,
    renewed: Timestamp,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            tree: Tree::new(Order::Natural),
            explore: explore::Explore::default(),
            filter: Filter::default(),
            checks: Checks::default(),
            favourites: BTreeSet::new(),
            values_on: true,
            facts: HashMap::new(),
            wanted: None,
            revealing: None,
            opened_first: false,
            in_sight: Vec::new(),
            in_sight_since: Timestamp::default(),
            subscribed: Vec::new(),
            scopes_used: 0,
            renewed: Timestamp::default(),
        }
    }
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Open a branch, loading its children.
    Open(TopicPath),
    /// Close a branch.
    Close(TopicPath),
    /// Open a branch and what is known below it.
    OpenAll(TopicPath),
    /// Close every branch.
    CloseAll,
    /// Load what comes after the cut of a branch; the empty text is the root.
    LoadMore(String),
    /// Load a branch again; the empty text is the root.
    Refresh(String),
    /// These topics' rows are in sight.
    InSight(Vec<TopicPath>),
    /// Values of rows in sight, or names only.
    SetValuesOn(bool),
    /// Filter as typed.
    SetFilter(String),
    /// Fetch what the filter's selector selects.
    AskServer,
    /// Sort siblings in another way.
    SetOrder(Order),
    /// Make a favourite, or no longer.
    ToggleFavourite(TopicPath),
    /// Bring a path into sight.
    Reveal(TopicPath),
    /// Check rows, or no longer.
    Check(multi_select::Act),
}

impl Feature for Topics {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        at.topics.apply(intent, &at.key, fx);
    }

    fn opened(&mut self, opening: &Opening<'_>) {
        if let Some(paths) = opening.settings.favourites.get(opening.key) {
            self.favourites = paths.iter().filter_map(|p| TopicPath::parse(p).ok()).collect();
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if same_session {
            at.topics.explore.recovered();
        } else {
            at.topics.explore_again(fx);
        }
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        let connected = at.is_live();
        at.topics.step(&at.live, connected, fx);
    }

    fn next_due(at: &Connected, now: Timestamp) -> Option<Timestamp> {
        at.topics.next_due(now)
    }

    fn before_draw(at: &mut Connected, now: Timestamp) -> bool {
        at.topics.renew_previews(&at.live, PREVIEW_CHARS);
        at.topics.step_filter(now)
    }

    fn notifications_dropped(at: &mut Connected, fx: &mut Effects) {
        at.topics.explore.notifications_dropped(fx);
    }

    fn change_done(&mut self, change: &Change, _fx: &mut Effects) {
        match change.touched_topics() {
            TouchedTopics::None => {}
            TouchedTopics::At(path) => self.explore.changed(path),
            TouchedTopics::Anywhere => self.explore.changed_anywhere(),
        }
    }

    fn subscribed(&mut self, path: &TopicPath, spec: &Arc<TopicSpec>, _fx: &mut Effects) {
        if self.tree.find(path.as_str()).is_some() || self.facts.contains_key(path) {
            self.tree.insert_topic(path.as_str(), spec.topic_type);
        }
        if let Some(facts) = self.facts.get_mut(path) {
            facts.live = true;
            facts.ended = None;
        }
    }

    fn unsubscribed(&mut self, path: &TopicPath, reason: Option<UnsubscribeReason>, fx: &mut Effects) {
        if reason == Some(UnsubscribeReason::Removed) {
            self.drop_child(path.as_str(), fx.now);
        }
        if let Some(facts) = self.facts.get_mut(path) {
            facts.live = false;
            facts.ended = reason.filter(|r| *r != UnsubscribeReason::Requested);
            facts.updates_per_sec = 0.0;
        }
    }

    fn updated(&mut self, update: &Update, _fx: &mut Effects) {
        if let Some(facts) = self.facts.get_mut(&update.path) {
            facts.updates += u64::from(update.count);
            facts.size_bytes = update.latest.value.len();
            facts.at = update.latest.at;
            facts.merged = update.count > 1;
            facts.live = true;
            facts.lost = false;
            facts.stale = true;
        }
    }

    fn value_lost(&mut self, path: &TopicPath, _reason: &str, _fx: &mut Effects) {
        if let Some(facts) = self.facts.get_mut(path) {
            facts.lost = true;
        }
    }

    fn notified(&mut self, notification: &Notification<'_>, fx: &mut Effects) {
        let Notification { listener, path, event, spec } = *notification;
        match (event, spec) {
            (TopicEvent::Removed, _) if self.tree.find(path.as_str()).is_some() => {
                self.drop_child(path.as_str(), fx.now);
            }
            (TopicEvent::Added | TopicEvent::Selected, Some(spec)) if self.tree.find(path.as_str()).is_some() => {
                self.tree.insert_topic(path.as_str(), spec.topic_type);
            }
            // What was selected when the listener began has just been fetched.
            (TopicEvent::Selected, None) if self.tree.find(path.as_str()).is_some() => {}
            _ => self.explore.notified(listener, path),
        }
    }
}

impl Topics {
    fn apply(&mut self, intent: Intent, key: &str, fx: &mut Effects) {
        match intent {
            Intent::Open(path) => self.open(path.as_str(), fx),
            Intent::Close(path) => {
                if let Some(id) = self.tree.find(path.as_str()) {
                    self.tree.set_open(id, false);
                }
                self.explore.close(path.as_str(), fx);
            }
            Intent::OpenAll(path) => {
                self.open(path.as_str(), fx);
                if let Some(id) = self.tree.find(path.as_str()) {
                    self.tree.open_all_below(id, MAX_OPEN_ALL);
                }
            }
            Intent::CloseAll => {
                self.tree.close_all();
                self.explore.close_all(fx);
            }
            Intent::LoadMore(path) => self.explore.load(&path, fx),
            Intent::Refresh(path) => self.explore.refresh(&path, fx),
            Intent::InSight(paths) => {
                if paths != self.in_sight {
                    self.in_sight = paths;
                    self.in_sight.truncate(MAX_IN_SIGHT);
                    self.in_sight_since = fx.now;
                }
            }
            Intent::SetValuesOn(on) => {
                self.values_on = on;
                self.in_sight_since = Timestamp::default();
            }
            Intent::SetFilter(text) => self.set_filter(text),
            Intent::AskServer => self.ask_server(fx),
            Intent::SetOrder(order) => self.tree.set_order(order),
            Intent::ToggleFavourite(path) => {
                let on = self.favourites.insert(path.clone());
                if !on {
                    self.favourites.remove(&path);
                }
                if let Some(id) = self.tree.find(path.as_str()) {
                    self.tree.set_favourite(id, on);
                }
                let paths = self.favourites.iter().map(|p| p.as_str().to_owned()).collect();
                fx.change_settings(settings::Intent::KeepFavourites(key.to_owned(), paths));
            }
            Intent::Check(act) => self.check(act),
            Intent::Reveal(path) => {
                self.set_filter(String::new());
                self.revealing = Some(path);
                self.go_on_revealing(fx);
            }
        }
    }

    /// Topics and branches known.
    #[must_use]
    pub fn known(&self) -> usize {
        self.tree.topics()
    }

    /// Favourites kept for this connection.
    /// Loads the root and every open branch in a session that is new.
    fn explore_again(&mut self, fx: &mut Effects) {
        self.explore.forget();
        self.subscribed.clear();
        self.facts.clear();
        self.in_sight_since = fx.now;
        self.explore.load("", fx);
        let mut open = vec![self.tree.root()];
        let mut path = String::new();
        while let Some(id) = open.pop() {
            open.extend(self.tree.children(id).filter(|id| self.tree.is_open(*id)));
            path.clear();
            self.tree.path_of(id, &mut path);
            if !path.is_empty() {
                self.explore.load(&path, fx);
            }
        }
    }

    /// Does what is due; nothing is fetched while there is no connection.
    fn step(&mut self, live: &Live, connected: bool, fx: &mut Effects) {
        self.follow_sight(live, fx);
        let tree = &self.tree;
        if connected {
            self.explore.tick(|path| path.is_empty() || tree.find(path).is_some_and(|id| tree.is_open(id)), fx);
        }
        self.tree.drop_removed(Timestamp(fx.now.0 - (STRUCK_SECS * 1e6) as i64));
        self.checks.follow(&self.tree);
        if fx.now.secs_since(self.renewed) >= 1.0 {
            self.renewed = fx.now;
            for facts in self.facts.values_mut() {
                let secs = fx.now.secs_since(facts.renewed);
                if secs > 0.2 {
                    facts.updates_per_sec = facts.updates.saturating_sub(facts.last) as f64 / secs;
                    facts.last = facts.updates;
                    facts.renewed = fx.now;
                }
            }
        }
    }

    /// Whether rows in sight are still resting or changed children wait to be looked up, so that time must pass soon.
    #[must_use]
    /// When rows in sight have rested, or at once where changed children wait to be looked up; none without either.
    fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let rested = Timestamp(self.in_sight_since.0.saturating_add(REST_MICROS));
        let sight = (self.wanted_in_sight() != self.subscribed).then_some(rested);
        let changes = self.explore.has_changes().then_some(now);
        sight.into_iter().chain(changes).min()
    }

    /// The rows whose values are wanted.
    fn wanted_in_sight(&self) -> &[TopicPath] {
        if self.values_on { &self.in_sight } else { &[] }
    }

    /// Renews the previews of changed rows in sight; called once before drawing.
    fn renew_previews(&mut self, live: &Live, max_chars: usize) {
        for path in &self.in_sight {
            if let Some(facts) = self.facts.get_mut(path).filter(|f| f.stale)
                && let Some(topic) = live.topic(path)
                && let Some(latest) = &topic.latest
            {
                facts.preview = crate::data::value::preview(&topic.spec, &latest.value, max_chars);
                facts.stale = false;
            }
        }
    }

    fn open(&mut self, path: &str, fx: &mut Effects) {
        let id = self.tree.insert_branch(path);
        self.tree.set_open(id, true);
        let done = self.explore.branches.get(path).is_some_and(|b| b.listener.is_some());
        if !done {
            self.explore.refresh(path, fx);
        }
    }

    fn follow_sight(&mut self, live: &Live, fx: &mut Effects) {
        if fx.now.0.saturating_sub(self.in_sight_since.0) < REST_MICROS {
            return;
        }
        if self.wanted_in_sight() == self.subscribed {
            return;
        }
        let old = SCOPES[self.scopes_used % 2];
        self.scopes_used += 1;
        let had = !self.subscribed.is_empty();
        self.subscribed = self.wanted_in_sight().to_vec();
        self.facts.retain(|path, _| self.subscribed.contains(path));
        if !self.subscribed.is_empty() {
            let members: Vec<TopicSelector> =
                self.subscribed.iter().map(|p| TopicSelector::of_path(p.as_str())).collect();
            let selector = TopicSelector::of_set(&members).expression().to_owned();
            let request = SelectionRequest { selector, scope: SCOPES[self.scopes_used % 2].to_owned() };
            fx.call::<Subscribe>(&request, |_, _, _| {});
        }
        if had {
            let request = SelectionRequest { selector: "?.*//".into(), scope: old.to_owned() };
            fx.call::<Unsubscribe>(&request, |_, _, _| {});
        }
        for path in &self.subscribed {
            let now = fx.now;
            self.facts.entry(path.clone()).or_insert_with(|| {
                let mut facts = RowFacts { renewed: now, ..RowFacts::default() };
                // Subscribed already for another reason: the server does not announce it again.
                if let Some(latest) = live.topic(path).and_then(|topic| topic.latest.as_ref()) {
                    facts.live = true;
                    facts.stale = true;
                    facts.size_bytes = latest.value.len();
                    facts.at = latest.at;
                }
                facts
            });
        }
    }

    /// Opens the branches on the way to a path as they become known; ends when the path itself is.
    fn go_on_revealing(&mut self, fx: &mut Effects) {
        let Some(path) = self.revealing.clone() else { return };
        let mut ancestors: Vec<TopicPath> = std::iter::successors(path.parent(), TopicPath::parent).collect();
        ancestors.reverse();
        for ancestor in ancestors {
            match self.tree.find(ancestor.as_str()) {
                Some(id) if self.tree.is_open(id) => {}
                Some(_) => self.open(ancestor.as_str(), fx),
                None => return,
            }
        }
        if self.tree.find(path.as_str()).is_some() {
            self.wanted = Some(path);
            self.revealing = None;
        }
    }

    /// Brings a path into sight as soon as it is known.
    pub fn reveal_when_known(&mut self, path: TopicPath) {
        self.revealing = Some(path);
    }

    pub(super) fn put_child(&mut self, path: &str, topic: Option<TopicType>, below: bool) {
        let id = match topic {
            Some(topic_type) => self.tree.insert_topic(path, topic_type),
            None => self.tree.insert_branch(path),
        };
        if below && self.tree.child_count(id) == 0 {
            self.tree.set_exploration(id, Exploration::Unexplored);
        }
        if TopicPath::parse(path).is_ok_and(|path| self.favourites.contains(&path)) {
            self.tree.set_favourite(id, true);
        }
    }

    pub(super) fn drop_child(&mut self, path: &str, now: Timestamp) {
        if self.tree.find(path).is_some_and(|id| self.tree.topic_type(id).is_some()) {
            self.tree.strike_topic(path, now);
        } else {
            self.tree.remove_branch(path);
        }
    }

    pub(super) fn retain_children(&mut self, path: &str, keep: impl Fn(&str) -> bool, now: Timestamp) {
        let Some(id) = self.tree.find(path) else { return };
        let mut gone = Vec::new();
        let mut text = String::new();
        for child in self.tree.children(id) {
            text.clear();
            self.tree.path_of(child, &mut text);
            if !keep(&text) && !self.tree.is_struck(child) {
                gone.push(text.clone());
            }
        }
        for path in gone {
            self.drop_child(&path, now);
        }
    }

    pub(super) fn children_are_topics(&self, path: &str) -> bool {
        self.tree.find(path).is_some_and(|id| self.tree.children(id).all(|child| self.tree.topic_type(child).is_some()))
    }

    pub(super) fn is_open(&self, path: &str) -> bool {
        path.is_empty() || self.tree.find(path).is_some_and(|id| self.tree.is_open(id))
    }

    pub(super) fn explored(&mut self, path: &str, more_after: Option<&str>, fx: &mut Effects) {
        if let Some(id) = self.tree.find(path) {
            let exploration = more_after.map_or(Exploration::Complete, |after| Exploration::MoreAfter(after.into()));
            self.tree.set_exploration(id, exploration);
        }
        self.go_on_revealing(fx);
        // A lone branch at the root says nothing while it is closed.
        if path.is_empty() && self.revealing.is_none() && !self.opened_first {
            let mut children = self.tree.children(self.tree.root());
            let first_two = (children.next(), children.next());
            drop(children);
            if let (Some(only), None) = first_two {
                let mut path = String::new();
                self.tree.path_of(only, &mut path);
                self.opened_first = true;
                self.open(&path, fx);
            }
        }
    }
}
