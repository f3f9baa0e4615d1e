//! What the command line writes: lines for people, rows of JSON for programs, and contents of files; and what goes to
//! standard error. Nothing else in the program writes to the standard streams.
//!
//! A line is one line of text whatever it is made of: what would act on a terminal, turn the order of text around or
//! begin a line of its own is shown by a sign. A row is one line of JSON in which everything that cannot be seen is
//! escaped. What is exact goes out as it is, because a file is read by programs.

use crate::data::display_text::{CharacterContext, is_shown, shown_line};
use crate::data::value::json::Json;
use std::fmt::{Display, Write as _};
use std::io::{self, BufWriter, StdoutLock, Write};

/// The output of a command.
pub struct Output<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    /// Writes to `out`.
    #[must_use]
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }

    /// A line for people.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{}", shown_line(&text.to_string(), usize::MAX))
    }

    /// A row for programs.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn json(&mut self, row: impl Into<Json>) -> io::Result<()> {
        writeln!(self.out, "{}", escaped(&row.into().to_text()))
    }

    /// The stream itself, for the contents of a file.
    pub fn exact(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Sends off what is buffered.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Standard output, for the output of a command.
pub(in crate::app) fn standard_output() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// Says one line for people on standard output. That nobody reads it is no failure.
pub(in crate::app) fn say(text: impl Display) {
    let mut out = io::stdout().lock();
    let _ = Output::new(&mut out).line(text).and_then(|()| out.flush()); // the reader is gone
}

/// Says on standard error in one line why something failed. That nobody reads it is no failure.
pub(in crate::app) fn complain(why: impl Display) {
    let mut out = io::stderr().lock();
    let _ = Output::new(&mut out).line(format_args!("brownian: {why}")); // the reader is gone
}

/// Writes several lines for people to standard error, such as a usage. That nobody reads it is no failure.
pub(in crate::app) fn complain_at_length(text: &str) {
    let mut out = io::stderr().lock();
    for line in text.lines() {
        let _ = Output::new(&mut out).line(line); // the reader is gone
    }
}

/// JSON text with escapes for every character that cannot be seen. In JSON text they stand inside strings only.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        if is_shown(CharacterContext { before, c, after: chars.peek().copied() }) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a String takes everything");
            }
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Output<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Output::new(&mut out)).expect("a Vec takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_line_is_one_line_and_acts_on_no_terminal() {
        let line = written(|out| out.line(format_args!("a\u{1b}[2J\nb\u{9b}2J\u{202e}{}", "c\r")));
        assert_eq!(line, "a<U+001B>[2J¶b<U+009B>2J<U+202E>c<U+000D>\n");
    }

    #[test]
    fn a_row_is_plain_and_reads_back_the_same() {
        let text = "a\u{7f}\u{9b}\u{2028}\u{202e}\u{200b}\u{e0041}\n\u{1b}ä👩\u{200d}👧";
        let row = Json::Object(vec![(text.to_owned(), Json::String(text.to_owned()))]);
        let line = written(|out| out.json(row.clone()));
        assert!(line.contains(r"\u007f\u009b\u2028\u202e\u200b\udb40\udc41\n\u001bä👩"), "{line}");
        assert_eq!(Json::from_text(line.trim_end()), Ok(row));
    }
}
