//! Rows checked in the tree, to act on several at once.
//!
//! Paths, not nodes: they survive scrolling, filtering and closing branches. At most [`MOST`] of them, because they go
//! to the server as one selector; what is more is counted and said, never left out in silence.

use super::{NodeId, Topics, Tree};
use crate::data::selector::Descendants;
use crate::data::{TopicPath, TopicSelector};
use std::collections::BTreeSet;

/// Rows that can be checked at once.
pub const MOST: usize = 1000;

/// The rows that are checked.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    paths: BTreeSet<TopicPath>,
    /// What the last range checked and nothing else had: another range from the same row takes its place.
    range: Option<(TopicPath, Vec<TopicPath>)>,
    /// Checked rows whose path was removed from the server since.
    gone: usize,
    /// Rows that the last range could not take any more.
    left_out: usize,
    topics: usize,
    version: u64,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Check a row, or no longer.
    Toggle(TopicPath),
    /// Check the rows from one to another in place of the last range that began there.
    Range {
        /// Where it began; it stays when the other end moves.
        from: TopicPath,
        /// The other end.
        to: TopicPath,
    },
    /// Check nothing any more.
    Clear,
}

impl Checks {
    /// Whether the row of a path is checked.
    #[must_use]
    pub fn contains(&self, path: &TopicPath) -> bool {
        self.paths.contains(path)
    }

    /// Whether nothing is checked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// How many rows are checked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// The checked paths in the order of paths.
    pub fn paths(&self) -> impl Iterator<Item = &TopicPath> {
        self.paths.iter()
    }

    /// How many of them are topics; the others are paths without topic.
    #[must_use]
    pub fn topics(&self) -> usize {
        self.topics
    }

    /// How many of them are branches: paths without topic, which stand for what is below them.
    #[must_use]
    pub fn branches(&self) -> usize {
        self.paths.len() - self.topics
    }

    /// Checked rows that were removed from the server since.
    #[must_use]
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// Rows that the last range could not take, because so many can be checked at most.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Drops what is no longer in the tree, and renews the count of topics; nothing while the tree is the same.
    pub(super) fn follow(&mut self, tree: &Tree) {
        if self.paths.is_empty() || self.version == tree.version() {
            return;
        }
        self.renew(tree);
    }

    fn renew(&mut self, tree: &Tree) {
        self.version = tree.version();
        let before = self.paths.len();
        let mut topics = 0;
        self.paths.retain(|path| {
            let node = tree.find(path.as_str()).filter(|id| !tree.is_struck(*id));
            topics += usize::from(node.is_some_and(|id| tree.topic_type(id).is_some()));
            node.is_some()
        });
        self.topics = topics;
        self.gone += before - self.paths.len();
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Topics {
    /// Checks rows, or no longer.
    pub(super) fn check(&mut self, act: Act) {
        match act {
            Act::Toggle(path) => {
                self.checks.range = None;
                self.checks.left_out = 0;
                if !self.checks.paths.remove(&path) {
                    if self.checks.len() < MOST {
                        self.checks.paths.insert(path);
                    } else {
                        self.checks.left_out = 1;
                    }
                }
                if self.checks.is_empty() {
                    self.checks.clear();
                }
            }
            Act::Range { from, to } => self.check_range(from, &to),
            Act::Clear => self.checks.clear(),
        }
        self.checks.renew(&self.tree);
    }

    fn check_range(&mut self, from: TopicPath, to: &TopicPath) {
        let row = |path: &TopicPath| self.tree.find(path.as_str()).and_then(|id| self.row_of(id));
        let (Some(start), Some(end)) = (row(&from), row(to)) else { return };
        let mut wanted = Vec::new();
        let mut left_out = 0;
        let former = self.checks.range.take().filter(|(anchor, _)| *anchor == from).map(|(_, paths)| paths);
        for path in former.iter().flatten() {
            self.checks.paths.remove(path);
        }
        // From the end where it began, so that what is left out is at the other.
        let rows: Box<dyn Iterator<Item = usize>> =
            if start <= end { Box::new(start..=end) } else { Box::new((end..=start).rev()) };
        let mut path = String::new();
        for (looked_at, row) in rows.enumerate() {
            if self.checks.len() >= MOST || looked_at > 10 * MOST {
                left_out = start.abs_diff(end) + 1 - looked_at;
                break;
            }
            let Some(id) = self.node_at_row(row).filter(|id| self.takes_part(*id)) else { continue };
            self.tree.path_of(id, &mut path);
            if let Ok(path) = TopicPath::parse(&path)
                && self.checks.paths.insert(path.clone())
            {
                wanted.push(path);
            }
        }
        self.checks.range = Some((from, wanted));
        self.checks.left_out = left_out;
    }

    /// Whether a range takes a row: one that the filter means, and no open branch, whose rows follow by themselves.
    fn takes_part(&self, id: NodeId) -> bool {
        if self.tree.is_struck(id) {
            return false;
        }
        let topic = self.tree.topic_type(id).is_some();
        match self.filtered() {
            Some(filtered) => filtered.is_match(id) && topic,
            None => topic || !self.tree.is_open(id),
        }
    }

    /// The node in a row of what is shown, filtered or not.
    #[must_use]
    pub fn node_at_row(&self, row: usize) -> Option<NodeId> {
        match self.filtered() {
            Some(filtered) => filtered.node_at_row(row),
            None => self.tree.node_at_row(row),
        }
    }

    /// The row of a node in what is shown.
    #[must_use]
    pub fn row_of(&self, id: NodeId) -> Option<usize> {
        match self.filtered() {
            Some(filtered) => filtered.row_of(id),
            None => self.tree.row_of(id),
        }
    }

    /// The selector of exactly the checked rows: topics themselves, and all below paths without topic. None if nothing
    /// is checked.
    #[must_use]
    pub fn checked_selector(&self) -> Option<TopicSelector> {
        let members: Vec<TopicSelector> = self
            .checks
            .paths()
            .map(|path| {
                let topic = self.tree.find(path.as_str()).is_none_or(|id| self.tree.topic_type(id).is_some());
                if topic {
                    TopicSelector::of_path(path.as_str())
                } else {
                    TopicSelector::of_branch(path.as_str(), Descendants::MatchAndBelow)
                }
            })
            .collect();
        (!members.is_empty()).then(|| TopicSelector::of_set(&members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Timestamp, TopicType};

    fn path(text: &str) -> TopicPath {
        TopicPath::parse(text).expect("a path")
    }

    fn topics(paths: &[&str], open: &[&str]) -> Topics {
        let mut topics = Topics::default();
        for path in paths {
            topics.tree.insert_topic(path, TopicType::Json);
        }
        for path in open {
            let id = topics.tree.find(path).expect("there");
            topics.tree.set_open(id, true);
        }
        topics
    }

    fn checked(topics: &Topics) -> Vec<&str> {
        topics.checks.paths().map(TopicPath::as_str).collect()
    }

    #[test]
    fn a_range_takes_the_place_of_the_one_before_and_leaves_single_checks() {
        let mut t = topics(&["a/1", "a/2", "a/3", "a/4", "b/1"], &["a"]);
        t.check(Act::Toggle(path("a/4")));
        let range = |to: &str| Act::Range { from: path("a/1"), to: path(to) };
        t.check(range("a/3"));
        assert_eq!(checked(&t), ["a/1", "a/2", "a/3", "a/4"]);
        t.check(range("a/2"));
        assert_eq!(checked(&t), ["a/1", "a/2", "a/4"]);
        t.check(range("a"));
        assert_eq!(checked(&t), ["a/1", "a/4"], "an open branch is not meant with its rows");
        t.check(range("b"));
        assert_eq!(checked(&t), ["a/1", "a/2", "a/3", "a/4", "b"], "a closed branch is");
        assert_eq!((t.checks.topics(), t.checks.branches()), (4, 1));
        t.check(Act::Toggle(path("a/2")));
        t.check(Act::Clear);
        assert!(t.checks.is_empty());
    }

    #[test]
    fn the_selector_means_just_the_checked_rows() {
        let mut t = topics(&["a/1", "a/x.y", "a/1/deep", "b/c/d"], &["a", "b"]);
        assert_eq!(t.checked_selector(), None);
        for row in ["a/1", "a/x.y", "b/c"] {
            t.check(Act::Toggle(path(row)));
        }
        let selector = t.checked_selector().expect("checked");
        assert_eq!(selector.expression(), "#>a/1////>a/x.y////?b/c//");
        let parsed = TopicSelector::parse(selector.expression()).expect("a selector");
        for (path, wanted) in [("a/1", true), ("a/x.y", true), ("a/xzy", false), ("a/1/deep", false), ("b/c/d", true)] {
            assert_eq!(parsed.selects(path), wanted, "{path}");
        }
    }

    #[test]
    fn what_is_removed_leaves_and_is_counted() {
        let mut t = topics(&["a/1", "a/2", "b/c/d"], &["a", "b"]);
        for row in ["a/1", "a/2", "b/c"] {
            t.check(Act::Toggle(path(row)));
        }
        let id = t.tree.find("a").expect("there");
        t.tree.set_open(id, false);
        t.checks.follow(&t.tree);
        assert_eq!((t.checks.len(), t.checks.gone()), (3, 0), "closing a branch removes nothing");
        t.drop_child("a/1", Timestamp(1));
        t.tree.remove_topic("b/c/d");
        t.checks.follow(&t.tree);
        assert_eq!((checked(&t), t.checks.gone()), (vec!["a/2"], 2));
        t.check(Act::Toggle(path("a/2")));
        assert_eq!(t.checks.gone(), 0, "nothing is checked: nothing is missing");
    }

    #[test]
    fn a_filtered_range_takes_matches_only() {
        let mut t = topics(&["a/x1", "a/y", "a/x2", "b/x3"], &[]);
        t.set_filter("x".into());
        while t.step_filter(Timestamp(1)) {}
        assert_eq!(t.filtered().map(super::super::Filtered::rows), Some(5));
        t.check(Act::Range { from: path("a"), to: path("b/x3") });
        assert_eq!(checked(&t), ["a/x1", "a/x2", "b/x3"]);
        t.set_filter(String::new());
        assert_eq!(t.checks.len(), 3);
    }

    #[test]
    fn no_more_than_the_bound_is_checked_and_the_rest_is_said() {
        let mut t = Topics::default();
        let paths: Vec<String> = (0..MOST + 50).map(|n| format!("t{n:05}")).collect();
        t.tree.bulk_insert(paths.iter().map(|path| (path.as_str(), TopicType::Int64)));
        t.check(Act::Range { from: path("t00000"), to: path(&paths[MOST + 49]) });
        assert_eq!((t.checks.len(), t.checks.left_out()), (MOST, 50));
        t.check(Act::Range { from: path("t00000"), to: path("t00009") });
        assert_eq!((t.checks.len(), t.checks.left_out()), (10, 0));
    }
}
