//! Branches fetched with their events, cut at their bounds, and brought in from files that may be anything.

use super::*;
use crate::client::api::{AnyResponse, Call};
use crate::data::ErrorCode;
use crate::data::file_format::branch_file::{FileEvent, Verdict};
use crate::data::value::{Value, encode};
use crate::model::effects::Effect;
use crate::model::files::OpenedFile;
use crate::model::fixture::{ClientModel, NOW};
use crate::model::import::{self, Stage as Import, State};
use crate::wire::Service as _;
use crate::wire::services::range_query::{self, AuthorNames, Metadata, Response};
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::time_series_append;
use crate::wire::services::{TimeSeriesTimestampAppend, TopicAdd, TopicAddAndSet, time_series_timestamp_append};
use bytes::Bytes;

/// The calls that were made and not answered yet, in their order.
struct Desk {
    client: ClientModel,
    calls: VecDeque<Call>,
}

impl Desk {
    fn new() -> Self {
        Self { client: ClientModel::new(), calls: VecDeque::new() }
    }

    fn settle(&mut self) {
        self.calls.extend(self.client.calls());
    }

    fn handle(&mut self, intent: impl Into<crate::model::Intent>) {
        self.client.handle(intent);
        self.settle();
    }

    #[track_caller]
    fn answer(&mut self, name: &str, result: Result<AnyResponse, CallError>) -> Call {
        let call = self.calls.pop_front().expect("a call is under way");
        assert_eq!(call.name, name);
        self.client.answer_any(&call, result);
        self.settle();
        call
    }

    fn page(&mut self, topics: &[(&str, TopicType, Option<Bytes>)], has_more: bool) {
        let mut response = fetch::Response { properties: vec![], results: vec![], has_more };
        for (path, topic_type, value) in topics {
            let mut spec = TopicSpec::new(*topic_type);
            if *topic_type == TopicType::TimeSeries {
                spec = spec.with("TIME_SERIES_EVENT_VALUE_TYPE", "int64");
            }
            response.properties.push(spec.properties);
            response.results.push(fetch::FetchedTopic {
                path: (*path).to_owned(),
                topic_type: *topic_type,
                value: value.clone(),
                properties_index: i32::try_from(response.properties.len()).expect("few") - 1,
                size: fetch::Size::None,
            });
        }
        self.answer("fetch", Ok(Box::new(response)));
    }

    fn events(&mut self, sequences: &[i64]) {
        let event = |sequence: &i64| range_query::Event {
            original: None,
            metadata: Metadata { sequence: *sequence, timestamp_millis: 1000 + sequence, author: "ann".into() },
            value: int64(*sequence),
        };
        let events: Vec<_> = sequences.iter().map(event).collect();
        let response = Response::of("int64", events.len() as i64, &events, AuthorNames::Plain);
        self.answer("range-query", Ok(Box::new(response)));
    }

    fn export(&self) -> &Sheet {
        self.client.model.links[0].export.sheet.as_ref().expect("open")
    }

    fn import(&mut self, text: &str) {
        self.import_bytes(text.to_owned().into());
    }

    fn import_bytes(&mut self, bytes: Bytes) {
        self.client.model.handle(import::Intent::ChooseBranch.into(), NOW);
        let effects = self.client.model.take_effects();
        let [Effect::OpenFile(asked)] = &effects[..] else { panic!("one file is asked for, not {effects:?}") };
        self.client.model.file_opened(&asked.then, Ok(OpenedFile { name: "a.json".into(), bytes }), NOW);
        self.settle();
    }

    fn many(&self) -> &import::Form {
        self.client.model.links[0].import.form.as_ref().expect("open")
    }

    fn states(&self) -> Vec<&State> {
        self.many().rows.iter().map(|(_, state)| state).collect()
    }
}

fn int64(n: i64) -> Bytes {
    encode(&Value::Int64(Some(n)))
}

#[test]
fn a_branch_is_fetched_page_by_page_with_all_events() {
    let mut desk = Desk::new();
    desk.handle(Intent::Open(Some(TopicPath::parse("a").expect("a path"))));
    assert_eq!(desk.export().selector, "?a//");
    desk.handle(Intent::Fetch);
    desk.page(&[("a/n", TopicType::Int64, Some(int64(5))), ("a/t", TopicType::TimeSeries, None)], true);
    assert_eq!(desk.export().reading().map(TopicPath::as_str), Some("a/t"));
    desk.events(&[0, 1]);
    desk.events(&[2]);
    desk.events(&[]);
    desk.page(&[("a/u", TopicType::Unknown, None), ("a/v", TopicType::Json, None)], false);
    let export = desk.export();
    assert_eq!((export.stage, export.gathered.topics, export.gathered.events), (Stage::Ready, 3, 3));
    let left_out = [("a/u".to_owned(), Why::UnknownType), ("a/v".to_owned(), Why::NoValue)];
    assert_eq!(export.gathered.left_out, left_out);
    desk.handle(Intent::Save);
    let (name, bytes) = &desk.client.saved[0];
    let topics = branch_file::parse(std::str::from_utf8(bytes).expect("text")).expect("what is saved can be read");
    assert_eq!((name.as_str(), topics.len()), ("a.json", 3));
    let last = FileEvent { at_millis: 1002, author: "ann".into(), value: int64(2) };
    assert_eq!(topics[1].events.last(), Some(&last));
    assert!(desk.client.model.links[0].export.sheet.is_none());
}

#[test]
fn events_that_may_not_be_read_are_named_and_the_rest_goes_on() {
    let mut desk = Desk::new();
    desk.handle(Intent::Open(None));
    desk.handle(Intent::Fetch);
    desk.page(&[("t", TopicType::TimeSeries, None), ("z", TopicType::Int64, Some(int64(1)))], false);
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    desk.answer("range-query", Err(denied.clone()));
    let gathered = &desk.export().gathered;
    assert_eq!((gathered.topics, &gathered.left_out[0].1), (2, &Why::Events(denied)));
}

#[test]
fn stopping_forgets_what_comes_late_and_a_lost_line_is_said() {
    let mut desk = Desk::new();
    desk.handle(Intent::Open(None));
    desk.handle(Intent::SetSelector("?a[".into()));
    desk.handle(Intent::Fetch);
    assert!(desk.calls.is_empty() && desk.export().wrong().is_some());
    desk.handle(Intent::SetSelector("?a//".into()));
    desk.handle(Intent::Fetch);
    desk.handle(Intent::Stop);
    desk.page(&[("a/n", TopicType::Int64, Some(int64(5)))], false);
    assert_eq!((desk.export().stage, desk.export().gathered.topics), (Stage::Asking, 0));
    desk.handle(Intent::Fetch);
    desk.answer("fetch", Err(CallError::NotConnected));
    assert_eq!((desk.export().stage, &desk.export().failed), (Stage::Asking, &Some(CallError::NotConnected)));
}

#[test]
fn a_file_is_never_larger_than_what_can_be_read_back() {
    let mut gathered = Gathered::default();
    let large = encode(&Value::String(Some("x".repeat(1 << 20))));
    let topic = |n: usize, value: &Bytes| {
        let path = TopicPath::parse(&format!("a/{n}")).expect("a path");
        branch_file::topic(path, &TopicSpec::new(TopicType::String), Some(value))
    };
    let added = (0..100).take_while(|n| gathered.add(&topic(*n, &large))).count();
    assert!(added == 31 && gathered.is_cut && gathered.bytes() < MAX_BYTES, "{added}");
    let mut gathered = Gathered::default();
    let small = encode(&Value::String(None));
    let added = (0..MAX_TOPICS * 2).take_while(|n| gathered.add(&topic(*n, &small))).count();
    assert_eq!((added, gathered.first.len()), (MAX_TOPICS, LISTED));
}

const FILE: &str = r#"{"format":"brownian-branch","version":2,"selector":"?a//","topics":[
{"path":"a/n","type":"INT64","value":5},
{"path":"a/t","type":"TIME_SERIES","properties":{"TIME_SERIES_EVENT_VALUE_TYPE":"int64"},
 "events":[{"timestamp":1,"value":1},{"timestamp":2,"value":2},{"timestamp":3,"value":3}]},
{"path":"a/bad","type":"INT64","value":"x"},
{"path":"a/n","type":"INT64","value":6}]}"#;

#[test]
fn an_import_says_what_it_would_do_then_does_it() {
    let mut desk = Desk::new();
    desk.import(FILE);
    desk.page(&[], false);
    let states = desk.states();
    assert_eq!(states[..2], [&State::Checked(Verdict::Create), &State::Checked(Verdict::Create)]);
    assert!(matches!(states[2], State::Wrong(why) if why == "the value is no INT64"));
    assert!(matches!(states[3], State::Wrong(why) if why == "this path comes twice"));
    assert!(desk.calls.is_empty(), "nothing is changed yet");
    desk.handle(import::Intent::Apply);
    desk.answer(TopicAddAndSet::NAME, Ok(Box::new(AddOutcome::Created)));
    desk.answer(TopicAdd::NAME, Ok(Box::new(AddOutcome::Created)));
    for n in 1..=3 {
        assert_eq!(desk.states()[1], &State::Appending(n - 1, 3));
        let event = time_series_append::Response { sequence: 0, timestamp_millis: 0, author: String::new() };
        let call = desk.answer(TimeSeriesTimestampAppend::NAME, Ok(Box::new(event)));
        let n = i64::try_from(n).expect("small");
        let (path, data_type) = ("a/t".to_owned(), "int64".to_owned());
        let wanted = time_series_timestamp_append::Request { path, data_type, value: int64(n), timestamp_millis: n };
        assert_eq!(call.payload, Call::new::<TimeSeriesTimestampAppend>(call.id, &wanted).payload);
    }
    assert_eq!((desk.states()[0], desk.states()[1]), (&State::Created, &State::Created));
    assert_eq!(desk.many().stage, Import::Done);
    assert_eq!(desk.client.model.journal.entries.len(), 3, "two topics, and the first of the events");
}

#[test]
fn an_event_that_is_refused_ends_its_row_and_the_others_go_on() {
    let mut desk = Desk::new();
    desk.import(&FILE.replace("a/bad", "a/u").replace("\"x\"", "7"));
    desk.page(&[], false);
    desk.handle(import::Intent::Apply);
    desk.answer(TopicAddAndSet::NAME, Ok(Box::new(AddOutcome::Created)));
    desk.answer(TopicAdd::NAME, Ok(Box::new(AddOutcome::Created)));
    let denied = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: String::new() };
    desk.answer(TimeSeriesTimestampAppend::NAME, Err(denied));
    desk.answer(TopicAddAndSet::NAME, Ok(Box::new(AddOutcome::Created)));
    assert!(matches!(desk.states()[1], State::Failed(_)));
    assert_eq!((desk.states()[2], &desk.many().stage), (&State::Created, &Import::Done));
}

#[test]
fn topics_are_put_below_another_branch() {
    let mut desk = Desk::new();
    desk.import(FILE);
    desk.page(&[], false);
    desk.handle(import::Intent::SetPrefix("copy//x".into()));
    desk.handle(import::Intent::Check);
    assert!(desk.calls.is_empty(), "a prefix that is no path is not used");
    desk.handle(import::Intent::SetPrefix("copy".into()));
    assert_eq!(desk.many().stage, Import::Editing);
    desk.handle(import::Intent::Check);
    desk.page(&[("copy/a/n", TopicType::Json, None)], false);
    assert!(matches!(desk.states()[0], State::Checked(Verdict::OtherSpec(_))));
    assert_eq!(desk.many().rows[1].0.path, "copy/a/t");
}

#[test]
fn files_that_are_something_else_say_why() {
    for (text, why) in [
        ("{\n  x", "line 2, column 3"),
        ("{}", "brownian-branch"),
        ("[]", "brownian-branch"),
        (r#"{"format":"brownian-branch","version":9,"topics":[]}"#, "version 9"),
        (r#"{"format":"brownian-branch","version":2,"topics":[]}"#, "no topics"),
    ] {
        let mut desk = Desk::new();
        desk.import(text);
        let error = desk.many().error.as_deref().unwrap_or_default();
        assert!(error.contains(why), "{text}: {error}");
        assert!(desk.calls.is_empty() && desk.many().rows.is_empty());
    }
    let mut desk = Desk::new();
    desk.import_bytes(Bytes::from_static(&[b'{', 0xff]));
    assert_eq!(desk.many().error.as_deref(), Some("a.json is not UTF-8 (at byte 1)"));
}
