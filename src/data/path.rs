//! Topic paths: canonical form, parts, order.

use super::display_text::{Shown, shown};
use super::syntax::{Parsed, SyntaxError};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Bytes of a path. The protocol names no bound; every look at a path costs its length, and a topic's is sent with each
/// announcement.
pub const MAX_BYTES: usize = 16 << 10;
/// Parts of a path: some rules are asked for each ancestor.
pub const MAX_PARTS: usize = 512;

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
    /// The text is empty, has an empty part, or is longer or deeper than a path may be.
    pub fn parse(text: &str) -> Parsed<Self> {
        let bare = canonical(text);
        check_size(bare)?;
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

    /// The first possible path after this one and everything below it; no topic is there. It may be one byte longer than
    /// a path is.
    #[must_use]
    pub fn after_branch(&self) -> Self {
        Self([self.as_str(), "\0"].concat().into())
    }

    /// The path without its last part; none for a path of one part.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rfind('/').map(|at| Self(self.0[..at].into()))
    }
}

/// Checks length and depth of a path.
///
/// # Errors
/// It is longer than [`MAX_BYTES`] or has more than [`MAX_PARTS`] parts.
pub fn check_size(path: &str) -> Parsed {
    if path.len() > MAX_BYTES {
        return Err(SyntaxError::new(format!("a topic path has at most {MAX_BYTES} bytes"), 0));
    }
    match path.match_indices('/').nth(MAX_PARTS - 1) {
        Some((at, _)) => Err(SyntaxError::new(format!("a topic path has at most {MAX_PARTS} parts"), at)),
        None => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_bounded_in_bytes_and_parts() {
        let parts = |count: usize| vec!["x"; count].join("/");
        for (text, is_path) in [
            ("x".repeat(MAX_BYTES), true),
            (format!("/{}/", "x".repeat(MAX_BYTES)), true),
            ("x".repeat(MAX_BYTES + 1), false),
            (parts(MAX_PARTS), true),
            (parts(MAX_PARTS + 1), false),
        ] {
            assert_eq!(TopicPath::parse(&text).is_ok(), is_path, "{} bytes", text.len());
        }
        let error = TopicPath::parse(&parts(MAX_PARTS + 1)).unwrap_err();
        assert_eq!((error.position, error.reason.contains("512 parts")), (2 * MAX_PARTS - 1, true));
        let longest = TopicPath::parse(&"x".repeat(MAX_BYTES)).unwrap();
        assert!(longest.after_branch() > longest);
    }
}
