//! The value on screen, decoded once when it changes and never while it is only drawn again.

use crate::data::TopicSpec;
use crate::data::value::{self, Value, ValueError};
use crate::model::inspector::Inspector as Facts;
use crate::model::link::ReceivedValue;
use std::sync::Arc;

/// Larger values are opened only when the user asks.
pub(super) const LARGE_BYTES: usize = 8 << 20;
/// Values larger than this are decoded at most a few times a second, however often they change.
const HEAVY_BYTES: usize = 256 << 10;
const HEAVY_SECS: f64 = 0.5;

/// What the bytes are.
pub(super) enum Content {
    /// A value.
    Value(Value),
    /// No value of the topic's type.
    Unreadable(ValueError),
    /// Too large to open without being asked.
    Large,
}

/// A decoded value.
pub(super) struct Decoded {
    /// Counts up with each value decoded.
    pub generation: u64,
    /// As it arrived.
    pub arrival: ReceivedValue,
    /// The specification it was read with.
    pub spec: Arc<TopicSpec>,
    /// What it is.
    pub content: Content,
    /// Bytes of its text; none for what has no text.
    pub text_bytes: Option<usize>,
}

/// The last value decoded, and what it was made from.
#[derive(Default)]
pub(super) struct Cache {
    revision: Option<u64>,
    decoded: Option<Decoded>,
    decoded_at: f64,
    generations: u64,
    all: bool,
}

impl Cache {
    /// The value to draw; none if there is none.
    pub(super) fn current(&self) -> Option<&Decoded> {
        self.decoded.as_ref()
    }

    /// Large values of this topic are opened from now on.
    pub(super) fn open_all(&mut self) {
        self.all = true;
        self.revision = None;
    }

    /// Decodes the value if it is another one than before. `seconds` is the time of the frame.
    pub(super) fn renew(&mut self, facts: &Facts, seconds: f64) {
        let (arrival, revision) = facts.shown();
        let (Some(arrival), Some(spec)) = (arrival, &facts.spec) else {
            self.decoded = None;
            self.revision = None;
            return;
        };
        if let Some(before) = &self.decoded {
            let same_spec = Arc::ptr_eq(&before.spec, spec) || before.spec == *spec;
            let heavy = arrival.value.len() > HEAVY_BYTES && seconds - self.decoded_at < HEAVY_SECS;
            if same_spec && self.revision.is_some() && (self.revision == Some(revision) || heavy) {
                return;
            }
        }
        self.generations += 1;
        self.revision = Some(revision);
        self.decoded_at = seconds;
        let content = if arrival.value.len() > LARGE_BYTES && !self.all {
            Content::Large
        } else {
            match value::decode_topic(spec, &arrival.value) {
                Ok(value) => Content::Value(value),
                Err(error) => Content::Unreadable(error),
            }
        };
        let text_bytes = match &content {
            Content::Value(value) => text_bytes(value, &arrival.value),
            _ => None,
        };
        let arrival = arrival.clone();
        self.decoded = Some(Decoded { generation: self.generations, arrival, spec: spec.clone(), content, text_bytes });
    }
}

fn text_bytes(value: &Value, bytes: &[u8]) -> Option<usize> {
    match value {
        Value::Json(json) => Some(json.to_text().len()),
        Value::String(text) => text.as_ref().map(String::len),
        Value::RecordV2(_) => Some(bytes.len()),
        Value::Binary(_) | Value::Int64(None) | Value::Double(None) => None,
        Value::Int64(Some(n)) => Some(n.to_string().len()),
        Value::Double(Some(n)) => Some(crate::model::number::double_text(*n).len()),
        Value::Event(event) => event.decoded.as_ref().and_then(|value| text_bytes(value, &event.value)),
    }
}
