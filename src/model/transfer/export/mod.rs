//! A branch of topics on its way to a file: fetched within bounds, looked at, then saved.

use crate::client::api::CallError;
use crate::data::file_format::branch_file::{self, FileEvent, FileTopic};
use crate::data::selector::Descendants;
use crate::data::{Timestamp, TopicPath, TopicSelector, TopicSpec, TopicType};
use crate::model::Connected;
use crate::model::effects::{Effect, Effects, Reply};
use crate::model::features::Feature;
use crate::model::remote::Remote;
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::range_query::{Event, EventPages, EventPagingError};
use crate::wire::services::{Fetch, RangeQuery, fetch};
use std::collections::VecDeque;

/// Topics that go to a file, and come from one, at most.
pub const MAX_TOPICS: usize = 20_000;
/// Bytes of such a file at most.
pub const MAX_BYTES: usize = 32 << 20;
/// What is fetched for one file: a value takes less room on the line than in the file.
const BOUNDS: Bounds = Bounds { topics: MAX_TOPICS as u64, bytes: MAX_BYTES as u64, pages: 10_000 };
/// Paths listed.
pub const LISTED: usize = 50;
/// Topics left out that are named; more are counted.
pub const LEFT_OUT: usize = 50;

/// Why something of a topic does not go to the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Its type is not known here; all of it is left out.
    UnknownType,
    /// It keeps no value; its specification goes to the file.
    NoValue,
    /// Its events could not be read; its specification goes to the file.
    Events(CallError),
    /// One of its events is larger than the server sends; its specification goes to the file.
    LargeEvent,
    /// Its events alone are more than a file may have; its specification goes to the file.
    ManyEvents,
}

/// What is gathered for the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// The topics as lines of the file, with the commas between them.
    body: String,
    /// Topics in it.
    pub topics: usize,
    /// Of each type how many, in the order of the types.
    pub by_type: Vec<(TopicType, u64)>,
    /// Events of time series in it.
    pub events: u64,
    /// The first paths.
    pub first: Vec<String>,
    /// What of which topic is not in it.
    pub left_out: Vec<(String, Why)>,
    /// How many topics something is left out of.
    pub left_out_count: u64,
    /// Whether there are more topics than a file may have.
    pub is_cut: bool,
}

impl Gathered {
    /// Bytes of the topics.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    fn leave_out(&mut self, path: &str, why: Why) {
        self.left_out_count += 1;
        if self.left_out.len() < LEFT_OUT {
            self.left_out.push((path.to_owned(), why));
        }
    }

    /// Adds a topic; false if it does not fit any more.
    fn add(&mut self, topic: &FileTopic) -> bool {
        let line = branch_file::line(topic);
        if self.topics >= MAX_TOPICS || self.body.len() + line.len() > MAX_BYTES - 4096 {
            self.is_cut = true;
            return false;
        }
        self.body.push_str(if self.topics == 0 { "\n" } else { ",\n" });
        self.body.push_str(&line);
        self.topics += 1;
        self.events += topic.events.len() as u64;
        let of = topic.spec.topic_type;
        match self.by_type.iter_mut().find(|(known, _)| *known == of) {
            Some((_, count)) => *count += 1,
            None => self.by_type.push((of, 1)),
        }
        if self.first.len() < LISTED {
            self.first.push(topic.path.as_str().to_owned());
        }
        true
    }
}

/// What an export is going through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The selector is typed.
    Asking,
    /// Topics are fetched, since then.
    Fetching(Timestamp),
    /// All is gathered and can be saved.
    Ready,
}

/// The open sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The selector as typed.
    pub selector: String,
    /// What it is going through.
    pub stage: Stage,
    /// What is gathered so far.
    pub gathered: Gathered,
    /// Why the server could not be asked to the end.
    pub failed: Option<CallError>,
    /// Topics fetched whose turn is yet to come.
    waiting: VecDeque<FileTopic>,
    /// The topic whose events are read.
    reading: Option<(FileTopic, EventPages)>,
    /// Where the fetch stands, and what comes when the topics waiting are done.
    pages: Pages,
    next: Next,
    /// The call under way, for a page of topics or of events.
    call: Remote<()>,
}

/// The export of one connection.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// The sheet on screen.
    pub sheet: Option<Sheet>,
}

impl Sheet {
    /// Why the selector cannot be used; none if it can.
    #[must_use]
    pub fn wrong(&self) -> Option<String> {
        let text = self.selector.trim();
        TopicSelector::parse(text).err().map(|error| error.located(text))
    }

    /// The topic whose events are read now.
    #[must_use]
    pub fn reading(&self) -> Option<&TopicPath> {
        self.reading.as_ref().map(|(topic, _)| &topic.path)
    }
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Ask about a branch; about everything if none is given.
    Open(Option<TopicPath>),
    /// The selector as typed.
    SetSelector(String),
    /// Fetch what the selector matches.
    Fetch,
    /// Give up fetching.
    Stop,
    /// Back to the selector.
    Edit,
    /// Ask where, then save what is gathered.
    Save,
    /// Close the sheet.
    Close,
}

impl Feature for Export {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        if let Intent::Open(path) = intent {
            let selector = path.map_or_else(
                || "?.*//".to_owned(),
                |path| TopicSelector::of_branch(path.as_str(), Descendants::MatchAndBelow).expression().to_owned(),
            );
            at.export.sheet = Some(Sheet {
                selector,
                stage: Stage::Asking,
                gathered: Gathered::default(),
                failed: None,
                waiting: VecDeque::new(),
                reading: None,
                pages: Pages::of(fetch::Request::whole(""), BOUNDS),
                next: Next::Complete,
                call: Remote::default(),
            });
            return;
        }
        let Some(export) = &mut at.export.sheet else { return };
        match intent {
            Intent::SetSelector(selector) => {
                export.selector = selector;
                export.failed = None;
            }
            Intent::Fetch if export.wrong().is_none() => {
                begin(export, fx);
                export.stage = Stage::Fetching(fx.now);
                export.pages = Pages::of(fetch::Request::whole(export.selector.trim()), BOUNDS);
                export.call.ask_page(&export.pages, (), on_page, fx);
            }
            Intent::Stop | Intent::Edit => {
                begin(export, fx);
                export.stage = Stage::Asking;
            }
            Intent::Save if export.stage == Stage::Ready => {
                let text = format!(
                    "{}{}{}",
                    branch_file::head(export.selector.trim()),
                    export.gathered.body,
                    branch_file::TAIL
                );
                fx.push(Effect::SaveFile { name: file_name(&export.selector), bytes: text.into() });
                at.export.sheet = None;
            }
            Intent::Close => {
                begin(export, fx);
                at.export.sheet = None;
            }
            // Only where they are possible.
            Intent::Open(_) | Intent::Fetch | Intent::Save => {}
        }
    }
}

/// A name for the file: the branch, as far as the selector has one.
fn file_name(selector: &str) -> String {
    let prefix = TopicSelector::parse(selector.trim()).map(|selector| selector.prefix().to_owned()).unwrap_or_default();
    match TopicPath::parse(&prefix) {
        Ok(path) => format!("{}.json", crate::model::file_name::safe(path.as_str(), 80)),
        Err(_) => "topics.json".to_owned(),
    }
}

/// Forgets what was gathered, and what is on its way.
fn begin(export: &mut Sheet, fx: &mut Effects) {
    export.call.cancel(fx);
    export.gathered = Gathered::default();
    export.failed = None;
    export.waiting.clear();
    export.reading = None;
}

fn on_page(at: &mut Connected, fx: &mut Effects, (): (), reply: Reply<Fetch>) {
    let Some(export) = at.export.sheet.as_mut().filter(|export| export.call.awaits(fx)) else { return };
    let Some((response, next)) = export.call.take_page(&mut export.pages, reply, fx) else {
        let error = export.call.error.take();
        return error.into_iter().for_each(|error| fail(export, error));
    };
    export.next = next;
    for topic in &response.results {
        let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
        match TopicPath::parse(&topic.path) {
            Ok(path) if spec.topic_type != TopicType::Unknown => {
                export.waiting.push_back(branch_file::topic(path, &spec, topic.value.as_ref()));
            }
            _ => export.gathered.leave_out(&topic.path, Why::UnknownType),
        }
    }
    go_on(export, fx);
}

fn fail(export: &mut Sheet, error: CallError) {
    export.stage = Stage::Asking;
    export.failed = Some(error);
}

/// Takes the topics that are fetched; the events of time series are asked for one series after the other.
fn go_on(export: &mut Sheet, fx: &mut Effects) {
    while let Some(mut topic) = export.waiting.pop_front() {
        if topic.spec.event_type().is_some() {
            topic.events.clear();
            let pages = EventPages::of(topic.path.as_str());
            export.reading = Some((topic, pages));
            return read(export, fx);
        }
        if !take(export, &topic) {
            return;
        }
    }
    if export.next == Next::Ask {
        return export.call.ask_page(&export.pages, (), on_page, fx);
    }
    export.gathered.is_cut |= export.next == Next::Bound;
    export.stage = Stage::Ready;
}

/// Adds a topic; false if the file is full, which ends the export.
fn take(export: &mut Sheet, topic: &FileTopic) -> bool {
    if !export.gathered.add(topic) {
        export.waiting.clear();
        export.stage = Stage::Ready;
        return false;
    }
    if topic.value.is_none() && topic.spec.topic_type != TopicType::TimeSeries {
        export.gathered.leave_out(topic.path.as_str(), Why::NoValue);
    }
    true
}

/// Asks for the next page of events, or ends the series.
fn read(export: &mut Sheet, fx: &mut Effects) {
    let Some((topic, pages)) = export.reading.take() else { return };
    match pages.request() {
        Some(request) => {
            let call = fx.call::<RangeQuery>(&request, on_events);
            export.call.begin(call, fx.now);
            export.reading = Some((topic, pages));
        }
        None => {
            if take(export, &topic) {
                go_on(export, fx);
            }
        }
    }
}

fn on_events(at: &mut Connected, fx: &mut Effects, reply: Reply<RangeQuery>) {
    let Some(export) = at.export.sheet.as_mut().filter(|export| export.call.awaits(fx)) else { return };
    export.call.loading = None;
    let Some((topic, pages)) = &mut export.reading else { return };
    let why = match reply {
        Ok(response) => match pages.take(&response) {
            Ok(events) => {
                topic.events.extend(events.into_iter().map(file_event));
                let held: usize = topic.events.iter().map(|event| event.value.len() + 40).sum();
                if held <= MAX_BYTES {
                    return read(export, fx);
                }
                Why::ManyEvents
            }
            Err(EventPagingError::TooLarge) => Why::LargeEvent,
            Err(EventPagingError::TooMany) => Why::ManyEvents,
        },
        Err(error @ CallError::Service { .. }) => Why::Events(error),
        // Not about this topic: there would be no answer for the others either.
        Err(error) => return fail(export, error),
    };
    let path = topic.path.as_str().to_owned();
    let Some((mut topic, _)) = export.reading.take() else { return };
    topic.events.clear();
    export.gathered.leave_out(&path, why);
    if take(export, &topic) {
        go_on(export, fx);
    }
}

/// An event as it stands in a file: its latest value, at the time and by the author of its original.
#[must_use]
pub fn file_event(event: Event) -> FileEvent {
    let original = event.of_original();
    FileEvent { at_millis: original.timestamp_millis, author: original.author.to_string(), value: event.value }
}

#[cfg(test)]
mod tests;
