//! What changed between two record values, in the names of their schema.

use super::schema::{Record, Schema, starts};
use super::{ModelError, Records};
use std::fmt;

/// A change of a record value. Indexes count from the first occurrence of the named record or field, but that of
/// added and removed fields counts from the start of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The record.
    pub record_name: String,
    /// Which occurrence; -1 if the value had no records at all and the schema starts with a fixed one.
    pub record_index: i64,
    /// The field; empty if whole records came or went.
    pub field_name: String,
    /// Which occurrence of the field.
    pub field_index: usize,
}

/// What happened to a part of a record value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A field has other text.
    FieldChanged,
    /// Fields were added from this one on.
    FieldsAdded,
    /// Fields were removed from this one on.
    FieldsRemoved,
    /// Records were added from this one on.
    RecordsAdded,
    /// Records were removed from this one on.
    RecordsRemoved,
}

impl ChangeKind {
    /// The official name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FieldChanged => "FIELD_CHANGED",
            Self::FieldsAdded => "FIELDS_ADDED",
            Self::FieldsRemoved => "FIELDS_REMOVED",
            Self::RecordsAdded => "RECORDS_ADDED",
            Self::RecordsRemoved => "RECORDS_REMOVED",
        }
    }
}

impl fmt::Display for Change {
    /// The key of the changed part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.record_name, self.record_index)?;
        if self.field_name.is_empty() { Ok(()) } else { write!(f, ".{}({})", self.field_name, self.field_index) }
    }
}

/// The changes from an old value to a new one.
///
/// # Errors
/// The new value does not have the records and fields of the schema.
pub fn changes(schema: &Schema, old: &Records, new: &Records) -> Result<Vec<Change>, ModelError> {
    let mut out = Vec::new();
    if old == new {
        return Ok(out);
    }
    let common = old.0.len().min(new.0.len());
    for (start, record) in starts(&schema.records, |r| r.occurs) {
        let least = start.saturating_add(record.occurs.min);
        let too_many = record.occurs.max.is_some_and(|max| new.0.len() > start.saturating_add(max));
        if new.0.len() < least || record.occurs.is_variable() && too_many {
            return Err(ModelError(format!(
                "the new value has {} records, which the schema does not allow",
                new.0.len()
            )));
        }
        let end = if record.occurs.is_variable() { common } else { least };
        for place in start..end {
            compare(&mut out, record, place - start, old.0.get(place).map(Vec::as_slice), &new.0[place])?;
        }
        if record.occurs.is_variable() && old.0.len() != new.0.len() {
            let added = new.0.len() > old.0.len();
            out.push(Change {
                kind: if added { ChangeKind::RecordsAdded } else { ChangeKind::RecordsRemoved },
                record_name: record.name.clone(),
                record_index: common as i64 - start as i64,
                field_name: String::new(),
                field_index: 0,
            });
        }
    }
    Ok(out)
}

fn compare(
    out: &mut Vec<Change>,
    record: &Record,
    index: usize,
    old: Option<&[String]>,
    new: &[String],
) -> Result<(), ModelError> {
    let change = |kind, field_name: &str, field_index| Change {
        kind,
        record_name: record.name.clone(),
        record_index: index as i64,
        field_name: field_name.to_owned(),
        field_index,
    };
    for (start, field) in starts(&record.fields, |f| f.occurs) {
        let least = start.saturating_add(field.occurs.min);
        if new.len() < least {
            return Err(ModelError(format!("{}({index}) has too few fields", record.name)));
        }
        let variable = field.occurs.is_variable();
        let end = match old {
            _ if !variable => least,
            Some(old) => old.len().min(new.len()),
            None => new.len(),
        };
        for (place, text) in new.iter().enumerate().take(end).skip(start) {
            // A field that the old value did not have counts as empty.
            let before = old.and_then(|old| old.get(place)).map_or("", String::as_str);
            if before != text {
                out.push(change(ChangeKind::FieldChanged, &field.name, place - start));
            }
        }
        if let Some(old) = old
            && variable
            && old.len() != new.len()
        {
            let kind = if new.len() > old.len() { ChangeKind::FieldsAdded } else { ChangeKind::FieldsRemoved };
            out.push(change(kind, &field.name, old.len().min(new.len())));
        }
    }
    Ok(())
}
