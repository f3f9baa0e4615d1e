//! Live facts of topics, within a bound: latest value, preview, exact counts, rates; and the rates of branches.
//!
//! Values are what takes memory, so they go first when it runs out, oldest change first; the counts of a topic that
//! is still subscribed stay exact as long as it is known at all. Nothing here reads a clock: each call brings its time.

use super::tree::{NodeId, Tree};
use crate::client::api::Update;
use crate::data::{Timestamp, TopicPath};
use bytes::Bytes;
use hashbrown::HashMap;

/// Updates older than this hardly count in a rate any more.
const RATE_SECS: f64 = 5.0;
/// A rate is measured over no less time, so that a first update is not shown as thousands a second.
const LEAST_SECS: f64 = 1.0;
/// Slower than this, a rate is nothing.
const SLOWEST_PER_SEC: f64 = 0.001;
/// A bound exceeded is brought down to this share, so that the search for the oldest is rare.
const KEEP_SHARE: f64 = 0.9;
/// What an entry takes beside its value, its preview and its path, about.
const ENTRY_BYTES: usize = size_of::<(TopicPath, TopicValues)>() + 16;

/// Updates a second, recent ones weighing more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Updates, each faded by its age at `at`.
    weight: f64,
    since: Option<Timestamp>,
    at: Timestamp,
}

impl Rate {
    /// Counts updates.
    pub fn add(&mut self, count: u64, at: Timestamp) {
        self.weight = self.weight_at(at) + count as f64;
        self.at = self.at.max(at);
        self.since.get_or_insert(at);
    }

    /// Updates a second, as of a time.
    #[must_use]
    pub fn per_sec(&self, now: Timestamp) -> f64 {
        let Some(since) = self.since else { return 0.0 };
        // All the weight that could have come together by now: a second old, it is a second's worth, not five.
        let age = now.secs_since(since).max(LEAST_SECS);
        let rate = self.weight_at(now) / (RATE_SECS * (1.0 - (-age / RATE_SECS).exp()));
        if rate < SLOWEST_PER_SEC { 0.0 } else { rate }
    }

    fn weight_at(&self, now: Timestamp) -> f64 {
        self.weight * (-now.secs_since(self.at) / RATE_SECS).exp()
    }
}

/// What is known of one topic's values.
#[derive(Clone, Debug, Default)]
pub struct TopicValues {
    /// The latest value; none if none came, or if it had to make room.
    pub latest: Option<Bytes>,
    /// When the latest came here.
    pub received: Timestamp,
    /// All updates received, merged ones included.
    pub updates: u64,
    /// Updates that were merged into a later one before they came here.
    pub merged: u64,
    /// Bytes on the line.
    pub line_bytes: u64,
    /// Updates a second.
    pub rate: Rate,
    subscribed: bool,
    preview: Option<Box<str>>,
}

impl TopicValues {
    fn bytes(&self) -> usize {
        self.latest.as_ref().map_or(0, Bytes::len) + self.preview.as_ref().map_or(0, |text| text.len())
    }
}

/// The values of a connection's topics.
#[derive(Clone, Debug)]
pub struct Values {
    topics: HashMap<TopicPath, TopicValues>,
    /// Of values, previews and entries.
    bytes: usize,
    max_bytes: usize,
    let_go: u64,
}

impl Values {
    /// Holds no more than about so many bytes.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { topics: HashMap::new(), bytes: 0, max_bytes, let_go: 0 }
    }

    /// A topic is subscribed, or no longer.
    pub fn set_subscribed(&mut self, path: &TopicPath, subscribed: bool) {
        if subscribed || self.topics.contains_key(path) {
            self.change(path, |topic| topic.subscribed = subscribed);
        }
    }

    /// News of a subscribed topic.
    pub fn updated(&mut self, update: &Update) {
        let Update { path, latest, count, line_bytes, .. } = update;
        self.change(path, |topic| {
            topic.latest = Some(latest.value.clone());
            topic.preview = None;
            topic.received = topic.received.max(latest.at);
            topic.updates += u64::from(*count);
            topic.merged += u64::from(count.saturating_sub(1)).saturating_sub(update.earlier.len() as u64);
            topic.line_bytes += line_bytes;
            topic.rate.add(u64::from(*count), latest.at);
        });
    }

    /// A value that was fetched: it counts as no update.
    pub fn fetched(&mut self, path: &TopicPath, value: Bytes, at: Timestamp) {
        self.change(path, |topic| {
            topic.latest = Some(value);
            topic.preview = None;
            topic.received = topic.received.max(at);
        });
    }

    /// The topic is gone.
    pub fn removed(&mut self, path: &TopicPath) {
        if let Some(topic) = self.topics.remove(path) {
            self.bytes -= entry_bytes(path, &topic);
        }
    }

    /// What is known of a topic.
    #[must_use]
    pub fn topic(&self, path: &TopicPath) -> Option<&TopicValues> {
        self.topics.get(path)
    }

    /// The latest value as one line, made by `render` only when the value is new; none without a value.
    pub fn preview(&mut self, path: &TopicPath, render: impl FnOnce(&Bytes) -> String) -> Option<&str> {
        let topic = self.topics.get(path)?;
        if topic.preview.is_none() {
            let text = render(topic.latest.as_ref()?);
            self.change(path, |topic| topic.preview = Some(text.into()));
        }
        self.topics.get(path)?.preview.as_deref()
    }

    /// Topics known here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// Bytes held, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Values that had to make room, and whole topics.
    #[must_use]
    pub fn let_go(&self) -> u64 {
        self.let_go
    }

    /// Sets another bound.
    pub fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
        self.make_room(None);
    }

    fn change(&mut self, path: &TopicPath, change: impl FnOnce(&mut TopicValues)) {
        if !self.topics.contains_key(path) {
            self.bytes += entry_bytes(path, &TopicValues::default());
            self.topics.insert(path.clone(), TopicValues::default());
        }
        let Some(topic) = self.topics.get_mut(path) else { return };
        self.bytes -= topic.bytes();
        change(topic);
        self.bytes += topic.bytes();
        self.make_room(Some(path));
    }

    /// Lets the oldest go: first topics that are not subscribed, then values, then subscribed topics as a whole.
    fn make_room(&mut self, spared: Option<&TopicPath>) {
        if self.bytes <= self.max_bytes {
            return;
        }
        let wanted = (self.max_bytes as f64 * KEEP_SHARE) as usize;
        let mut oldest: Vec<_> = self
            .topics
            .iter()
            .filter(|(path, _)| Some(*path) != spared)
            .map(|(path, topic)| (topic.subscribed, topic.received, path.clone()))
            .collect();
        oldest.sort_unstable_by_key(|a| (a.0, a.1));
        for (subscribed, _, path) in &oldest {
            if self.bytes <= wanted {
                return;
            }
            self.let_go += 1;
            if *subscribed {
                self.drop_value(path);
            } else {
                self.removed(path);
            }
        }
        for (_, _, path) in oldest.iter().filter(|(subscribed, ..)| *subscribed) {
            if self.bytes <= wanted {
                return;
            }
            self.let_go += 1;
            self.removed(path);
        }
    }

    fn drop_value(&mut self, path: &TopicPath) {
        if let Some(topic) = self.topics.get_mut(path) {
            self.bytes -= topic.bytes();
            (topic.latest, topic.preview) = (None, None);
        }
    }
}

fn entry_bytes(path: &TopicPath, topic: &TopicValues) -> usize {
    ENTRY_BYTES + path.as_str().len() + topic.bytes()
}

/// Updates a second below each branch with traffic.
#[derive(Clone, Debug, Default)]
pub struct BranchRates(HashMap<NodeId, Rate>);

impl BranchRates {
    /// Counts updates of a topic for all branches above it.
    pub fn add(&mut self, tree: &Tree, topic: NodeId, count: u64, at: Timestamp) {
        let mut branch = tree.parent(topic);
        while let Some(id) = branch {
            self.0.entry(id).or_default().add(count, at);
            branch = tree.parent(id);
        }
    }

    /// Updates a second below a branch; the root is the whole connection.
    #[must_use]
    pub fn per_sec(&self, branch: NodeId, now: Timestamp) -> f64 {
        self.0.get(&branch).map_or(0.0, |rate| rate.per_sec(now))
    }

    /// Forgets branches that are gone or quiet; for a timer.
    pub fn forget_quiet(&mut self, tree: &Tree, now: Timestamp) {
        self.0.retain(|&id, rate| tree.contains(id) && rate.per_sec(now) > 0.0);
    }

    /// Branches with a rate.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all is quiet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::Arrival;
    use crate::data::TopicType;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn path(text: &str) -> TopicPath {
        TopicPath::parse(text).unwrap()
    }

    fn update(topic: &str, millis: i64, count: u32, size: usize) -> Update {
        let latest = Arrival { at: at(millis), value: vec![0; size].into(), delta_bytes: None };
        Update { path: path(topic), latest, count, line_bytes: 10, earlier: Vec::new(), dropped: 0 }
    }

    #[test]
    fn a_steady_rate_is_measured_from_the_first_seconds_on_and_fades() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_sec(at(0)), 0.0);
        for n in 0..200 {
            rate.add(1, at(n * 100));
            if n >= 20 {
                let now = rate.per_sec(at(n * 100));
                assert!((now - 10.0).abs() < 0.7, "{now} after {n}");
            }
        }
        assert!(rate.per_sec(at(25_000)) < 4.0);
        assert_eq!(rate.per_sec(at(100_000)), 0.0);
    }

    #[test]
    fn one_update_is_no_burst_and_a_clock_set_back_does_no_harm() {
        let mut rate = Rate::default();
        rate.add(1, at(10_000));
        assert!(rate.per_sec(at(10_000)) < 1.2);
        rate.add(1, at(5_000));
        assert!(rate.per_sec(at(10_000)).is_finite());
    }

    #[test]
    fn counts_are_exact_and_merged_ones_are_told() {
        let mut values = Values::new(1_000_000);
        for n in 0..100 {
            values.updated(&update("a", n, 3, 8));
        }
        let topic = values.topic(&path("a")).unwrap();
        assert_eq!((topic.updates, topic.merged, topic.line_bytes), (300, 200, 1000));
    }

    #[test]
    fn a_preview_is_rendered_once_for_a_value() {
        let mut values = Values::new(1_000_000);
        let mut rendered = 0;
        for millis in [1, 2] {
            values.updated(&update("a", millis, 1, 8));
            for _ in 0..3 {
                let text = values.preview(&path("a"), |bytes| {
                    rendered += 1;
                    format!("{} bytes", bytes.len())
                });
                assert_eq!(text, Some("8 bytes"));
            }
        }
        assert_eq!(rendered, 2);
        assert_eq!(values.preview(&path("b"), |_| String::new()), None);
    }

    #[test]
    fn the_oldest_make_room_and_subscribed_topics_keep_their_counts() {
        let mut values = Values::new(60_000);
        values.set_subscribed(&path("kept"), true);
        values.updated(&update("kept", 1, 1, 1000));
        for n in 0..1000 {
            values.fetched(&path(&format!("t/{n}")), vec![0; 100].into(), at(n + 2));
            assert!(values.bytes() <= 60_000);
        }
        assert!(values.topic(&path("t/0")).is_none());
        assert!(values.topic(&path("t/999")).unwrap().latest.is_some());
        assert_eq!(values.topic(&path("kept")).unwrap().latest.as_ref().map(Bytes::len), Some(1000));
        values.set_max_bytes(1000);
        let kept = values.topic(&path("kept")).unwrap();
        assert_eq!((kept.updates, kept.latest.is_some()), (1, false));
        assert!(values.let_go() > 0);
    }

    #[test]
    fn bytes_are_those_of_what_is_there() {
        let mut values = Values::new(30_000);
        for n in 0..500 {
            let topic = path(&format!("t/{}", n % 70));
            values.set_subscribed(&topic, n % 3 == 0);
            values.updated(&update(topic.as_str(), n, 1, (n as usize * 37) % 400));
            values.preview(&topic, |_| "x".repeat(20));
            if n % 11 == 0 {
                values.removed(&path(&format!("t/{}", n % 13)));
            }
            let bytes: usize = values.topics.iter().map(|(path, topic)| entry_bytes(path, topic)).sum();
            assert_eq!(values.bytes(), bytes);
            assert!(bytes <= 30_000);
        }
    }

    #[test]
    fn a_branch_sums_what_is_below_and_quiet_ones_are_forgotten() {
        let mut tree = Tree::default();
        let (b, c) = (tree.insert_topic("a/b", TopicType::Json), tree.insert_topic("a/x/c", TopicType::Json));
        let mut rates = BranchRates::default();
        for n in 0..100 {
            rates.add(&tree, b, 1, at(n * 100));
            rates.add(&tree, c, 2, at(n * 100));
        }
        let rate = |path: &str| rates.per_sec(tree.find(path).unwrap(), at(9900)).round();
        assert_eq!((rate("a").clamp(28.0, 32.0), rate("a/x").clamp(19.0, 21.0)), (rate("a"), rate("a/x")));
        assert_eq!(rates.per_sec(tree.root(), at(9900)), rates.per_sec(tree.find("a").unwrap(), at(9900)));
        tree.remove_branch("a/x");
        rates.forget_quiet(&tree, at(9900));
        assert_eq!(rates.len(), 2);
        rates.forget_quiet(&tree, at(100_000));
        assert!(rates.is_empty());
    }
}
