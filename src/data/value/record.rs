//! `RECORD_V2` values: records of fields, schemas, models and changes.

/// Records of fields of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records(pub Vec<Vec<String>>);
