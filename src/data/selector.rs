//! Topic selectors: parsing, canonical expression, prefix and matching.

use std::sync::Arc;

/// The kind of a selector expression, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorKind {
    /// `>`: exactly one path.
    Path,
    /// `?`: one regular expression for each part.
    SplitPath,
    /// `*`: one regular expression for the whole path.
    FullPath,
    /// `#`: what any member selects.
    Set,
}

/// What a pattern says about descendants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descendants {
    /// Only what matches.
    MatchOnly,
    /// `/`: only what lies below.
    Below,
    /// `//`: what matches and what lies below.
    MatchAndBelow,
}

/// Why a text is no selector, where, and what was perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SelectorError {
    /// What is wrong, as a sentence without full stop.
    pub reason: String,
    /// Byte position in the text as given.
    pub position: usize,
    /// A corrected selector, where one can be guessed.
    pub suggestion: Option<String>,
}

/// A parsed topic selector.
#[derive(Clone, Debug)]
pub struct TopicSelector {
    expression: Arc<str>,
}

impl TopicSelector {
    /// Parses a selector expression; a bare path is a path selector.
    ///
    /// # Errors
    /// The text is no selector; the error says where and why.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let _ = text;
        todo!()
    }

    /// The canonical expression, as it is sent.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The kind of expression.
    #[must_use]
    pub fn kind(&self) -> SelectorKind {
        todo!()
    }

    /// The longest literal path that every selected topic starts with; may be empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        todo!()
    }

    /// Whether the canonical path is selected.
    #[must_use]
    pub fn selects(&self, path: &str) -> bool {
        let _ = path;
        todo!()
    }

    /// The selector of exactly this path.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        Self { expression: format!(">{path}").into() }
    }

    /// A split-path selector for a literal path with a descendant qualifier; the empty path is the root.
    #[must_use]
    pub fn of_branch(path: &str, descendants: Descendants) -> Self {
        let _ = (path, descendants);
        todo!()
    }

    /// A set of selectors; one member stays as it is.
    #[must_use]
    pub fn of_set(members: &[Self]) -> Self {
        let _ = members;
        todo!()
    }
}
