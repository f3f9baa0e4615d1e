//! CBOR items one head at a time: what the readers of values, previews and deltas share.

use super::ValueError;

/// How deep values may nest; deeper ones are refused so that no reader can run out of stack.
pub(super) const MAX_DEPTH: usize = 128;

/// The first part of an item: its kind and its argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Head {
    /// A number ≥ 0.
    Unsigned(u64),
    /// The number -1 - n.
    Negative(u64),
    /// A byte string of so many bytes; none if it comes in chunks.
    Bytes(Option<u64>),
    /// Text of so many bytes; none if it comes in chunks.
    Text(Option<u64>),
    /// An array of so many elements; none if a break ends it.
    Array(Option<u64>),
    /// A map of so many members; none if a break ends it.
    Map(Option<u64>),
    /// `true` or `false`.
    Bool(bool),
    /// Null.
    Null,
    /// Undefined.
    Undefined,
    /// A float of any width.
    Float(f64),
    /// The end of an indefinite item.
    Break,
}

impl Head {
    /// What the item is, for messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Unsigned(_) | Self::Negative(_) => "an integer",
            Self::Bytes(_) => "a byte string",
            Self::Text(_) => "text",
            Self::Array(_) => "an array",
            Self::Map(_) => "an object",
            Self::Bool(_) => "a boolean",
            Self::Null => "null",
            Self::Undefined => "undefined",
            Self::Float(_) => "a float",
            Self::Break => "an end mark",
        }
    }
}

/// Reads heads and strings from bytes; every error names its place.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The offset of the next byte.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// How many bytes are left.
    pub(super) const fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// An error at the next byte.
    pub(super) fn error(&self, reason: impl Into<String>) -> ValueError {
        error_at(self.position, reason)
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], ValueError> {
        let count = usize::try_from(count).ok().filter(|&n| n <= self.remaining());
        let count = count.ok_or_else(|| self.error("the data ends in the middle of an item"))?;
        let taken = &self.bytes[self.position..self.position + count];
        self.position += count;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ValueError> {
        Ok(self.take(N as u64)?.try_into().expect("`take` gives as many bytes as asked for"))
    }

    /// The next head, a break included.
    pub(super) fn head(&mut self) -> Result<Head, ValueError> {
        let start = self.position;
        if self.remaining() == 0 {
            return Err(self.error(if start == 0 {
                "there is no data"
            } else {
                "the data ends where an item should start"
            }));
        }
        let initial = self.fixed::<1>()?[0];
        let (major, info) = (initial >> 5, initial & 0x1f);
        if major == 7 {
            return match info {
                20 => Ok(Head::Bool(false)),
                21 => Ok(Head::Bool(true)),
                22 => Ok(Head::Null),
                23 => Ok(Head::Undefined),
                25 => Ok(Head::Float(half_to_double(u16::from_be_bytes(self.fixed()?)))),
                26 => Ok(Head::Float(f64::from(f32::from_be_bytes(self.fixed()?)))),
                27 => Ok(Head::Float(f64::from_be_bytes(self.fixed()?))),
                31 => Ok(Head::Break),
                28..=30 => Err(error_at(start, format!("reserved length code {info}"))),
                _ => Err(error_at(start, "unsupported simple value")),
            };
        }
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24 => Some(u64::from(self.fixed::<1>()?[0])),
            25 => Some(u64::from(u16::from_be_bytes(self.fixed()?))),
            26 => Some(u64::from(u32::from_be_bytes(self.fixed()?))),
            27 => Some(u64::from_be_bytes(self.fixed()?)),
            31 => None,
            _ => return Err(error_at(start, format!("reserved length code {info}"))),
        };
        match (major, argument) {
            (0, Some(n)) => Ok(Head::Unsigned(n)),
            (1, Some(n)) => Ok(Head::Negative(n)),
            (2, length) => Ok(Head::Bytes(length)),
            (3, length) => Ok(Head::Text(length)),
            (4, length) => Ok(Head::Array(length)),
            (5, length) => Ok(Head::Map(length)),
            (6, _) => Err(error_at(start, "tags are not supported")),
            _ => Err(error_at(start, "an integer cannot be of indefinite length")),
        }
    }

    /// The next chunk of an indefinite string; none at its end.
    pub(super) fn chunk(&mut self, text: bool) -> Result<Option<&'a [u8]>, ValueError> {
        let start = self.position;
        match self.head()? {
            Head::Break => Ok(None),
            Head::Bytes(Some(length)) if !text => self.take(length).map(Some),
            Head::Text(Some(length)) if text => self.take(length).map(Some),
            _ => Err(error_at(start, "a part of a string has the wrong type")),
        }
    }

    /// The rest of a string whose head has been read.
    pub(super) fn string_bytes(&mut self, length: Option<u64>, text: bool) -> Result<Vec<u8>, ValueError> {
        if let Some(length) = length {
            return Ok(self.take(length)?.to_vec());
        }
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk(text)? {
            all.extend_from_slice(chunk);
        }
        Ok(all)
    }

    /// The rest of a text whose head has been read.
    pub(super) fn text(&mut self, length: Option<u64>) -> Result<String, ValueError> {
        let start = self.position;
        String::from_utf8(self.string_bytes(length, true)?).map_err(|_| error_at(start, "the text is not UTF-8"))
    }

    /// Refuses bytes after the item.
    pub(super) fn end(&self) -> Result<(), ValueError> {
        if self.remaining() == 0 { Ok(()) } else { Err(self.error("there is more data after the value")) }
    }
}

/// An error at a place.
pub(super) fn error_at(offset: usize, reason: impl Into<String>) -> ValueError {
    ValueError { reason: reason.into(), offset }
}

fn half_to_double(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match (bits >> 10) & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// Appends a head of a major type in its shortest form.
pub(super) fn write_head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    if argument < 24 {
        out.push(major | argument as u8);
    } else if let Ok(n) = u8::try_from(argument) {
        out.extend_from_slice(&[major | 0x18, n]);
    } else if let Ok(n) = u16::try_from(argument) {
        out.push(major | 0x19);
        out.extend_from_slice(&n.to_be_bytes());
    } else if let Ok(n) = u32::try_from(argument) {
        out.push(major | 0x1a);
        out.extend_from_slice(&n.to_be_bytes());
    } else {
        out.push(major | 0x1b);
        out.extend_from_slice(&argument.to_be_bytes());
    }
}

/// Appends text.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    write_head(out, 3, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends an integer; one outside -2^64 … 2^64-1 becomes the nearest float, as CBOR has no other form for it.
pub(super) fn write_int(out: &mut Vec<u8>, value: i128) {
    if let Ok(n) = u64::try_from(value) {
        write_head(out, 0, n);
    } else if let Ok(n) = u64::try_from(-1 - value) {
        write_head(out, 1, n);
    } else {
        write_float(out, value as f64);
    }
}

/// Appends a float of 8 bytes; every NaN is written as the same one.
pub(super) fn write_float(out: &mut Vec<u8>, value: f64) {
    out.push(0xfb);
    let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
    out.extend_from_slice(&bits.to_be_bytes());
}
