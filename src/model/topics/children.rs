//! The sorted children of one node, with sums of their rows by block once there are many.
//!
//! A short list is one vector. A long one is cut into blocks and keeps, beside each block, how many rows its nodes
//! take, so that finding a row among a million siblings reads some thousand sums and one block instead of a million
//! nodes. The weight of a node (its rows) is asked from the tree by id; the list never stores it for one node.

use std::cmp::Ordering;

/// Nodes in a full block; also the longest list without blocks.
pub(super) const BLOCK: usize = 512;

/// The children of one node.
#[derive(Clone, Debug)]
pub(super) enum Children {
    /// One vector, no sums.
    Few(Vec<u32>),
    /// Blocks, none of them empty, and the rows of each.
    Many {
        /// The ids in order.
        blocks: Vec<Vec<u32>>,
        /// Rows of each block.
        sums: Vec<u32>,
        /// Ids in all blocks.
        len: usize,
    },
}

/// A place in a list; the block is 0 in a short one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub block: usize,
    pub at: usize,
}

#[cfg(test)]
thread_local! {
    static TOUCHED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts an entry (a node or a sum) that a look-up had to read; only in tests.
#[inline]
pub(super) fn touch() {
    #[cfg(test)]
    TOUCHED.with(|n| n.set(n.get() + 1));
}

/// Entries read by what `work` does on this thread.
#[cfg(test)]
pub(super) fn touched_by<T>(work: impl FnOnce() -> T) -> (T, usize) {
    TOUCHED.with(|n| n.set(0));
    let out = work();
    (out, TOUCHED.with(std::cell::Cell::get))
}

fn search_slice(ids: &[u32], mut compare: impl FnMut(u32) -> Ordering) -> Result<usize, usize> {
    ids.binary_search_by(|&id| {
        touch();
        compare(id)
    })
}

fn total(ids: &[u32], weight: impl Fn(u32) -> u32) -> u32 {
    ids.iter().map(|&id| weight(id)).sum()
}

impl Children {
    /// An empty list.
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// How many children.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(ids) => ids.len(),
            Self::Many { len, .. } => *len,
        }
    }

    fn blocks(&self) -> &[Vec<u32>] {
        match self {
            Self::Few(ids) => std::slice::from_ref(ids),
            Self::Many { blocks, .. } => blocks,
        }
    }

    /// All ids in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.blocks().iter().flatten().copied()
    }

    /// The id at a place.
    pub(super) fn id(&self, place: Place) -> Option<u32> {
        self.blocks().get(place.block)?.get(place.at).copied()
    }

    /// The last id.
    pub(super) fn last(&self) -> Option<u32> {
        self.blocks().last()?.last().copied()
    }

    /// The place after this one.
    pub(super) fn after(&self, place: Place) -> Option<Place> {
        let next = Place { at: place.at + 1, ..place };
        if next.at < self.blocks().get(place.block)?.len() {
            return Some(next);
        }
        let next = Place { block: place.block + 1, at: 0 };
        self.id(next).map(|_| next)
    }

    /// The place of the id that compares equal, or where it would stand.
    pub(super) fn search(&self, mut compare: impl FnMut(u32) -> Ordering) -> Result<Place, Place> {
        let (block, ids) = match self {
            Self::Few(ids) => (0, ids.as_slice()),
            Self::Many { blocks, .. } => {
                let after = blocks.partition_point(|ids| {
                    touch();
                    ids.last().is_some_and(|&id| compare(id) == Ordering::Less)
                });
                let block = after.min(blocks.len() - 1);
                (block, blocks[block].as_slice())
            }
        };
        search_slice(ids, compare).map(|at| Place { block, at }).map_err(|at| Place { block, at })
    }

    /// Where a node that sorts after all others is inserted.
    pub(super) fn end(&self) -> Place {
        let block = self.blocks().len() - 1;
        Place { block, at: self.blocks()[block].len() }
    }

    /// Inserts a node before what stands at the place.
    pub(super) fn insert(&mut self, place: Place, id: u32, weight: impl Fn(u32) -> u32 + Copy) {
        if let Self::Few(ids) = self {
            if ids.len() < BLOCK {
                ids.insert(place.at, id);
                return;
            }
            let ids = std::mem::take(ids);
            *self = Self::Many { len: ids.len(), sums: vec![total(&ids, weight)], blocks: vec![ids] };
        }
        let Self::Many { blocks, sums, len } = self else { return };
        *len += 1;
        let Place { mut block, mut at } = place;
        if blocks[block].len() == BLOCK {
            let fill = blocks[block].len();
            // In a sorted load each insertion is at the very end: leave full blocks behind instead of half full ones.
            let cut = if at == fill && block + 1 == blocks.len() { fill } else { fill / 2 };
            let tail = blocks[block].split_off(cut);
            let tail_sum = total(&tail, weight);
            sums[block] -= tail_sum;
            blocks.insert(block + 1, tail);
            sums.insert(block + 1, tail_sum);
            if at >= cut && !(at == cut && cut < fill) {
                (block, at) = (block + 1, at - cut);
            }
        }
        blocks[block].insert(at, id);
        sums[block] += weight(id);
    }

    /// Takes the node at the place out; `weight` still knows it.
    pub(super) fn remove(&mut self, place: Place, weight: impl Fn(u32) -> u32) {
        match self {
            Self::Few(ids) => {
                ids.remove(place.at);
                if ids.capacity() > 64 && ids.len() * 4 < ids.capacity() {
                    ids.shrink_to(ids.len() * 2);
                }
            }
            Self::Many { blocks, sums, len } => {
                *len -= 1;
                let Place { block, at } = place;
                let id = blocks[block].remove(at);
                sums[block] -= weight(id);
                let next = block + 1;
                if blocks[block].is_empty() {
                    blocks.remove(block);
                    sums.remove(block);
                } else if next < blocks.len() && blocks[block].len() + blocks[next].len() <= BLOCK / 2 {
                    let tail = blocks.remove(next);
                    blocks[block].extend(tail);
                    sums[block] += sums.remove(next);
                }
                if *len <= BLOCK / 4 {
                    *self = Self::Few(blocks.concat());
                }
            }
        }
    }

    /// Whether sums are kept, so that changes of weight must be told.
    pub(super) const fn has_sums(&self) -> bool {
        matches!(self, Self::Many { .. })
    }

    /// The weight of the node at this place has changed.
    pub(super) fn reweigh(&mut self, place: Place, delta: i64) {
        if let Self::Many { sums, .. } = self {
            sums[place.block] = plus(sums[place.block], delta);
        }
    }

    /// Recomputes every sum.
    pub(super) fn reweigh_all(&mut self, weight: impl Fn(u32) -> u32 + Copy) {
        if let Self::Many { blocks, sums, .. } = self {
            for (sum, ids) in sums.iter_mut().zip(blocks.iter()) {
                *sum = total(ids, weight);
            }
        }
    }

    /// Sorts anew.
    pub(super) fn sort(&mut self, mut compare: impl FnMut(u32, u32) -> Ordering, weight: impl Fn(u32) -> u32 + Copy) {
        match self {
            Self::Few(ids) => ids.sort_by(|&a, &b| compare(a, b)),
            Self::Many { blocks, sums, .. } => {
                let mut ids = blocks.concat();
                ids.sort_by(|&a, &b| compare(a, b));
                *blocks = ids.chunks(BLOCK).map(<[u32]>::to_vec).collect();
                *sums = blocks.iter().map(|ids| total(ids, weight)).collect();
            }
        }
    }

    /// Rows of the children before the place.
    pub(super) fn rows_before(&self, place: Place, weight: impl Fn(u32) -> u32) -> usize {
        let blocks: usize = match self {
            Self::Few(_) => 0,
            Self::Many { sums, .. } => sums[..place.block].iter().map(|&n| n as usize).sum(),
        };
        let ids = &self.blocks()[place.block][..place.at];
        let rows: usize = ids
            .iter()
            .map(|&id| {
                touch();
                weight(id) as usize
            })
            .sum();
        blocks + rows
    }

    /// The child that holds the row, its place, and the row within the child (0 is the child itself).
    pub(super) fn at_row(&self, mut row: usize, weight: impl Fn(u32) -> u32) -> Option<(Place, u32, usize)> {
        let block = match self {
            Self::Few(_) => 0,
            Self::Many { sums, .. } => sums.iter().position(|&rows| {
                touch();
                let inside = row < rows as usize;
                if !inside {
                    row -= rows as usize;
                }
                inside
            })?,
        };
        for (at, &id) in self.blocks()[block].iter().enumerate() {
            touch();
            let rows = weight(id) as usize;
            if row < rows {
                return Some((Place { block, at }, id, row));
            }
            row -= rows;
        }
        None
    }

    /// Bytes held beside the list itself.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Few(ids) => ids.capacity() * size_of::<u32>(),
            Self::Many { blocks, sums, .. } => {
                blocks.iter().map(|b| b.capacity() * size_of::<u32>()).sum::<usize>()
                    + blocks.capacity() * size_of::<Vec<u32>>()
                    + sums.capacity() * size_of::<u32>()
            }
        }
    }
}

/// Adds a signed change to a count that cannot fall below zero.
pub(super) fn plus(count: u32, delta: i64) -> u32 {
    u32::try_from(i64::from(count) + delta).expect("rows are counted by the tree itself and fit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_split_merge_and_keep_their_sums() {
        let weight = |id: u32| id % 3 + 1;
        let mut list = Children::new();
        let mut model = Vec::new();
        // Descending, then removed from the middle: every split and merge happens.
        for id in (0..3000).rev() {
            let place = list.search(|other| other.cmp(&id)).unwrap_err();
            list.insert(place, id, weight);
            model.insert(0, id);
        }
        let check = |list: &Children, model: &[u32]| {
            assert!(list.iter().eq(model.iter().copied()));
            assert_eq!(list.len(), model.len());
            let mut row = 0;
            for &id in model {
                let place = list.search(|other| other.cmp(&id)).unwrap();
                assert_eq!(list.rows_before(place, weight), row);
                assert_eq!(list.at_row(row, weight), Some((place, id, 0)));
                row += weight(id) as usize;
            }
            assert_eq!(list.at_row(row, weight), None);
        };
        check(&list, &model);
        while model.len() > 20 {
            for _ in 0..97.min(model.len() - 1) {
                let id = model.remove(model.len() / 2);
                let place = list.search(|other| other.cmp(&id)).unwrap();
                list.remove(place, weight);
            }
            check(&list, &model);
        }
        assert!(!list.has_sums());
    }
}
