//! Range queries of time series: a form and the latest answer for each topic, kept while the selection moves.

pub mod export;
pub mod form;

use crate::client::api::CallError;
use crate::data::value::DataType;
use crate::data::{TopicPath, TopicSpec};
use crate::model::Connected;
use crate::model::effects::{Effect, Effects, Reply};
use crate::model::features::Feature;
use crate::model::remote::Remote;
use crate::wire::services::RangeQuery;
pub use crate::wire::services::range_query::{Event, Metadata, PointType, QueryType, Request};
use crate::wire::services::range_query::{Range, Response};
use form::{Form, RangeForm};
use hashbrown::HashMap;

/// Topics whose forms are kept.
const MOST_TOPICS: usize = 20;
/// Bytes of answers that are kept; those of the topics not looked at for longest go first.
const MOST_BYTES: usize = 64 << 20;
/// What an event costs besides its value.
const EVENT_BYTES: usize = 96;

/// What a query found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Names the answer, by its call; drawing caches by it.
    pub serial: u64,
    /// What was asked.
    pub request: Request,
    /// The type of the events; none if the server named one that is not known here.
    pub data_type: Option<DataType>,
    /// In the order of the answer.
    pub events: Vec<Event>,
    /// Events that the query selects, before any limit.
    pub selected: u64,
    /// For each original with an edit among the events, the sequence of its latest edit.
    pub edited: HashMap<i64, i64>,
    /// About how much memory it takes.
    pub bytes: usize,
}

impl Found {
    fn of(serial: u64, request: Request, response: &Response) -> Self {
        let events = response.events();
        let mut edited: HashMap<i64, i64> = HashMap::new();
        for event in &events {
            if let Some(original) = &event.original {
                let latest = edited.entry(original.sequence).or_insert(event.metadata.sequence);
                *latest = (*latest).max(event.metadata.sequence);
            }
        }
        let bytes = events.iter().map(|event| event.value.len() + EVENT_BYTES).sum();
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        Self {
            serial,
            request,
            data_type: DataType::from_name(&response.data_type),
            selected: response.selected_count.max(count).unsigned_abs(),
            events,
            edited,
            bytes,
        }
    }

    /// Whether every event that the query selects is here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.selected <= self.events.len() as u64
    }

    /// The specification by which the events' values are read.
    #[must_use]
    pub fn event_spec(&self, topic: &TopicSpec) -> TopicSpec {
        let of = self.data_type.or_else(|| topic.event_type());
        TopicSpec {
            topic_type: of.map_or(crate::data::TopicType::Unknown, DataType::topic_type),
            properties: topic.properties.clone(),
        }
    }
}

/// The query of one topic.
#[derive(Clone, Debug)]
pub struct TopicQuery {
    /// The topic.
    pub path: TopicPath,
    /// Whether the query is shown instead of the live events.
    pub in_front: bool,
    /// The form.
    pub form: Form,
    /// The answer.
    pub result: Remote<Found>,
    /// What the call under way asked.
    asked: Option<Request>,
    /// What the call that failed last had asked.
    pub failed: Option<Request>,
}

impl TopicQuery {
    /// What is being asked now.
    #[must_use]
    pub const fn asking(&self) -> Option<&Request> {
        self.asked.as_ref()
    }
}

/// The queries of one connection.
#[derive(Debug, Default)]
pub struct RangeQueries {
    /// The one touched last comes last.
    topics: Vec<TopicQuery>,
}

/// What the user can do; all of it concerns the selected topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Show the query, or the live events.
    SetFront(bool),
    /// The form was edited.
    SetForm(Form),
    /// Ask.
    Run,
    /// Ask for the latest view, which needs no permission about edits.
    RunLatest,
    /// Give up waiting.
    Cancel,
    /// Ask where, then save the answer.
    Save(export::Format),
}

impl RangeQueries {
    /// The query of a topic; none if there was none.
    #[must_use]
    pub fn of(&self, path: &TopicPath) -> Option<&TopicQuery> {
        self.topics.iter().rev().find(|query| query.path == *path)
    }

    /// The query of a topic, as the one touched last.
    fn touch(&mut self, path: &TopicPath) -> &mut TopicQuery {
        let query = match self.topics.iter().position(|query| query.path == *path) {
            Some(at) => self.topics.remove(at),
            None => TopicQuery {
                path: path.clone(),
                in_front: false,
                form: Form::default(),
                result: Remote::default(),
                asked: None,
                failed: None,
            },
        };
        if self.topics.len() >= MOST_TOPICS {
            self.topics.remove(0);
        }
        self.topics.push(query);
        self.topics.last_mut().expect("one was just pushed")
    }

    /// Forgets answers until the rest is within bounds; the one touched last always stays.
    fn trim(&mut self) {
        let mut held = 0;
        for (back, query) in self.topics.iter_mut().rev().enumerate() {
            held += query.result.ready().map_or(0, |found| found.bytes);
            if back > 0 && held > MOST_BYTES {
                query.result.value = None;
            }
        }
    }
}

impl Feature for RangeQueries {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        let Some(path) = at.inspector.selected.clone() else { return };
        let query = at.range_query.touch(&path);
        match intent {
            Intent::SetFront(front) => query.in_front = front,
            Intent::SetForm(form) => query.form = form,
            Intent::Run => run(query, fx),
            Intent::RunLatest => {
                query.form.view = QueryType::Values;
                query.form.edit_range = RangeForm::default();
                run(query, fx);
            }
            Intent::Cancel => {
                if let Some((call, _)) = query.result.loading {
                    fx.cancel(call);
                }
            }
            Intent::Save(format) => {
                if let Some(found) = query.result.ready() {
                    let name = format!("{}.{}", crate::model::file_name::safe(path.as_str(), 80), format.ending());
                    fx.push(Effect::SaveFile { name, bytes: export::file(found, format).into() });
                }
            }
        }
    }
}

fn run(query: &mut TopicQuery, fx: &mut Effects) {
    let Some(request) = query.form.request(query.path.as_str()) else { return };
    query.result.cancel(fx);
    let call = fx.call_for::<RangeQuery, _>(&request, query.path.clone(), on_events);
    query.asked = Some(request);
    query.result.begin(call, fx.now);
}

fn on_events(at: &mut Connected, fx: &mut Effects, path: TopicPath, reply: Reply<RangeQuery>) {
    let Some(query) = at.range_query.topics.iter_mut().find(|query| query.path == path) else { return };
    let Some((call, _)) = query.result.loading.filter(|_| query.result.awaits(fx)) else { return };
    let Some(request) = query.asked.take() else { return };
    query.failed = reply.is_err().then(|| request.clone());
    let found = reply.map(|response| Found::of(call.0, request, &response));
    query.result.finish(found, fx);
    at.range_query.trim();
}

/// The permission without which a query is refused: the one about edits, if it asks for them.
#[must_use]
pub fn missing_permission(error: &CallError, request: &Request) -> Option<&'static str> {
    let denied = matches!(error, CallError::Service { code, .. } if *code == crate::data::ErrorCode::ACCESS_DENIED);
    let about_edits = request.query_type != QueryType::Values || request.edit_range != Range::ALL;
    denied.then_some(if about_edits { "QUERY_OBSOLETE_TIME_SERIES_EVENTS" } else { "READ_TOPIC" })
}

#[cfg(test)]
mod tests;
