//! A bounded cursor over the bytes of a message; every read says what it was reading.

use super::codec::Wire;
use super::error::{DecodeError, Problem};
use super::protocol::Part;
use bytes::Bytes;

/// Nesting of alternatives (constraints) that a peer may send.
pub const MAX_DEPTH: u32 = 64;
/// Alternatives that one message may contain in all: each takes a byte of it, and many in memory.
pub const MAX_NESTED: u32 = 10_000;
/// Bytes of memory that lists may take for each byte of their message: items of a few bytes become structures.
const LIST_FACTOR: usize = 4;
/// And besides, for short messages.
const LIST_BYTES: usize = 8 << 20;
/// Bytes of a text that is not declared to be longer; what is long in the protocol travels as bytes.
pub const MAX_TEXT: usize = 4 << 20;

/// A cursor. Byte strings are given out as shared slices of the message, without a copy.
#[derive(Clone, Debug)]
pub struct Reader {
    bytes: Bytes,
    at: usize,
    version: u8,
    what: &'static str,
    depth: u32,
    nested: u32,
    /// Bytes of memory that lists may still take.
    lists: usize,
}

/// One of the forms in which peers write something.
pub type Form<'a, T> = &'a dyn Fn(&mut Reader) -> Result<T, DecodeError>;

impl Reader {
    /// Starts at the first byte; `version` is the session's protocol version.
    #[must_use]
    pub fn new(bytes: Bytes, version: u8) -> Self {
        let lists = bytes.len().saturating_mul(LIST_FACTOR).saturating_add(LIST_BYTES);
        Self { bytes, at: 0, version, what: "message", depth: 0, nested: 0, lists }
    }

    /// The session's protocol version.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Whether the session's version has this part.
    #[must_use]
    pub const fn has(&self, part: Part) -> bool {
        self.version >= part.since()
    }

    /// Bytes not read yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error at this place.
    #[must_use]
    pub const fn error(&self, problem: Problem) -> DecodeError {
        DecodeError { what: self.what, offset: self.at, problem }
    }

    /// Reads a field, naming it in any error.
    ///
    /// # Errors
    /// The bytes are no such field.
    pub fn field<T: Wire>(&mut self, name: &'static str) -> Result<T, DecodeError> {
        self.what = name;
        T::read(self)
    }

    /// Names what is read next.
    pub const fn expect_field(&mut self, name: &'static str) {
        self.what = name;
    }

    /// Reads something that may contain itself, to a bounded depth and a bounded number in all.
    ///
    /// # Errors
    /// Too deep, too many, or what `read` says.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        self.nested += 1;
        if self.nested > MAX_NESTED {
            return Err(self.error(Problem::TooMany(MAX_NESTED as usize)));
        }
        self.depth += 1;
        let out = read(self);
        self.depth -= 1;
        out
    }

    /// Reads what peers write in several forms: the first that uses all bytes that are left, else the first that can be
    /// read.
    ///
    /// # Errors
    /// What the first form says, if none can be read.
    pub fn first_complete<T>(&mut self, forms: &[Form<'_, T>]) -> Result<T, DecodeError> {
        let mut readable = None;
        let mut failed = None;
        for form in forms {
            let mut tried = self.clone();
            match form(&mut tried) {
                Ok(value) if tried.remaining() == 0 => {
                    *self = tried;
                    return Ok(value);
                }
                Ok(value) => readable = readable.or(Some((value, tried))),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if let Some((value, tried)) = readable {
            *self = tried;
            return Ok(value);
        }
        Err(failed.unwrap_or_else(|| self.error(Problem::Truncated)))
    }

    /// One raw byte.
    ///
    /// # Errors
    /// No byte is left.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.error(Problem::Truncated))?;
        self.at += 1;
        Ok(byte)
    }

    /// `vi32`: 7 bits a byte, two's complement.
    ///
    /// # Errors
    /// Truncated, or more than five bytes.
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        let mut out = 0u32;
        for shift in 0..5u32 {
            let byte = self.u8()?;
            out |= u32::from(byte & 0x7f).wrapping_shl(shift * 7);
            if byte & 0x80 == 0 {
                return Ok(out as i32);
            }
        }
        Err(self.error(Problem::VarintTooLong))
    }

    /// `vi64`: 7 bits a byte, two's complement.
    ///
    /// # Errors
    /// Truncated, or more than ten bytes.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        let mut out = 0u64;
        for shift in 0..10u32 {
            let byte = self.u8()?;
            out |= u64::from(byte & 0x7f).wrapping_shl(shift * 7);
            if byte & 0x80 == 0 {
                return Ok(out as i64);
            }
        }
        Err(self.error(Problem::VarintTooLong))
    }

    /// Fixed-width big-endian bytes.
    ///
    /// # Errors
    /// Truncated.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let found = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk());
        let out = *found.ok_or_else(|| self.error(Problem::Truncated))?;
        self.at += N;
        Ok(out)
    }

    /// The next `count` raw bytes, shared with the message.
    ///
    /// # Errors
    /// Truncated.
    pub fn take(&mut self, count: usize) -> Result<Bytes, DecodeError> {
        if count > self.remaining() {
            return Err(self.error(Problem::Truncated));
        }
        let out = self.bytes.slice(self.at..self.at + count);
        self.at += count;
        Ok(out)
    }

    /// Everything that is left.
    #[must_use]
    pub fn rest(&mut self) -> Bytes {
        let out = self.bytes.slice(self.at..);
        self.at = self.bytes.len();
        out
    }

    /// The count of a list of at most `most` items that take `item_bytes` of memory each.
    ///
    /// # Errors
    /// As [`Reader::count`]; more items, or more than the lists of a message of this length may take.
    pub fn count_of(&mut self, min_size: usize, most: usize, item_bytes: usize) -> Result<usize, DecodeError> {
        let count = self.count(min_size)?;
        if count > most {
            return Err(self.error(Problem::TooMany(most)));
        }
        let taken = count.saturating_mul(item_bytes);
        self.lists = self.lists.checked_sub(taken).ok_or_else(|| self.error(Problem::TooLarge(taken)))?;
        Ok(count)
    }

    /// A count of items of which each takes at least `min_size` bytes.
    ///
    /// # Errors
    /// Negative, or more than the bytes left can hold.
    pub fn count(&mut self, min_size: usize) -> Result<usize, DecodeError> {
        let count = self.i32()?;
        match usize::try_from(count) {
            Ok(n) if n.saturating_mul(min_size.max(1)) <= self.remaining() => Ok(n),
            _ => Err(self.error(Problem::Length(i64::from(count)))),
        }
    }

    /// `bytes`: length, then raw bytes.
    ///
    /// # Errors
    /// The length is negative or too large.
    pub fn bytes(&mut self) -> Result<Bytes, DecodeError> {
        let count = self.count(1)?;
        self.take(count)
    }

    /// `str`: length, then UTF-8, of at most [`MAX_TEXT`] bytes.
    ///
    /// # Errors
    /// The length is not possible or the bytes are no UTF-8.
    pub fn str(&mut self) -> Result<String, DecodeError> {
        self.text(MAX_TEXT)
    }

    /// The same with another bound.
    ///
    /// # Errors
    /// As [`Reader::str`].
    pub fn text(&mut self, max_bytes: usize) -> Result<String, DecodeError> {
        let raw = self.bytes()?;
        if raw.len() > max_bytes {
            return Err(self.error(Problem::TooLarge(max_bytes)));
        }
        match std::str::from_utf8(&raw) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.error(Problem::Utf8)),
        }
    }
}
