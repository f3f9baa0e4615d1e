//! Values being edited: one draft for each topic, kept while the selection moves, the line is lost or the program ends.

pub mod check;
mod edit;
pub mod parts;
pub mod stored;

use crate::data::property::{DONT_RETAIN_VALUE, SCHEMA};
use crate::data::syntax::{Parsed, SyntaxError};
use crate::data::value::record::Schema;
use crate::data::value::{self, DataType, Value};
use crate::data::{Timestamp, TopicPath, TopicSpec, TopicType};
use crate::model::Connected;
use crate::model::change::conflict::{self, Resolution};
use crate::model::change::run::FinishedChange;
use crate::model::change::{Append, Change, EditEvent, Guard, Set, Snapshot};
use crate::model::changes::{self, Proposal};
use crate::model::effects::{Effect, Effects};
use crate::model::features::{Feature, Opening};
use crate::model::files::OpenedFile;
use crate::model::inspector;
use crate::model::notices::{NewNotice, Tone};
use crate::model::stored::StoredId;
use bytes::Bytes;
use hashbrown::HashMap;
use std::sync::Arc;

/// Longer texts are not edited here.
pub const MOST_TEXT: usize = 1 << 20;
/// Files of more bytes are not taken as values.
pub const MOST_FILE: u64 = 8 << 20;
/// Bytes of more than this are shown, but not edited as digits.
const MOST_DIGITS: usize = 16 << 10;
/// A changed draft is stored when it has rested so long.
const REST_MICROS: u64 = 500_000;

/// What a draft is to become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// The topic's value.
    #[default]
    Value,
    /// A new event of a time series.
    Append,
    /// Another value of an event.
    EditEvent(i64),
}

/// A value being edited.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is to become.
    pub aim: Aim,
    /// The type of the value.
    pub data_type: DataType,
    /// The text as typed. For records the fields with their delimiters, for bytes their hexadecimal digits.
    pub text: String,
    /// Bytes taken from a file, too many to be edited as text, and the file's name.
    pub file: Option<(String, Bytes)>,
    /// The time of a new event as typed; empty for the server's clock.
    pub timestamp: String,
    /// The value it began with; none if there was none.
    pub base: Option<Bytes>,
    /// When that value was there.
    pub base_at: Timestamp,
    /// The topic's specification.
    pub spec: Option<Arc<TopicSpec>>,
    /// Whether it is in front of the value.
    pub in_front: bool,
    /// The value that the text stands for, or why it does not.
    pub checked: Parsed<Bytes>,
    /// Numbers that the value cannot hold as typed, and what becomes of them.
    pub rounded: Vec<(String, String)>,
    /// Names this opening of the editor, so that what a view keeps of an earlier one is not taken for this one's.
    pub opened: u64,
    /// Counts up each time the user asked to edit it.
    pub begun: u64,
    /// Counts up with each change that did not come from the field itself.
    pub revision: u64,
    /// The value that was asked for last; an answer to it ends the draft.
    asked: Option<Bytes>,
    /// The first text's value, as this program would write it.
    unchanged: Option<Bytes>,
}

impl Draft {
    fn new(aim: Aim, data_type: DataType, base: Option<Bytes>, base_at: Timestamp) -> Self {
        let mut draft = Self {
            aim,
            data_type,
            text: String::new(),
            file: None,
            timestamp: String::new(),
            base,
            base_at,
            spec: None,
            in_front: true,
            checked: Err(SyntaxError::new("", 0)),
            rounded: Vec::new(),
            opened: 0,
            begun: 0,
            revision: 0,
            asked: None,
            unchanged: None,
        };
        draft.show(draft.base.clone().as_ref());
        // An empty text is not the same as no value.
        let has_value = draft.base.as_ref().is_some_and(|base| !data_type.is_unset(base));
        draft.unchanged = has_value.then(|| draft.checked.clone().ok()).flatten();
        draft
    }

    /// Puts a value into the editor.
    fn show(&mut self, value: Option<&Bytes>) {
        self.revision += 1;
        self.file = None;
        match value {
            Some(bytes) if self.data_type == DataType::Binary && bytes.len() > MOST_DIGITS => {
                self.file = Some(("the value as it was".into(), bytes.clone()));
                self.text.clear();
            }
            Some(bytes) => self.text = check::text_of(self.data_type, bytes).unwrap_or_default(),
            None if self.data_type == DataType::Json => self.text = "{}".into(),
            None if self.data_type == DataType::RecordV2 => self.text = self.empty_record(),
            None => self.text.clear(),
        }
        self.check();
    }

    fn empty_record(&self) -> String {
        let schema = self.schema();
        let model = schema.as_ref().and_then(|s| value::record::Model::new(s).ok());
        model.map(|m| String::from_utf8_lossy(&m.records().to_bytes()).into_owned()).unwrap_or_default()
    }

    fn check(&mut self) {
        self.checked = match &self.file {
            Some((_, bytes)) => Ok(bytes.clone()),
            None => check::check(self.data_type, &self.text, self.schema().as_ref()),
        };
        self.rounded = check::rounded(self.data_type, &self.text);
    }

    /// The schema of records, if the topic has one.
    #[must_use]
    pub fn schema(&self) -> Option<Schema> {
        let text = self.spec.as_ref()?.properties.value(SCHEMA)?;
        (self.data_type == DataType::RecordV2).then(|| Schema::from_text(text).ok()).flatten()
    }

    /// Whether it would change anything.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.aim == Aim::Append || self.unchanged.is_none() || self.checked.as_ref().ok() != self.unchanged.as_ref()
    }

    /// Why it cannot be applied now, but for the state of the connection.
    #[must_use]
    pub fn blocked(&self) -> Option<&'static str> {
        match () {
            () if self.checked.is_err() => Some("The text is no value of this type yet"),
            () if check::timestamp(&self.timestamp).is_err() => Some("The time of the event cannot be read"),
            () if !self.is_changed() => Some("Nothing was changed"),
            () => None,
        }
    }
}

/// The drafts of one connection.
#[derive(Debug, Default)]
pub struct Editor {
    /// By topic path.
    pub drafts: HashMap<TopicPath, Draft>,
    /// Opened as soon as the topic's value is known, if it is still the selected one.
    wanted: Option<TopicPath>,
    changed_at: Option<Timestamp>,
}

/// What the user can do; all but `Open` concern the selected topic.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Begin or go on to edit the selected topic's value.
    Open,
    /// The same for a topic that was selected just now: as soon as it is known what it is.
    OpenWhenKnown,
    /// Give an event of the selected time series another value.
    OpenEvent {
        /// Its sequence.
        sequence: i64,
        /// Its value now.
        value: Bytes,
    },
    /// Show the draft, or the value.
    SetFront(bool),
    /// The text was edited.
    SetText(String),
    /// One part of a JSON text was edited in place.
    Part(parts::PartEdit),
    /// The time of a new event was edited.
    SetTimestamp(String),
    /// Set JSON text out with two spaces for each level.
    Format,
    /// Add to a whole number.
    Step(i64),
    /// Take a file's bytes.
    LoadFile,
    /// Edit on, against the value that is there now.
    Rebase,
    /// Begin again with the value that is there now.
    TakeTheirs,
    /// Forget the draft.
    Discard,
    /// Ask for the change.
    Apply,
    /// Ask to leave the topic without a value.
    Unset,
}

impl Editor {
    /// The draft of a topic.
    #[must_use]
    pub fn draft(&self, path: &TopicPath) -> Option<&Draft> {
        self.drafts.get(path)
    }

    /// Stores drafts that have rested.
    fn store_rested(&mut self, fx: &mut Effects) {
        if self.changed_at.is_some_and(|at| fx.now.micros_since(at) >= REST_MICROS) {
            self.changed_at = None;
            fx.push(Effect::Save(StoredId::Drafts));
        }
    }

    /// Puts a text into the editor of a topic, to be edited on against what is there now.
    fn put(&mut self, path: &TopicPath, mine: &Bytes, theirs: Option<Bytes>, data_type: DataType, now: Timestamp) {
        let draft = self.drafts.entry(path.clone()).or_insert_with(|| Draft::new(Aim::Value, data_type, None, now));
        draft.base = theirs;
        draft.base_at = now;
        draft.unchanged.clone_from(&draft.base);
        draft.in_front = true;
        draft.show(Some(mine));
        self.changed_at = Some(now);
    }

    /// Forgets the draft of a topic.
    fn forget(&mut self, path: &TopicPath, now: Timestamp) {
        if self.drafts.remove(path).is_some() {
            self.changed_at = Some(now);
        }
    }
}

impl Feature for Editor {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        let Some(path) = at.inspector.selected.clone() else { return };
        match intent {
            Intent::Open => return open(at, &path, fx),
            Intent::OpenWhenKnown => {
                at.editor.wanted = Some(path);
                return follow(at, fx);
            }
            Intent::OpenEvent { sequence, value } => return open_event(at, &path, sequence, value, fx),
            Intent::Apply => return apply(at, &path, fx),
            Intent::Unset => return unset(at, &path, fx),
            Intent::LoadFile => return load_file(at, path, fx),
            Intent::Discard => return at.editor.forget(&path, fx.now),
            _ => {}
        }
        let latest = at.inspector.latest.clone();
        let Some(draft) = at.editor.drafts.get_mut(&path) else { return };
        match intent {
            Intent::SetFront(front) => {
                draft.in_front = front;
                return;
            }
            Intent::SetTimestamp(text) => draft.timestamp = text,
            Intent::Rebase => {
                draft.base = latest.as_ref().map(|l| l.value.clone());
                draft.base_at = latest.map_or(fx.now, |l| l.at);
                draft.unchanged.clone_from(&draft.base);
            }
            Intent::TakeTheirs => {
                let spec = draft.spec.clone();
                *draft = Draft::new(draft.aim, draft.data_type, latest.as_ref().map(|l| l.value.clone()), fx.now);
                draft.spec = spec;
                draft.revision = fx.next_id().0;
            }
            edit => {
                if !draft.edit(edit, fx) {
                    return;
                }
            }
        }
        at.editor.changed_at = Some(fx.now);
    }

    fn opened(&mut self, opening: &Opening<'_>) {
        self.restore(opening.drafts);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        follow(at, fx);
        at.editor.store_rested(fx);
    }
}

/// Opens what was waited for.
fn follow(at: &mut Connected, fx: &mut Effects) {
    let Some(wanted) = &at.editor.wanted else { return };
    let facts = &at.inspector;
    if facts.selected.as_ref() != Some(wanted) {
        at.editor.wanted = None;
        return;
    }
    let answered = facts.found.value.is_some() || facts.found.error.is_some();
    let known = facts.spec.is_some() && (facts.latest.is_some() || answered);
    if known || (answered && facts.found.loading.is_none()) {
        let path = wanted.clone();
        at.editor.wanted = None;
        open(at, &path, fx);
    }
}

fn open(at: &mut Connected, path: &TopicPath, fx: &mut Effects) {
    if let Some(draft) = at.editor.drafts.get_mut(path) {
        draft.in_front = true;
        draft.begun += 1;
        if let Some(spec) = &at.inspector.spec {
            draft.spec = Some(spec.clone());
            draft.check(); // a draft of an earlier run did not know the schema
        }
        return;
    }
    let Some(spec) = at.inspector.spec.clone() else {
        fx.notice(NewNotice::new(Tone::Info, format!("There is no topic “{path}” to edit")));
        return;
    };
    let latest = at.inspector.latest.clone();
    let base_at = latest.as_ref().map_or(fx.now, |l| l.at);
    let mut draft = if let Some(data_type) = DataType::of_topic_type(spec.topic_type) {
        let too_large = latest.as_ref().is_some_and(|l| l.value.len() > MOST_TEXT && data_type != DataType::Binary);
        if too_large {
            fx.notice(NewNotice::new(Tone::Info, format!("The value of “{path}” is too large to be edited here")));
            return;
        }
        Draft::new(Aim::Value, data_type, latest.map(|l| l.value), base_at)
    } else if let Some(event_type) = spec.event_type() {
        // A new event is seldom far from the last one.
        let last = latest.and_then(|l| value::time_series::decode(event_type, &l.value).ok()).map(|event| event.value);
        let mut draft = Draft::new(Aim::Append, event_type, last, base_at);
        draft.base = None;
        draft
    } else {
        let text = format!("“{path}” is a topic of a type that this program does not know");
        fx.notice(NewNotice::new(Tone::Info, text));
        return;
    };
    draft.opened = fx.next_id().0;
    draft.spec = Some(spec);
    if draft.data_type == DataType::RecordV2 {
        draft.show(draft.base.clone().as_ref()); // now that the schema is known
    }
    at.editor.drafts.insert(path.clone(), draft);
}

fn open_event(at: &mut Connected, path: &TopicPath, sequence: i64, value: Bytes, fx: &mut Effects) {
    let Some(spec) = at.inspector.spec.clone() else { return };
    let Some(event_type) = spec.event_type() else { return };
    let mut draft = Draft::new(Aim::EditEvent(sequence), event_type, Some(value), fx.now);
    draft.opened = fx.next_id().0;
    draft.spec = Some(spec);
    at.editor.drafts.insert(path.clone(), draft);
}

fn apply(at: &mut Connected, path: &TopicPath, fx: &mut Effects) {
    let Some(draft) = at.editor.drafts.get_mut(path).filter(|draft| draft.blocked().is_none()) else { return };
    let Ok(value) = draft.checked.clone() else { return };
    draft.asked = Some(value.clone());
    let (path, event_type) = (path.clone(), draft.data_type);
    let change: Change = match draft.aim {
        Aim::Value => Set { path, data_type: draft.data_type, value, guard: guard(draft) }.into(),
        Aim::Append => {
            let timestamp_millis = check::timestamp(&draft.timestamp).ok().flatten();
            Append { path, event_type, value, timestamp_millis }.into()
        }
        Aim::EditEvent(sequence) => EditEvent { path, event_type, sequence, value }.into(),
    };
    let proposal = Proposal::new(change, before(draft), draft.base_at).then(on_applied);
    changes::ask(at, proposal, fx);
}

fn before(draft: &Draft) -> Snapshot {
    Snapshot { spec: draft.spec.clone(), value: draft.base.clone() }
}

/// What must still be true: the value is the one that the draft began with.
fn guard(draft: &Draft) -> Guard {
    let keeps_none = draft.spec.as_ref().is_some_and(|s| s.properties.value(DONT_RETAIN_VALUE) == Some("true"));
    match &draft.base {
        _ if keeps_none => Guard::None,
        Some(base) if draft.data_type.is_unset(base) => Guard::NoValue,
        Some(base) => Guard::StillValue(base.clone()),
        None => Guard::NoValue,
    }
}

fn unset(at: &mut Connected, path: &TopicPath, fx: &mut Effects) {
    let Some(draft) = at.editor.drafts.get_mut(path).filter(|d| d.aim == Aim::Value && d.data_type.can_be_unset())
    else {
        return;
    };
    let value = Bytes::from_static(&[value::UNSET]);
    draft.asked = Some(value.clone());
    let change = Set { path: path.clone(), data_type: draft.data_type, value, guard: guard(draft) };
    let proposal = Proposal::new(change, before(draft), draft.base_at).then(on_applied);
    changes::ask(at, proposal, fx);
}

fn load_file(at: &mut Connected, path: TopicPath, fx: &mut Effects) {
    let Some(draft) = at.editor.drafts.get(&path) else { return };
    let title = format!("Value of {path}");
    fx.open_file(draft.file_choice(title), move |at, fx, file| put_file(at, &path, file, fx));
}

/// Puts a file into the draft of a topic.
fn put_file(at: &mut Connected, path: &TopicPath, file: &OpenedFile, fx: &mut Effects) {
    let Some(draft) = at.editor.drafts.get_mut(path) else { return };
    if !draft.take_file(file, fx) {
        return;
    }
    draft.in_front = true;
    at.editor.changed_at = Some(fx.now);
}

/// A change that a draft asked for is done or failed: the draft has become the value, or a comparison is opened.
fn on_applied(at: &mut Connected, fx: &mut Effects, finished: &FinishedChange) {
    let Some(path) = finished.change.path() else { return };
    let Some(draft) = at.editor.drafts.get_mut(path) else { return };
    let Some(asked) = draft.asked.clone() else { return };
    let is_asked = match &finished.change {
        Change::Set(set) => set.value == asked,
        Change::Append(append) => append.value == asked,
        Change::EditEvent(edit) => edit.value == asked,
        Change::Patch(_) => draft.data_type == DataType::Json,
        _ => false,
    };
    if !is_asked {
        return; // the answer to an earlier one, while a later one is under way
    }
    draft.asked = None;
    match &finished.result {
        Ok(_) => {
            // What was typed while the answer was under way is kept.
            if draft.data_type.is_unset(&asked) || draft.checked.as_ref() == Ok(&asked) {
                at.editor.forget(path, fx.now);
            } else {
                draft.base = Some(asked);
                draft.base_at = fx.now;
            }
        }
        Err(error) if error.is_guard() => {
            conflict::open(at, finished.change.clone(), finished.before.clone(), Some(asked), resolve, fx);
        }
        Err(_) => {}
    }
}

/// Carries out what the user decided about a draft, or about a change of the journal, that is in conflict with what is
/// there now.
pub(in crate::model) fn resolve(at: &mut Connected, path: &TopicPath, resolution: Resolution, fx: &mut Effects) {
    match resolution {
        Resolution::Send(proposal, mine) => {
            // The answer ends the draft.
            if let Some(draft) = at.editor.drafts.get_mut(path) {
                draft.asked = mine;
            }
            changes::send(at, proposal.then(on_applied), fx);
        }
        Resolution::TakeTheirs => at.editor.forget(path, fx.now),
        Resolution::Edit { mine, theirs, data_type } => {
            at.editor.put(path, &mine, theirs, data_type, fx.now);
            at.handle(inspector::Intent::Select(Some(path.clone())), fx);
        }
    }
}

/// Whether values of this topic are edited by hand here.
#[must_use]
pub fn can_edit(spec: &TopicSpec) -> bool {
    DataType::of_topic_type(spec.topic_type).is_some()
        || (spec.topic_type == TopicType::TimeSeries && spec.event_type().is_some())
}

/// Whether the value that a draft began with cannot be written as text without loss.
#[must_use]
pub fn base_is_lossy(draft: &Draft) -> bool {
    match draft.base.as_ref().map(|base| value::decode(draft.data_type, base)) {
        Some(Ok(Value::Json(json))) => json.loses_bytes(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
