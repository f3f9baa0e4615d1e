//! Creating a topic, and giving one another specification, which is to remove it and to add it again.

mod create;
mod form;

pub use form::{Conflict, Form, Hold, Kept, Purpose};

use crate::client::api::{CallError, CallId};
use crate::data::property::Property;
use crate::data::{TopicPath, TopicSpec, TopicType};
use crate::model::Connected;
use crate::model::change::Snapshot;
use crate::model::effects::Effects;
use crate::model::features::Feature;
use crate::model::inspector;
use crate::wire::services::{Fetch, fetch};
use create::create;
use std::sync::Arc;

/// The form of one connection.
#[derive(Clone, Debug, Default)]
pub struct NewTopic {
    /// The form on screen.
    pub form: Option<Form>,
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
                let form = Form::new(Purpose::Like(path.clone()), path.as_str().to_owned(), fx.next_id());
                open(at, form, fx);
            }
            Intent::OpenFor(path) => {
                let form = Form::new(Purpose::Change(path.clone()), path.as_str().to_owned(), fx.next_id());
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
        Some(parent) if is_leaf => format!("{}/", parent.as_str()),
        None if is_leaf => String::new(),
        _ => format!("{}/", path.as_str()),
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
    let request = fetch::Request {
        limit: 1,
        with_values: true,
        with_properties: true,
        ..fetch::Request::of(format!(">{}", path.as_str()))
    };
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

/// Shows a topic in the tree and in the inspector.
fn go_to(at: &mut Connected, path: TopicPath, fx: &mut Effects) {
    at.topics.reveal_when_known(path.clone());
    at.handle(inspector::Intent::Select(Some(path)), fx);
}

#[cfg(test)]
mod tests;
