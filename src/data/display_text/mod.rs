//! How text that others wrote is shown: topic paths, names, principals, values, the words of a server.
//!
//! Whoever names a topic decides what people read in trees, sheets and terminals. So characters that draw nothing, that
//! turn the order of others around, or that act on a terminal are shown by their number, as in `<U+200B>`, and what is
//! too long loses its middle. The exact text is what is copied, stored and sent; it never comes from here.
//!
//! Ordinary text of any script stays as it is: joiners are kept between letters of scripts that need them and inside
//! emoji, variation selectors behind an emoji. The form is for reading only: a name that contains the six letters
//! `U+200B` between angle brackets looks the same. Showing a text twice changes nothing.

mod characters;

pub use characters::{CharacterContext, is_shown};
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Characters of a name that are shown at most, in sheets, hover texts and terminals.
pub const MAX_NAME_CHARS: usize = 1024;
/// Characters of a name that are shown at most where it is one cell of many.
pub const MAX_ROW_CHARS: usize = 256;
/// Characters of a whole text that are shown at most, such as the details of an error.
pub const MAX_TEXT_CHARS: usize = 16_384;

/// A text in the form in which people are shown it; made by [`shown`] and its siblings, written by `Display`.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    text: &'a str,
    max_chars: usize,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One line; also spaces at the ends and those that look like the usual one.
    Name,
    /// One line.
    Line,
    /// Keeps its ends of lines.
    Text,
}

/// A name: one line of at most [`MAX_NAME_CHARS`], in which also spaces can be told apart.
#[must_use]
pub const fn shown(name: &str) -> Shown<'_> {
    Shown { text: name, max_chars: MAX_NAME_CHARS, form: Form::Name }
}

/// A name in a row: [`shown`] with at most [`MAX_ROW_CHARS`].
#[must_use]
pub const fn shown_in_row(name: &str) -> Shown<'_> {
    Shown { text: name, max_chars: MAX_ROW_CHARS, form: Form::Name }
}

/// One line made of words of this program and of names, or of a value, with at most so many characters.
#[must_use]
pub const fn shown_line(line: &str, max_chars: usize) -> Shown<'_> {
    Shown { text: line, max_chars, form: Form::Line }
}

/// A text of several lines, at most [`MAX_TEXT_CHARS`].
#[must_use]
pub const fn shown_text(text: &str) -> Shown<'_> {
    Shown { text, max_chars: MAX_TEXT_CHARS, form: Form::Text }
}

/// Writes the sign for one character that is not shown as it is.
pub fn push_sign(out: &mut String, c: char) {
    match c {
        '\t' => out.push('→'),
        '\n' => out.push('¶'),
        c => write!(out, "<U+{:04X}>", u32::from(c)).expect("a String takes everything"),
    }
}

impl<'a> Shown<'a> {
    /// The text; costs no more than the characters that are shown, and a scan of texts that are short enough.
    #[must_use]
    pub fn to_cow(self) -> Cow<'a, str> {
        let Self { text, max_chars, .. } = self;
        if text.len() <= max_chars && text.bytes().all(|b| (0x20..0x7f).contains(&b)) && !self.has_space_at_end() {
            return Cow::Borrowed(text);
        }
        // A character is at most four bytes, and a sign is longer than its character.
        if text.len() <= max_chars.saturating_mul(4) {
            let whole = self.head(max_chars);
            if whole.ends_at == text.len() {
                return Cow::Owned(whole.text);
            }
        }
        Cow::Owned(self.cut())
    }

    fn has_space_at_end(self) -> bool {
        self.form == Form::Name && self.text.starts_with(' ') | self.text.ends_with(' ')
    }

    /// Both ends, and between them how long the text is.
    fn cut(self) -> String {
        let mark = format!("…[{} bytes]…", self.text.len());
        let room = self.max_chars.saturating_sub(mark.chars().count());
        let head = self.head(room - room / 2);
        let tail = self.tail(room / 2, head.ends_at);
        head.text + &mark + &tail
    }

    /// As much of the beginning as fits.
    fn head(self, max_chars: usize) -> Head {
        let mut head =
            Head { text: String::with_capacity(self.text.len().min(max_chars.saturating_mul(2))), ends_at: 0 };
        let (mut left, mut piece) = (max_chars, String::new());
        let mut chars = self.text.char_indices().peekable();
        let mut before = None;
        while let Some((at, c)) = chars.next() {
            self.put(&mut piece, CharacterContext { before, c, after: chars.peek().map(|next| next.1) });
            let count = piece.chars().count();
            if count > left {
                break;
            }
            left -= count;
            head.text.push_str(&piece);
            head.ends_at = at + c.len_utf8();
            before = Some(c);
        }
        head
    }

    /// As much of the end as fits, nothing from before `from`.
    fn tail(self, max_chars: usize, from: usize) -> String {
        let (mut left, mut piece) = (max_chars, String::new());
        let mut pieces = Vec::new();
        let mut chars = self.text[from..].chars().rev().peekable();
        let mut after = None;
        while let Some(c) = chars.next() {
            self.put(&mut piece, CharacterContext { before: chars.peek().copied(), c, after });
            let count = piece.chars().count();
            if count > left {
                break;
            }
            left -= count;
            pieces.push(piece.clone());
            after = Some(c);
        }
        pieces.into_iter().rev().collect()
    }

    /// Writes one character, or its sign, into an emptied piece.
    fn put(self, piece: &mut String, at: CharacterContext) {
        piece.clear();
        let shown = match (self.form, at.c) {
            (Form::Text, '\n') => true,
            (Form::Name, c) if c.is_whitespace() => {
                c == ' ' && at.before.is_some() && at.after.is_some()
                    || c == '\u{3000}' && at.before.is_some() && at.after.is_some()
            }
            _ => is_shown(at),
        };
        if shown {
            piece.push(at.c);
        } else {
            push_sign(piece, at.c);
        }
    }
}

struct Head {
    text: String,
    /// Bytes of the original that it shows.
    ends_at: usize,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_cow())
    }
}

impl From<Shown<'_>> for String {
    fn from(shown: Shown<'_>) -> Self {
        shown.to_cow().into_owned()
    }
}

/// Shows characters that come one by one, of which the next is not known yet: a joiner waits for it.
#[derive(Debug, Default)]
pub struct StreamedText {
    before: Option<char>,
    waiting: Option<char>,
}

impl StreamedText {
    /// Appends what can be shown now that `c` has come.
    pub fn push(&mut self, out: &mut String, c: char) {
        self.decide_waiting(out, Some(c));
        if characters::depends_on_next(c) {
            self.waiting = Some(c);
        } else {
            self.put(out, c, None);
        }
    }

    /// Appends what still waits, at the end of the text.
    pub fn end(&mut self, out: &mut String) {
        self.decide_waiting(out, None);
    }

    fn decide_waiting(&mut self, out: &mut String, after: Option<char>) {
        if let Some(c) = self.waiting.take() {
            self.put(out, c, after);
        }
    }

    fn put(&mut self, out: &mut String, c: char, after: Option<char>) {
        if is_shown(CharacterContext { before: self.before, c, after }) {
            out.push(c);
        } else {
            push_sign(out, c);
        }
        self.before = Some(c);
    }
}

#[cfg(test)]
mod tests;
