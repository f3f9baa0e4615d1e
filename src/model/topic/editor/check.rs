//! Text of an editor and the value it stands for: pure functions that know the place of an error.

use crate::data::syntax::{Parsed, SyntaxError};
use crate::data::value::json::Json;
use crate::data::value::record::{Records, Schema};
use crate::data::value::{self, DataType, Value};
use crate::model::number::double_text;
use bytes::Bytes;
use std::fmt::Write as _;

/// The value that a text stands for, as bytes of its type.
///
/// # Errors
/// The text stands for no value of that type, with the place.
pub fn check(data_type: DataType, text: &str, schema: Option<&Schema>) -> Parsed<Bytes> {
    let value = match data_type {
        DataType::Json => Value::Json(Json::from_text(text)?),
        DataType::String => Value::String(Some(text.to_owned())),
        DataType::Int64 => Value::Int64(Some(int64(text)?)),
        DataType::Double => Value::Double(Some(double(text)?)),
        DataType::Binary => Value::Binary(hex(text)?),
        DataType::RecordV2 => {
            let records = Records::from_bytes(text.as_bytes()).map_err(|e| SyntaxError::new(e.reason, e.offset))?;
            if let Some(schema) = schema {
                schema.validate(&records).map_err(|e| SyntaxError::new(e.to_string(), 0))?;
            }
            return Ok(Bytes::copy_from_slice(text.as_bytes()));
        }
    };
    Ok(value::encode(&value))
}

/// The text that stands for a value; empty for “no value”.
///
/// # Errors
/// The bytes are no value of that type, in words.
pub fn text_of(data_type: DataType, bytes: &Bytes) -> Result<String, String> {
    let value = value::decode(data_type, bytes).map_err(|error| error.to_string())?;
    Ok(match value {
        Value::Json(json) => json.to_pretty_text(),
        Value::String(text) => text.unwrap_or_default(),
        Value::Int64(n) => n.map(|n| n.to_string()).unwrap_or_default(),
        Value::Double(n) => n.map(double_text).unwrap_or_default(),
        Value::Binary(bytes) => hex_text(&bytes),
        Value::RecordV2(_) | Value::Event(_) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// Numbers of the text that the value cannot hold as they are typed, and what becomes of them; at most a few.
#[must_use]
pub fn rounded(data_type: DataType, text: &str) -> Vec<(String, String)> {
    let changed = |number: &str| {
        let kept = number.parse::<f64>().ok().filter(|n| n.is_finite())?;
        let kept = double_text(kept);
        (digits(number) != digits(&kept)).then(|| (number.to_owned(), kept))
    };
    match data_type {
        DataType::Double => changed(text.trim()).into_iter().collect(),
        DataType::Json => numbers(text)
            .filter(|n| n.parse::<i64>().is_err() && n.parse::<u64>().is_err())
            .filter_map(changed)
            .take(3)
            .collect(),
        _ => Vec::new(),
    }
}

/// Numbers outside of strings.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            rest = &rest[start..];
            if let Some(inside) = rest.strip_prefix('"') {
                let mut escaped = false;
                let end = inside.find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                })?;
                rest = &inside[end + 1..];
                continue;
            }
            let in_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
            let end = rest.find(|c| !in_number(c)).unwrap_or(rest.len());
            let number = &rest[..end];
            rest = &rest[end..];
            return Some(number);
        }
    })
}

/// Sign, significant digits and exponent of a decimal number: equal exactly if the numbers are.
fn digits(number: &str) -> Option<(bool, String, i64)> {
    let (negative, rest) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{part}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    let trailing = all.len() - all.trim_end_matches('0').len();
    let exponent = exponent - part.len() as i64 + trailing as i64;
    Some(if significant.is_empty() { (negative, "0".into(), 0) } else { (negative, significant.into(), exponent) })
}

/// The text without space around it, and how much space was before it.
fn trimmed(text: &str) -> (&str, usize) {
    (text.trim(), text.len() - text.trim_start().len())
}

fn int64(text: &str) -> Parsed<i64> {
    let (number, start) = trimmed(text);
    if number.is_empty() {
        return Err(SyntaxError::new("Type a whole number", 0));
    }
    let sign = usize::from(number.starts_with(['-', '+']));
    let wrong = number[sign..].char_indices().find(|(_, c)| !c.is_ascii_digit());
    if let Some((at, c)) = wrong {
        return Err(SyntaxError::new(format!("“{c}” is no digit"), start + sign + at));
    }
    if number.len() == sign {
        return Err(SyntaxError::new("Digits are missing", start + sign));
    }
    number.parse().map_err(|_| SyntaxError::new(format!("INT64 goes from {} to {}", i64::MIN, i64::MAX), start))
}

fn double(text: &str) -> Parsed<f64> {
    let (number, start) = trimmed(text);
    let bare = number.trim_start_matches(['-', '+']).to_ascii_lowercase();
    match bare.as_str() {
        "" => return Err(SyntaxError::new("Type a number, NaN or Infinity", start)),
        "nan" => return Ok(f64::NAN),
        "inf" | "infinity" => return Ok(if number.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => {}
    }
    let wrong = number.char_indices().find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')));
    if let Some((at, c)) = wrong {
        return Err(SyntaxError::new(format!("“{c}” does not belong to a number"), start + at));
    }
    match number.parse::<f64>() {
        Ok(n) if n.is_infinite() => Err(SyntaxError::new(format!("DOUBLE goes up to {:e}", f64::MAX), start)),
        Ok(n) => Ok(n),
        Err(_) => Err(SyntaxError::new("This is no decimal number", start)),
    }
}

/// Bytes from hexadecimal digits; space between them does not count.
fn hex(text: &str) -> Parsed<Bytes> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut half: Option<(u32, usize)> = None;
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let Some(digit) = c.to_digit(16) else {
            return Err(SyntaxError::new(format!("“{c}” is no hexadecimal digit"), at));
        };
        half = match half {
            None => Some((digit, at)),
            Some((high, _)) => {
                out.push(u8::try_from(high * 16 + digit).expect("two digits make a byte"));
                None
            }
        };
    }
    match half {
        Some((_, at)) => Err(SyntaxError::new("A byte needs two digits", at)),
        None => Ok(out.into()),
    }
}

/// Hexadecimal digits, sixteen bytes a line.
fn hex_text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 {
            out.push(if at % 16 == 0 { '\n' } else { ' ' });
        }
        write!(out, "{byte:02x}").expect("a String takes everything");
    }
    out
}

/// Milliseconds since 1970 from a whole number or a moment such as `2026-01-31T12:00:00Z`; none for empty text.
///
/// # Errors
/// The text is neither.
pub fn timestamp(text: &str) -> Parsed<Option<i64>> {
    let (text, start) = trimmed(text);
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(millis) = text.parse() {
        return Ok(Some(millis));
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(moment) => Ok(Some(moment.as_millisecond())),
        Err(_) => {
            Err(SyntaxError::new("Write milliseconds since 1970, or a moment such as 2026-01-31T12:00:00Z", start))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(data_type: DataType, text: &str) -> (usize, usize) {
        let place = check(data_type, text, None).expect_err(text).location(text);
        (place.line, place.column)
    }

    #[test]
    fn errors_know_their_place() {
        assert_eq!(fails(DataType::Json, "{\n  \"ä\": x}"), (2, 8));
        assert_eq!(fails(DataType::Json, ""), (1, 1));
        assert_eq!(fails(DataType::Int64, " 12a"), (1, 4));
        assert_eq!(fails(DataType::Int64, "9223372036854775808"), (1, 1));
        assert_eq!(fails(DataType::Int64, "-"), (1, 2));
        assert_eq!(fails(DataType::Double, "1,5"), (1, 2));
        assert_eq!(fails(DataType::Double, "1e999"), (1, 1));
        assert_eq!(fails(DataType::Binary, "00 1\n2g"), (2, 2));
        assert_eq!(fails(DataType::Binary, "00 1"), (1, 4));
    }

    #[test]
    fn text_and_value_are_the_same_both_ways() {
        for (data_type, text) in [
            (DataType::Json, "{\n  \"a\": 18446744073709551615\n}"),
            (DataType::String, "two\nlines"),
            (DataType::Int64, "-9223372036854775808"),
            (DataType::Double, "0.1"),
            (DataType::Double, "NaN"),
            (DataType::Double, "-Infinity"),
            (DataType::Binary, "00 ff 10"),
            (DataType::RecordV2, "a\u{2}b\u{1}c"),
        ] {
            let bytes = check(data_type, text, None).expect(text);
            assert_eq!(text_of(data_type, &bytes).as_deref(), Ok(text));
        }
    }

    #[test]
    fn numbers_that_would_be_rounded_are_named() {
        assert!(rounded(DataType::Double, "1.50e3").is_empty());
        assert_eq!(rounded(DataType::Double, "0.12345678901234567890")[0].1, "0.12345678901234568");
        assert!(rounded(DataType::Json, r#"[1, -2.5e0, "0.12345678901234567890", 18446744073709551615]"#).is_empty());
        let lost = rounded(DataType::Json, r#"{"\"1": 18446744073709551617, "b": 0.3}"#);
        assert_eq!(lost, [("18446744073709551617".to_owned(), "1.8446744073709552e19".to_owned())]);
    }

    #[test]
    fn times_are_read_as_number_or_moment() {
        assert_eq!(timestamp(" "), Ok(None));
        assert_eq!(timestamp("1700000000000"), Ok(Some(1_700_000_000_000)));
        assert_eq!(timestamp("1970-01-01T00:00:01.5Z"), Ok(Some(1500)));
        assert!(timestamp("yesterday").is_err());
    }
}
