//! Binary deltas: applying with every check, and making them.

use super::cbor::{Cursor, Head, write_head};

/// Why a delta does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at byte {offset} of the delta)")]
pub struct DeltaError {
    /// What is wrong.
    pub reason: String,
    /// Where in the delta.
    pub offset: usize,
}

/// The delta of a value that is equal to the one before.
pub const NO_CHANGE: &[u8] = &[0xf6];

/// Applies a delta to the old value; the result is at most `max_size` bytes.
///
/// # Errors
/// The delta is malformed, refers outside the old value, or makes more than `max_size` bytes.
pub fn apply(old: &[u8], delta: &[u8], max_size: usize) -> Result<Vec<u8>, DeltaError> {
    let mut out = Vec::new();
    if delta == NO_CHANGE {
        append(&mut out, old, max_size, 0)?;
        return Ok(out);
    }
    let mut cursor = Cursor::new(delta);
    let malformed = |e: super::ValueError| DeltaError { reason: e.reason, offset: e.offset };
    while cursor.remaining() > 0 {
        let offset = cursor.position();
        match cursor.head().map_err(malformed)? {
            Head::Bytes(Some(length)) => {
                let bytes = cursor.take(length).map_err(malformed)?;
                append(&mut out, bytes, max_size, offset)?;
            }
            Head::Unsigned(start) => {
                let length_offset = cursor.position();
                let Head::Unsigned(length) = cursor.head().map_err(malformed)? else {
                    return Err(error(length_offset, "a match without a length"));
                };
                let range =
                    usize::try_from(start).ok().zip(start.checked_add(length).and_then(|n| usize::try_from(n).ok()));
                let bytes = range.and_then(|(start, end)| old.get(start..end));
                let bytes = bytes.ok_or_else(|| error(offset, "a match outside the old value"))?;
                append(&mut out, bytes, max_size, offset)?;
            }
            head => return Err(error(offset, format!("{} where an insert or a match should be", head.name()))),
        }
    }
    Ok(out)
}

fn append(out: &mut Vec<u8>, bytes: &[u8], max_size: usize, offset: usize) -> Result<(), DeltaError> {
    if bytes.len() > max_size - out.len() {
        return Err(error(offset, format!("the new value would have more than {max_size} bytes")));
    }
    out.extend_from_slice(bytes);
    Ok(())
}

fn error(offset: usize, reason: impl Into<String>) -> DeltaError {
    DeltaError { reason: reason.into(), offset }
}

/// The delta of the official clients, byte for byte. It is `f6` for equal values, empty for an empty new value,
/// and one insert of the whole new value where nothing smaller is found.
#[must_use]
pub fn diff(old: &[u8], new: &[u8]) -> Vec<u8> {
    super::diff::diff(old, new)
}

/// Bytes that are compared at once where long values are compared.
const BLOCK: usize = 64;

/// A cheap delta by common prefix and suffix; none if it would not be smaller than the new value.
#[must_use]
pub fn quick_diff(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let prefix = blocks + old[blocks..].iter().zip(&new[blocks..]).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let blocks = old_rest.rchunks_exact(BLOCK).zip(new_rest.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let ends = [old_rest, new_rest].map(|rest| &rest[..rest.len() - blocks * BLOCK]);
    let bytes = ends[0].iter().rev().zip(ends[1].iter().rev()).take_while(|(a, b)| a == b).count();
    let suffix = blocks * BLOCK + bytes;
    let mut delta = Vec::new();
    write_match(&mut delta, 0, prefix);
    write_insert(&mut delta, &new[prefix..new.len() - suffix]);
    write_match(&mut delta, old.len() - suffix, suffix);
    (delta.len() < new.len()).then_some(delta)
}

/// Appends a match, unless it is empty.
pub(super) fn write_match(delta: &mut Vec<u8>, start: usize, length: usize) {
    if length > 0 {
        write_head(delta, 0, start as u64);
        write_head(delta, 0, length as u64);
    }
}

/// Appends an insert, unless it is empty.
pub(super) fn write_insert(delta: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        write_head(delta, 2, bytes.len() as u64);
        delta.extend_from_slice(bytes);
    }
}
