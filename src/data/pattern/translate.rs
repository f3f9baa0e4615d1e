//! Java's regular expressions written out for the engine: groups, flags, quantifiers and classes.

use super::super::syntax::{Cursor, Parsed, Rules};
use super::escape::Escape;
use std::fmt::Write as _;

/// Groups and classes may be nested this deep.
const MAX_DEPTH: usize = 20;
/// The largest repetition count.
const MAX_COUNT: u32 = 1000;
const LINE_END: &str = r"\n\r\x{85}\x{2028}\x{2029}";
/// The same as characters: what `.` does not match.
pub(super) const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag of Java's syntax")]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    unicode_case: bool,
    multi_line: bool,
    dot_all: bool,
    unix_lines: bool,
    comments: bool,
}

pub(super) struct Translator<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) out: String,
    pub(super) flags: Flags,
    /// Where each open group begins in the output, at which byte of the input, and the flags around it.
    open: Vec<(usize, usize, Flags)>,
    pub(super) captures: usize,
    pub(super) names: Vec<String>,
    /// Where the thing begins that a quantifier would repeat.
    atom: Option<usize>,
    pub(super) looks_around: bool,
    pub(super) refers_back: bool,
}

impl<'a> Translator<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            cursor: Cursor::new(text, &Rules::WORDS),
            out: String::with_capacity(text.len() * 2),
            flags: Flags::default(),
            open: Vec::new(),
            captures: 0,
            names: Vec::new(),
            atom: None,
            looks_around: false,
            refers_back: false,
        }
    }

    pub(super) fn fail<T>(position: usize, reason: impl Into<String>) -> Parsed<T> {
        Cursor::fail_at(position, reason)
    }

    pub(super) fn run(&mut self) -> Parsed {
        while let Some(c) = self.cursor.peek() {
            let position = self.cursor.position();
            self.cursor.bump();
            if self.flags.comments && (c.is_ascii_whitespace() || c == '#') {
                if c == '#' {
                    while self.cursor.bump().is_some_and(|c| c != '\n') {}
                }
                continue;
            }
            match c {
                '\\' => self.escaped(position)?,
                '[' => {
                    let start = self.out.len();
                    let class = self.class(position, 0)?;
                    self.push_set(&class);
                    self.atom = Some(start);
                }
                '(' => self.group(position)?,
                ')' => {
                    let Some((start, _, flags)) = self.open.pop() else {
                        return Self::fail(position, "this `)` closes nothing; write `\\)` for the character");
                    };
                    self.out.push(')');
                    self.flags = flags;
                    self.atom = Some(start);
                }
                '|' => {
                    self.out.push('|');
                    self.atom = None;
                }
                '*' | '+' | '?' | '{' => self.quantifier(c, position)?,
                '.' => {
                    self.atom = Some(self.out.len());
                    match (self.flags.dot_all, self.flags.unix_lines) {
                        (true, _) => self.out.push_str("(?s:.)"),
                        (false, true) => self.out.push_str(r"[^\n]"),
                        (false, false) => self.out.extend(["[^", LINE_END, "]"]),
                    }
                }
                '^' => self.place(if self.flags.multi_line { "(?m:^)" } else { r"\A" }),
                '$' => self.place(match (self.flags.multi_line, self.flags.unix_lines) {
                    (true, _) => "(?m:$)",
                    (false, true) => r"(?=\n?\z)",
                    (false, false) => r"(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)",
                }),
                c => self.literal(c),
            }
        }
        match self.open.last() {
            Some(&(_, position, _)) => Self::fail(position, "this `(` is not closed; write `\\(` for the character"),
            None => Ok(()),
        }
    }

    fn place(&mut self, text: &str) {
        self.out.push_str(text);
        self.atom = None;
        self.looks_around = true;
    }

    fn literal(&mut self, c: char) {
        self.atom = Some(self.out.len());
        if self.flags.ignore_case && self.flags.unicode_case {
            self.out.push_str("(?i:");
            push_char(&mut self.out, c);
            self.out.push(')');
        } else if self.flags.ignore_case && c.is_ascii_alphabetic() {
            self.out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
        } else {
            push_char(&mut self.out, c);
        }
    }

    fn push_set(&mut self, class: &str) {
        if self.flags.ignore_case && self.flags.unicode_case {
            self.out.push_str("(?i:");
            self.out.push_str(class);
            self.out.push(')');
        } else {
            self.out.push_str(class);
        }
    }

    fn quantifier(&mut self, c: char, position: usize) -> Parsed {
        let Some(start) = self.atom.take() else {
            return Self::fail(position, format!("there is nothing before `{c}` to repeat"));
        };
        if c == '{' {
            let least = self.count(position)?;
            let most = if self.cursor.eat(',') {
                if self.cursor.peek() == Some('}') { None } else { Some(self.count(position)?) }
            } else {
                Some(least)
            };
            if !self.cursor.eat('}') {
                return Self::fail(position, "a repetition reads `{2}`, `{2,}` or `{2,5}`");
            }
            let _ = match most {
                Some(most) if most < least => return Self::fail(position, "the repetition's bounds are reversed"),
                Some(most) => write!(self.out, "{{{least},{most}}}"),
                None => write!(self.out, "{{{least},}}"),
            };
        } else {
            self.out.push(c);
        }
        if self.cursor.eat('?') {
            self.out.push('?');
        } else if self.cursor.eat('+') {
            self.out.insert_str(start, "(?>");
            self.out.push(')');
            self.looks_around = true;
        }
        Ok(())
    }

    fn count(&mut self, position: usize) -> Parsed<u32> {
        let mut digits = String::new();
        while let Some(c) = self.cursor.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.cursor.bump();
        }
        match digits.parse() {
            Ok(count) if count <= MAX_COUNT => Ok(count),
            Ok(_) | Err(_) if !digits.is_empty() => {
                Self::fail(position, format!("a repetition counts to {MAX_COUNT} at most"))
            }
            _ => Self::fail(position, "a repetition reads `{2}`, `{2,}` or `{2,5}`"),
        }
    }

    fn group(&mut self, position: usize) -> Parsed {
        if self.open.len() >= MAX_DEPTH {
            return Self::fail(position, format!("groups can be nested {MAX_DEPTH} deep at most"));
        }
        let (start, around) = (self.out.len(), self.flags);
        self.atom = None;
        if !self.cursor.eat('?') {
            self.captures += 1;
            self.out.push('(');
        } else if self.cursor.eat(':') {
            self.out.push_str("(?:");
        } else if let Some(c) = self.cursor.peek().filter(|c| "=!>".contains(*c)) {
            self.cursor.bump();
            self.out.push_str("(?");
            self.out.push(c);
            self.looks_around = true;
        } else if self.cursor.eat('<') {
            if let Some(c) = self.cursor.peek().filter(|c| "=!".contains(*c)) {
                self.cursor.bump();
                self.out.push_str("(?<");
                self.out.push(c);
                self.looks_around = true;
            } else {
                let name = self.name(position)?;
                if self.names.contains(&name) {
                    return Self::fail(position, format!("two groups are called `{name}`"));
                }
                self.captures += 1;
                let _ = write!(self.out, "(?<{name}>");
                self.names.push(name);
            }
        } else if self.group_flags(position)? {
            self.out.push_str("(?:");
        } else {
            return Ok(()); // `(?i)` opens nothing: its flags hold until the group around it ends
        }
        self.open.push((start, position, around));
        Ok(())
    }

    /// Reads `i-m:` or `i-m)`; whether a group begins.
    fn group_flags(&mut self, position: usize) -> Parsed<bool> {
        let mut on = true;
        let mut flags = self.flags;
        loop {
            let at = self.cursor.position();
            match self.cursor.bump() {
                Some('-') if on => on = false,
                Some('i') => flags.ignore_case = on,
                Some('u') => flags.unicode_case = on,
                Some('m') => flags.multi_line = on,
                Some('s') => flags.dot_all = on,
                Some('d') => flags.unix_lines = on,
                Some('x') => flags.comments = on,
                Some(end @ (')' | ':')) => {
                    self.flags = flags;
                    if end == ':' {
                        return Ok(true);
                    }
                    return Ok(false);
                }
                Some(c) => return Self::fail(at, format!("`(?{c}` is not supported")),
                None => return Self::fail(position, "this `(?` is not closed"),
            }
        }
    }

    pub(super) fn name(&mut self, position: usize) -> Parsed<String> {
        let mut name = String::new();
        while let Some(c) = self.cursor.bump() {
            match c {
                '>' if !name.is_empty() => return Ok(name),
                c if c.is_ascii_alphabetic() || (c.is_ascii_digit() && !name.is_empty()) => name.push(c),
                _ => break,
            }
        }
        Self::fail(position, "a group's name is made of ASCII letters and digits and ends with `>`")
    }

    fn escaped(&mut self, position: usize) -> Parsed {
        let start = self.out.len();
        match self.escape(position, false)? {
            Escape::Char(c) => self.literal(c),
            Escape::Quoted(chars) => chars.into_iter().for_each(|c| self.literal(c)),
            Escape::Set { items, negated } => {
                self.push_set(&format!("[{}{items}]", if negated { "^" } else { "" }));
                self.atom = Some(start);
            }
            Escape::Raw(text) => {
                self.out.push_str(&text);
                self.atom = Some(start);
            }
            Escape::Place(text) => self.place(&text),
        }
        Ok(())
    }

    /// Reads a character class after its `[`.
    fn class(&mut self, position: usize, depth: usize) -> Parsed<String> {
        if depth >= MAX_DEPTH {
            return Self::fail(position, format!("classes can be nested {MAX_DEPTH} deep at most"));
        }
        let mut out = String::from("[");
        if self.cursor.eat('^') {
            out.push('^');
        }
        let mut empty = true;
        let mut first = true;
        loop {
            let at = self.cursor.position();
            let Some(c) = self.cursor.bump() else {
                return Self::fail(position, "this `[` is not closed; write `\\[` for the character");
            };
            let low = match c {
                ']' if !first => break,
                c if self.flags.comments && c.is_ascii_whitespace() => continue,
                '[' => {
                    out.push_str(&self.class(at, depth + 1)?);
                    (empty, first) = (false, false);
                    continue;
                }
                '&' if self.cursor.peek() == Some('&') => {
                    if empty {
                        return Self::fail(at, "there is nothing before `&&`");
                    }
                    self.cursor.bump();
                    out.push_str("&&");
                    empty = true;
                    continue;
                }
                '\\' => match self.escape(at, true)? {
                    Escape::Char(c) => c,
                    Escape::Set { items, negated: false } => {
                        out.push_str(&items);
                        (empty, first) = (false, false);
                        continue;
                    }
                    Escape::Set { items, negated: true } => {
                        let _ = write!(out, "[^{items}]");
                        (empty, first) = (false, false);
                        continue;
                    }
                    Escape::Quoted(chars) => {
                        for c in chars {
                            self.push_range(&mut out, c, c);
                            (empty, first) = (false, false);
                        }
                        continue;
                    }
                    Escape::Raw(_) | Escape::Place(_) => return Self::fail(at, "this escape is not for classes"),
                },
                c => c,
            };
            let high = self.range_end(low)?;
            if high < low {
                return Self::fail(at, "the range is reversed");
            }
            self.push_range(&mut out, low, high);
            (empty, first) = (false, false);
        }
        if empty {
            return Self::fail(position, "the class has an empty part");
        }
        out.push(']');
        Ok(out)
    }

    /// The upper end of a range that begins with `low`; `low` itself if there is none.
    fn range_end(&mut self, low: char) -> Parsed<char> {
        let is_range =
            self.cursor.peek() == Some('-') && self.cursor.peek_second().is_some_and(|c| c != ']' && c != '[');
        if !is_range {
            return Ok(low);
        }
        self.cursor.bump();
        let at = self.cursor.position();
        match self.cursor.bump() {
            Some('\\') => match self.escape(at, true)? {
                Escape::Char(c) => Ok(c),
                _ => Self::fail(at, "a range ends with a character"),
            },
            Some(c) => Ok(c),
            None => Ok(low),
        }
    }

    /// A range, under `(?i)` without `(?u)` with its ASCII letters in both cases.
    fn push_range(&self, out: &mut String, low: char, high: char) {
        let mut push = |low: char, high: char| {
            push_char(out, low);
            if high > low {
                out.push('-');
                push_char(out, high);
            }
        };
        push(low, high);
        if self.flags.ignore_case && !self.flags.unicode_case {
            let (from, to) = (low.max('a'), high.min('z'));
            if from <= to {
                push(from.to_ascii_uppercase(), to.to_ascii_uppercase());
            }
            let (from, to) = (low.max('A'), high.min('Z'));
            if from <= to {
                push(from.to_ascii_lowercase(), to.to_ascii_lowercase());
            }
        }
    }
}

/// A character that stands for itself, inside a class and outside.
fn push_char(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric()) {
        out.push(c);
    } else {
        let _ = write!(out, r"\x{{{:X}}}", c as u32);
    }
}
