//! A cursor over the text of a small language: characters, and tokens by the rules of the language.

use super::{Parsed, SyntaxError};

/// What a backslash between quotes means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backslash {
    /// Before a quote or a backslash it makes that character literal; before anything else it is part of the text, so
    /// that regular expressions can be written plainly.
    BeforeQuotes,
    /// It makes whatever follows literal.
    BeforeAny,
}

/// How a language is cut into tokens.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// White space: separates tokens and has no other meaning.
    pub is_space: fn(char) -> bool,
    /// Characters that end a word and are tokens of their own. White space and quotes end a word too.
    pub symbols: &'static str,
    /// Whether `'…'` and `"…"` are quoted texts.
    pub quotes: bool,
    /// What a backslash between quotes means.
    pub backslash: Backslash,
    /// Characters that begin a comment where a token could begin; it ends with the line.
    pub comments: &'static str,
}

impl Rules {
    /// Words between white space, nothing else.
    pub const WORDS: Self = Self {
        is_space: char::is_whitespace,
        symbols: "",
        quotes: false,
        backslash: Backslash::BeforeAny,
        comments: "",
    };

    fn ends_word(&self, c: char) -> bool {
        (self.is_space)(c) || self.symbols.contains(c) || self.quotes && matches!(c, '\'' | '"')
    }
}

/// A place in a text, and what can be read from there. A copy of it is a mark to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    rules: &'static Rules,
}

/// Characters: white space is not skipped.
impl<'a> Cursor<'a> {
    /// A cursor at the beginning of a text.
    #[must_use]
    pub const fn new(text: &'a str, rules: &'static Rules) -> Self {
        Self { text, at: 0, rules }
    }

    /// The byte offset of the next character.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Goes to a byte offset, which must be a character boundary of the text.
    pub const fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character.
    #[must_use]
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character after the next one.
    #[must_use]
    pub fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    /// Reads a character.
    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Reads this character if it is the next one.
    pub fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// Reads characters for which this holds.
    pub fn take_while(&mut self, holds: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !holds(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Reads up to the first character that ends the text and is not behind a backslash, and takes the backslashes out:
    /// the words of topic views and the parameters of their directives. None if a backslash is the last character.
    pub fn take_escaped(&mut self, ends: impl Fn(char) -> bool) -> Option<String> {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| *c == '\\' || !ends(*c)) {
            self.bump();
            out.push(if c == '\\' { self.bump()? } else { c });
        }
        Some(out)
    }

    /// An error at a byte offset.
    ///
    /// # Errors
    /// Always.
    pub fn fail_at<T>(position: usize, reason: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError::new(reason, position))
    }
}

/// Tokens: white space and comments before them are skipped.
impl<'a> Cursor<'a> {
    /// Skips white space and comments; the byte offset of the next token, or of the end.
    pub fn token_start(&mut self) -> usize {
        loop {
            self.take_while(self.rules.is_space);
            if self.peek().is_none_or(|c| !self.rules.comments.contains(c)) {
                return self.at;
            }
            self.take_while(|c| c != '\n');
        }
    }

    /// Whether there is no further token.
    pub fn is_at_end(&mut self) -> bool {
        self.token_start() == self.text.len()
    }

    /// The word that is next, without reading it; empty if something else is.
    pub fn peek_word(&mut self) -> &'a str {
        self.token_start();
        let rest = self.rest();
        &rest[..rest.find(|c| self.rules.ends_word(c)).unwrap_or(rest.len())]
    }

    /// Reads a word.
    pub fn word(&mut self) -> Option<&'a str> {
        let word = self.peek_word();
        self.at += word.len();
        (!word.is_empty()).then_some(word)
    }

    /// Whether a keyword is next, in any case.
    pub fn is_keyword(&mut self, keyword: &str) -> bool {
        self.peek_word().eq_ignore_ascii_case(keyword)
    }

    /// Reads a keyword, in any case, if it is next.
    pub fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.at += keyword.len();
        }
        found
    }

    /// Reads a symbol if it is next.
    pub fn symbol(&mut self, symbol: char) -> bool {
        self.token_start();
        self.eat(symbol)
    }

    /// Whether a quoted text is next.
    pub fn is_quoted(&mut self) -> bool {
        self.token_start();
        self.rules.quotes && matches!(self.peek(), Some('\'' | '"'))
    }

    /// Reads a quoted text, of either quote; none if something else is next.
    ///
    /// # Errors
    /// The closing quote is missing.
    pub fn quoted(&mut self) -> Parsed<Option<String>> {
        if !self.is_quoted() {
            return Ok(None);
        }
        let start = self.at;
        let quote = self.bump();
        let mut out = String::new();
        loop {
            match self.bump() {
                c if c == quote => return Ok(Some(out)),
                Some('\\') => match self.bump() {
                    Some(c @ ('\'' | '"' | '\\')) => out.push(c),
                    Some(c) if self.rules.backslash == Backslash::BeforeAny => out.push(c),
                    Some(c) => out.extend(['\\', c]),
                    None => {}
                },
                Some(c) => out.push(c),
                None => {
                    self.at = start;
                    return self.fail("this quoted text does not end");
                }
            }
        }
    }

    /// An error at the next token.
    ///
    /// # Errors
    /// Always.
    pub fn fail<T>(&mut self, reason: impl Into<String>) -> Parsed<T> {
        Self::fail_at(self.token_start(), reason)
    }
}
