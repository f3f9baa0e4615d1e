//! Events of time series.

use super::{DataType, Value, ValueError};
use bytes::Bytes;

/// Sequence, time and author of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMetadata {
    /// Sequence number, from 0.
    pub sequence: i64,
    /// Milliseconds since the epoch.
    pub timestamp_millis: i64,
    /// Principal name; empty for anonymous.
    pub author: String,
}

/// An event: original, or an edit of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event that this one edits; none for an original event.
    pub original: Option<EventMetadata>,
    /// This event.
    pub metadata: EventMetadata,
    /// The event's value as bytes of its data type.
    pub value: Bytes,
    /// The event's value, decoded; none for “no value”.
    pub decoded: Option<Value>,
}

/// Reads an event whose value has the given type.
///
/// # Errors
/// The bytes are no event of that type.
pub fn decode(event_type: DataType, bytes: &Bytes) -> Result<Event, ValueError> {
    let _ = (event_type, bytes);
    todo!()
}

/// Writes an event.
#[must_use]
pub fn encode(original: Option<&EventMetadata>, metadata: &EventMetadata, value: &[u8]) -> Vec<u8> {
    let _ = (original, metadata, value);
    todo!()
}
