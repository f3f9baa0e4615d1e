//! Everything this program changed on a server: what, where, when, with what result, and how it is undone.

mod actions;
pub mod command;
mod content;
pub mod stored;

pub use content::{Content, NotKept, Summary};
pub use stored::Write;

use crate::client::api::LinkId;
use crate::data::Timestamp;
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, Preview, Snapshot};
use crate::model::connection::identity::Identity;
use std::collections::VecDeque;

/// Entries in memory at most; older ones stay on the disk.
pub const KEPT: usize = 2000;
/// Bytes of values in memory at most; the oldest entries give theirs up first.
pub const MEMORY_BYTES: usize = 64 << 20;

/// Names an entry; counts up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// When it was asked for.
    pub at: Timestamp,
    /// The connection it went to; none if that was in an earlier run of the program.
    pub link: Option<LinkId>,
    /// The connection's name, which is only shown.
    pub server: String,
    /// What the connection was; none for entries of versions that did not record it.
    pub identity: Option<Identity>,
    /// The server's part of the session id.
    pub server_id: Option<u64>,
    /// The principal of the session; empty for anonymous.
    pub principal: String,
    /// What was asked for.
    pub content: Content,
    /// What was there before, as far as it is known.
    pub before: Snapshot,
    /// What became of it; none while the answer is waited for.
    pub result: Option<ChangeResult>,
    /// Microseconds from sending to the answer.
    pub micros: u64,
    /// The entry that took this one back.
    pub undone_by: Option<EntryId>,
    /// The entry that this one takes back.
    pub undoes: Option<EntryId>,
}

impl Entry {
    /// The change; none if only words about it are kept.
    #[must_use]
    pub const fn change(&self) -> Option<&Change> {
        self.content.change()
    }

    /// The change that would take this one back; none if that is not possible or was done.
    #[must_use]
    pub fn undo(&self) -> Option<Change> {
        match (self.change(), &self.result) {
            (Some(change), Some(Ok(done))) if self.undone_by.is_none() => change.undo(&self.before, done),
            _ => None,
        }
    }

    /// What was there before, in one line; a dash where it is not known.
    #[must_use]
    pub fn before_text(&self) -> String {
        let spec = self.change().and_then(|change| change.value_spec(&self.before));
        self.before.value_text(spec.as_ref())
    }

    /// What is there afterwards, in one line.
    #[must_use]
    pub fn after_text(&self) -> String {
        match &self.content {
            Content::Change(change) => change.after_text(&self.before, self.result.as_ref()),
            Content::Summary(_) => "not kept".to_owned(),
        }
    }

    /// The content of the change.
    #[must_use]
    pub fn preview(&self) -> Preview {
        self.content.preview(&self.before, self.result.as_ref())
    }

    /// Bytes that it holds in values and texts.
    fn weight(&self) -> usize {
        let before = self.before.value.as_ref().map_or(0, bytes::Bytes::len);
        let report = match &self.result {
            Some(Ok(ChangeOutcome::Sessions(report)) | Err(ChangeError::Sessions { report, .. })) => {
                report.size_bytes()
            }
            _ => 0,
        };
        before + report + self.change().map_or(0, Change::weight)
    }

    /// Keeps words about the change in place of its values.
    fn summarise(&mut self, why: NotKept, hash: bool) {
        if let Content::Change(change) = &self.content {
            self.content = Content::Summary(Box::new(Summary::of(change, &self.before, why, hash)));
            self.before = Snapshot::default();
            if let Some(Ok(ChangeOutcome::Sessions(report)) | Err(ChangeError::Sessions { report, .. })) =
                &mut self.result
            {
                report.lines = Vec::new();
            }
        }
    }
}

/// What a reducer tells the journal.
#[derive(Clone, Debug)]
pub enum Step {
    /// A change was asked for.
    Began(Box<Entry>),
    /// Its answer came.
    Ended {
        /// Which.
        id: EntryId,
        /// What became of it.
        result: ChangeResult,
        /// Microseconds from sending to the answer.
        micros: u64,
    },
}

/// The changes of this run and of earlier ones, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// The entries.
    pub entries: VecDeque<Entry>,
    /// Older entries that are not in the list any more.
    pub older: u64,
    /// The entry whose content is shown.
    pub selected: Option<EntryId>,
    /// Stored entries that this version cannot read, such as kinds of changes of a newer one.
    unread: Vec<serde_json::Value>,
    /// Bytes of values in the list.
    weight: usize,
}

/// What the user can do with the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Show the content of an entry, or of none.
    Select(Option<EntryId>),
    /// Ask for the same change once more.
    Repeat(EntryId),
    /// Compare what the change was to set with what is there now.
    Compare(EntryId),
    /// Take the change back.
    Undo(EntryId),
    /// Take back the latest change of the connection shown that can be taken back.
    UndoLast,
    /// Write all entries to a file that the user chooses.
    Export,
    /// Delete these entries, also from the disk.
    Delete(Vec<EntryId>),
    /// Delete every entry, also those on the disk that are not in the list.
    DeleteAll,
}

impl Journal {
    /// Takes in what a reducer told; gives back what is to be written to the disk, with values if `keep_values`.
    pub fn record(&mut self, step: Step, keep_values: bool) -> Write {
        match step {
            Step::Began(entry) => {
                self.push((*entry).clone());
                Write::Began { entry, keep_values }
            }
            Step::Ended { id, result, micros } => {
                self.end(id, result.clone(), micros);
                Write::Ended { id, result, micros, keep_values }
            }
        }
    }

    fn push(&mut self, entry: Entry) {
        self.weight += entry.weight();
        self.entries.push_back(entry);
        while self.entries.len() > KEPT {
            self.weight -= self.entries.pop_front().map_or(0, |entry| entry.weight());
            self.older += 1;
        }
        let mut oldest = self.entries.iter_mut();
        while self.weight > MEMORY_BYTES
            && let Some(entry) = oldest.next()
        {
            self.weight -= entry.weight();
            entry.summarise(NotKept::Memory, false);
            self.weight += entry.weight();
        }
    }

    fn end(&mut self, id: EntryId, result: ChangeResult, micros: u64) {
        let Some(entry) = self.entries.iter_mut().rev().find(|e| e.id == id) else { return };
        let undoes = entry.undoes.filter(|_| result.is_ok());
        entry.micros = micros;
        self.weight -= entry.weight();
        entry.result = Some(result);
        self.weight += entry.weight();
        if let Some(former) = undoes.and_then(|id| self.entries.iter_mut().find(|e| e.id == id)) {
            former.undone_by = Some(id);
        }
    }

    /// Deletes these entries from the list.
    pub fn delete(&mut self, ids: &[EntryId]) {
        self.entries.retain(|entry| !ids.contains(&entry.id));
        self.weight = self.entries.iter().map(Entry::weight).sum();
        if self.selected.is_some_and(|id| ids.contains(&id)) {
            self.selected = None;
        }
    }

    /// Bytes of values that the list holds.
    #[must_use]
    pub const fn memory_bytes(&self) -> usize {
        self.weight
    }

    /// Stored entries that this version cannot show.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.unread.len()
    }

    /// An entry by its name.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.iter().rev().find(|e| e.id == id)
    }

    /// The latest entry of a connection that can be taken back.
    #[must_use]
    pub fn last_undoable(&self, link: LinkId) -> Option<&Entry> {
        self.entries.iter().rev().find(|e| e.link == Some(link) && e.undoes.is_none() && e.undo().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicPath;
    use crate::data::value::DataType;
    use crate::model::change::{Guard, Set};
    use bytes::Bytes;

    fn entry(id: u64, undoes: Option<u64>) -> Entry {
        Entry {
            id: EntryId(id),
            at: Timestamp(0),
            link: Some(LinkId(1)),
            server: "s".into(),
            identity: None,
            server_id: None,
            principal: String::new(),
            content: Content::from(Set {
                path: TopicPath::parse("a").expect("valid"),
                data_type: DataType::Int64,
                value: Bytes::from_static(&[2]),
                guard: Guard::None,
            }),
            before: Snapshot { spec: None, value: Some(Bytes::from_static(&[1])) },
            result: None,
            micros: 0,
            undone_by: None,
            undoes: undoes.map(EntryId),
        }
    }

    #[test]
    fn what_was_taken_back_cannot_be_taken_back_again() {
        let mut journal = Journal::default();
        journal.record(Step::Began(Box::new(entry(1, None))), true);
        assert!(journal.last_undoable(LinkId(1)).is_none(), "its answer has not come");
        journal.record(Step::Ended { id: EntryId(1), result: Ok(ChangeOutcome::Done), micros: 5 }, true);
        assert_eq!(journal.last_undoable(LinkId(1)).map(|e| e.id), Some(EntryId(1)));
        journal.record(Step::Began(Box::new(entry(2, Some(1)))), true);
        journal.record(Step::Ended { id: EntryId(2), result: Ok(ChangeOutcome::Done), micros: 5 }, true);
        assert!(journal.last_undoable(LinkId(1)).is_none());
        assert_eq!(journal.entry(EntryId(1)).and_then(|e| e.undone_by), Some(EntryId(2)));
    }

    #[test]
    fn the_oldest_entries_go_and_are_counted() {
        let mut journal = Journal::default();
        for id in 0..KEPT as u64 + 3 {
            journal.record(Step::Began(Box::new(entry(id, None))), true);
        }
        assert_eq!((journal.entries.len(), journal.older), (KEPT, 3));
    }

    #[test]
    fn the_oldest_values_are_given_up_before_the_memory_is_full() {
        let mut journal = Journal::default();
        for id in 0..40 {
            let mut entry = entry(id, None);
            entry.before.value = Some(Bytes::from(vec![0; 4 << 20]));
            entry.result = Some(Ok(ChangeOutcome::Done));
            journal.record(Step::Began(Box::new(entry)), true);
        }
        assert!(journal.memory_bytes() <= MEMORY_BYTES && journal.entries.len() == 40);
        let [oldest, newest] = [0, 39].map(|at| &journal.entries[at]);
        assert_eq!((oldest.content.not_kept(), oldest.undo()), (Some(NotKept::Memory), None));
        assert!(newest.undo().is_some());
        assert_eq!(journal.entries.iter().filter(|entry| entry.change().is_some()).count(), 15, "the newest 64 MiB");
    }

    #[test]
    fn deleted_entries_are_gone_and_not_selected() {
        let mut journal = Journal::default();
        for id in 0..3 {
            journal.record(Step::Began(Box::new(entry(id, None))), true);
        }
        journal.selected = Some(EntryId(1));
        journal.delete(&[EntryId(1), EntryId(2)]);
        assert_eq!(journal.entries.iter().map(|entry| entry.id.0).collect::<Vec<_>>(), [0]);
        assert_eq!((journal.selected, journal.memory_bytes()), (None, 2));
    }
}
