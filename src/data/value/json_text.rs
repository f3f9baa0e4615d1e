//! JSON text: parser and printers.

use super::cbor::MAX_DEPTH;
use super::json::{Json, unique};
use crate::data::syntax::{Parsed, SyntaxError};
use base64::Engine as _;
use std::fmt::Write as _;

impl Json {
    /// Reads JSON text. Integers that fit in 64 bits, signed or unsigned, stay exact; other numbers become floats.
    ///
    /// # Errors
    /// The text is no JSON, with the place.
    pub fn from_text(text: &str) -> Parsed<Self> {
        let mut parser = Parser { text, position: 0 };
        parser.skip_space();
        let value = parser.value(0)?;
        parser.skip_space();
        if parser.peek().is_some() {
            return Err(parser.error("there is more text after the value"));
        }
        Ok(value)
    }

    /// JSON text on one line. Byte strings are written as base64 strings, floats that are no numbers as their names.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.print(&mut out, None);
        out
    }

    /// JSON text with two spaces for each level.
    #[must_use]
    pub fn to_pretty_text(&self) -> String {
        let mut out = String::new();
        self.print(&mut out, Some(0));
        out
    }

    fn print(&self, out: &mut String, level: Option<usize>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(n) => write!(out, "{n}").expect("a String takes everything"),
            Self::Float(n) => print_float(out, *n),
            Self::String(text) => print_string(out, text),
            Self::Bytes(bytes) => {
                out.push('"');
                base64::engine::general_purpose::STANDARD.encode_string(bytes, out);
                out.push('"');
            }
            Self::Array(items) => print_list(out, level, ('[', ']'), items, |out, item, level| item.print(out, level)),
            Self::Object(members) => print_list(out, level, ('{', '}'), members, |out, (key, value), level| {
                print_string(out, key);
                out.push_str(if level.is_some() { ": " } else { ":" });
                value.print(out, level);
            }),
        }
    }
}

/// What this program says in JSON. Never for what others wrote: that library takes some objects for numbers.
impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::from_text(&number.to_string()).unwrap_or(Self::Null),
            Value::String(text) => Self::String(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(members.into_iter().map(|(key, v)| (key, v.into())).collect()),
        }
    }
}

fn print_list<T>(
    out: &mut String,
    level: Option<usize>,
    brackets: (char, char),
    items: &[T],
    print: impl Fn(&mut String, &T, Option<usize>),
) {
    let inner = level.map(|n| n + 1);
    let new_line = |out: &mut String, level: Option<usize>| {
        if let Some(level) = level {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", level));
        }
    };
    out.push(brackets.0);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        new_line(out, inner);
        print(out, item, inner);
    }
    if !items.is_empty() {
        new_line(out, level);
    }
    out.push(brackets.1);
}

/// The shortest text that reads back as the same float; always with a dot or an exponent, so that it stays a float.
pub(super) fn print_float(out: &mut String, value: f64) {
    let name = match value {
        n if n.is_nan() => "\"NaN\"",
        f64::INFINITY => "\"Infinity\"",
        f64::NEG_INFINITY => "\"-Infinity\"",
        _ => return write!(out, "{value:?}").expect("a String takes everything"),
    };
    out.push_str(name);
}

fn print_string(out: &mut String, text: &str) {
    out.push('"');
    text.chars().for_each(|c| print_char(out, c));
    out.push('"');
}

/// One character of a JSON string, escaped where it must be.
pub(super) fn print_char(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if u32::from(c) < 0x20 => write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes everything"),
        c => out.push(c),
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn error(&self, reason: impl Into<String>) -> SyntaxError {
        SyntaxError::new(reason, self.position)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        match self.text[self.position..].chars().next() {
            Some(c) => self.error(format!("expected {wanted}, found “{}”", c.escape_debug())),
            None => self.error(format!("expected {wanted}, but the text ends")),
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Json> {
        match self.peek() {
            Some(b'[' | b'{') if depth >= MAX_DEPTH => {
                Err(self.error(format!("the value is nested more than {MAX_DEPTH} levels deep")))
            }
            Some(b'[') => self.array(depth + 1),
            Some(b'{') => self.object(depth + 1),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
                    if self.text[self.position..].starts_with(word) {
                        self.position += word.len();
                        return Ok(value);
                    }
                }
                Err(self.unexpected("a value"))
            }
        }
    }

    fn array(&mut self, depth: usize) -> Parsed<Json> {
        self.position += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Json::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b']') => {
                    self.position += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.unexpected("“,” or “]”")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Json> {
        self.position += 1;
        let mut members = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("“:”"));
            }
            self.position += 1;
            self.skip_space();
            members.push((key, self.value(depth)?));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b'}') => {
                    self.position += 1;
                    return Ok(Json::Object(unique(members)));
                }
                _ => return Err(self.unexpected("“,” or “}”")),
            }
        }
    }

    fn digits(&mut self) -> Parsed {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.unexpected("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.position += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Parsed<Json> {
        let start = self.position;
        let mut whole = true;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        if self.peek() == Some(b'0') {
            self.position += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.error("a number cannot start with 0"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            whole = false;
            self.position += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.position];
        if whole
            && let Ok(n) = text.parse::<i128>()
            && i64::try_from(n).is_ok() | u64::try_from(n).is_ok()
        {
            return Ok(Json::Int(n));
        }
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(Json::Float(n)),
            _ => Err(SyntaxError::new("the number is too large", start)),
        }
    }

    fn string(&mut self) -> Parsed<String> {
        let opening = self.position;
        self.position += 1;
        let mut out = String::new();
        loop {
            let plain = self.position;
            while self.peek().is_some_and(|b| b >= 0x20 && b != b'"' && b != b'\\') {
                self.position += 1;
            }
            out.push_str(&self.text[plain..self.position]);
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error("a control character in a string must be escaped")),
                None => return Err(SyntaxError::new("the string is not closed", opening)),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let start = self.position;
        self.position += 1;
        let letter = self.peek();
        let c = match letter {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.position += 1;
                return self.unicode_escape(start);
            }
            _ => return Err(SyntaxError::new("unknown escape in a string", start)),
        };
        self.position += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self, start: usize) -> Parsed<char> {
        let first = self.hex4(start)?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text[self.position..].starts_with("\\u") {
            self.position += 2;
            let second = self.hex4(start)?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(SyntaxError::new("half of a surrogate pair", start));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| SyntaxError::new("half of a surrogate pair", start))
    }

    fn hex4(&mut self, start: usize) -> Parsed<u32> {
        let digits = self.text.as_bytes().get(self.position..self.position + 4);
        let digits = digits.filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| SyntaxError::new("“\\u” needs four hexadecimal digits", start))?;
        self.position += 4;
        Ok(digits.iter().fold(0, |sum, &d| sum * 16 + char::from(d).to_digit(16).unwrap_or_default()))
    }
}
