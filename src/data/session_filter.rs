//! Session filters: the text by which sessions are chosen by their properties, read and applied.

pub mod completion;

use super::cost::{self, Account, Exhausted};
use super::pattern::Pattern;
use super::syntax::{Backslash, Cursor, Parsed, Rules, SyntaxError, escape, quoted};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// Parentheses and `not` may be nested this deep.
const MAX_DEPTH: usize = 32;
/// A filter may have this many bytes; a server reads what strangers send.
const MAX_LEN: usize = 16 << 10;
/// Bytes of a property that a filter is weighed by.
const USUAL_VALUE_BYTES: u64 = 64;
/// The property that holds the roles of a session.
const ROLES: &str = super::session_property::ROLES;
/// Words with which no clause can begin as a key.
const RESERVED: &[&str] = &["and", "or", "is", "eq", "ne", "in", "matches"];

/// Keys may hold brackets and commas; a backslash before what is no quote stays, so that patterns can be written plainly.
const RULES: Rules = Rules {
    is_space: |c| matches!(c, ' ' | '\t' | '\r' | '\n'),
    symbols: "()",
    quotes: true,
    backslash: Backslash::BeforeQuotes,
    comments: "",
};
/// Roles are whatever stands between quotes.
const ROLE_RULES: Rules = Rules { quotes: true, ..Rules::WORDS };

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

impl SessionFilter {
    /// Reads a filter; operators may be in any case, keys and values may not.
    ///
    /// # Errors
    /// The text is no filter; the error says where and why.
    pub fn parse(text: &str) -> Parsed<Self> {
        Self::parse_within(text, &mut Account::request())
    }

    /// The same for a stranger's filter: reading it is charged to an account.
    ///
    /// # Errors
    /// Also when that takes more than the account has.
    pub fn parse_within(text: &str, account: &mut Account) -> Parsed<Self> {
        if text.len() > MAX_LEN {
            return Err(SyntaxError::new(format!("a session filter has at most {MAX_LEN} bytes"), 0));
        }
        Self::read(Parser { cursor: Cursor::new(text, &RULES), account, compiles: true })
    }

    /// Whether a text is a filter but for patterns that cannot be run here; a server may run them.
    #[must_use]
    pub fn is_well_formed(text: &str) -> bool {
        let account = &mut Account::request();
        let parser = Parser { cursor: Cursor::new(text, &RULES), account, compiles: false };
        text.len() <= MAX_LEN && Self::read(parser).is_ok()
    }

    fn read(mut parser: Parser<'_>) -> Parsed<Self> {
        let root = parser.any(0)?;
        if parser.cursor.is_at_end() {
            Ok(Self(root))
        } else if parser.cursor.symbol(')') {
            Cursor::fail_at(parser.cursor.position() - 1, "this `)` closes nothing")
        } else {
            parser.cursor.fail("expected `and`, `or` or the end")
        }
    }

    /// The keys of the properties that it asks for, in the order of the text.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        self.0.keys(&mut keys);
        keys
    }

    /// The bytes of a text to mark for an error in it.
    #[must_use]
    pub fn span(error: &SyntaxError, text: &str) -> std::ops::Range<usize> {
        error.span(text, &RULES)
    }

    /// Whether a session with these properties is chosen; `property` gives the value of a key, if there is one.
    pub fn selects<'a>(&self, property: impl Fn(&str) -> Option<Cow<'a, str>>) -> bool {
        self.matches(property, &mut Account::request()).unwrap_or(false)
    }

    /// The same, charged to an account.
    ///
    /// # Errors
    /// That takes more than the account has.
    pub fn matches<'a>(
        &self,
        property: impl Fn(&str) -> Option<Cow<'a, str>>,
        account: &mut Account,
    ) -> Result<bool, Exhausted> {
        self.0.holds(&property, account)
    }

    /// The most that deciding about a session with properties of usual length costs.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.0.weight()
    }

    /// Bytes that it takes in memory, about.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.0.kept_bytes()
    }
}

impl Node {
    fn keys<'a>(&'a self, out: &mut Vec<&'a str>) {
        match self {
            Self::Any(of) | Self::Every(of) => of.iter().for_each(|node| node.keys(out)),
            Self::Not(node) => node.keys(out),
            Self::All => {}
            Self::HasRoles(_) => out.push(ROLES),
            Self::Has(key)
            | Self::Is { key, .. }
            | Self::IsNot { key, .. }
            | Self::In { key, .. }
            | Self::Matches { key, .. } => out.push(key),
        }
    }

    fn holds<'a>(
        &self,
        property: &dyn Fn(&str) -> Option<Cow<'a, str>>,
        account: &mut Account,
    ) -> Result<bool, Exhausted> {
        account.charge(cost::COMPARE)?;
        let mut found = |key: &str| -> Result<Option<Cow<'a, str>>, Exhausted> {
            let found = property(key);
            account.charge_bytes(found.as_ref().map_or(0, |value| value.len()))?;
            Ok(found)
        };
        Ok(match self {
            Self::Any(of) => return Self::first_that(of, true, property, account),
            Self::Every(of) => return Self::first_that(of, false, property, account).map(|found| !found),
            Self::Not(node) => !node.holds(property, account)?,
            Self::All => true,
            Self::Has(key) => found(key)?.is_some(),
            Self::HasRoles(wanted) => {
                let text = found(ROLES)?.unwrap_or_default();
                account.charge(wanted.len() as u64 * cost::COMPARE + text.len() as u64)?;
                let roles = read_roles(&text);
                wanted.iter().all(|role| roles.contains(role))
            }
            Self::Is { key, value } => found(key)?.is_some_and(|found| found == value.as_str()),
            // A session without the property differs from every value.
            Self::IsNot { key, value } => found(key)?.is_none_or(|found| found != value.as_str()),
            Self::In { key, values } => {
                let found = found(key)?;
                account.charge(values.len() as u64 * cost::COMPARE)?;
                found.is_some_and(|found| values.iter().any(|value| found == *value))
            }
            Self::Matches { key, pattern, .. } => match found(key)? {
                Some(found) => pattern.matches(&found, account)?,
                None => false,
            },
        })
    }

    /// Whether one of the nodes holds, or one does not.
    fn first_that<'a>(
        of: &[Self],
        holds: bool,
        property: &dyn Fn(&str) -> Option<Cow<'a, str>>,
        account: &mut Account,
    ) -> Result<bool, Exhausted> {
        for node in of {
            if node.holds(property, account)? == holds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn weight(&self) -> u64 {
        cost::COMPARE
            + match self {
                Self::Any(of) | Self::Every(of) => of.iter().map(Self::weight).sum(),
                Self::Not(node) => node.weight(),
                Self::All | Self::Has(_) | Self::Is { .. } | Self::IsNot { .. } => cost::COMPARE,
                Self::HasRoles(values) | Self::In { values, .. } => {
                    USUAL_VALUE_BYTES + values.len() as u64 * cost::COMPARE
                }
                Self::Matches { pattern, .. } => pattern.weight(),
            }
    }

    fn kept_bytes(&self) -> usize {
        let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
        size_of::<Self>()
            + match self {
                Self::Any(of) | Self::Every(of) => of.iter().map(Self::kept_bytes).sum(),
                Self::Not(node) => node.kept_bytes(),
                Self::All => 0,
                Self::Has(key) => key.len(),
                Self::HasRoles(values) => texts(values),
                Self::In { key, values } => key.len() + texts(values),
                Self::Is { key, value } | Self::IsNot { key, value } => key.len() + value.len(),
                Self::Matches { key, text, pattern } => key.len() + text.len() + pattern.kept_bytes(),
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
    let mut cursor = Cursor::new(text, &ROLE_RULES);
    loop {
        cursor.take_while(|c| !matches!(c, '\'' | '"'));
        match cursor.quoted() {
            Ok(Some(role)) => roles.insert(role),
            Ok(None) | Err(_) => return roles,
        };
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    account: &'a mut Account,
    /// Patterns are made ready to run.
    compiles: bool,
}

impl Parser<'_> {
    /// Reads a keyword; a list may follow it without a space.
    fn keyword(&mut self, keyword: &str) -> bool {
        let key = self.cursor.peek_word();
        let found = key.split(['[', '{']).next().is_some_and(|first| first.eq_ignore_ascii_case(keyword));
        if found {
            self.cursor.rewind(self.cursor.position() + keyword.len());
        }
        found
    }

    fn any(&mut self, depth: usize) -> Parsed<Node> {
        let mut of = vec![self.every(depth)?];
        while self.keyword("or") {
            of.push(self.every(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Node::Any(of) })
    }

    fn every(&mut self, depth: usize) -> Parsed<Node> {
        let mut of = vec![self.single(depth)?];
        while self.keyword("and") {
            of.push(self.single(depth)?);
        }
        Ok(if of.len() == 1 { of.remove(0) } else { Node::Every(of) })
    }

    fn single(&mut self, depth: usize) -> Parsed<Node> {
        let begin = self.cursor.token_start();
        if depth > MAX_DEPTH {
            return self.cursor.fail("too many parentheses or `not`");
        }
        if self.cursor.symbol('(') {
            let inner = self.any(depth + 1)?;
            if self.cursor.symbol(')') {
                return Ok(inner);
            }
            return Cursor::fail_at(begin, "this `(` is not closed, or something unexpected stands inside");
        }
        if self.keyword("not") {
            return Ok(Node::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.keyword("all") {
            return Ok(Node::All);
        }
        if self.keyword("hasRoles") {
            return Ok(Node::HasRoles(self.strings("roles in quotes")?));
        }
        if self.keyword("has") {
            return Ok(Node::Has(self.key("expected the key of a property")?));
        }
        let word = self.cursor.peek_word();
        if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return self.cursor.fail(format!("`{word}` cannot stand here; expected the key of a property"));
        }
        let key = self.key("expected a condition such as `$Principal is 'name'`, `hasRoles [...]` or `all`")?;
        if self.keyword("is") || self.keyword("eq") {
            Ok(Node::Is { key, value: self.string("a value in quotes")? })
        } else if self.keyword("ne") {
            Ok(Node::IsNot { key, value: self.string("a value in quotes")? })
        } else if self.keyword("in") {
            Ok(Node::In { key, values: self.strings("values in quotes")? })
        } else if self.keyword("matches") {
            let position = self.cursor.token_start();
            let text = self.string("a regular expression in quotes")?;
            let source = if self.compiles { text.as_str() } else { "." };
            let pattern = Pattern::parse(source, false, self.account)
                .map_err(|error| SyntaxError::new(error.reason, position))?;
            Ok(Node::Matches { key, text, pattern })
        } else {
            self.cursor.fail("expected `is`, `eq`, `ne`, `in` or `matches`")
        }
    }

    fn key(&mut self, reason: &str) -> Parsed<String> {
        match self.cursor.word() {
            Some(key) => Ok(key.to_owned()),
            None => self.cursor.fail(reason),
        }
    }

    fn strings(&mut self, what: &str) -> Parsed<Vec<String>> {
        let close = if self.cursor.symbol('[') {
            Some(']')
        } else if self.cursor.symbol('{') {
            Some('}')
        } else {
            None
        };
        let mut out = vec![self.string(what)?];
        loop {
            if self.cursor.symbol(',') || self.cursor.is_quoted() {
                out.push(self.string(what)?);
            } else if close.is_none_or(|close| self.cursor.symbol(close)) {
                return Ok(out);
            } else {
                return self.cursor.fail("this list does not end with its bracket");
            }
        }
    }

    fn string(&mut self, what: &str) -> Parsed<String> {
        match self.cursor.quoted()? {
            Some(text) => Ok(text),
            None => self.cursor.fail(format!("expected {what}")),
        }
    }
}

#[cfg(test)]
mod tests;
