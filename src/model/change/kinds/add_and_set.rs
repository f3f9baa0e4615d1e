//! Creates a topic if it is absent, and sets its value.

use super::add::added_text;
use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{CommandWords, Danger, Preview, ServerChange, Target, TouchedTopics};
use crate::model::change::{
    Change, ChangeOutcome, ChangeResult, Guard, PreparedCall, Remove, Set, Snapshot, stored_form,
};
use crate::model::copy_as::command::{argument, spec_options};
use crate::wire::Service as _;
use crate::wire::services::TopicAddAndSet;
use crate::wire::services::shared::{AddAndSetRequest, AddOutcome};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Create a topic if it is absent, and set its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddAndSet {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// Its specification.
    #[serde(with = "stored_form::spec")]
    pub spec: TopicSpec,
    /// Value bytes.
    #[serde(with = "stored_form::base64_bytes")]
    pub value: Bytes,
    /// What must still be true.
    pub guard: Guard,
}

impl ServerChange for AddAndSet {
    const VERB: &'static str = "Add and set";
    const PERMISSION: &'static str = "MODIFY_TOPIC and UPDATE_TOPIC";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "created";
    const SERVICES: &'static [u32] = &[TopicAddAndSet::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("add and set “{}”", self.path)
    }

    fn button(&self) -> String {
        "Create topic and set value".into()
    }

    fn done_text(&self, outcome: &ChangeOutcome) -> String {
        added_text(&self.path, outcome)
    }

    fn undo_text(&self) -> String {
        "Creates the topic again".into()
    }

    fn outcome_word(&self, outcome: &ChangeOutcome) -> &'static str {
        if *outcome == ChangeOutcome::Added(AddOutcome::Exists) { "set" } else { "created" }
    }

    fn prepared(&self) -> PreparedCall {
        let request = AddAndSetRequest {
            path: self.path.as_str().to_owned(),
            spec: self.spec.clone(),
            value: self.value.clone(),
            constraint: self.guard.constraint(),
        };
        PreparedCall::new::<TopicAddAndSet>(&request, |outcome| Ok(ChangeOutcome::Added(outcome)))
    }

    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        match outcome {
            ChangeOutcome::Added(AddOutcome::Created) => Some(Remove::topic(&self.path).into()),
            ChangeOutcome::Added(AddOutcome::Exists) => Some(Change::Set(Set {
                path: self.path.clone(),
                data_type: DataType::of_topic_type(self.spec.topic_type)?,
                value: before.value.clone()?,
                guard: Guard::StillValue(self.value.clone()),
            })),
            _ => None,
        }
    }

    fn guard(&self) -> Option<&Guard> {
        Some(&self.guard)
    }

    fn set_guard(&mut self, guard: Guard) {
        self.guard = guard;
    }

    fn value_after(&self) -> Option<&Bytes> {
        Some(&self.value)
    }

    fn value_spec(&self, _before: &Snapshot) -> Option<TopicSpec> {
        Some(self.spec.clone())
    }

    fn preview(&self, before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        Preview::Value { spec: self.spec.clone(), old: before.value.clone(), new: self.value.clone() }
    }

    fn touched_topics(&self) -> TouchedTopics<'_> {
        TouchedTopics::At(self.path.as_str())
    }

    fn command(&self) -> Option<CommandWords> {
        let data_type = DataType::of_topic_type(self.spec.topic_type)?;
        let mut options = vec!["--add".to_owned()];
        options.extend(spec_options(&self.spec));
        options.extend(self.guard.options(data_type)?);
        let arguments = vec![self.path.as_str().to_owned(), argument(data_type, &self.value)?];
        Some(CommandWords { verb: "set", options, arguments })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let path = TopicPath::parse("a/b").expect("valid");
        let spec = TopicSpec::new(crate::data::TopicType::Int64).with("CONFLATION", "off");
        let add = Self { path, spec, value: Bytes::from_static(&[7]), guard: Guard::NoTopic };
        vec![
            (add.clone(), ChangeOutcome::Added(AddOutcome::Created)),
            (Self { guard: Guard::None, ..add }, ChangeOutcome::Added(AddOutcome::Exists)),
        ]
    }
}
