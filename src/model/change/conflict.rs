//! A change whose guard failed: mine, theirs and what both began with.

use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSelector, TopicSpec};
use crate::model::Connected;
use crate::model::change::{Change, Guard, Snapshot};
use crate::model::changes::{self, Proposal};
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::inspector;
use crate::model::remote::Remote;
use crate::wire::services::{Fetch, fetch};
use bytes::Bytes;
use std::sync::Arc;

/// A conflict on screen.
#[derive(Debug)]
pub struct Sheet {
    /// The change that was not done.
    pub change: Change,
    /// What was known to be there when it was asked for.
    pub before: Snapshot,
    /// The whole value that was to be set; none if only its patch is known.
    pub mine: Option<Bytes>,
    /// What is there now; none if there is no topic.
    pub theirs: Remote<Option<Snapshot>>,
}

/// What the user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Send mine, only if theirs is still what is shown.
    SendMine,
    /// Leave theirs and forget mine.
    TakeTheirs,
    /// Go on editing mine, against theirs.
    EditMine,
    /// Look again what is there.
    Again,
    /// Close the comparison; the draft stays.
    Close,
}

/// The conflict of one connection.
#[derive(Debug, Default)]
pub struct Conflict {
    /// The comparison on screen.
    pub sheet: Option<Sheet>,
}

impl Sheet {
    /// Type of the values.
    #[must_use]
    pub const fn data_type(&self) -> DataType {
        match &self.change {
            Change::Set { data_type, .. } => *data_type,
            Change::Append { event_type, .. } | Change::EditEvent { event_type, .. } => *event_type,
            _ => DataType::Json,
        }
    }
}

/// Opens the comparison and asks what is there now.
pub fn open(at: &mut Connected, change: Change, before: Snapshot, mine: Option<Bytes>, fx: &mut Effects) {
    let mine = match &change {
        Change::Set { value, .. } | Change::AddAndSet { value, .. } => Some(value.clone()),
        _ => mine,
    };
    at.conflict.sheet = Some(Sheet { change, before, mine, theirs: Remote::default() });
    ask(at, fx);
}

fn ask(at: &mut Connected, fx: &mut Effects) {
    let Some(path) = at.conflict.sheet.as_ref().and_then(|c| c.change.path().cloned()) else { return };
    let selector = TopicSelector::of_path(path.as_str()).expression().to_owned();
    let request = fetch::Request { with_values: true, with_properties: true, ..fetch::Request::of(&selector) };
    let call = fx.call_for::<Fetch, TopicPath>(&request, path, on_fetch);
    if let Some(conflict) = &mut at.conflict.sheet {
        conflict.theirs.begin(call, fx.now);
    }
}

fn on_fetch(at: &mut Connected, fx: &mut Effects, path: TopicPath, reply: Reply<Fetch>) {
    let Some(conflict) = at.conflict.sheet.as_mut().filter(|c| c.change.path() == Some(&path)) else { return };
    let theirs = reply.map(|response| {
        let topic = response.results.first()?;
        let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
        Some(Snapshot { spec: Some(Arc::new(spec)), value: topic.value.clone() })
    });
    conflict.theirs.finish(theirs, fx);
}

impl Feature for Conflict {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        if intent == Intent::Again {
            return ask(at, fx);
        }
        let Some(conflict) = at.conflict.sheet.take() else { return };
        let theirs = conflict.theirs.ready().cloned().flatten();
        let value = theirs.as_ref().and_then(|theirs| theirs.value.clone());
        let Some(path) = conflict.change.path().cloned() else { return };
        match intent {
            Intent::SendMine => {
                let mut change = conflict.change;
                if let Change::Set { guard, .. } | Change::Patch { guard, .. } | Change::AddAndSet { guard, .. } =
                    &mut change
                {
                    *guard = value.clone().map_or(Guard::NoValue, Guard::StillValue);
                }
                let before = theirs.unwrap_or_default();
                at.editor.asked_again(&path, conflict.mine);
                changes::send(at, Proposal { change, before, seen_at: fx.now, undoes: None }, fx);
            }
            Intent::TakeTheirs => at.editor.forget(&path, fx.now),
            Intent::EditMine => {
                let Some(mine) = conflict.mine.as_ref() else { return };
                let data_type = match &conflict.change {
                    Change::Set { data_type, .. } => *data_type,
                    _ => DataType::Json,
                };
                at.editor.put(&path, mine, value, data_type, fx.now);
                at.handle(inspector::Intent::Select(Some(path)), fx);
            }
            Intent::Again | Intent::Close => {}
        }
    }
}
