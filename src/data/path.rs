//! Topic paths: canonical form, parts, order.

use super::display_text::{Shown, shown};
use super::syntax::{Parsed, SyntaxError};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A canonical topic path: one or more non-empty parts joined by `/`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TopicPath(Arc<str>);

/// Drops one leading and one trailing `/`.
#[must_use]
pub fn canonical(text: &str) -> &str {
    let text = text.strip_prefix('/').unwrap_or(text);
    text.strip_suffix('/').unwrap_or(text)
}

impl TopicPath {
    /// Canonicalises and checks.
    ///
    /// # Errors
    /// The text is empty or has an empty part.
    pub fn parse(text: &str) -> Parsed<Self> {
        let bare = canonical(text);
        if bare.is_empty() {
            return Err(SyntaxError::new("a topic path needs at least one part", 0));
        }
        let offset = usize::from(text.starts_with('/'));
        if bare.starts_with('/') || bare.ends_with('/') {
            return Err(empty_part(if bare.starts_with('/') { offset } else { offset + bare.len() }));
        }
        if let Some(at) = bare.find("//") {
            return Err(empty_part(offset + at + 1));
        }
        Ok(Self(bare.into()))
    }

    /// The path as people are shown it.
    #[must_use]
    pub fn shown(&self) -> Shown<'_> {
        shown(&self.0)
    }

    /// The exact path, for what is sent, stored, copied or looked up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts from the root on.
    #[must_use]
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path without its last part; none for a path of one part.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rfind('/').map(|at| Self(self.0[..at].into()))
    }
}

fn empty_part(position: usize) -> SyntaxError {
    SyntaxError::new("a topic path has no empty parts", position)
}

/// Part by part, so that a branch is one contiguous run (`a/b` before `a-b`).
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    a.split('/').cmp(b.split('/'))
}

impl Ord for TopicPath {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for TopicPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As people are shown it, see [`display_text`](super::display_text); the exact text is [`TopicPath::as_str`].
impl fmt::Display for TopicPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

impl fmt::Debug for TopicPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for TopicPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
