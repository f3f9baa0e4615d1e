//! The stored journal: every kind, the form of earlier versions, kinds of newer ones, and what does not fit.

use super::*;
use serde_json::json;

fn entry(id: u64, change: Change, result: ChangeResult) -> Entry {
    Entry {
        id: EntryId(id),
        at: Timestamp(id.cast_signed()),
        link: None,
        server: "s".into(),
        identity: Some(Identity { key: "k".into(), address: "ws://s:80".into() }),
        server_id: Some(u64::MAX),
        principal: "p".into(),
        content: Content::Change(change),
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

/// The lines that a disk has after these writes, as they are read again.
fn lines(writes: impl IntoIterator<Item = Write>) -> Vec<Value> {
    let lines = writes.into_iter().filter_map(|write| write.line());
    lines.map(|line| serde_json::from_slice(&line).expect("JSON")).collect()
}

fn began(entry: Entry) -> Write {
    Write::Began { entry: Box::new(entry), keep_values: true }
}

fn read(lines: Vec<Value>) -> Journal {
    let mut journal = Journal::default();
    journal.restore(lines, 0);
    journal
}

fn set(value: Bytes) -> Change {
    let path = crate::data::TopicPath::parse("a/b").expect("valid");
    let guard = crate::model::change::Guard::None;
    crate::model::change::Set { path, data_type: crate::data::DataType::Binary, value, guard }.into()
}

fn errors() -> Vec<ChangeError> {
    let service = |code| CallError::Service { code, description: "no".into() };
    let mut errors: Vec<ChangeError> = [
        service(ErrorCode::ACCESS_DENIED),
        CallError::TimedOut { secs: 10 },
        CallError::NotConnected,
        CallError::Busy,
        CallError::TooLarge { bytes: 2, most: 1 },
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
    let entries: Vec<Entry> =
        done.chain(failed).enumerate().map(|(at, (change, result))| entry(at as u64, change, result)).collect();
    let journal = read(lines(entries.iter().cloned().map(began)));
    assert_eq!(journal.entries, entries);
    assert_eq!(journal.unread(), 0);
}

#[test]
fn a_change_and_its_end_are_two_lines_and_one_entry() {
    let (change, outcome) = Change::samples().swap_remove(0);
    let whole = Entry { micros: 7, undone_by: None, ..entry(3, change, Ok(outcome)) };
    let (id, result) = (whole.id, whole.result.clone().expect("done"));
    let begun = Entry { result: None, micros: 0, ..whole.clone() };
    let end = Write::Ended { id, result: result.clone(), micros: 7, keep_values: true };
    let undo = Entry { id: EntryId(4), undoes: Some(id), ..begun.clone() };
    let undone = Write::Ended { id: EntryId(4), result, micros: 1, keep_values: true };
    assert_eq!(read(lines([began(begun.clone()), end.clone()])).entries, [whole]);
    let journal = read(lines([began(begun), end, began(undo), undone]));
    assert_eq!(journal.entries[0].undone_by, Some(EntryId(4)));
}

/// Written by the version that had eight kinds of changes in one enumeration.
const FIRST_VERSION: &str = include_str!("../../../../../tests/samples/stored/journal-1.json");

#[test]
fn the_journal_of_the_first_version_is_read_and_exported_as_it_was() {
    let stored: StoredJournal = serde_json::from_str(FIRST_VERSION).expect("JSON");
    let journal = read(stored.clone().into_lines());
    assert_eq!((journal.entries.len(), journal.unread()), (9, 0));
    let verbs: Vec<&str> = journal.entries.iter().map(|entry| entry.content.verb()).collect();
    let expected = ["Set", "Patch", "Add", "Add and set", "Remove", "Append", "Edit event", "Stream", "Stream"];
    assert_eq!(verbs, expected);
    let exported: StoredJournal = serde_json::from_slice(&journal.export()).expect("JSON");
    assert_eq!(exported, stored);
}

#[test]
fn what_a_newer_version_wrote_is_kept_as_it_is() {
    let newer = json!({
        "id": 1, "at_micros": 1, "server": "s", "principal": "", "act": "close-session", "target": "17-4",
        "reason": { "text": "idle", "code": 3 }, "micros": 0
    });
    let mut lines = lines([0, 2].map(|id| {
        let (change, outcome) = Change::samples().swap_remove(0);
        began(entry(id, change, Ok(outcome)))
    }));
    lines.insert(1, json!({ "began": newer.clone() }));
    lines.push(json!({ "renamed": { "id": 1 } }));
    let journal = read(lines);
    assert_eq!((journal.entries.len(), journal.unread()), (2, 1));
    let exported: StoredJournal = serde_json::from_slice(&journal.export()).expect("JSON");
    assert_eq!(exported.entries[1], newer, "in its place among the others");
}

#[test]
fn a_value_too_large_is_kept_as_size_and_hash() {
    let value = Bytes::from(vec![7; 7 << 20]);
    let large = entry(1, set(value.clone()), Ok(ChangeOutcome::Done));
    let line = began(large).line().expect("an event");
    assert!(line.len() < 2_000, "{}", line.len());
    let journal = read(vec![serde_json::from_slice(&line).expect("JSON")]);
    let entry = &journal.entries[0];
    let Content::Summary(summary) = &entry.content else { panic!("{entry:?}") };
    assert_eq!((entry.content.verb(), entry.content.target()), ("Set", "a/b"));
    assert_eq!(summary.why, NotKept::TooLarge);
    let words = format!("7 MiB, SHA-256 {}", crate::data::Sha256::of(&value));
    assert!(summary.facts.contains(&("Value".into(), words)), "{summary:?}");
    assert_eq!((entry.undo(), entry.result.clone()), (None, Some(Ok(ChangeOutcome::Done))));
}

#[test]
fn values_that_are_not_to_be_kept_leave_no_trace() {
    let (secret, former) = (Bytes::from_static(b"a secret value"), Bytes::from_static(b"an older secret"));
    let mut change = set(secret.clone());
    change.set_guard(crate::model::change::Guard::StillValue(former.clone()));
    let mut entry = entry(1, change, Ok(ChangeOutcome::Done));
    entry.before.value = Some(former.clone());
    entry.result = Some(Ok(ChangeOutcome::Streamed { set: 2, skipped: 0, last: Some(secret.clone()) }));
    let result = entry.result.clone().expect("done");
    let writes = [
        Write::Began { entry: Box::new(entry), keep_values: false },
        Write::Ended { id: EntryId(1), result, micros: 1, keep_values: false },
    ];
    let text: String = lines(writes).iter().map(Value::to_string).collect();
    for value in [&secret, &former] {
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value);
        let hash = crate::data::Sha256::of(value).to_string();
        assert!(!text.contains(&base64) && !text.contains(&hash), "{text}");
    }
    assert!(text.contains("a/b") && text.contains("14 B"), "{text}");
}

#[test]
fn deleted_entries_are_recognised_in_the_lines() {
    let (change, outcome) = Change::samples().swap_remove(0);
    let begun = began(entry(5, change, Ok(outcome.clone())));
    let end = Write::Ended { id: EntryId(5), result: Ok(outcome), micros: 1, keep_values: true };
    for line in lines([begun, end]) {
        assert!(Write::Delete(vec![EntryId(5)]).deletes(&line) && Write::DeleteAll.deletes(&line));
        assert!(!Write::Delete(vec![EntryId(6)]).deletes(&line));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    /// Whatever is added, every earlier line is still read: nothing is lost for the weight of another.
    #[test]
    fn any_new_entry_leaves_all_older_ones_readable(sizes in proptest::collection::vec(0_usize..3_000_000, 1..8)) {
        let entries = sizes.iter().enumerate().map(|(at, size)| {
            began(entry(at as u64, set(Bytes::from(vec![at as u8; *size])), Ok(ChangeOutcome::Done)))
        });
        let journal = read(lines(entries));
        let ids: Vec<u64> = journal.entries.iter().map(|entry| entry.id.0).collect();
        proptest::prop_assert_eq!(ids, (0..sizes.len() as u64).collect::<Vec<_>>());
    }
}
