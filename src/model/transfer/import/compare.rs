//! Comparing the rows of an import with the server: what is there is fetched in groups, without changing anything.

use super::{Form, Stage, State, awaited};
use crate::client::api::CallError;
use crate::data::file_format::branch_file::{self, FileTopic, Verdict, missing_events, verdict};
use crate::data::{TopicPath, TopicSelector, TopicSpec};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::{Fetch, fetch};
use hashbrown::HashMap;
use std::ops::Range;

/// Topics looked up in one call.
const LOOK_UP: usize = 100;

/// Asks which topics of the next rows are there.
pub(super) fn look_up(form: &mut Form, from: usize, fx: &mut Effects) {
    let to = form.rows.len().min(from + LOOK_UP);
    let paths = form.rows[from..to].iter().filter_map(|(row, _)| row.topic.as_ref().ok());
    let members: Vec<TopicSelector> = paths.map(|topic| TopicSelector::of_path(topic.path.as_str())).collect();
    if from == to {
        form.stage = Stage::Checked;
        return;
    }
    form.stage = Stage::Checking(from);
    if members.is_empty() {
        return look_up(form, to, fx);
    }
    let selector = TopicSelector::of_set(&members);
    let pages = Pages::of(fetch::Request::whole(selector.expression()), Bounds::HANDED_ON);
    ask_page(form, LookUp { rows: from..to, pages, there: HashMap::new() }, fx);
}

/// Rows that are looked up together.
struct LookUp {
    rows: Range<usize>,
    /// Large values come in more than one page.
    pages: Pages,
    /// The topics that are there.
    there: HashMap<TopicPath, FileTopic>,
}

fn ask_page(form: &mut Form, look_up: LookUp, fx: &mut Effects) {
    let request = look_up.pages.request().clone();
    form.request = fx.call_for::<Fetch, _>(&request, look_up, on_page);
}

fn on_page(at: &mut Connected, fx: &mut Effects, mut look_up: LookUp, reply: Reply<Fetch>) {
    let Some(form) = awaited(at, fx) else { return };
    let next = reply.and_then(|page| {
        let next = look_up.pages.take(&page).map_err(CallError::Paging)?;
        look_up.there.extend(topics_of(&page));
        Ok(next)
    });
    match next {
        Ok(Next::Ask) => ask_page(form, look_up, fx),
        Ok(Next::Complete | Next::Bound) => compare(form, look_up, fx),
        Err(error) => {
            form.failed = Some(error);
            form.stage = Stage::Editing;
        }
    }
}

fn compare(form: &mut Form, LookUp { rows, there, .. }: LookUp, fx: &mut Effects) {
    let to = rows.end;
    for (place, (row, state)) in form.rows.iter_mut().enumerate().take(to).skip(rows.start) {
        let Ok(topic) = &row.topic else { continue };
        let there = there.get(&topic.path);
        *state = State::Checked(verdict(topic, there));
        let missing = missing_events(topic, there);
        if !missing.is_empty() && !matches!(state, State::Checked(Verdict::OtherSpec(_))) {
            form.events.insert(place, missing.iter().rev().cloned().collect());
        }
    }
    look_up(form, to, fx);
}

fn topics_of(response: &fetch::Response) -> HashMap<TopicPath, FileTopic> {
    let topic = |topic: &fetch::FetchedTopic| {
        let path = TopicPath::parse(&topic.path).ok()?;
        let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
        Some((path.clone(), branch_file::topic(path, &spec, topic.value.as_ref())))
    };
    response.results.iter().filter_map(topic).collect()
}
