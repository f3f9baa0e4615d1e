//! Text, numbers, bytes and JSON as literals of programming languages. Nothing but the literal itself comes out:
//! what a compiler, an interpreter or a reader could take for more is escaped.

use crate::data::value::json::Json;
use std::fmt::Write as _;

/// The largest integer up to which a double counts without gaps.
const MAX_SAFE: i128 = (1 << 53) - 1;

/// Characters that are not seen, or change the order of what is seen.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text in quotes; `hidden` writes characters that are not to stand there as they are.
fn quoted(text: &str, quote: char, hidden: impl Fn(&mut String, char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c => {
                if !hidden(&mut out, c) {
                    out.push(c);
                }
            }
        }
    }
    out.push(quote);
    out
}

fn put(out: &mut String, escape: std::fmt::Arguments<'_>) -> bool {
    out.write_fmt(escape).expect("a String takes everything");
    true
}

/// A string of JavaScript.
#[must_use]
pub fn javascript(text: &str) -> String {
    quoted(text, '\'', |out, c| match u32::from(c) {
        _ if !is_hidden(c) => false,
        n @ ..0x100 => put(out, format_args!("\\x{n:02x}")),
        n @ ..0x1_0000 => put(out, format_args!("\\u{n:04x}")),
        n => put(out, format_args!("\\u{{{n:x}}}")),
    })
}

/// A string of Python.
#[must_use]
pub fn python(text: &str) -> String {
    quoted(text, '"', |out, c| match u32::from(c) {
        _ if !is_hidden(c) => false,
        n @ ..0x100 => put(out, format_args!("\\x{n:02x}")),
        n @ ..0x1_0000 => put(out, format_args!("\\u{n:04x}")),
        n => put(out, format_args!("\\U{n:08x}")),
    })
}

/// A string of Java, in ASCII: older compilers read sources in the system's encoding.
pub(super) fn java(text: &str) -> String {
    quoted(text, '"', |out, c| {
        if c.is_ascii() && !is_hidden(c) {
            return false;
        }
        c.encode_utf16(&mut [0; 2]).iter().all(|unit| put(out, format_args!("\\u{unit:04x}")))
    })
}

/// A string of C#.
pub(super) fn csharp(text: &str) -> String {
    quoted(text, '"', |out, c| match u32::from(c) {
        _ if !is_hidden(c) => false,
        n @ ..0x1_0000 => put(out, format_args!("\\u{n:04x}")),
        n => put(out, format_args!("\\U{n:08x}")),
    })
}

/// A string of Rust.
pub(super) fn rust(text: &str) -> String {
    quoted(text, '"', |out, c| is_hidden(c) && put(out, format_args!("\\u{{{:x}}}", u32::from(c))))
}

/// A string of C, in ASCII: UTF-8 bytes as octal numbers, which end after three digits.
pub(super) fn c(text: &str) -> String {
    let mut out = String::from("\"");
    let mut before = 0;
    for byte in text.bytes() {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            // Two question marks may begin a trigraph.
            b'?' if before == b'?' => out.push_str("\\?"),
            0x20..0x7f => out.push(char::from(byte)),
            byte => _ = put(&mut out, format_args!("\\{byte:03o}")),
        }
        before = byte;
    }
    out.push('"');
    out
}

/// A double with a dot or an exponent; `special` names not-a-number, infinity and minus infinity.
pub(super) fn double(n: f64, special: [&str; 3]) -> String {
    match n {
        n if n.is_nan() => special[0].to_owned(),
        f64::INFINITY => special[1].to_owned(),
        f64::NEG_INFINITY => special[2].to_owned(),
        n => format!("{n:?}"),
    }
}

/// Bytes of an array, each with its prefix.
pub(super) fn byte_list(bytes: &[u8], write: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| write(*byte)).collect::<Vec<_>>().join(", ")
}

/// Whether the JavaScript client carries a number of JSON unchanged: it takes every number that it would print
/// without a dot for an integer, and has none beyond 2^53.
pub(super) fn javascript_carries(json: &Json) -> bool {
    match json {
        Json::Int(n) => n.abs() <= MAX_SAFE,
        Json::Float(n) if *n == 0.0 => n.is_sign_positive(),
        Json::Float(n) if n.fract() == 0.0 => n.abs() <= MAX_SAFE as f64,
        Json::Float(n) => n.is_finite() && n.abs() >= 1e-6,
        Json::Bytes(_) => false,
        Json::Array(items) => items.iter().all(javascript_carries),
        // This key sets the prototype of an object.
        Json::Object(members) => members.iter().all(|(key, value)| key != "__proto__" && javascript_carries(value)),
        _ => true,
    }
}

/// JSON as a value of JavaScript.
#[must_use]
pub fn javascript_json(json: &Json) -> String {
    let leaf = |leaf: &Json| match leaf {
        Json::Float(n) => double(*n, ["NaN", "Infinity", "-Infinity"]),
        other => other.to_text(),
    };
    Words { words: ["null", "true", "false"], text: javascript, leaf: &leaf }.nested(json, 0)
}

/// JSON as a value of Python.
#[must_use]
pub fn python_json(json: &Json) -> String {
    let leaf = |leaf: &Json| match leaf {
        Json::Float(n) => python_double(*n),
        Json::Bytes(bytes) => python_bytes(bytes),
        other => other.to_text(),
    };
    Words { words: ["None", "True", "False"], text: python, leaf: &leaf }.nested(json, 0)
}

/// A float of Python.
pub(super) fn python_double(n: f64) -> String {
    double(n, ["float(\"nan\")", "float(\"inf\")", "float(\"-inf\")"])
}

/// Bytes of Python.
pub(super) fn python_bytes(bytes: &[u8]) -> String {
    format!("bytes.fromhex(\"{}\")", super::text::hex(bytes))
}

/// The words in which a language writes JSON.
struct Words<'a> {
    /// Null, true and false.
    words: [&'a str; 3],
    text: fn(&str) -> String,
    /// Numbers and bytes.
    leaf: &'a dyn Fn(&Json) -> String,
}

/// What is longer goes over several lines.
const LINE_CHARS: usize = 72;

impl Words<'_> {
    fn nested(&self, json: &Json, level: usize) -> String {
        match json {
            Json::Null => self.words[0].to_owned(),
            Json::Bool(true) => self.words[1].to_owned(),
            Json::Bool(false) => self.words[2].to_owned(),
            Json::String(string) => (self.text)(string),
            Json::Array(items) => {
                list(items.iter().map(|item| self.nested(item, level + 1)).collect(), ['[', ']'], level)
            }
            Json::Object(members) => {
                let member =
                    |(key, value): &(String, Json)| format!("{}: {}", (self.text)(key), self.nested(value, level + 1));
                list(members.iter().map(member).collect(), ['{', '}'], level)
            }
            Json::Int(_) | Json::Float(_) | Json::Bytes(_) => (self.leaf)(json),
        }
    }
}

fn list(parts: Vec<String>, brackets: [char; 2], level: usize) -> String {
    let [open, close] = brackets;
    let length: usize = parts.iter().map(|part| part.chars().count() + 2).sum();
    if length <= LINE_CHARS && parts.iter().all(|part| !part.contains('\n')) {
        return format!("{open}{}{close}", parts.join(", "));
    }
    let (outer, inner) = ("    ".repeat(level), "    ".repeat(level + 1));
    let lines: Vec<String> = parts.iter().map(|part| format!("{inner}{part},")).collect();
    format!("{open}\n{}\n{outer}{close}", lines.join("\n"))
}
