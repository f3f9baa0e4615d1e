//! Reads events of a time series: by range, with or without what was edited.

mod pages;

pub use pages::{EventPages, EventPagingError};

use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::service::{Effect, Service};
use crate::wire::writer::Writer;
use crate::{byte_enum, record};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Reads events of a time series: by range, with or without what was edited.
pub struct RangeQuery;

impl Service for RangeQuery {
    const ID: u32 = 0x54;
    const NAME: &'static str = "range-query";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Response;
}

byte_enum! {
    /// Which events of the chosen originals are wanted.
    pub enum QueryType {
        /// One event for each original: its latest edit, or itself.
        Values = 0,
        /// The originals and all their edits.
        AllEdits = 1,
        /// The originals and the latest edit of each.
        LatestEdits = 2,
    }
}

byte_enum! {
    /// What the number of a point counts.
    pub enum PointType {
        /// The gap before the first event; the number says nothing.
        AbsoluteStart = 0,
        /// A sequence number.
        AbsoluteSequence = 1,
        /// A time, in milliseconds since 1970.
        AbsoluteTime = 2,
        /// Events back from the gap after the last event.
        OffsetSequence = 3,
        /// Milliseconds before the last event.
        OffsetTime = 4,
        /// Events after the anchor; only as a span.
        NextCount = 5,
        /// Milliseconds after the anchor; only as a span.
        NextTime = 6,
        /// Events before the anchor; only as a span.
        PreviousCount = 7,
        /// Milliseconds before the anchor; only as a span.
        PreviousTime = 8,
    }
}

impl PointType {
    /// Whether a range can begin at such a point.
    #[must_use]
    pub const fn is_anchor(self) -> bool {
        (self as u8) < Self::NextCount as u8
    }
}

/// A place on the line of events, whether or not an event is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// How far.
    pub value: i64,
    /// From where, and in what.
    pub kind: PointType,
}

impl Point {
    /// A point.
    #[must_use]
    pub const fn new(kind: PointType, value: i64) -> Self {
        Self { value, kind }
    }
}

impl Wire for Point {
    const MIN_SIZE: usize = 2;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(Self { value: r.field("value of a point")?, kind: r.field("type of a point")? })
    }
    fn write(&self, w: &mut Writer) {
        self.value.write(w);
        self.kind.write(w);
    }
}

/// A stretch of the line of events; events at its ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// One end.
    pub anchor: Point,
    /// The other, before or after it.
    pub span: Point,
}

impl Range {
    /// Everything: what a query has unless it says otherwise.
    pub const ALL: Self =
        Self { anchor: Point::new(PointType::AbsoluteStart, 0), span: Point::new(PointType::OffsetSequence, 0) };
}

impl Wire for Range {
    const MIN_SIZE: usize = 4;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(Self { anchor: r.field("anchor")?, span: r.field("span")? })
    }
    fn write(&self, w: &mut Writer) {
        self.anchor.write(w);
        self.span.write(w);
    }
}

record! {
    /// What to read. Start from [`Request::of`].
    pub struct Request {
        /// Topic path.
        path: String,
        /// Which events of the originals.
        query_type: QueryType,
        /// Which originals.
        view_range: Range,
        /// Which of the originals' events may be answered.
        edit_range: Range,
        /// At most so many events: the latest ones.
        limit: i64,
    }
}

/// The limit that stands for none; the largest whole number that every client can hold.
pub const NO_LIMIT: i64 = (1 << 53) - 1;

impl Request {
    /// The current value of every retained event.
    #[must_use]
    pub fn of(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query_type: QueryType::Values,
            view_range: Range::ALL,
            edit_range: Range::ALL,
            limit: NO_LIMIT,
        }
    }

    /// Whether the answer may tell what was edited away, which needs a permission of its own.
    #[must_use]
    pub fn is_about_edits(&self) -> bool {
        self.query_type != QueryType::Values || self.edit_range != Range::ALL
    }
}

record! {
    /// Sequence, time and author of an event as they travel.
    pub struct CodedMetadata {
        /// Sequence number, less the offset before it.
        sequence: i64,
        /// Milliseconds since 1970, less the offset before it.
        timestamp_millis: i64,
        /// Stands for the author.
        author_code: Bytes,
    }
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// An original event.
    Original {
        /// The event.
        metadata: CodedMetadata,
        /// Value bytes.
        value: Bytes,
    },
    /// An edit event.
    Edit {
        /// The event that is edited.
        original: CodedMetadata,
        /// The event itself.
        metadata: CodedMetadata,
        /// Value bytes.
        value: Bytes,
    },
    /// What is to be added to the numbers of the events that follow.
    Offsets {
        /// To sequence numbers.
        sequence: i64,
        /// To times.
        timestamp_millis: i64,
    },
    /// From now on a code means an author.
    Author {
        /// The code.
        code: Bytes,
        /// The author.
        author: String,
    },
}

impl Wire for Entry {
    const MIN_SIZE: usize = 3;
    /// Events and authors of one answer.
    const MAX_ITEMS: usize = 200_000;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(match r.u8()? {
            0 => Self::Original { metadata: r.field("event")?, value: r.field("event value")? },
            1 => Self::Edit {
                original: r.field("edited event")?,
                metadata: r.field("event")?,
                value: r.field("event value")?,
            },
            2 => Self::Offsets {
                sequence: r.field("offset of sequences")?,
                timestamp_millis: r.field("offset of times")?,
            },
            3 => Self::Author { code: r.field("author code")?, author: r.field("author")? },
            other => return Err(r.error(Problem::Unknown(i64::from(other)))),
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Original { metadata, value } => {
                w.u8(0);
                metadata.write(w);
                value.write(w);
            }
            Self::Edit { original, metadata, value } => {
                w.u8(1);
                original.write(w);
                metadata.write(w);
                value.write(w);
            }
            Self::Offsets { sequence, timestamp_millis } => {
                w.u8(2);
                sequence.write(w);
                timestamp_millis.write(w);
            }
            Self::Author { code, author } => {
                w.u8(3);
                code.write(w);
                author.write(w);
            }
        }
    }
}

record! {
    /// What was found. [`Response::events`] gives the events in plain form.
    pub struct Response {
        /// Name of the events' data type: `json`, `int64`, …
        data_type: String,
        /// Number of events the query selects, before any limit.
        selected_count: i64,
        /// Authors, offsets and events.
        entries: Vec<Entry>,
    }
}

/// Sequence, time and author of an event. Events share their authors, so that a long name used by many small events
/// takes no more room than it took on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Sequence number.
    pub sequence: i64,
    /// Milliseconds since 1970.
    pub timestamp_millis: i64,
    /// Principal name; empty for anonymous.
    pub author: Arc<str>,
}

/// An event of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The original that this event edits; none for an original event.
    pub original: Option<Metadata>,
    /// The event itself.
    pub metadata: Metadata,
    /// Value bytes.
    pub value: Bytes,
}

impl Event {
    /// The original that this event is or edits.
    #[must_use]
    pub fn of_original(&self) -> &Metadata {
        self.original.as_ref().unwrap_or(&self.metadata)
    }
}

/// Codes below this number are read alike by all clients.
const CODES: u8 = 0x18;

impl Response {
    /// The answer that carries these events, for a client that reads the names of authors so.
    #[must_use]
    pub fn of(data_type: impl Into<String>, selected_count: i64, events: &[Event], names: AuthorNames) -> Self {
        let every = || events.iter().flat_map(|event| event.original.iter().chain([&event.metadata]));
        let authors: HashSet<&str> = every().map(|metadata| &*metadata.author).collect();
        // A code without a definition is the author's name itself. So names that look like a code keep it free, and
        // names without a code, the empty one among them, need none.
        let mut free =
            (0..CODES).filter(|code| !authors.contains(std::str::from_utf8(&[*code]).unwrap_or_default())).peekable();
        let mut codes: HashMap<&str, Bytes> = HashMap::new();
        let mut entries = Vec::with_capacity(events.len() + 1);
        for Metadata { author, .. } in every() {
            if !author.is_empty()
                && !codes.contains_key(&**author)
                && let Some(code) = free.next()
            {
                let code = Bytes::copy_from_slice(&[code]);
                codes.insert(author, code.clone());
                entries.push(Entry::Author { code, author: author.to_string() });
            }
        }
        let code = |author: &str| codes.get(author).cloned().unwrap_or_else(|| undefined_code(author, names));
        let sequence = every().map(|metadata| metadata.sequence).min().unwrap_or_default();
        let timestamp_millis = every().map(|metadata| metadata.timestamp_millis).min().unwrap_or_default();
        // One only and before all events: one official client applies the last to all, the other to what follows.
        if !events.is_empty() {
            entries.push(Entry::Offsets { sequence, timestamp_millis });
        }
        let coded = |metadata: &Metadata| CodedMetadata {
            sequence: metadata.sequence.wrapping_sub(sequence),
            timestamp_millis: metadata.timestamp_millis.wrapping_sub(timestamp_millis),
            author_code: code(&metadata.author),
        };
        entries.extend(events.iter().map(|event| {
            let (metadata, value) = (coded(&event.metadata), event.value.clone());
            match &event.original {
                None => Entry::Original { metadata, value },
                Some(original) => Entry::Edit { original: coded(original), metadata, value },
            }
        }));
        Self { data_type: data_type.into(), selected_count, entries }
    }

    /// The events in plain form: offsets added, codes replaced by the authors they mean.
    ///
    /// A code that nothing defined is the author's name itself, as the official JavaScript client reads it.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut authors: HashMap<&[u8], Arc<str>> = HashMap::new();
        let (mut sequences, mut times) = (0_i64, 0_i64);
        let mut events = Vec::new();
        for entry in &self.entries {
            let plain = |metadata: &CodedMetadata, authors: &HashMap<&[u8], Arc<str>>| Metadata {
                sequence: metadata.sequence.wrapping_add(sequences),
                timestamp_millis: metadata.timestamp_millis.wrapping_add(times),
                author: authors
                    .get(&*metadata.author_code)
                    .cloned()
                    .unwrap_or_else(|| String::from_utf8_lossy(&metadata.author_code).into()),
            };
            match entry {
                Entry::Author { code, author } => {
                    authors.insert(code, author.as_str().into());
                }
                Entry::Offsets { sequence, timestamp_millis } => (sequences, times) = (*sequence, *timestamp_millis),
                Entry::Original { metadata, value } => {
                    events.push(Event { original: None, metadata: plain(metadata, &authors), value: value.clone() });
                }
                Entry::Edit { original, metadata, value } => events.push(Event {
                    original: Some(plain(original, &authors)),
                    metadata: plain(metadata, &authors),
                    value: value.clone(),
                }),
            }
        }
        events
    }

    /// Whether every event that the query selects is here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let events = self.entries.iter().filter(|e| matches!(e, Entry::Original { .. } | Entry::Edit { .. })).count();
        i64::try_from(events).is_ok_and(|events| events >= self.selected_count)
    }
}

/// How a client reads the code of an author that the response does not define. The official clients differ in this, at
/// the same protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorNames {
    /// As the name itself: the JavaScript client.
    Plain,
    /// As the name in CBOR: the Python client.
    Cbor,
}

/// The code that stands for an author without being defined.
fn undefined_code(author: &str, names: AuthorNames) -> Bytes {
    if names == AuthorNames::Plain {
        return Bytes::copy_from_slice(author.as_bytes());
    }
    let mut out = Vec::with_capacity(author.len() + 5);
    let length = u32::try_from(author.len()).unwrap_or(u32::MAX);
    match length {
        0..24 => out.push(0x60 | length as u8),
        24..0x100 => out.extend([0x78, length as u8]),
        _ => {
            out.push(0x7a);
            out.extend(length.to_be_bytes());
        }
    }
    out.extend(author.as_bytes());
    out.into()
}
