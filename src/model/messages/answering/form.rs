//! The handler being made.

use super::handler::Scope;
use crate::data::TopicPath;
use crate::data::syntax::SyntaxError;
use crate::data::value::DataType;
use crate::model::topic::editor::Draft;
use serde::{Deserialize, Serialize};

/// Milliseconds after which an answer may be given at most; the session gives requests up after 60 s.
pub(super) const MOST_DELAY_MILLIS: u32 = 50_000;
/// Seconds that an answer by hand may take at most.
pub(super) const MOST_BY_HAND_SECS: u32 = 55;

/// How a handler answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The user answers each request.
    #[default]
    ByHand,
    /// The same value each time.
    Fixed,
    /// What was asked.
    Echo,
    /// A rejection with a text.
    Fail,
    /// Nothing at all.
    Never,
}

impl Kind {
    /// Each, in the order shown.
    pub const ALL: [Self; 5] = [Self::ByHand, Self::Fixed, Self::Echo, Self::Fail, Self::Never];

    /// The word on screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByHand => "By hand",
            Self::Fixed => "Fixed",
            Self::Echo => "Echo",
            Self::Fail => "Fail",
            Self::Never => "Never",
        }
    }
}

/// What a handler being made lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There is no path yet.
    NoPath,
    /// The path is none.
    Path(SyntaxError),
    /// The text is no value of the type.
    Value,
    /// There is no text to fail with.
    Text,
}

/// The handler being made.
#[derive(Clone, Debug)]
pub struct Form {
    /// Which requests it takes.
    pub scope: Scope,
    /// Message path as typed.
    pub path: String,
    /// How it answers.
    pub kind: Kind,
    /// The fixed answer.
    pub draft: Draft,
    /// The text to fail with.
    pub text: String,
    /// Milliseconds after which it answers.
    pub delay_millis: u32,
    /// By how many of them that may differ.
    pub jitter_millis: u32,
    /// Seconds that an answer by hand may take.
    pub by_hand_secs: u32,
    /// Keys of properties of the sender that are wanted, separated by commas.
    pub keys: String,
}

impl Form {
    pub(super) fn of(path: String, opened: u64) -> Self {
        Self {
            scope: Scope::Path,
            path,
            kind: Kind::ByHand,
            draft: Draft::blank(DataType::Json, opened),
            text: String::new(),
            delay_millis: 0,
            jitter_millis: 0,
            by_hand_secs: 30,
            keys: "$Principal".to_owned(),
        }
    }

    /// The path, if nothing is missing.
    ///
    /// # Errors
    /// The first thing that it lacks.
    pub fn checked(&self) -> Result<TopicPath, Lack> {
        if self.path.trim().is_empty() {
            return Err(Lack::NoPath);
        }
        let path = TopicPath::parse(self.path.trim()).map_err(Lack::Path)?;
        match self.kind {
            Kind::Fixed if self.draft.checked.is_err() => Err(Lack::Value),
            Kind::Fail if self.text.trim().is_empty() => Err(Lack::Text),
            _ => Ok(path),
        }
    }

    /// The keys of properties that are wanted.
    #[must_use]
    pub fn key_list(&self) -> Vec<String> {
        self.keys.split([',', ' ']).map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
    }
}
