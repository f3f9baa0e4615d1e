//! A topic as plain text, as JSON and as a row of CSV.

use super::{Refusal, Topic};
use crate::data::file_format::csv::{self, Formulas};
use crate::data::value::Value;
use crate::data::value::json::Json;
use crate::data::value::time_series::EventMetadata;
use crate::model::number::double_text;
use std::fmt::Write as _;

/// A value in the words in which people type it; of an event its value. Nothing for “no value”.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Json(json) => json.to_pretty_text(),
        other => line_text(other),
    }
}

/// The same with JSON on one line.
pub(super) fn line_text(value: &Value) -> String {
    match value {
        Value::Json(json) => json.to_text(),
        Value::String(text) => text.clone().unwrap_or_default(),
        Value::Int64(n) => n.map(|n| n.to_string()).unwrap_or_default(),
        Value::Double(n) => n.map(double_text).unwrap_or_default(),
        Value::Binary(bytes) => hex(bytes),
        Value::RecordV2(_) => as_json(value).to_text(),
        Value::Event(event) => event.decoded.as_ref().map(line_text).unwrap_or_default(),
    }
}

/// Hexadecimal digits without anything between them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

/// An object with everything that is known of the topic.
pub(super) fn json(topic: &Topic) -> Result<String, Refusal> {
    let mut members = vec![member("path", Json::String(topic.path.as_str().to_owned()))];
    if let Some(spec) = &topic.spec {
        let text = |(key, value): (&str, &str)| member(key, Json::String(value.to_owned()));
        members.push(member("type", Json::String(spec.topic_type.name().to_owned())));
        members.push(member("properties", Json::Object(spec.properties.iter().map(text).collect())));
    }
    if topic.value.is_some() && topic.spec.is_some() {
        members.push(member("value", as_json(&topic.decoded()?)));
    }
    Ok(Json::Object(members).to_text())
}

fn member(key: &str, value: Json) -> (String, Json) {
    (key.to_owned(), value)
}

/// A value as JSON: numbers exactly, bytes as hexadecimal digits, events with their metadata.
#[must_use]
pub fn as_json(value: &Value) -> Json {
    match value {
        Value::Binary(bytes) => Json::String(hex(bytes)),
        Value::Json(json) => json.clone(),
        Value::String(text) => text.clone().map_or(Json::Null, Json::String),
        Value::Int64(n) => n.map_or(Json::Null, |n| Json::Int(i128::from(n))),
        Value::Double(n) => n.map_or(Json::Null, Json::Float),
        Value::RecordV2(records) => {
            let fields = |fields: &Vec<String>| Json::Array(fields.iter().cloned().map(Json::String).collect());
            Json::Array(records.0.iter().map(fields).collect())
        }
        Value::Event(event) => {
            let mut members = metadata(&event.metadata);
            members
                .extend(event.original.as_ref().map(|original| member("original", Json::Object(metadata(original)))));
            members.push(member("value", event.decoded.as_ref().map_or(Json::Null, as_json)));
            Json::Object(members)
        }
    }
}

fn metadata(of: &EventMetadata) -> Vec<(String, Json)> {
    vec![
        member("sequence", Json::Int(i128::from(of.sequence))),
        member("timestamp", Json::Int(i128::from(of.timestamp_millis))),
        member("author", Json::String(of.author.clone())),
    ]
}

/// One row of RFC 4180: path, type, value, time of receipt. What is not known is empty.
pub(super) fn csv_row(topic: &Topic, formulas: Formulas) -> Result<String, Refusal> {
    let value = match (&topic.spec, &topic.value) {
        (Some(_), Some(_)) => line_text(&topic.decoded()?),
        _ => String::new(),
    };
    let received = topic.received.and_then(|at| jiff::Timestamp::from_microsecond(at.0).ok());
    let cells = [
        topic.path.as_str().to_owned(),
        topic.spec.as_ref().map(|spec| spec.topic_type.name().to_owned()).unwrap_or_default(),
        value,
        received.map(|at| at.to_string()).unwrap_or_default(),
    ];
    Ok(csv::row(cells.iter().map(String::as_str), formulas))
}
