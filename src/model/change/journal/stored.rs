//! The journal as it is stored between runs of the program, and as it is exported.

use super::{Entry, EntryId, Journal, KEPT};
use crate::data::{ErrorCode, Timestamp, TopicSpec};
use crate::model::Model;
use crate::model::change::stored_form::{lock_scope, optional_bytes, optional_spec};
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, Snapshot};
use crate::model::link::{CallError, LinkError};
use crate::model::stored::Stored;
use crate::wire::services::session_lock_acquire::LockScope;
use crate::wire::services::shared::AddOutcome;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Bytes of values stored at most; older entries go first.
const MOST_BYTES: usize = 8 << 20;

/// The stored journal, oldest entry first.
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

impl Default for StoredJournal {
    fn default() -> Self {
        Self { version: Self::VERSION, dropped: 0, entries: Vec::new() }
    }
}

impl Stored for StoredJournal {
    const NAME: &'static str = "journal";
    const VERSION: u32 = 1;

    fn of(model: &Model) -> Self {
        model.journal.stored()
    }

    fn restore(self, model: &mut Model) {
        model.journal.restore(self);
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
    #[serde(default)]
    principal: String,
    #[serde(flatten)]
    change: Change,
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
    StreamFailed {
        set: u64,
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
    Cancelled,
    ReadOnly,
    LinkLost(String),
}

impl Journal {
    /// What is to be stored: the newest entries whose values fit.
    #[must_use]
    pub fn stored(&self) -> StoredJournal {
        let mut left = MOST_BYTES;
        let mut all = self.all();
        let fits = |entry: &&Value| {
            let size = text_bytes(entry);
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        };
        let fitting = all.iter().rev().take_while(fits).count();
        let entries = all.split_off(all.len() - fitting);
        StoredJournal { dropped: self.dropped + all.len() as u64, entries, ..StoredJournal::default() }
    }

    /// Takes up what earlier runs left. Entries that this version cannot read are kept for one that can.
    pub fn restore(&mut self, stored: StoredJournal) {
        let spare = stored.entries.len().saturating_sub(KEPT);
        self.dropped = stored.dropped + spare as u64;
        self.entries.clear();
        self.unread.clear();
        for stored in stored.entries.into_iter().skip(spare) {
            match StoredEntry::deserialize(&stored) {
                Ok(entry) => self.entries.push_back(entry.entry()),
                Err(_) => self.unread.push(stored),
            }
        }
    }

    /// The journal as JSON text for a file.
    #[must_use]
    pub fn export(&self) -> Bytes {
        let all = StoredJournal { dropped: self.dropped, entries: self.all(), ..StoredJournal::default() };
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

/// Bytes of the texts in an entry, of which values are nearly all.
fn text_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(members) => members.values().map(text_bytes).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

impl StoredResult {
    fn of(result: &ChangeResult) -> Self {
        match result {
            Ok(ChangeOutcome::Done) => Self::Set,
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => Self::Created,
            Ok(ChangeOutcome::Added(AddOutcome::Exists)) => Self::Exists,
            Ok(ChangeOutcome::Removed(count)) => Self::Removed(*count),
            Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author }) => {
                Self::Appended { sequence: *sequence, timestamp_millis: *timestamp_millis, author: author.clone() }
            }
            Ok(ChangeOutcome::Streamed { set, skipped, last }) => {
                Self::Streamed { set: *set, skipped: *skipped, last: last.clone() }
            }
            Ok(ChangeOutcome::LockGranted { sequence, scope }) => {
                Self::LockGranted { sequence: *sequence, scope: *scope }
            }
            Err(ChangeError::LockNotHeld) => Self::LockNotHeld,
            Err(ChangeError::Stream { set, error }) => {
                Self::StreamFailed { set: *set, why: Box::new(Self::of(&Err(ChangeError::Call(error.clone())))) }
            }
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
            Self::LockNotHeld => return Err(ChangeError::LockNotHeld),
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
            Self::Cancelled => CallError::Cancelled,
            Self::ReadOnly => CallError::ReadOnly,
            Self::LinkLost(cause) => CallError::LinkLost(Box::new(LinkError::LineLost(cause))),
        };
        Err(ChangeError::Call(error))
    }
}

impl StoredEntry {
    fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id.0,
            at_micros: entry.at.0,
            server: entry.server.clone(),
            principal: entry.principal.clone(),
            change: entry.change.clone(),
            before_spec: entry.before.spec.clone(),
            before_value: entry.before.value.clone(),
            result: entry.result.as_ref().map(StoredResult::of),
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
            principal: self.principal,
            change: self.change,
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
