//! Streams of a connection against a server made up here: started, paced, paused, ended, and noted in the journal.

use crate::chosen_file::choose;
use brownian::client::api::{
    Answer, AnyResponse, Call, CallError, CallId, Command, ConnectOptions, Event, LinkError, LinkId, LinkState,
    ReceivedValue, SessionEvent, SessionFacts, Target, Update,
};
use brownian::data::value::{DataType, Value, decode, delta};
use brownian::data::{ErrorCode, SessionId, Timestamp, TopicPath, TopicSpec, TopicType};
use brownian::model::change::{Change, ChangeError, ChangeOutcome, Guard};
use brownian::model::connections::Environment;
use brownian::model::effects::Effect;
use brownian::model::update_streams::config::{Field, GuardChoice, Source};
use brownian::model::update_streams::{Act, End, Failure, Intent, MAX_STREAMS, Pause, Stage, Stream, update_stream};
use brownian::model::{Model, safety};
use brownian::wire::services::shared::{AddOutcome, Constraint, StreamAdded, StreamCreated, StreamId, stream_flags};
use brownian::wire::services::{
    UpdateStreamAddAndSet, UpdateStreamCheck, UpdateStreamCreate, UpdateStreamCreateAndSet, UpdateStreamDelta,
    UpdateStreamSet,
};
use brownian::wire::{Service, decode as read};
use bytes::Bytes;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// A model with a live connection, and what its server has.
struct Desk {
    model: Model,
    link: LinkId,
    /// Values that the topic was set to.
    set: Vec<Bytes>,
    constraints: Vec<Constraint>,
    /// Calls without an answer.
    waiting: Vec<Call>,
    checks: usize,
}

fn live(session: u64) -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: SessionId { server: 1, session },
        principal: "admin".into(),
        version: 29,
        ping_period_millis: 0,
        transport: "in memory",
        certificate: None,
    })))
}

impl Desk {
    fn new(environment: Environment) -> Self {
        let mut model = Model::default();
        model.now = NOW;
        let link = model.open("x".into(), "x".into(), environment, ConnectOptions::to(Target::Url("ws://x".into())));
        let mut desk = Self { model, link, set: Vec::new(), constraints: Vec::new(), waiting: Vec::new(), checks: 0 };
        desk.apply(live(1));
        desk
    }

    /// Free, with a stream for `a/b` whose form is filled in.
    fn with(topic_type: TopicType, source: Source, rate: &str) -> Self {
        let mut desk = Self::new(Environment::Development);
        desk.mode(safety::Mode::Free);
        desk.handle(Intent::Add(TopicPath::parse("a/b").ok()));
        desk.act(Act::SetType(topic_type));
        desk.act(Act::SetSource(source));
        desk.act(Act::Type(Field::Rate, rate.into()));
        desk
    }

    fn mode(&mut self, mode: safety::Mode) {
        let now = self.model.now;
        self.model.handle(brownian::model::safety::Intent::SetMode(mode).into(), now);
    }

    fn apply(&mut self, event: Event) {
        let now = self.model.now;
        self.model.apply(self.link, event, now);
        self.collect();
    }

    fn handle(&mut self, intent: Intent) {
        let now = self.model.now;
        self.model.handle(intent.into(), now);
        self.collect();
    }

    fn act(&mut self, act: Act) {
        self.handle(Intent::Act(1, act));
    }

    fn tick(&mut self, millis: i64) {
        let now = Timestamp(self.model.now.0 + millis * 1000);
        self.model.tick(now);
        self.collect();
    }

    fn stream(&self) -> &Stream {
        &self.model.links[0].update_streams.list[0]
    }

    fn collect(&mut self) {
        for effect in self.model.take_effects() {
            if let Effect::Send(_, Command::Call(call), _) = effect
                && call.name.starts_with("update-stream")
            {
                self.waiting.push(call);
            }
        }
    }

    fn reply(&mut self, id: CallId, result: Result<AnyResponse, CallError>) {
        self.apply(Event::Answer(Answer { id, result, micros: 700 }));
    }

    fn fail(&mut self, code: ErrorCode) {
        let call = self.waiting.remove(0);
        self.reply(call.id, Err(CallError::Service { code, description: "no".into() }));
    }

    /// Answers everything that waits, and what follows from it.
    fn answer(&mut self) {
        while !self.waiting.is_empty() {
            let call = self.waiting.remove(0);
            let stream = StreamId { topic_id: 1, instance_id: 1, partition: 0, generation: 0 };
            let flags = stream_flags::RETAINS_VALUE;
            let request = call.payload.clone();
            let response: AnyResponse = match call.service {
                UpdateStreamCreate::ID => Box::new(StreamCreated { stream, flags }),
                UpdateStreamCreateAndSet::ID => {
                    let request =
                        read::<<UpdateStreamCreateAndSet as Service>::Request>(request, 29).expect("a request");
                    self.set.push(request.value);
                    self.constraints.push(request.constraint);
                    Box::new(StreamCreated { stream, flags })
                }
                UpdateStreamAddAndSet::ID => {
                    let request = read::<<UpdateStreamAddAndSet as Service>::Request>(request, 29).expect("a request");
                    self.set.push(request.value);
                    self.constraints.push(request.constraint);
                    Box::new(StreamAdded { outcome: AddOutcome::Created, stream, flags })
                }
                UpdateStreamSet::ID => {
                    let request = read::<<UpdateStreamSet as Service>::Request>(request, 29).expect("a request");
                    self.set.push(request.value);
                    Box::new(())
                }
                UpdateStreamDelta::ID => {
                    let request = read::<<UpdateStreamDelta as Service>::Request>(request, 29).expect("a request");
                    let base = self.set.last().expect("a base");
                    self.set.push(delta::apply(base, &request.value, 1 << 20).expect("applies").into());
                    Box::new(())
                }
                UpdateStreamCheck::ID => {
                    self.checks += 1;
                    Box::new(())
                }
                other => panic!("{other}"),
            };
            self.reply(call.id, Ok(response));
        }
    }

    fn texts(&self, data_type: DataType) -> Vec<String> {
        let text = |bytes: &Bytes| match decode(data_type, bytes).expect("a value") {
            Value::Int64(n) => n.expect("a number").to_string(),
            Value::Double(n) => n.expect("a number").to_string(),
            Value::String(text) => text.expect("a text"),
            Value::Json(json) => json.to_text(),
            other => format!("{other:?}"),
        };
        self.set.iter().map(text).collect()
    }
}

#[test]
fn a_counter_goes_out_at_its_rate_and_is_noted_once() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    assert_eq!(desk.waiting.len(), 1, "the first answer is waited for");
    desk.tick(5000);
    assert_eq!(desk.waiting.len(), 1);
    desk.answer();
    assert_eq!(desk.model.next_due(), Some(Timestamp(desk.model.now.0 + 100_000)));
    for _ in 0..10 {
        desk.tick(100);
        desk.answer();
    }
    let expected: Vec<String> = (0..=10).map(|n| n.to_string()).collect();
    assert_eq!(desk.texts(DataType::Int64), expected);
    let counts = desk.stream().counts;
    assert_eq!((counts.sent, counts.acknowledged, counts.skipped, counts.failed), (11, 11, 0, 0));
    assert!(desk.stream().measured_per_sec().is_some_and(|rate| (rate - 10.0).abs() < 1.5));
    assert_eq!(desk.stream().numbers.back(), Some(&10.0));
    assert_eq!(desk.model.journal.entries.len(), 1);
    assert_eq!(desk.model.journal.entries[0].result, None);
    desk.act(Act::Stop);
    assert_eq!(desk.stream().stage, Stage::Ended(End::Stopped));
    let entry = &desk.model.journal.entries[0];
    assert_eq!(entry.micros, 6_000_000);
    let Some(Ok(ChangeOutcome::Streamed { set: 11, skipped: 0, last })) = &entry.result else {
        panic!("{:?}", entry.result)
    };
    assert_eq!(last.as_deref(), Some(&[10][..]));
    let Some(Change::Stream(brownian::model::change::Stream { what, .. })) = entry.change() else {
        panic!("{:?}", entry.content)
    };
    assert_eq!(what, "a counter from 0 in steps of 1, 10 times a second");
    assert_eq!(desk.model.next_due(), None);
    desk.tick(1000);
    assert!(desk.waiting.is_empty());
}

#[test]
fn what_the_server_cannot_take_in_time_is_left_out_and_counted() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "1000");
    desk.act(Act::Start);
    desk.answer();
    for _ in 0..5 {
        desk.tick(100);
    }
    assert_eq!(desk.waiting.len(), update_stream::MAX_IN_FLIGHT);
    let counts = desk.stream().counts;
    assert_eq!((counts.sent + counts.skipped, counts.failed), (501, 0));
    desk.answer();
    let last = desk.texts(DataType::Int64).pop();
    assert_eq!(last, Some(update_stream::MAX_IN_FLIGHT.to_string()), "no number of a counter is lost");
}

#[test]
fn a_pause_keeps_the_place_and_takes_other_settings() {
    let mut desk = Desk::with(TopicType::Double, Source::Counter, "10");
    desk.act(Act::Start);
    desk.answer();
    desk.tick(100);
    desk.act(Act::Type(Field::Step, "5".into()));
    assert_eq!(desk.stream().config.text(Field::Step), "1", "not while it runs");
    desk.act(Act::Pause);
    desk.answer();
    desk.tick(10_000);
    assert!(desk.waiting.is_empty());
    desk.act(Act::Type(Field::Step, "5".into()));
    desk.act(Act::Type(Field::Path, "other".into()));
    assert_eq!(desk.stream().config.text(Field::Path), "a/b");
    desk.act(Act::Next);
    desk.answer();
    assert_eq!(desk.texts(DataType::Double), ["0", "1", "2"]);
    desk.act(Act::Resume);
    desk.tick(100);
    desk.answer();
    assert_eq!(desk.texts(DataType::Double).pop().as_deref(), Some("7"));
    assert_eq!(desk.stream().counts.skipped, 0, "time that was paused is not made up for");
}

#[test]
fn confirm_asks_first_and_the_guard_goes_with_the_making() {
    for (guard, expected) in [
        (GuardChoice::None, Constraint::Unconstrained),
        (GuardChoice::StillSeen, Guard::StillValue(Bytes::from_static(&[7])).constraint()),
        (GuardChoice::Nothing, Constraint::NoTopic),
    ] {
        let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
        desk.mode(safety::Mode::Confirm);
        let path = TopicPath::parse("a/b").expect("valid");
        desk.apply(Event::Session(SessionEvent::Subscribed {
            path: path.clone(),
            spec: Arc::new(TopicSpec::new(TopicType::Int64)),
        }));
        let latest = ReceivedValue { at: NOW, value: Bytes::from_static(&[7]), delta_bytes: None };
        let update = Update { path, latest, count: 1, line_bytes: 1, earlier: Vec::new(), dropped: 0 };
        desk.apply(Event::Updates(vec![update]));
        desk.act(Act::SetCreates(true));
        desk.act(Act::Start);
        assert!(desk.waiting.is_empty() && desk.stream().question.is_some());
        desk.act(Act::SetGuard(guard));
        desk.act(Act::Confirm);
        desk.answer();
        assert_eq!((&desk.constraints[..], &desk.stream().stage), (&[expected][..], &Stage::Running));
    }
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.mode(safety::Mode::Confirm);
    desk.act(Act::Start);
    desk.act(Act::Cancel);
    desk.act(Act::Confirm);
    assert_eq!((desk.waiting.len(), &desk.stream().stage), (0, &Stage::Ready));
}

#[test]
fn read_only_pauses_and_refuses() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    desk.answer();
    desk.mode(safety::Mode::ReadOnly);
    desk.tick(500);
    assert!(desk.waiting.is_empty());
    assert_eq!(desk.stream().stage, Stage::Paused(Pause::ReadOnly));
    assert!(desk.model.notices.list.iter().any(|notice| notice.text.contains("read-only")));
    for act in [Act::Resume, Act::Next, Act::Send] {
        desk.act(Act::SetHand("5".into()));
        desk.act(act);
    }
    assert!(desk.waiting.is_empty());
    desk.mode(safety::Mode::Free);
    desk.act(Act::Resume);
    desk.tick(100);
    assert_eq!(desk.waiting.len(), 1);
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.mode(safety::Mode::ReadOnly);
    desk.act(Act::Start);
    assert_eq!((desk.waiting.len(), &desk.stream().stage), (0, &Stage::Ready));
}

#[test]
fn a_failure_is_told_and_the_stream_starts_again_where_it_was() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    desk.answer();
    desk.tick(100);
    desk.answer();
    desk.tick(100);
    desk.fail(ErrorCode::INVALID_UPDATE_STREAM);
    let error = CallError::Service { code: ErrorCode::INVALID_UPDATE_STREAM, description: "no".into() };
    assert_eq!(desk.stream().stage, Stage::Ended(End::Failed(Failure::Call(error.clone()))));
    assert_eq!(desk.stream().counts.failed, 1);
    let entry = &desk.model.journal.entries[0];
    assert_eq!(entry.result, Some(Err(ChangeError::Stream { set: 2, error })));
    assert_eq!(desk.model.notices.list.len(), 1);
    desk.tick(1000);
    assert!(desk.waiting.is_empty());
    desk.act(Act::Start);
    desk.answer();
    assert_eq!(desk.texts(DataType::Int64), ["0", "1", "3"], "2 was made for the stream that failed");
    assert_eq!((desk.stream().counts.sent, desk.model.journal.entries.len()), (1, 2));
    desk.act(Act::Stop);
    desk.act(Act::Rewind);
    desk.act(Act::Start);
    desk.answer();
    assert_eq!(desk.texts(DataType::Int64).pop().as_deref(), Some("0"));
}

#[test]
fn a_guard_that_fails_is_the_failure_of_the_call() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    desk.fail(ErrorCode::UNSATISFIED_CONSTRAINT);
    let result = desk.model.journal.entries[0].result.clone();
    assert!(matches!(&result, Some(Err(failed)) if failed.is_guard()), "{result:?}");
}

#[test]
fn lines_are_sent_once_or_again_and_again() {
    for (repeats, expected) in [(false, vec!["a", "b", "c"]), (true, vec!["a", "b", "c", "a", "b"])] {
        let mut desk = Desk::with(TopicType::String, Source::Lines, "10");
        desk.act(Act::SetRepeats(repeats));
        desk.act(Act::Start);
        assert!(desk.waiting.is_empty() && desk.stream().incomplete() == Some("Choose a file first"));
        choose(&mut desk.model, Intent::Act(1, Act::ChooseFile), Ok(("n.txt", b"a\nb\nc\n")));
        desk.act(Act::Start);
        desk.answer();
        for _ in 0..4 {
            desk.tick(100);
            desk.answer();
        }
        assert_eq!(desk.texts(DataType::String), expected);
        let over = desk.stream().stage == Stage::Ended(End::LinesOver);
        assert_eq!(over, !repeats);
    }
}

#[test]
fn by_hand_each_value_goes_when_it_is_sent() {
    let mut desk = Desk::with(TopicType::Json, Source::Hand, "1");
    desk.act(Act::Start);
    assert_eq!(desk.stream().stage, Stage::ByHand);
    desk.answer();
    for text in
        [r#"{"a":"long enough to be worth a delta","n":1}"#, "{", r#"{"a":"long enough to be worth a delta","n":2}"#]
    {
        desk.act(Act::SetHand(text.into()));
        desk.act(Act::Send);
        desk.answer();
    }
    assert_eq!(desk.set.len(), 2, "what is no JSON is not sent");
    let counts = desk.stream().counts;
    assert_eq!(counts.deltas, 1);
    assert!(counts.carried_bytes < counts.value_bytes * 3 / 4, "{counts:?}");
    desk.act(Act::Validate);
    desk.answer();
    assert_eq!(desk.checks, 1);
    assert_eq!(desk.model.next_due(), None, "nothing is due by itself");
}

#[test]
fn a_lost_line_holds_the_stream_and_a_lost_session_ends_it() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    desk.answer();
    let cause = Box::new(LinkError::Idle);
    desk.apply(Event::Link(LinkState::Recovering { attempt: 1, give_up_at: NOW, cause }));
    desk.tick(3000);
    assert!(desk.waiting.is_empty() && desk.stream().stage == Stage::Running);
    assert_eq!(desk.model.next_due(), None);
    desk.apply(live(1));
    desk.mode(safety::Mode::Free);
    desk.tick(10);
    desk.tick(100);
    desk.answer();
    assert_eq!(desk.texts(DataType::Int64), ["0", "1"]);
    assert_eq!(desk.stream().counts.skipped, 0);
    desk.apply(Event::Link(LinkState::Closed(Box::new(LinkError::ClosedByServer))));
    let lost = End::SessionLost(Box::new(LinkError::ClosedByServer));
    assert_eq!(desk.stream().stage, Stage::Ended(lost));
    let result = desk.model.journal.entries[0].result.clone();
    assert!(matches!(result, Some(Err(ChangeError::Stream { set: 2, error: CallError::LinkLost(_) }))), "{result:?}");
}

#[test]
fn answers_to_what_was_stopped_are_waited_for_but_do_not_reach_the_next_run() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    desk.answer();
    desk.tick(100);
    desk.act(Act::Stop);
    assert_eq!(desk.stream().stage, Stage::Stopping);
    assert_eq!(desk.model.journal.entries[0].result, None);
    desk.answer();
    assert!(matches!(desk.model.journal.entries[0].result, Some(Ok(ChangeOutcome::Streamed { set: 2, .. }))));
    desk.act(Act::Start);
    desk.answer();
    desk.tick(100);
    let late = desk.waiting.remove(0);
    desk.act(Act::Remove);
    assert!(desk.model.links[0].update_streams.list.is_empty());
    assert!(desk.model.journal.entries[1].result.is_some());
    desk.reply(late.id, Ok(Box::new(())));
}

#[test]
fn a_new_stream_knows_its_topic() {
    let mut desk = Desk::new(Environment::Test);
    let path = TopicPath::parse("s").expect("valid");
    let spec = TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", "string");
    desk.apply(Event::Session(SessionEvent::Subscribed { path: path.clone(), spec: Arc::new(spec) }));
    desk.handle(Intent::Add(Some(path)));
    let config = &desk.stream().config;
    assert_eq!((config.topic_type, config.data_type()), (TopicType::TimeSeries, DataType::String));
    for _ in 0..2 * MAX_STREAMS {
        desk.handle(Intent::Add(None));
    }
    assert_eq!(desk.model.links[0].update_streams.list.len(), MAX_STREAMS);
}

#[test]
fn closing_a_connection_ends_its_streams_in_the_journal() {
    let mut desk = Desk::with(TopicType::Int64, Source::Counter, "10");
    desk.act(Act::Start);
    desk.answer();
    let (link, now) = (desk.link, desk.model.now);
    desk.model.handle(brownian::model::Intent::CloseLink(link), now);
    assert!(matches!(desk.model.journal.entries[0].result, Some(Ok(ChangeOutcome::Streamed { set: 1, .. }))));
}
