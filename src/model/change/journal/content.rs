//! What an entry of the journal knows of its change: the change itself, or words about one whose values are not kept.

use crate::data::{Sha256, TopicPath};
use crate::model::change::{Change, ChangeResult, Fact, Preview, Snapshot};
use crate::model::error_text::{self, ErrorText};
use crate::model::number;
use serde::{Deserialize, Serialize};

/// What an entry knows of its change.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The change as it was asked for.
    Change(Change),
    /// Words about it. It can be neither undone nor repeated.
    Summary(Box<Summary>),
}

/// Why the values of an entry are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotKept {
    /// They are too large.
    TooLarge,
    /// The user wants no values of servers of this environment on the disk.
    Environment,
    /// The memory for the journal is used up by later entries.
    Memory,
    /// There is a password in it.
    Secret,
}

impl NotKept {
    /// In one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooLarge => "Its values are too large to be kept",
            Self::Environment => "Values of servers of this environment are not kept",
            Self::Memory => "Its values were given up for those of later changes",
            Self::Secret => "The password is not kept",
        }
    }
}

/// Words about a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The act in one or two words.
    pub verb: String,
    /// The act with its target.
    pub title: String,
    /// The act in the infinitive.
    pub infinitive: String,
    /// What it concerned.
    pub target: String,
    /// Whether that is one topic path.
    #[serde(default)]
    pub is_path: bool,
    /// Names and texts of what is known of the content: sizes and hashes of values, and what is no value.
    #[serde(default)]
    pub facts: Vec<(String, String)>,
    /// Why there is no more.
    pub why: NotKept,
}

impl Summary {
    /// Of a change whose values are not kept. `hash` says whether they are hashed, which takes time.
    #[must_use]
    pub fn of(change: &Change, before: &Snapshot, why: NotKept, hash: bool) -> Self {
        let weighed = |bytes: &[u8]| {
            let size = number::size(bytes.len() as u64);
            if hash { format!("{size}, SHA-256 {}", Sha256::of(bytes)) } else { size }
        };
        let mut facts = Vec::new();
        match change.preview(before, None) {
            Preview::Value { new, .. } => facts.push(("Value".to_owned(), weighed(&new))),
            Preview::Spec(spec) => facts.push(("Type".to_owned(), spec.topic_type.name().to_owned())),
            Preview::Text(text) => facts.push(("Text".to_owned(), weighed(text.as_bytes()))),
            Preview::Facts(all) => {
                let words = all.into_iter().filter(|fact| !fact.is_value);
                facts.extend(words.map(|Fact { name, text, .. }| (name.into_owned(), text)));
            }
        }
        if let Some(value) = &before.value {
            facts.push(("Value before".to_owned(), weighed(value)));
        }
        let target = change.target();
        Self {
            verb: change.verb().to_owned(),
            title: change.title(),
            infinitive: change.infinitive(),
            target: target.text.to_owned(),
            is_path: target.path.is_some(),
            facts,
            why,
        }
    }
}

impl Content {
    /// The change; none if only words about it are kept.
    #[must_use]
    pub const fn change(&self) -> Option<&Change> {
        match self {
            Self::Change(change) => Some(change),
            Self::Summary(_) => None,
        }
    }

    /// Why it is not whole; none if it is.
    #[must_use]
    pub const fn not_kept(&self) -> Option<NotKept> {
        match self {
            Self::Change(_) => None,
            Self::Summary(summary) => Some(summary.why),
        }
    }

    /// The act in one or two words.
    #[must_use]
    pub fn verb(&self) -> &str {
        match self {
            Self::Change(change) => change.verb(),
            Self::Summary(summary) => &summary.verb,
        }
    }

    /// The act with its target.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Change(change) => change.title(),
            Self::Summary(summary) => summary.title.clone(),
        }
    }

    /// What it concerns, as the server knows it.
    #[must_use]
    pub fn target(&self) -> &str {
        match self {
            Self::Change(change) => change.target().text,
            Self::Summary(summary) => &summary.target,
        }
    }

    /// The topic path that it concerns; none where that is not exactly one.
    #[must_use]
    pub fn path(&self) -> Option<TopicPath> {
        match self {
            Self::Change(change) => change.path().cloned(),
            Self::Summary(summary) => summary.is_path.then(|| TopicPath::parse(&summary.target).ok()).flatten(),
        }
    }

    /// What is shown of it.
    #[must_use]
    pub fn preview(&self, before: &Snapshot, result: Option<&ChangeResult>) -> Preview {
        match self {
            Self::Change(change) => change.preview(before, result),
            Self::Summary(summary) => {
                let why = Fact::words("Not kept", summary.why.sentence());
                let facts = summary.facts.iter().map(|(name, text)| Fact::words(name.clone(), text.clone()));
                Preview::Facts(std::iter::once(why).chain(facts).collect())
            }
        }
    }

    /// Why the change was not done.
    #[must_use]
    pub fn refused(&self, error: &crate::model::change::ChangeError) -> ErrorText {
        match self {
            Self::Change(change) => error_text::change_refused(change, error),
            Self::Summary(summary) => error_text::change_failed(&summary.infinitive, error),
        }
    }
}

impl<C: Into<Change>> From<C> for Content {
    fn from(change: C) -> Self {
        Self::Change(change.into())
    }
}
