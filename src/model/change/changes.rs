//! The one way from a panel to a change of the server: asked for, shown in a sheet where the mode wants that, sent,
//! noted in the journal, answered, and taken back.
//!
//! No panel calls a changing service itself. Beneath this, `effects` refuses such calls while the connection is
//! read-only.

use crate::client::api::CallError;
use crate::data::Timestamp;
use crate::data::json_patch;
use crate::data::value::DataType;
use crate::data::value::json::Json;
use crate::model::Connected;
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, Guard, Snapshot};
use crate::model::effects::Effects;
use crate::model::features::Feature;
use crate::model::journal::{Entry, EntryId, Step};
use crate::model::notices::{NewNotice, NoticeAct, Tone};
use crate::model::safety::Mode;
use crate::model::{conflict, editor};
use crate::wire::Service;
use crate::wire::services::{
    self, JsonPatch, TimeSeriesAppend, TimeSeriesEdit, TimeSeriesTimestampAppend, TopicAdd, TopicAddAndSet,
    TopicRemove, TopicSet, UpdateStreamCreate,
};
use bytes::Bytes;

/// A change that a panel asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The change.
    pub change: Change,
    /// What is there now, as far as it is known.
    pub before: Snapshot,
    /// When the value in `before` was seen.
    pub seen_at: Timestamp,
    /// The entry of the journal that this takes back.
    pub undoes: Option<EntryId>,
}

/// A change that is done or failed, for whoever asked for it.
#[derive(Clone, Debug)]
pub struct FinishedChange {
    /// Its entry in the journal.
    pub id: EntryId,
    /// What was asked for.
    pub change: Change,
    /// What was there before.
    pub before: Snapshot,
    /// What came of it.
    pub result: ChangeResult,
    /// Microseconds from sending to the answer.
    pub micros: u64,
}

/// What a sheet shows before a change is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What would be sent.
    pub proposal: Proposal,
    /// When the sheet opened.
    pub opened_at: Timestamp,
    /// The whole new value, while a patch of its changed parts would be sent in its place.
    pub whole: Option<Bytes>,
}

impl Sheet {
    /// What a proposal shows first: the whole change.
    #[must_use]
    pub const fn new(proposal: Proposal, opened_at: Timestamp) -> Self {
        Self { proposal, opened_at, whole: None }
    }

    /// The patch that does the same as setting the whole value; none if there is none or the former value is unknown.
    #[must_use]
    pub fn patch(&self) -> Option<String> {
        let value = match &self.proposal.change {
            Change::Set { data_type: DataType::Json, value, .. } => value,
            Change::Patch { patch, .. } => return Some(patch.clone()),
            _ => return None,
        };
        let former = Json::from_cbor(self.proposal.before.value.as_ref()?).ok()?;
        json_patch::between(&former, &Json::from_cbor(value).ok()?)
    }

    /// Sends a patch in the place of the whole value, or the whole value again.
    fn set_patched(&mut self, patched: bool) {
        let patch = if patched { self.patch() } else { None };
        match (&mut self.proposal.change, patch) {
            (Change::Set { path, value, guard, .. }, Some(patch)) => {
                self.whole = Some(value.clone());
                let (path, guard) = (path.clone(), std::mem::take(guard));
                self.proposal.change = Change::Patch { path, patch, guard };
            }
            (Change::Patch { path, guard, .. }, None) => {
                if let Some(value) = self.whole.take() {
                    let (path, guard) = (path.clone(), std::mem::take(guard));
                    self.proposal.change = Change::Set { path, data_type: DataType::Json, value, guard };
                }
            }
            _ => {}
        }
    }
}

/// Changes of one connection that are shown or under way.
#[derive(Debug, Default)]
pub struct Changes {
    /// The sheet on screen.
    pub sheet: Option<Sheet>,
    /// Changes that wait for their answer.
    pub under_way: Vec<EntryId>,
}

/// What the user can do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// A panel asks for a change; shown first unless the mode is free.
    Ask(Box<Proposal>),
    /// Another guard in the sheet.
    SetGuard(Guard),
    /// Send a patch of the changed parts, or the whole value.
    SetPatched(bool),
    /// Send what the sheet shows.
    Send,
    /// Close the sheet.
    Cancel,
}

/// Asks for a change: shows its sheet, or sends it at once where the mode is free.
pub fn ask(at: &mut Connected, proposal: Proposal, fx: &mut Effects) {
    match at.safety.mode(fx.now) {
        Mode::ReadOnly => fx.notice(NewNotice {
            failed: Some(ChangeError::Call(CallError::ReadOnly)),
            ..NewNotice::new(Tone::Warn, proposal.change.infinitive())
        }),
        Mode::Free if !matches!(proposal.change, Change::Remove { .. }) => send(at, proposal, fx),
        Mode::Free | Mode::Confirm => at.changes.sheet = Some(Sheet::new(proposal, fx.now)),
    }
}

impl Feature for Changes {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Ask(proposal) => ask(at, *proposal, fx),
            Intent::SetGuard(to) => {
                if let Some(sheet) = &mut at.changes.sheet
                    && let Change::Set { guard, .. } | Change::Patch { guard, .. } | Change::AddAndSet { guard, .. } =
                        &mut sheet.proposal.change
                {
                    *guard = to;
                }
            }
            Intent::SetPatched(patched) => {
                if let Some(sheet) = &mut at.changes.sheet {
                    sheet.set_patched(patched);
                }
            }
            Intent::Send => {
                if let Some(sheet) = at.changes.sheet.take() {
                    send(at, sheet.proposal, fx);
                }
            }
            Intent::Cancel => at.changes.sheet = None,
        }
    }
}

/// Asks for the change that takes an entry of the journal back.
pub fn undo(at: &mut Connected, entry: &Entry, fx: &mut Effects) {
    let Some(change) = entry.undo() else { return };
    // What is there now should be what the entry put there; the guard finds out if it is not.
    let value = match &entry.change {
        Change::Set { value, .. } | Change::AddAndSet { value, .. } | Change::EditEvent { value, .. } => {
            Some(value.clone())
        }
        _ => None,
    };
    let before = Snapshot { spec: entry.before.spec.clone(), value };
    send(at, Proposal { change, before, seen_at: fx.now, undoes: Some(entry.id) }, fx);
}

/// Sends a change that the user has seen and wants; a notice says what came of it.
pub(in crate::model) fn send(at: &mut Connected, proposal: Proposal, fx: &mut Effects) {
    let Proposal { change, before, undoes, .. } = proposal;
    run(at, change, before, undoes, fx, on_ended);
}

/// Says in a notice what came of a change.
pub(in crate::model) fn on_ended(at: &mut Connected, fx: &mut Effects, ended: FinishedChange) {
    at.changes.under_way.retain(|id| *id != ended.id);
    if let Some(mine) = editor::ended(at, &ended, fx) {
        conflict::open(at, ended.change.clone(), ended.before.clone(), Some(mine), fx);
    }
    match &ended.result {
        Ok(done) => {
            let undo = ended.change.undo(&ended.before, done).map(|_| NoticeAct::Undo(ended.id));
            let millis = ended.micros as f64 / 1000.0;
            let text = format!("{} · {millis:.1} ms", ended.change.done_text(done));
            fx.notice(NewNotice { act: undo, ..NewNotice::new(Tone::Good, text) });
        }
        Err(failed) => {
            let act = if failed.is_guard() { NoticeAct::Compare(ended.id) } else { NoticeAct::Journal(ended.id) };
            fx.notice(NewNotice {
                failed: Some(failed.clone()),
                act: Some(act),
                ..NewNotice::new(Tone::Bad, ended.change.infinitive())
            });
        }
    }
}

/// Sends a change and notes it in the journal; `then` is told what came of it. For features that show progress of
/// their own (many topics, streams); everything else goes through [`ask`].
pub fn run(
    at: &mut Connected,
    change: Change,
    before: Snapshot,
    undoes: Option<EntryId>,
    fx: &mut Effects,
    then: impl FnOnce(&mut Connected, &mut Effects, FinishedChange) + Send + 'static,
) -> EntryId {
    let id = EntryId(fx.now.0.unsigned_abs().wrapping_mul(1000).wrapping_add(fx.next_id().0));
    let entry = Entry {
        id,
        at: fx.now,
        link: Some(at.id),
        server: at.name.clone(),
        principal: at.session.as_ref().map(|s| s.principal.clone()).unwrap_or_default(),
        change: change.clone(),
        before: before.clone(),
        result: None,
        micros: 0,
        undone_by: None,
        undoes,
    };
    fx.journal(Step::Began(Box::new(entry)));
    at.changes.under_way.push(id);
    let noted = change.clone();
    let then = move |at: &mut Connected, fx: &mut Effects, result: ChangeResult, micros: u64| {
        fx.journal(Step::Ended { id, result: result.clone(), micros });
        if result.is_ok() {
            at.topics.changed_here(&noted);
        }
        then(at, fx, FinishedChange { id, change: noted, before, result, micros });
    };
    call(&change, Through { fx, then });
    id
}

/// Sends a change that is one of many of the same kind, of which the journal has the first.
pub fn run_unjournaled(
    change: &Change,
    fx: &mut Effects,
    then: impl FnOnce(&mut Connected, &mut Effects, ChangeResult, u64) + Send + 'static,
) {
    call(change, Through { fx, then });
}

/// Calls the service that a change needs, in the caller's own way.
pub trait Caller {
    /// What a call gives back.
    type Out;

    /// Calls a service; `read` says what its response means for the change.
    fn call<S: Service>(self, request: &S::Request, read: fn(S::Response) -> ChangeResult) -> Self::Out;
}

struct Through<'a, F> {
    fx: &'a mut Effects,
    then: F,
}

impl<F> Caller for Through<'_, F>
where
    F: FnOnce(&mut Connected, &mut Effects, ChangeResult, u64) + Send + 'static,
{
    type Out = ();

    fn call<S: Service>(self, request: &S::Request, read: fn(S::Response) -> ChangeResult) {
        let then = self.then;
        self.fx.call_timed::<S>(request, move |at, fx, reply, micros| {
            let result = reply.map_err(ChangeError::Call).and_then(read);
            then(at, fx, result, micros);
        });
    }
}

/// Calls the service that does the change.
pub fn call<C: Caller>(change: &Change, caller: C) -> C::Out {
    match change {
        Change::Set { path, data_type, value, guard } => {
            let request = services::topic_set::Request {
                path: path.to_string(),
                topic_type: data_type.topic_type(),
                value: value.clone(),
                constraint: guard.constraint(),
            };
            caller.call::<TopicSet>(&request, |()| Ok(ChangeOutcome::Set))
        }
        Change::Patch { path, patch, guard } => {
            let request = services::json_patch::Request {
                path: path.to_string(),
                patch: patch.clone(),
                constraint: guard.constraint(),
            };
            let read = |index: i32| match u32::try_from(index) {
                Ok(index) => Err(ChangeError::Operation { index }),
                Err(_) => Ok(ChangeOutcome::Set),
            };
            caller.call::<JsonPatch>(&request, read)
        }
        Change::Add { path, spec } => {
            let request = services::topic_add::Request { path: path.to_string(), spec: spec.clone() };
            caller.call::<TopicAdd>(&request, |outcome| Ok(ChangeOutcome::Added(outcome)))
        }
        Change::AddAndSet { path, spec, value, guard } => {
            let request = services::shared::AddAndSetRequest {
                path: path.to_string(),
                spec: spec.clone(),
                value: value.clone(),
                constraint: guard.constraint(),
            };
            caller.call::<TopicAddAndSet>(&request, |outcome| Ok(ChangeOutcome::Added(outcome)))
        }
        Change::Remove { selector } => {
            let request = services::topic_remove::Request { selector: selector.clone() };
            caller.call::<TopicRemove>(&request, |count| Ok(ChangeOutcome::Removed(u32::try_from(count).unwrap_or(0))))
        }
        Change::Append { path, event_type, value, timestamp_millis: None } => {
            let (path, data_type) = (path.to_string(), event_type.name().to_owned());
            let request = services::time_series_append::Request { path, data_type, value: value.clone() };
            caller.call::<TimeSeriesAppend>(&request, appended)
        }
        Change::Append { path, event_type, value, timestamp_millis: Some(timestamp_millis) } => {
            let request = services::time_series_timestamp_append::Request {
                path: path.to_string(),
                data_type: event_type.name().to_owned(),
                value: value.clone(),
                timestamp_millis: *timestamp_millis,
            };
            caller.call::<TimeSeriesTimestampAppend>(&request, appended)
        }
        // Its values are sent by the streams themselves; this makes the stream alone.
        Change::Stream { path, data_type, guard, .. } => {
            let request = services::update_stream_create::Request {
                path: path.to_string(),
                topic_type: data_type.topic_type(),
                constraint: guard.constraint(),
            };
            caller.call::<UpdateStreamCreate>(&request, |_| {
                Ok(ChangeOutcome::Streamed { set: 0, skipped: 0, last: None })
            })
        }
        Change::EditEvent { path, event_type, sequence, value } => {
            let request = services::time_series_edit::Request {
                path: path.to_string(),
                data_type: event_type.name().to_owned(),
                original_sequence: *sequence,
                value: value.clone(),
            };
            caller.call::<TimeSeriesEdit>(&request, appended)
        }
    }
}

// The reader of a response can fail for other services.
#[allow(clippy::unnecessary_wraps)]
fn appended(event: services::time_series_append::Response) -> ChangeResult {
    let services::time_series_append::Response { sequence, timestamp_millis, author } = event;
    Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author })
}
