//! “No value”: the byte that unsets a topic, and what JSON text cannot express.

use super::DataType;
use super::json::Json;

/// The value (CBOR `null`) that unsets a STRING, INT64 or DOUBLE topic.
pub const UNSET: u8 = 0xf6;

impl DataType {
    /// Whether a topic of this type can be without a value.
    #[must_use]
    pub const fn can_be_unset(self) -> bool {
        matches!(self, Self::String | Self::Int64 | Self::Double)
    }

    /// Whether these bytes unset a topic of this type.
    #[must_use]
    pub fn is_unset(self, value: &[u8]) -> bool {
        self.can_be_unset() && *value == [UNSET]
    }
}

impl Json {
    /// Whether the value is lost when it is written as JSON text and read back: JSON text has no byte strings, no NaN
    /// and no infinite numbers.
    #[must_use]
    pub fn loses_bytes(&self) -> bool {
        match self {
            Self::Bytes(_) => true,
            Self::Float(n) => !n.is_finite(),
            Self::Array(items) => items.iter().any(Self::loses_bytes),
            Self::Object(members) => members.iter().any(|(_, value)| value.loses_bytes()),
            _ => false,
        }
    }
}
