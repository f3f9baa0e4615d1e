//! The journal as it is stored between runs of the program: lines of JSON, each of which is an event of the journal, in
//! files that only grow. What is exported has the entries alone.

use super::{Content, Entry, EntryId, Journal, KEPT, NotKept, Summary};
use crate::data::{ErrorCode, Timestamp, TopicSpec};
use crate::model::change::stored_form::{lock_scope, optional_bytes, optional_spec};
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, Snapshot};
use crate::model::connection::identity::Identity;
use crate::model::link::{CallError, LinkError};
use crate::model::session_acts::report::Report;
use crate::wire::services::session_lock_acquire::LockScope;
use crate::wire::services::shared::AddOutcome;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A longer line is written without its values.
const LONGEST_LINE: usize = 1 << 20;
/// What an event of the journal is called in its line.
const BEGAN: &str = "began";
const ENDED: &str = "ended";

/// What is to be written to the disk. Making the text takes time and is done where the disk is waited for.
#[derive(Clone, Debug)]
pub enum Write {
    /// A change was asked for.
    Began {
        /// The entry.
        entry: Box<Entry>,
        /// Whether its values may be written.
        keep_values: bool,
    },
    /// Its answer came.
    Ended {
        /// Which.
        id: EntryId,
        /// What became of it.
        result: ChangeResult,
        /// Microseconds from sending to the answer.
        micros: u64,
        /// Whether the values of the result may be written.
        keep_values: bool,
    },
    /// The user deleted these entries.
    Delete(Vec<EntryId>),
    /// The user deleted every entry.
    DeleteAll,
}

impl Write {
    /// The line of an event, without its end; none for what is no event. An entry too large is written as words.
    #[must_use]
    pub fn line(&self) -> Option<Vec<u8>> {
        let line = match self {
            Self::Began { entry, keep_values: true } => {
                let line = line_of(BEGAN, &StoredEntry::of(entry));
                if line.len() <= LONGEST_LINE { line } else { summary_line(entry, NotKept::TooLarge) }
            }
            Self::Began { entry, keep_values: false } => summary_line(entry, NotKept::Environment),
            Self::Ended { id, result, micros, keep_values } => {
                let ended = |values| StoredEnd { id: id.0, result: StoredResult::of(result, values), micros: *micros };
                let line = line_of(ENDED, &ended(*keep_values));
                if line.len() <= LONGEST_LINE { line } else { line_of(ENDED, &ended(false)) }
            }
            Self::Delete(_) | Self::DeleteAll => return None,
        };
        Some(line)
    }

    /// Whether a line that was read is of an entry that this deletes.
    #[must_use]
    pub fn deletes(&self, line: &Value) -> bool {
        let id = [BEGAN, ENDED].iter().find_map(|event| line.get(event)?.get("id")?.as_u64());
        match self {
            Self::Delete(ids) => id.is_some_and(|id| ids.contains(&EntryId(id))),
            Self::DeleteAll => true,
            Self::Began { .. } | Self::Ended { .. } => false,
        }
    }
}

/// Whether a line that was read is of an entry that began.
#[must_use]
pub fn is_entry(line: &Value) -> bool {
    line.get(BEGAN).is_some()
}

fn line_of(event: &str, content: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(&json!({ event: serde_json::to_value(content).unwrap_or_default() })).unwrap_or_default()
}

fn summary_line(entry: &Entry, why: NotKept) -> Vec<u8> {
    let mut words = entry.clone();
    // No hash of a value that is not to be kept: short values can be guessed from it.
    words.summarise(why, why != NotKept::Environment);
    line_of(BEGAN, &StoredEntry::of(&words))
}

/// The journal as versions before the lines stored it, and as it is exported, oldest entry first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredJournal {
    /// Version of the form.
    pub version: u32,
    /// Entries that went because they were the oldest.
    pub dropped: u64,
    /// The entries, as JSON because they may be of a version that has other kinds of changes.
    pub entries: Vec<Value>,
}

impl StoredJournal {
    /// Name of the file that earlier versions wrote, without its ending.
    pub const NAME: &'static str = "journal";
    /// Version of the form.
    pub const VERSION: u32 = 1;

    /// The same as events of the journal.
    #[must_use]
    pub fn into_lines(self) -> Vec<Value> {
        self.entries.into_iter().map(|entry| json!({ BEGAN: entry })).collect()
    }
}

impl Default for StoredJournal {
    fn default() -> Self {
        Self { version: Self::VERSION, dropped: 0, entries: Vec::new() }
    }
}

/// One entry; values in base64. The fields of the change stand among the others.
#[derive(Serialize, Deserialize)]
struct StoredEntry {
    #[serde(default)]
    id: u64,
    #[serde(default)]
    at_micros: i64,
    #[serde(default)]
    server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server_id: Option<u64>,
    #[serde(default)]
    principal: String,
    #[serde(flatten)]
    content: StoredContent,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_spec")]
    before_spec: Option<Arc<TopicSpec>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_bytes")]
    before_value: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<StoredResult>,
    #[serde(default)]
    micros: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undone_by: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undoes: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredContent {
    Summary { summary: Box<Summary> },
    Change(Change),
}

/// The end of a change.
#[derive(Serialize, Deserialize)]
struct StoredEnd {
    id: u64,
    result: StoredResult,
    #[serde(default)]
    micros: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredResult {
    /// Also of changes that set nothing: earlier versions know this word alone.
    #[serde(alias = "done")]
    Set,
    Created,
    Exists,
    Removed(u32),
    Appended {
        sequence: i64,
        timestamp_millis: i64,
        author: String,
    },
    Streamed {
        set: u64,
        skipped: u64,
        #[serde(default, with = "optional_bytes")]
        last: Option<Bytes>,
    },
    LockGranted {
        sequence: i64,
        #[serde(with = "lock_scope")]
        scope: LockScope,
    },
    LockNotHeld,
    NotAccepted,
    StreamFailed {
        set: u64,
        why: Box<Self>,
    },
    Sessions(Box<Report>),
    SessionsFailed {
        report: Box<Report>,
        why: Box<Self>,
    },
    ServiceError {
        code: i32,
        description: String,
    },
    PatchFailed {
        operation: u32,
    },
    TimedOut {
        secs: u32,
    },
    NotConnected,
    Busy,
    TooLarge {
        bytes: usize,
        most: usize,
    },
    Cancelled,
    ReadOnly,
    LinkLost(String),
}

impl Journal {
    /// Takes up the events that earlier runs left, oldest first; `dropped` older entries are on the disk no more. What
    /// this version cannot read is counted.
    pub fn restore(&mut self, lines: Vec<Value>, dropped: u64) {
        *self = Self { selected: self.selected, older: dropped, ..Self::default() };
        for mut line in lines {
            if let Some(began) = line.get_mut(BEGAN).map(Value::take) {
                match StoredEntry::deserialize(&began) {
                    Ok(entry) => self.push(entry.entry()),
                    Err(_) => self.unread.push(began),
                }
            } else if let Some(Ok(end)) = line.get(ENDED).map(StoredEnd::deserialize) {
                self.end(EntryId(end.id), end.result.result(), end.micros);
            }
        }
        let spare = self.unread.len().saturating_sub(KEPT);
        self.unread.drain(..spare);
    }

    /// The journal as JSON text for a file.
    #[must_use]
    pub fn export(&self) -> Bytes {
        let all = StoredJournal { dropped: self.older, entries: self.all(), ..StoredJournal::default() };
        serde_json::to_vec_pretty(&all).map(Bytes::from).unwrap_or_default()
    }

    /// Every entry in its stored form, oldest first, also those that this version cannot read.
    fn all(&self) -> Vec<Value> {
        let known = self.entries.iter().filter_map(|entry| serde_json::to_value(StoredEntry::of(entry)).ok());
        let mut all: Vec<Value> = known.collect();
        if !self.unread.is_empty() {
            all.extend(self.unread.iter().cloned());
            all.sort_by_key(|entry| entry.get("at_micros").and_then(Value::as_i64).unwrap_or_default());
        }
        all
    }
}

impl StoredResult {
    /// A value in it stays only if `keep_values`.
    fn of(result: &ChangeResult, keep_values: bool) -> Self {
        match result {
            Ok(ChangeOutcome::Done) => Self::Set,
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => Self::Created,
            Ok(ChangeOutcome::Added(AddOutcome::Exists)) => Self::Exists,
            Ok(ChangeOutcome::Removed(count)) => Self::Removed(*count),
            Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author }) => {
                Self::Appended { sequence: *sequence, timestamp_millis: *timestamp_millis, author: author.clone() }
            }
            Ok(ChangeOutcome::Streamed { set, skipped, last }) => {
                Self::Streamed { set: *set, skipped: *skipped, last: last.clone().filter(|_| keep_values) }
            }
            Ok(ChangeOutcome::LockGranted { sequence, scope }) => {
                Self::LockGranted { sequence: *sequence, scope: *scope }
            }
            Ok(ChangeOutcome::Sessions(report)) => Self::Sessions(Box::new(kept(report, keep_values))),
            Err(ChangeError::LockNotHeld) => Self::LockNotHeld,
            Err(ChangeError::NotAccepted) => Self::NotAccepted,
            Err(ChangeError::Sessions { report, error }) => Self::SessionsFailed {
                report: Box::new(kept(report, keep_values)),
                why: Box::new(Self::of(&Err(ChangeError::Call(error.clone())), keep_values)),
            },
            Err(ChangeError::Stream { set, error }) => Self::StreamFailed {
                set: *set,
                why: Box::new(Self::of(&Err(ChangeError::Call(error.clone())), keep_values)),
            },
            Err(ChangeError::Operation { index }) => Self::PatchFailed { operation: *index },
            Err(ChangeError::Call(error)) => match error {
                CallError::Service { code, description } => {
                    Self::ServiceError { code: code.0, description: description.clone() }
                }
                CallError::TimedOut { secs } => Self::TimedOut { secs: *secs },
                CallError::BadAnswer(error) => Self::LinkLost(error.to_string()),
                CallError::Paging(error) => Self::LinkLost(error.to_string()),
                CallError::NotAtVersion(error) => Self::LinkLost(error.to_string()),
                CallError::LinkLost(cause) => Self::LinkLost(format!("{cause:?}")),
                CallError::NotConnected => Self::NotConnected,
                CallError::Busy => Self::Busy,
                CallError::TooLarge { bytes, most } => Self::TooLarge { bytes: *bytes, most: *most },
                CallError::Cancelled => Self::Cancelled,
                CallError::ReadOnly => Self::ReadOnly,
            },
        }
    }

    fn result(self) -> ChangeResult {
        let error = match self {
            Self::Set => return Ok(ChangeOutcome::Done),
            Self::Created => return Ok(ChangeOutcome::Added(AddOutcome::Created)),
            Self::Exists => return Ok(ChangeOutcome::Added(AddOutcome::Exists)),
            Self::Removed(count) => return Ok(ChangeOutcome::Removed(count)),
            Self::Appended { sequence, timestamp_millis, author } => {
                return Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author });
            }
            Self::Streamed { set, skipped, last } => {
                return Ok(ChangeOutcome::Streamed { set, skipped, last });
            }
            Self::LockGranted { sequence, scope } => return Ok(ChangeOutcome::LockGranted { sequence, scope }),
            Self::Sessions(report) => return Ok(ChangeOutcome::Sessions(report)),
            Self::LockNotHeld => return Err(ChangeError::LockNotHeld),
            Self::NotAccepted => return Err(ChangeError::NotAccepted),
            Self::SessionsFailed { report, why } => {
                return match why.result() {
                    Err(ChangeError::Call(error)) => Err(ChangeError::Sessions { report, error }),
                    other => other,
                };
            }
            Self::StreamFailed { set, why } => {
                return match why.result() {
                    Err(ChangeError::Call(error)) => Err(ChangeError::Stream { set, error }),
                    other => other,
                };
            }
            Self::PatchFailed { operation } => return Err(ChangeError::Operation { index: operation }),
            Self::ServiceError { code, description } => CallError::Service { code: ErrorCode(code), description },
            Self::TimedOut { secs } => CallError::TimedOut { secs },
            Self::NotConnected => CallError::NotConnected,
            Self::Busy => CallError::Busy,
            Self::TooLarge { bytes, most } => CallError::TooLarge { bytes, most },
            Self::Cancelled => CallError::Cancelled,
            Self::ReadOnly => CallError::ReadOnly,
            Self::LinkLost(cause) => CallError::LinkLost(Box::new(LinkError::LineLost(cause))),
        };
        Err(ChangeError::Call(error))
    }
}

/// The lines of a report have principals and values of properties.
fn kept(report: &Report, keep_values: bool) -> Report {
    if keep_values { report.clone() } else { report.counts() }
}

impl StoredEntry {
    fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id.0,
            at_micros: entry.at.0,
            server: entry.server.clone(),
            identity: entry.identity.clone(),
            server_id: entry.server_id,
            principal: entry.principal.clone(),
            content: match &entry.content {
                Content::Change(change) => StoredContent::Change(change.clone()),
                Content::Summary(summary) => StoredContent::Summary { summary: summary.clone() },
            },
            before_spec: entry.before.spec.clone(),
            before_value: entry.before.value.clone(),
            result: entry.result.as_ref().map(|result| StoredResult::of(result, entry.change().is_some())),
            micros: entry.micros,
            undone_by: entry.undone_by.map(|id| id.0),
            undoes: entry.undoes.map(|id| id.0),
        }
    }

    fn entry(self) -> Entry {
        Entry {
            id: EntryId(self.id),
            at: Timestamp(self.at_micros),
            link: None,
            server: self.server,
            identity: self.identity,
            server_id: self.server_id,
            principal: self.principal,
            content: match self.content {
                StoredContent::Change(change) => Content::Change(change),
                StoredContent::Summary { summary } => Content::Summary(summary),
            },
            before: Snapshot { spec: self.before_spec, value: self.before_value },
            result: self.result.map(StoredResult::result),
            micros: self.micros,
            undone_by: self.undone_by.map(EntryId),
            undoes: self.undoes.map(EntryId),
        }
    }
}

#[cfg(test)]
mod tests;
