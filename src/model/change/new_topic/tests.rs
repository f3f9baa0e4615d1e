//! What the form takes for right, what it sends, and that a topic is put back if its new specification is refused.

use super::*;
use crate::client::api::{Answer, Call, CallId, Command, ConnectOptions, LinkId, LinkState, Target};
use crate::data::property::{PRIORITY, PROPERTIES, REMOVAL, TIME_SERIES_EVENT_VALUE_TYPE};
use crate::data::value;
use crate::data::{ErrorCode, Timestamp, Value};
use crate::model::connections::Environment;
use crate::model::effects::Effect;
use crate::model::fixture;
use crate::wire::Service;
use crate::wire::services::shared::{AddAndSetRequest, AddOutcome, Constraint};
use crate::wire::services::{Fetch, TopicAdd, TopicAddAndSet, TopicRemove, topic_add, topic_remove};
use bytes::Bytes;

const NOW: Timestamp = Timestamp(1_000_000);

struct Desk {
    at: Connected,
    fx: Effects,
}

impl Desk {
    fn new() -> Self {
        let options = ConnectOptions::to(Target::Url("ws://x".into()));
        let mut at = Connected::new(LinkId(1), "s".into(), "k", Environment::Test, options, NOW);
        at.link = LinkState::Connected(Arc::new(fixture::session_facts(1)));
        Self { at, fx: Effects::at(NOW, LinkId(1)) }
    }

    fn handle(&mut self, intent: Intent) {
        self.at.handle(intent, &mut self.fx);
    }

    fn form(&self) -> &Form {
        self.at.new_topic.form.as_ref().expect("a form")
    }

    fn hold(&self) -> Option<Hold> {
        self.form().hold(&self.at, NOW)
    }

    /// The one call that was made, which has to be exactly this.
    fn call<S: Service>(&mut self, wanted: &S::Request) -> CallId {
        let calls = self.fx.take().into_iter().filter_map(|effect| match effect {
            Effect::Send(_, Command::Call(call), _) if call.service == S::ID => Some(call),
            _ => None,
        });
        let [call] = &calls.collect::<Vec<_>>()[..] else { panic!("no single {}", S::NAME) };
        assert_eq!(call.payload, Call::new::<S>(call.id, wanted).payload, "{}", S::NAME);
        call.id
    }

    fn reads(&mut self) -> CallId {
        let of = fetch::Request::of(">a/b");
        self.call::<Fetch>(&fetch::Request { limit: 1, with_values: true, with_properties: true, ..of })
    }

    fn adds(&mut self, spec: TopicSpec) -> CallId {
        self.call::<TopicAdd>(&topic_add::Request { path: "a/b".into(), spec })
    }

    /// Adds it with the value 7.
    fn adds_and_sets(&mut self, spec: TopicSpec) -> CallId {
        let (value, constraint) = (Bytes::from_static(&[7]), Constraint::NoTopic);
        self.call::<TopicAddAndSet>(&AddAndSetRequest { path: "a/b".into(), spec, value, constraint })
    }

    fn removes(&mut self) -> CallId {
        self.call::<TopicRemove>(&topic_remove::Request { selector: ">a/b".into() })
    }

    fn answer<R: Send + 'static>(&mut self, id: CallId, result: Result<R, ErrorCode>) {
        let place = self.fx.handlers.iter().position(|(of, _)| *of == id).expect("somebody waits");
        let (_, handler) = self.fx.handlers.remove(place);
        let result = match result {
            Ok(response) => Ok(Box::new(response) as crate::client::api::AnyResponse),
            Err(code) => Err(CallError::Service { code, description: String::new() }),
        };
        handler(&mut self.at, &mut self.fx, Answer { id, result, micros: 5 });
    }
}

fn path(text: &str) -> TopicPath {
    TopicPath::parse(text).expect("valid")
}

fn found(spec: &TopicSpec, value: &Value) -> fetch::Response {
    let topic = fetch::FetchedTopic {
        path: "a/b".into(),
        topic_type: spec.topic_type,
        value: Some(value::encode(value)),
        properties_index: 0,
        size: fetch::Size::None,
    };
    fetch::Response { properties: vec![spec.properties.clone()], results: vec![topic], has_more: false }
}

#[test]
fn a_branch_gives_the_start_of_the_path() {
    let mut desk = Desk::new();
    desk.at.topics.tree.insert_topic("a/leaf", TopicType::Json);
    for (from, start) in [(Some("a"), "a/"), (Some("a/leaf"), "a/"), (None, "")] {
        desk.handle(Intent::OpenWith(from.map(path)));
        assert_eq!(desk.form().path, start);
        assert_eq!(desk.hold(), Some(Hold::Field));
        desk.handle(Intent::Cancel);
    }
}

#[test]
fn fields_are_checked_while_they_are_typed() {
    let mut desk = Desk::new();
    desk.handle(Intent::OpenWith(None));
    desk.handle(Intent::SetPath("a//b".into()));
    assert!(desk.form().path_error().is_some_and(|why| why.contains("empty parts")));
    desk.handle(Intent::SetPath("a/b".into()));
    assert_eq!(desk.hold(), None);
    desk.handle(Intent::SetType(TopicType::TimeSeries));
    let event_type = Property::find(TIME_SERIES_EVENT_VALUE_TYPE).expect("a property");
    assert!(desk.form().property_error(event_type).is_some());
    desk.handle(Intent::SetProperty(event_type.key, Some("json".into())));
    assert_eq!(desk.hold(), None);
    desk.handle(Intent::SetType(TopicType::Int64));
    let spec = desk.form().spec().expect("right");
    assert!(spec.properties.is_empty(), "what has no effect on the type is left out: {spec:?}");
    desk.handle(Intent::SetProperty(REMOVAL, Some("when soon".into())));
    assert_eq!(desk.hold(), Some(Hold::Field));
    desk.handle(Intent::SetProperty(REMOVAL, None));
    desk.handle(Intent::SetWithValue(true));
    desk.handle(Intent::SetValue("x".into()));
    assert_eq!(desk.hold(), Some(Hold::Field));
    desk.handle(Intent::SetValue("5".into()));
    assert_eq!(desk.hold(), None);
    assert!(PROPERTIES.iter().all(|p| desk.form().property_error(p).is_none()));
}

#[test]
fn a_topic_that_is_there_is_compared() {
    let mut desk = Desk::new();
    desk.handle(Intent::OpenWith(None));
    desk.handle(Intent::SetPath("a/b".into()));
    desk.handle(Intent::SetProperty(PRIORITY, Some("high".into())));
    desk.handle(Intent::Create);
    assert_eq!(desk.hold(), Some(Hold::Busy));
    let wanted = TopicSpec::new(TopicType::Json).with(PRIORITY, "high");
    let id = desk.adds(wanted.clone());
    desk.answer::<AddOutcome>(id, Err(ErrorCode::TOPIC_EXISTS_MISMATCH));
    let id = desk.reads();
    desk.answer(id, Ok(found(&TopicSpec::new(TopicType::String), &Value::String(None))));
    let conflict = desk.form().conflict.as_ref().expect("a conflict");
    assert_eq!(conflict.differences.len(), 2);
    assert!(desk.at.changes.under_way.is_empty());
    desk.handle(Intent::EditMine);
    assert!(desk.form().conflict.is_none() && desk.hold().is_none());
    desk.handle(Intent::Create);
    let id = desk.adds(wanted);
    desk.answer(id, Ok(AddOutcome::Created));
    assert!(desk.at.new_topic.form.is_none());
    assert_eq!(desk.at.inspector.selected, Some(path("a/b")));
}

/// A topic of type `INT64` with the value 7, about to become a `DOUBLE` or to get another priority.
fn changing() -> Desk {
    let mut desk = Desk::new();
    desk.handle(Intent::OpenFor(path("a/b")));
    assert_eq!(desk.hold(), Some(Hold::Busy));
    let id = desk.reads();
    desk.answer(id, Ok(found(&TopicSpec::new(TopicType::Int64), &Value::Int64(Some(7)))));
    assert_eq!(desk.hold(), Some(Hold::Same));
    desk
}

#[test]
fn another_specification_keeps_the_value_where_the_type_accepts_it() {
    let mut desk = changing();
    for (topic_type, kept) in [
        (TopicType::Double, Kept::Lost),
        (TopicType::Binary, Kept::Lost),
        (TopicType::TimeSeries, Kept::Lost),
        (TopicType::Json, Kept::Value),
        (TopicType::Int64, Kept::Value),
    ] {
        desk.handle(Intent::SetType(topic_type));
        assert_eq!(desk.form().kept(), kept, "{topic_type:?}");
    }
    desk.handle(Intent::SetProperty(PRIORITY, Some("low".into())));
    desk.handle(Intent::Create);
    let id = desk.removes();
    desk.answer(id, Ok(1i32));
    let id = desk.adds_and_sets(TopicSpec::new(TopicType::Int64).with(PRIORITY, "low"));
    desk.answer(id, Ok(AddOutcome::Created));
    assert!(desk.at.new_topic.form.is_none() && desk.at.changes.under_way.is_empty());
}

#[test]
fn the_old_topic_comes_back_if_the_new_one_is_refused() {
    let mut desk = changing();
    desk.handle(Intent::SetType(TopicType::String));
    desk.handle(Intent::Create);
    let id = desk.removes();
    desk.answer(id, Ok(1i32));
    let id = desk.adds(TopicSpec::new(TopicType::String));
    desk.answer::<AddOutcome>(id, Err(ErrorCode::TOPIC_LICENSE_LIMIT));
    let id = desk.adds_and_sets(TopicSpec::new(TopicType::Int64));
    desk.answer(id, Ok(AddOutcome::Created));
    assert!(desk.form().failed.is_some() && !desk.form().busy);
    assert!(desk.at.changes.under_way.is_empty());
}

#[test]
fn nothing_is_added_where_nothing_was_removed() {
    let mut desk = changing();
    desk.handle(Intent::SetType(TopicType::String));
    desk.handle(Intent::Create);
    let id = desk.removes();
    desk.answer(id, Ok(0i32));
    assert!(desk.fx.take().is_empty() && desk.at.new_topic.form.is_none());
}
