//! Events of a query as text to be copied or saved: CSV for spreadsheets, JSON for programs.

use super::{Event, Found};
use crate::data::file_format::branch_file;
use crate::data::file_format::csv::{self, Formulas};
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, Value, parse_input};
use crate::model::editor::check;
use bytes::Bytes;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, as spreadsheets read them.
    Csv(Formulas),
    /// One JSON object.
    Json,
}

impl Format {
    /// The ending of a file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Json => "json",
        }
    }
}

/// The first line of CSV.
pub const CSV_HEAD: &str = "sequence,timestamp,author,original_sequence,original_timestamp,original_author,value";

/// All events of an answer as the text of a file.
#[must_use]
pub fn file(found: &Found, format: Format) -> String {
    match format {
        Format::Csv(formulas) => {
            let mut out = format!("{CSV_HEAD}\r\n");
            for event in &found.events {
                out.push_str(&csv_row(found.data_type, event, formulas));
                out.push_str("\r\n");
            }
            out
        }
        Format::Json => json(found),
    }
}

/// One event as a row of CSV, without the end of the line.
#[must_use]
pub fn csv_row(data_type: Option<DataType>, event: &Event, formulas: Formulas) -> String {
    let original = event.original.as_ref();
    let fields = [
        event.metadata.sequence.to_string(),
        moment(event.metadata.timestamp_millis),
        event.metadata.author.to_string(),
        original.map(|o| o.sequence.to_string()).unwrap_or_default(),
        original.map(|o| moment(o.timestamp_millis)).unwrap_or_default(),
        original.map(|o| o.author.to_string()).unwrap_or_default(),
        line_of(data_type, &event.value),
    ];
    csv::row(fields.iter().map(String::as_str), formulas)
}

/// The whole value of an event as text: JSON set out over lines, bytes in hexadecimal.
#[must_use]
pub fn value_text(data_type: Option<DataType>, bytes: &Bytes) -> String {
    let text = data_type.and_then(|data_type| check::text_of(data_type, bytes).ok());
    text.unwrap_or_else(|| parse_input::to_base64(bytes))
}

/// The whole value on one line where its type allows that; bytes in base64.
fn line_of(data_type: Option<DataType>, bytes: &Bytes) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    match data_type.and_then(|data_type| value::decode(data_type, bytes).ok()) {
        Some(Value::Json(json)) => json.to_text(),
        Some(Value::Binary(_)) | None => parse_input::to_base64(bytes),
        Some(_) => value_text(data_type, bytes),
    }
}

/// A time as other programs read it; one beyond the calendar stays a number.
fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn json(found: &Found) -> String {
    let text = |text: &str| Json::String(text.to_owned());
    let metadata = |m: &super::Metadata| {
        vec![
            ("sequence".to_owned(), Json::Int(m.sequence.into())),
            ("timestamp".to_owned(), Json::Int(m.timestamp_millis.into())),
            ("author".to_owned(), text(&m.author)),
        ]
    };
    let event = |event: &Event| {
        let mut members = metadata(&event.metadata);
        members.extend(event.original.iter().map(|o| ("original".to_owned(), Json::Object(metadata(o)))));
        members.push(match found.data_type {
            _ if event.value.is_empty() => ("value".to_owned(), Json::Null),
            Some(data_type) => branch_file::content(data_type, &event.value),
            None => ("bytes".to_owned(), text(&parse_input::to_base64(&event.value))),
        });
        Json::Object(members).to_text()
    };
    let head = Json::Object(vec![
        ("path".to_owned(), text(&found.request.path)),
        ("eventType".to_owned(), text(found.data_type.map_or("unknown", DataType::name))),
        ("selected".to_owned(), Json::Int(found.selected.into())),
        ("complete".to_owned(), Json::Bool(found.is_complete())),
    ])
    .to_text();
    let head = head.strip_suffix('}').unwrap_or(&head);
    let events: Vec<String> = found.events.iter().map(event).collect();
    format!("{head},\"events\":[\n{}\n]}}\n", events.join(",\n"))
}
