//! What a kind of change has to say about itself, so that sheet, journal, notices, undo and command line need no other
//! knowledge of it.

use super::{Change, ChangeOutcome, ChangeResult, Guard, PreparedCall, Snapshot};
use crate::data::value::{self, DataType};
use crate::data::{TopicPath, TopicSpec, shown};
use crate::model::number;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt;

/// Characters of a value in a list.
const PREVIEW_CHARS: usize = 60;

/// A kind of change of the server.
///
/// The type itself is the change as the user asked for it; its serde form is the one in stored journals, which later
/// versions must still read; its fields keep clear of the names of [`super::journal::Entry`]. To add a kind, write its
/// file in `model/change/kinds`, and add its line to `changes!` there.
pub trait ServerChange: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned {
    /// The act in one or two words for lists: “Add and set”.
    const VERB: &'static str;

    /// The permissions that it needs at its target, as a sentence names them.
    const PERMISSION: &'static str;

    /// How much it can do.
    const DANGER: Danger;

    /// What was done, in one word, for programs that read the output of a command.
    const OUTCOME_WORD: &'static str;

    /// Ids of the services that do it. The gate lets a call that changes the server pass only as part of a change.
    const SERVICES: &'static [u32];

    /// What it concerns.
    fn target(&self) -> Target<'_>;

    /// The act in the infinitive, for “Cannot …”.
    fn infinitive(&self) -> String;

    /// The title of the sheet and of the entry in the journal.
    fn title(&self) -> String {
        format!("{} {}", Self::VERB, self.target())
    }

    /// The text of the button that sends it.
    fn button(&self) -> String {
        Self::VERB.to_owned()
    }

    /// The act when it is done.
    fn done_text(&self, outcome: &ChangeOutcome) -> String;

    /// What this change does where it undoes another one, shown before it is sent.
    fn undo_text(&self) -> String {
        self.infinitive()
    }

    /// [`Self::OUTCOME_WORD`], unless the outcome was another one.
    fn outcome_word(&self, _outcome: &ChangeOutcome) -> &'static str {
        Self::OUTCOME_WORD
    }

    /// The call that does it; the window and the command line send the same one.
    fn prepared(&self) -> PreparedCall;

    /// The change that puts back what was there; none where that is not possible or not known. It carries a guard of
    /// its own where the protocol has one, so that it does not undo somebody else's work.
    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change>;

    /// What must still be true when it arrives; none for kinds without a guard.
    fn guard(&self) -> Option<&Guard> {
        None
    }

    /// Gives it another guard; kinds without a guard stay as they are.
    fn set_guard(&mut self, _guard: Guard) {}

    /// The value at the target afterwards, if it is known beforehand.
    fn value_after(&self) -> Option<&Bytes> {
        None
    }

    /// Bytes of its own content that may be large: values, texts.
    fn content_bytes(&self) -> usize {
        self.value_after().map_or(0, Bytes::len)
    }

    /// How the values before and after are decoded; none where that is not known.
    fn value_spec(&self, _before: &Snapshot) -> Option<TopicSpec> {
        None
    }

    /// Its content, for the sheet and the journal; `result` is there once it is answered.
    fn preview(&self, before: &Snapshot, result: Option<&ChangeResult>) -> Preview;

    /// What is at the target afterwards, in one line for lists.
    fn after_text(&self, before: &Snapshot, result: Option<&ChangeResult>) -> String {
        self.preview(before, result).line()
    }

    /// A smaller change that does the same, which the sheet offers; none if there is none.
    fn smaller(&self, _before: &Snapshot) -> Option<Change> {
        None
    }

    /// Which part of the topic tree may look different afterwards.
    fn touched_topics(&self) -> TouchedTopics<'_> {
        TouchedTopics::None
    }

    /// The command that does the same; none where no command does.
    fn command(&self) -> Option<CommandWords> {
        None
    }

    /// Changes of this kind for the tests that walk the list, with one outcome that each can have.
    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)>;
}

/// What a change concerns: one topic, or anything else that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The sort of target in one word, also the key in machine-readable output: `path`, `selector`.
    pub sort: &'static str,
    /// Its name as the server knows it.
    pub text: &'a str,
    /// The topic path, where it is exactly one topic.
    pub path: Option<&'a TopicPath>,
}

impl<'a> Target<'a> {
    /// One topic.
    #[must_use]
    pub fn topic(path: &'a TopicPath) -> Self {
        Self { sort: "path", text: path.as_str(), path: Some(path) }
    }

    /// Something else of this sort.
    #[must_use]
    pub const fn named(sort: &'static str, text: &'a str) -> Self {
        Self { sort, text, path: None }
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(self.text).fmt(f)
    }
}

/// How much a change can do, and so whether [`crate::model::safety::Mode::Free`] sends it without showing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// It concerns one thing.
    One,
    /// It may concern many things, or takes away what cannot be put back: it is shown first in every mode.
    Many,
}

/// The part of the topic tree that a change may have altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchedTopics<'a> {
    /// None.
    None,
    /// The topic at this path came or went.
    At(&'a str),
    /// Topics anywhere.
    Anywhere,
}

/// The content of a change, as the sheet and the journal draw it.
#[derive(Clone, Debug, PartialEq)]
pub enum Preview {
    /// A value and the one before.
    Value {
        /// How both are decoded.
        spec: TopicSpec,
        /// The value before; none if there was none or it is not known.
        old: Option<Bytes>,
        /// The value afterwards.
        new: Bytes,
    },
    /// A topic specification.
    Spec(TopicSpec),
    /// Text as it is sent.
    Text(String),
    /// Named facts.
    Facts(Vec<Fact>),
}

impl Preview {
    /// The content in one line, for lists.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Value { spec, new, .. } => value::preview(spec, new, PREVIEW_CHARS),
            Self::Spec(spec) => spec.topic_type.name().to_owned(),
            Self::Text(text) => number::middle_cut(text, PREVIEW_CHARS),
            Self::Facts(_) => String::new(),
        }
    }
}

/// One named fact of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub name: Cow<'static, str>,
    /// The fact.
    pub text: String,
    /// Whether the text is a value, which is drawn with fixed width.
    pub is_value: bool,
}

impl Fact {
    /// A fact in words.
    pub fn words(name: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), is_value: false }
    }

    /// A value.
    pub fn value(name: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), is_value: true }
    }
}

/// A command of the command line without its server: verb, options, and the arguments that are no options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandWords {
    /// The name of the command.
    pub verb: &'static str,
    /// Options as `--name=value`.
    pub options: Vec<String>,
    /// The arguments after the options.
    pub arguments: Vec<String>,
}

/// The specification that values of this type are decoded with: the topic's own, which has the schema of records, or a
/// plain one.
pub(super) fn spec_of_values(data_type: DataType, before: &Snapshot) -> TopicSpec {
    let own = before.spec.as_deref().filter(|spec| spec.topic_type == data_type.topic_type());
    own.cloned().unwrap_or_else(|| TopicSpec::new(data_type.topic_type()))
}

impl Snapshot {
    /// The value in one line, decoded with this specification; a dash where there is none.
    #[must_use]
    pub fn value_text(&self, spec: Option<&TopicSpec>) -> String {
        match (&self.value, spec) {
            (Some(value), Some(spec)) => value::preview(spec, value, PREVIEW_CHARS),
            _ => "—".to_owned(),
        }
    }
}
