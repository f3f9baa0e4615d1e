//! What became of an act on sessions: counts, and a line for each session.

use crate::client::api::CallError;
use crate::data::{ErrorCode, SessionId};
use crate::model::change::{ChangeError, stored_form};
use crate::model::number::grouped;
use crate::wire::services::session_listing::PropertyList;
use serde::{Deserialize, Serialize};

/// Sessions that have a line at most; further ones are counted only.
pub const MAX_LINES: usize = 10_000;
/// Characters of the server's own words that a line keeps.
const MAX_WORDS: usize = 300;

/// What became of an act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Sessions that were meant.
    pub asked: u64,
    /// Sessions to which it was done.
    pub done: u64,
    /// Sessions that had ended before.
    pub gone: u64,
    /// Sessions for which the server refused it.
    pub refused: u64,
    /// Sessions of which nobody knows, because no answer came.
    pub unknown: u64,
    /// The sessions that were asked for, in the order of the answers; none where a filter chose them on arrival.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
}

/// What became of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    #[serde(with = "stored_form::session_id")]
    pub session: SessionId,
    /// Its principal; empty for anonymous.
    #[serde(default)]
    pub principal: String,
    /// What became of it.
    pub outcome: LineOutcome,
    /// Microseconds from sending to the answer.
    #[serde(default)]
    pub micros: u64,
}

/// What became of an act for one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineOutcome {
    /// Done.
    Done(Done),
    /// The session had ended before.
    Gone,
    /// The server refused it.
    Refused {
        /// The server's code; 0 where it was refused in this program.
        code: i32,
        /// Its words.
        why: String,
    },
    /// No answer came; it may have been done.
    Unknown,
}

/// What the server tells of a session to which it was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// Former values of properties that were changed or removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub previous: PropertyList,
    /// Keys of properties that are new.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
}

impl LineOutcome {
    /// What a failed call means for its session; none if it was not sent, so that nothing became of it.
    #[must_use]
    pub fn of_error(error: &ChangeError) -> Option<Self> {
        let ChangeError::Call(error) = error else { return Some(Self::Unknown) };
        Some(match error {
            CallError::Service { code: ErrorCode::NO_SUCH_SESSION, .. } => Self::Gone,
            CallError::Service { code, description } => {
                Self::Refused { code: code.0, why: description.chars().take(MAX_WORDS).collect() }
            }
            CallError::TimedOut { .. } | CallError::LinkLost(_) | CallError::BadAnswer(_) => Self::Unknown,
            CallError::NotConnected | CallError::Busy | CallError::Cancelled | CallError::ReadOnly => return None,
            CallError::NotAtVersion(_) | CallError::Paging(_) | CallError::TooLarge { .. } => {
                Self::Refused { code: 0, why: error.to_string() }
            }
        })
    }

    /// In one word, for lists and programs; `done` is the word of the act.
    #[must_use]
    pub const fn word(&self, done: &'static str) -> &'static str {
        match self {
            Self::Done(_) => done,
            Self::Gone => "gone",
            Self::Refused { .. } => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl Report {
    /// Of one session to which it was done.
    #[must_use]
    pub fn of_one(session: SessionId, principal: String, done: Done) -> Self {
        let line = Line { session, principal, outcome: LineOutcome::Done(done), micros: 0 };
        Self { asked: 1, done: 1, lines: vec![line], ..Self::default() }
    }

    /// Takes in a line.
    pub fn add(&mut self, line: Line) {
        *self.count_of(&line.outcome) += 1;
        if self.lines.len() < MAX_LINES {
            self.lines.push(line);
        }
    }

    /// An event tells what became of a session of which no answer came. True if it was one.
    pub fn settle(&mut self, session: SessionId) -> bool {
        let unknown = |line: &&mut Line| line.session == session && line.outcome == LineOutcome::Unknown;
        let Some(line) = self.lines.iter_mut().find(unknown) else { return false };
        line.outcome = LineOutcome::Done(Done::default());
        self.unknown -= 1;
        self.done += 1;
        true
    }

    const fn count_of(&mut self, outcome: &LineOutcome) -> &mut u64 {
        match outcome {
            LineOutcome::Done(_) => &mut self.done,
            LineOutcome::Gone => &mut self.gone,
            LineOutcome::Refused { .. } => &mut self.refused,
            LineOutcome::Unknown => &mut self.unknown,
        }
    }

    /// Sessions that were not asked for, because it was stopped.
    #[must_use]
    pub const fn not_asked(&self) -> u64 {
        self.asked.saturating_sub(self.done + self.gone + self.refused + self.unknown)
    }

    /// Whether every session is as it was wanted, or gone.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.refused == 0 && self.unknown == 0 && self.not_asked() == 0
    }

    /// The counts in words: “11 closed · 1 had gone · 2 refused”.
    #[must_use]
    pub fn words(&self, done: &str) -> String {
        let mut words = vec![format!("{} {done}", grouped(self.done))];
        for (count, what) in [
            (self.gone, "had gone"),
            (self.refused, "refused"),
            (self.unknown, "not known"),
            (self.not_asked(), "not asked"),
        ] {
            if count > 0 {
                words.push(format!("{} {what}", grouped(count)));
            }
        }
        words.join(" · ")
    }

    /// The same without lines, where values are not to be kept.
    #[must_use]
    pub fn counts(&self) -> Self {
        Self { lines: Vec::new(), ..self.clone() }
    }

    /// Bytes of its texts.
    pub(in crate::model) fn size_bytes(&self) -> usize {
        self.lines.iter().map(|line| size_of::<Line>() + line.principal.len()).sum()
    }
}
