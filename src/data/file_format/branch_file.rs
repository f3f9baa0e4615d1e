//! A branch of topics as a file: specifications and values as JSON, one topic a line, to be read back exactly.
//!
//! A value stands as JSON where writing that JSON gives its bytes again, all of them; else its bytes stand there in
//! base64. So whatever a topic holds comes back as it was, also what is no value of its type.

use crate::data::property::{check_schema, normalise};
use crate::data::spec_diff::{Difference, differences};
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, Value, parse_input};
use crate::data::{Properties, TopicPath, TopicSpec, TopicType};
use bytes::Bytes;

/// The `format` member of the file.
pub const FORMAT: &str = "brownian-branch";
/// The version that is written, and the latest that is read. Version 1 had the latest event of a time series only,
/// without its author.
pub const VERSION: i128 = 2;
/// Topics that a file may have.
pub const MAX_TOPICS: usize = 1_000_000;
/// Arrays and objects of the file around the value of an event.
const LEVELS_AROUND: usize = 5;

/// A topic in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileTopic {
    /// Where.
    pub path: TopicPath,
    /// Its specification, without internal properties.
    pub spec: TopicSpec,
    /// The bytes of its value; none if it has none, and for a time series.
    pub value: Option<Bytes>,
    /// Events of a time series, oldest first.
    pub events: Vec<FileEvent>,
}

/// An event of a time series in a file: the original's time, with the value that counts now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEvent {
    /// Milliseconds since 1970.
    pub at_millis: i64,
    /// Who appended it, as far as known; whoever reads the file in becomes the author there.
    pub author: String,
    /// Bytes of the value.
    pub value: Bytes,
}

/// A topic of a file, or why it is none.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// Its path as far as it can be read.
    pub path: String,
    /// The topic, or what is wrong with it, without full stop.
    pub topic: Result<FileTopic, String>,
}

/// Why a text is no such file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The text is no JSON.
    #[error("{0}")]
    Text(String),
    /// The JSON is not a branch of topics.
    #[error("{0}")]
    Form(String),
    /// A topic is not right.
    #[error("topic {number} (“{path}”): {reason}")]
    Topic {
        /// Counted from 1.
        number: usize,
        /// Its path as far as it can be read.
        path: String,
        /// What is wrong, without full stop.
        reason: String,
    },
}

/// The lines before the topics.
#[must_use]
pub fn head(selector: &str) -> String {
    let selector = Json::String(selector.to_owned()).to_text();
    format!("{{\n\"format\": \"{FORMAT}\",\n\"version\": {VERSION},\n\"selector\": {selector},\n\"topics\": [")
}

/// The lines after the topics.
pub const TAIL: &str = "\n]\n}\n";

/// One topic on one line, without a comma.
#[must_use]
pub fn line(topic: &FileTopic) -> String {
    let text = |text: &str| Json::String(text.to_owned());
    let mut members =
        vec![("path".to_owned(), text(topic.path.as_str())), ("type".to_owned(), text(topic.spec.topic_type.name()))];
    if !topic.spec.properties.is_empty() {
        let properties = topic.spec.properties.iter().map(|(key, value)| (key.to_owned(), text(value))).collect();
        members.push(("properties".to_owned(), Json::Object(properties)));
    }
    if let (Some(bytes), Some(data_type)) = (&topic.value, DataType::of_topic_type(topic.spec.topic_type)) {
        members.push(content(data_type, bytes));
    }
    if let (false, Some(event_type)) = (topic.events.is_empty(), topic.spec.event_type()) {
        let event = |event: &FileEvent| {
            let mut members = vec![("timestamp".to_owned(), Json::Int(i128::from(event.at_millis)))];
            if !event.author.is_empty() {
                members.push(("author".to_owned(), text(&event.author)));
            }
            members.push(content(event_type, &event.value));
            Json::Object(members)
        };
        members.push(("events".to_owned(), Json::Array(topic.events.iter().map(event).collect())));
    }
    Json::Object(members).to_text()
}

/// A fetched topic as it goes to a file.
#[must_use]
pub fn topic(path: TopicPath, spec: &TopicSpec, bytes: Option<&Bytes>) -> FileTopic {
    let properties: Properties = spec.properties.iter().filter(|(key, _)| !key.starts_with('_')).collect();
    let (mut value, mut events) = (bytes.cloned(), Vec::new());
    if spec.topic_type == TopicType::TimeSeries {
        let event = value.take().and_then(|bytes| value::time_series::decode(spec.event_type()?, &bytes).ok());
        events.extend(event.map(|event| {
            // Of an edit its own time: the server takes no event that is older than its latest one, and edits count.
            let metadata = event.metadata;
            FileEvent { at_millis: metadata.timestamp_millis, author: metadata.author, value: event.value }
        }));
    }
    FileTopic { path, spec: TopicSpec { topic_type: spec.topic_type, properties }, value, events }
}

/// `value` where writing the JSON gives the same bytes, else `bytes`.
#[must_use]
pub fn content(data_type: DataType, bytes: &Bytes) -> (String, Json) {
    match exact_json(data_type, bytes) {
        Some(json) => ("value".to_owned(), json),
        None => ("bytes".to_owned(), Json::String(parse_input::to_base64(bytes))),
    }
}

/// The value as JSON, if its text, read and encoded by this program, gives exactly these bytes.
fn exact_json(data_type: DataType, bytes: &Bytes) -> Option<Json> {
    let json = as_json(&value::decode(data_type, bytes).ok()?)?;
    if json.depth() + LEVELS_AROUND > Json::MAX_DEPTH {
        return None;
    }
    let read = Json::from_text(&json.to_text()).ok()?;
    (value::encode(&of_json(data_type, &read).ok()?) == *bytes).then_some(json)
}

fn as_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Json(json) => json.clone(),
        Value::String(None) | Value::Int64(None) | Value::Double(None) => Json::Null,
        Value::String(Some(text)) => Json::String(text.clone()),
        Value::Int64(Some(number)) => Json::Int(i128::from(*number)),
        Value::Double(Some(number)) => Json::Float(*number),
        Value::RecordV2(records) => {
            let record = |fields: &Vec<String>| Json::Array(fields.iter().cloned().map(Json::String).collect());
            Json::Array(records.0.iter().map(record).collect())
        }
        Value::Binary(_) | Value::Event(_) => return None,
    })
}

/// A value of a data type from JSON.
///
/// # Errors
/// The JSON is no value of the type.
pub fn of_json(data_type: DataType, json: &Json) -> Result<Value, String> {
    Ok(match (data_type, json) {
        (DataType::Json, json) => Value::Json(json.clone()),
        (DataType::String, Json::Null) => Value::String(None),
        (DataType::Int64, Json::Null) => Value::Int64(None),
        (DataType::Double, Json::Null) => Value::Double(None),
        (DataType::String, Json::String(text)) => Value::String(Some(text.clone())),
        (DataType::Int64, Json::Int(number)) => {
            Value::Int64(Some(i64::try_from(*number).map_err(|_| format!("{number} does not fit in an INT64"))?))
        }
        (DataType::Double, Json::Float(number)) => Value::Double(Some(*number)),
        (DataType::Double, Json::Int(number)) => Value::Double(Some(*number as f64)),
        (DataType::RecordV2, json) => Value::RecordV2(parse_input::records(json)?),
        // The value of a spreadsheet or of a hand-written file.
        (DataType::Binary, Json::String(text)) => parse_input::from_text(DataType::Binary, text)?,
        (data_type, _) => return Err(format!("the value is no {}", data_type.topic_type().name())),
    })
}

/// Reads a file.
///
/// # Errors
/// It is none, or one of its topics is not right; the error says where and why.
pub fn parse(text: &str) -> Result<Vec<FileTopic>, FileError> {
    let topic = |(at, row): (usize, FileRow)| {
        row.topic.map_err(|reason| FileError::Topic { number: at + 1, path: row.path, reason })
    };
    parse_rows(text)?.into_iter().enumerate().map(topic).collect()
}

/// Reads a file; what is wrong with a topic stands in its row.
///
/// # Errors
/// It is no such file at all; the error says where and why.
pub fn parse_rows(text: &str) -> Result<Vec<FileRow>, FileError> {
    let json = Json::from_text(text).map_err(|error| FileError::Text(error.located(text)))?;
    let form = |reason: &str| Err(FileError::Form(reason.to_owned()));
    match json.member("format") {
        Some(Json::String(format)) if format == FORMAT => {}
        _ => return form("this is no file that export wrote: “format” is not “brownian-branch”"),
    }
    match json.member("version") {
        Some(Json::Int(1..=VERSION)) => {}
        Some(Json::Int(version)) => {
            return Err(FileError::Form(format!(
                "the file has version {version}; this program reads versions 1 to {VERSION}"
            )));
        }
        _ => return form("“version” is missing"),
    }
    let Some(Json::Array(items)) = json.member("topics") else { return form("“topics” is missing, or no list") };
    if items.len() > MAX_TOPICS {
        return Err(FileError::Form(format!("the file has {} topics; {MAX_TOPICS} can be read", items.len())));
    }
    let mut seen = std::collections::HashSet::new();
    let row = |item: &Json| {
        let topic = read_topic(item).and_then(|topic| {
            let first = seen.insert(topic.path.clone());
            if first { Ok(topic) } else { Err("this path comes twice".to_owned()) }
        });
        let path = match item.member("path") {
            Some(Json::String(path)) => path.clone(),
            _ => "?".to_owned(),
        };
        FileRow { path, topic }
    };
    Ok(items.iter().map(row).collect())
}

/// A topic of a list.
pub(super) fn read_topic(item: &Json) -> Result<FileTopic, String> {
    let text = |key: &str| match item.member(key) {
        Some(Json::String(text)) => Ok(text),
        Some(_) => Err(format!("“{key}” is no text")),
        None => Err(format!("“{key}” is missing")),
    };
    let path = text("path")?;
    let path = TopicPath::parse(path).map_err(|error| error.located(path))?;
    let name = text("type")?;
    let topic_type = TopicType::ALL
        .into_iter()
        .find(|t| *t != TopicType::Unknown && t.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("“{name}” is no topic type"))?;
    let mut spec = TopicSpec::new(topic_type);
    match item.member("properties") {
        None => {}
        Some(Json::Object(members)) => {
            for (key, value) in members {
                let Json::String(value) = value else { return Err(format!("the property {key} is no text")) };
                spec.properties.set(key.clone(), value.clone());
            }
        }
        Some(_) => return Err("“properties” is no object".to_owned()),
    }
    let spec = normalise(&spec, check_schema).map_err(|error| error.reason)?;
    let value = match DataType::of_topic_type(topic_type) {
        Some(data_type) => read_content(data_type, item)?,
        None => None,
    };
    let mut events: Vec<FileEvent> = Vec::new();
    if let (Some(event_type), Some(list)) = (spec.event_type(), item.member("events")) {
        let Json::Array(list) = list else { return Err("“events” is no list".to_owned()) };
        for (at, event) in list.iter().enumerate() {
            let wrong = |why: &str| format!("event {}: {why}", at + 1);
            let Some(Json::Int(millis)) = event.member("timestamp") else {
                return Err(wrong("“timestamp” is missing"));
            };
            let millis = i64::try_from(*millis).map_err(|_| wrong("“timestamp” is too far away"))?;
            let value = read_content(event_type, event).map_err(|why| wrong(&why))?;
            let author = match event.member("author") {
                None => String::new(),
                Some(Json::String(author)) => author.clone(),
                Some(_) => return Err(wrong("“author” is no text")),
            };
            let value = value.ok_or_else(|| wrong("“value” is missing"))?;
            events.push(FileEvent { at_millis: millis, author, value });
        }
    }
    events.sort_by_key(|event| event.at_millis);
    Ok(FileTopic { path, spec, value, events })
}

fn read_content(data_type: DataType, item: &Json) -> Result<Option<Bytes>, String> {
    if let Some(bytes) = item.member("bytes") {
        let Json::String(text) = bytes else { return Err("“bytes” is no text".to_owned()) };
        // Not checked against the type: a server may keep anything, and whether another takes it is for that to say.
        return Ok(Some(parse_input::from_base64(text)?.into()));
    }
    item.member("value").map(|json| of_json(data_type, json).map(|value| value::encode(&value))).transpose()
}

/// What must be done for a topic of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is no topic yet.
    Create,
    /// The topic is there with this specification and value.
    Same,
    /// The topic is there with another value.
    OtherValue,
    /// The topic is there with another specification.
    OtherSpec(Vec<Difference>),
}

/// Compares a topic of a file with what is on the server.
#[must_use]
pub fn verdict(topic: &FileTopic, there: Option<&FileTopic>) -> Verdict {
    let Some(there) = there else { return Verdict::Create };
    let differences = differences(&topic.spec, &there.spec);
    if !differences.is_empty() {
        return Verdict::OtherSpec(differences);
    }
    let data_type = DataType::of_topic_type(topic.spec.topic_type);
    let same_value = match (&topic.value, &there.value, data_type) {
        // A topic without a value in the file keeps the one it has.
        (None, _, _) => true,
        (Some(_), None, _) => false,
        (Some(mine), Some(theirs), Some(data_type)) => {
            // What stands as JSON in the file is the same in any form of encoding; bytes are meant as they are.
            mine == theirs || re_encoded(data_type, theirs) == *mine && exact_json(data_type, mine).is_some()
        }
        (Some(mine), Some(theirs), None) => mine == theirs,
    };
    if same_value && missing_events(topic, Some(there)).is_empty() { Verdict::Same } else { Verdict::OtherValue }
}

/// The same value as this program writes it; the bytes themselves if they are no value.
fn re_encoded(data_type: DataType, bytes: &Bytes) -> Bytes {
    match data_type {
        DataType::Binary => None,
        DataType::RecordV2 => value::decode(data_type, bytes).ok().map(|value| value::encode(&value)),
        _ => value::normal_form(bytes).ok().map(Bytes::from),
    }
    .unwrap_or_else(|| bytes.clone())
}

/// The events of a file that can be appended to what is there: a server takes none that is older than the latest one,
/// and one of the same time is taken to be that one.
#[must_use]
pub fn missing_events<'a>(topic: &'a FileTopic, there: Option<&FileTopic>) -> &'a [FileEvent] {
    let latest = there.and_then(|there| there.events.iter().map(|event| event.at_millis).max());
    let known = latest.map_or(0, |latest| {
        topic.events.iter().rposition(|event| event.at_millis <= latest).map_or(0, |last| last + 1)
    });
    &topic.events[known..]
}

#[cfg(test)]
mod tests;
