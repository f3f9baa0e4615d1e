//! What the commands that change a server share: sending a change, reporting how it ended, reading values.

use super::{CliError, Output, session};
use crate::client::api::{CallError, CallId};
use crate::client::blocking::Session;
use crate::data::property::{check_schema, normalise};
use crate::data::spec_diff::{Difference, differences};
use crate::data::value::{self, DataType, parse_input};
use crate::data::{ErrorCode, TopicSpec};
use crate::model::change::{Change, ChangeError, ChangeResult};
use bytes::Bytes;
use std::io::Read;
use std::path::Path;

/// Bytes of a value or a file that are read at most.
const MAX_INPUT: u64 = 256 << 20;

/// Does a change; the outer error is the end of the session.
pub(super) fn run(session: &mut Session, change: &Change) -> Result<ChangeResult, CliError> {
    let (call, reader) = change.prepared().under(CallId(0));
    Ok(reader.read(session.answer_to(call)?))
}

/// Does a change and prints how it ended.
pub(super) fn report(session: &mut Session, change: &Change, json: bool, out: &mut Output<'_>) -> Result<(), CliError> {
    let done = match run(session, change)? {
        Ok(done) => done,
        Err(failed) => return Err(explain(session, change, failed)?),
    };
    if json {
        out.json(change.outcome_json(&done))?;
    } else {
        out.line(change.done_text(&done))?;
    }
    Ok(out.flush()?)
}

/// Why a change was not done; looks at the topic where that tells more.
fn explain(session: &mut Session, change: &Change, error: ChangeError) -> Result<CliError, CliError> {
    let added = match change {
        Change::Add(add) => Some((&add.path, &add.spec)),
        Change::AddAndSet(add) => Some((&add.path, &add.spec)),
        _ => None,
    };
    if let ChangeError::Call(CallError::Service { code: ErrorCode::TOPIC_EXISTS_MISMATCH, .. }) = error
        && let Some((path, spec)) = added
        && let Some(theirs) = session::spec_at(session, path)?
    {
        let list: Vec<String> = differences(spec, &theirs).iter().map(Difference::sentence).collect();
        return Ok(CliError::NotDone(format!(
            "Cannot {}: a topic with another specification exists there ({})",
            change.infinitive(),
            list.join("; ")
        )));
    }
    Ok(CliError::Change(Box::new(change.clone()), error))
}

/// The specification in normal form.
pub(super) fn checked(spec: &TopicSpec) -> Result<TopicSpec, CliError> {
    normalise(spec, check_schema).map_err(|error| CliError::Input(error.reason))
}

/// A value as the user gave it.
pub(super) enum Input {
    /// Text of its type.
    Text(String),
    /// The contents of a file.
    Bytes(Vec<u8>),
}

impl Input {
    /// The text; bytes are read as UTF-8.
    pub(super) fn text(self) -> Result<String, CliError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Bytes(bytes) => String::from_utf8(bytes).map_err(|error| {
                CliError::Input(format!("the file is not UTF-8 (at byte {})", error.utf8_error().valid_up_to()))
            }),
        }
    }

    /// The bytes of a value of this type.
    pub(super) fn value(self, data_type: DataType) -> Result<Bytes, CliError> {
        if let (Self::Bytes(bytes), DataType::Binary) = (&self, data_type) {
            return Ok(bytes.clone().into());
        }
        let text = self.text()?;
        let value = parse_input::from_text(data_type, &text)
            .map_err(|why| CliError::Input(format!("this is no {} value: {why}", data_type.topic_type().name())))?;
        Ok(value::encode(&value))
    }
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let result = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut bytes))
    };
    result.map_err(|error| CliError::file(file, error))?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(CliError::Input(format!("{}: more than {} MiB", file.display(), MAX_INPUT >> 20)));
    }
    Ok(bytes)
}
