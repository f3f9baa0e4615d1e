//! Appends an event to a time series.

use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{CommandWords, Danger, Preview, ServerChange, Target, spec_of_values};
use crate::model::change::{Change, ChangeOutcome, ChangeResult, PreparedCall, Snapshot, stored_form};
use crate::model::copy_as::command::argument;
use crate::wire::Service as _;
use crate::wire::services::{
    TimeSeriesAppend, TimeSeriesTimestampAppend, time_series_append, time_series_timestamp_append,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Append an event to a time series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Append {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// Type of the event's value.
    #[serde(rename = "data_type", with = "stored_form::data_type")]
    pub event_type: DataType,
    /// Value bytes.
    #[serde(with = "stored_form::base64_bytes")]
    pub value: Bytes,
    /// Its time in milliseconds since 1970; the server's clock if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_millis: Option<i64>,
}

impl ServerChange for Append {
    const VERB: &'static str = "Append";
    const PERMISSION: &'static str = "UPDATE_TOPIC";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "appended";
    const SERVICES: &'static [u32] = &[TimeSeriesAppend::ID, TimeSeriesTimestampAppend::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("append to “{}”", self.path)
    }

    fn title(&self) -> String {
        format!("Append to {}", self.path)
    }

    fn button(&self) -> String {
        "Append event".into()
    }

    fn done_text(&self, outcome: &ChangeOutcome) -> String {
        match outcome {
            ChangeOutcome::Appended { sequence, .. } => format!("Appended event {sequence} to {}", self.path),
            _ => format!("Appended to {}", self.path),
        }
    }

    fn prepared(&self) -> PreparedCall {
        let (path, data_type, value) =
            (self.path.as_str().to_owned(), self.event_type.name().to_owned(), self.value.clone());
        if let Some(timestamp_millis) = self.timestamp_millis {
            let request = time_series_timestamp_append::Request { path, data_type, value, timestamp_millis };
            PreparedCall::new::<TimeSeriesTimestampAppend>(&request, appended)
        } else {
            let request = time_series_append::Request { path, data_type, value };
            PreparedCall::new::<TimeSeriesAppend>(&request, appended)
        }
    }

    /// None: events of a time series stay.
    fn undo(&self, _before: &Snapshot, _outcome: &ChangeOutcome) -> Option<Change> {
        None
    }

    fn content_bytes(&self) -> usize {
        self.value.len()
    }

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        Some(spec_of_values(self.event_type, before))
    }

    fn preview(&self, before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        // An event takes the place of none.
        Preview::Value { spec: spec_of_values(self.event_type, before), old: None, new: self.value.clone() }
    }

    fn command(&self) -> Option<CommandWords> {
        let options = self.timestamp_millis.map(|millis| format!("--timestamp={millis}"));
        let arguments = vec![self.path.as_str().to_owned(), argument(self.event_type, &self.value)?];
        Some(CommandWords { verb: "append", options: options.into_iter().collect(), arguments })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let append = Self {
            path: TopicPath::parse("a/b").expect("valid"),
            event_type: DataType::Json,
            value: Bytes::from_static(&[7]),
            timestamp_millis: None,
        };
        let appended = ChangeOutcome::Appended { sequence: 4, timestamp_millis: 5, author: "a".into() };
        vec![(append.clone(), appended.clone()), (Self { timestamp_millis: Some(-8), ..append }, appended)]
    }
}

/// The outcome that the answer of a service of time series means.
#[expect(clippy::unnecessary_wraps, reason = "other answers say that nothing was changed")]
pub(super) fn appended(event: time_series_append::Response) -> ChangeResult {
    let time_series_append::Response { sequence, timestamp_millis, author } = event;
    Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author })
}
