//! Copying on demand: what is not known of the topics is fetched first, for the clipboard or for the open sheet.

use super::{Form, Server, Task, Topic, text};
use crate::client::api::CallError;
use crate::data::{Timestamp, TopicPath, TopicSelector, TopicSpec};
use crate::model::Connected;
use crate::model::effects::{Effect, Effects, Reply};
use crate::model::features::Feature;
use crate::model::notices::{NewNotice, Tone};
use crate::model::remote::Remote;
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::{Fetch, fetch};

/// More topics than this are not copied at once; a file is made for them by “export”.
pub const MOST_TOPICS: usize = 1000;
/// What is fetched for them.
const BOUNDS: Bounds = Bounds { topics: MOST_TOPICS as u64, bytes: 256 << 20, pages: 1_000 };

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Put topics on the clipboard.
    Copy {
        /// As what.
        form: Form,
        /// To do what.
        task: Task,
        /// Which.
        paths: Vec<TopicPath>,
    },
    /// Show the sheet with all forms of topics.
    Open(Vec<TopicPath>),
    /// Close the sheet.
    Close,
}

/// The sheet that shows topics in each form.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The topics as they were when the sheet was opened.
    pub topics: Vec<Topic>,
    /// The fetch of what was not known.
    pub asked: Remote<()>,
    /// Names the opening; drawing caches by it.
    pub id: u64,
    /// Topics beyond [`MOST_TOPICS`].
    pub left_out: usize,
}

/// Copying of one connection.
#[derive(Clone, Debug, Default)]
pub struct CopyAs {
    /// The sheet on screen.
    pub sheet: Option<Sheet>,
}

/// Who waits for the answer.
#[derive(Clone, Copy)]
enum Then {
    Clipboard(Form, Task),
    Sheet,
}

impl Form {
    /// Whether more has to be known of a topic than is.
    fn lacks(self, task: Task, topic: &Topic) -> bool {
        let value = topic.spec.is_none() || topic.value.is_none();
        match (self, task) {
            (Self::Path | Self::Selector, _) | (Self::CommandLine, Task::Subscribe | Task::Fetch) => false,
            (Self::CommandLine | Self::Code(_), Task::Add) | (Self::Code(_), Task::Subscribe | Task::Fetch) => {
                topic.spec.is_none()
            }
            (Self::Value | Self::Json | Self::CsvRow(_), _) | (Self::CommandLine | Self::Code(_), Task::Set) => value,
        }
    }
}

impl Feature for CopyAs {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Copy { form, task, paths } => {
                let topics = known(at, &paths);
                if topics.iter().any(|topic| form.lacks(task, topic)) {
                    ask(at, topics, Then::Clipboard(form, task), fx);
                } else {
                    copy(at, form, task, &topics, fx);
                }
            }
            Intent::Open(paths) => {
                let topics = known(at, &paths);
                let id = fx.next_id().0;
                let lacking = topics.iter().any(|topic| topic.spec.is_none() || topic.value.is_none());
                let left_out = paths.len() - topics.len();
                at.copy_as.sheet = Some(Sheet { topics: topics.clone(), asked: Remote::default(), id, left_out });
                if lacking {
                    ask(at, topics, Then::Sheet, fx);
                }
            }
            Intent::Close => at.copy_as.sheet = None,
        }
    }
}

fn known(at: &Connected, paths: &[TopicPath]) -> Vec<Topic> {
    paths.iter().take(MOST_TOPICS).map(|path| Topic::known(at, path)).collect()
}

fn copy(at: &Connected, form: Form, task: Task, topics: &[Topic], fx: &mut Effects) {
    match text(form, task, &Server::of(&at.options), topics) {
        Ok(text) => fx.push(Effect::Copy(text)),
        Err(refusal) => fx.notice(NewNotice {
            details: refusal.0,
            ..NewNotice::new(Tone::Warn, format!("Nothing was copied as {}", form.word()))
        }),
    }
}

/// Fetches what is not known of the topics; those not found stay as they are.
fn ask(at: &mut Connected, topics: Vec<Topic>, then: Then, fx: &mut Effects) {
    let lacking = topics.iter().filter(|topic| topic.spec.is_none() || topic.value.is_none());
    let selectors: Vec<_> = lacking.map(|topic| TopicSelector::of_path(topic.path.as_str())).collect();
    let pages = Pages::of(fetch::Request::whole(TopicSelector::of_set(&selectors).expression()), BOUNDS);
    ask_page(at, topics, pages, then, fx);
}

fn ask_page(at: &mut Connected, topics: Vec<Topic>, pages: Pages, then: Then, fx: &mut Effects) {
    let request = pages.request().clone();
    let call = fx.call_for::<Fetch, _>(&request, (topics, pages, then), on_page);
    if let (Then::Sheet, Some(sheet)) = (then, &mut at.copy_as.sheet) {
        sheet.asked.go_on(call, fx.now);
    }
}

fn on_page(
    at: &mut Connected,
    fx: &mut Effects,
    (mut topics, mut pages, then): (Vec<Topic>, Pages, Then),
    reply: Reply<Fetch>,
) {
    // A sheet that was closed, or opened for other topics, waits for no page of this fetch.
    if matches!(then, Then::Sheet) && !at.copy_as.sheet.as_ref().is_some_and(|sheet| sheet.asked.awaits(fx)) {
        return;
    }
    let next = reply.and_then(|page| {
        let next = pages.take(&page).map_err(CallError::Paging)?;
        learn(&mut topics, &page, fx.now);
        Ok(next)
    });
    match next {
        Ok(Next::Ask) => ask_page(at, topics, pages, then, fx),
        // The selector names no more topics than fit into the bounds.
        Ok(Next::Complete | Next::Bound) => finish(at, topics, then, Ok(()), fx),
        Err(error) => finish(at, topics, then, Err(error), fx),
    }
}

fn learn(topics: &mut [Topic], response: &fetch::Response, now: Timestamp) {
    for found in &response.results {
        let Some(topic) = topics.iter_mut().find(|topic| topic.path.as_str() == found.path) else { continue };
        topic.spec = Some(TopicSpec { topic_type: found.topic_type, properties: response.properties_of(found) });
        if topic.value.is_none() && found.value.is_some() {
            topic.value.clone_from(&found.value);
            topic.received = Some(now);
        }
    }
}

fn finish(at: &mut Connected, topics: Vec<Topic>, then: Then, result: Result<(), CallError>, fx: &mut Effects) {
    match then {
        // What could not be fetched is what the refusal names.
        Then::Clipboard(form, task) => copy(at, form, task, &topics, fx),
        Then::Sheet => {
            if let Some(sheet) = &mut at.copy_as.sheet {
                sheet.topics = topics;
                sheet.asked.finish(result, fx);
            }
        }
    }
}
