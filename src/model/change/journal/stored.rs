//! The journal as it is stored between runs of the program, and as it is exported.

use super::{Entry, EntryId, Journal, KEPT};
use crate::data::value::DataType;
use crate::data::{ErrorCode, Timestamp, TopicPath, TopicSpec, TopicType};
use crate::model::Model;
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, Guard, Snapshot};
use crate::model::link::{CallError, LinkError};
use crate::model::stored::Stored;
use crate::wire::services::shared::AddOutcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
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
    /// The entries.
    pub entries: Vec<StoredEntry>,
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

/// One entry; values in base64.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredEntry {
    id: u64,
    at_micros: i64,
    server: String,
    principal: String,
    act: String,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<StoredSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<StoredGuard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp_millis: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_spec: Option<StoredSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<StoredResult>,
    micros: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_by: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct StoredSpec {
    topic_type: String,
    properties: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredGuard {
    None,
    StillValue(String),
    NoValue,
    NoTopic,
    Other,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredResult {
    Set,
    Created,
    Exists,
    Removed(u32),
    Appended { sequence: i64, timestamp_millis: i64, author: String },
    Streamed { set: u64, skipped: u64, last: Option<String> },
    StreamFailed { set: u64, why: Box<StoredResult> },
    ServiceError { code: i32, description: String },
    PatchFailed { operation: u32 },
    TimedOut { secs: u32 },
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
        let mut entries: Vec<StoredEntry> = Vec::new();
        for entry in self.entries.iter().rev() {
            let entry = StoredEntry::of(entry);
            let lengths =
                [&entry.value, &entry.patch, &entry.before_value].map(|text| text.as_ref().map_or(0, String::len));
            let size: usize = lengths.iter().sum();
            if size > left {
                break;
            }
            left -= size;
            entries.push(entry);
        }
        entries.reverse();
        let dropped = self.dropped + (self.entries.len() - entries.len()) as u64;
        StoredJournal { version: StoredJournal::VERSION, dropped, entries }
    }

    /// Takes up what earlier runs left; entries that cannot be understood are counted as dropped.
    pub fn restore(&mut self, stored: StoredJournal) {
        self.dropped = stored.dropped;
        let spare = stored.entries.len().saturating_sub(KEPT);
        let all = stored.entries.len();
        self.entries = stored.entries.into_iter().skip(spare).filter_map(StoredEntry::entry).collect();
        self.dropped += (all - self.entries.len()) as u64;
    }

    /// The journal as JSON text for a file.
    #[must_use]
    pub fn export(&self) -> Bytes {
        let mut all = StoredJournal { dropped: self.dropped, ..StoredJournal::default() };
        all.entries.extend(self.entries.iter().map(StoredEntry::of));
        serde_json::to_vec_pretty(&all).map(Bytes::from).unwrap_or_default()
    }
}

impl StoredSpec {
    fn of(spec: &TopicSpec) -> Self {
        let properties = spec.properties.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { topic_type: spec.topic_type.name().to_owned(), properties }
    }

    fn spec(self) -> Option<TopicSpec> {
        let topic_type = (0..=u8::MAX).filter_map(TopicType::from_id).find(|t| t.name() == self.topic_type)?;
        Some(TopicSpec { topic_type, properties: self.properties.into_iter().collect() })
    }
}

impl StoredGuard {
    fn of(guard: &Guard) -> Self {
        match guard {
            Guard::None => Self::None,
            Guard::StillValue(value) => Self::StillValue(BASE64.encode(value)),
            Guard::NoValue => Self::NoValue,
            Guard::NoTopic => Self::NoTopic,
            Guard::Other(_) => Self::Other,
        }
    }

    fn guard(self) -> Option<Guard> {
        match self {
            Self::None => Some(Guard::None),
            Self::StillValue(text) => bytes(&text).map(Guard::StillValue),
            Self::NoValue => Some(Guard::NoValue),
            Self::NoTopic => Some(Guard::NoTopic),
            Self::Other => None, // not stored in full, and to forget a guard would be worse than to forget the entry
        }
    }
}

impl StoredResult {
    fn of(result: &ChangeResult) -> Self {
        match result {
            Ok(ChangeOutcome::Set) => Self::Set,
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => Self::Created,
            Ok(ChangeOutcome::Added(AddOutcome::Exists)) => Self::Exists,
            Ok(ChangeOutcome::Removed(count)) => Self::Removed(*count),
            Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author }) => {
                Self::Appended { sequence: *sequence, timestamp_millis: *timestamp_millis, author: author.clone() }
            }
            Ok(ChangeOutcome::Streamed { set, skipped, last }) => {
                Self::Streamed { set: *set, skipped: *skipped, last: last.as_ref().map(|value| BASE64.encode(value)) }
            }
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
            Self::Set => return Ok(ChangeOutcome::Set),
            Self::Created => return Ok(ChangeOutcome::Added(AddOutcome::Created)),
            Self::Exists => return Ok(ChangeOutcome::Added(AddOutcome::Exists)),
            Self::Removed(count) => return Ok(ChangeOutcome::Removed(count)),
            Self::Appended { sequence, timestamp_millis, author } => {
                return Ok(ChangeOutcome::Appended { sequence, timestamp_millis, author });
            }
            Self::Streamed { set, skipped, last } => {
                return Ok(ChangeOutcome::Streamed { set, skipped, last: last.as_deref().and_then(bytes) });
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
            Self::Cancelled => CallError::Cancelled,
            Self::ReadOnly => CallError::ReadOnly,
            Self::LinkLost(cause) => CallError::LinkLost(Box::new(LinkError::LineLost(cause))),
        };
        Err(ChangeError::Call(error))
    }
}

fn bytes(text: &str) -> Option<Bytes> {
    BASE64.decode(text).ok().map(Bytes::from)
}

impl StoredEntry {
    fn of(entry: &Entry) -> Self {
        let mut out = Self {
            id: entry.id.0,
            at_micros: entry.at.0,
            server: entry.server.clone(),
            principal: entry.principal.clone(),
            act: entry.change.verb().to_lowercase().replace(' ', "-"),
            target: entry.change.target().to_owned(),
            before_spec: entry.before.spec.as_deref().map(StoredSpec::of),
            before_value: entry.before.value.as_ref().map(|value| BASE64.encode(value)),
            result: entry.result.as_ref().map(StoredResult::of),
            micros: entry.micros,
            undone_by: entry.undone_by.map(|id| id.0),
            undoes: entry.undoes.map(|id| id.0),
            ..Self::default()
        };
        match &entry.change {
            Change::Set { data_type, value, guard, .. } => {
                out.data_type = Some(data_type.name().to_owned());
                out.value = Some(BASE64.encode(value));
                out.guard = Some(StoredGuard::of(guard));
            }
            Change::Patch { patch, guard, .. } => {
                out.patch = Some(patch.clone());
                out.guard = Some(StoredGuard::of(guard));
            }
            Change::Add { spec, .. } => out.spec = Some(StoredSpec::of(spec)),
            Change::AddAndSet { spec, value, guard, .. } => {
                out.spec = Some(StoredSpec::of(spec));
                out.value = Some(BASE64.encode(value));
                out.guard = Some(StoredGuard::of(guard));
            }
            Change::Remove { .. } => {}
            Change::Append { event_type, value, timestamp_millis, .. } => {
                out.data_type = Some(event_type.name().to_owned());
                out.value = Some(BASE64.encode(value));
                out.timestamp_millis = *timestamp_millis;
            }
            Change::EditEvent { event_type, sequence, value, .. } => {
                out.data_type = Some(event_type.name().to_owned());
                out.value = Some(BASE64.encode(value));
                out.sequence = Some(*sequence);
            }
            Change::Stream { data_type, what, guard, .. } => {
                out.data_type = Some(data_type.name().to_owned());
                out.what = Some(what.clone());
                out.guard = Some(StoredGuard::of(guard));
            }
        }
        out
    }

    fn entry(self) -> Option<Entry> {
        let data_type = self.data_type.as_deref().and_then(DataType::from_name);
        let value = self.value.as_deref().and_then(bytes);
        let spec = self.spec.and_then(StoredSpec::spec);
        let guard = || self.guard.clone().and_then(StoredGuard::guard);
        let path = || TopicPath::parse(&self.target).ok();
        let change = match self.act.as_str() {
            "set" => Change::Set { path: path()?, data_type: data_type?, value: value?, guard: guard()? },
            "patch" => Change::Patch { path: path()?, patch: self.patch.clone()?, guard: guard()? },
            "add" => Change::Add { path: path()?, spec: spec? },
            "add-and-set" => Change::AddAndSet { path: path()?, spec: spec?, value: value?, guard: guard()? },
            "remove" => Change::Remove { selector: self.target.clone() },
            "append" => Change::Append {
                path: path()?,
                event_type: data_type?,
                value: value?,
                timestamp_millis: self.timestamp_millis,
            },
            "edit-event" => {
                Change::EditEvent { path: path()?, event_type: data_type?, sequence: self.sequence?, value: value? }
            }
            "stream" => {
                Change::Stream { path: path()?, data_type: data_type?, what: self.what.clone()?, guard: guard()? }
            }
            _ => return None,
        };
        Some(Entry {
            id: EntryId(self.id),
            at: Timestamp(self.at_micros),
            link: None,
            server: self.server,
            principal: self.principal,
            change,
            before: Snapshot {
                spec: self.before_spec.and_then(StoredSpec::spec).map(Arc::new),
                value: self.before_value.as_deref().and_then(bytes),
            },
            result: self.result.map(StoredResult::result),
            micros: self.micros,
            undone_by: self.undone_by.map(EntryId),
            undoes: self.undoes.map(EntryId),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::journal::Step;

    fn entries() -> Vec<Entry> {
        let path = TopicPath::parse("a/b").expect("valid");
        let value = Bytes::from_static(&[1, 2]);
        let spec = TopicSpec::new(TopicType::Json).with("CONFLATION", "off");
        let guard = Guard::StillValue(Bytes::from_static(&[9]));
        let appended = ChangeOutcome::Appended { sequence: 4, timestamp_millis: 5, author: "a".into() };
        let failed = |error| Err(ChangeError::Call(error));
        let changes = [
            (
                Change::Set { path: path.clone(), data_type: DataType::Int64, value: value.clone(), guard },
                Ok(ChangeOutcome::Set),
            ),
            (
                Change::Patch { path: path.clone(), patch: "[]".into(), guard: Guard::None },
                Err(ChangeError::Operation { index: 3 }),
            ),
            (Change::Add { path: path.clone(), spec: spec.clone() }, Ok(ChangeOutcome::Added(AddOutcome::Created))),
            (
                Change::AddAndSet {
                    path: path.clone(),
                    spec: spec.clone(),
                    value: value.clone(),
                    guard: Guard::NoTopic,
                },
                failed(CallError::Service { code: ErrorCode::ACCESS_DENIED, description: "no".into() }),
            ),
            (Change::Remove { selector: "?a//".into() }, Ok(ChangeOutcome::Removed(7))),
            (
                Change::Append {
                    path: path.clone(),
                    event_type: DataType::Json,
                    value: value.clone(),
                    timestamp_millis: Some(8),
                },
                Ok(appended),
            ),
            (
                Change::EditEvent { path: path.clone(), event_type: DataType::Json, sequence: 6, value: value.clone() },
                failed(CallError::TimedOut { secs: 10 }),
            ),
            (
                Change::Stream {
                    path: path.clone(),
                    data_type: DataType::Int64,
                    what: "a counter".into(),
                    guard: Guard::NoValue,
                },
                Ok(ChangeOutcome::Streamed { set: 7, skipped: 2, last: Some(value) }),
            ),
            (
                Change::Stream { path, data_type: DataType::Int64, what: "lines".into(), guard: Guard::None },
                Err(ChangeError::Stream {
                    set: 3,
                    error: CallError::Service { code: ErrorCode::INVALID_UPDATE_STREAM, description: "no".into() },
                }),
            ),
        ];
        let entry = |(at, (change, result)): (usize, (Change, ChangeResult))| Entry {
            id: EntryId(at as u64),
            at: Timestamp(at as i64),
            link: None,
            server: "s".into(),
            principal: "p".into(),
            change,
            before: Snapshot { spec: Some(Arc::new(spec.clone())), value: Some(Bytes::from_static(&[0])) },
            result: Some(result),
            micros: 12,
            undone_by: Some(EntryId(99)),
            undoes: None,
        };
        changes.into_iter().enumerate().map(entry).collect()
    }

    #[test]
    fn every_kind_of_entry_is_read_as_it_was_written() {
        let mut journal = Journal::default();
        for entry in entries() {
            journal.record(Step::Began(Box::new(entry)));
        }
        let text = serde_json::to_string(&journal.stored()).expect("JSON");
        let mut read = Journal::default();
        read.restore(serde_json::from_str(&text).expect("read again"));
        assert_eq!(read.entries, journal.entries);
    }

    #[test]
    fn the_newest_entries_are_stored_and_the_others_counted() {
        let mut journal = Journal::default();
        for at in 0..12 {
            let mut entry = entries().swap_remove(0);
            entry.id = EntryId(at);
            entry.before.value = Some(Bytes::from(vec![0; 1 << 20]));
            journal.record(Step::Began(Box::new(entry)));
        }
        let stored = journal.stored();
        assert!(stored.entries.len() < 8 && stored.entries.last().is_some_and(|e| e.id == 11));
        assert_eq!(stored.dropped, 12 - stored.entries.len() as u64);
    }
}
