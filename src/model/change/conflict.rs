//! A change whose guard failed: mine, theirs and what both began with.

use super::changes::Proposal;
use super::{Change, Guard, Snapshot};
use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSelector, TopicSpec};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::remote::Remote;
use crate::wire::services::{Fetch, fetch};
use bytes::Bytes;
use std::sync::Arc;

/// What the user decided, for the feature that resolves the conflict.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// Send mine, only if theirs is still what was shown; with the whole value, if it is known.
    Send(Box<Proposal>, Option<Bytes>),
    /// Leave theirs and forget mine.
    TakeTheirs,
    /// Go on editing mine, against theirs.
    Edit {
        /// The value that was to be set.
        mine: Bytes,
        /// What is there now.
        theirs: Option<Bytes>,
        /// Type of both.
        data_type: DataType,
    },
}

/// Carries out what the user decided about the topic at the path.
pub type Resolve = fn(&mut Connected, &TopicPath, Resolution, &mut Effects);

/// The comparison of a conflict.
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
    resolve: Resolve,
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
    /// How the values are decoded, with the schema of the topic that is there now if it has the type of mine.
    #[must_use]
    pub fn spec(&self) -> TopicSpec {
        let theirs = self.theirs.ready().and_then(Option::as_ref).unwrap_or(&self.before);
        self.change.value_spec(theirs).unwrap_or_else(|| TopicSpec::new(DataType::Json.topic_type()))
    }
}

/// Opens the comparison and asks what is there now; `resolve` carries out what the user decides.
pub fn open(
    at: &mut Connected,
    change: Change,
    before: Snapshot,
    mine: Option<Bytes>,
    resolve: Resolve,
    fx: &mut Effects,
) {
    let mine = change.value_after().cloned().or(mine);
    at.conflict.sheet = Some(Sheet { change, before, mine, theirs: Remote::default(), resolve });
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
        let Some(path) = conflict.change.path().cloned() else { return };
        let theirs = conflict.theirs.ready().cloned().flatten().unwrap_or_default();
        let resolution = match intent {
            Intent::SendMine => {
                let mut change = conflict.change;
                change.set_guard(theirs.value.clone().map_or(Guard::NoValue, Guard::StillValue));
                Resolution::Send(Box::new(Proposal::new(change, theirs, fx.now)), conflict.mine)
            }
            Intent::TakeTheirs => Resolution::TakeTheirs,
            Intent::EditMine => {
                let data_type = DataType::of_topic_type(conflict.spec().topic_type).unwrap_or(DataType::Json);
                let Some(mine) = conflict.mine else { return };
                Resolution::Edit { mine, theirs: theirs.value, data_type }
            }
            Intent::Again | Intent::Close => return,
        };
        (conflict.resolve)(at, &path, resolution, fx);
    }
}
