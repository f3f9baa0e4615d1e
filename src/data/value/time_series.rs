//! Events of time series.

use super::cbor::error_at;
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

/// The parts of an event before its value is decoded.
pub(super) struct Parts {
    /// The event that this one edits.
    pub(super) original: Option<EventMetadata>,
    /// This event.
    pub(super) metadata: EventMetadata,
    /// Where the value starts; it fills the rest of the bytes.
    pub(super) value_start: usize,
}

/// Reads an event whose value has the given type.
///
/// # Errors
/// The bytes are no event of that type.
pub fn decode(event_type: DataType, bytes: &Bytes) -> Result<Event, ValueError> {
    let Parts { original, metadata, value_start } = parts(bytes)?;
    let value = bytes.slice(value_start..);
    Ok(Event { original, metadata, decoded: decode_value(event_type, &value, value_start)?, value })
}

/// Reads an event's value given alone, as answers to range queries carry it; none for “no value”.
///
/// # Errors
/// The bytes are no value of that type.
pub fn decode_event_value(event_type: DataType, value: &Bytes) -> Result<Option<Value>, ValueError> {
    decode_value(event_type, value, 0)
}

fn decode_value(event_type: DataType, value: &Bytes, offset: usize) -> Result<Option<Value>, ValueError> {
    // The Python client writes “no value” as zero bytes.
    if value.is_empty() && matches!(event_type, DataType::String | DataType::Int64 | DataType::Double) {
        return Ok(None);
    }
    let decoded =
        super::decode(event_type, value).map_err(|e| ValueError { offset: e.offset + offset, reason: e.reason })?;
    let empty = matches!(decoded, Value::String(None) | Value::Int64(None) | Value::Double(None));
    Ok((!empty).then_some(decoded))
}

/// Reads everything before the value.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, ValueError> {
    let mut reader = Reader { bytes, position: 0 };
    let original = match reader.byte()? {
        0 => None,
        1 => Some(reader.metadata()?),
        kind => return Err(error_at(0, format!("unknown kind of event {kind}"))),
    };
    let metadata = reader.metadata()?;
    let length = reader.length()?;
    if reader.position + length < bytes.len() {
        return Err(error_at(reader.position + length, "there is more data after the event"));
    }
    // Official readers tell an edit by its two different metadata, not by the kind.
    let original = original.filter(|o| *o != metadata);
    Ok(Parts { original, metadata, value_start: reader.position })
}

/// Writes an event.
#[must_use]
pub fn encode(original: Option<&EventMetadata>, metadata: &EventMetadata, value: &[u8]) -> Vec<u8> {
    let mut out = vec![u8::from(original.is_some())];
    for metadata in original.into_iter().chain([metadata]) {
        write_var(&mut out, metadata.sequence as u64);
        write_var(&mut out, metadata.timestamp_millis as u64);
        write_bytes(&mut out, metadata.author.as_bytes());
    }
    write_bytes(&mut out, value);
    out
}

fn write_var(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_var(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The few primitives an event is made of. The wire floor has its own reader, but this floor lies below it.
struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, ValueError> {
        let byte = self.bytes.get(self.position).copied();
        self.position += usize::from(byte.is_some());
        byte.ok_or_else(|| error_at(self.position, "the event is cut short"))
    }

    fn var(&mut self) -> Result<u64, ValueError> {
        let start = self.position;
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(error_at(start, "a number of more than 64 bits"))
    }

    /// A length that the rest of the bytes can hold.
    fn length(&mut self) -> Result<usize, ValueError> {
        let start = self.position;
        let length = self.var()?;
        usize::try_from(length)
            .ok()
            .filter(|&n| n <= self.bytes.len() - self.position)
            .ok_or_else(|| error_at(start, "a length that runs past the end of the event"))
    }

    fn metadata(&mut self) -> Result<EventMetadata, ValueError> {
        let sequence = self.var()? as i64;
        let timestamp_millis = self.var()? as i64;
        let length = self.length()?;
        let author = &self.bytes[self.position..self.position + length];
        let author = std::str::from_utf8(author).map_err(|_| error_at(self.position, "the author is not UTF-8"))?;
        self.position += length;
        Ok(EventMetadata { sequence, timestamp_millis, author: author.to_owned() })
    }
}
