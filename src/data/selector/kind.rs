//! The kinds of selectors, and what of a branch they select.

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

impl SelectorKind {
    /// The character an expression of this kind begins with.
    #[must_use]
    pub const fn first_char(self) -> char {
        match self {
            Self::Path => '>',
            Self::SplitPath => '?',
            Self::FullPath => '*',
            Self::Set => '#',
        }
    }
}

/// Whether a pattern selects what it matches, what lies below, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descendants {
    /// Only what matches.
    MatchOnly,
    /// `/`: only what lies below.
    Below,
    /// `//`: what matches and what lies below.
    MatchAndBelow,
}

impl Descendants {
    /// The end of an expression with this meaning.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::MatchOnly => "",
            Self::Below => "/",
            Self::MatchAndBelow => "//",
        }
    }

    pub(super) fn split(text: &str) -> (&str, Self) {
        if let Some(rest) = text.strip_suffix("//") {
            (rest, Self::MatchAndBelow)
        } else if let Some(rest) = text.strip_suffix('/') {
            (rest, Self::Below)
        } else {
            (text, Self::MatchOnly)
        }
    }
}
