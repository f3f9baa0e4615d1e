//! Which leaves of a JSON tree have changed, and when.

use super::flat::{Flat, Kind};
use crate::data::value::json::Json;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Trees with more open rows are not compared at each update: that would cost more than the marks are worth.
const MOST_ROWS: usize = 2000;
/// Older changes are forgotten; their marks have long faded.
const KEPT_SECS: f64 = 2.0;

/// What the leaves were, by pointer, and the times of their changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    leaves: HashMap<String, u64>,
    changed: HashMap<String, f64>,
}

impl Marks {
    /// The rows were made anew. A leaf that was not there before has not changed.
    pub(super) fn note(&mut self, rows: &[Flat], root: &Json, now: f64) {
        let before = std::mem::take(&mut self.leaves);
        self.changed.retain(|_, at| now - *at < KEPT_SECS);
        if rows.len() > MOST_ROWS {
            return;
        }
        for row in rows.iter().filter(|row| row.open.is_none() && row.kind != Kind::Page) {
            let Some(node) = row.node(root) else { continue };
            let mut hasher = DefaultHasher::new();
            node.to_text().hash(&mut hasher);
            let leaf = hasher.finish();
            if before.get(&row.pointer).is_some_and(|old| *old != leaf) {
                self.changed.insert(row.pointer.clone(), now);
            }
            self.leaves.insert(row.pointer.clone(), leaf);
        }
    }

    /// When the leaf of a pointer changed last.
    pub(super) fn changed_at(&self, pointer: &str) -> Option<f64> {
        self.changed.get(pointer).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::flat::flatten;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn only_leaves_with_another_value_are_marked() {
        let mut marks = Marks::default();
        let mut note = |text: &str, closed: &[&str], now| {
            let json = Json::from_text(text).unwrap();
            let toggled: HashSet<String> = closed.iter().map(|s| (*s).to_owned()).collect();
            marks.note(&flatten(&json, &toggled), &json, now);
            ["", "/bid", "/ask", "/more/n"].map(|pointer| marks.changed_at(pointer))
        };
        assert_eq!(note(r#"{"bid":1,"ask":2,"more":{"n":1}}"#, &[], 0.0), [None; 4], "the first is no change");
        assert_eq!(note(r#"{"bid":3,"ask":2,"more":{"n":1}}"#, &[], 1.0), [None, Some(1.0), None, None]);
        assert_eq!(note(r#"{"bid":3,"ask":"2","more":{"n":1}}"#, &["/more"], 1.5), [None, Some(1.0), Some(1.5), None]);
        assert_eq!(note(r#"{"bid":3,"ask":"2","more":{"n":9}}"#, &[], 5.0), [None; 4], "opened only now");
    }
}
