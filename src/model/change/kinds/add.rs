//! Creates a topic without a value.

use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{CommandWords, Danger, Preview, ServerChange, Target, TouchedTopics};
use crate::model::change::{Change, ChangeOutcome, ChangeResult, PreparedCall, Remove, Snapshot, stored_form};
use crate::model::copy_as::command::spec_options;
use crate::wire::Service as _;
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::{TopicAdd, topic_add};
use serde::{Deserialize, Serialize};

/// Create a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Add {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// Its specification.
    #[serde(with = "stored_form::spec")]
    pub spec: TopicSpec,
}

impl ServerChange for Add {
    const VERB: &'static str = "Add";
    const PERMISSION: &'static str = "MODIFY_TOPIC";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "created";
    const SERVICES: &'static [u32] = &[TopicAdd::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("add “{}”", self.path)
    }

    fn button(&self) -> String {
        "Create topic".into()
    }

    fn done_text(&self, outcome: &ChangeOutcome) -> String {
        added_text(&self.path, outcome)
    }

    fn undo_text(&self) -> String {
        "Creates the topic again".into()
    }

    fn outcome_word(&self, outcome: &ChangeOutcome) -> &'static str {
        if *outcome == ChangeOutcome::Added(AddOutcome::Exists) { "exists" } else { "created" }
    }

    fn prepared(&self) -> PreparedCall {
        let request = topic_add::Request { path: self.path.as_str().to_owned(), spec: self.spec.clone() };
        PreparedCall::new::<TopicAdd>(&request, |outcome| Ok(ChangeOutcome::Added(outcome)))
    }

    fn undo(&self, _before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        (*outcome == ChangeOutcome::Added(AddOutcome::Created)).then(|| Remove::topic(&self.path).into())
    }

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        before.spec.as_deref().cloned()
    }

    fn preview(&self, _before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        Preview::Spec(self.spec.clone())
    }

    fn touched_topics(&self) -> TouchedTopics<'_> {
        TouchedTopics::At(self.path.as_str())
    }

    fn command(&self) -> Option<CommandWords> {
        Some(CommandWords {
            verb: "add",
            options: spec_options(&self.spec),
            arguments: vec![self.path.as_str().to_owned()],
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let path = TopicPath::parse("a/b").expect("valid");
        let spec = TopicSpec::new(crate::data::TopicType::Json).with("CONFLATION", "off");
        vec![(Self { path, spec }, ChangeOutcome::Added(AddOutcome::Created))]
    }
}

/// The words when a topic was added, or an equal one was there.
pub(super) fn added_text(path: &TopicPath, outcome: &ChangeOutcome) -> String {
    match outcome {
        ChangeOutcome::Added(AddOutcome::Exists) => format!("An equal topic was there: {path}"),
        _ => format!("Added {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TopicType;

    #[test]
    fn only_what_was_created_is_removed_again() {
        let path = TopicPath::parse("a/b").expect("valid");
        let add = Add { path, spec: TopicSpec::new(TopicType::Json) };
        assert_eq!(add.undo(&Snapshot::default(), &ChangeOutcome::Added(AddOutcome::Exists)), None);
        let undo = add.undo(&Snapshot::default(), &ChangeOutcome::Added(AddOutcome::Created));
        assert_eq!(undo, Some(Remove { selector: ">a/b".into() }.into()));
    }
}
