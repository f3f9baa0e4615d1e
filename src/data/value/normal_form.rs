//! The one form of CBOR that this program writes, for values that somebody else wrote in another.

use super::ValueError;
use super::cbor::{Cursor, Head, MAX_DEPTH, error_at, write_float, write_head, write_int};

/// The same item with the shortest heads, collections that a mark ends, strings in one piece and floats of 8 bytes.
/// Unlike a reading as JSON this loses nothing that has a meaning: `undefined`, keys that are no text, and keys that
/// come twice stay.
///
/// # Errors
/// The bytes are no item that can be a value.
pub(crate) fn normal_form(bytes: &[u8]) -> Result<Vec<u8>, ValueError> {
    let mut cursor = Cursor::new(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let head = cursor.head()?;
    item(&mut cursor, head, &mut out, 0)?;
    cursor.end()?;
    Ok(out)
}

fn item(cursor: &mut Cursor<'_>, head: Head, out: &mut Vec<u8>, depth: usize) -> Result<(), ValueError> {
    match head {
        Head::Unsigned(n) => write_head(out, 0, n),
        Head::Negative(n) => write_int(out, -1 - i128::from(n)),
        Head::Bytes(length) => {
            let bytes = cursor.string_bytes(length, false)?;
            write_head(out, 2, bytes.len() as u64);
            out.extend(bytes);
        }
        Head::Text(length) => {
            let text = cursor.text(length)?;
            write_head(out, 3, text.len() as u64);
            out.extend(text.as_bytes());
        }
        Head::Bool(value) => out.push(0xf4 + u8::from(value)),
        Head::Null => out.push(0xf6),
        Head::Undefined => out.push(0xf7),
        Head::Float(n) => write_float(out, n),
        Head::Break => return Err(cursor.error("an end mark where an item should start")),
        Head::Array(_) | Head::Map(_) if depth >= MAX_DEPTH => {
            return Err(error_at(cursor.position(), "the value is nested too deep"));
        }
        Head::Array(length) => {
            out.push(0x9f);
            items(cursor, length, 1, out, depth)?;
        }
        Head::Map(length) => {
            out.push(0xbf);
            items(cursor, length, 2, out, depth)?;
        }
    }
    Ok(())
}

/// Members of a collection, each of so many items, and the mark at its end.
fn items(
    cursor: &mut Cursor<'_>,
    length: Option<u64>,
    per_member: u64,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), ValueError> {
    let mut members = 0;
    while length != Some(members) {
        for place in 0..per_member {
            match (cursor.head()?, length) {
                (Head::Break, None) if place == 0 => {
                    out.push(0xff);
                    return Ok(());
                }
                (head, _) => item(cursor, head, out, depth + 1)?,
            }
        }
        members += 1;
    }
    out.push(0xff);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::value::json::Json;
    use proptest::prelude::*;

    #[test]
    fn only_the_form_changes() {
        for (bytes, normal) in [
            (&b"\x18\x01"[..], Some(&b"\x01"[..])),
            (b"\x39\x00\x00", Some(b"\x20")),
            (b"\x82\x01\xf7", Some(b"\x9f\x01\xf7\xff")),
            (b"\xa2\x61a\x01\x61a\x02", Some(b"\xbf\x61a\x01\x61a\x02\xff")),
            (b"\xa1\x01\xf6", Some(b"\xbf\x01\xf6\xff")),
            (b"\x7f\x61a\x61b\xff", Some(b"\x62ab")),
            (b"\x5f\x41\x00\xff", Some(b"\x41\x00")),
            (b"\xf9\x3e\x00", Some(b"\xfb\x3f\xf8\0\0\0\0\0\0")),
            (b"\xbf\x61a\xff", None),
            (b"\xff", None),
            (b"\x01\x01", None),
            (b"\xc0\x01", None),
            (b"\x81", None),
        ] {
            assert_eq!(normal_form(bytes).ok().as_deref(), normal, "{bytes:02x?}");
        }
        assert!(normal_form(&[&[0x81; MAX_DEPTH][..], &[0x01]].concat()).is_ok());
        assert!(normal_form(&[0x81; MAX_DEPTH + 2]).is_err());
    }

    proptest! {
        #[test]
        fn it_reads_the_same_and_stays(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            if let Ok(normal) = normal_form(&bytes) {
                prop_assert_eq!(normal_form(&normal).ok(), Some(normal.clone()));
                let text = |bytes: &[u8]| Json::from_cbor(bytes).ok().map(|json| json.to_text());
                prop_assert_eq!(text(&normal), text(&bytes));
            }
        }
    }
}
