//! Values as people type them: text, numbers, JSON, records as JSON, bytes as hexadecimal or base64.

use super::json::Json;
use super::record::Records;
use super::{DataType, Value};
use base64::Engine as _;

/// Reads a value of a data type from text.
///
/// # Errors
/// The text is no value of the type; the error is one sentence without full stop.
pub fn from_text(data_type: DataType, text: &str) -> Result<Value, String> {
    Ok(match data_type {
        DataType::Json => Value::Json(Json::from_text(text).map_err(|error| error.located(text))?),
        DataType::String => Value::String(Some(text.to_owned())),
        DataType::Int64 => Value::Int64(Some(int64(text.trim())?)),
        DataType::Double => Value::Double(Some(double(text.trim())?)),
        DataType::Binary => Value::Binary(binary(text.trim())?.into()),
        DataType::RecordV2 => Value::RecordV2(records(&Json::from_text(text).map_err(|error| error.located(text))?)?),
    })
}

fn int64(text: &str) -> Result<i64, String> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse::<i64>().map_err(|error| match error.kind() {
        PosOverflow => format!("the largest INT64 is {}", i64::MAX),
        NegOverflow => format!("the smallest INT64 is {}", i64::MIN),
        _ => format!("“{text}” is no whole number"),
    })
}

fn double(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().map_err(|_| format!("“{text}” is no number"))?;
    // A number in digits that is read as infinite was meant to be something else.
    if number.is_infinite() && text.bytes().any(|b| b.is_ascii_digit()) {
        return Err(format!("“{text}” is too large for a DOUBLE"));
    }
    Ok(number)
}

/// Bytes as `hex:cafe`, `0xcafe`, plain hexadecimal with or without spaces, or `base64:yv4=`.
fn binary(text: &str) -> Result<Vec<u8>, String> {
    if let Some(text) = text.strip_prefix("base64:") {
        return from_base64(text);
    }
    let digits = ["hex:", "0x", "0X"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let digits: Vec<char> = digits.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(wrong) = digits.iter().find(|c| !c.is_ascii_hexdigit()) {
        return Err(format!("“{wrong}” is no hexadecimal digit; write bytes as hex:cafe or base64:yv4="));
    }
    if digits.len() % 2 == 1 {
        return Err(format!("a byte has two hexadecimal digits, but there are {}", digits.len()));
    }
    let digit = |c: char| c.to_digit(16).unwrap_or_default() as u8;
    Ok(digits.chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect())
}

/// Bytes of base64 text, with or without padding.
///
/// # Errors
/// The text is not base64.
pub fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    engine.decode(text.trim()).map_err(|error| format!("this is no base64: {error}"))
}

/// Base64 text of bytes.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Records from JSON: an array of records, each an array of texts; or one record.
///
/// # Errors
/// The JSON has another form, or a field has a character that records cannot carry.
pub fn records(json: &Json) -> Result<Records, String> {
    let form = || "records are written as JSON: [[\"field\",\"field\"],…]".to_owned();
    let Json::Array(items) = json else { return Err(form()) };
    let field = |item: &Json| match item {
        Json::String(text) => Ok(text.clone()),
        Json::Int(number) => Ok(number.to_string()),
        _ => Err(form()),
    };
    let record = |item: &Json| match item {
        Json::Array(fields) => fields.iter().map(field).collect::<Result<Vec<_>, _>>(),
        _ => Err(form()),
    };
    let one = !items.is_empty() && items.iter().all(|item| !matches!(item, Json::Array(_)));
    let records = Records(if one {
        vec![items.iter().map(field).collect::<Result<Vec<_>, _>>()?]
    } else {
        items.iter().map(record).collect::<Result<Vec<_>, _>>()?
    });
    match records.forbidden_field() {
        Some((record, field)) => {
            Err(format!("record {}, field {}: the characters 0x01 to 0x05 cannot be carried", record + 1, field + 1))
        }
        None => Ok(records),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data_type: DataType, text: &str) -> Value {
        from_text(data_type, text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn each_type_is_read_in_its_own_way() {
        assert_eq!(
            read(DataType::Json, "[9007199254740993]"),
            Value::Json(Json::Array(vec![Json::Int(9_007_199_254_740_993)]))
        );
        assert_eq!(read(DataType::String, " 1 "), Value::String(Some(" 1 ".into())));
        assert_eq!(read(DataType::Int64, " -9223372036854775808 "), Value::Int64(Some(i64::MIN)));
        assert_eq!(read(DataType::Double, "1e3"), Value::Double(Some(1000.0)));
        for text in ["cafe", "0xCAFE", "hex:ca fe", "base64:yv4=", "base64:yv4"] {
            assert_eq!(read(DataType::Binary, text), Value::Binary(vec![0xca, 0xfe].into()), "{text}");
        }
        let two = Records(vec![vec!["a".into(), "1".into()], vec![]]);
        assert_eq!(read(DataType::RecordV2, r#"[["a",1],[]]"#), Value::RecordV2(two));
        assert_eq!(read(DataType::RecordV2, r#"["a"]"#), Value::RecordV2(Records(vec![vec!["a".into()]])));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (data_type, text, part) in [
            (DataType::Json, "{\n  x", "line 2, column 3"),
            (DataType::Int64, "9223372036854775808", "largest"),
            (DataType::Int64, "1.5", "whole number"),
            (DataType::Double, "1e999", "too large"),
            (DataType::Double, "one", "no number"),
            (DataType::Binary, "xyz", "“x”"),
            (DataType::Binary, "abc", "two hexadecimal digits"),
            (DataType::Binary, "base64:*", "base64"),
            (DataType::RecordV2, "{}", "[[\"field\""),
            (DataType::RecordV2, "[[\"a\\u0001\"]]", "0x01"),
        ] {
            let why = from_text(data_type, text).expect_err(text);
            assert!(why.contains(part), "{text}: {why}");
        }
    }
}
