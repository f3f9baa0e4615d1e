//! The user's subscriptions: by selector, with figures for each and one joined table of topics.

use crate::client::api::{CallError, ReceivedValue, Update};
use crate::data::SyntaxError;
use crate::data::{Account, Exhausted, Timestamp, TopicPath, TopicSelector, TopicSpec, UnsubscribeReason};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::live::{Live, LiveTopic};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{Subscribe, Unsubscribe};
use hashbrown::HashMap;
use std::sync::Arc;

/// Rows kept in the joined table at most; topics beyond are counted only.
pub const MAX_ROWS: usize = 100_000;

/// Where a subscription stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The request is on its way.
    Asking,
    /// Live since then.
    Live(Timestamp),
    /// The user paused it: the server is not asked for these topics.
    Paused,
    /// The server said no.
    Failed(CallError),
}

impl State {
    /// Whether the server may have been told of the selector. Without an answer nobody knows whether it has.
    const fn may_select(&self) -> bool {
        match self {
            Self::Asking | Self::Live(_) => true,
            Self::Paused => false,
            Self::Failed(error) => {
                matches!(error, CallError::TimedOut { .. } | CallError::BadAnswer(_) | CallError::LinkLost(_))
            }
        }
    }
}

/// One subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Names it; also picks the colour of its chip.
    pub id: u32,
    /// What it selects.
    pub selector: TopicSelector,
    /// Where it stands.
    pub state: State,
    /// Topics matched now.
    pub matched: usize,
    /// Updates received, merged ones included.
    pub updates: u64,
    /// Bytes received on the line.
    pub bytes: u64,
    /// Updates a second.
    pub updates_per_sec: f64,
    /// Bytes a second.
    pub bytes_per_sec: f64,
    last: (u64, u64),
}

/// A topic of the joined table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Path.
    pub path: TopicPath,
    /// Specification.
    pub spec: Arc<TopicSpec>,
    /// The latest value.
    pub latest: Option<ReceivedValue>,
    /// Whether there is none because it could not be used or was given up.
    pub is_lost: bool,
    /// The latest value as one line.
    pub preview: String,
    /// Updates received.
    pub updates: u64,
    /// Updates a second.
    pub updates_per_sec: f64,
    /// Ids of the subscriptions that select it.
    pub by: Vec<u32>,
    /// Set when the server took it away, with the reason.
    pub ended: Option<(Timestamp, Option<UnsubscribeReason>)>,
    last: u64,
}

/// The user's subscriptions.
#[derive(Debug, Default)]
pub struct Subscriptions {
    /// In the order they were made.
    pub list: Vec<Subscription>,
    /// The joined table, in the order of arrival.
    pub rows: Vec<Row>,
    /// Counts up when rows come, go or change their place; drawing caches its sorting by it.
    pub shape_revision: u64,
    /// Topics not in the table because it is full.
    pub beyond: u64,
    /// Why the last text was no selector.
    pub error: Option<(String, SyntaxError)>,
    /// Set while the view holds still: updates received at that moment.
    pub frozen: Option<u64>,
    index: HashMap<TopicPath, usize>,
    next: u32,
    renewed: Timestamp,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Subscribe with this selector expression.
    Add(String),
    /// End a subscription.
    Remove(u32),
    /// Stop or resume a subscription.
    SetPaused(u32, bool),
    /// Hold the view still, or let it go on.
    SetFrozen(bool),
}

impl Feature for Subscriptions {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        at.subscriptions.apply(intent, &at.live, fx);
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            at.subscriptions.subscribe_again(fx);
        }
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        at.subscriptions.renew_rates(fx.now);
    }

    fn subscribed(&mut self, path: &TopicPath, spec: &Arc<TopicSpec>, _fx: &mut Effects) {
        let by = self.selecting(path);
        if by.is_empty() {
            return;
        }
        if let Some(at) = self.index.get(path) {
            let row = &mut self.rows[*at];
            row.spec = spec.clone();
            row.ended = None;
            let before = std::mem::replace(&mut row.by, by.clone());
            self.count(&by, &before);
            return;
        }
        if self.rows.len() >= MAX_ROWS {
            self.beyond += 1;
            return;
        }
        self.count(&by, &[]);
        self.index.insert(path.clone(), self.rows.len());
        self.shape_revision += 1;
        self.rows.push(Row {
            path: path.clone(),
            spec: spec.clone(),
            latest: None,
            is_lost: false,
            preview: String::new(),
            updates: 0,
            updates_per_sec: 0.0,
            by,
            ended: None,
            last: 0,
        });
    }

    fn unsubscribed(&mut self, path: &TopicPath, reason: Option<UnsubscribeReason>, fx: &mut Effects) {
        if let Some(at) = self.index.get(path) {
            let row = &mut self.rows[*at];
            row.ended = Some((fx.now, reason));
            row.updates_per_sec = 0.0;
            let by = std::mem::take(&mut row.by);
            self.count(&[], &by);
            if matches!(reason, Some(UnsubscribeReason::Requested)) {
                self.drop_rows();
            }
        }
    }

    fn value_lost(&mut self, path: &TopicPath, _reason: &str, _fx: &mut Effects) {
        let Some(row) = self.index.get(path).and_then(|at| self.rows.get_mut(*at)) else { return };
        row.latest = None;
        row.is_lost = true;
        row.preview.clear();
    }

    fn updated(&mut self, update: &Update, _fx: &mut Effects) {
        let Some(row) = self.index.get(&update.path).and_then(|at| self.rows.get_mut(*at)) else { return };
        row.updates += u64::from(update.count);
        row.preview.clear();
        row.latest = Some(update.latest.clone());
        row.is_lost = false;
        for id in &row.by {
            if let Some(subscription) = self.list.iter_mut().find(|s| s.id == *id) {
                subscription.updates += u64::from(update.count);
                subscription.bytes += update.line_bytes;
            }
        }
    }
}

/// A selector that can be tried on every live topic.
fn parsed_for(text: &str, live: &Live) -> Result<TopicSelector, SyntaxError> {
    let selector = TopicSelector::parse(text)?;
    selected(&selector, live).map_err(|error| SyntaxError::new(error.to_string(), 0))?;
    Ok(selector)
}

/// The live topics that a selector selects.
fn selected<'a>(selector: &TopicSelector, live: &'a Live) -> Result<Vec<(&'a TopicPath, &'a LiveTopic)>, Exhausted> {
    let mut account = Account::request();
    let mut found = Vec::new();
    for (path, topic) in live.iter() {
        account.visit()?;
        if selector.matches(path.as_str(), &mut account)? {
            found.push((path, topic));
        }
    }
    Ok(found)
}

impl Subscriptions {
    fn apply(&mut self, intent: Intent, live: &Live, fx: &mut Effects) {
        match intent {
            Intent::Add(text) => match parsed_for(text.trim(), live) {
                Err(error) => self.error = Some((text.trim().to_owned(), error)),
                Ok(selector) => {
                    self.error = None;
                    if self.list.iter().any(|s| s.selector.expression() == selector.expression()) {
                        return;
                    }
                    self.next += 1;
                    self.list.push(Subscription {
                        id: self.next,
                        selector,
                        state: State::Asking,
                        matched: 0,
                        updates: 0,
                        bytes: 0,
                        updates_per_sec: 0.0,
                        bytes_per_sec: 0.0,
                        last: (0, 0),
                    });
                    self.ask(self.next, fx);
                    self.join_live(self.next, live, fx);
                }
            },
            Intent::Remove(id) => {
                self.leave(id, fx);
                self.list.retain(|s| s.id != id);
            }
            Intent::SetPaused(id, true) => {
                self.leave(id, fx);
                self.set_state(id, State::Paused);
            }
            Intent::SetPaused(id, false) => {
                self.set_state(id, State::Asking);
                self.ask(id, fx);
                self.join_live(id, live, fx);
            }
            Intent::SetFrozen(on) => self.frozen = on.then(|| self.total_updates()),
        }
    }

    /// Updates received by all subscriptions.
    #[must_use]
    pub fn total_updates(&self) -> u64 {
        self.list.iter().map(|s| s.updates).sum()
    }

    /// The row of a path.
    #[must_use]
    pub fn row(&self, path: &TopicPath) -> Option<&Row> {
        self.index.get(path).and_then(|at| self.rows.get(*at))
    }

    /// Asks a session that is new for every subscription that is not paused.
    fn subscribe_again(&mut self, fx: &mut Effects) {
        self.clear_rows();
        let ids: Vec<u32> = self.list.iter().filter(|s| s.state != State::Paused).map(|s| s.id).collect();
        for id in ids {
            self.set_state(id, State::Asking);
            self.ask(id, fx);
        }
    }

    /// A topic is subscribed now.
    /// A topic is no longer subscribed.
    /// A topic changed.
    /// Renews the rates once a second.
    fn renew_rates(&mut self, now: Timestamp) {
        let secs = now.secs_since(self.renewed);
        if secs < 1.0 {
            return;
        }
        self.renewed = now;
        for s in &mut self.list {
            s.updates_per_sec = (s.updates - s.last.0) as f64 / secs;
            s.bytes_per_sec = (s.bytes - s.last.1) as f64 / secs;
            s.last = (s.updates, s.bytes);
        }
        for row in &mut self.rows {
            row.updates_per_sec = (row.updates - row.last) as f64 / secs;
            row.last = row.updates;
        }
    }

    fn selecting(&self, path: &TopicPath) -> Vec<u32> {
        let account = &mut Account::request();
        let mut selects = |s: &Subscription| s.selector.matches(path.as_str(), account) == Ok(true);
        self.list.iter().filter(|s| s.state.may_select() && selects(s)).map(|s| s.id).collect()
    }

    fn count(&mut self, now: &[u32], before: &[u32]) {
        for s in &mut self.list {
            s.matched += usize::from(now.contains(&s.id));
            s.matched -= usize::from(before.contains(&s.id)).min(s.matched);
        }
    }

    fn ask(&mut self, id: u32, fx: &mut Effects) {
        let Some(subscription) = self.list.iter().find(|s| s.id == id) else { return };
        let request = SelectionRequest { selector: subscription.selector.expression().to_owned(), scope: scope(id) };
        fx.call_for::<Subscribe, u32>(&request, id, on_subscribe);
    }

    fn answered(&mut self, id: u32, reply: Reply<Subscribe>, now: Timestamp) {
        let Some(subscription) = self.list.iter_mut().find(|s| s.id == id && s.state == State::Asking) else { return };
        match reply {
            Ok(()) => subscription.state = State::Live(now),
            Err(error) => {
                subscription.state = State::Failed(error);
                if !subscription.state.may_select() {
                    // While it was asked for it took topics that are subscribed for others.
                    self.release(id);
                }
            }
        }
    }

    /// Topics that are subscribed already, for the tree or another subscription, are not announced again.
    fn join_live(&mut self, id: u32, live: &Live, fx: &mut Effects) {
        let Some(selector) = self.list.iter().find(|s| s.id == id).map(|s| s.selector.clone()) else { return };
        for (path, topic) in selected(&selector, live).unwrap_or_default() {
            self.subscribed(path, &topic.spec, fx);
            if let Some(row) = self.index.get(path).and_then(|at| self.rows.get_mut(*at)) {
                row.latest = row.latest.take().or_else(|| topic.latest.clone());
            }
        }
    }

    fn leave(&mut self, id: u32, fx: &mut Effects) {
        let request = SelectionRequest { selector: "?.*//".into(), scope: scope(id) };
        fx.call::<Unsubscribe>(&request, |_, _, _| {});
        self.release(id);
    }

    /// The subscription selects nothing now; rows of topics that others select as well stay.
    fn release(&mut self, id: u32) {
        for row in &mut self.rows {
            row.by.retain(|by| *by != id);
        }
        if let Some(subscription) = self.list.iter_mut().find(|s| s.id == id) {
            subscription.matched = 0;
        }
        self.drop_rows();
    }

    /// Rows that no subscription of the user selects any more leave the table.
    fn drop_rows(&mut self) {
        self.rows.retain(|row| {
            !row.by.is_empty() || row.ended.is_some_and(|(_, why)| why != Some(UnsubscribeReason::Requested))
        });
        self.reindex();
    }

    fn clear_rows(&mut self) {
        self.rows.clear();
        self.beyond = 0;
        for s in &mut self.list {
            s.matched = 0;
        }
        self.reindex();
    }

    fn reindex(&mut self) {
        self.shape_revision += 1;
        self.index = self.rows.iter().enumerate().map(|(at, row)| (row.path.clone(), at)).collect();
    }

    fn set_state(&mut self, id: u32, state: State) {
        if let Some(subscription) = self.list.iter_mut().find(|s| s.id == id) {
            subscription.state = state;
        }
    }
}

/// Scope of a subscription's selection, so that subscriptions never disturb one another.
fn scope(id: u32) -> String {
    format!("brownian/subscription/{id}")
}

fn on_subscribe(at: &mut Connected, fx: &mut Effects, id: u32, reply: Reply<Subscribe>) {
    at.subscriptions.answered(id, reply, fx.now);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::LinkId;
    use crate::data::TopicType;
    use bytes::Bytes;

    fn path(text: &str) -> TopicPath {
        TopicPath::parse(text).expect("a valid path")
    }

    fn fx() -> Effects {
        Effects::at(Timestamp::from_millis(5000), LinkId(1))
    }

    fn with(selectors: &[&str], topics: &[&str]) -> Subscriptions {
        let mut all = Subscriptions::default();
        for selector in selectors {
            all.apply(Intent::Add((*selector).into()), &Live::default(), &mut fx());
        }
        for topic in topics {
            all.subscribed(&path(topic), &Arc::new(TopicSpec::new(TopicType::Json)), &mut fx());
        }
        all
    }

    #[test]
    fn topics_are_joined_and_counted_by_subscription() {
        let mut all = with(&["?a//", ">a/b"], &["a/b", "a/c", "x"]);
        assert_eq!(all.rows.len(), 2, "x is selected by nobody here");
        assert_eq!(all.list.iter().map(|s| s.matched).collect::<Vec<_>>(), [2, 1]);
        let latest = ReceivedValue { at: Timestamp(1), value: Bytes::from_static(&[1]), delta_bytes: None };
        let update = Update { path: path("a/b"), latest, count: 3, line_bytes: 30, earlier: vec![], dropped: 0 };
        all.updated(&update, &mut fx());
        assert_eq!(all.list.iter().map(|s| (s.updates, s.bytes)).collect::<Vec<_>>(), [(3, 30), (3, 30)]);
        all.apply(Intent::Remove(1), &Live::default(), &mut fx());
        assert_eq!(all.rows.iter().map(|r| r.path.as_str()).collect::<Vec<_>>(), ["a/b"]);
    }

    #[test]
    fn a_selector_that_takes_too_much_is_an_error_beside_the_input() {
        let mut live = Live::default();
        let spec = Arc::new(TopicSpec::new(TopicType::Json));
        for n in 0..100 {
            live.subscribed(&path(&format!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/{n}")), &spec);
        }
        let mut all = Subscriptions::default();
        all.apply(Intent::Add(r"*(?!x)(((a|\d|/)*)*)*c".into()), &live, &mut fx());
        assert!(all.list.is_empty());
        assert_eq!(all.error.as_ref().map(|(_, error)| error.reason.clone()), Some(Exhausted.to_string()));
        all.apply(Intent::Add("*(?!x).*7".into()), &live, &mut fx());
        assert_eq!((all.list.len(), all.list[0].matched), (1, 10));
    }

    #[test]
    fn a_bad_selector_is_kept_as_an_error() {
        let all = with(&["?a/(b"], &[]);
        assert!(all.list.is_empty() && all.error.is_some());
    }

    #[test]
    fn a_refused_subscription_selects_nothing() {
        let mut all = with(&["?a//", ">a/b"], &["a/b"]);
        assert_eq!(all.rows[0].by, [1, 2]);
        all.answered(2, Ok(()), Timestamp(1));
        all.answered(1, Err(CallError::Busy), Timestamp(1));
        all.subscribed(&path("a/c"), &Arc::new(TopicSpec::new(TopicType::Json)), &mut fx());
        assert_eq!(all.rows.iter().map(|r| (r.path.as_str(), &r.by[..])).collect::<Vec<_>>(), [("a/b", &[2][..])]);
        assert_eq!(all.list.iter().map(|s| s.matched).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn topics_taken_away_stay_with_their_reason() {
        let mut all = with(&["?a//"], &["a/b"]);
        all.unsubscribed(&path("a/b"), Some(UnsubscribeReason::BackPressure), &mut fx());
        assert_eq!(all.rows[0].ended.map(|e| e.1), Some(Some(UnsubscribeReason::BackPressure)));
        assert_eq!(all.list[0].matched, 0);
    }
}
