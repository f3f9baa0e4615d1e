//! Fields of a record value by name, for reading and for changing.

use super::schema::{Field, Record, Schema, starts};
use super::{FieldType, Records};

/// A new value of a schema with larger minimums than this many fields is refused.
const MOST_FIELDS: usize = 1_000_000;

/// Why a field cannot be found or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(pub(super) String);

fn refuse<T>(reason: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError(reason.into()))
}

/// A record value seen through its schema. Operations that fail change nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Model<'a> {
    schema: &'a Schema,
    records: Records,
}

/// The name and the index in a part of a key.
type KeyPart<'k> = (&'k str, usize);

fn part(text: &str) -> Result<KeyPart<'_>, ModelError> {
    let (name, index) = match text.split_once('(') {
        None => (text, 0),
        Some((name, rest)) => {
            let index = rest.strip_suffix(')').and_then(|digits| digits.parse().ok());
            (name, index.ok_or_else(|| ModelError(format!("“{text}” has no index in its brackets")))?)
        }
    };
    if name.is_empty() { refuse(format!("“{text}” has no name")) } else { Ok((name, index)) }
}

impl<'a> Model<'a> {
    /// The smallest value of a schema: empty text and zeros.
    ///
    /// # Errors
    /// The schema asks for an unreasonable number of fields.
    pub fn new(schema: &'a Schema) -> Result<Self, ModelError> {
        let fields = |r: &Record| r.fields.iter().fold(0usize, |sum, f| sum.saturating_add(f.occurs.min));
        let total = schema
            .records
            .iter()
            .fold(0usize, |sum, r| sum.saturating_add(r.occurs.min.saturating_mul(fields(r).saturating_add(1))));
        if total > MOST_FIELDS {
            return refuse(format!("the schema needs more than {MOST_FIELDS} fields"));
        }
        let records = schema.records.iter().flat_map(|r| std::iter::repeat_n(r, r.occurs.min)).map(blank).collect();
        Ok(Self { schema, records: Records(records) })
    }

    /// An existing value. It need not fit the schema: what is missing is not found.
    #[must_use]
    pub const fn of(schema: &'a Schema, records: Records) -> Self {
        Self { schema, records }
    }

    /// The value.
    #[must_use]
    pub const fn records(&self) -> &Records {
        &self.records
    }

    /// The text of a field by its key: `field`, `Record.field`, `Record(i).field(j)`; indexes default to 0.
    ///
    /// # Errors
    /// The key is malformed, or there is no such record, field or occurrence.
    pub fn field(&self, key: &str) -> Result<&str, ModelError> {
        let ((record, i), (field, j)) = self.key(key)?;
        self.field_at(record, i, field, j)
    }

    /// The text of a field by names and indexes.
    ///
    /// # Errors
    /// There is no such record, field or occurrence.
    pub fn field_at(&self, record: &str, i: usize, field: &str, j: usize) -> Result<&str, ModelError> {
        let (record, field, _) = self.locate(record, i, field, j)?;
        Ok(&self.records.0[record][field])
    }

    /// How often a record comes.
    ///
    /// # Errors
    /// There is no such record.
    pub fn record_count(&self, record: &str) -> Result<usize, ModelError> {
        let (start, record) = self.record(record)?;
        let actual = self.records.0.len().saturating_sub(start);
        Ok(if record.occurs.is_variable() { actual } else { record.occurs.min })
    }

    /// How often a field comes in an occurrence of a record.
    ///
    /// # Errors
    /// There is no such record, occurrence or field.
    pub fn field_count(&self, record: &str, i: usize, field: &str) -> Result<usize, ModelError> {
        let (definition, place) = self.occurrence(record, i)?;
        let (start, field) = find_field(definition, field)?;
        let actual = self.records.0[place].len().saturating_sub(start);
        Ok(if field.occurs.is_variable() { actual } else { field.occurs.min })
    }

    /// Sets a field by its key, normalised.
    ///
    /// # Errors
    /// There is no such field, or the text is not of its type.
    pub fn set(&mut self, key: &str, text: &str) -> Result<(), ModelError> {
        let ((record, i), (field, j)) = self.key(key)?;
        let (record, i, field, j) = (record.to_owned(), i, field.to_owned(), j);
        self.set_at(&record, i, &field, j, text)
    }

    /// Sets a field by names and indexes, normalised.
    ///
    /// # Errors
    /// There is no such field, or the text is not of its type.
    pub fn set_at(&mut self, record: &str, i: usize, field: &str, j: usize, text: &str) -> Result<(), ModelError> {
        let (record, place, definition) = self.locate(record, i, field, j)?;
        let text = normalised(definition, text)?;
        self.records.0[record][place] = text;
        Ok(())
    }

    /// Appends values to the variable field of a record: of the last occurrence if none is named.
    ///
    /// # Errors
    /// The record has no variable field, a value is not of its type, or there would be too many.
    pub fn add_fields<S: AsRef<str>>(
        &mut self,
        record: &str,
        i: Option<usize>,
        values: &[S],
    ) -> Result<(), ModelError> {
        let last = self.record_count(record)?.saturating_sub(1);
        let (definition, place) = self.occurrence(record, i.unwrap_or(last))?;
        let (start, field) = variable_field(definition)?;
        let texts = values.iter().map(|text| normalised(field, text.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let count = self.records.0[place].len().saturating_sub(start) + texts.len();
        if field.occurs.max.is_some_and(|max| count > max) {
            return refuse(format!("{count} of {}: too many", field.name));
        }
        self.records.0[place].extend(texts);
        Ok(())
    }

    /// Removes an occurrence of the variable field of a record.
    ///
    /// # Errors
    /// The record has no variable field or no such occurrence, or there would be too few.
    pub fn remove_field(&mut self, record: &str, i: usize, j: usize) -> Result<(), ModelError> {
        let (definition, place) = self.occurrence(record, i)?;
        let (start, field) = variable_field(definition)?;
        let count = self.records.0[place].len().saturating_sub(start);
        if j >= count || count <= field.occurs.min {
            return refuse(format!("{}({j}) cannot be removed", field.name));
        }
        self.records.0[place].remove(start + j);
        Ok(())
    }

    /// Appends a blank occurrence of the variable record.
    ///
    /// # Errors
    /// The schema has no variable record, or there would be too many.
    pub fn add_record(&mut self) -> Result<(), ModelError> {
        let (start, record) = self.variable_record()?;
        if record.occurs.excludes(self.records.0.len().saturating_sub(start)) {
            return refuse(format!("one more {} is too many", record.name));
        }
        let fields = blank(record);
        self.records.0.push(fields);
        Ok(())
    }

    /// Removes an occurrence of the variable record.
    ///
    /// # Errors
    /// The schema has no variable record, there is no such occurrence, or there would be too few.
    pub fn remove_record(&mut self, i: usize) -> Result<(), ModelError> {
        let (start, record) = self.variable_record()?;
        let count = self.records.0.len().saturating_sub(start);
        if i >= count || count <= record.occurs.min {
            return refuse(format!("{}({i}) cannot be removed", record.name));
        }
        self.records.0.remove(start + i);
        Ok(())
    }

    /// Text after a second dot is ignored, as the official client does.
    fn key<'k>(&'k self, key: &'k str) -> Result<(KeyPart<'k>, KeyPart<'k>), ModelError> {
        let mut parts = key.split('.');
        match (parts.next(), parts.next()) {
            (Some(record), Some(field)) => Ok((part(record)?, part(field)?)),
            _ => match self.schema.records.first() {
                Some(first) => Ok(((first.name.as_str(), 0), part(key)?)),
                None => refuse("the schema has no records"),
            },
        }
    }

    fn record(&self, name: &str) -> Result<(usize, &'a Record), ModelError> {
        let found = starts(&self.schema.records, |r| r.occurs).find(|(_, r)| r.name == name);
        found.ok_or_else(|| ModelError(format!("there is no record {name}")))
    }

    fn occurrence(&self, name: &str, i: usize) -> Result<(&'a Record, usize), ModelError> {
        let (start, record) = self.record(name)?;
        let place = start.saturating_add(i);
        if record.occurs.excludes(i) || place >= self.records.0.len() {
            return refuse(format!("there is no {name}({i})"));
        }
        Ok((record, place))
    }

    fn locate(&self, record: &str, i: usize, field: &str, j: usize) -> Result<(usize, usize, &'a Field), ModelError> {
        let (definition, record) = self.occurrence(record, i)?;
        let (start, definition) = find_field(definition, field)?;
        let place = start.saturating_add(j);
        if definition.occurs.excludes(j) || place >= self.records.0[record].len() {
            return refuse(format!("there is no {field}({j})"));
        }
        Ok((record, place, definition))
    }

    fn variable_record(&self) -> Result<(usize, &'a Record), ModelError> {
        let last = starts(&self.schema.records, |r| r.occurs).last().filter(|(_, r)| r.occurs.is_variable());
        last.ok_or_else(|| ModelError("no record of the schema is variable".to_owned()))
    }
}

fn find_field<'a>(record: &'a Record, name: &str) -> Result<(usize, &'a Field), ModelError> {
    let found = starts(&record.fields, |f| f.occurs).find(|(_, f)| f.name == name);
    found.ok_or_else(|| ModelError(format!("{} has no field {name}", record.name)))
}

fn variable_field(record: &Record) -> Result<(usize, &Field), ModelError> {
    let last = starts(&record.fields, |f| f.occurs).last().filter(|(_, f)| f.occurs.is_variable());
    last.ok_or_else(|| ModelError(format!("no field of {} is variable", record.name)))
}

fn normalised(field: &Field, text: &str) -> Result<String, ModelError> {
    let text = field.field_type.normalise(text).filter(|t| !t.contains(|c| matches!(c, '\u{1}'..='\u{5}')));
    text.ok_or_else(|| {
        ModelError(format!("{} takes no such text: it is of type {}", field.name, field.field_type.name()))
    })
}

fn blank(record: &Record) -> Vec<String> {
    let text = |field: &Field| match field.field_type {
        FieldType::String => String::new(),
        FieldType::Integer => "0".to_owned(),
        FieldType::Decimal { scale } => super::schema::fixed_point(0.0, scale),
    };
    record.fields.iter().flat_map(|field| std::iter::repeat_n(text(field), field.occurs.min)).collect()
}
