//! Sets the value of a topic.

use crate::data::json_patch;
use crate::data::value::{self, DataType, UNSET, json::Json};
use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{CommandWords, Danger, Preview, ServerChange, Target, spec_of_values};
use crate::model::change::{Change, ChangeOutcome, ChangeResult, Guard, Patch, PreparedCall, Snapshot, stored_form};
use crate::model::copy_as::command::argument;
use crate::wire::Service as _;
use crate::wire::services::{TopicSet, topic_set};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Set a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// Type of the value.
    #[serde(with = "stored_form::data_type")]
    pub data_type: DataType,
    /// Value bytes.
    #[serde(with = "stored_form::base64_bytes")]
    pub value: Bytes,
    /// What must still be true.
    pub guard: Guard,
}

impl Set {
    fn is_unset(&self) -> bool {
        self.data_type.is_unset(&self.value)
    }
}

impl ServerChange for Set {
    const VERB: &'static str = "Set";
    const PERMISSION: &'static str = "UPDATE_TOPIC";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "set";
    const SERVICES: &'static [u32] = &[TopicSet::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("set “{}”", self.path)
    }

    fn button(&self) -> String {
        if self.is_unset() { "Unset value".into() } else { "Set value".into() }
    }

    fn done_text(&self, _outcome: &ChangeOutcome) -> String {
        format!("Set {}", self.path)
    }

    fn undo_text(&self) -> String {
        if self.is_unset() {
            return "Leaves the topic without a value".into();
        }
        format!("Puts back {}", value::preview(&TopicSpec::new(self.data_type.topic_type()), &self.value, 60))
    }

    fn prepared(&self) -> PreparedCall {
        let request = topic_set::Request {
            path: self.path.as_str().to_owned(),
            topic_type: self.data_type.topic_type(),
            value: self.value.clone(),
            constraint: self.guard.constraint(),
        };
        PreparedCall::new::<TopicSet>(&request, |()| Ok(ChangeOutcome::Done))
    }

    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        let ChangeOutcome::Done = outcome else { return None };
        let value = match &before.value {
            Some(former) => former.clone(),
            // Only these types can be without a value again.
            None if self.data_type.can_be_unset() => Bytes::from_static(&[UNSET]),
            None => return None,
        };
        let guard = if self.is_unset() { Guard::NoValue } else { Guard::StillValue(self.value.clone()) };
        Some(Self { path: self.path.clone(), data_type: self.data_type, value, guard }.into())
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

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        Some(spec_of_values(self.data_type, before))
    }

    fn preview(&self, before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        let spec = spec_of_values(self.data_type, before);
        Preview::Value { spec, old: before.value.clone(), new: self.value.clone() }
    }

    fn after_text(&self, before: &Snapshot, result: Option<&ChangeResult>) -> String {
        if self.is_unset() { "no value".into() } else { self.preview(before, result).line() }
    }

    /// The patch from the former JSON value to this one.
    fn smaller(&self, before: &Snapshot) -> Option<Change> {
        if self.data_type != DataType::Json {
            return None;
        }
        let former = Json::from_cbor(before.value.as_ref()?).ok()?;
        let patch = json_patch::between(&former, &Json::from_cbor(&self.value).ok()?)?;
        Some(Patch { path: self.path.clone(), patch, guard: self.guard.clone() }.into())
    }

    fn command(&self) -> Option<CommandWords> {
        let mut options = vec![format!("--type={}", self.data_type.topic_type().name())];
        options.extend(self.guard.options(self.data_type)?);
        let arguments = vec![self.path.as_str().to_owned(), argument(self.data_type, &self.value)?];
        Some(CommandWords { verb: "set", options, arguments })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let set = |data_type, value: &'static [u8], guard| Self {
            path: TopicPath::parse("a/b").expect("valid"),
            data_type,
            value: Bytes::from_static(value),
            guard,
        };
        vec![
            (set(DataType::Int64, &[1], Guard::StillValue(Bytes::from_static(&[9]))), ChangeOutcome::Done),
            (set(DataType::String, &[UNSET], Guard::None), ChangeOutcome::Done),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(value: &'static [u8]) -> Set {
        let path = TopicPath::parse("a/b").expect("valid");
        Set { path, data_type: DataType::Int64, value: Bytes::from_static(value), guard: Guard::None }
    }

    #[test]
    fn it_is_undone_only_while_its_value_stands() {
        let before = Snapshot { spec: None, value: Some(Bytes::from_static(&[1])) };
        let undo = |set: Set, before: &Snapshot| match set.undo(before, &ChangeOutcome::Done) {
            Some(Change::Set(set)) => set,
            other => panic!("{other:?}"),
        };
        let back = undo(set(&[2]), &before);
        assert_eq!((&back.value[..], back.guard), (&[1][..], Guard::StillValue(Bytes::from_static(&[2]))));
        let unset = undo(set(&[2]), &Snapshot::default());
        assert_eq!(unset.value[..], [UNSET], "an integer can be without a value");
        assert_eq!(undo(set(&[UNSET]), &before).guard, Guard::NoValue);
        let binary = Set { data_type: DataType::Binary, ..set(&[2]) };
        assert_eq!(binary.undo(&Snapshot::default(), &ChangeOutcome::Done), None, "bytes cannot");
    }
}
