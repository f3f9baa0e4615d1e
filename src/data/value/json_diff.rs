//! What differs between two JSON values: the parts removed and the parts inserted.

use super::json::Json;
use crate::data::pointer::Pointer;
use std::collections::HashMap;

/// Arrays whose differing middles are larger than this (old times new) are compared place by place.
const LARGEST_TABLE: usize = 1_000_000;

/// Parts of a value by their pointers, depth first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts(Vec<(Pointer, Json)>);

/// The difference of two values. Deleting the removed parts from the old value and the inserted ones from the new
/// leaves equal values, but for the order of members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonDiff {
    /// Parts of the old value that the new one does not have.
    pub removed: Parts,
    /// Parts of the new value that the old one did not have.
    pub inserted: Parts,
}

impl JsonDiff {
    /// Compares two values: objects by key, arrays by their longest common subsequence. Both sides are empty
    /// exactly if the values would be written as the same bytes.
    #[must_use]
    pub fn new(old: &Json, new: &Json) -> Self {
        let mut diff = Self::default();
        diff.compare(&Pointer::ROOT, old, &Pointer::ROOT, new);
        diff
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.0.is_empty() && self.inserted.0.is_empty()
    }

    fn compare(&mut self, old_at: &Pointer, old: &Json, new_at: &Pointer, new: &Json) {
        match (old, new) {
            _ if same(old, new) => {}
            (Json::Array(a), Json::Array(b)) => {
                let pairs = array_pairs(a, b);
                let old_place = |i: usize| (old_at.index(i), &a[i]);
                let new_place = |i: usize| (new_at.index(i), &b[i]);
                self.walk(&pairs, (a.len(), b.len()), old_place, new_place);
            }
            (Json::Object(a), Json::Object(b)) => {
                let pairs = object_pairs(a, b);
                let old_place = |i: usize| (old_at.key(a[i].0.as_str()), &a[i].1);
                let new_place = |i: usize| (new_at.key(b[i].0.as_str()), &b[i].1);
                self.walk(&pairs, (a.len(), b.len()), old_place, new_place);
            }
            _ => {
                self.removed.0.push((old_at.clone(), old.clone()));
                self.inserted.0.push((new_at.clone(), new.clone()));
            }
        }
    }

    /// Goes through two containers at once: paired children are compared, all others are removed or inserted.
    fn walk<'a>(
        &mut self,
        pairs: &[(usize, usize)],
        (old_len, new_len): (usize, usize),
        old_place: impl Fn(usize) -> (Pointer, &'a Json),
        new_place: impl Fn(usize) -> (Pointer, &'a Json),
    ) {
        let (mut i, mut j) = (0, 0);
        for &(pair_i, pair_j) in pairs.iter().chain([&(old_len, new_len)]) {
            self.removed.0.extend((i..pair_i).map(|n| owned(old_place(n))));
            self.inserted.0.extend((j..pair_j).map(|n| owned(new_place(n))));
            if pair_i < old_len {
                let ((old_at, old), (new_at, new)) = (old_place(pair_i), new_place(pair_j));
                self.compare(&old_at, old, &new_at, new);
            }
            (i, j) = (pair_i + 1, pair_j + 1);
        }
    }
}

fn owned((pointer, value): (Pointer, &Json)) -> (Pointer, Json) {
    (pointer, value.clone())
}

/// Whether two values would be written as the same bytes: member order and the form of numbers count.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Float(a), Json::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        _ => a == b,
    }
}

/// Pairs of places of members with the same key, as many as keep their order; members that moved stay unpaired.
fn object_pairs(old: &[(String, Json)], new: &[(String, Json)]) -> Vec<(usize, usize)> {
    let places: HashMap<&str, usize> = new.iter().enumerate().map(|(j, (key, _))| (key.as_str(), j)).collect();
    let common: Vec<(usize, usize)> =
        old.iter().enumerate().filter_map(|(i, (key, _))| Some((i, *places.get(key.as_str())?))).collect();
    longest_increasing(&common)
}

/// The longest part of the pairs whose second places increase.
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // `tails[n]` is the pair that ends the best run of n+1 pairs so far.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = tails.partition_point(|&tail| pairs[tail].1 < pair.1);
        before.push(length.checked_sub(1).map(|n| tails[n]));
        tails.truncate(tails.len().max(length));
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut run: Vec<_> = std::iter::successors(tails.last().copied(), |&at| before[at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
}

/// Pairs of places: equal elements of the longest common subsequence, and in the gaps between them containers of the
/// same kind, which may have parts in common.
fn array_pairs(old: &[Json], new: &[Json]) -> Vec<(usize, usize)> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
    let suffix = old[prefix..].iter().rev().zip(new[prefix..].iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
    let mut pairs: Vec<(usize, usize)> = (0..prefix).map(|i| (i, i)).collect();
    let (mut i, mut j) = (prefix, prefix);
    let equal = common_subsequence(&old[prefix..old_end], &new[prefix..new_end]);
    let equal = equal.into_iter().map(|(i, j)| (i + prefix, j + prefix));
    for (equal_i, equal_j) in equal.chain([(old_end, new_end)]) {
        let gap = (i..equal_i).zip(j..equal_j);
        pairs.extend(gap.filter(|&(i, j)| {
            same(&old[i], &new[j])
                || matches!((&old[i], &new[j]), (Json::Array(_), Json::Array(_)) | (Json::Object(_), Json::Object(_)))
        }));
        if equal_i < old_end {
            pairs.push((equal_i, equal_j));
        }
        (i, j) = (equal_i + 1, equal_j + 1);
    }
    pairs.extend((0..suffix).map(|n| (old_end + n, new_end + n)));
    pairs
}

fn common_subsequence(old: &[Json], new: &[Json]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() || old.len().saturating_mul(new.len()) > LARGEST_TABLE {
        return Vec::new();
    }
    // Equal elements get equal numbers, so that the table compares numbers only.
    let mut numbers: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut number = |value: &Json| {
        let next = numbers.len();
        *numbers.entry(value.to_cbor()).or_insert(next)
    };
    let a: Vec<usize> = old.iter().map(&mut number).collect();
    let b: Vec<usize> = new.iter().map(&mut number).collect();
    let width = b.len() + 1;
    // `longest[i * width + j]` is the length for what remains from i and j.
    let mut longest = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

impl Parts {
    /// The parts, depth first.
    pub fn iter(&self) -> impl Iterator<Item = (&Pointer, &Json)> {
        self.0.iter().map(|(pointer, value)| (pointer, value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The part at exactly this pointer.
    #[must_use]
    pub fn part(&self, pointer: &Pointer) -> Option<&Json> {
        self.0.iter().find(|(p, _)| p == pointer).map(|(_, value)| value)
    }

    /// The parts at this pointer and below.
    pub fn descendants<'a>(&'a self, pointer: &'a Pointer) -> impl Iterator<Item = (&'a Pointer, &'a Json)> {
        self.iter().filter(move |(p, _)| p.starts_with(pointer))
    }

    /// The parts at this pointer, below and above.
    pub fn intersection<'a>(&'a self, pointer: &'a Pointer) -> impl Iterator<Item = (&'a Pointer, &'a Json)> {
        self.iter().filter(move |(p, _)| p.starts_with(pointer) || pointer.starts_with(p))
    }
}

impl FromIterator<(Pointer, Json)> for Parts {
    /// Siblings keep the order in which they come; a part follows the others of its parent.
    fn from_iter<T: IntoIterator<Item = (Pointer, Json)>>(parts: T) -> Self {
        let mut out = Self::default();
        for (pointer, value) in parts {
            let common = |p: &Pointer| p.segments().iter().zip(pointer.segments()).take_while(|(a, b)| a == b).count();
            let below = out.0.iter().position(|(p, _)| p.starts_with(&pointer));
            let nearest = out.0.iter().map(|(p, _)| common(p)).max().unwrap_or_default();
            let after = out.0.iter().rposition(|(p, _)| common(p) == nearest).map_or(0, |place| place + 1);
            out.0.insert(below.unwrap_or(after), (pointer, value));
        }
        out
    }
}
