//! Applies an RFC 6902 patch to the value of a JSON topic.

use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSpec};
use crate::model::change::server_change::{CommandWords, Danger, Preview, ServerChange, Target, spec_of_values};
use crate::model::change::{
    Change, ChangeError, ChangeOutcome, ChangeResult, Guard, PreparedCall, Set, Snapshot, stored_form,
};
use crate::wire::Service as _;
use crate::wire::services::{JsonPatch, json_patch};
use serde::{Deserialize, Serialize};

/// Apply an RFC 6902 patch to a JSON value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Where.
    #[serde(rename = "target", with = "stored_form::path")]
    pub path: TopicPath,
    /// The patch as JSON text.
    pub patch: String,
    /// What must still be true.
    pub guard: Guard,
}

impl ServerChange for Patch {
    const VERB: &'static str = "Patch";
    const PERMISSION: &'static str = "UPDATE_TOPIC";
    const DANGER: Danger = Danger::One;
    const OUTCOME_WORD: &'static str = "set";
    const SERVICES: &'static [u32] = &[JsonPatch::ID];

    fn target(&self) -> Target<'_> {
        Target::topic(&self.path)
    }

    fn infinitive(&self) -> String {
        format!("patch “{}”", self.path)
    }

    fn button(&self) -> String {
        "Send patch".into()
    }

    fn done_text(&self, _outcome: &ChangeOutcome) -> String {
        format!("Patched {}", self.path)
    }

    fn prepared(&self) -> PreparedCall {
        let request = json_patch::Request {
            path: self.path.as_str().to_owned(),
            patch: self.patch.clone(),
            constraint: self.guard.constraint(),
        };
        PreparedCall::new::<JsonPatch>(&request, |failed_operation| match u32::try_from(failed_operation) {
            Ok(index) => Err(ChangeError::Operation { index }),
            Err(_) => Ok(ChangeOutcome::Done),
        })
    }

    /// Puts the former whole value back; what the patched value became is not known here.
    fn undo(&self, before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        let ChangeOutcome::Done = outcome else { return None };
        let (path, value) = (self.path.clone(), before.value.clone()?);
        Some(Set { path, data_type: DataType::Json, value, guard: Guard::None }.into())
    }

    fn guard(&self) -> Option<&Guard> {
        Some(&self.guard)
    }

    fn set_guard(&mut self, guard: Guard) {
        self.guard = guard;
    }

    fn content_bytes(&self) -> usize {
        self.patch.len()
    }

    fn value_spec(&self, before: &Snapshot) -> Option<TopicSpec> {
        Some(spec_of_values(DataType::Json, before))
    }

    fn preview(&self, _before: &Snapshot, _result: Option<&ChangeResult>) -> Preview {
        Preview::Text(self.patch.clone())
    }

    fn command(&self) -> Option<CommandWords> {
        let mut options = vec!["--patch".to_owned()];
        options.extend(self.guard.options(DataType::Json)?);
        Some(CommandWords { verb: "set", options, arguments: vec![self.path.as_str().to_owned(), self.patch.clone()] })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        let path = TopicPath::parse("a/b").expect("valid");
        let patch = r#"[{"op":"remove","path":"/a"}]"#.to_owned();
        vec![(Self { path, patch, guard: Guard::None }, ChangeOutcome::Done)]
    }
}
