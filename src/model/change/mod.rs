//! One change of the server that a user can ask for: what it is, its guard, what came of it and how it is taken back.

pub mod changes;
pub mod conflict;
pub mod journal;
pub mod new_topic;
pub mod remove_topics;

use crate::client::api::CallError;
use crate::data::value::{self, DataType};
use crate::data::{ErrorCode, TopicPath, TopicSpec};
use crate::wire::services::shared::{AddOutcome, Comparison, Constraint};
use bytes::Bytes;
use std::sync::Arc;

/// What must still be true when a change arrives at the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Guard {
    /// Nothing.
    #[default]
    None,
    /// The topic still has this value, byte for byte.
    StillValue(Bytes),
    /// The topic exists and has no value.
    NoValue,
    /// There is no topic at the path.
    NoTopic,
    /// Anything else that the protocol can say.
    Other(Constraint),
}

impl Guard {
    /// The update constraint that says so.
    #[must_use]
    pub fn constraint(&self) -> Constraint {
        match self {
            Self::None => Constraint::Unconstrained,
            Self::StillValue(bytes) => Constraint::Value(Comparison::is(bytes.clone())),
            Self::NoValue => Constraint::NoValue,
            Self::NoTopic => Constraint::NoTopic,
            Self::Other(constraint) => constraint.clone(),
        }
    }

    /// What the guard says, for a sheet or the journal.
    #[must_use]
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::None => "no guard",
            Self::StillValue(_) => "only if the value is still the one I saw",
            Self::NoValue => "only if the topic has no value",
            Self::NoTopic => "only if there is no topic",
            Self::Other(_) => "only if a condition holds",
        }
    }
}

/// A change of the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Set a value.
    Set {
        /// Where.
        path: TopicPath,
        /// Type of the value.
        data_type: DataType,
        /// Value bytes.
        value: Bytes,
        /// What must still be true.
        guard: Guard,
    },
    /// Apply an RFC 6902 patch to a JSON value.
    Patch {
        /// Where.
        path: TopicPath,
        /// The patch as JSON text.
        patch: String,
        /// What must still be true.
        guard: Guard,
    },
    /// Create a topic.
    Add {
        /// Where.
        path: TopicPath,
        /// Its specification.
        spec: TopicSpec,
    },
    /// Create a topic if it is absent, and set its value.
    AddAndSet {
        /// Where.
        path: TopicPath,
        /// Its specification.
        spec: TopicSpec,
        /// Value bytes.
        value: Bytes,
        /// What must still be true.
        guard: Guard,
    },
    /// Remove every topic that a selector selects.
    Remove {
        /// Selector expression.
        selector: String,
    },
    /// Append an event to a time series.
    Append {
        /// Where.
        path: TopicPath,
        /// Type of the event's value.
        event_type: DataType,
        /// Value bytes.
        value: Bytes,
        /// Its time in milliseconds since 1970; the server's clock if none.
        timestamp_millis: Option<i64>,
    },
    /// Give an event of a time series another value; the original stays.
    EditEvent {
        /// Where.
        path: TopicPath,
        /// Type of the event's value.
        event_type: DataType,
        /// Sequence of the original event.
        sequence: i64,
        /// Value bytes.
        value: Bytes,
    },
    /// Set values again and again through an update stream.
    Stream {
        /// Where.
        path: TopicPath,
        /// Type of the values.
        data_type: DataType,
        /// What is sent, in words.
        what: String,
        /// What must be true when the stream is made.
        guard: Guard,
    },
}

/// What is at a topic path at one moment, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The specification; none if there was no topic or it is not known.
    pub spec: Option<Arc<TopicSpec>>,
    /// The value; none if there was none or it is not known.
    pub value: Option<Bytes>,
}

/// What the server says of a change that it has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// The value is set, or the patch applied.
    Set,
    /// The topic was created, or an equal one was there.
    Added(AddOutcome),
    /// So many topics were removed.
    Removed(u32),
    /// The event is in the series.
    Appended {
        /// Its sequence.
        sequence: i64,
        /// Its time in milliseconds since 1970.
        timestamp_millis: i64,
        /// Its author; empty for an anonymous session.
        author: String,
    },
    /// The stream has come to its end.
    Streamed {
        /// Values that the server has set.
        set: u64,
        /// Updates that were due but left out.
        skipped: u64,
        /// The last value.
        last: Option<Bytes>,
    },
}

/// What became of a change.
pub type ChangeResult = Result<ChangeOutcome, ChangeError>;

/// Why a change was not done.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeError {
    /// The call failed.
    Call(CallError),
    /// An operation of the patch failed; nothing was changed.
    Operation {
        /// Counted from 0.
        index: u32,
    },
    /// A stream failed after it had set something.
    Stream {
        /// Values that the server has set.
        set: u64,
        /// What ended it.
        error: CallError,
    },
}

impl ChangeError {
    /// Whether the guard was not met: somebody else was faster.
    #[must_use]
    pub fn is_guard(&self) -> bool {
        matches!(self, Self::Call(CallError::Service { code, .. }) if *code == ErrorCode::UNSATISFIED_CONSTRAINT)
    }
}

impl Change {
    /// The one topic it concerns; none for a selector.
    #[must_use]
    pub const fn path(&self) -> Option<&TopicPath> {
        match self {
            Self::Set { path, .. }
            | Self::Patch { path, .. }
            | Self::Add { path, .. }
            | Self::AddAndSet { path, .. }
            | Self::Append { path, .. }
            | Self::EditEvent { path, .. }
            | Self::Stream { path, .. } => Some(path),
            Self::Remove { .. } => None,
        }
    }

    /// The value bytes that it carries; none for a patch, a topic without a value and a removal.
    #[must_use]
    pub const fn value(&self) -> Option<&Bytes> {
        match self {
            Self::Set { value, .. }
            | Self::AddAndSet { value, .. }
            | Self::Append { value, .. }
            | Self::EditEvent { value, .. } => Some(value),
            Self::Patch { .. } | Self::Add { .. } | Self::Remove { .. } | Self::Stream { .. } => None,
        }
    }

    /// Path or selector, for lists.
    #[must_use]
    pub fn target(&self) -> &str {
        match self {
            Self::Remove { selector } => selector,
            other => other.path().map_or("", TopicPath::as_str),
        }
    }

    /// The act as one word for lists.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Set { .. } => "Set",
            Self::Patch { .. } => "Patch",
            Self::Add { .. } => "Add",
            Self::AddAndSet { .. } => "Add and set",
            Self::Remove { .. } => "Remove",
            Self::Append { .. } => "Append",
            Self::EditEvent { .. } => "Edit event",
            Self::Stream { .. } => "Stream",
        }
    }

    /// The act in the infinitive, for “Cannot …”.
    #[must_use]
    pub fn infinitive(&self) -> String {
        let target = self.target();
        match self {
            Self::Set { .. } => format!("set “{target}”"),
            Self::Patch { .. } => format!("patch “{target}”"),
            Self::Add { .. } => format!("add “{target}”"),
            Self::AddAndSet { .. } => format!("add and set “{target}”"),
            Self::Remove { .. } => format!("remove “{target}”"),
            Self::Append { .. } => format!("append to “{target}”"),
            Self::EditEvent { sequence, .. } => format!("edit event {sequence} of “{target}”"),
            Self::Stream { .. } => format!("stream updates to “{target}”"),
        }
    }

    /// The permission that it needs, and the path where; of a removal what the selector matches.
    #[must_use]
    pub fn permission(&self) -> (&'static str, &str) {
        let permission = match self {
            Self::Set { .. } | Self::Patch { .. } | Self::Append { .. } | Self::Stream { .. } => "UPDATE_TOPIC",
            Self::Add { .. } | Self::Remove { .. } => "MODIFY_TOPIC",
            Self::AddAndSet { .. } => "MODIFY_TOPIC and UPDATE_TOPIC",
            Self::EditEvent { .. } => "EDIT_TIME_SERIES_EVENTS, or EDIT_OWN_TIME_SERIES_EVENTS for its own events,",
        };
        (permission, self.target())
    }

    /// What an undo by this change does, said before it is done.
    #[must_use]
    pub fn undo_text(&self) -> String {
        match self {
            Self::Set { data_type, value, .. } if data_type.is_unset(value) => {
                "Leaves the topic without a value".into()
            }
            Self::Set { data_type, value, .. } | Self::EditEvent { event_type: data_type, value, .. } => {
                let spec = TopicSpec::new(data_type.topic_type());
                format!("Puts back {}", crate::data::value::preview(&spec, value, 60))
            }
            Self::AddAndSet { .. } | Self::Add { .. } => "Creates the topic again".into(),
            Self::Remove { .. } => "Removes the topic that was created".into(),
            Self::Patch { .. } | Self::Append { .. } | Self::Stream { .. } => self.infinitive(),
        }
    }

    /// The act when it is done.
    #[must_use]
    pub fn done_text(&self, done: &ChangeOutcome) -> String {
        let target = self.target();
        match (self, done) {
            (_, ChangeOutcome::Removed(1)) => format!("Removed 1 topic: {target}"),
            (_, ChangeOutcome::Removed(count)) => format!("Removed {count} topics: {target}"),
            (_, ChangeOutcome::Added(AddOutcome::Exists)) => format!("An equal topic was there: {target}"),
            (Self::Patch { .. }, _) => format!("Patched {target}"),
            (Self::Add { .. } | Self::AddAndSet { .. }, _) => format!("Added {target}"),
            (Self::Append { .. }, ChangeOutcome::Appended { sequence, .. }) => {
                format!("Appended event {sequence} to {target}")
            }
            (Self::EditEvent { sequence, .. }, _) => format!("Edited event {sequence} of {target}"),
            (_, ChangeOutcome::Streamed { set: 1, .. }) => format!("Streamed 1 value to {target}"),
            (_, ChangeOutcome::Streamed { set, .. }) => format!("Streamed {set} values to {target}"),
            _ => format!("Set {target}"),
        }
    }

    /// The change that puts back what was there; none where that is not possible or not known.
    ///
    /// It carries a guard of its own where the protocol has one, so that it does not undo somebody else's work.
    #[must_use]
    pub fn undo(&self, before: &Snapshot, done: &ChangeOutcome) -> Option<Self> {
        match (self, done) {
            (Self::Set { path, data_type, value, .. }, ChangeOutcome::Set) => {
                let guard = Guard::StillValue(value.clone());
                let former = match &before.value {
                    Some(former) => former.clone(),
                    // Only these types can be without a value again.
                    None if data_type.can_be_unset() => Bytes::from_static(&[value::UNSET]),
                    None => return None,
                };
                let guard = if data_type.is_unset(value) { Guard::NoValue } else { guard };
                Some(Self::Set { path: path.clone(), data_type: *data_type, value: former, guard })
            }
            // What the patched value became is not known here; the former whole value is put back.
            (Self::Patch { path, .. }, ChangeOutcome::Set) => Some(Self::Set {
                path: path.clone(),
                data_type: DataType::Json,
                value: before.value.clone()?,
                guard: Guard::None,
            }),
            (Self::Add { path, .. } | Self::AddAndSet { path, .. }, ChangeOutcome::Added(AddOutcome::Created)) => {
                Some(Self::Remove { selector: format!(">{path}") })
            }
            (Self::AddAndSet { path, spec, value, .. }, ChangeOutcome::Added(AddOutcome::Exists)) => Some(Self::Set {
                path: path.clone(),
                data_type: DataType::of_topic_type(spec.topic_type)?,
                value: before.value.clone()?,
                guard: Guard::StillValue(value.clone()),
            }),
            (Self::Remove { selector }, ChangeOutcome::Removed(1)) => {
                let path = TopicPath::parse(selector.strip_prefix('>')?).ok()?;
                let spec = (**before.spec.as_ref()?).clone();
                Some(match &before.value {
                    Some(value) if DataType::of_topic_type(spec.topic_type).is_some() => {
                        Self::AddAndSet { path, spec, value: value.clone(), guard: Guard::NoTopic }
                    }
                    _ => Self::Add { path, spec },
                })
            }
            (Self::EditEvent { path, event_type, sequence, .. }, ChangeOutcome::Appended { .. }) => {
                Some(Self::EditEvent {
                    path: path.clone(),
                    event_type: *event_type,
                    sequence: *sequence,
                    value: before.value.clone()?,
                })
            }
            // Events of a time series stay; their topic's value before the stream is not known as a value.
            (Self::Stream { path, data_type, .. }, ChangeOutcome::Streamed { last: Some(last), .. })
                if before.spec.as_ref().is_some_and(|spec| spec.topic_type == data_type.topic_type()) =>
            {
                let (path, value) = (path.clone(), before.value.clone()?);
                Some(Self::Set { path, data_type: *data_type, value, guard: Guard::StillValue(last.clone()) })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;

    fn path() -> TopicPath {
        TopicPath::parse("a/b").expect("valid")
    }

    fn set(value: &'static [u8]) -> Change {
        let value = Bytes::from_static(value);
        Change::Set { path: path(), data_type: DataType::Int64, value, guard: Guard::None }
    }

    #[test]
    fn a_set_is_taken_back_only_while_its_value_stands() {
        let before = Snapshot { spec: None, value: Some(Bytes::from_static(&[1])) };
        let undo = set(&[2]).undo(&before, &ChangeOutcome::Set).expect("can be taken back");
        let Change::Set { value, guard, .. } = &undo else { panic!("{undo:?}") };
        assert_eq!((&value[..], guard), (&[1][..], &Guard::StillValue(Bytes::from_static(&[2]))));
        let unset =
            set(&[2]).undo(&Snapshot::default(), &ChangeOutcome::Set).expect("an integer can be without a value");
        assert!(matches!(unset, Change::Set { value, .. } if value[..] == [value::UNSET]));
        let back = set(&[value::UNSET]).undo(&before, &ChangeOutcome::Set).expect("can be taken back");
        assert!(matches!(back, Change::Set { guard: Guard::NoValue, .. }));
    }

    #[test]
    fn only_what_was_created_is_removed_again() {
        let add = Change::Add { path: path(), spec: TopicSpec::new(TopicType::Json) };
        assert_eq!(add.undo(&Snapshot::default(), &ChangeOutcome::Added(AddOutcome::Exists)), None);
        let undo = add.undo(&Snapshot::default(), &ChangeOutcome::Added(AddOutcome::Created));
        assert_eq!(undo, Some(Change::Remove { selector: ">a/b".into() }));
    }

    #[test]
    fn one_removed_topic_comes_back_with_its_value() {
        let remove = Change::Remove { selector: ">a/b".into() };
        let spec = Arc::new(TopicSpec::new(TopicType::Int64));
        let before = Snapshot { spec: Some(spec), value: Some(Bytes::from_static(&[7])) };
        let undo = remove.undo(&before, &ChangeOutcome::Removed(1));
        assert!(matches!(undo, Some(Change::AddAndSet { guard: Guard::NoTopic, .. })));
        assert_eq!(remove.undo(&before, &ChangeOutcome::Removed(2)), None);
    }
}
