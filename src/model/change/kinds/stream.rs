//! Sets values again and again through an update stream: one change for the whole stream.

use crate::data::value::{self, DataType};
use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{Danger, Fact, Preview, ServerChange, Target, spec_of_values};
use crate::model::change::{
    Change, ChangeError, ChangeOutcome, ChangeResult, Guard, PreparedCall, Set, Snapshot, stored_form,
};
use crate::model::number;
use crate::wire::Service as _;
use crate::wire::services::{UpdateStreamCreate, update_stream_create};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Set values again and again through an update stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// Type of the values.
    #[serde(with = "stored_form::data_type")]
    pub data_type: DataType,
    /// What is sent, in words.
    pub what: String,
    /// What must be true when the stream is made.
    pub guard: Guard,
}

impl Stream {
    fn last<'a>(&self, before: &Snapshot, result: Option<&'a ChangeResult>) -> Option<(TopicSpec, &'a Bytes)> {
        match result {
            Some(Ok(ChangeOutcome::Streamed { last: Some(last), .. })) => {
                Some((spec_of_values(self.data_type, before), last))
            }
            _ => None,
        }
    }
}

impl ServerChange for Stream {
    const VERB: &'static str = "Stream";
    const PERMISSION: &'static str = "UPDATE_TOPIC";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "streamed";
    const SERVICES: &'static [u32] = &[UpdateStreamCreate::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("stream updates to “{}”", self.path)
    }

    fn button(&self) -> String {
        "Start stream".into()
    }

    fn done_text(&self, outcome: &ChangeOutcome) -> String {
        match outcome {
            ChangeOutcome::Streamed { set: 1, .. } => format!("Streamed 1 value to {}", self.path),
            ChangeOutcome::Streamed { set, .. } => format!("Streamed {set} values to {}", self.path),
            _ => format!("Streamed to {}", self.path),
        }
    }

    /// Makes the stream alone; its values are sent by `update_streams`.
    fn prepared(&self) -> PreparedCall {
        let request = update_stream_create::Request {
            path: self.path.as_str().to_owned(),
            topic_type: self.data_type.topic_type(),
            constraint: self.guard.constraint(),
        };
        PreparedCall::new::<UpdateStreamCreate>(&request, |_| {
            Ok(ChangeOutcome::Streamed { set: 0, skipped: 0, last: None })
        })
    }

    /// Puts the former value back. Of a time series nothing: its events stay, and its value before is none of its own.
    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        let ChangeOutcome::Streamed { last: Some(last), .. } = outcome else { return None };
        if before.spec.as_ref().is_none_or(|spec| spec.topic_type != self.data_type.topic_type()) {
            return None;
        }
        let (path, value) = (self.path.clone(), before.value.clone()?);
        Some(Set { path, data_type: self.data_type, value, guard: Guard::StillValue(last.clone()) }.into())
    }

    fn guard(&self) -> Option<&Guard> {
        Some(&self.guard)
    }

    fn set_guard(&mut self, guard: Guard) {
        self.guard = guard;
    }

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        Some(spec_of_values(self.data_type, before))
    }

    fn preview(&self, before: &Snapshot, result: Option<&ChangeResult>) -> Preview {
        let mut facts = vec![Fact::words("Sends", &self.what)];
        let counts = match result {
            Some(Ok(ChangeOutcome::Streamed { set, skipped, .. })) => Some((*set, *skipped)),
            Some(Err(ChangeError::Stream { set, .. })) => Some((*set, 0)),
            _ => None,
        };
        if let Some((set, skipped)) = counts {
            facts.push(Fact::words("Values set", number::grouped(set)));
            if skipped > 0 {
                facts.push(Fact::words("Left out", number::grouped(skipped)));
            }
            if before.value.is_some() {
                facts.push(Fact::value("Value before", before.value_text(self.value_spec(before).as_ref())));
            }
        }
        if let Some((spec, last)) = self.last(before, result) {
            facts.push(Fact::value("Last value", value::preview(&spec, last, 60)));
        }
        Preview::Facts(facts)
    }

    fn after_text(&self, before: &Snapshot, result: Option<&ChangeResult>) -> String {
        self.last(before, result).map(|(spec, last)| value::preview(&spec, last, 60)).unwrap_or_default()
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let path = TopicPath::parse("a/b").expect("valid");
        let stream = Self { path, data_type: DataType::Int64, what: "a counter".into(), guard: Guard::NoValue };
        vec![(stream, ChangeOutcome::Streamed { set: 7, skipped: 2, last: Some(Bytes::from_static(&[1])) })]
    }
}
