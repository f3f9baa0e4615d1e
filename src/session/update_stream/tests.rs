//! The client's side of an update stream, against answers made up here.

use super::*;
use crate::data::value::{DataType, Value, encode};
use proptest::prelude::*;

const FLAGS: u8 = stream_flags::RETAINS_VALUE;
const MERGES: u8 = FLAGS | stream_flags::SUPPORTS_CONFLATION;

fn target(topic_type: TopicType) -> StreamTarget {
    StreamTarget {
        path: TopicPath::parse("a/b").expect("valid"),
        topic_type,
        has_deltas: topic_type.has_deltas(),
        spec: None,
        constraint: Constraint::Unconstrained,
        retry: None,
    }
}

fn text(text: &str) -> Bytes {
    encode(&Value::String(Some(text.into())))
}

fn id(instance_id: i32) -> StreamId {
    StreamId { topic_id: 7, instance_id, partition: 0, generation: 0 }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a reply is")]
fn created(flags: u8) -> Result<Response, CallFailure> {
    Ok(Response::Created(StreamCreated { stream: id(1), flags }))
}

fn error(code: ErrorCode) -> CallFailure {
    CallFailure::Service { code, description: "no".into() }
}

fn ask(stream: &mut UpdateStream) -> OutgoingRequest {
    stream.poll(Timestamp(0)).expect("something to send")
}

/// A stream that has set a first value.
fn opened(topic_type: TopicType, flags: u8, first: &Bytes) -> UpdateStream {
    let mut stream = UpdateStream::new(target(topic_type));
    stream.set(first.clone());
    let ask = ask(&mut stream);
    assert!(matches!(ask.request, Request::CreateAndSet(_)));
    let settled = stream.answered(ask.ticket, created(flags), Timestamp(0));
    assert_eq!((settled.made, settled.acknowledged), (Some(AddOutcome::Exists), 1));
    stream
}

#[test]
fn the_first_operation_makes_the_stream() {
    for (spec, sets, expected) in [(false, true, 126), (false, false, 125), (true, true, 131), (true, false, 130)] {
        let mut aim = target(TopicType::Json);
        aim.spec = spec.then(|| TopicSpec::new(TopicType::Json));
        aim.constraint = Constraint::NoValue;
        let mut stream = UpdateStream::new(aim);
        assert!(if sets { stream.set(text("x")) } else { stream.validate() });
        let (service, constraint) = match ask(&mut stream).request {
            Request::Create(request) => (125, request.constraint),
            Request::CreateAndSet(request) => (126, request.constraint),
            Request::Add(request) => (130, request.constraint),
            Request::AddAndSet(request) => (131, request.constraint),
            other => panic!("{other:?}"),
        };
        assert_eq!((service, constraint), (expected, Constraint::NoValue));
        stream.set(text("y"));
        assert_eq!(stream.poll(Timestamp(0)), None, "the first answer is waited for");
    }
}

#[test]
fn later_sets_are_deltas_to_the_value_sent_before() {
    let values: Vec<Bytes> = (0..4).map(|n| text(&format!("a rather long text that hardly changes {n}"))).collect();
    let mut stream = opened(TopicType::String, FLAGS, &values[0]);
    let mut there = values[0].to_vec();
    for value in &values[1..] {
        stream.set(value.clone());
    }
    for value in &values[1..] {
        let ask = ask(&mut stream);
        let Request::Delta(request) = &ask.request else { panic!("{:?}", ask.request) };
        assert_eq!((&request.stream, ask.carried_bytes), (&id(1), request.value.len()));
        assert!(request.value.len() < value.len() / 2, "only what differs is carried");
        there = delta::apply(&there, &request.value, 1 << 20).expect("applies");
        assert_eq!(there, value[..]);
    }
}

#[test]
fn values_go_in_full_where_deltas_are_not_possible() {
    let long = |end: &str| text(&format!("a rather long text that hardly changes {end}"));
    let mut plain = opened(TopicType::String, 0, &long("1"));
    plain.set(long("2"));
    assert!(matches!(ask(&mut plain).request, Request::Set(_)), "the server keeps no value");
    let number = |n| encode(&Value::Int64(Some(n)));
    let mut numbers = opened(TopicType::Int64, FLAGS, &number(1));
    numbers.set(number(2));
    assert!(matches!(ask(&mut numbers).request, Request::Set(_)), "the type has no deltas");
    let mut checked = UpdateStream::new(target(TopicType::String));
    checked.validate();
    let first = ask(&mut checked);
    checked.answered(first.ticket, created(FLAGS), Timestamp(0));
    checked.set(long("1"));
    checked.set(long("2"));
    assert!(matches!(ask(&mut checked).request, Request::Set(_)), "nothing was set before");
    assert!(matches!(ask(&mut checked).request, Request::Delta(_)));
    checked.validate();
    assert_eq!(ask(&mut checked).request, Request::Check(id(1)));
}

#[test]
fn waiting_sets_merge_only_if_the_server_says_so() {
    for (flags, expected) in [(MERGES, vec!["3"]), (FLAGS, vec!["1", "2", "3"]), (0, vec!["1", "2", "3"])] {
        let mut stream = UpdateStream::new(target(TopicType::Json));
        stream.set(text("0"));
        let first = ask(&mut stream);
        for n in ["1", "2"] {
            stream.set(text(n));
        }
        stream.validate();
        stream.set(text("3"));
        let settled = stream.answered(first.ticket, created(flags), Timestamp(0));
        assert_eq!(settled.merged as usize, 3 - expected.len());
        let (mut sent, mut done) = (Vec::new(), settled.acknowledged);
        while let Some(ask) = stream.poll(Timestamp(0)) {
            sent.extend(ask.value);
            done += stream.answered(ask.ticket, Ok(Response::Done), Timestamp(0)).acknowledged;
        }
        assert_eq!(sent, expected.into_iter().map(text).collect::<Vec<_>>());
        assert_eq!((done, stream.is_idle()), (4, true), "those that merged are done with the one that stayed");
    }
}

#[test]
fn a_failure_is_final_and_takes_everything_with_it() {
    let mut stream = opened(TopicType::Json, FLAGS, &text("0"));
    for n in 0..3 {
        stream.set(text(&n.to_string()));
    }
    let first = ask(&mut stream);
    let second = ask(&mut stream);
    let invalid = error(ErrorCode::INVALID_UPDATE_STREAM);
    assert_eq!(stream.answered(first.ticket, Err(invalid.clone()), Timestamp(0)).failed, 3);
    assert_eq!(stream.failure(), Some(&Failure::Call(invalid)));
    assert_eq!(stream.answered(second.ticket, Ok(Response::Done), Timestamp(0)), Progress::default());
    assert!(!stream.set(text("x")) && !stream.validate());
    assert_eq!(stream.poll(Timestamp(i64::MAX)), None);
}

#[test]
fn requests_on_their_way_are_bounded() {
    let mut stream = opened(TopicType::Json, FLAGS, &text("0"));
    for n in 0..2 * MAX_IN_FLIGHT {
        stream.set(text(&n.to_string()));
    }
    let asks: Vec<OutgoingRequest> = std::iter::from_fn(|| stream.poll(Timestamp(0))).collect();
    assert_eq!((asks.len(), stream.room()), (MAX_IN_FLIGHT, 0));
    stream.answered(asks[0].ticket, Ok(Response::Done), Timestamp(0));
    assert!(stream.poll(Timestamp(0)).is_some() && stream.poll(Timestamp(0)).is_none());
}

#[test]
fn a_stream_that_cannot_be_routed_is_made_anew() {
    let mut aim = target(TopicType::Json);
    aim.retry = Some(Retry { interval_millis: 500, attempts: 2 });
    aim.constraint = Constraint::NoValue;
    let mut stream = UpdateStream::new(aim);
    stream.set(text("0"));
    let first = ask(&mut stream);
    stream.answered(first.ticket, created(MERGES), Timestamp(0));
    for n in ["1", "2", "3"] {
        stream.set(text(n));
    }
    let sent = [ask(&mut stream), ask(&mut stream)];
    let lost = || Err(error(ErrorCode::CLUSTER_ROUTING));
    assert_eq!(stream.answered(sent[0].ticket, lost(), Timestamp(1000)), Progress::default());
    assert_eq!(stream.recovering(), Some((Timestamp(501_000), 1)));
    assert_eq!(stream.answered(sent[1].ticket, lost(), Timestamp(1000)), Progress::default(), "of the former stream");
    assert_eq!(stream.poll(Timestamp(500_999)), None);
    let again = stream.poll(Timestamp(501_000)).expect("due");
    let Request::Create(request) = again.request else { panic!("{:?}", again.request) };
    let mut values = Vec::new();
    listed(&request.constraint, &mut values);
    values.sort();
    let expected: Vec<Bytes> = ["0", "1", "2", "3"].map(text).into();
    assert_eq!(values, expected, "the value there is one of ours, or somebody else was there");
    stream.answered(again.ticket, created(MERGES), Timestamp(501_000));
    let rest: Vec<OutgoingRequest> = std::iter::from_fn(|| stream.poll(Timestamp(501_000))).collect();
    let sent_again: Vec<Bytes> = rest.iter().filter_map(|ask| ask.value.clone()).collect();
    assert_eq!(sent_again, expected[1..], "in order, none merged");
    assert!(matches!(rest[0].request, Request::Set(_)), "the new stream has no value to refer to");
    // One attempt is spent until something is done.
    stream.answered(rest[0].ticket, lost(), Timestamp(502_000));
    let again = stream.poll(Timestamp(1_002_000)).expect("due");
    let settled = stream.answered(again.ticket, lost(), Timestamp(1_002_000));
    assert_eq!(settled.failed, 3);
    let last = error(ErrorCode::CLUSTER_ROUTING);
    assert_eq!(stream.failure(), Some(&Failure::RetriesSpent { attempts: 2, last }));
}

#[test]
fn what_is_done_gives_the_attempts_back() {
    let mut aim = target(TopicType::Json);
    aim.retry = Some(Retry { interval_millis: 0, attempts: 1 });
    let mut stream = UpdateStream::new(aim);
    for n in 0..5 {
        stream.set(text(&n.to_string()));
        let mut ask = ask(&mut stream);
        stream.answered(ask.ticket, Err(error(ErrorCode::CLUSTER_ROUTING)), Timestamp(0));
        for answer in [created(FLAGS), Ok(Response::Done)] {
            ask = stream.poll(Timestamp(0)).expect("again");
            stream.answered(ask.ticket, answer, Timestamp(0));
        }
        assert!(stream.is_open() && stream.is_idle());
    }
    stream.set(text("x"));
    let ask = ask(&mut stream);
    stream.answered(ask.ticket, Err(error(ErrorCode::ACCESS_DENIED)), Timestamp(0));
    assert_eq!(stream.failure(), Some(&Failure::Call(error(ErrorCode::ACCESS_DENIED))), "not for the cluster's sake");
}

fn listed(constraint: &Constraint, out: &mut Vec<Bytes>) {
    match constraint {
        Constraint::Or(left, right) => {
            listed(left, out);
            listed(right, out);
        }
        Constraint::Value(comparison) => out.push(comparison.value.clone()),
        other => panic!("{other:?}"),
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // Few different bytes, so that there is something in common.
    prop_oneof![proptest::collection::vec(0u8..4, 0..200), proptest::collection::vec(any::<u8>(), 0..40)]
}

proptest! {
    #[test]
    fn every_delta_makes_the_new_value(old in bytes(), new in bytes()) {
        for delta in [Some(delta::diff(&old, &new)), delta::quick_diff(&old, &new)].into_iter().flatten() {
            prop_assert_eq!(delta::apply(&old, &delta, new.len()).expect("applies"), new.clone());
        }
    }

    #[test]
    fn the_server_always_ends_with_the_value_set_last(
        values in proptest::collection::vec(bytes(), 1..12), flags in 0u8..4, burst in 1usize..5,
    ) {
        let mut stream = UpdateStream::new(StreamTarget { has_deltas: true, ..target(DataType::Binary.topic_type()) });
        let (mut there, mut done) = (Vec::new(), 0);
        for chunk in values.chunks(burst) {
            for value in chunk {
                stream.set(value.clone().into());
            }
            while let Some(ask) = stream.poll(Timestamp(0)) {
                let mut answer = Ok(Response::Done);
                match ask.request {
                    Request::CreateAndSet(request) => {
                        there = request.value.to_vec();
                        answer = created(flags);
                    }
                    Request::Set(request) => there = request.value.to_vec(),
                    Request::Delta(request) => {
                        there = delta::apply(&there, &request.value, 1 << 20).expect("applies");
                    }
                    other => panic!("{other:?}"),
                }
                done += stream.answered(ask.ticket, answer, Timestamp(0)).acknowledged as usize;
            }
            prop_assert_eq!(&there, chunk.last().expect("not empty"));
        }
        prop_assert_eq!(done, values.len());
    }
}
