//! Why bytes are no message: what was being read, and where.

/// Bytes that do not have the form their message promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} in {what} at byte {offset}")]
pub struct DecodeError {
    /// The field, or the message if no field had begun.
    pub what: &'static str,
    /// Byte position from the start of the message or payload.
    pub offset: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// The kinds of wrong bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes end too early.
    #[error("the data ends")]
    Truncated,
    /// A variable-length integer has too many bytes.
    #[error("a number is too long")]
    VarintTooLong,
    /// A length or count is negative or larger than what follows.
    #[error("a length of {0} is not possible")]
    Length(i64),
    /// Text is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// A byte that selects an alternative is none of those known.
    #[error("the value {0} is unknown")]
    Unknown(i64),
    /// Values nest too deeply.
    #[error("values are nested too deeply")]
    TooDeep,
    /// More bytes than the receiver is willing to hold.
    #[error("the size is above the limit of {0} bytes")]
    TooLarge(usize),
    /// More items than the list may have.
    #[error("there are more than {0}")]
    TooMany(usize),
    /// Compressed bytes that do not inflate.
    #[error("compressed data is damaged")]
    Compression,
    /// Text or an address parameter that cannot be parsed.
    #[error("a parameter cannot be read")]
    Parameter,
}
