//! Regular expressions of selectors: Java's syntax translated and compiled, matched against whole texts.
//!
//! The protocol's contract is `java.util.regex`. Each atom is written out in a form that means the same in every
//! mode (`\w` becomes its ASCII set, `.` excludes Java's line terminators, a letter under `(?i)` becomes a set of
//! two), so that no flag of the engine below is relied upon. What cannot be translated is an error, never a
//! pattern that selects something else.

use fancy_regex::{Regex, RegexBuilder};
use std::fmt::Write as _;

/// A pattern may be this long; a server compiles what strangers send.
const MAX_LEN: usize = 4096;
/// Groups and classes may be nested this deep.
const MAX_DEPTH: usize = 20;
/// The largest repetition count.
const MAX_COUNT: u32 = 1000;
/// Steps back after which one match is given up as “does not match”.
const BACKTRACK_LIMIT: usize = 50_000;
/// Bytes of the compiled program.
const SIZE_LIMIT: usize = 4 << 20;

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\x{20}\t\n\x{B}\x{C}\r";
const HORIZONTAL: &str = r"\x{20}\t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const VERTICAL: &str = r"\n\x{B}\x{C}\r\x{85}\x{2028}\x{2029}";
const LINE_END: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// Why a text is no pattern this program can match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    /// What is wrong, as a sentence without full stop.
    pub reason: String,
    /// Byte position in the pattern.
    pub position: usize,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    whole: Regex,
    below: Below,
}

/// How to tell that a text lies below what the pattern matches.
#[derive(Clone, Debug)]
enum Below {
    /// One expression says it.
    Regex(Regex),
    /// The pattern looks at what follows it or refuses to step back: each ancestor is tried alone.
    EachAncestor,
}

impl Pattern {
    /// Translates and compiles; `full_path` prepares for [`Pattern::is_below`] too.
    pub fn parse(text: &str, full_path: bool) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError { reason: "a regular expression cannot be empty".into(), position: 0 });
        }
        if text.len() > MAX_LEN {
            let reason = format!("a regular expression has at most {MAX_LEN} bytes");
            return Err(PatternError { reason, position: 0 });
        }
        let mut translator = Translator::new(text);
        translator.run()?;
        let bare = &translator.out;
        let below = if full_path && !translator.looks_around {
            Below::Regex(compile(&format!(r"\A(?:{bare})/(?s:.+)\z"))?)
        } else {
            Below::EachAncestor
        };
        Ok(Self { whole: compile(&format!(r"\A(?:{bare})\z"))?, below })
    }

    /// Whether the pattern matches the whole text.
    pub fn is_match(&self, text: &str) -> bool {
        self.whole.is_match(text).unwrap_or(false)
    }

    /// Whether the path lies below a path that the pattern matches as a whole.
    pub fn is_below(&self, path: &str) -> bool {
        match &self.below {
            Below::Regex(regex) => regex.is_match(path).unwrap_or(false),
            Below::EachAncestor => {
                path.match_indices('/').any(|(at, _)| at + 1 < path.len() && self.is_match(&path[..at]))
            }
        }
    }
}

fn compile(expression: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(expression)
        .backtrack_limit(BACKTRACK_LIMIT)
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|cause| PatternError { reason: format!("unsupported regular expression: {cause}"), position: 0 })
}

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag of Java's syntax")]
struct Flags {
    ignore_case: bool,
    unicode_case: bool,
    multi_line: bool,
    dot_all: bool,
    unix_lines: bool,
    comments: bool,
}

/// What a backslash and its followers mean.
enum Escape {
    Char(char),
    Set {
        items: String,
        negated: bool,
    },
    /// Stands for itself and can be repeated.
    Raw(String),
    /// Matches a place, not a character.
    Place(String),
    Quoted(Vec<char>),
}

struct Translator {
    chars: Vec<(usize, char)>,
    end: usize,
    at: usize,
    out: String,
    flags: Flags,
    /// Where each open group begins in the output, at which byte of the input, and the flags around it.
    open: Vec<(usize, usize, Flags)>,
    captures: usize,
    names: Vec<String>,
    /// Where the thing begins that a quantifier would repeat.
    atom: Option<usize>,
    looks_around: bool,
}

type Done<T = ()> = Result<T, PatternError>;

impl Translator {
    fn new(text: &str) -> Self {
        Self {
            chars: text.char_indices().collect(),
            end: text.len(),
            at: 0,
            out: String::with_capacity(text.len() * 2),
            flags: Flags::default(),
            open: Vec::new(),
            captures: 0,
            names: Vec::new(),
            atom: None,
            looks_around: false,
        }
    }

    fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|c| c.1)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    /// The byte position of the next character.
    fn position(&self) -> usize {
        self.chars.get(self.at).map_or(self.end, |c| c.0)
    }

    fn fail<T>(position: usize, reason: impl Into<String>) -> Done<T> {
        Err(PatternError { reason: reason.into(), position })
    }

    fn run(&mut self) -> Done {
        while let Some(c) = self.peek() {
            let position = self.position();
            self.at += 1;
            if self.flags.comments && (c.is_ascii_whitespace() || c == '#') {
                if c == '#' {
                    while self.next().is_some_and(|c| c != '\n') {}
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
                    self.out.push_str(&match (self.flags.dot_all, self.flags.unix_lines) {
                        (true, _) => "(?s:.)".to_owned(),
                        (false, true) => r"[^\n]".to_owned(),
                        (false, false) => format!("[^{LINE_END}]"),
                    });
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

    fn quantifier(&mut self, c: char, position: usize) -> Done {
        let Some(start) = self.atom.take() else {
            return Self::fail(position, format!("there is nothing before `{c}` to repeat"));
        };
        if c == '{' {
            let least = self.count(position)?;
            let most = if self.eat(',') {
                if self.peek() == Some('}') { None } else { Some(self.count(position)?) }
            } else {
                Some(least)
            };
            if !self.eat('}') {
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
        if self.eat('?') {
            self.out.push('?');
        } else if self.eat('+') {
            self.out.insert_str(start, "(?>");
            self.out.push(')');
            self.looks_around = true;
        }
        Ok(())
    }

    fn count(&mut self, position: usize) -> Done<u32> {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.at += 1;
        }
        match digits.parse() {
            Ok(count) if count <= MAX_COUNT => Ok(count),
            Ok(_) | Err(_) if !digits.is_empty() => {
                Self::fail(position, format!("a repetition counts to {MAX_COUNT} at most"))
            }
            _ => Self::fail(position, "a repetition reads `{2}`, `{2,}` or `{2,5}`"),
        }
    }

    fn group(&mut self, position: usize) -> Done {
        if self.open.len() >= MAX_DEPTH {
            return Self::fail(position, format!("groups can be nested {MAX_DEPTH} deep at most"));
        }
        let (start, around) = (self.out.len(), self.flags);
        self.atom = None;
        if !self.eat('?') {
            self.captures += 1;
            self.out.push('(');
        } else if self.eat(':') {
            self.out.push_str("(?:");
        } else if let Some(c) = self.peek().filter(|c| "=!>".contains(*c)) {
            self.at += 1;
            self.out.push_str("(?");
            self.out.push(c);
            self.looks_around = true;
        } else if self.eat('<') {
            if let Some(c) = self.peek().filter(|c| "=!".contains(*c)) {
                self.at += 1;
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
    fn group_flags(&mut self, position: usize) -> Done<bool> {
        let mut on = true;
        let mut flags = self.flags;
        loop {
            let at = self.position();
            match self.next() {
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

    fn name(&mut self, position: usize) -> Done<String> {
        let mut name = String::new();
        while let Some(c) = self.next() {
            match c {
                '>' if !name.is_empty() => return Ok(name),
                c if c.is_ascii_alphabetic() || (c.is_ascii_digit() && !name.is_empty()) => name.push(c),
                _ => break,
            }
        }
        Self::fail(position, "a group's name is made of ASCII letters and digits and ends with `>`")
    }

    fn escaped(&mut self, position: usize) -> Done {
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

    /// Reads what follows a backslash.
    fn escape(&mut self, position: usize, in_class: bool) -> Done<Escape> {
        let Some(c) = self.next() else {
            return Self::fail(position, "the last `\\` escapes nothing; write `\\\\` for the character");
        };
        let set = |items: &str, negated| Escape::Set { items: items.to_owned(), negated };
        Ok(match c {
            'Q' => {
                let mut chars = Vec::new();
                while let Some(c) = self.next() {
                    if c == '\\' && self.eat('E') {
                        break;
                    }
                    chars.push(c);
                }
                Escape::Quoted(chars)
            }
            'E' => Escape::Quoted(Vec::new()),
            'd' | 'D' => set(DIGIT, c == 'D'),
            'w' | 'W' => set(WORD, c == 'W'),
            's' | 'S' => set(SPACE, c == 'S'),
            'h' | 'H' => set(HORIZONTAL, c == 'H'),
            'v' | 'V' => set(VERTICAL, c == 'V'),
            'p' | 'P' => self.property(position, c == 'P')?,
            't' => Escape::Char('\t'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            'f' => Escape::Char('\u{c}'),
            'a' => Escape::Char('\u{7}'),
            'e' => Escape::Char('\u{1b}'),
            'c' => match self.next() {
                Some(c) if c.is_ascii() => Escape::Char(char::from(c as u8 ^ 0x40)),
                _ => return Self::fail(position, "`\\c` needs a character"),
            },
            '0' => {
                let most = if self.peek().is_some_and(|c| c <= '3') { 3 } else { 2 };
                Escape::Char(self.number(position, 8, 1, most)?)
            }
            'x' if self.eat('{') => {
                let c = self.number(position, 16, 1, 6)?;
                if !self.eat('}') {
                    return Self::fail(position, "`\\x{` needs hexadecimal digits and `}`");
                }
                Escape::Char(c)
            }
            'x' => Escape::Char(self.number(position, 16, 2, 2)?),
            'u' => Escape::Char(self.utf16(position)?),
            'R' if !in_class => Escape::Raw(format!(r"(?:\r\n|[{VERTICAL}])")),
            'b' if !in_class => Escape::Place(format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))")),
            'B' if !in_class => Escape::Place(format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))")),
            'A' if !in_class => Escape::Place(r"\A".into()),
            'z' if !in_class => Escape::Place(r"\z".into()),
            'Z' if !in_class => Escape::Place(r"(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)".into()),
            '1'..='9' if !in_class => self.back_reference(c, position)?,
            'k' if !in_class && self.eat('<') => {
                let name = self.name(position)?;
                if !self.names.contains(&name) {
                    return Self::fail(position, format!("no group before this is called `{name}`"));
                }
                self.case_sensitive(position)?;
                Escape::Raw(format!(r"(?:\k<{name}>)"))
            }
            c if c.is_ascii_alphanumeric() => {
                return Self::fail(position, format!("`\\{c}` is not supported here"));
            }
            c => Escape::Char(c),
        })
    }

    fn case_sensitive(&self, position: usize) -> Done {
        if self.flags.ignore_case {
            return Self::fail(position, "a back-reference under `(?i)` is not supported");
        }
        Ok(())
    }

    /// One digit always counts; more only while so many groups have begun.
    fn back_reference(&mut self, first: char, position: usize) -> Done<Escape> {
        let mut number = first as usize - '0' as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if longer > self.captures {
                break;
            }
            number = longer;
            self.at += 1;
        }
        if number > self.captures {
            return Self::fail(position, format!("`\\{number}` refers to a group that does not exist"));
        }
        self.case_sensitive(position)?;
        Ok(Escape::Raw(format!(r"(?:\{number})")))
    }

    fn digits(&mut self, position: usize, radix: u32, least: usize, most: usize) -> Done<u32> {
        let (mut value, mut count) = (0, 0);
        while let Some(digit) = self.peek().filter(|_| count < most).and_then(|c| c.to_digit(radix)) {
            value = value * radix + digit;
            count += 1;
            self.at += 1;
        }
        if count < least {
            return Self::fail(position, "this escape needs more digits");
        }
        Ok(value)
    }

    fn number(&mut self, position: usize, radix: u32, least: usize, most: usize) -> Done<char> {
        let value = self.digits(position, radix, least, most)?;
        match char::from_u32(value) {
            Some(c) => Ok(c),
            None => Self::fail(position, format!("U+{value:X} is no character")),
        }
    }

    /// `hhhh` after `\u`, or two of them that make one character.
    fn utf16(&mut self, position: usize) -> Done<char> {
        let high = self.digits(position, 16, 4, 4)?;
        if (0xd800..0xdc00).contains(&high) && self.peek() == Some('\\') && self.peek_at(1) == Some('u') {
            self.at += 2;
            let low = self.digits(position, 16, 4, 4)?;
            if (0xdc00..0xe000).contains(&low) {
                let value = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(value).map_or_else(|| Self::fail(position, "no character"), Ok);
            }
        }
        char::from_u32(high).map_or_else(|| Self::fail(position, "half a surrogate pair is no character"), Ok)
    }

    fn property(&mut self, position: usize, negated: bool) -> Done<Escape> {
        let mut name = String::new();
        if self.eat('{') {
            loop {
                match self.next() {
                    Some('}') if !name.is_empty() => break,
                    Some(c) if c.is_ascii_alphanumeric() || "_=- ".contains(c) => name.push(c),
                    _ => return Self::fail(position, "`\\p{` needs the name of a property and `}`"),
                }
            }
        } else {
            match self.next() {
                Some(c) if c.is_ascii_alphabetic() => name.push(c),
                _ => return Self::fail(position, "`\\p` needs the name of a property"),
            }
        }
        let either_case = self.flags.ignore_case;
        let items = match name.as_str() {
            "Lower" | "Upper" if either_case => "A-Za-z".to_owned(),
            "Lower" => "a-z".to_owned(),
            "Upper" => "A-Z".to_owned(),
            "ASCII" => r"\x{0}-\x{7F}".to_owned(),
            "Alpha" => "A-Za-z".to_owned(),
            "Digit" => DIGIT.to_owned(),
            "Alnum" => "0-9A-Za-z".to_owned(),
            "Punct" => r"\x{21}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{60}\x{7B}-\x{7E}".to_owned(),
            "Graph" => r"\x{21}-\x{7E}".to_owned(),
            "Print" => r"\x{20}-\x{7E}".to_owned(),
            "Blank" => r"\x{20}\t".to_owned(),
            "Cntrl" => r"\x{0}-\x{1F}\x{7F}".to_owned(),
            "XDigit" => "0-9A-Fa-f".to_owned(),
            "Space" => SPACE.to_owned(),
            "L" | "Lu" | "Ll" | "Lt" | "Lm" | "Lo" | "M" | "Mn" | "Mc" | "Me" | "N" | "Nd" | "Nl" | "No" | "P"
            | "Pc" | "Pd" | "Ps" | "Pe" | "Pi" | "Pf" | "Po" | "S" | "Sm" | "Sc" | "Sk" | "So" | "Z" | "Zs" | "Zl"
            | "Zp" | "C" | "Cc" | "Cf" | "Co" | "Cn"
                if !either_case =>
            {
                format!(r"\p{{{name}}}")
            }
            name => match name.strip_prefix("Is").or_else(|| name.strip_prefix("script=")) {
                Some(bare) if !either_case && !bare.is_empty() => format!(r"\p{{{bare}}}"),
                _ => return Self::fail(position, format!("the property `{name}` is not supported")),
            },
        };
        Ok(Escape::Set { items, negated })
    }

    /// Reads a character class after its `[`.
    fn class(&mut self, position: usize, depth: usize) -> Done<String> {
        if depth >= MAX_DEPTH {
            return Self::fail(position, format!("classes can be nested {MAX_DEPTH} deep at most"));
        }
        let mut out = String::from("[");
        if self.eat('^') {
            out.push('^');
        }
        let mut empty = true;
        let mut first = true;
        loop {
            let at = self.position();
            let Some(c) = self.next() else {
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
                '&' if self.peek() == Some('&') => {
                    if empty {
                        return Self::fail(at, "there is nothing before `&&`");
                    }
                    self.at += 1;
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
    fn range_end(&mut self, low: char) -> Done<char> {
        let is_range = self.peek() == Some('-') && self.peek_at(1).is_some_and(|c| c != ']' && c != '[');
        if !is_range {
            return Ok(low);
        }
        self.at += 1;
        let at = self.position();
        match self.next() {
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
