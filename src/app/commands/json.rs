//! Topic values as JSON for programs. The form is described in the long help of the commands that print it.
//!
//! | topic type | `value` |
//! |---|---|
//! | `STRING` | a string |
//! | `INT64` | a number, with all digits |
//! | `DOUBLE` | a number; `"NaN"`, `"Infinity"` and `"-Infinity"` for the three that JSON has no number for |
//! | `BINARY` | a string of hexadecimal digits |
//! | `RECORD_V2` | an array of arrays of strings |
//! | `JSON` | the value itself, with the same three strings, and Base64 for bytes |
//! | `TIME_SERIES` | an object with `sequence`, `timestamp`, `author`, `edits` and `value` |
//!
//! Where a `JSON` value holds what JSON cannot say, a member `cbor` beside it has the exact bytes in hexadecimal digits, so
//! that such a string is told apart from a string. `null` is no value. What cannot be decoded is told in `undecodable`.

use crate::data::TopicSpec;
use crate::data::value::json::Json;
use crate::data::value::{self, Value};
use bytes::Bytes;
use std::fmt::Write as _;

/// A row of JSON while it is made.
pub(super) struct Row(Vec<(String, Json)>);

impl Row {
    /// A row that begins with what the program says.
    pub(super) fn of(members: serde_json::Value) -> Self {
        match Json::from(members) {
            Json::Object(members) => Self(members),
            other => Self(vec![("row".to_owned(), other)]),
        }
    }

    /// Adds a member.
    pub(super) fn with(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.0.push((key.to_owned(), value.into()));
        self
    }

    /// Adds the value of a topic as `value`, and what else has to be told of it.
    pub(super) fn with_value(mut self, spec: &TopicSpec, bytes: Option<&Bytes>) -> Self {
        match bytes.map(|bytes| value::decode_topic(spec, bytes)) {
            None => self.0.push(("value".to_owned(), Json::Null)),
            Some(Ok(value)) => self.push_value(&value, bytes.map_or(&[][..], |bytes| &bytes[..])),
            Some(Err(error)) => {
                self.0.push(("value".to_owned(), Json::Null));
                self.0.push(("undecodable".to_owned(), Json::String(error.to_string())));
            }
        }
        self
    }

    fn push_value(&mut self, value: &Value, bytes: &[u8]) {
        let cbor = match value {
            Value::Json(json) if !is_json_text(json) => Some(hex(bytes)),
            _ => None,
        };
        self.0.push(("value".to_owned(), of_value(value)));
        if let Some(cbor) = cbor {
            self.0.push(("cbor".to_owned(), Json::String(cbor)));
        }
    }
}

impl From<Row> for Json {
    fn from(row: Row) -> Self {
        Self::Object(row.0)
    }
}

fn of_value(value: &Value) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    match value {
        Value::Binary(bytes) => Json::String(hex(bytes)),
        Value::Json(json) => json.clone(),
        Value::String(string) => string.as_deref().map_or(Json::Null, text),
        Value::Int64(number) => number.map_or(Json::Null, |n| Json::Int(n.into())),
        Value::Double(number) => number.map_or(Json::Null, Json::Float),
        Value::RecordV2(records) => {
            let record = |fields: &Vec<String>| Json::Array(fields.iter().map(|field| text(field)).collect());
            Json::Array(records.0.iter().map(record).collect())
        }
        Value::Event(event) => {
            let mut row = Row::of(serde_json::json!({
                "sequence": event.metadata.sequence,
                "timestamp": event.metadata.timestamp_millis,
                "author": event.metadata.author,
                "edits": event.original.as_ref().map(|o| o.sequence),
            }));
            match &event.decoded {
                Some(value) => row.push_value(value, &event.value),
                None => row.0.push(("value".to_owned(), Json::Null)),
            }
            row.into()
        }
    }
}

/// Whether JSON text says all of it.
fn is_json_text(json: &Json) -> bool {
    match json {
        Json::Bytes(_) => false,
        Json::Float(n) => n.is_finite(),
        Json::Array(items) => items.iter().all(is_json_text),
        Json::Object(members) => members.iter().all(|(_, value)| is_json_text(value)),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::String(_) => true,
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a String takes everything");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;

    fn row(topic_type: TopicType, value: &Value) -> String {
        let spec = TopicSpec { topic_type, properties: crate::data::Properties::default() };
        Json::from(Row::of(serde_json::json!({})).with_value(&spec, Some(&value::encode(value)))).to_text()
    }

    #[test]
    fn no_number_becomes_null() {
        for (number, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")] {
            assert_eq!(row(TopicType::Double, &Value::Double(Some(number))), format!(r#"{{"value":"{text}"}}"#));
        }
        assert_eq!(row(TopicType::Double, &Value::Double(None)), r#"{"value":null}"#);
        assert_eq!(row(TopicType::Int64, &Value::Int64(Some(i64::MIN))), r#"{"value":-9223372036854775808}"#);
    }

    #[test]
    fn what_json_cannot_say_is_told_apart_from_a_string() {
        let nan = Json::Array(vec![Json::Float(f64::NAN)]);
        assert_eq!(row(TopicType::Json, &Value::Json(nan)), r#"{"value":["NaN"],"cbor":"9ffb7ff8000000000000ff"}"#);
        let text = Json::Array(vec![Json::String("NaN".into())]);
        assert_eq!(row(TopicType::Json, &Value::Json(text)), r#"{"value":["NaN"]}"#);
        let large = Json::Int(i128::from(u64::MAX));
        assert_eq!(row(TopicType::Json, &Value::Json(large)), r#"{"value":18446744073709551615}"#);
    }

    #[test]
    fn an_object_with_the_key_of_a_library_stays_an_object() {
        let key = "$serde_json::private::Number".to_owned();
        let object = Json::Object(vec![(key, Json::String("42".into()))]);
        let text = r#"{"value":{"$serde_json::private::Number":"42"}}"#;
        assert_eq!(row(TopicType::Json, &Value::Json(object)), text);
    }
}
