//! Creating a topic, and giving one another specification, which is to remove it and to add it again.

use crate::client::api::{CallError, CallId};
use crate::data::property::{Property, SpecError, check_schema, normalise};
use crate::data::spec_diff::{Difference, differences};
use crate::data::value::{self, DataType, parse_input};
use crate::data::{ErrorCode, Timestamp, TopicPath, TopicSpec, TopicType};
use crate::model::change::run::{self, FinishedChange};
use crate::model::change::{Add, AddAndSet, Change, ChangeError, ChangeOutcome, Guard, Remove, Snapshot, changes};
use crate::model::effects::Effects;
use crate::model::features::Feature;
use crate::model::inspector;
use crate::model::letter_case::capitalized;
use crate::model::notices::{NewNotice, Tone};
use crate::model::remote::Remote;
use crate::model::{BlockReason, Connected};
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::{Fetch, fetch};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the form is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new topic.
    New,
    /// A new topic with the specification of this one.
    Like(TopicPath),
    /// Another specification for this topic.
    Change(TopicPath),
}

/// What stands in the way of a new topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// What is there.
    pub there: Snapshot,
    /// How it differs from what is wanted; empty if the specification is the same.
    pub differences: Vec<Difference>,
}

/// The open form.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is for.
    pub purpose: Purpose,
    /// The path as typed.
    pub path: String,
    /// The type.
    pub topic_type: TopicType,
    /// Properties that are set, as typed, by their keys.
    pub properties: BTreeMap<&'static str, String>,
    /// Whether the topic gets a first value.
    pub with_value: bool,
    /// The first value as typed.
    pub value: String,
    /// The topic that is copied or changed; none once read if there is no such topic.
    pub source: Remote<Option<Snapshot>>,
    /// What stands in the way.
    pub conflict: Option<Conflict>,
    /// Why the last attempt failed.
    pub failed: Option<ChangeError>,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// Names this opening; answers for another one are ignored.
    opening: CallId,
}

/// Why the button is off, where no field says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The connection takes no change now.
    Blocked(BlockReason),
    /// The topic is being read, or an answer is waited for.
    Busy,
    /// The topic to be changed could not be read.
    Unread,
    /// A field is not right.
    Field,
    /// Nothing would change.
    Same,
}

impl Hold {
    /// The reason for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Blocked(reason) => reason.sentence(),
            Self::Busy => "An answer of the server is waited for",
            Self::Unread => "The topic could not be read",
            Self::Field => "A field is not right yet",
            Self::Same => "The specification is the same as before",
        }
    }
}

/// What becomes of the value when a specification is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There is none.
    Nothing,
    /// The new type accepts it.
    Value,
    /// The new type does not accept it.
    Lost,
    /// The events of a time series cannot be taken over.
    EventsLost,
}

impl Form {
    fn new(purpose: Purpose, path: String, opening: CallId) -> Self {
        Self {
            purpose,
            path,
            topic_type: TopicType::Json,
            properties: BTreeMap::new(),
            with_value: false,
            value: String::new(),
            source: Remote::default(),
            conflict: None,
            failed: None,
            busy: false,
            opening,
        }
    }

    /// What is wrong with the path; none also while nothing is typed.
    #[must_use]
    pub fn path_error(&self) -> Option<String> {
        if self.path.is_empty() {
            return None;
        }
        if self.path.ends_with('/') {
            return Some("Type the name of the topic after the “/”".to_owned());
        }
        TopicPath::parse(&self.path).err().map(|error| capitalized(&error.located(&self.path)))
    }

    /// What is wrong with a property.
    #[must_use]
    pub fn property_error(&self, property: &'static Property) -> Option<String> {
        match self.properties.get(property.key) {
            Some(value) => property.normalise(self.topic_type, value, check_schema).err().map(|error| error.reason),
            None if property.is_required(self.topic_type) => Some("Choose one; a time series needs it".to_owned()),
            None => None,
        }
    }

    /// The data type of a first value; none where the topic cannot have one by itself.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        DataType::of_topic_type(self.topic_type)
    }

    /// The first value, if one is wanted.
    ///
    /// # Errors
    /// The text is no value of the type.
    pub fn first_value(&self) -> Result<Option<Bytes>, String> {
        match self.data_type() {
            Some(data_type) if self.with_value => {
                parse_input::from_text(data_type, &self.value).map(|value| Some(value::encode(&value)))
            }
            _ => Ok(None),
        }
    }

    /// The specification that the form says.
    ///
    /// # Errors
    /// A property is missing or not allowed.
    pub fn spec(&self) -> Result<TopicSpec, SpecError> {
        let has_effect = |key: &str| Property::find(key).is_some_and(|p| p.has_effect(self.topic_type));
        let properties = self.properties.iter().filter(|(key, _)| has_effect(key));
        let spec = TopicSpec {
            topic_type: self.topic_type,
            properties: properties.map(|(key, value)| (*key, value.as_str())).collect(),
        };
        normalise(&spec, check_schema)
    }

    /// The topic that is copied or changed, once it is read.
    fn source_topic(&self) -> Option<(&TopicSpec, Option<&Bytes>)> {
        let there = self.source.ready()?.as_ref()?;
        Some((there.spec.as_deref()?, there.value.as_ref()))
    }

    /// What becomes of the value of the topic whose specification is changed.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let Some((spec, value)) = self.source_topic() else { return Kept::Nothing };
        match value {
            _ if spec.topic_type == TopicType::TimeSeries => Kept::EventsLost,
            None => Kept::Nothing,
            Some(value) if self.accepts(spec.topic_type, value) => Kept::Value,
            Some(_) => Kept::Lost,
        }
    }

    fn accepts(&self, from: TopicType, value: &Bytes) -> bool {
        let Some(to) = self.data_type() else { return false };
        match to {
            _ if from == self.topic_type => true,
            // Any bytes would do for these, but they would not mean the same.
            DataType::Binary | DataType::RecordV2 => false,
            _ => !matches!(from, TopicType::Binary | TopicType::RecordV2) && value::decode(to, value).is_ok(),
        }
    }

    /// Why it cannot be done now; none if it can.
    #[must_use]
    pub fn hold(&self, at: &Connected, now: Timestamp) -> Option<Hold> {
        if let Some(reason) = at.block_reason(now) {
            return Some(Hold::Blocked(reason));
        }
        if self.busy || self.source.loading.is_some() {
            return Some(Hold::Busy);
        }
        if TopicPath::parse(&self.path).is_err() || self.path_error().is_some() {
            return Some(Hold::Field);
        }
        let (Ok(spec), Ok(_)) = (self.spec(), self.first_value()) else { return Some(Hold::Field) };
        if let Purpose::Change(_) = self.purpose {
            let Some((former, _)) = self.source_topic() else { return Some(Hold::Unread) };
            if differences(&spec, former).is_empty() {
                return Some(Hold::Same);
            }
        }
        None
    }
}

/// The form of one connection.
#[derive(Clone, Debug, Default)]
pub struct NewTopic {
    /// The form on screen.
    pub form: Option<Form>,
    /// The form of many topics.
    pub many: Option<crate::model::import::Form>,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A new topic, below this branch if one is given.
    OpenWith(Option<TopicPath>),
    /// A new topic with the specification of this one.
    OpenLike(TopicPath),
    /// Another specification for this topic.
    OpenFor(TopicPath),
    /// The path as typed.
    SetPath(String),
    /// Another type.
    SetType(TopicType),
    /// A property, or its default again.
    SetProperty(&'static str, Option<String>),
    /// With or without a first value.
    SetWithValue(bool),
    /// The first value as typed.
    SetValue(String),
    /// Do it.
    Create,
    /// Leave the topic that is there as it is, and go to it.
    UseExisting,
    /// Back to the form.
    EditMine,
    /// Close the form.
    Cancel,
    /// Many topics at once.
    Many(crate::model::import::Intent),
}

impl Feature for NewTopic {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::OpenWith(branch) => {
                let path = branch.map_or_else(String::new, |path| below(at, &path));
                open(at, Form::new(Purpose::New, path, fx.next_id()), fx);
            }
            Intent::OpenLike(path) => {
                let form = Form::new(Purpose::Like(path.clone()), path.to_string(), fx.next_id());
                open(at, form, fx);
            }
            Intent::OpenFor(path) => {
                let form = Form::new(Purpose::Change(path.clone()), path.to_string(), fx.next_id());
                open(at, form, fx);
            }
            Intent::Create => create(at, fx),
            Intent::UseExisting => {
                if let Some(form) = at.new_topic.form.take()
                    && let Ok(path) = TopicPath::parse(&form.path)
                {
                    go_to(at, path, fx);
                }
            }
            Intent::Cancel => at.new_topic.form = None,
            Intent::Many(intent) => crate::model::import::handle(at, intent, fx),
            edit => {
                if let Some(form) = &mut at.new_topic.form {
                    change(form, edit);
                }
            }
        }
    }
}

/// A branch, or the branch that a topic without anything below it stands in, ready for a name.
fn below(at: &Connected, path: &TopicPath) -> String {
    let node = at.topics.tree.find(path.as_str());
    let is_leaf = node.is_some_and(|id| at.topics.tree.topic_type(id).is_some() && !at.topics.tree.can_open(id));
    match path.parent() {
        Some(parent) if is_leaf => format!("{parent}/"),
        None if is_leaf => String::new(),
        _ => format!("{path}/"),
    }
}

fn change(form: &mut Form, intent: Intent) {
    form.failed = None;
    form.conflict = None;
    match intent {
        Intent::SetPath(path) => form.path = path,
        Intent::SetType(topic_type) => form.topic_type = topic_type,
        Intent::SetProperty(key, Some(value)) => {
            form.properties.insert(key, value);
        }
        Intent::SetProperty(key, None) => {
            form.properties.remove(key);
        }
        Intent::SetWithValue(with_value) => form.with_value = with_value,
        Intent::SetValue(value) => form.value = value,
        _ => {}
    }
}

fn open(at: &mut Connected, form: Form, fx: &mut Effects) {
    if at.new_topic.form.is_some() {
        return; // a key pressed again must not throw away what was typed
    }
    let (opening, source) = (form.opening, form.purpose.clone());
    at.new_topic.form = Some(form);
    if let Purpose::Like(path) | Purpose::Change(path) = source {
        let call = read(&path, opening, fx, |at, there, fx| {
            let Some(form) = &mut at.new_topic.form else { return };
            if let Ok(Some(Snapshot { spec: Some(spec), .. })) = &there {
                form.topic_type = spec.topic_type;
                let known = spec.properties.iter().filter_map(|(k, v)| Some((Property::find(k)?.key, v)));
                form.properties = known.map(|(key, value)| (key, value.to_owned())).collect();
            }
            form.source.finish(there, fx);
        });
        if let Some(form) = &mut at.new_topic.form {
            form.source.begin(call, fx.now);
        }
    }
}

/// Reads a topic; what comes after the form was closed is dropped.
fn read(
    path: &TopicPath,
    opening: CallId,
    fx: &mut Effects,
    then: fn(&mut Connected, Result<Option<Snapshot>, CallError>, &mut Effects),
) -> CallId {
    let request =
        fetch::Request { limit: 1, with_values: true, with_properties: true, ..fetch::Request::of(format!(">{path}")) };
    fx.call_for::<Fetch, _>(&request, opening, move |at, fx, opening, reply| {
        if at.new_topic.form.as_ref().is_none_or(|form| form.opening != opening) {
            return;
        }
        let there = reply.map(|response| {
            response.results.first().map(|topic| Snapshot {
                spec: Some(Arc::new(TopicSpec {
                    topic_type: topic.topic_type,
                    properties: response.properties_of(topic),
                })),
                value: topic.value.clone(),
            })
        });
        then(at, there, fx);
    })
}

fn create(at: &mut Connected, fx: &mut Effects) {
    let Some(form) = &at.new_topic.form else { return };
    if form.hold(at, fx.now).is_some() {
        return;
    }
    let (Ok(path), Ok(spec), Ok(value)) = (TopicPath::parse(&form.path), form.spec(), form.first_value()) else {
        return;
    };
    let (opening, purpose, kept) = (form.opening, form.purpose.clone(), form.kept());
    let former = form.source.ready().cloned().flatten();
    if let Some(form) = &mut at.new_topic.form {
        form.busy = true;
        form.failed = None;
        form.conflict = None;
    }
    if let (Purpose::Change(_), Some(former)) = (purpose, former)
        && let Some(former_spec) = former.spec.as_deref().cloned()
    {
        let keeps_value = DataType::of_topic_type(former_spec.topic_type).is_some();
        let put_back = addition(path.clone(), former_spec, former.value.clone().filter(|_| keeps_value));
        let value = former.value.clone().filter(|_| kept == Kept::Value);
        let add = addition(path.clone(), spec, value);
        replace(at, path, Replacement { former, add, put_back }, opening, fx);
    } else {
        let change = addition(path, spec, value);
        run::run(at, change, Snapshot::default(), None, fx, move |at, fx, ended| added(at, opening, ended, fx));
    }
}

/// The change that adds a topic with a specification and a value.
fn addition(path: TopicPath, spec: TopicSpec, value: Option<Bytes>) -> Change {
    match value {
        Some(value) => AddAndSet { path, spec, value, guard: Guard::NoTopic }.into(),
        None => Add { path, spec }.into(),
    }
}

fn added(at: &mut Connected, opening: CallId, ended: FinishedChange, fx: &mut Effects) {
    let path = ended.change.path().cloned();
    match &ended.result {
        Ok(_) => {
            if is_open(at, opening) {
                at.new_topic.form = None;
            }
            changes::announce(&ended, fx);
            if let Some(path) = path {
                go_to(at, path, fx);
            }
        }
        Err(failed) if is_open(at, opening) => {
            let exists = failed.is_guard()
                || matches!(
                    failed,
                    ChangeError::Call(CallError::Service { code: ErrorCode::TOPIC_EXISTS_MISMATCH, .. })
                );
            fail(at, failed.clone());
            if let (true, Some(path)) = (exists, path) {
                read(&path, opening, fx, |at, there, _| {
                    let Some(form) = &mut at.new_topic.form else { return };
                    if let (Ok(Some(there)), Ok(wanted)) = (there, form.spec())
                        && let Some(spec) = &there.spec
                    {
                        let differences = differences(&wanted, spec);
                        form.conflict = Some(Conflict { there, differences });
                        form.failed = None;
                    }
                });
            }
        }
        Err(_) => changes::announce(&ended, fx),
    }
}

fn is_open(at: &Connected, opening: CallId) -> bool {
    at.new_topic.form.as_ref().is_some_and(|form| form.opening == opening)
}

fn fail(at: &mut Connected, failed: ChangeError) {
    if let Some(form) = &mut at.new_topic.form {
        form.busy = false;
        form.failed = Some(failed);
    }
}

/// A topic with one specification in the place of one with another.
struct Replacement {
    /// What is at the path before.
    former: Snapshot,
    /// Adds the topic with its new specification.
    add: Change,
    /// Adds the former topic again.
    put_back: Change,
}

/// Removes a topic and adds it again with another specification; if that fails, the old one is put back.
fn replace(at: &mut Connected, path: TopicPath, replacement: Replacement, opening: CallId, fx: &mut Effects) {
    let Replacement { former: before, add, put_back: old } = replacement;
    let remove = Remove::topic(&path).into();
    run::run(at, remove, before.clone(), None, fx, move |at, fx, ended| {
        match &ended.result {
            Ok(ChangeOutcome::Removed(1)) => {}
            Ok(_) => {
                let text =
                    format!("“{path}” was not removed: there is no such topic, or MODIFY_TOPIC is missing there");
                fx.notice(NewNotice::new(Tone::Bad, text));
                if is_open(at, opening) {
                    at.new_topic.form = None;
                }
                return;
            }
            Err(failed) if is_open(at, opening) => return fail(at, failed.clone()),
            Err(_) => return changes::announce(&ended, fx),
        }
        run::run(at, add, before, None, fx, move |at, fx, ended| match &ended.result {
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => {
                if is_open(at, opening) {
                    at.new_topic.form = None;
                }
                fx.notice(NewNotice::new(Tone::Good, format!("“{path}” has its new specification")));
                go_to(at, path, fx);
            }
            Ok(_) => {
                if is_open(at, opening) {
                    at.new_topic.form = None;
                }
                let text = format!("Somebody else has just added “{path}” with an equal specification");
                fx.notice(NewNotice::new(Tone::Warn, text));
            }
            Err(failed) => {
                let failed = failed.clone();
                put_back(at, path, old, failed, opening, fx);
            }
        });
    });
}

/// The new specification was refused: the old topic comes back.
fn put_back(at: &mut Connected, path: TopicPath, old: Change, why: ChangeError, opening: CallId, fx: &mut Effects) {
    run::run(at, old, Snapshot::default(), None, fx, move |at, fx, ended| {
        let back = ended.result.is_ok();
        if is_open(at, opening) {
            fail(at, why.clone());
        }
        let (tone, text) = if back {
            (Tone::Warn, format!("The old “{path}” is back: the server did not accept the new specification"))
        } else {
            let text = format!("“{path}” is removed, and could neither be added anew nor put back");
            (Tone::Bad, text)
        };
        let failed = if back { None } else { ended.result.err() };
        match failed {
            None => fx.notice(NewNotice::new(tone, text)),
            Some(failed) => {
                fx.notice(NewNotice::new(tone, text));
                fx.notice(NewNotice { failed: Some(failed), ..NewNotice::new(Tone::Bad, ended.change.infinitive()) });
            }
        }
    });
}

/// Shows a topic in the tree and in the inspector.
fn go_to(at: &mut Connected, path: TopicPath, fx: &mut Effects) {
    at.topics.reveal_when_known(path.clone());
    at.handle(inspector::Intent::Select(Some(path)), fx);
}

#[cfg(test)]
mod tests;
