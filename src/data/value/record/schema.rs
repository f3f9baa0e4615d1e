//! Schemas of record topics: reading, the canonical text, and checking values.

use super::Records;
use crate::data::value::json::Json;

/// The records a value may have, and their fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The records in order; at least one.
    pub records: Vec<Record>,
}

/// A record of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name, unique in the schema.
    pub name: String,
    /// How often it comes in a value.
    pub occurs: Occurs,
    /// The fields in order; at least one.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, unique in the record.
    pub name: String,
    /// How often it comes in the record.
    pub occurs: Occurs,
    /// What its text means.
    pub field_type: FieldType,
}

/// How often a record or field comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurs {
    /// At least so often.
    pub min: usize,
    /// At most so often; none if there is no limit.
    pub max: Option<usize>,
}

/// What the text of a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// A number with so many decimals.
    Decimal {
        /// Decimals of a normalised number.
        scale: usize,
    },
}

/// Why text is no schema, or a value does not fit one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(pub(super) String);

impl Occurs {
    /// Whether the number of occurrences is not fixed.
    #[must_use]
    pub fn is_variable(self) -> bool {
        self.max != Some(self.min)
    }

    /// Whether a place is beyond the limit.
    pub(super) fn excludes(self, index: usize) -> bool {
        self.max.is_some_and(|max| index >= max)
    }

    /// The smallest and the largest count if the last of several items starts after the fixed ones before it.
    fn check(self, start: usize, count: usize, what: &str) -> Result<(), SchemaError> {
        let least = start.saturating_add(self.min);
        if count < least {
            return Err(SchemaError(format!("{count} {what}, but the schema needs at least {least}")));
        }
        match self.max.map(|max| start.saturating_add(max)) {
            Some(most) if count > most => {
                Err(SchemaError(format!("{count} {what}, but the schema allows at most {most}")))
            }
            _ => Ok(()),
        }
    }
}

/// The place of each item: fixed items come before it.
pub(super) fn starts<T>(items: &[T], occurs: fn(&T) -> Occurs) -> impl Iterator<Item = (usize, &T)> {
    items.iter().scan(0usize, move |next, item| {
        let start = *next;
        *next = next.saturating_add(occurs(item).max.unwrap_or_default());
        Some((start, item))
    })
}

impl Schema {
    /// Reads the JSON text of a `SCHEMA` property.
    ///
    /// # Errors
    /// The text is no JSON or breaks a rule of schemas.
    pub fn from_text(text: &str) -> Result<Self, SchemaError> {
        let json = Json::from_text(text).map_err(|e| SchemaError(e.located(text)))?;
        let records = list(&json, "records")?.iter().map(Record::from_json).collect::<Result<Vec<_>, _>>()?;
        check_list("record", records.iter().map(|r| (r.name.as_str(), r.occurs)))?;
        Ok(Self { records })
    }

    /// The JSON text with every default filled in, members in the official order.
    #[must_use]
    pub fn to_text(&self) -> String {
        let records = self.records.iter().map(Record::to_json).collect();
        Json::Object(vec![("records".to_owned(), Json::Array(records))]).to_text()
    }

    /// Checks that a value has the records and fields of the schema and that each field is of its type.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn validate(&self, value: &Records) -> Result<(), SchemaError> {
        if let Some((start, last)) = starts(&self.records, |r| r.occurs).last() {
            last.occurs.check(start, value.0.len(), "records")?;
        }
        for (place, fields) in value.0.iter().enumerate() {
            let Some((start, record)) = self.record_at(place) else { continue };
            let name = format!("{}({})", record.name, place - start);
            if let Some((start, last)) = starts(&record.fields, |f| f.occurs).last() {
                last.occurs.check(start, fields.len(), &format!("fields in {name}"))?;
            }
            for (place, text) in fields.iter().enumerate() {
                let field = starts(&record.fields, |f| f.occurs).filter(|(start, _)| *start <= place).last();
                let Some((start, field)) = field else { continue };
                if !field.field_type.accepts(text) {
                    let place = place - start;
                    return Err(SchemaError(format!(
                        "{name}.{}({place}) is no {}",
                        field.name,
                        field.field_type.name()
                    )));
                }
            }
        }
        Ok(())
    }

    /// The record that a place in a value belongs to, with the place of its first occurrence.
    fn record_at(&self, place: usize) -> Option<(usize, &Record)> {
        starts(&self.records, |r| r.occurs).filter(|(start, _)| *start <= place).last()
    }
}

impl Record {
    fn from_json(json: &Json) -> Result<Self, SchemaError> {
        let name = name(json)?;
        let fields = list(json, "fields")?.iter().map(Field::from_json).collect::<Result<Vec<_>, _>>()?;
        check_list("field", fields.iter().map(|f| (f.name.as_str(), f.occurs)))?;
        Ok(Self { occurs: occurs(json)?, name, fields })
    }

    fn to_json(&self) -> Json {
        let mut members = vec![("fields".to_owned(), Json::Array(self.fields.iter().map(Field::to_json).collect()))];
        members.push(("name".to_owned(), Json::String(self.name.clone())));
        members.extend(occurs_json(self.occurs));
        Json::Object(members)
    }
}

impl Field {
    fn from_json(json: &Json) -> Result<Self, SchemaError> {
        let field_type = match json.member("type") {
            None | Some(Json::Null) => "STRING".to_owned(),
            Some(Json::String(text)) => text.to_ascii_uppercase(),
            Some(_) => return Err(SchemaError("the type of a field must be text".to_owned())),
        };
        let field_type = match field_type.as_str() {
            "STRING" => FieldType::String,
            "INTEGER" => FieldType::Integer,
            "DECIMAL" => match integer(json, "scale")? {
                None | Some(0) => FieldType::Decimal { scale: 2 },
                Some(scale) => {
                    let scale = usize::try_from(scale).map_err(|_| SchemaError("a scale below 1".to_owned()))?;
                    FieldType::Decimal { scale }
                }
            },
            other => return Err(SchemaError(format!("unknown field type {other}"))),
        };
        Ok(Self { name: name(json)?, occurs: occurs(json)?, field_type })
    }

    fn to_json(&self) -> Json {
        let text = |text: &str| Json::String(text.to_owned());
        let mut members =
            vec![("name".to_owned(), text(&self.name)), ("type".to_owned(), text(self.field_type.name()))];
        members.extend(occurs_json(self.occurs));
        if let FieldType::Decimal { scale } = self.field_type {
            members.push(("scale".to_owned(), Json::Int(scale as i128)));
        }
        Json::Object(members)
    }
}

fn name(json: &Json) -> Result<String, SchemaError> {
    match json.member("name") {
        Some(Json::String(name)) if !name.is_empty() => Ok(name.clone()),
        _ => Err(SchemaError("a record or field without a name".to_owned())),
    }
}

fn list<'a>(json: &'a Json, key: &str) -> Result<&'a [Json], SchemaError> {
    match json.member(key) {
        Some(Json::Array(items)) if !items.is_empty() => Ok(items),
        _ => Err(SchemaError(format!("“{key}” must be a list of at least one"))),
    }
}

fn integer(json: &Json, key: &str) -> Result<Option<i64>, SchemaError> {
    let number = match json.member(key) {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Int(n)) => i64::try_from(*n).ok(),
        Some(Json::Float(n)) => (n.fract() == 0.0 && n.abs() < 9e15).then_some(*n as i64),
        Some(_) => None,
    };
    number.map(Some).ok_or_else(|| SchemaError(format!("“{key}” must be a whole number")))
}

/// `occurs` wins over `min` and `max`; a missing `max` is the same as `min`.
fn occurs(json: &Json) -> Result<Occurs, SchemaError> {
    let (min, max) = if let Some(n) = integer(json, "occurs")? {
        (n, n)
    } else {
        let min = integer(json, "min")?.unwrap_or(1);
        (min, integer(json, "max")?.unwrap_or(min))
    };
    let wrong = || SchemaError(format!("impossible multiplicity: min {min}, max {max}"));
    let least = usize::try_from(min).map_err(|_| wrong())?;
    match usize::try_from(max) {
        _ if max == -1 => Ok(Occurs { min: least, max: None }),
        Ok(most) if most >= 1 && most >= least => Ok(Occurs { min: least, max: Some(most) }),
        _ => Err(wrong()),
    }
}

fn occurs_json(occurs: Occurs) -> [(String, Json); 2] {
    let max = occurs.max.map_or(-1, |max| max as i128);
    [("min".to_owned(), Json::Int(occurs.min as i128)), ("max".to_owned(), Json::Int(max))]
}

/// Names are unique, and only the last item may come a variable number of times.
fn check_list<'a>(what: &str, items: impl Iterator<Item = (&'a str, Occurs)>) -> Result<(), SchemaError> {
    let mut names = std::collections::HashSet::new();
    let mut variable = None;
    for (name, occurs) in items {
        if !names.insert(name) {
            return Err(SchemaError(format!("two {what}s are named {name}")));
        }
        if let Some(earlier) = variable {
            return Err(SchemaError(format!(
                "only the last {what} can be variable, but {earlier} is followed by {name}"
            )));
        }
        variable = occurs.is_variable().then_some(name);
    }
    Ok(())
}

impl FieldType {
    /// The name in a schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Integer => "INTEGER",
            Self::Decimal { .. } => "DECIMAL",
        }
    }

    /// Whether text is of this type. As in the official client, anything may follow a number.
    #[must_use]
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::String => true,
            Self::Integer => integer_prefix(text).is_some(),
            Self::Decimal { .. } => decimal_prefix(text).is_some(),
        }
    }

    /// The text that a model stores; none if it is not of this type.
    #[must_use]
    pub fn normalise(self, text: &str) -> Option<String> {
        match self {
            Self::String => Some(text.to_owned()),
            Self::Integer => integer_prefix(text),
            Self::Decimal { scale } => decimal_prefix(text).filter(|n| n.is_finite()).map(|n| fixed_point(n, scale)),
        }
    }
}

/// The number that text starts with, in plain decimal.
fn integer_prefix(text: &str) -> Option<String> {
    if text.contains('.') {
        return None;
    }
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = &unsigned[..unsigned.bytes().take_while(u8::is_ascii_digit).count()];
    let shortest = digits.trim_start_matches('0');
    match (digits.is_empty(), shortest.is_empty(), text.starts_with('-')) {
        (true, ..) => None,
        (_, true, _) => Some("0".to_owned()),
        (.., true) => Some(format!("-{shortest}")),
        (.., false) => Some(shortest.to_owned()),
    }
}

/// The number that text starts with.
fn decimal_prefix(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if exponent <= bytes.len() && digits(exponent) > 0 {
            end = exponent + digits(exponent);
        }
    }
    text[..end].parse().ok()
}

/// A number with so many decimals, rounded from its exact binary value, halves away from zero.
pub(super) fn fixed_point(number: f64, scale: usize) -> String {
    // No more than the official client can print.
    let scale = scale.min(100);
    // A double has at most 1074 decimals: this text is exact, so the rounding below sees true halves.
    let exact = format!("{:.1074}", number.abs());
    let point = exact.find('.').unwrap_or(exact.len());
    let mut digits: Vec<u8> = exact[..=point + scale].bytes().filter(|&b| b != b'.').collect();
    if exact.as_bytes().get(point + 1 + scale).is_some_and(|&next| next >= b'5') {
        let carried = digits.iter().rposition(|&d| d != b'9');
        let from = carried.map_or(0, |place| place + 1);
        digits[from..].fill(b'0');
        match carried {
            Some(place) => digits[place] += 1,
            None => digits.insert(0, b'1'),
        }
    }
    digits.insert(digits.len() - scale, b'.');
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", String::from_utf8_lossy(&digits))
}
