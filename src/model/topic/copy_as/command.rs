//! Commands of this program for a POSIX shell; the passwords they need stay in the environment.

use super::{Refusal, Server, Task, Topic};
use crate::data::TopicSpec;
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, Value};
use crate::model::number::double_text;
use bytes::Bytes;
use std::fmt::Write as _;

/// What one argument may hold on Linux is 128 KiB; above this a file is the better way.
pub const MAX_ARGUMENT_BYTES: usize = 100 << 10;

/// The command that does a task with a topic.
///
/// # Errors
/// No command says that.
pub(super) fn line(task: Task, server: &Server, topic: &Topic) -> Result<String, Refusal> {
    let verb = match task {
        Task::Subscribe => "watch",
        Task::Fetch => "fetch",
        Task::Add => "add",
        Task::Set if topic.is_series() => "append",
        Task::Set => "set",
    };
    let mut line = begin(verb, &server.url, &server.principal);
    let words = match task {
        Task::Subscribe | Task::Fetch => vec![topic.selector()],
        Task::Add => {
            for option in spec_options(topic.known_spec()?) {
                push(&mut line, &option);
            }
            vec![topic.path.as_str().to_owned()]
        }
        Task::Set => {
            let value = topic.plain_value()?;
            let data_type = topic.data_type().ok_or_else(|| Refusal("The type of the value is not known".into()))?;
            let text = argument(data_type, &value)
                .ok_or_else(|| Refusal(format!("No command line writes this value of {}", topic.path)))?;
            if text.len() > MAX_ARGUMENT_BYTES {
                let why =
                    format!("The value is too long for a command line ({} bytes); save it and use --file", text.len());
                return Err(Refusal(why));
            }
            if !topic.is_series() {
                push(&mut line, &format!("--type={}", data_type.topic_type().name()));
            }
            vec![topic.path.as_str().to_owned(), text]
        }
    };
    if topic.path.as_str().contains('\0') {
        return Err(Refusal("No command line holds the character NUL of this path".into()));
    }
    push_last(&mut line, &words);
    Ok(line)
}

/// A command up to the options that say where and as whom.
pub(in crate::model) fn begin(verb: &str, url: &str, principal: &str) -> String {
    let mut line = format!("brownian {verb}");
    push(&mut line, url);
    if !principal.is_empty() {
        push(&mut line, &format!("--principal={principal}"));
    }
    line
}

/// Ends a command with the words that are no options.
pub(in crate::model) fn push_last(line: &mut String, words: &[String]) {
    line.push_str(" --"); // a value may begin like an option
    for word in words {
        push(line, word);
    }
}

/// Adds a word, quoted if a shell would read more into it.
pub(in crate::model) fn push(line: &mut String, word: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    // Some shells look up what stands behind a first =.
    let quoted = word.is_empty() || word.starts_with('=') || !word.chars().all(plain);
    let written = if quoted { write!(line, " '{}'", word.replace('\'', r"'\''")) } else { write!(line, " {word}") };
    written.expect("a String takes everything");
}

/// The options that describe a topic to be made.
pub(in crate::model) fn spec_options(spec: &TopicSpec) -> Vec<String> {
    let properties = spec.properties.iter().map(|(key, value)| format!("--property={key}={value}"));
    std::iter::once(format!("--type={}", spec.topic_type.name())).chain(properties).collect()
}

/// A value in the words that the command line reads; none where it has no words.
pub(in crate::model) fn argument(data_type: DataType, bytes: &Bytes) -> Option<String> {
    if data_type.is_unset(bytes) {
        return None;
    }
    let text = match value::decode(data_type, bytes).ok()? {
        Value::Json(json) => (!json.loses_bytes()).then(|| json.to_text())?,
        Value::String(text) => text?,
        Value::Int64(n) => n?.to_string(),
        Value::Double(n) => double_text(n?),
        Value::Binary(bytes) => format!("hex:{}", super::text::hex(&bytes)),
        Value::RecordV2(records) => {
            let fields = |fields: &Vec<String>| Json::Array(fields.iter().cloned().map(Json::String).collect());
            Json::Array(records.0.iter().map(fields).collect()).to_text()
        }
        Value::Event(_) => return None,
    };
    // No program can be given a NUL in an argument.
    (!text.contains('\0')).then_some(text)
}
