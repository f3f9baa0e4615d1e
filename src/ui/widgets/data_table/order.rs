//! The rows of a table in the order shown: filtered and sorted, kept until rows, order or filter change.
//!
//! A table that is read must hold still. While the pointer is over it, or the keyboard moves in it, rows that are
//! shown keep their order; new ones join at the end. Without sorting and filter nothing is kept at all, so a table of
//! a million rows in the order of arrival costs nothing.

use super::TableSource;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Tables up to this long are arranged anew at each change; longer ones wait in between.
const AT_ONCE: usize = 10_000;
/// Up to this many rows keep their order while the table holds still.
const HELD: usize = 20_000;
/// Seconds between two arrangements of values that move.
const MOVING: f64 = 1.0;

/// What rows are sorted by. What is missing comes first, then numbers, then text.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey<'a> {
    /// The row has nothing in this column.
    Missing,
    /// A whole number.
    Int(i128),
    /// Another number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl SortKey<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        let rank = |key: &Self| match key {
            Self::Missing => 0,
            Self::Int(_) | Self::Number(_) => 1,
            Self::Text(_) => 2,
        };
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Int(a), Self::Number(b)) => (*a as f64).total_cmp(b),
            (Self::Number(a), Self::Int(b)) => a.total_cmp(&(*b as f64)),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

impl<'a> From<&'a str> for SortKey<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// What the rows are arranged for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted<C> {
    /// The column sorted by, and whether the largest come first.
    pub sort: Option<(C, bool)>,
    /// Words that a row must contain.
    pub filter: String,
    /// Columns that are looked through by the filter.
    pub columns: Vec<C>,
}

/// The order shown.
pub(super) struct Arranged<K, C> {
    /// Rows of the source in the order shown; none if they are shown as they come.
    rows: Option<Vec<u32>>,
    count: usize,
    /// Keys of the rows shown, to hold their order; kept for sorted tables that are not too long.
    keys: Vec<K>,
    made: Option<(u64, usize, Wanted<C>)>,
    made_at: f64,
    /// The order is an older one, because the table had to hold still.
    held: bool,
}

impl<K, C> Default for Arranged<K, C> {
    fn default() -> Self {
        Self { rows: None, count: 0, keys: Vec::new(), made: None, made_at: 0.0, held: false }
    }
}

/// What an arrangement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// Rows came, went or moved by themselves.
    Rows,
    /// The user asked for another order or filter.
    Asked,
}

impl<K: Clone + Eq + std::hash::Hash, C: Copy + PartialEq> Arranged<K, C> {
    /// Rows shown.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The row of the source at a place.
    pub(super) fn row(&self, place: usize) -> Option<usize> {
        match &self.rows {
            None => (place < self.count).then_some(place),
            Some(rows) => rows.get(place).map(|row| *row as usize),
        }
    }

    /// The places of the rows that are meant, in the order shown.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.count).filter_map(|place| self.row(place))
    }

    /// Where a row is shown. Looks at `hint` first.
    pub(super) fn place_of<S: TableSource<Key = K>>(&self, source: &S, key: &K, hint: usize) -> Option<usize> {
        let is = |place: usize| self.row(place).is_some_and(|row| source.is(row, key));
        if is(hint) { Some(hint) } else { (0..self.count).find(|place| is(*place)) }
    }

    /// Arranges the rows anew if that is due. `still`: somebody reads the table.
    pub(super) fn renew<S>(&mut self, source: &S, wanted: &Wanted<C>, still: bool, now: f64) -> Change
    where
        S: TableSource<Key = K, Column = C>,
    {
        let (revision, total) = (source.revision(), source.row_count());
        let mut held = false;
        let change = match &self.made {
            Some((made, count, before)) if before == wanted => {
                let waits = if total > AT_ONCE { total as f64 / AT_ONCE as f64 } else { 1.0 };
                let waited = now - self.made_at;
                let moved = *made != revision || *count != total;
                let sorted_by = wanted.sort.map(|(column, _)| column);
                let filtered_by = wanted.columns.iter().filter(|_| !wanted.filter.is_empty()).copied();
                let moving = sorted_by.into_iter().chain(filtered_by).any(|column| source.is_moving(column));
                let due = if self.held && !still {
                    true
                } else if moved {
                    // Fewer rows than before would leave places without a row.
                    total <= AT_ONCE || total < *count || waited >= waits * 0.1
                } else {
                    moving && !still && waited >= waits * MOVING
                };
                if !due {
                    return Change::None;
                }
                held = still && wanted.sort.is_some();
                Change::Rows
            }
            _ => Change::Asked,
        };
        self.made = Some((revision, total, wanted.clone()));
        self.made_at = now;
        let words: Vec<String> = wanted.filter.split_whitespace().map(str::to_lowercase).collect();
        if wanted.sort.is_none() && words.is_empty() {
            (self.rows, self.count) = (None, total);
            self.keys.clear();
            self.held = false;
            return change;
        }
        let sorted = wanted.sort.is_some();
        let matches = |row: &u32| is_match(source, *row as usize, &words, sorted, &wanted.columns);
        let mut rows: Vec<u32> = (0..u32::try_from(total).unwrap_or(u32::MAX)).filter(matches).collect();
        if let Some((column, descending)) = wanted.sort {
            sort(source, column, descending, &mut rows);
        }
        self.held = held && !self.keys.is_empty();
        if self.held {
            hold(source, &self.keys, &mut rows);
        }
        self.keys.clear();
        if sorted && rows.len() <= HELD {
            self.keys.extend(rows.iter().map(|row| source.key(*row as usize)));
        }
        self.count = rows.len();
        self.rows = Some(rows);
        change
    }
}

fn is_match<S: TableSource>(source: &S, row: usize, words: &[String], sorted: bool, columns: &[S::Column]) -> bool {
    if words.is_empty() {
        // A divider says something about its neighbours: it has no place among sorted rows.
        return !sorted || source.divider(row).is_none();
    }
    if source.divider(row).is_some() {
        return false;
    }
    let texts: Vec<String> = columns.iter().map(|column| source.text(row, *column).to_lowercase()).collect();
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}

fn sort<S: TableSource>(source: &S, column: S::Column, descending: bool, rows: &mut [u32]) {
    if source.sort(column, descending, rows) {
        return;
    }
    let mut keyed: Vec<(SortKey<'_>, u32)> =
        rows.iter().map(|row| (source.sort_key(*row as usize, column), *row)).collect();
    // Both are stable: what is equal stays in the order of arrival.
    if descending {
        keyed.sort_by(|a, b| b.0.compare(&a.0));
    } else {
        keyed.sort_by(|a, b| a.0.compare(&b.0));
    }
    for (place, (_, row)) in rows.iter_mut().zip(keyed) {
        *place = row;
    }
}

/// Puts rows that were shown before into the order they had; others follow.
fn hold<S: TableSource>(source: &S, before: &[S::Key], rows: &mut [u32]) {
    let places: HashMap<&S::Key, usize> = before.iter().enumerate().map(|(at, key)| (key, at)).collect();
    rows.sort_by_cached_key(|row| places.get(&source.key(*row as usize)).copied().unwrap_or(usize::MAX));
}
