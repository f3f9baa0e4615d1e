//! JSON values as CBOR: reading, writing, text.

use bytes::Bytes;

/// A JSON value as Diffusion carries it. Object members keep their order; a repeated key keeps its first place
/// and its last value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null` (also CBOR undefined).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer between -2^64 and 2^64-1, kept exactly.
    Int(i128),
    /// A float.
    Float(f64),
    /// Text.
    String(String),
    /// A CBOR byte string, which JSON text cannot express.
    Bytes(Bytes),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// Where JSON text is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (line {line}, column {column})")]
pub struct JsonTextError {
    /// What is wrong.
    pub reason: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Json {
    /// Reads one CBOR item that fills the bytes.
    ///
    /// # Errors
    /// The bytes are no such item.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, super::ValueError> {
        let _ = bytes;
        todo!()
    }

    /// Writes the item as the official JavaScript client would.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        todo!()
    }

    /// Reads JSON text.
    ///
    /// # Errors
    /// The text is no JSON, with the place.
    pub fn from_text(text: &str) -> Result<Self, JsonTextError> {
        let _ = text;
        todo!()
    }

    /// JSON text on one line. Byte strings are written as base64 strings.
    #[must_use]
    pub fn to_text(&self) -> String {
        todo!()
    }

    /// JSON text with two spaces for each level.
    #[must_use]
    pub fn to_pretty_text(&self) -> String {
        todo!()
    }
}
