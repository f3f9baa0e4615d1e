//! Gives an event of a time series another value; the original stays in the series.

use super::append::appended;
use crate::data::value::{self, DataType};
use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{Danger, Preview, ServerChange, Target, spec_of_values};
use crate::model::change::{Change, ChangeOutcome, ChangeResult, PreparedCall, Snapshot, stored_form};
use crate::wire::Service as _;
use crate::wire::services::{TimeSeriesEdit, time_series_edit};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Give an event of a time series another value; the original stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditEvent {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// Type of the event's value.
    #[serde(rename = "data_type", with = "stored_form::data_type")]
    pub event_type: DataType,
    /// Sequence of the original event.
    pub sequence: i64,
    /// Value bytes.
    #[serde(with = "stored_form::base64_bytes")]
    pub value: Bytes,
}

impl ServerChange for EditEvent {
    const VERB: &'static str = "Edit event";
    const PERMISSION: &'static str = "EDIT_TIME_SERIES_EVENTS, or EDIT_OWN_TIME_SERIES_EVENTS for its own events,";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "appended";
    const SERVICES: &'static [u32] = &[TimeSeriesEdit::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("edit event {} of “{}”", self.sequence, self.path)
    }

    fn title(&self) -> String {
        format!("Edit event {} of {}", self.sequence, self.path)
    }

    fn button(&self) -> String {
        format!("Edit event {}", self.sequence)
    }

    fn done_text(&self, _outcome: &ChangeOutcome) -> String {
        format!("Edited event {} of {}", self.sequence, self.path)
    }

    fn undo_text(&self) -> String {
        format!("Puts back {}", value::preview(&TopicSpec::new(self.event_type.topic_type()), &self.value, 60))
    }

    fn prepared(&self) -> PreparedCall {
        let request = time_series_edit::Request {
            path: self.path.as_str().to_owned(),
            data_type: self.event_type.name().to_owned(),
            original_sequence: self.sequence,
            value: self.value.clone(),
        };
        PreparedCall::new::<TimeSeriesEdit>(&request, appended)
    }

    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        let ChangeOutcome::Appended { .. } = outcome else { return None };
        Some(Self { value: before.value.clone()?, ..self.clone() }.into())
    }

    fn value_after(&self) -> Option<&Bytes> {
        Some(&self.value)
    }

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        Some(spec_of_values(self.event_type, before))
    }

    fn preview(&self, before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        let spec = spec_of_values(self.event_type, before);
        Preview::Value { spec, old: before.value.clone(), new: self.value.clone() }
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let path = TopicPath::parse("a/b").expect("valid");
        let edit = Self { path, event_type: DataType::Json, sequence: 6, value: Bytes::from_static(&[7]) };
        vec![(edit, ChangeOutcome::Appended { sequence: 9, timestamp_millis: 5, author: String::new() })]
    }
}
