//! A change as the command line that does the same.

use super::Entry;
use crate::client::api::{ConnectOptions, Target};
use crate::data::TopicSpec;
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, Value};
use crate::model::change::{Change, Guard, is_unset};
use crate::model::editor::check::double_text;
use crate::model::editor::loses_bytes;
use bytes::Bytes;
use std::fmt::Write as _;

/// The command, without a password; none where no command does the same.
#[must_use]
pub fn command_line(entry: &Entry, options: &ConnectOptions) -> Option<String> {
    let Target::Url(url) = &options.target else { return None };
    let mut options_text = String::new();
    if !entry.principal.is_empty() {
        push(&mut options_text, &format!("--principal={}", entry.principal));
    }
    let (verb, rest) = match &entry.change {
        Change::Set { path, data_type, value, guard } => {
            push(&mut options_text, &format!("--type={}", data_type.topic_type().name()));
            guard_options(&mut options_text, guard, *data_type)?;
            ("set", vec![path.to_string(), text_of(*data_type, value)?])
        }
        Change::Patch { path, patch, guard } => {
            push(&mut options_text, "--patch");
            guard_options(&mut options_text, guard, DataType::Json)?;
            ("set", vec![path.to_string(), patch.clone()])
        }
        Change::Add { path, spec } => {
            spec_options(&mut options_text, spec);
            ("add", vec![path.to_string()])
        }
        Change::AddAndSet { path, spec, value, guard } => {
            push(&mut options_text, "--add");
            spec_options(&mut options_text, spec);
            let data_type = DataType::of_topic_type(spec.topic_type)?;
            guard_options(&mut options_text, guard, data_type)?;
            ("set", vec![path.to_string(), text_of(data_type, value)?])
        }
        Change::Remove { selector } => ("remove", vec![selector.clone()]),
        Change::Append { path, event_type, value, timestamp_millis } => {
            if let Some(millis) = timestamp_millis {
                push(&mut options_text, &format!("--timestamp={millis}"));
            }
            ("append", vec![path.to_string(), text_of(*event_type, value)?])
        }
        Change::EditEvent { .. } => return None,
    };
    let mut line = format!("brownian {verb}");
    push(&mut line, url);
    line.push_str(&options_text);
    line.push_str(" --"); // a value may begin like an option
    for word in &rest {
        push(&mut line, word);
    }
    Some(line)
}

fn push(line: &mut String, word: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    let quoted = word.is_empty() || !word.chars().all(plain);
    let written = if quoted { write!(line, " '{}'", word.replace('\'', r"'\''")) } else { write!(line, " {word}") };
    written.expect("a String takes everything");
}

fn spec_options(line: &mut String, spec: &TopicSpec) {
    push(line, &format!("--type={}", spec.topic_type.name()));
    for (key, value) in spec.properties.iter() {
        push(line, &format!("--property={key}={value}"));
    }
}

fn guard_options(line: &mut String, guard: &Guard, data_type: DataType) -> Option<()> {
    match guard {
        Guard::None => {}
        Guard::StillValue(value) => push(line, &format!("--if-value={}", text_of(data_type, value)?)),
        Guard::NoValue => push(line, "--if-no-value"),
        Guard::NoTopic => push(line, "--if-no-topic"),
        Guard::Other(_) => return None,
    }
    Some(())
}

/// A value in the words that the command line reads; none where it has no words.
fn text_of(data_type: DataType, bytes: &Bytes) -> Option<String> {
    if is_unset(data_type, bytes) {
        return None;
    }
    Some(match value::decode(data_type, bytes).ok()? {
        Value::Json(json) => (!loses_bytes(&json)).then(|| json.to_text())?,
        Value::String(text) => text?,
        Value::Int64(n) => n?.to_string(),
        Value::Double(n) => double_text(n?),
        Value::Binary(bytes) => bytes.iter().fold("hex:".to_owned(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        }),
        Value::RecordV2(records) => {
            let fields = |fields: &Vec<String>| Json::Array(fields.iter().cloned().map(Json::String).collect());
            Json::Array(records.0.iter().map(fields).collect()).to_text()
        }
        Value::Event(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Timestamp, TopicPath, TopicType};
    use crate::model::change::Before;
    use crate::model::journal::EntryId;

    fn line(change: Change) -> Option<String> {
        let entry = Entry {
            id: EntryId(1),
            at: Timestamp(0),
            link: None,
            server: "s".into(),
            principal: "it's me".into(),
            change,
            before: Before::default(),
            result: None,
            micros: 0,
            undone_by: None,
            undoes: None,
        };
        command_line(&entry, &ConnectOptions::to(Target::Url("ws://host:8080".into())))
    }

    #[test]
    fn a_change_becomes_a_command_with_its_guard() {
        let path = TopicPath::parse("a/b c").expect("valid");
        let value = Bytes::from(Json::from_text(r#"{"a":-1}"#).expect("JSON").to_cbor());
        let guard = Guard::StillValue(Bytes::from_static(&[7]));
        let set = Change::Set { path: path.clone(), data_type: DataType::Json, value, guard };
        let expected =
            r#"brownian set ws://host:8080 '--principal=it'\''s me' --type=JSON --if-value=7 -- 'a/b c' '{"a":-1}'"#;
        assert_eq!(line(set).as_deref(), Some(expected));
        let spec = TopicSpec::new(TopicType::Int64).with("CONFLATION", "off");
        let value = Bytes::from_static(&[0x20]);
        let add = Change::AddAndSet { path: path.clone(), spec, value, guard: Guard::NoTopic };
        assert!(line(add).is_some_and(|l| {
            l.ends_with("--add --type=INT64 --property=CONFLATION=off --if-no-topic -- 'a/b c' -1")
        }));
        let value = Bytes::from_static(&[0xf6]);
        let unset = Change::Set { path, data_type: DataType::String, value, guard: Guard::None };
        assert_eq!(line(unset), None, "no command says that");
    }
}
