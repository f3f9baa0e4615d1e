//! `RECORD_V2` values: records of fields, schemas, models and changes.

mod changes;
mod model;
mod schema;

pub use changes::{Change, ChangeKind, changes};
pub use model::{Model, ModelError};
pub use schema::{Field, FieldType, Occurs, Record, Schema, SchemaError};

use super::ValueError;
use super::cbor::error_at;

/// Records of fields of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records(pub Vec<Vec<String>>);

impl Records {
    /// Reads the delimited text of a value.
    ///
    /// # Errors
    /// The bytes are not UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ValueError> {
        let text = std::str::from_utf8(bytes).map_err(|e| error_at(e.valid_up_to(), "the text is not UTF-8"))?;
        Ok(Self(match text {
            "" => Vec::new(),
            "\u{4}" => vec![Vec::new()],
            _ => text.split('\u{1}').map(fields).collect(),
        }))
    }

    /// Writes the delimited text of a value. Fields must not contain the delimiters 0x01 to 0x05: they have no escape.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if let [only] = &self.0[..]
            && only.is_empty()
        {
            return vec![4];
        }
        let records: Vec<String> = self
            .0
            .iter()
            .map(|fields| if *fields == [""] { "\u{5}".to_owned() } else { fields.join("\u{2}") })
            .collect();
        records.join("\u{1}").into_bytes()
    }

    /// The first field with a character that the encoding needs as a delimiter: the place of its record and its own.
    #[must_use]
    pub fn forbidden_field(&self) -> Option<(usize, usize)> {
        let forbidden = |field: &String| field.contains(|c| matches!(c, '\u{1}'..='\u{5}'));
        self.0.iter().enumerate().find_map(|(r, fields)| fields.iter().position(forbidden).map(|f| (r, f)))
    }
}

fn fields(record: &str) -> Vec<String> {
    match record {
        "" => Vec::new(),
        "\u{5}" => vec![String::new()],
        _ => record.split('\u{2}').map(str::to_owned).collect(),
    }
}
