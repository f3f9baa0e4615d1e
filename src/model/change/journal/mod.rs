//! Everything this program changed on a server: what, where, when, with what result, and how it is undone.

mod actions;
pub mod command;
pub mod stored;

use crate::client::api::LinkId;
use crate::data::Timestamp;
use crate::model::change::{Change, ChangeResult, Preview, Snapshot};
use std::collections::VecDeque;

/// Entries kept at most.
pub const KEPT: usize = 2000;

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
    /// The connection's name.
    pub server: String,
    /// The principal of the session; empty for anonymous.
    pub principal: String,
    /// What was asked for.
    pub change: Change,
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
    /// The change that would take this one back; none if that is not possible or was done.
    #[must_use]
    pub fn undo(&self) -> Option<Change> {
        match &self.result {
            Some(Ok(done)) if self.undone_by.is_none() => self.change.undo(&self.before, done),
            _ => None,
        }
    }

    /// What was there before, in one line; a dash where it is not known.
    #[must_use]
    pub fn before_text(&self) -> String {
        self.before.value_text(self.change.value_spec(&self.before).as_ref())
    }

    /// What is there afterwards, in one line.
    #[must_use]
    pub fn after_text(&self) -> String {
        self.change.after_text(&self.before, self.result.as_ref())
    }

    /// The content of the change.
    #[must_use]
    pub fn preview(&self) -> Preview {
        self.change.preview(&self.before, self.result.as_ref())
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
    /// Entries that went because they were the oldest.
    pub dropped: u64,
    /// The entry whose content is shown.
    pub selected: Option<EntryId>,
    /// Stored entries that this version cannot read, such as kinds of changes of a newer one; they are stored again as
    /// they are.
    unread: Vec<serde_json::Value>,
    changed: bool,
    stored_at: Timestamp,
}

/// What the user can do with the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// A changed journal is stored at most so often.
const STORE_MICROS: u64 = 1_000_000;

impl Journal {
    /// Takes in what a reducer told.
    pub fn record(&mut self, step: Step) {
        self.changed = true;
        match step {
            Step::Began(entry) => {
                self.entries.push_back(*entry);
                if self.entries.len() > KEPT {
                    self.entries.pop_front();
                    self.dropped += 1;
                }
            }
            Step::Ended { id, result, micros } => {
                let Some(entry) = self.entries.iter_mut().rev().find(|e| e.id == id) else { return };
                let undoes = entry.undoes.filter(|_| result.is_ok());
                entry.micros = micros;
                entry.result = Some(result);
                if let Some(former) = undoes.and_then(|id| self.entries.iter_mut().find(|e| e.id == id)) {
                    former.undone_by = Some(id);
                }
            }
        }
    }

    /// Whether it is to be stored now: it has changed, and was not stored within the last second.
    pub fn is_due(&mut self, now: Timestamp) -> bool {
        let due = self.changed && now.micros_since(self.stored_at) >= STORE_MICROS;
        if due {
            self.changed = false;
            self.stored_at = now;
        }
        due
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
    use crate::model::change::{ChangeOutcome, Guard, Set};
    use bytes::Bytes;

    fn entry(id: u64, undoes: Option<u64>) -> Entry {
        Entry {
            id: EntryId(id),
            at: Timestamp(0),
            link: Some(LinkId(1)),
            server: "s".into(),
            principal: String::new(),
            change: Change::Set(Set {
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
        journal.record(Step::Began(Box::new(entry(1, None))));
        assert!(journal.last_undoable(LinkId(1)).is_none(), "its answer has not come");
        journal.record(Step::Ended { id: EntryId(1), result: Ok(ChangeOutcome::Done), micros: 5 });
        assert_eq!(journal.last_undoable(LinkId(1)).map(|e| e.id), Some(EntryId(1)));
        journal.record(Step::Began(Box::new(entry(2, Some(1)))));
        journal.record(Step::Ended { id: EntryId(2), result: Ok(ChangeOutcome::Done), micros: 5 });
        assert!(journal.last_undoable(LinkId(1)).is_none());
        assert_eq!(journal.entry(EntryId(1)).and_then(|e| e.undone_by), Some(EntryId(2)));
    }

    #[test]
    fn the_oldest_entries_go_and_are_counted() {
        let mut journal = Journal::default();
        for id in 0..KEPT as u64 + 3 {
            journal.record(Step::Began(Box::new(entry(id, None))));
        }
        assert_eq!((journal.entries.len(), journal.dropped), (KEPT, 3));
    }
}
