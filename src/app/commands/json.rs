//! Topic values as JSON for machines.

use crate::data::TopicSpec;
use crate::data::value::{self, Value};
use std::fmt::Write as _;

/// A value as JSON for machines: numbers and text as such, bytes as hex, an event with its metadata.
pub(super) fn of_topic(spec: &TopicSpec, bytes: &bytes::Bytes) -> serde_json::Value {
    match value::decode_topic(spec, bytes) {
        Ok(value) => of_value(&value),
        Err(error) => serde_json::json!({ "undecodable": error.to_string() }),
    }
}

fn of_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Binary(bytes) => {
            let mut hex = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                let _ = write!(hex, "{byte:02x}"); // writing to a string cannot fail
            }
            hex.into()
        }
        Value::Json(json) => serde_json::from_str(&json.to_text()).unwrap_or_else(|_| json.to_text().into()),
        Value::String(text) => text.clone().into(),
        Value::Int64(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::RecordV2(records) => records.0.clone().into(),
        Value::Event(event) => serde_json::json!({
            "sequence": event.metadata.sequence,
            "timestamp": event.metadata.timestamp_millis,
            "author": event.metadata.author,
            "edits": event.original.as_ref().map(|o| o.sequence),
            "value": event.decoded.as_ref().map(of_value),
        }),
    }
}
