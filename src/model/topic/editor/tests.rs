//! Drafts as they come to be, are checked, asked for, answered and stored.

use super::*;
use crate::client::api::{CallError, ConnectOptions, LinkId, Target};
use crate::data::ErrorCode;
use crate::model::change::{ChangeError, ChangeOutcome, ChangeResult};
use crate::model::connections::Environment;
use crate::model::inspector;
use crate::model::journal::EntryId;

fn connected(topic_type: TopicType, value: Option<&'static [u8]>) -> Connected {
    let options = ConnectOptions::to(Target::Url("ws://localhost".into()));
    let now = Timestamp::default();
    let mut at = Connected::new(LinkId(1), "s".into(), "s", Environment::Test, options, now);
    let mut fx = Effects::at(now, LinkId(1));
    at.handle(inspector::Intent::Select(Some(path())), &mut fx);
    at.inspector.spec = Some(Arc::new(TopicSpec::new(topic_type)));
    at.inspector.latest = value.map(|value| crate::client::api::ReceivedValue {
        at: now,
        value: Bytes::from_static(value),
        delta_bytes: None,
    });
    at
}

fn path() -> TopicPath {
    TopicPath::parse("a/b").expect("valid")
}

fn act(at: &mut Connected, intent: Intent) {
    at.handle(intent, &mut Effects::at(Timestamp(7_000_000), LinkId(1)));
}

fn draft(at: &Connected) -> &Draft {
    at.editor.draft(&path()).expect("a draft")
}

/// Answers what the open sheet would send; the value that is compared with what is there, if that is opened.
fn answer(at: &mut Connected, result: ChangeResult) -> Option<Bytes> {
    let Proposal { change, on_done, .. } = at.changes.sheet.take().expect("asked").proposal;
    let finished = FinishedChange { id: EntryId(1), change, before: Snapshot::default(), result, micros: 1 };
    on_done(at, &mut Effects::at(Timestamp(8_000_000), LinkId(1)), &finished);
    at.conflict.sheet.as_ref().and_then(|conflict| conflict.mine.clone())
}

#[test]
fn a_draft_is_applied_only_when_valid_and_changed() {
    let mut at = connected(TopicType::Int64, Some(&[7]));
    act(&mut at, Intent::Open);
    assert_eq!((draft(&at).text.as_str(), draft(&at).blocked()), ("7", Some("Nothing was changed")));
    act(&mut at, Intent::SetText("7x".into()));
    assert_eq!(draft(&at).checked.as_ref().map_err(|p| p.position), Err(1));
    act(&mut at, Intent::Apply);
    assert!(at.changes.sheet.is_none());
    act(&mut at, Intent::SetText("8".into()));
    act(&mut at, Intent::Step(2));
    act(&mut at, Intent::Apply);
    let change = at.changes.sheet.as_ref().map(|s| s.proposal.change.clone()).expect("asked");
    let guard = Guard::StillValue(Bytes::from_static(&[7]));
    let value = Bytes::from_static(&[10]);
    assert_eq!(change, Set { path: path(), data_type: DataType::Int64, value, guard }.into());
    assert_eq!(answer(&mut at, Ok(ChangeOutcome::Done)), None);
    assert!(at.editor.draft(&path()).is_none(), "done");
}

#[test]
fn what_is_typed_while_the_answer_is_under_way_is_kept() {
    let mut at = connected(TopicType::Int64, Some(&[7]));
    act(&mut at, Intent::Open);
    act(&mut at, Intent::SetText("8".into()));
    act(&mut at, Intent::Apply);
    act(&mut at, Intent::SetText("9".into()));
    answer(&mut at, Ok(ChangeOutcome::Done));
    assert_eq!((draft(&at).text.as_str(), draft(&at).base.as_deref()), ("9", Some(&[8][..])));
}

#[test]
fn a_failed_guard_asks_for_a_comparison_and_keeps_the_draft() {
    let mut at = connected(TopicType::Int64, Some(&[7]));
    act(&mut at, Intent::Open);
    act(&mut at, Intent::SetText("8".into()));
    act(&mut at, Intent::Apply);
    let service = CallError::Service { code: ErrorCode::UNSATISFIED_CONSTRAINT, description: String::new() };
    assert_eq!(answer(&mut at, Err(ChangeError::Call(service))).as_deref(), Some(&[8][..]));
    assert_eq!(draft(&at).text, "8");
}

#[test]
fn an_empty_text_is_not_the_same_as_no_value() {
    let mut at = connected(TopicType::String, Some(&[value::UNSET]));
    act(&mut at, Intent::Open);
    assert_eq!((draft(&at).text.as_str(), draft(&at).blocked()), ("", None));
    act(&mut at, Intent::Apply);
    let change = at.changes.sheet.as_ref().map(|s| s.proposal.change.clone()).expect("asked");
    assert!(matches!(change, Change::Set(Set { guard: Guard::NoValue, value, .. }) if value[..] == [0x60]));
}

#[test]
fn drafts_outlive_the_run() {
    let mut at = connected(TopicType::Json, Some(&[1]));
    act(&mut at, Intent::Open);
    assert!(at.editor.stored().is_empty(), "nothing was typed");
    act(&mut at, Intent::SetText("{\"half".into()));
    let mut fx = Effects::at(Timestamp(7_100_000), LinkId(1));
    at.editor.store_rested(&mut fx);
    assert!(fx.take().is_empty(), "while typing nothing is stored");
    let mut fx = Effects::at(Timestamp(7_600_000), LinkId(1));
    at.editor.store_rested(&mut fx);
    assert!(matches!(fx.take()[..], [Effect::Save(crate::model::stored::StoredId::Drafts)]));
    let text = serde_json::to_string(&at.editor.stored()).expect("stored as JSON");
    let mut next = Editor::default();
    next.restore(&serde_json::from_str::<Vec<stored::StoredDraft>>(&text).expect("read again"));
    let restored = next.draft(&path()).expect("restored");
    assert_eq!((restored.text.as_str(), restored.base.as_deref()), ("{\"half", Some(&[1][..])));
    assert!(restored.checked.is_err() && !restored.in_front);
}

#[test]
fn an_editor_opened_again_is_another_one() {
    let mut at = connected(TopicType::Int64, Some(&[7]));
    let mut fx = Effects::at(Timestamp(7_000_000), LinkId(1));
    at.handle(Intent::Open, &mut fx);
    let first = draft(&at).opened;
    at.handle(Intent::Discard, &mut fx);
    at.handle(Intent::Open, &mut fx);
    assert_ne!(draft(&at).opened, first);
    assert_eq!(draft(&at).text, "7");
}

#[test]
fn the_drafts_of_the_first_version_are_read_and_written_as_they_were() {
    let text = include_str!("../../../../tests/samples/stored/drafts-1.json");
    let stored: stored::Drafts = serde_json::from_str(text).expect("JSON");
    for drafts in stored.connections.values() {
        let mut editor = Editor::default();
        editor.restore(drafts);
        assert_eq!(editor.drafts.len(), 4);
        assert_eq!(&editor.stored(), drafts);
    }
    assert_eq!(stored.connections.len(), 1);
}
