//! Update streams from end to end: the model's generators drive real streams at the embedded server, and another
//! session sees exactly their values.

use crate::chosen_file::choose;
use crate::driven::Driven;
use brownian::client::Engine;
use brownian::client::api::{
    Answer, Call, CallError, CallId, Command, ConnectOptions, Event, LinkId, LinkState, Target,
};
use brownian::data::value::{Value, decode};
use brownian::data::{DataType, ErrorCode, Secret, TopicPath, TopicSpec, TopicType};
use brownian::model::change::{ChangeError, ChangeOutcome};
use brownian::model::update_streams::config::{Field, GuardChoice, Source};
use brownian::model::update_streams::{Act, End, Failure, Intent, Stage};
use brownian::server::{Server, ServerConfig};
use brownian::wire::Service;
use brownian::wire::services::shared::{AddAndSetRequest, Constraint, SelectionRequest};
use brownian::wire::services::{Subscribe, TopicAddAndSet};
use bytes::Bytes;
use std::sync::Arc;

/// Another session of the same client.
const OTHER: LinkId = LinkId(77);

struct Desk {
    driven: Driven,
    calls: u64,
    _server: Arc<Server>,
}

fn options(url: &str, version: u8) -> ConnectOptions {
    ConnectOptions {
        principal: Some("admin".into()),
        password: Some(Secret::new("password")),
        ping_interval_millis: 0,
        protocol: Some(version),
        ..ConnectOptions::to(Target::Url(url.into()))
    }
}

impl Desk {
    /// A stream for `s/t`, and another session that sees everything below `s`.
    fn at(version: u8, topic_type: TopicType, source: Source) -> Self {
        let server = Arc::new(Server::start(ServerConfig::default()).expect("a server"));
        let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let url = format!("ws://{address}");
        let engine = Engine::start(Arc::new(|| {}), None).expect("threads");
        let mut driven = Driven::connect(engine, options(&url, version));
        driven.engine.open(OTHER, options(&url, version));
        driven.until(|driven| {
            driven.others.iter().any(|(_, event)| matches!(event, Event::Link(LinkState::Connected(_))))
        });
        // Values that wait for who drains are not merged.
        let kept = vec![TopicPath::parse("s/t").expect("a path")];
        driven.engine.send(OTHER, Command::KeepHistoryOf(kept)).expect("room for a command");
        let mut stage = Self { driven, calls: 1 << 40, _server: server };
        let request = SelectionRequest { selector: "?s//".into(), scope: String::new() };
        stage.call::<Subscribe>(&request);
        // Every value is to be seen by the other session.
        stage.set_by_other(topic_type, None);
        stage.driven.handle(Intent::Add(TopicPath::parse("s/t").ok()));
        stage.driven.act(Act::SetType(topic_type));
        stage.driven.act(Act::SetSource(source));
        stage.driven.act(Act::Type(Field::Rate, "10".into()));
        stage
    }

    fn call<S: Service>(&mut self, request: &S::Request) {
        self.calls += 1;
        let id = CallId(self.calls);
        self.driven.engine.send(OTHER, Command::Call(Call::new::<S>(id, request))).expect("room for a command");
        let answer = |event: &Event| matches!(event, Event::Answer(Answer { id: of, result: Ok(_), .. }) if *of == id);
        self.driven.until(|driven| driven.others.iter().any(|(_, event)| answer(event)));
    }

    /// The other session creates the topic, or sets it.
    fn set_by_other(&mut self, topic_type: TopicType, value: Option<Bytes>) {
        let unset = match topic_type {
            TopicType::Json | TopicType::String | TopicType::Int64 => Bytes::from_static(&[0x00]),
            _ => Bytes::new(),
        };
        let unset = if topic_type == TopicType::String { Bytes::from_static(&[0x60]) } else { unset };
        self.call::<TopicAddAndSet>(&AddAndSetRequest {
            path: "s/t".into(),
            spec: TopicSpec::new(topic_type).with("CONFLATION", "off"),
            value: value.unwrap_or(unset),
            constraint: Constraint::Unconstrained,
        });
    }

    /// Starts, and lets this many intervals pass.
    fn run(&mut self, intervals: usize) {
        self.driven.act(Act::Start);
        self.driven.until_answered();
        for _ in 0..intervals {
            self.driven.tick(100);
            self.driven.until_answered();
        }
    }

    /// The values that the other session has seen, the first excepted, once there are this many.
    fn seen(&mut self, data_type: DataType, count: usize) -> Vec<Value> {
        let all = |driven: &Driven| -> Vec<Bytes> {
            let updates = driven.others.iter().filter_map(|(_, event)| match event {
                Event::Updates(updates) => Some(updates),
                _ => None,
            });
            updates
                .flatten()
                .flat_map(|update| {
                    assert_eq!(update.dropped, 0);
                    update.earlier.iter().chain(std::iter::once(&update.latest)).map(|arrival| arrival.value.clone())
                })
                .collect()
        };
        self.driven.until(|driven| all(driven).len() > count);
        all(&self.driven).iter().skip(1).map(|bytes| decode(data_type, bytes).expect("a value of the type")).collect()
    }
}

at_every_version!(
    a_counter_is_seen_exactly_by_another_session,
    json_travels_as_deltas,
    somebody_elses_update_ends_the_stream_and_it_starts_again,
    a_guard_holds_back_the_whole_stream,
    lines_go_out_once_without_those_that_are_no_value,
);

fn a_counter_is_seen_exactly_by_another_session(version: u8) {
    let mut stage = Desk::at(version, TopicType::Int64, Source::Counter);
    stage.driven.act(Act::Type(Field::Start, "9007199254740990".into()));
    stage.run(20);
    let counts = stage.driven.stream().counts;
    assert_eq!((counts.sent, counts.acknowledged, counts.deltas), (21, 21, 0));
    let expected: Vec<Value> = (0..=20).map(|n| Value::Int64(Some(9_007_199_254_740_990 + n))).collect();
    assert_eq!(stage.seen(DataType::Int64, 21), expected);
    stage.driven.act(Act::Stop);
    let result = stage.driven.model.journal.entries[0].result.clone();
    assert!(matches!(result, Some(Ok(ChangeOutcome::Streamed { set: 21, skipped: 0, .. }))), "{result:?}");
}

fn json_travels_as_deltas(version: u8) {
    let mut stage = Desk::at(version, TopicType::Json, Source::Walk);
    let template = r#"{"name":"a text that stays the same all the time","n":${value}}"#;
    stage.driven.act(Act::Type(Field::Template, template.into()));
    stage.run(30);
    let seen = stage.seen(DataType::Json, 31);
    assert_eq!(seen.len(), 31);
    for (value, number) in seen.iter().zip(&stage.driven.stream().numbers) {
        let Value::Json(json) = value else { panic!("{value:?}") };
        assert_eq!(json.member("n").and_then(brownian::data::value::json::Json::as_f64), Some(*number));
    }
    let counts = stage.driven.stream().counts;
    if version < 19 {
        // The server does not say that the stream may have deltas.
        assert_eq!((counts.deltas, counts.carried_bytes), (0, counts.value_bytes));
    } else {
        assert_eq!(counts.deltas, 30);
        assert!(counts.carried_bytes * 2 < counts.value_bytes, "{counts:?}");
    }
}

fn somebody_elses_update_ends_the_stream_and_it_starts_again(version: u8) {
    let mut stage = Desk::at(version, TopicType::Int64, Source::Counter);
    stage.run(2);
    stage.set_by_other(TopicType::Int64, Some(Bytes::from_static(&[0x07])));
    stage.driven.tick(100);
    stage.driven.until_answered();
    let Stage::Ended(End::Failed(Failure::Call(error))) = stage.driven.stream().stage.clone() else {
        panic!("{:?}", stage.driven.stream().stage)
    };
    let CallError::Service { code, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*code, ErrorCode::INVALID_UPDATE_STREAM);
    let entry = &stage.driven.model.journal.entries[0];
    assert_eq!(entry.result, Some(Err(ChangeError::Stream { set: 3, error })));
    stage.run(1);
    let expected = [0, 1, 2, 7, 4, 5].map(|n| Value::Int64(Some(n)));
    assert_eq!(stage.seen(DataType::Int64, 6), expected);
}

fn a_guard_holds_back_the_whole_stream(version: u8) {
    let mut stage = Desk::at(version, TopicType::Int64, Source::Counter);
    stage.driven.handle(brownian::model::safety::Intent::SetMode(brownian::model::safety::Mode::Confirm));
    stage.driven.act(Act::Start);
    stage.driven.act(Act::SetGuard(GuardChoice::Nothing));
    stage.driven.act(Act::Confirm);
    stage.driven.until_answered();
    let Stage::Ended(End::Failed(Failure::Call(CallError::Service { code, .. }))) = &stage.driven.stream().stage else {
        panic!("{:?}", stage.driven.stream().stage)
    };
    assert_eq!(*code, ErrorCode::UNSATISFIED_CONSTRAINT, "the topic has a value");
}

fn lines_go_out_once_without_those_that_are_no_value(version: u8) {
    let mut stage = Desk::at(version, TopicType::Binary, Source::Lines);
    stage.driven.act(Act::SetRepeats(false));
    choose(&mut stage.driven.model, Intent::Act(1, Act::ChooseFile), Ok(("n.hex", b"01\n0203\nxx\n04 05 06\n")));
    stage.run(5);
    assert_eq!(stage.driven.stream().stage, Stage::Ended(End::LinesOver));
    let expected: Vec<Value> =
        [&[1][..], &[2, 3], &[4, 5, 6]].into_iter().map(|bytes| Value::Binary(Bytes::from_static(bytes))).collect();
    assert_eq!(stage.seen(DataType::Binary, 3), expected);
}
