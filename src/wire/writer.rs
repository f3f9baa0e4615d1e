//! Writes the primitives of the protocol.

use super::protocol::Part;
use bytes::Bytes;

/// Collects the bytes of a message.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    version: u8,
    lacking: Option<Part>,
}

impl Writer {
    /// Empty; `version` is the session's protocol version.
    #[must_use]
    pub const fn new(version: u8) -> Self {
        Self { out: Vec::new(), version, lacking: None }
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

    /// Notes that what is written means something else without this part.
    pub fn needs(&mut self, part: Part) {
        if !self.has(part) && self.lacking.is_none_or(|lacking| lacking.since() < part.since()) {
            self.lacking = Some(part);
        }
    }

    /// The newest part that was needed and that the session's version does not have.
    #[must_use]
    pub const fn lacking(&self) -> Option<Part> {
        self.lacking
    }

    /// One raw byte.
    pub fn u8(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// `vi32`.
    pub fn i32(&mut self, value: i32) {
        self.u64(u64::from(value as u32));
    }

    /// `vi64`.
    pub fn i64(&mut self, value: i64) {
        self.u64(value as u64);
    }

    fn u64(&mut self, mut rest: u64) {
        while rest >= 0x80 {
            self.out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.out.push(rest as u8);
    }

    /// Raw bytes without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// A count of items, or the length of bytes.
    pub fn count(&mut self, count: usize) {
        self.i32(i32::try_from(count).unwrap_or(i32::MAX));
    }

    /// `bytes`: length, then raw bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    /// `str`: length, then UTF-8.
    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.out.into()
    }
}
