//! The stored journal: every kind, the form of earlier versions, kinds of newer ones, and what does not fit.

use super::*;
use crate::model::journal::Step;
use serde_json::json;

fn entry(id: u64, change: Change, result: ChangeResult) -> Entry {
    Entry {
        id: EntryId(id),
        at: Timestamp(id.cast_signed()),
        link: None,
        server: "s".into(),
        principal: "p".into(),
        change,
        before: Snapshot {
            spec: Some(Arc::new(TopicSpec::new(crate::data::TopicType::Json).with("CONFLATION", "off"))),
            value: Some(Bytes::from_static(&[0])),
        },
        result: Some(result),
        micros: 12,
        undone_by: Some(EntryId(99)),
        undoes: None,
    }
}

fn journal_of(entries: impl IntoIterator<Item = Entry>) -> Journal {
    let mut journal = Journal::default();
    for entry in entries {
        journal.record(Step::Began(Box::new(entry)));
    }
    journal
}

fn errors() -> Vec<ChangeError> {
    let service = |code| CallError::Service { code, description: "no".into() };
    let mut errors: Vec<ChangeError> = [
        service(ErrorCode::ACCESS_DENIED),
        CallError::TimedOut { secs: 10 },
        CallError::NotConnected,
        CallError::Busy,
        CallError::Cancelled,
        CallError::ReadOnly,
    ]
    .map(ChangeError::Call)
    .into();
    errors.push(ChangeError::Operation { index: 3 });
    errors.push(ChangeError::Stream { set: 3, error: service(ErrorCode::INVALID_UPDATE_STREAM) });
    errors
}

#[test]
fn every_kind_and_every_result_is_read_as_it_was_written() {
    let done = Change::samples().into_iter().map(|(change, outcome)| (change, Ok(outcome)));
    let (first, _) = Change::samples().swap_remove(0);
    let failed = errors().into_iter().map(|error| (first.clone(), Err(error)));
    let entries = done.chain(failed).enumerate().map(|(at, (change, result))| entry(at as u64, change, result));
    let journal = journal_of(entries);
    let text = serde_json::to_string(&journal.stored()).expect("JSON");
    let mut read = Journal::default();
    read.restore(serde_json::from_str(&text).expect("read again"));
    assert_eq!(read.entries, journal.entries);
    assert_eq!(read.unread(), 0);
}

/// Written by the version that had eight kinds of changes in one enumeration.
const FIRST_VERSION: &str = include_str!("../../../../../tests/samples/stored/journal-1.json");

#[test]
fn the_journal_of_the_first_version_is_read_and_written_as_it_was() {
    let stored: StoredJournal = serde_json::from_str(FIRST_VERSION).expect("JSON");
    let mut journal = Journal::default();
    journal.restore(stored.clone());
    assert_eq!((journal.entries.len(), journal.unread()), (9, 0));
    let verbs: Vec<&str> = journal.entries.iter().map(|entry| entry.change.verb()).collect();
    let expected = ["Set", "Patch", "Add", "Add and set", "Remove", "Append", "Edit event", "Stream", "Stream"];
    assert_eq!(verbs, expected);
    assert_eq!(journal.stored(), stored);
}

#[test]
fn what_a_newer_version_wrote_is_kept_as_it_is() {
    let newer = json!({
        "id": 1, "at_micros": 1, "server": "s", "principal": "", "act": "close-session", "target": "17-4",
        "reason": { "text": "idle", "code": 3 }, "micros": 0
    });
    let mut stored = journal_of([0, 2].map(|id| {
        let (change, outcome) = Change::samples().swap_remove(0);
        entry(id, change, Ok(outcome))
    }))
    .stored();
    stored.entries.insert(1, newer);
    let mut journal = Journal::default();
    journal.restore(stored.clone());
    assert_eq!((journal.entries.len(), journal.unread(), journal.dropped), (2, 1, 0));
    assert_eq!(journal.stored(), stored, "in its place among the others");
}

#[test]
fn the_newest_entries_are_stored_and_the_others_counted() {
    let journal = journal_of((0..12).map(|id| {
        let (change, outcome) = Change::samples().swap_remove(0);
        let mut entry = entry(id, change, Ok(outcome));
        entry.before.value = Some(Bytes::from(vec![0; 1 << 20]));
        entry
    }));
    let stored = journal.stored();
    assert!(stored.entries.len() < 8 && stored.entries.last().is_some_and(|e| e["id"] == 11));
    assert_eq!(stored.dropped, 12 - stored.entries.len() as u64);
}
