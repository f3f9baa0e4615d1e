//! The selected topic: its live value, history, events and specification.
//!
//! One subscription follows the selection. It is made when the selection has rested, in a scope of its own, so that it
//! never disturbs what the user subscribed; the new selection is subscribed before the old one is let go.

use crate::client::api::{CallId, Part, ReceivedValue, Update};
use crate::data::{Timestamp, TopicPath, TopicSelector, TopicSpec, UnsubscribeReason};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::features::{Feature, Notification};
use crate::model::live::Live;
use crate::model::remote::Remote;
use crate::wire::services::shared::{SelectionRequest, TopicEvent};
use crate::wire::services::{Fetch, Subscribe, Unsubscribe, fetch};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;

/// A selection must rest so long before anything is asked of the server, in microseconds.
const REST_MICROS: i64 = 150_000;
/// Values kept at most.
pub const HISTORY_ENTRIES: usize = 10_000;
/// Events kept at most.
const EVENTS: usize = 1000;
/// Seconds that the rate is taken over.
const RATE_SECS: i64 = 5;
/// Scopes of the inspector's own selections, used in turn.
const SCOPES: [&str; 2] = ["brownian/inspector/a", "brownian/inspector/b"];

/// How true the value shown is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Liveness {
    /// Nothing was asked yet.
    #[default]
    Resting,
    /// A live subscription.
    Live {
        /// Since when.
        since: Timestamp,
    },
    /// The server took the subscription away.
    Unsubscribed {
        /// Why; none while a recovered session is announced again.
        reason: Option<UnsubscribeReason>,
        /// When.
        at: Timestamp,
    },
    /// A value could not be used; waiting for the next full value.
    Lost {
        /// Why.
        reason: String,
    },
}

/// Bytes that a history may hold; before the program's limit is known, as many as any history needs.
#[derive(Clone, Copy, Debug)]
struct HistoryLimit(usize);

impl Default for HistoryLimit {
    fn default() -> Self {
        Self(64 << 20)
    }
}

/// A value in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up from 1 for each value of this selection.
    pub number: u64,
    /// The value as it arrived.
    pub arrival: ReceivedValue,
    /// Whether values may be missing just before this one.
    pub gap_before: bool,
}

/// Something that happened to the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Subscribed, with this specification.
    Subscribed(Arc<TopicSpec>),
    /// Subscribed again with another specification.
    SpecificationChanged(Arc<TopicSpec>),
    /// Unsubscribed.
    Unsubscribed(Option<UnsubscribeReason>),
    /// A topic notification.
    Notified(TopicEvent),
    /// A value could not be used.
    ValueLost(String),
    /// The session came back; values may be missing.
    Reconnected,
}

/// What a fetch found out about the selected topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Specification; none if there is no topic at the path.
    pub spec: Option<Arc<TopicSpec>>,
    /// Value at that time.
    pub value: Option<Bytes>,
    /// Sizes.
    pub size: fetch::Size,
}

/// The selected topic.
#[derive(Debug, Default)]
pub struct Inspector {
    /// Its path.
    pub selected: Option<TopicPath>,
    /// How true the value is.
    pub liveness: Liveness,
    /// Specification, live or fetched.
    pub spec: Option<Arc<TopicSpec>>,
    /// The latest value.
    pub latest: Option<ReceivedValue>,
    /// Counts up with every change of `latest`; drawing caches by it.
    pub revision: u64,
    /// Updates since the selection, merged ones included.
    pub updates: u64,
    /// Values, oldest first.
    pub history: VecDeque<Entry>,
    /// Bytes in `history`.
    pub history_bytes: usize,
    /// Values not kept: merged before they came here, or too old.
    pub history_dropped: u64,
    /// Those of `history_dropped` that were kept once and went because they were the oldest.
    pub history_trimmed: u64,
    /// Those of all selections that went because of the memory limit.
    pub given_up: u64,
    /// Bytes that the history may hold.
    history_limit: HistoryLimit,
    /// Numbers of the two entries being compared.
    pub compared: Vec<u64>,
    /// What happened, oldest first.
    pub events: VecDeque<(Timestamp, Happening)>,
    /// What a fetch found.
    pub found: Remote<Found>,
    /// Whether the view holds still while values go on arriving.
    pub frozen: Option<Frozen>,
    selected_at: Timestamp,
    subscribed: Option<TopicPath>,
    /// The call that subscribes the selection.
    subscribing: Option<CallId>,
    /// Counts the selections subscribed: which of the scopes is in use.
    scopes_used: usize,
    numbers: u64,
    gap_next: bool,
    /// Updates in each of the last seconds that had some: the second and the count.
    recent: VecDeque<(i64, u64)>,
}

/// What a frozen view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The value at that moment.
    pub latest: Option<ReceivedValue>,
    /// Its revision.
    pub revision: u64,
    /// Updates counted at that moment.
    pub updates: u64,
    /// Number of the last entry of the history at that moment.
    pub last: u64,
    /// When.
    pub at: Timestamp,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Show another topic or branch.
    Select(Option<TopicPath>),
    /// Fetch the facts again.
    Refresh,
    /// Take an entry of the history into the comparison, or out of it.
    Compare(u64),
    /// Compare nothing.
    CompareNone,
    /// Forget the history.
    ClearHistory,
    /// Hold the view still, or let it go on.
    SetFrozen(bool),
}

impl Feature for Inspector {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        at.inspector.apply(intent, &at.live, fx);
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        at.inspector.session_is_live(same_session, fx.now);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        at.inspector.ask_rested(fx);
    }

    fn next_due(at: &Connected, _now: Timestamp) -> Option<Timestamp> {
        at.inspector.is_resting().then(|| Timestamp(at.inspector.selected_at.0.saturating_add(REST_MICROS)))
    }

    fn subscribed(&mut self, path: &TopicPath, spec: &Arc<TopicSpec>, fx: &mut Effects) {
        if self.selected.as_ref() != Some(path) {
            return;
        }
        let changed = self.spec.as_ref().is_some_and(|old| old != spec);
        self.spec = Some(spec.clone());
        self.liveness = Liveness::Live { since: fx.now };
        let happening = if changed { Happening::SpecificationChanged } else { Happening::Subscribed };
        self.happened(fx.now, happening(spec.clone()));
    }

    fn unsubscribed(&mut self, path: &TopicPath, reason: Option<UnsubscribeReason>, fx: &mut Effects) {
        if self.selected.as_ref() != Some(path) {
            return;
        }
        self.liveness = Liveness::Unsubscribed { reason, at: fx.now };
        self.gap_next = true;
        self.happened(fx.now, Happening::Unsubscribed(reason));
    }

    fn updated(&mut self, update: &Update, fx: &mut Effects) {
        if self.selected.as_ref() != Some(&update.path) {
            return;
        }
        self.revision += 1;
        self.updates += u64::from(update.count);
        self.count(u64::from(update.count), fx.now);
        for arrival in &update.earlier {
            self.keep(arrival.clone());
        }
        let seen = u32::try_from(update.earlier.len()).unwrap_or(u32::MAX) + 1;
        if update.dropped > 0 || update.count > seen {
            self.gap_next = true;
            self.history_dropped += u64::from(update.count.saturating_sub(seen));
        }
        self.keep(update.latest.clone());
        self.latest = Some(update.latest.clone());
        if !matches!(self.liveness, Liveness::Live { .. }) {
            self.liveness = Liveness::Live { since: fx.now };
        }
    }

    fn value_lost(&mut self, path: &TopicPath, reason: &str, fx: &mut Effects) {
        if self.selected.as_ref() == Some(path) {
            self.liveness = Liveness::Lost { reason: reason.to_owned() };
            self.gap_next = true;
            self.happened(fx.now, Happening::ValueLost(reason.to_owned()));
        }
    }

    fn notified(&mut self, notification: &Notification<'_>, fx: &mut Effects) {
        if self.selected.as_ref() == Some(notification.path) {
            if let (Some(spec), None) = (notification.spec, &self.spec) {
                self.spec = Some(Arc::new(spec.clone()));
            }
            self.happened(fx.now, Happening::Notified(notification.event));
        }
    }
}

impl Inspector {
    /// Handles what the user did, given the subscribed topics.
    pub fn apply(&mut self, intent: Intent, live: &Live, fx: &mut Effects) {
        match intent {
            Intent::Select(path) if path == self.selected => {}
            Intent::Select(path) => {
                let kept = Self {
                    subscribed: self.subscribed.take(),
                    scopes_used: self.scopes_used,
                    revision: self.revision + 1,
                    ..Self::default()
                };
                *self = kept;
                self.selected = path;
                self.selected_at = fx.now;
                if let Some(topic) = self.selected.as_ref().and_then(|path| live.topic(path)) {
                    self.spec = Some(topic.spec.clone());
                    self.latest = topic.latest.clone();
                    self.liveness = Liveness::Live { since: fx.now };
                    if let Some(arrival) = &topic.latest {
                        self.keep(arrival.clone());
                    }
                }
            }
            Intent::Refresh => self.fetch(fx),
            Intent::Compare(number) => {
                if let Some(at) = self.compared.iter().position(|n| *n == number) {
                    self.compared.remove(at);
                } else {
                    if self.compared.len() == 2 {
                        self.compared.remove(0);
                    }
                    self.compared.push(number);
                }
            }
            Intent::CompareNone => self.compared.clear(),
            Intent::ClearHistory => {
                self.history.clear();
                self.history_bytes = 0;
                self.history_dropped = 0;
                self.history_trimmed = 0;
                self.compared.clear();
            }
            Intent::SetFrozen(true) => {
                self.frozen.get_or_insert(Frozen {
                    latest: self.latest.clone(),
                    revision: self.revision,
                    updates: self.updates,
                    last: self.numbers,
                    at: fx.now,
                });
            }
            Intent::SetFrozen(false) => self.frozen = None,
        }
    }

    /// The value to draw and its revision: the frozen one, or the latest.
    #[must_use]
    pub fn shown(&self) -> (Option<&ReceivedValue>, u64) {
        match &self.frozen {
            Some(frozen) => (frozen.latest.as_ref(), frozen.revision),
            None => (self.latest.as_ref(), self.revision),
        }
    }

    /// The entry of the history with this number.
    #[must_use]
    pub fn entry(&self, number: u64) -> Option<&Entry> {
        let first = self.history.front()?.number;
        self.history.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// Number of the last entry to draw: none arrives in a frozen view.
    #[must_use]
    pub fn last_shown(&self) -> u64 {
        self.frozen.as_ref().map_or(self.numbers, |frozen| frozen.last)
    }

    /// Updates received a second, over the last few seconds.
    #[must_use]
    pub fn updates_per_sec(&self, now: Timestamp) -> f64 {
        let second = now.0.div_euclid(1_000_000);
        // The running second is not full yet: it would make the rate sink and rise with each second.
        let full = self.recent.iter().filter(|(at, _)| *at < second && *at >= second - RATE_SECS);
        let counted: u64 = full.map(|(_, count)| count).sum();
        let watched = second - self.selected_at.0.div_euclid(1_000_000);
        counted as f64 / watched.clamp(1, RATE_SECS) as f64
    }

    fn session_is_live(&mut self, same_session: bool, now: Timestamp) {
        if !same_session {
            self.subscribed = None;
            self.selected_at = now;
        }
        if self.selected.is_some() && !self.history.is_empty() {
            self.gap_next = true;
            self.happened(now, Happening::Reconnected);
        }
    }

    /// A topic is subscribed now.
    /// A topic is no longer subscribed.
    /// A topic changed.
    /// A value could not be used.
    /// A topic notification came.
    /// Whether a selection is still resting.
    fn is_resting(&self) -> bool {
        self.subscribed != self.selected
    }

    /// Fetches and subscribes a selection that has rested.
    fn ask_rested(&mut self, fx: &mut Effects) {
        let rested = fx.now.0.saturating_sub(self.selected_at.0) >= REST_MICROS;
        if rested && self.subscribed != self.selected {
            let old = SCOPES[self.scopes_used % 2];
            self.scopes_used += 1;
            if let Some(path) = &self.selected {
                let selector = TopicSelector::of_path(path.as_str()).expression().to_owned();
                let scope = SCOPES[self.scopes_used % 2].to_owned();
                fx.keep_history_of(vec![path.clone()]);
                self.subscribing = Some(fx.call::<Subscribe>(&SelectionRequest { selector, scope }, on_subscribe));
            } else {
                fx.keep_history_of(Vec::new());
            }
            if self.subscribed.is_some() {
                let request = SelectionRequest { selector: "?.*//".into(), scope: old.into() };
                fx.call::<Unsubscribe>(&request, |_, _, _| {});
            }
            self.subscribed = self.selected.clone();
            self.fetch(fx);
        }
    }

    fn fetch(&mut self, fx: &mut Effects) {
        let Some(path) = &self.selected else { return };
        let request = fetch::Request {
            with_values: true,
            with_properties: true,
            with_sizes: fx.has(Part::Sizes),
            ..fetch::Request::of(TopicSelector::of_path(path.as_str()).expression())
        };
        let call = fx.call::<Fetch>(&request, on_fetch);
        self.found.begin(call, fx.now);
    }

    fn keep(&mut self, arrival: ReceivedValue) {
        self.numbers += 1;
        self.history_bytes += arrival.value.len();
        let gap_before = std::mem::take(&mut self.gap_next);
        self.history.push_back(Entry { number: self.numbers, arrival, gap_before });
        self.trim_history();
    }

    /// Bytes that the history may hold from now on. The latest value stays, however large it is.
    pub(in crate::model) fn limit_history(&mut self, bytes: usize) {
        self.history_limit = HistoryLimit(bytes);
        self.trim_history();
    }

    /// Bytes that the history may hold now.
    #[must_use]
    pub const fn history_limit_bytes(&self) -> usize {
        self.history_limit.0
    }

    fn trim_history(&mut self) {
        let HistoryLimit(limit) = self.history_limit;
        loop {
            let is_large = self.history_bytes > limit && self.history.len() > 1;
            if self.history.len() <= HISTORY_ENTRIES && !is_large {
                return;
            }
            let Some(old) = self.history.pop_front() else { return };
            self.history_bytes -= old.arrival.value.len();
            self.history_dropped += 1;
            self.history_trimmed += 1;
            self.given_up += u64::from(is_large);
        }
    }

    fn count(&mut self, updates: u64, now: Timestamp) {
        let second = now.0.div_euclid(1_000_000);
        match self.recent.back_mut() {
            Some((at, count)) if *at == second => *count += updates,
            _ => self.recent.push_back((second, updates)),
        }
        while self.recent.front().is_some_and(|(at, _)| *at < second - RATE_SECS) {
            self.recent.pop_front();
        }
    }

    fn happened(&mut self, at: Timestamp, what: Happening) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((at, what));
    }
}

fn on_subscribe(at: &mut Connected, fx: &mut Effects, reply: Reply<Subscribe>) {
    if let Err(error) = reply
        && fx.is_answer_to(at.inspector.subscribing)
    {
        at.inspector.found.fail(error);
    }
}

fn on_fetch(at: &mut Connected, fx: &mut Effects, reply: Reply<Fetch>) {
    let inspector = &mut at.inspector;
    if !inspector.found.awaits(fx) {
        return;
    }
    let found = reply.map(|response| match response.results.first() {
        None => Found { spec: None, value: None, size: fetch::Size::None },
        Some(topic) => {
            let properties = response.properties_of(topic);
            let spec = Arc::new(TopicSpec { topic_type: topic.topic_type, properties });
            Found { spec: Some(spec), value: topic.value.clone(), size: topic.size }
        }
    });
    if let Ok(Found { spec: Some(spec), value, .. }) = &found {
        inspector.spec.get_or_insert_with(|| spec.clone());
        // What is fetched is news unless a live subscription says it better.
        let live = matches!(inspector.liveness, Liveness::Live { .. }) && inspector.latest.is_some();
        if let (false, Some(value)) = (live, value) {
            inspector.revision += 1;
            inspector.latest = Some(ReceivedValue { at: fx.now, value: value.clone(), delta_bytes: None });
        }
    }
    inspector.found.finish(found, fx);
}

#[cfg(test)]
mod tests;
