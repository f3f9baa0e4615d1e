//! Short words for specifications and values, so that the branches read as content.

use crate::data::value::json::Json;
use crate::data::value::record::Records;
use crate::data::value::{self, Value};
use crate::data::{TopicSpec, TopicType};
use bytes::Bytes;

pub(super) fn spec(topic_type: TopicType) -> TopicSpec {
    TopicSpec::new(topic_type)
}

pub(super) fn series(event_type: &str, retained: &str) -> TopicSpec {
    spec(TopicType::TimeSeries)
        .with("TIME_SERIES_EVENT_VALUE_TYPE", event_type)
        .with("TIME_SERIES_RETAINED_RANGE", retained)
        .with("TIME_SERIES_SUBSCRIPTION_RANGE", "limit 10")
}

pub(super) fn json(value: Json) -> Bytes {
    value::encode(&Value::Json(value))
}

pub(super) fn string(text: impl Into<String>) -> Bytes {
    value::encode(&Value::String(Some(text.into())))
}

pub(super) fn int64(number: i64) -> Bytes {
    value::encode(&Value::Int64(Some(number)))
}

pub(super) fn double(number: f64) -> Bytes {
    value::encode(&Value::Double(Some(number)))
}

pub(super) fn records(records: &[&[&str]]) -> Bytes {
    let records = records.iter().map(|fields| fields.iter().map(|&field| field.to_owned()).collect()).collect();
    value::encode(&Value::RecordV2(Records(records)))
}

pub(super) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

pub(super) fn text(text: impl Into<String>) -> Json {
    Json::String(text.into())
}

pub(super) fn whole(number: impl Into<i128>) -> Json {
    Json::Int(number.into())
}

/// A number of at most so many decimals, which JSON then shows without a tail of binary fractions.
pub(super) fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (number * scale).round() / scale
}

pub(super) fn decimal(number: f64, decimals: i32) -> Json {
    Json::Float(rounded(number, decimals))
}
