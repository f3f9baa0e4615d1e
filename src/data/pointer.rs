//! JSON pointers (RFC 6901).

use super::cost::{self, Account, Exhausted};
use super::value::json::Json;
use std::fmt;
use std::str::FromStr;

/// One step of a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// Text of digits that can be the place of an array's element; it may also be the key of a member.
    Index(u32),
    /// Any other text: the key of an object's member.
    Key(String),
}

/// Why text is no pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a JSON pointer is empty or starts with “/”")]
pub struct PointerError;

/// The way from a value to a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(Vec<Segment>);

impl Pointer {
    /// The pointer to the whole value.
    pub const ROOT: Self = Self(Vec::new());

    /// The steps from the root.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the whole value.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The pointer one step further, into an array. Places beyond 2147483647 are keys, as everywhere in pointers.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Segment::from_text(index.to_string()))
    }

    /// The pointer one step further, into an object. A key of digits stays a key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.step(Segment::Key(key.into()))
    }

    fn step(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// The pointer to what contains this; none for the whole value.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.to_vec()))
    }

    /// Whether this points to the same part as another, or to one inside of it.
    #[must_use]
    pub fn starts_with(&self, ancestor: &Self) -> bool {
        self.0.starts_with(&ancestor.0)
    }

    /// The same, charging for the members that are looked through.
    ///
    /// # Errors
    /// The account has less than that.
    pub fn find_within<'a>(&self, value: &'a Json, account: &mut Account) -> Result<Option<&'a Json>, Exhausted> {
        let mut found = value;
        for segment in &self.0 {
            let members = if let Json::Object(members) = found { members.len() } else { 0 };
            account.charge(cost::COMPARE + members as u64)?;
            match segment.find(found) {
                Some(inner) => found = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The part of a value this points to. An index also finds the member of an object with that text.
    #[must_use]
    pub fn find<'a>(&self, value: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(value, |value, segment| segment.find(value))
    }
}

impl Segment {
    fn find<'a>(&self, value: &'a Json) -> Option<&'a Json> {
        match (value, self) {
            (Json::Array(items), Self::Index(index)) => items.get(*index as usize),
            (Json::Object(_), Self::Index(index)) => value.member(&index.to_string()),
            (Json::Object(_), Self::Key(key)) => value.member(key),
            _ => None,
        }
    }

    fn from_text(text: String) -> Self {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        match text.parse::<u32>() {
            Ok(index) if digits && i32::try_from(index).is_ok() => Self::Index(index),
            _ => Self::Key(text),
        }
    }
}

impl FromIterator<Segment> for Pointer {
    fn from_iter<T: IntoIterator<Item = Segment>>(segments: T) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        let Some(rest) = text.strip_prefix('/') else {
            return if text.is_empty() { Ok(Self::ROOT) } else { Err(PointerError) };
        };
        Ok(rest.split('/').map(|segment| Segment::from_text(unescape(segment))).collect())
    }
}

/// One pass from the left, so that `~01` is `~1`; a `~` before anything else stands for itself.
fn unescape(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    let mut chars = segment.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = match (c, chars.peek()) {
            ('~', Some('0')) => Some('~'),
            ('~', Some('1')) => Some('/'),
            _ => None,
        };
        if escaped.is_some() {
            chars.next();
        }
        out.push(escaped.unwrap_or(c));
    }
    out
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| write!(f, "/{segment}"))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Key(key) => f.write_str(&key.replace('~', "~0").replace('/', "~1")),
        }
    }
}
