//! Values as plain text: as they are copied, and as they are compared.

use super::hex;
use crate::data::value::Value;
use crate::data::value::record::{FieldType, Occurs, Records, Schema};

/// A value as text, as “Copy as text” gives it. Bytes are written as hexadecimal digits.
#[must_use]
pub fn as_text(value: &Value) -> String {
    match value {
        Value::Binary(bytes) => hex::digits(bytes),
        Value::Json(json) => json.to_pretty_text(),
        Value::String(text) => text.clone().unwrap_or_default(),
        Value::Int64(n) => n.map(|n| n.to_string()).unwrap_or_default(),
        Value::Double(n) => n.map(crate::model::number::double_text).unwrap_or_default(),
        Value::RecordV2(records) => {
            let lines: Vec<String> = records.0.iter().map(|fields| fields.join("\t")).collect();
            lines.join("\n")
        }
        Value::Event(event) => event.decoded.as_ref().map(as_text).unwrap_or_default(),
    }
}

/// A field of a record as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLine {
    /// `Order(0)`.
    pub record: String,
    /// `price`, `leg(2)`.
    pub field: String,
    /// `INTEGER`; empty without a schema.
    pub kind: String,
    /// Its text.
    pub text: String,
}

/// Every field of every record with its names.
#[must_use]
pub fn record_fields(schema: Option<&Schema>, records: &Records) -> Vec<FieldLine> {
    let mut lines = Vec::new();
    for (place, fields) in records.0.iter().enumerate() {
        let definition = schema.and_then(|s| named(&s.records, |r| r.occurs, place));
        let record = match definition {
            Some((record, at)) => indexed(&record.name, record.occurs, at),
            None => format!("record {place}"),
        };
        for (at, text) in fields.iter().enumerate() {
            let field = definition.and_then(|(record, _)| named(&record.fields, |f| f.occurs, at));
            let (field, kind) = match field {
                Some((field, at)) => (indexed(&field.name, field.occurs, at), kind(field.field_type)),
                None => (format!("field {at}"), String::new()),
            };
            lines.push(FieldLine { record: record.clone(), field, kind, text: text.clone() });
        }
    }
    lines
}

fn indexed(name: &str, occurs: Occurs, at: usize) -> String {
    if occurs.max == Some(1) { name.to_owned() } else { format!("{name}({at})") }
}

fn kind(field_type: FieldType) -> String {
    match field_type {
        FieldType::String => "STRING".to_owned(),
        FieldType::Integer => "INTEGER".to_owned(),
        FieldType::Decimal { scale } => format!("DECIMAL({scale})"),
    }
}

/// The item that a place belongs to, and its own place among those of the same item. What is beyond all belongs to
/// none.
fn named<T>(items: &[T], occurs: impl Fn(&T) -> Occurs, place: usize) -> Option<(&T, usize)> {
    let mut start = 0usize;
    for item in items {
        let most = occurs(item).max;
        if most.is_none_or(|most| place - start < most) {
            return Some((item, place - start));
        }
        start = start.saturating_add(most.unwrap_or_default());
        if start > place {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &[&[&str]]) -> Records {
        Records(text.iter().map(|fields| fields.iter().map(|f| (*f).to_owned()).collect()).collect())
    }

    #[test]
    fn fields_are_named_by_the_schema() {
        let schema = Schema::from_text(
            r#"{"records":[{"name":"Head","fields":[{"name":"id","type":"INTEGER"}]},
               {"name":"Leg","min":0,"max":-1,"fields":[{"name":"n"},{"name":"price","type":"DECIMAL","min":1,"max":3}]}]}"#,
        )
        .expect("a schema");
        let lines =
            record_fields(Some(&schema), &records(&[&["7"], &["a", "1.00", "2.00"], &["b", "3.00", "4", "5", "6"]]));
        let said: Vec<String> = lines.iter().map(|l| format!("{} {} {}", l.record, l.field, l.kind)).collect();
        assert_eq!(said[0], "Head id INTEGER");
        assert_eq!(said[1], "Leg(0) n STRING");
        assert_eq!(said[3], "Leg(0) price(1) DECIMAL(2)");
        assert_eq!(said.last().map(String::as_str), Some("Leg(1) field 4 "));
    }

    #[test]
    fn without_a_schema_places_are_numbers() {
        let lines = record_fields(None, &records(&[&["x", "y"]]));
        assert_eq!((lines[1].record.as_str(), lines[1].field.as_str()), ("record 0", "field 1"));
    }
}
