//! Changes of a server from the command line: set, add, remove, append.

use super::super::cli::change_args::spec as spec_of;
use super::super::cli::{AddArgs, AppendArgs, RemoveArgs, SetArgs};
use super::{Failed, Line, selector};
use crate::client::api::CallError;
use crate::data::property::{check_schema, normalise};
use crate::data::spec_diff::{Difference, differences};
use crate::data::value::{self, DataType, parse_input};
use crate::data::{ErrorCode, Secret, TopicPath, TopicSpec, TopicType};
use crate::model::change::{self, Change, ChangeOutcome, ChangeResult, Guard};
use crate::model::changes;
use crate::model::error_text;
use crate::wire::Service;
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::{Fetch, fetch};
use bytes::Bytes;
use std::io::{Read, Write};
use std::path::Path;

/// Paths in one answer while topics are counted.
const COUNT_PAGE: i32 = 10_000;
/// Paths listed before a removal.
const LISTED: usize = 50;
/// Bytes of a value or a file that are read at most.
pub(super) const MAX_INPUT: u64 = 256 << 20;

struct Asking<'a>(&'a mut Line);

impl changes::Caller for Asking<'_> {
    type Out = Result<ChangeResult, Failed>;

    fn call<S: Service>(self, request: &S::Request, read: fn(S::Response) -> ChangeResult) -> Self::Out {
        Ok(self.0.asked::<S>(request)?.map_err(change::ChangeError::Call).and_then(read))
    }
}

impl Line {
    /// Does a change; the outer error is the end of the session.
    pub(super) fn change(&mut self, change: &Change) -> Result<ChangeResult, Failed> {
        changes::call(change, Asking(self))
    }

    /// The specification of the topic at a path, and its value if asked for; none if there is no topic.
    pub(super) fn topic_at(
        &mut self,
        path: &TopicPath,
        with_value: bool,
    ) -> Result<Option<(TopicSpec, Option<Bytes>)>, Failed> {
        let request = fetch::Request {
            limit: 1,
            with_values: with_value,
            with_properties: true,
            ..fetch::Request::of(format!(">{path}"))
        };
        let response = self.call::<Fetch>(&request, &format!("fetch “{path}”"))?;
        Ok(response.results.first().map(|topic| {
            let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
            (spec, topic.value.clone())
        }))
    }

    /// Does a change and says what came of it, or why it failed.
    fn report(&mut self, change: &Change, json: bool, out: &mut dyn Write) -> Result<ChangeOutcome, Failed> {
        let done = match self.change(change)? {
            Ok(done) => done,
            Err(failed) => return Err(self.explain(change, &failed)?),
        };
        if json {
            writeln!(out, "{}", json_of_done(change, &done))?;
        } else {
            writeln!(out, "{}", change.done_text(&done))?;
        }
        out.flush()?;
        Ok(done)
    }

    /// Why a change was not done; looks at the topic where that tells more.
    fn explain(&mut self, change: &Change, failed: &change::ChangeError) -> Result<Failed, Failed> {
        let error = match failed {
            change::ChangeError::Operation { index } => {
                let text = format!("Cannot {}: operation {} of the patch failed", change.infinitive(), index + 1);
                return Ok(Failed(format!("{text}; nothing was changed")));
            }
            change::ChangeError::Call(error) | change::ChangeError::Stream { error, .. } => error,
        };
        if let (
            CallError::Service { code: ErrorCode::TOPIC_EXISTS_MISMATCH, .. },
            Change::Add { path, spec } | Change::AddAndSet { path, spec, .. },
        ) = (error, change)
            && let Some((theirs, _)) = self.topic_at(path, false)?
        {
            let list: Vec<String> = differences(spec, &theirs).iter().map(Difference::sentence).collect();
            let differences = list.join("; ");
            return Ok(Failed(format!(
                "Cannot {}: a topic with another specification exists there ({differences})",
                change.infinitive()
            )));
        }
        let words = error_text::call(error, &change.infinitive());
        Ok(Failed(if words.remedy.is_empty() { words.summary } else { format!("{}. {}", words.summary, words.remedy) }))
    }
}

fn json_of_done(change: &Change, done: &ChangeOutcome) -> serde_json::Value {
    let target = change.target();
    match done {
        ChangeOutcome::Set => serde_json::json!({ "path": target, "outcome": "set" }),
        ChangeOutcome::Added(AddOutcome::Created) => serde_json::json!({ "path": target, "outcome": "created" }),
        ChangeOutcome::Added(AddOutcome::Exists) if matches!(change, Change::AddAndSet { .. }) => {
            serde_json::json!({ "path": target, "outcome": "set" })
        }
        ChangeOutcome::Added(AddOutcome::Exists) => serde_json::json!({ "path": target, "outcome": "exists" }),
        ChangeOutcome::Removed(count) => {
            serde_json::json!({ "selector": target, "outcome": "removed", "count": count })
        }
        ChangeOutcome::Appended { sequence, timestamp_millis, author } => serde_json::json!({
            "path": target, "outcome": "appended",
            "sequence": sequence, "timestamp": timestamp_millis, "author": author,
        }),
        ChangeOutcome::Streamed { set, .. } => {
            serde_json::json!({ "path": target, "outcome": "streamed", "count": set })
        }
    }
}

/// Sets a value, or patches it.
///
/// # Errors
/// No session, no topic, no value of its type, a condition that does not hold, or the server refuses.
pub fn set(args: &SetArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let input = match (&args.value, &args.file) {
        (Some(text), _) => Input::Text(text.clone()),
        (None, Some(file)) => Input::Bytes(read(file)?),
        (None, None) => return Err(Failed("there is no value".into())),
    };
    let wanted = match args.topic_type {
        Some(topic_type) => Some(checked(&spec_of(topic_type, &args.properties))?),
        None => None,
    };
    let mut line = Line::open(&args.server, password, false)?;
    let path = args.path.clone();
    let spec = match &wanted {
        Some(spec) => spec.clone(),
        None => existing(&mut line, &path)?.ok_or_else(|| {
            Failed(format!("there is no topic at “{path}”, or it cannot be read; --add --type T creates one"))
        })?,
    };
    let data_type = data_type_of(&spec, &path)?;
    let guard = match &args.if_value {
        Some(text) => Guard::StillValue(Input::Text(text.clone()).value(data_type)?),
        None if args.if_no_value => Guard::NoValue,
        None if args.if_no_topic => Guard::NoTopic,
        None => Guard::None,
    };
    let change = if args.patch {
        if data_type != DataType::Json {
            return Err(Failed(format!("“{path}” is {}; only JSON topics can be patched", spec.topic_type.name())));
        }
        let patch = input.text()?;
        if let Err(error) = value::json::Json::from_text(&patch) {
            return Err(Failed(format!("the patch is no JSON: {error}")));
        }
        Change::Patch { path, patch, guard }
    } else if args.add {
        Change::AddAndSet { path, spec, value: input.value(data_type)?, guard }
    } else {
        Change::Set { path, data_type, value: input.value(data_type)?, guard }
    };
    line.report(&change, args.server.json, out)?;
    line.close();
    Ok(())
}

/// Creates a topic.
///
/// # Errors
/// No session, a specification that is none, another topic there, or the server refuses.
pub fn add(args: &AddArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let spec = checked(&spec_of(args.topic_type, &args.properties))?;
    let mut line = Line::open(&args.server, password, false)?;
    line.report(&Change::Add { path: args.path.clone(), spec }, args.server.json, out)?;
    line.close();
    Ok(())
}

/// Counts what a selector matches, and removes it if the user knows how much that is.
///
/// # Errors
/// No session, a bad selector, another number than given, no leave to remove, or the server refuses.
pub fn remove(args: &RemoveArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let selector = selector(&args.selector)?;
    let mut line = Line::open(&args.server, password, false)?;
    let (count, first) = counted(&mut line, &selector)?;
    let topics = words_for(count);
    if args.dry_run {
        dry_removal(args, &selector, count, &first, out)?;
        line.close();
        return Ok(());
    }
    match args.count {
        Some(expected) if expected != count => {
            return Err(Failed(format!("{topics} match {selector}, not {expected}; nothing was removed")));
        }
        None if !args.yes => {
            if args.server.json {
                writeln!(out, "{}", serde_json::json!({ "selector": selector, "matched": count }))?;
                out.flush()?;
            }
            let way = if count == 0 { String::new() } else { format!("; --count {count} removes them") };
            return Err(Failed(format!("{topics} match {selector}{way}")));
        }
        _ => {}
    }
    line.report(&Change::Remove { selector }, args.server.json, out)?;
    line.close();
    Ok(())
}

fn words_for(count: u64) -> String {
    if count == 1 { "1 topic".to_owned() } else { format!("{count} topics") }
}

fn dry_removal(
    args: &RemoveArgs,
    selector: &str,
    count: u64,
    first: &[String],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if args.server.json {
        let row = serde_json::json!({ "selector": selector, "matched": count, "first": first });
        writeln!(out, "{row}")?;
        return out.flush();
    }
    writeln!(out, "{} would be removed", words_for(count))?;
    for path in first {
        writeln!(out, "  {path}")?;
    }
    let rest = count.saturating_sub(first.len() as u64);
    if rest > 0 {
        writeln!(out, "  … and {rest} more")?;
    }
    out.flush()
}

/// How many topics a selector matches, and the first of their paths.
fn counted(line: &mut Line, selector: &str) -> Result<(u64, Vec<String>), Failed> {
    let (mut count, mut first, mut from) = (0, Vec::new(), None);
    loop {
        let request = fetch::Request { from, limit: COUNT_PAGE, ..fetch::Request::of(selector) };
        let response = line.call::<Fetch>(&request, "count the topics")?;
        count += response.results.len() as u64;
        first.extend(response.results.iter().take(LISTED - first.len()).map(|topic| topic.path.clone()));
        match response.results.last() {
            Some(last) if response.has_more => {
                from = Some(fetch::Limit { path: last.path.clone(), includes_path: false });
            }
            _ => return Ok((count, first)),
        }
    }
}

/// Appends an event to a time series.
///
/// # Errors
/// No session, no time series, no value of its type, or the server refuses.
pub fn append(args: &AppendArgs, password: Option<Secret>, out: &mut dyn Write) -> Result<(), Failed> {
    let mut line = Line::open(&args.server, password, false)?;
    let path = args.path.clone();
    let spec = existing(&mut line, &path)?
        .ok_or_else(|| Failed(format!("there is no topic at “{path}”, or it cannot be read")))?;
    let event_type = spec
        .event_type()
        .ok_or_else(|| Failed(format!("“{path}” is {}, not TIME_SERIES; use set", spec.topic_type.name())))?;
    let value = Input::Text(args.value.clone()).value(event_type)?;
    let timestamp_millis = args.timestamp.map(crate::data::Timestamp::millis);
    line.report(&Change::Append { path, event_type, value, timestamp_millis }, args.server.json, out)?;
    line.close();
    Ok(())
}

fn existing(line: &mut Line, path: &TopicPath) -> Result<Option<TopicSpec>, Failed> {
    Ok(line.topic_at(path, false)?.map(|(spec, _)| spec))
}

/// The specification in normal form.
fn checked(spec: &TopicSpec) -> Result<TopicSpec, Failed> {
    normalise(spec, check_schema).map_err(|error| Failed(error.reason))
}

fn data_type_of(spec: &TopicSpec, path: &TopicPath) -> Result<DataType, Failed> {
    DataType::of_topic_type(spec.topic_type).ok_or_else(|| {
        Failed(match spec.topic_type {
            TopicType::TimeSeries => format!("“{path}” is TIME_SERIES; use append"),
            other => format!("values of {} topics cannot be set", other.name()),
        })
    })
}

/// What the user gave as a value.
enum Input {
    Text(String),
    Bytes(Vec<u8>),
}

impl Input {
    fn text(self) -> Result<String, Failed> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Bytes(bytes) => String::from_utf8(bytes).map_err(|error| {
                Failed(format!("the file is not UTF-8 (at byte {})", error.utf8_error().valid_up_to()))
            }),
        }
    }

    /// The bytes of a value of this type.
    fn value(self, data_type: DataType) -> Result<Bytes, Failed> {
        if let (Self::Bytes(bytes), DataType::Binary) = (&self, data_type) {
            return Ok(bytes.clone().into());
        }
        let text = self.text()?;
        let value = parse_input::from_text(data_type, &text)
            .map_err(|why| Failed(format!("this is no {} value: {why}", data_type.topic_type().name())))?;
        Ok(value::encode(&value))
    }
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    let result = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut bytes))
    };
    result.map_err(|error| Failed(format!("{}: {error}", file.display())))?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(Failed(format!("{}: more than {} MiB", file.display(), MAX_INPUT >> 20)));
    }
    Ok(bytes)
}
