//! The rows that are selected, the cursor among them and the place from which a range is extended.

use hashbrown::HashSet;
use std::hash::Hash;

/// Rows by their keys, so that a selection stays where its rows go.
#[derive(Clone, Debug)]
pub(super) struct Selection<K> {
    keys: HashSet<K>,
    cursor: Option<K>,
    anchor: Option<K>,
    /// Where the cursor was seen last.
    pub hint: usize,
}

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self { keys: HashSet::new(), cursor: None, anchor: None, hint: 0 }
    }
}

impl<K: Clone + Eq + Hash> Selection<K> {
    /// The row that the keyboard is on.
    pub(super) fn cursor(&self) -> Option<&K> {
        self.cursor.as_ref()
    }

    /// The row at the fixed end of a range.
    pub(super) fn anchor(&self) -> Option<&K> {
        self.anchor.as_ref()
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.keys.contains(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// This row alone.
    pub(super) fn only(&mut self, key: K) {
        self.keys.clear();
        self.keys.insert(key.clone());
        self.anchor = Some(key.clone());
        self.cursor = Some(key);
    }

    /// This row more or less.
    pub(super) fn toggle(&mut self, key: K) {
        if !self.keys.remove(&key) {
            self.keys.insert(key.clone());
        }
        self.anchor = Some(key.clone());
        self.cursor = Some(key);
    }

    /// A range: its rows alone, with the cursor at its movable end.
    pub(super) fn range(&mut self, keys: impl Iterator<Item = K>, cursor: K) {
        self.keys = keys.collect();
        self.cursor = Some(cursor);
    }

    /// Every row given.
    pub(super) fn all(&mut self, keys: impl Iterator<Item = K>) {
        self.keys = keys.collect();
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets rows that are no longer there.
    pub(super) fn retain(&mut self, mut is_there: impl FnMut(&K) -> bool) {
        self.keys.retain(&mut is_there);
        if self.cursor.as_ref().is_some_and(|key| !is_there(key)) {
            self.cursor = None;
        }
        if self.anchor.as_ref().is_some_and(|key| !is_there(key)) {
            self.anchor = None;
        }
    }
}
