//! Queries asked, answered, cancelled and kept; events written for other programs.

use super::export::{CSV_HEAD, Format, csv_row, file};
use super::*;
use crate::client::api::{Answer, AnyResponse, Call, Command, ConnectOptions, LinkId, Target};
use crate::data::file_format::csv::Formulas;
use crate::data::value::json::Json;
use crate::data::value::{Value, encode};
use crate::data::{ErrorCode, Timestamp};
use crate::model::connections::Environment;
use crate::model::{Model, inspector};
use crate::wire::Service as _;
use crate::wire::services::range_query::{AuthorNames, Point};
use bytes::Bytes;

const LINK: LinkId = LinkId(1);
const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn metadata(sequence: i64) -> Metadata {
    Metadata { sequence, timestamp_millis: 1_700_000_000_000 + sequence, author: "ann".into() }
}

fn event(sequence: i64, original: Option<i64>, value: &Value) -> Event {
    Event { original: original.map(metadata), metadata: metadata(sequence), value: encode(value) }
}

fn number(sequence: i64, original: Option<i64>, n: f64) -> Event {
    event(sequence, original, &Value::Double(Some(n)))
}

struct Desk {
    model: Model,
    calls: Vec<Call>,
    cancelled: Vec<u64>,
    saved: Vec<(String, Bytes)>,
}

impl Desk {
    fn new() -> Self {
        let mut model = Model::default();
        model.open("d".into(), "d".into(), Environment::Development, ConnectOptions::to(Target::Embedded));
        let mut desk = Self { model, calls: Vec::new(), cancelled: Vec::new(), saved: Vec::new() };
        desk.select("a");
        desk
    }

    fn select(&mut self, path: &str) {
        let path = TopicPath::parse(path).expect("a path");
        self.model.handle(inspector::Intent::Select(Some(path)).into(), NOW);
    }

    fn handle(&mut self, intent: Intent) {
        self.model.handle(intent.into(), NOW);
        for effect in self.model.take_effects() {
            match effect {
                Effect::Send(_, Command::Call(call), _) if call.service == RangeQuery::ID => self.calls.push(call),
                Effect::Send(_, Command::Cancel(id), _) => self.cancelled.push(id.0),
                Effect::SaveFile { name, bytes } => self.saved.push((name, bytes)),
                _ => {}
            }
        }
    }

    #[track_caller]
    fn asked(&self, call: usize, wanted: &Request) {
        let call = &self.calls[call];
        assert_eq!(call.payload, Call::new::<RangeQuery>(call.id, wanted).payload);
    }

    fn answer(&mut self, call: usize, result: Result<(i64, &[Event]), CallError>) {
        let id = self.calls[call].id;
        let result = result.map(|(selected, events)| {
            Box::new(Response::of("double", selected, events, AuthorNames::Plain)) as AnyResponse
        });
        let answer = Answer { id, result, micros: 1 };
        self.model.apply(LINK, crate::client::api::Event::Answer(answer), NOW);
    }

    fn query(&self, path: &str) -> &TopicQuery {
        let path = TopicPath::parse(path).expect("a path");
        self.model.links[0].range_query.of(&path).expect("touched")
    }
}

#[test]
fn a_query_asks_what_the_form_says_and_keeps_the_answer() {
    let mut desk = Desk::new();
    let form = Form { view: QueryType::AllEdits, range: RangeForm::last(5), ..Form::default() };
    desk.handle(Intent::SetForm(form));
    desk.handle(Intent::Run);
    let anchor = Point::new(PointType::OffsetSequence, 5);
    let view_range = Range { anchor, ..Range::ALL };
    let query_type = QueryType::AllEdits;
    desk.asked(0, &Request { query_type, view_range, limit: 1000, ..Request::of("a") });
    desk.answer(0, Ok((9, &[number(1, None, 1.5), number(3, Some(1), 2.0), number(4, Some(1), 2.5)])));
    let found = desk.query("a").result.ready().expect("answered");
    assert_eq!((found.events.len(), found.selected, found.is_complete()), (3, 9, false));
    assert_eq!(found.edited.get(&1), Some(&4), "the latest edit counts");
    desk.select("b");
    desk.select("a");
    assert!(desk.query("a").result.ready().is_some(), "kept while another topic was looked at");
}

#[test]
fn a_wrong_field_asks_nothing() {
    let mut desk = Desk::new();
    desk.handle(Intent::SetForm(Form { limit: "many".into(), ..Form::default() }));
    desk.handle(Intent::Run);
    assert!(desk.calls.is_empty());
}

#[test]
fn only_the_latest_query_counts_and_old_content_stays() {
    let mut desk = Desk::new();
    desk.handle(Intent::Run);
    desk.answer(0, Ok((1, &[number(0, None, 1.0)])));
    desk.handle(Intent::Run);
    assert!(desk.query("a").result.ready().is_some() && desk.query("a").asking().is_some());
    desk.handle(Intent::Run);
    assert_eq!(desk.cancelled, [desk.calls[1].id.0]);
    desk.answer(1, Err(CallError::Cancelled));
    assert!(desk.query("a").result.loading.is_some(), "the third is still waited for");
    desk.answer(2, Err(CallError::TimedOut { secs: 10 }));
    let query = desk.query("a");
    assert_eq!(query.result.error, Some(CallError::TimedOut { secs: 10 }));
    assert_eq!(query.result.ready().map(|found| found.events.len()), Some(1), "the last good answer stays");
    desk.handle(Intent::Run);
    desk.handle(Intent::Cancel);
    assert_eq!(desk.cancelled.last(), Some(&desk.calls[3].id.0));
}

#[test]
fn the_missing_permission_depends_on_what_was_asked() {
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    let latest = Request::of("a");
    let edits = Request { query_type: QueryType::LatestEdits, ..latest.clone() };
    assert_eq!(missing_permission(&denied, &latest), Some("READ_TOPIC"));
    assert_eq!(missing_permission(&denied, &edits), Some("QUERY_OBSOLETE_TIME_SERIES_EVENTS"));
    assert_eq!(missing_permission(&CallError::NotConnected, &edits), None);
    let mut desk = Desk::new();
    desk.handle(Intent::SetForm(Form { view: QueryType::AllEdits, ..Form::default() }));
    desk.handle(Intent::Run);
    desk.answer(0, Err(denied));
    assert_eq!(desk.query("a").failed.as_ref().map(|r| r.query_type), Some(QueryType::AllEdits));
    desk.handle(Intent::RunLatest);
    desk.asked(1, &Request { limit: 1000, ..Request::of("a") });
}

#[test]
fn answers_are_kept_within_bounds() {
    let mut desk = Desk::new();
    let large = event(0, None, &Value::String(Some("x".repeat(30 << 20))));
    for (at, path) in ["a", "b", "c"].into_iter().enumerate() {
        desk.select(path);
        desk.handle(Intent::Run);
        desk.answer(at, Ok((1, std::slice::from_ref(&large))));
    }
    let kept = ["a", "b", "c"].map(|path| desk.query(path).result.ready().is_some());
    assert_eq!(kept, [false, true, true]);
    for n in 0..MOST_TOPICS {
        desk.select(&format!("t/{n}"));
        desk.handle(Intent::SetFront(true));
    }
    assert_eq!(desk.model.links[0].range_query.topics.len(), MOST_TOPICS);
}

fn found(events: &[Event], data_type: &str) -> Found {
    Found::of(1, Request::of("a/b"), &Response::of(data_type, events.len() as i64, events, AuthorNames::Plain))
}

#[test]
fn events_are_written_for_spreadsheets_and_programs() {
    let value = |text: &str| event(7, Some(2), &Value::Json(Json::from_text(text).expect("JSON")));
    let row = csv_row(Some(DataType::Json), &value(r#"{"a":"x,\"y\""}"#), Formulas::Disarmed);
    assert_eq!(row, r#"7,2023-11-14T22:13:20.007Z,ann,2,2023-11-14T22:13:20.002Z,ann,"{""a"":""x,\""y\""""}""#);
    let no_value = event(0, None, &Value::Double(None));
    assert!(csv_row(Some(DataType::Double), &no_value, Formulas::Disarmed).ends_with(",ann,,,,"));
    let numbers = found(&[number(0, None, 1.5), number(1, Some(0), 0.1)], "double");
    let csv = file(&numbers, Format::Csv(Formulas::Disarmed));
    assert_eq!(csv.lines().next(), Some(CSV_HEAD));
    assert_eq!(csv.lines().count(), 3);
    let json = Json::from_text(&file(&numbers, Format::Json)).expect("JSON");
    let second = json.member("events").and_then(|events| events.element(1)).expect("two events");
    assert_eq!(second.member("value"), Some(&Json::Float(0.1)));
    assert_eq!(second.member("original").and_then(|o| o.member("sequence")), Some(&Json::Int(0)));
    assert_eq!(json.member("complete"), Some(&Json::Bool(true)));
    let unknown = file(&found(&[number(0, None, 1.5)], "protobuf"), Format::Json);
    assert!(unknown.contains("\"eventType\":\"unknown\"") && unknown.contains("\"bytes\":"), "{unknown}");
}

#[test]
fn an_answer_is_saved_under_the_name_of_its_topic() {
    let mut desk = Desk::new();
    desk.select("a/b:c");
    desk.handle(Intent::Save(Format::Csv(Formulas::Disarmed)));
    assert!(desk.saved.is_empty(), "there is nothing yet");
    desk.handle(Intent::Run);
    desk.answer(0, Ok((1, &[number(0, None, 1.0)])));
    desk.handle(Intent::Save(Format::Json));
    assert_eq!(desk.saved[0].0, "a-b-c.json");
}
