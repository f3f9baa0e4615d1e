//! What the small languages share (selectors, filters, policies, ranges, patterns, JSON text): places, errors, a cursor.
//!
//! A position is always a byte offset in the text as given, at a character boundary and at most its length. People are
//! shown characters counted from 1, or line and column where the text has several lines: [`SyntaxError::located`] is
//! the one function that writes that.

mod cursor;

pub use cursor::{Backslash, Cursor, Rules};
use std::fmt;
use std::ops::Range;

/// Why a text is not of a language, where, and what was perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SyntaxError {
    /// What is wrong, as a sentence without full stop.
    pub reason: String,
    /// Byte offset in the text that was parsed.
    pub position: usize,
    /// A corrected text that can be parsed, where one can be guessed.
    pub suggestion: Option<String>,
}

/// What parsing gives.
pub type Parsed<T = ()> = Result<T, SyntaxError>;

impl SyntaxError {
    /// An error at a byte offset, without a suggestion.
    pub fn new(reason: impl Into<String>, position: usize) -> Self {
        Self { reason: reason.into(), position, suggestion: None }
    }

    /// The same error in a text that contains the parsed one from byte `offset` on. A suggestion for a part is none for
    /// the whole and goes.
    #[must_use]
    pub fn within(self, offset: usize) -> Self {
        Self::new(self.reason, offset + self.position)
    }

    /// The reason and the place, as it is shown: `expected a number (position 5)`. `text` is the text that was parsed; an
    /// empty one has no places.
    #[must_use]
    pub fn located(&self, text: &str) -> String {
        if text.is_empty() {
            return self.reason.clone();
        }
        let Location { line, column } = self.location(text);
        if text.contains('\n') {
            format!("{} (line {line}, column {column})", self.reason)
        } else {
            format!("{} (position {column})", self.reason)
        }
    }

    /// Line and column in the text that was parsed.
    #[must_use]
    pub fn location(&self, text: &str) -> Location {
        Location::of(text, self.position)
    }

    /// The bytes of the text to mark: the quoted text, word or symbol at the position, or the last one before the end.
    #[must_use]
    pub fn span(&self, text: &str, rules: &'static Rules) -> Range<usize> {
        let trimmed = text.trim_end();
        let mut start = floor_boundary(text, self.position);
        if start >= trimmed.len() {
            start = trimmed.rfind(char::is_whitespace).map_or(0, |space| space + 1);
            start = floor_boundary(trimmed, start);
        }
        let mut cursor = Cursor::new(trimmed, rules);
        cursor.rewind(start);
        let start = cursor.token_start();
        match cursor.quoted() {
            Ok(Some(_)) => {}
            Err(_) => return start..trimmed.len(),
            Ok(None) => {
                if cursor.word().is_none() {
                    cursor.bump();
                }
            }
        }
        start..cursor.position()
    }
}

/// A place in a text as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Line, from 1; `\n` ends a line.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Location {
    /// The place of a byte offset; an offset past the end or inside a character is moved back.
    #[must_use]
    pub fn of(text: &str, position: usize) -> Self {
        let before = &text[..floor_boundary(text, position)];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

fn floor_boundary(text: &str, position: usize) -> usize {
    let mut at = position.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Text in single quotes as every language here reads it: a backslash before each `'` and each `\`.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        if matches!(c, '\'' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('\'');
    out
}

/// Puts a backslash before every quote of either kind and every backslash, for text between quotes of either kind.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\'' | '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
