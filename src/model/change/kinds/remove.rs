//! Removes every topic that a selector selects.

use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSpec, shown};
use crate::model::change::server_change::{CommandWords, Danger, Fact, Preview, ServerChange, Target, TouchedTopics};
use crate::model::change::{Add, AddAndSet, Change, ChangeOutcome, ChangeResult, Guard, PreparedCall, Snapshot};
use crate::model::number;
use crate::wire::Service as _;
use crate::wire::services::{TopicRemove, topic_remove};
use serde::{Deserialize, Serialize};

/// Remove every topic that a selector selects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remove {
    /// Selector expression.
    #[serde(rename = "target")]
    pub selector: String,
}

impl Remove {
    /// The removal of one topic.
    #[must_use]
    pub fn topic(path: &TopicPath) -> Self {
        Self { selector: format!(">{}", path.as_str()) }
    }

    /// The path, where it is the removal of one topic.
    fn path(&self) -> Option<TopicPath> {
        TopicPath::parse(self.selector.strip_prefix('>')?).ok()
    }

    fn removed(result: Option<&ChangeResult>) -> Option<String> {
        match result {
            Some(Ok(ChangeOutcome::Removed(count))) => Some(number::count_of((*count).into(), "topic", "topics")),
            _ => None,
        }
    }
}

impl ServerChange for Remove {
    const VERB: &'static str = "Remove";
    const PERMISSION: &'static str = "MODIFY_TOPIC";
    const DANGER: Danger = Danger::Many;
    const OUTCOME_WORD: &'static str = "removed";
    const SERVICES: &'static [u32] = &[TopicRemove::ID];

    fn target(&self) -> Target<'_> {
        Target::named("selector", &self.selector)
    }

    fn infinitive(&self) -> String {
        format!("remove “{}”", shown(&self.selector))
    }

    fn button(&self) -> String {
        format!("Remove {}", shown(&self.selector))
    }

    fn done_text(&self, outcome: &ChangeOutcome) -> String {
        match outcome {
            ChangeOutcome::Removed(1) => format!("Removed 1 topic: {}", shown(&self.selector)),
            ChangeOutcome::Removed(count) => format!("Removed {count} topics: {}", shown(&self.selector)),
            _ => format!("Removed {}", shown(&self.selector)),
        }
    }

    fn undo_text(&self) -> String {
        "Removes the topic that was created".into()
    }

    fn prepared(&self) -> PreparedCall {
        let request = topic_remove::Request { selector: self.selector.clone() };
        PreparedCall::new::<TopicRemove>(&request, |count| {
            Ok(ChangeOutcome::Removed(u32::try_from(count).unwrap_or(0)))
        })
    }

    /// Puts back one topic; of several nobody knows what they were.
    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        let ChangeOutcome::Removed(1) = outcome else { return None };
        let (path, spec) = (self.path()?, before.spec.as_deref()?.clone());
        Some(match &before.value {
            Some(value) if DataType::of_topic_type(spec.topic_type).is_some() => {
                AddAndSet { path, spec, value: value.clone(), guard: Guard::NoTopic }.into()
            }
            _ => Add { path, spec }.into(),
        })
    }

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        before.spec.as_deref().cloned()
    }

    fn preview(&self, before: &Snapshot, result: Option<&ChangeResult>) -> Preview {
        let mut facts = vec![Fact::value("Selector", &self.selector)];
        facts.extend(Self::removed(result).map(|count| Fact::words("Removed", count)));
        if before.value.is_some() {
            facts.push(Fact::value("Value before", before.value_text(before.spec.as_deref())));
        }
        Preview::Facts(facts)
    }

    fn after_text(&self, _before: &Snapshot, result: Option<&ChangeResult>) -> String {
        Self::removed(result).map_or_else(|| "—".to_owned(), |count| format!("{count} removed"))
    }

    fn touched_topics(&self) -> TouchedTopics<'_> {
        match self.selector.strip_prefix('>').filter(|path| TopicPath::parse(path).is_ok()) {
            Some(path) => TouchedTopics::At(path),
            None => TouchedTopics::Anywhere,
        }
    }

    fn command(&self) -> Option<CommandWords> {
        Some(CommandWords { verb: "remove", options: Vec::new(), arguments: vec![self.selector.clone()] })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        vec![
            (Self { selector: ">a/b".into() }, ChangeOutcome::Removed(1)),
            (Self { selector: "?a//".into() }, ChangeOutcome::Removed(7)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;
    use bytes::Bytes;
    use std::sync::Arc;

    #[test]
    fn one_removed_topic_comes_back_with_its_value() {
        let remove = Remove { selector: ">a/b".into() };
        let spec = Arc::new(TopicSpec::new(TopicType::Int64));
        let before = Snapshot { spec: Some(spec), value: Some(Bytes::from_static(&[7])) };
        let undo = remove.undo(&before, &ChangeOutcome::Removed(1));
        assert!(matches!(undo, Some(Change::AddAndSet(AddAndSet { guard: Guard::NoTopic, .. }))));
        assert_eq!(remove.undo(&before, &ChangeOutcome::Removed(2)), None);
    }
}
