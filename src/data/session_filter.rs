//! Session filters: the text by which sessions are chosen by their properties, read and applied.

use super::pattern::Pattern;
use super::removal_policy::escape;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// Parentheses and `not` may be nested this deep.
const MAX_DEPTH: usize = 32;
/// A filter may have this many bytes; a server reads what strangers send.
const MAX_LEN: usize = 16 << 10;
/// The property that holds the roles of a session.
const ROLES: &str = "$Roles";
/// Words with which no clause can begin as a key.
const RESERVED: &[&str] = &["and", "or", "is", "eq", "ne", "in", "matches"];

/// A filter that has been read.
#[derive(Clone, Debug)]
pub struct SessionFilter(Node);

#[derive(Clone, Debug)]
enum Node {
    Any(Vec<Self>),
    Every(Vec<Self>),
    Not(Box<Self>),
    All,
    Has(String),
    HasRoles(Vec<String>),
    Is { key: String, value: String },
    IsNot { key: String, value: String },
    In { key: String, values: Vec<String> },
    Matches { key: String, text: String, pattern: Pattern },
}

/// Why a text is no session filter, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FilterError {
    /// What is wrong, as a sentence without full stop.
    pub reason: String,
    /// Byte position in the text.
    pub position: usize,
}

impl SessionFilter {
    /// Reads a filter; operators may be in any case, keys and values may not.
    ///
    /// # Errors
    /// The text is no filter; the error says where and why.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_LEN {
            return Err(FilterError { reason: format!("a session filter has at most {MAX_LEN} bytes"), position: 0 });
        }
        let mut parser = Parser { text, at: 0 };
        let root = parser.any(0)?;
        parser.skip_space();
        match parser.rest().chars().next() {
            None => Ok(Self(root)),
            Some(')') => parser.fail("this `)` closes nothing"),
            Some(_) => parser.fail("expected `and`, `or` or the end"),
        }
    }

    /// Whether a session with these properties is chosen; `property` gives the value of a key, if there is one.
    pub fn selects<'a>(&self, property: impl Fn(&str) -> Option<Cow<'a, str>>) -> bool {
        self.0.holds(&property)
    }
}

impl Node {
    fn holds<'a>(&self, property: &dyn Fn(&str) -> Option<Cow<'a, str>>) -> bool {
        match self {
            Self::Any(of) => of.iter().any(|node| node.holds(property)),
            Self::Every(of) => of.iter().all(|node| node.holds(property)),
            Self::Not(node) => !node.holds(property),
            Self::All => true,
            Self::Has(key) => property(key).is_some(),
            Self::HasRoles(wanted) => {
                let roles = property(ROLES).map(|text| read_roles(&text)).unwrap_or_default();
                wanted.iter().all(|role| roles.contains(role))
            }
            Self::Is { key, value } => property(key).is_some_and(|found| found == value.as_str()),
            // A session without the property differs from every value.
            Self::IsNot { key, value } => property(key).is_none_or(|found| found != value.as_str()),
            Self::In { key, values } => property(key).is_some_and(|found| values.iter().any(|value| found == *value)),
            Self::Matches { key, pattern, .. } => property(key).is_some_and(|found| pattern.is_match(&found)),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Any(_) => 0,
            Self::Every(_) => 1,
            _ => 2,
        }
    }
}

impl fmt::Display for SessionFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strings = |f: &mut fmt::Formatter<'_>, of: &[String]| {
            let texts: Vec<String> = of.iter().map(|text| quoted(text)).collect();
            write!(f, "[{}]", texts.join(", "))
        };
        let inner = |f: &mut fmt::Formatter<'_>, node: &Self| {
            if node.rank() <= self.rank() && self.rank() < 2 || node.rank() < 2 && self.rank() == 2 {
                write!(f, "({node})")
            } else {
                write!(f, "{node}")
            }
        };
        match self {
            Self::Any(of) | Self::Every(of) => {
                for (at, node) in of.iter().enumerate() {
                    if at > 0 {
                        f.write_str(if self.rank() == 0 { " or " } else { " and " })?;
                    }
                    inner(f, node)?;
                }
                Ok(())
            }
            Self::Not(node) => {
                f.write_str("not ")?;
                inner(f, node)
            }
            Self::All => f.write_str("all"),
            Self::Has(key) => write!(f, "has {key}"),
            Self::HasRoles(roles) => {
                f.write_str("hasRoles ")?;
                strings(f, roles)
            }
            Self::Is { key, value } => write!(f, "{key} is {}", quoted(value)),
            Self::IsNot { key, value } => write!(f, "{key} ne {}", quoted(value)),
            Self::In { key, values } => {
                write!(f, "{key} in ")?;
                strings(f, values)
            }
            Self::Matches { key, text, .. } => write!(f, "{key} matches {}", quoted(text)),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", escape(text))
}

/// The canonical text of a set of roles, as `$Roles` holds it.
pub fn roles_text<'a>(roles: impl IntoIterator<Item = &'a str>) -> String {
    let sorted: BTreeSet<&str> = roles.into_iter().collect();
    let quoted: Vec<String> = sorted.into_iter().map(|role| format!("\"{}\"", escape(role))).collect();
    quoted.join(",")
}

/// The roles in the text of `$Roles`: whatever stands between quotes, either kind.
#[must_use]
pub fn read_roles(text: &str) -> BTreeSet<String> {
    let mut roles = BTreeSet::new();
    let mut chars = text.chars();
    while let Some(quote) = chars.find(|c| matches!(c, '\'' | '"')) {
        let mut role = String::new();
        loop {
            match chars.next() {
                Some(c) if c == quote => break,
                Some('\\') => role.extend(chars.next()),
                Some(c) => role.push(c),
                None => return roles,
            }
        }
        roles.insert(role);
    }
    roles
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed<T> = Result<T, FilterError>;

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

const fn ends_key(c: char) -> bool {
    is_space(c) || matches!(c, '"' | '\'' | '(' | ')')
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        Err(FilterError { reason: reason.into(), position: self.at })
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    /// What stands here up to what ends a key; nothing is taken.
    fn peek_key(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        &rest[..rest.find(ends_key).unwrap_or(rest.len())]
    }

    /// Takes a word of letters in any case; a list may follow without a space.
    fn word(&mut self, word: &str) -> bool {
        let key = self.peek_key();
        let found = key.split(['[', '{']).next().is_some_and(|first| first.eq_ignore_ascii_case(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn any(&mut self, depth: usize) -> Parsed<Node> {
        let mut of = vec![self.every(depth)?];
        while self.word("or") {
            of.push(self.every(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Node::Any(of) })
    }

    fn every(&mut self, depth: usize) -> Parsed<Node> {
        let mut of = vec![self.single(depth)?];
        while self.word("and") {
            of.push(self.single(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Node::Every(of) })
    }

    fn single(&mut self, depth: usize) -> Parsed<Node> {
        self.skip_space();
        let begin = self.at;
        if depth > MAX_DEPTH {
            return self.fail("too many parentheses or `not`");
        }
        if self.eat('(') {
            let inner = self.any(depth + 1)?;
            if self.eat(')') {
                return Ok(inner);
            }
            let reason = "this `(` is not closed, or something unexpected stands inside".to_owned();
            return Err(FilterError { reason, position: begin });
        }
        if self.word("not") {
            return Ok(Node::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.word("all") {
            return Ok(Node::All);
        }
        if self.word("hasRoles") {
            return Ok(Node::HasRoles(self.strings("roles in quotes")?));
        }
        if self.word("has") {
            return Ok(Node::Has(self.key("expected the key of a property")?));
        }
        let word = self.peek_key();
        if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return self.fail(format!("`{word}` cannot stand here; expected the key of a property"));
        }
        let key = self.key("expected a condition such as `$Principal is 'name'`, `hasRoles [...]` or `all`")?;
        if self.word("is") || self.word("eq") {
            Ok(Node::Is { key, value: self.string("a value in quotes")? })
        } else if self.word("ne") {
            Ok(Node::IsNot { key, value: self.string("a value in quotes")? })
        } else if self.word("in") {
            Ok(Node::In { key, values: self.strings("values in quotes")? })
        } else if self.word("matches") {
            self.skip_space();
            let position = self.at;
            let text = self.string("a regular expression in quotes")?;
            let pattern =
                Pattern::parse(&text, false).map_err(|error| FilterError { reason: error.reason, position })?;
            Ok(Node::Matches { key, text, pattern })
        } else {
            self.skip_space();
            self.fail("expected `is`, `eq`, `ne`, `in` or `matches`")
        }
    }

    fn key(&mut self, reason: &str) -> Parsed<String> {
        let key = self.peek_key();
        if key.is_empty() {
            return self.fail(reason);
        }
        self.at += key.len();
        Ok(key.to_owned())
    }

    fn strings(&mut self, what: &str) -> Parsed<Vec<String>> {
        let close = if self.eat('[') {
            Some(']')
        } else if self.eat('{') {
            Some('}')
        } else {
            None
        };
        let mut out = vec![self.string(what)?];
        loop {
            let comma = self.eat(',');
            self.skip_space();
            if comma || self.rest().starts_with(['\'', '"']) {
                out.push(self.string(what)?);
            } else if close.is_none_or(|close| self.eat(close)) {
                return Ok(out);
            } else {
                return self.fail("this list does not end with its bracket");
            }
        }
    }

    fn string(&mut self, what: &str) -> Parsed<String> {
        self.skip_space();
        let begin = self.at;
        let mut chars = self.rest().char_indices();
        let Some((_, quote @ ('\'' | '"'))) = chars.next() else { return self.fail(format!("expected {what}")) };
        let mut out = String::new();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.at = begin + at + 1;
                return Ok(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some((_, escaped @ ('\'' | '"' | '\\'))) => out.push(escaped),
                // A backslash before anything else is part of the text, so that patterns can be written plainly.
                Some((_, other)) => out.extend(['\\', other]),
                None => break,
            }
        }
        Err(FilterError { reason: "this quoted text does not end".to_owned(), position: begin })
    }
}

#[cfg(test)]
mod tests;
