//! The texts of path parts: each distinct part is held once, in one buffer, and counted.
//!
//! Parts come and go for days (session ids in paths), so a text that no node bears any more is given back: its id at
//! once, its bytes when they make up half of the buffer.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Where a text lies and how many nodes bear it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u64,
    len: u32,
    uses: u32,
}

/// The distinct path parts of a tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    text: String,
    entries: Vec<Entry>,
    free: Vec<u32>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
    dead_bytes: usize,
}

/// Below this many unused bytes the buffer is left alone.
const COMPACT_FROM_BYTES: usize = 64 * 1024;

fn slice<'a>(text: &'a str, entries: &[Entry], id: u32) -> &'a str {
    let entry = entries[id as usize];
    &text[entry.start as usize..entry.start as usize + entry.len as usize]
}

impl Names {
    /// The text of an id.
    pub(super) fn text(&self, id: u32) -> &str {
        slice(&self.text, &self.entries, id)
    }

    /// One more node bears this text.
    pub(super) fn acquire(&mut self, name: &str) -> u32 {
        let hash = self.hasher.hash_one(name);
        if let Some(&id) = self.ids.find(hash, |&id| slice(&self.text, &self.entries, id) == name) {
            self.entries[id as usize].uses += 1;
            return id;
        }
        let len = u32::try_from(name.len()).expect("a path part is part of one message, far below 4 GiB");
        let entry = Entry { start: self.text.len() as u64, len, uses: 1 };
        self.text.push_str(name);
        let id = if let Some(id) = self.free.pop() {
            self.entries[id as usize] = entry;
            id
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).expect("memory ends before 2^32 names")
        };
        let (text, entries, hasher) = (&self.text, &self.entries, &self.hasher);
        self.ids.insert_unique(hash, id, |&other| hasher.hash_one(slice(text, entries, other)));
        id
    }

    /// One node less bears this text.
    pub(super) fn release(&mut self, id: u32) {
        self.entries[id as usize].uses -= 1;
        if self.entries[id as usize].uses > 0 {
            return;
        }
        let hash = self.hasher.hash_one(self.text(id));
        if let Ok(found) = self.ids.find_entry(hash, |&other| other == id) {
            found.remove();
        }
        self.dead_bytes += self.entries[id as usize].len as usize;
        self.free.push(id);
        if self.dead_bytes > COMPACT_FROM_BYTES && self.dead_bytes * 2 > self.text.len() {
            self.compact();
        }
    }

    /// How many ids were ever in use at once; ids are below it.
    pub(super) fn ids(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of the texts in use.
    pub(super) fn text_bytes(&self) -> usize {
        self.text.len() - self.dead_bytes
    }

    /// Bytes held, the texts included.
    pub(super) fn memory_bytes(&self) -> usize {
        // A slot of the index is an id and a control byte.
        self.text.capacity()
            + self.entries.capacity() * size_of::<Entry>()
            + self.free.capacity() * size_of::<u32>()
            + self.ids.capacity() * 8 / 7 * (size_of::<u32>() + 1)
    }

    fn compact(&mut self) {
        let mut text = String::with_capacity(self.text_bytes());
        for entry in self.entries.iter_mut().filter(|e| e.uses > 0) {
            let start = entry.start as usize;
            entry.start = text.len() as u64;
            text.push_str(&self.text[start..start + entry.len as usize]);
        }
        self.text = text;
        self.dead_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_an_id_until_the_last_is_released() {
        let mut names = Names::default();
        let (a, b) = (names.acquire("fx"), names.acquire("fx"));
        assert_eq!(a, b);
        names.release(a);
        assert_eq!(names.text(b), "fx");
        names.release(b);
        assert_eq!(names.text_bytes(), 0);
        assert_eq!(names.acquire("spot"), a);
        assert_eq!(names.text(a), "spot");
    }

    #[test]
    fn names_that_come_and_go_do_not_grow_the_buffer() {
        let mut names = Names::default();
        let kept = names.acquire("kept");
        for n in 0..100_000 {
            let id = names.acquire(&format!("session-{n:016}"));
            names.release(id);
        }
        assert_eq!(names.text(kept), "kept");
        assert!(names.text.len() < 2 * COMPACT_FROM_BYTES, "{}", names.text.len());
        assert_eq!(names.ids(), 2);
    }
}
