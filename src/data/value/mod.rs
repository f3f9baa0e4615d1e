//! Topic values: data types, decoding, encoding, previews.

mod cbor;
pub mod delta;
mod diff;
pub mod json;
pub mod json_diff;
mod json_text;
mod normal_form;
pub mod parse_input;
mod preview;
pub mod record;
pub mod time_series;
mod unset;

pub(crate) use normal_form::normal_form;
pub use preview::preview;
pub use unset::UNSET;

use super::TopicType;
use bytes::Bytes;
use cbor::{Cursor, Head, error_at, write_float, write_int, write_text};

/// The type of a value: of a topic that is no time series, or of the events of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataType {
    /// Raw bytes.
    Binary,
    /// A CBOR data item.
    Json,
    /// Text, or no value.
    String,
    /// A 64-bit integer, or no value.
    Int64,
    /// A 64-bit float, or no value.
    Double,
    /// Delimited records of fields.
    RecordV2,
}

impl DataType {
    /// Every data type.
    pub const ALL: [Self; 6] = [Self::Binary, Self::Json, Self::String, Self::Int64, Self::Double, Self::RecordV2];

    /// The name used on the wire and in `TIME_SERIES_EVENT_VALUE_TYPE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Json => "json",
            Self::String => "string",
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::RecordV2 => "record_v2",
        }
    }

    /// From a name, ignoring case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }

    /// The topic type of the same name.
    #[must_use]
    pub const fn topic_type(self) -> TopicType {
        match self {
            Self::Binary => TopicType::Binary,
            Self::Json => TopicType::Json,
            Self::String => TopicType::String,
            Self::Int64 => TopicType::Int64,
            Self::Double => TopicType::Double,
            Self::RecordV2 => TopicType::RecordV2,
        }
    }

    /// Whether values of this type can be read as values of another; their bytes stay the same.
    #[must_use]
    pub fn can_be_read_as(self, other: Self) -> bool {
        self == other || other == Self::Json && matches!(self, Self::String | Self::Int64 | Self::Double)
    }

    /// The data type of a topic type; none for time series and unknown.
    #[must_use]
    pub fn of_topic_type(topic_type: TopicType) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.topic_type() == topic_type)
    }
}

/// A decoded topic value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Raw bytes.
    Binary(Bytes),
    /// JSON.
    Json(json::Json),
    /// Text; none is “no value”.
    String(Option<String>),
    /// A 64-bit integer; none is “no value”.
    Int64(Option<i64>),
    /// A 64-bit float; none is “no value”.
    Double(Option<f64>),
    /// Records of fields.
    RecordV2(record::Records),
    /// An event of a time series.
    Event(Box<time_series::Event>),
}

/// Why bytes are no value of their type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at byte {offset})")]
pub struct ValueError {
    /// What is wrong.
    pub reason: String,
    /// Where, counted from the start of the value.
    pub offset: usize,
}

/// Decodes the value of a data type.
///
/// # Errors
/// The bytes are no value of that type.
pub fn decode(data_type: DataType, bytes: &Bytes) -> Result<Value, ValueError> {
    Ok(match data_type {
        DataType::Binary => Value::Binary(bytes.clone()),
        DataType::Json => Value::Json(json::Json::from_cbor(bytes)?),
        DataType::RecordV2 => Value::RecordV2(record::Records::from_bytes(bytes)?),
        DataType::String | DataType::Int64 | DataType::Double => decode_primitive(data_type, bytes)?,
    })
}

fn decode_primitive(data_type: DataType, bytes: &[u8]) -> Result<Value, ValueError> {
    let mut cursor = Cursor::new(bytes);
    let out_of_range = |_| error_at(0, "the integer does not fit in 64 bits");
    let value = match (data_type, cursor.head()?) {
        (DataType::String, Head::Null) => Value::String(None),
        (DataType::String, Head::Text(length)) => Value::String(Some(cursor.text(length)?)),
        (DataType::Int64, Head::Null) => Value::Int64(None),
        (DataType::Int64, Head::Unsigned(n)) => Value::Int64(Some(i64::try_from(n).map_err(out_of_range)?)),
        (DataType::Int64, Head::Negative(n)) => Value::Int64(Some(-1 - i64::try_from(n).map_err(out_of_range)?)),
        (DataType::Double, Head::Null) => Value::Double(None),
        (DataType::Double, Head::Float(n)) => Value::Double(Some(n)),
        (_, head) => {
            return Err(error_at(0, format!("{} where a value of type {} should be", head.name(), data_type.name())));
        }
    };
    cursor.end()?;
    Ok(value)
}

/// Decodes the value of a topic with this specification: a value, or an event of a time series.
///
/// # Errors
/// The bytes are no value of that type, or the type is unknown.
pub fn decode_topic(spec: &super::TopicSpec, bytes: &Bytes) -> Result<Value, ValueError> {
    if let Some(data_type) = DataType::of_topic_type(spec.topic_type) {
        return decode(data_type, bytes);
    }
    match spec.event_type() {
        Some(event_type) => Ok(Value::Event(Box::new(time_series::decode(event_type, bytes)?))),
        None => Err(error_at(0, unknown_type(spec))),
    }
}

/// Why values of this specification cannot be read.
fn unknown_type(spec: &super::TopicSpec) -> &'static str {
    if spec.topic_type == TopicType::TimeSeries {
        "the type of the events is not known"
    } else {
        "the type of the topic is not known"
    }
}

/// Encodes a value as the official clients do (shortest CBOR, indefinite collections, 8-byte floats).
#[must_use]
pub fn encode(value: &Value) -> Bytes {
    let mut out = Vec::new();
    match value {
        Value::Binary(bytes) => return bytes.clone(),
        Value::Json(json) => out = json.to_cbor(),
        Value::RecordV2(records) => out = records.to_bytes(),
        Value::Event(event) => out = time_series::encode(event.original.as_ref(), &event.metadata, &event.value),
        Value::String(None) | Value::Int64(None) | Value::Double(None) => out.push(UNSET),
        Value::String(Some(text)) => write_text(&mut out, text),
        Value::Int64(Some(n)) => write_int(&mut out, i128::from(*n)),
        Value::Double(Some(n)) => write_float(&mut out, *n),
    }
    out.into()
}

/// The number in a value, for charts: `INT64`, `DOUBLE`, a JSON number, or the same inside an event.
#[must_use]
pub fn number(spec: &super::TopicSpec, bytes: &Bytes) -> Option<f64> {
    let (data_type, value) = match DataType::of_topic_type(spec.topic_type) {
        Some(data_type) => (data_type, &bytes[..]),
        None => (spec.event_type()?, &bytes[time_series::parts(bytes).ok()?.value_start..]),
    };
    let mut cursor = Cursor::new(value);
    let number = match (data_type, cursor.head().ok()?) {
        (DataType::Int64 | DataType::Json, Head::Unsigned(n)) => n as f64,
        (DataType::Int64 | DataType::Json, Head::Negative(n)) => -1.0 - n as f64,
        (DataType::Double | DataType::Json, Head::Float(n)) => n,
        _ => return None,
    };
    cursor.end().ok()?;
    Some(number)
}

#[cfg(test)]
mod tests;
