//! One-line previews that read no more of a value than they show.

use super::cbor::{Cursor, Head, MAX_DEPTH, error_at};
use super::json_text::{print_char, print_float};
use super::{DataType, ValueError, time_series, unknown_type};
use crate::data::TopicSpec;
use crate::data::display_text::StreamedText;
use bytes::Bytes;

/// One line of at most `max_chars` characters that shows the value; costs no more than that many characters
/// need, however large the value is. A value that cannot be decoded gives its reason in brackets.
///
/// JSON is shown as text, binary values as hex with the text beside it, records as fields between `|` and records
/// between `¦`. What cannot be seen has a sign, see [`display_text`](crate::data::display_text). “No value” is `—`.
#[must_use]
pub fn preview(spec: &TopicSpec, bytes: &Bytes, max_chars: usize) -> String {
    let mut line = Line::of(max_chars);
    let result = match (DataType::of_topic_type(spec.topic_type), spec.event_type()) {
        (Some(data_type), _) => value(&mut line, data_type, bytes),
        (None, Some(event_type)) => event(&mut line, event_type, bytes),
        (None, None) => Err(error_at(0, unknown_type(spec))),
    };
    if let Err(error) = result {
        line = Line::of(max_chars);
        line.push_str(&format!("[{error}]"));
    }
    line.finish()
}

/// Text of a limited number of characters; writers stop once it is `cut`.
struct Line {
    text: String,
    left: usize,
    cut: bool,
    shown: StreamedText,
    piece: String,
}

impl Line {
    fn of(max_chars: usize) -> Self {
        let (shown, piece) = (StreamedText::default(), String::new());
        Self { text: String::new(), left: max_chars, cut: false, shown, piece }
    }

    fn push(&mut self, c: char) {
        self.shown.push(&mut self.piece, c);
        self.take_piece();
    }

    /// Appends what fits of the characters that can be shown now.
    fn take_piece(&mut self) {
        for c in self.piece.drain(..) {
            if self.left == 0 {
                self.cut = true;
                break;
            }
            self.left -= 1;
            self.text.push(c);
        }
        self.piece.clear();
    }

    fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            if self.cut {
                return;
            }
            self.push(c);
        }
    }

    /// The text; an ellipsis takes the last place if something was left out.
    fn finish(mut self) -> String {
        self.shown.end(&mut self.piece);
        self.take_piece();
        if self.cut && self.text.pop().is_some() {
            self.text.push('…');
        }
        self.text
    }
}

fn event(line: &mut Line, event_type: DataType, bytes: &Bytes) -> Result<(), ValueError> {
    let parts = time_series::parts(bytes)?;
    let inner = &bytes[parts.value_start..];
    if inner.is_empty() && matches!(event_type, DataType::String | DataType::Int64 | DataType::Double) {
        line.push('—');
        return Ok(());
    }
    value(line, event_type, inner).map_err(|e| error_at(e.offset + parts.value_start, e.reason))
}

fn value(line: &mut Line, data_type: DataType, bytes: &[u8]) -> Result<(), ValueError> {
    match data_type {
        DataType::Binary => binary(line, bytes),
        DataType::RecordV2 => return records(line, bytes),
        DataType::Json => {
            let mut cursor = Cursor::new(bytes);
            item(line, &mut cursor, 0)?;
            return if line.cut { Ok(()) } else { cursor.end() };
        }
        DataType::String => return string(line, bytes),
        DataType::Int64 | DataType::Double => match super::decode_primitive(data_type, bytes)? {
            super::Value::Int64(Some(n)) => line.push_str(&n.to_string()),
            super::Value::Double(Some(n)) if n.is_finite() => line.push_str(&format!("{n:?}")),
            super::Value::Double(Some(n)) => line.push_str(&n.to_string()),
            _ => line.push('—'),
        },
    }
    Ok(())
}

fn string(line: &mut Line, bytes: &[u8]) -> Result<(), ValueError> {
    let mut cursor = Cursor::new(bytes);
    match cursor.head()? {
        Head::Null => line.push('—'),
        Head::Text(length) => text(line, &mut cursor, length, Line::push)?,
        head => return Err(error_at(0, format!("{} where a value of type string should be", head.name()))),
    }
    if line.cut { Ok(()) } else { cursor.end() }
}

/// Shows as much of a text as fits. Only that much is checked to be UTF-8.
fn text(
    line: &mut Line,
    cursor: &mut Cursor<'_>,
    length: Option<u64>,
    push: impl Fn(&mut Line, char),
) -> Result<(), ValueError> {
    let start = cursor.position();
    let mut show = |bytes: &[u8]| {
        // A character takes at most four bytes; one more character decides whether the text is cut.
        let shown = &bytes[..bytes.len().min(line.left.saturating_add(1).saturating_mul(4))];
        let valid = match std::str::from_utf8(shown) {
            Ok(text) => text,
            Err(e) if e.error_len().is_none() && shown.len() < bytes.len() => {
                std::str::from_utf8(&shown[..e.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(error_at(start, "the text is not UTF-8")),
        };
        for c in valid.chars() {
            if line.cut {
                break;
            }
            push(line, c);
        }
        line.cut |= valid.len() < bytes.len();
        Ok(line.cut)
    };
    if let Some(length) = length {
        return show(cursor.take(length)?).map(drop);
    }
    // Empty chunks show nothing, yet cost a step each: a text of many of them counts as too long to show.
    let mut steps = 0;
    while let Some(chunk) = cursor.chunk(true)? {
        steps += 1;
        if show(chunk)? {
            return Ok(());
        }
        if steps > 1024 {
            line.cut = true;
            return Ok(());
        }
    }
    Ok(())
}

/// Shows the next JSON item as text, stopping as soon as the line is full.
fn item(line: &mut Line, cursor: &mut Cursor<'_>, depth: usize) -> Result<(), ValueError> {
    let start = cursor.position();
    let head = cursor.head()?;
    item_after(line, cursor, head, start, depth)
}

fn item_after(
    line: &mut Line,
    cursor: &mut Cursor<'_>,
    head: Head,
    start: usize,
    depth: usize,
) -> Result<(), ValueError> {
    match head {
        Head::Unsigned(n) => line.push_str(&n.to_string()),
        Head::Negative(n) => line.push_str(&(-1 - i128::from(n)).to_string()),
        Head::Float(n) => {
            let mut text = String::new();
            print_float(&mut text, n);
            line.push_str(&text);
        }
        Head::Bool(value) => line.push_str(if value { "true" } else { "false" }),
        Head::Null | Head::Undefined => line.push_str("null"),
        Head::Text(length) => quoted(line, cursor, length)?,
        Head::Bytes(length) => {
            line.push_str("0x");
            let mut length = length;
            let definite = length.is_some();
            for _ in 0..1024 {
                let bytes = match length.take() {
                    Some(length) => cursor.take(length)?,
                    None if definite => break,
                    None => match cursor.chunk(false)? {
                        Some(chunk) => chunk,
                        None => return Ok(()),
                    },
                };
                hex(line, bytes, "");
                if line.cut {
                    break;
                }
            }
            line.cut |= !definite;
        }
        Head::Array(_) | Head::Map(_) if depth >= MAX_DEPTH => {
            return Err(error_at(start, format!("the value is nested more than {MAX_DEPTH} levels deep")));
        }
        Head::Array(length) => list(line, cursor, length, ('[', ']'), |line, cursor, head, start| {
            item_after(line, cursor, head, start, depth + 1)
        })?,
        Head::Map(length) => list(line, cursor, length, ('{', '}'), |line, cursor, head, start| {
            match head {
                Head::Text(length) => quoted(line, cursor, length)?,
                Head::Unsigned(_) | Head::Negative(_) | Head::Bool(_) | Head::Float(_) => {
                    line.push('"');
                    item_after(line, cursor, head, start, depth + 1)?;
                    line.push('"');
                }
                _ => return Err(error_at(start, "this item cannot be the key of an object")),
            }
            line.push(':');
            if line.cut { Ok(()) } else { item(line, cursor, depth + 1) }
        })?,
        Head::Break => return Err(error_at(start, "an end mark where an item should start")),
    }
    Ok(())
}

fn list<'a>(
    line: &mut Line,
    cursor: &mut Cursor<'a>,
    length: Option<u64>,
    brackets: (char, char),
    mut show: impl FnMut(&mut Line, &mut Cursor<'a>, Head, usize) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    line.push(brackets.0);
    let mut count = 0;
    while !line.cut && length != Some(count) {
        let start = cursor.position();
        match (cursor.head()?, length) {
            (Head::Break, None) => break,
            (head, _) => {
                if count > 0 {
                    line.push(',');
                }
                show(line, cursor, head, start)?;
            }
        }
        count += 1;
    }
    if !line.cut {
        line.push(brackets.1);
    }
    Ok(())
}

fn quoted(line: &mut Line, cursor: &mut Cursor<'_>, length: Option<u64>) -> Result<(), ValueError> {
    line.push('"');
    text(line, cursor, length, |line, c| {
        let mut escaped = String::new();
        print_char(&mut escaped, c);
        line.push_str(&escaped);
    })?;
    if !line.cut {
        line.push('"');
    }
    Ok(())
}

fn hex(line: &mut Line, bytes: &[u8], separator: &str) {
    for (place, byte) in bytes.iter().enumerate() {
        if line.cut {
            return;
        }
        if place > 0 {
            line.push_str(separator);
        }
        line.push_str(&format!("{byte:02x}"));
    }
}

/// Hex on the left, the same bytes as ASCII on the right: as many bytes as fit with both.
fn binary(line: &mut Line, bytes: &[u8]) {
    // Each byte takes three characters of hex and one of text, two spaces stand between, and a cut needs an ellipsis.
    let fits = if bytes.len() < line.left.div_ceil(4) { bytes.len() } else { line.left.saturating_sub(2) / 4 };
    let shown = &bytes[..bytes.len().min(fits.max(1))];
    hex(line, shown, " ");
    if shown.len() < bytes.len() {
        line.push('…');
    }
    if !shown.is_empty() {
        line.push_str("  ");
    }
    for &byte in shown {
        line.push(if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '·' });
    }
}

fn records(line: &mut Line, bytes: &[u8]) -> Result<(), ValueError> {
    let shown = &bytes[..bytes.len().min(line.left.saturating_add(1).saturating_mul(4))];
    let valid = match std::str::from_utf8(shown) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() && shown.len() < bytes.len() => {
            std::str::from_utf8(&shown[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(e) => return Err(error_at(e.valid_up_to(), "the text is not UTF-8")),
    };
    for c in valid.chars() {
        match c {
            '\u{1}' => line.push_str(" ¦ "),
            '\u{2}' => line.push_str(" | "),
            '\u{4}' | '\u{5}' => {}
            c => line.push(c),
        }
    }
    line.cut |= valid.len() < bytes.len();
    Ok(())
}
