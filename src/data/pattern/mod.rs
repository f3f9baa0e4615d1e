//! Regular expressions of selectors: Java's syntax translated and compiled, matched against whole texts.
//!
//! The protocol's contract is `java.util.regex`. Each atom is written out in a form that means the same in every
//! mode (`\w` becomes its ASCII set, `.` excludes Java's line terminators, a letter under `(?i)` becomes a set of
//! two), so that no flag of the engine below is relied upon. What cannot be translated is an error, never a
//! pattern that selects something else.

mod escape;
mod translate;

use super::syntax::{Parsed, SyntaxError};
use fancy_regex::{Regex, RegexBuilder};
use translate::Translator;

/// A pattern may be this long; a server compiles what strangers send.
const MAX_LEN: usize = 4096;
/// Steps back after which one match is given up as “does not match”.
const BACKTRACK_LIMIT: usize = 50_000;
/// Bytes of the compiled program.
const SIZE_LIMIT: usize = 4 << 20;

/// About what a compiled pattern takes in memory, as measured on many short ones.
const COMPILED_BYTES: usize = 4096;
/// About what each byte of its text adds.
const COMPILED_BYTES_A_BYTE: usize = 64;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    whole: Regex,
    below: Below,
}

/// How to decide whether a path lies below what the pattern matches.
#[derive(Clone, Debug)]
enum Below {
    /// One expression decides.
    Regex(Regex),
    /// The pattern looks at what follows it or refuses to step back: each ancestor is tried alone.
    EachAncestor,
}

impl Pattern {
    /// Translates and compiles; `full_path` prepares for [`Pattern::is_below`] too.
    pub(super) fn parse(text: &str, full_path: bool) -> Parsed<Self> {
        if text.is_empty() {
            return Err(SyntaxError::new("a regular expression cannot be empty", 0));
        }
        if text.len() > MAX_LEN {
            return Err(SyntaxError::new(format!("a regular expression has at most {MAX_LEN} bytes"), 0));
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

    /// Bytes that it takes in memory, about.
    pub(super) fn kept_bytes(&self) -> usize {
        let below = if matches!(self.below, Below::Regex(_)) { 2 } else { 1 };
        below * (COMPILED_BYTES + COMPILED_BYTES_A_BYTE * self.whole.as_str().len())
    }

    /// Whether the pattern matches the whole text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.whole.is_match(text).unwrap_or(false)
    }

    /// Whether the path lies below a path that the pattern matches as a whole.
    pub(super) fn is_below(&self, path: &str) -> bool {
        match &self.below {
            Below::Regex(regex) => regex.is_match(path).unwrap_or(false),
            Below::EachAncestor => {
                path.match_indices('/').any(|(at, _)| at + 1 < path.len() && self.is_match(&path[..at]))
            }
        }
    }
}

fn compile(expression: &str) -> Parsed<Regex> {
    RegexBuilder::new(expression)
        .backtrack_limit(BACKTRACK_LIMIT)
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|cause| SyntaxError::new(format!("unsupported regular expression: {cause}"), 0))
}
