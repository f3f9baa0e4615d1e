//! The machine against a scripted peer on a clock that jumps.

use super::*;
use crate::data::value::delta;
use crate::data::{SessionId, TopicSpec, TopicType, UnsubscribeReason};
use crate::session::calls::MAX_IN_FLIGHT;
use crate::wire::encode;
use crate::wire::frame::VERSION;
use crate::wire::handshake::ConnectResponse;
use crate::wire::service::AnyResponse;
use crate::wire::services::{topic_subscribed, topic_unsubscribed};

const MINUTE_MILLIS: u64 = 60_000;

fn config() -> SessionConfig {
    SessionConfig {
        principal: Some("control".into()),
        credentials: Credentials::None,
        properties: vec![("A".into(), "b".into())],
        reconnect_millis: MINUTE_MILLIS,
        compression: true,
        max_message_bytes: 1 << 20,
        ping_interval_millis: 0,
        decide_millis: None,
        protocol: None,
        first_protocol: None,
    }
}

fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn response(acceptance: Acceptance, token: u8, period: i64) -> Bytes {
    let session = SessionId { server: 0xc11f, session: 7 };
    let token = Token([token; 24]);
    ConnectResponse::Accepted { version: VERSION, acceptance, session, token, ping_period_millis: period }.encode()
}

fn fresh() -> Bytes {
    response(Acceptance::New { max_message_size: i32::MAX }, b'a', 0)
}

fn live() -> Machine {
    live_with(config())
}

fn live_with(config: SessionConfig) -> Machine {
    let mut machine = Machine::new(config);
    assert_eq!(machine.handle_open(fresh(), ms(0)), Ok(()));
    assert!(matches!(events(&mut machine)[..], [Event::Opened(_)]));
    machine
}

fn events(machine: &mut Machine) -> Vec<Event> {
    std::iter::from_fn(|| machine.poll_event()).collect()
}

fn sent(machine: &mut Machine) -> Vec<Bytes> {
    std::iter::from_fn(|| machine.poll_transmit()).collect()
}

fn request(call: u64) -> Request {
    let decoder = |bytes, _| Ok(Box::new(bytes) as AnyResponse);
    Request { call, service: 3, payload: Bytes::from_static(b"xy"), decoder, timeout_secs: 10 }
}

fn answer(cid: i64) -> Bytes {
    Message::Response { cid, payload: Bytes::from_static(b"ok") }.encode()
}

fn subscribed(topic_id: i32, path: &str, spec: TopicSpec) -> Bytes {
    let notice = topic_subscribed::Request { topic_id, path: path.into(), spec };
    Message::Request { service: TopicSubscribed::ID, cid: 0, payload: encode(&notice, VERSION) }.encode()
}

fn value(topic_id: i32, value: &'static [u8]) -> Bytes {
    Message::TopicValue { topic_id, value: Bytes::from_static(value) }.encode()
}

fn delta_message(topic_id: i32, old: &[u8], new: &[u8]) -> Bytes {
    Message::TopicDelta { topic_id, delta: delta::diff(old, new).into() }.encode()
}

/// One word for each event, so that a test shows its whole expectation in a line.
fn words(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            Event::Opened(_) => "opened".into(),
            Event::Suspended { cause, .. } => format!("suspended {cause:?}"),
            Event::Recovered { complete } => format!("recovered {complete}"),
            Event::Ended(cause) => format!("ended {cause:?}"),
            Event::Answer { call, result: Ok(_), .. } => format!("answer {call}"),
            Event::Answer { call, result: Err(failure), .. } => format!("failed {call} {failure:?}"),
            Event::Session(SessionEvent::Subscribed { path, .. }) => format!("subscribed {path}"),
            Event::Session(SessionEvent::Unsubscribed { path, reason }) => format!("unsubscribed {path} {reason:?}"),
            Event::Value(v) => format!("value {} {}", v.path, String::from_utf8_lossy(&v.received.value)),
            Event::Session(SessionEvent::ValueLost { path, .. }) => format!("lost {path}"),
            Event::Session(SessionEvent::Request(InboundRequest { id, service, until, .. })) => {
                format!("request {} {} {}", id.0, name_of(*service), until.map_or(-1, Timestamp::millis))
            }
            Event::Session(SessionEvent::AutoAnswered { id, service, why }) => {
                format!("auto {} {} {why:?}", id.0, name_of(*service))
            }
            Event::Session(SessionEvent::Pinged { micros, .. }) => format!("pinged {micros:?}"),
            Event::LineInDoubt => "in doubt".into(),
            Event::LineConfirmed => "confirmed".into(),
            Event::ProtocolWarning(_) => "warning".into(),
        })
        .collect()
}

fn told(machine: &mut Machine) -> Vec<String> {
    words(&events(machine))
}

#[test]
fn says_what_the_official_client_says() {
    let machine = Machine::new(config());
    let query = machine.connect_request().to_query();
    assert!(query.starts_with("ty=WB&v=29&ca=10&r=60000&sp="), "{query}");
    assert!(query.contains("RUST_brownian_"), "{query}");
    let plain = Machine::new(SessionConfig { compression: false, ..config() });
    assert_eq!(plain.connect_request().capabilities, 8);
    assert!(machine.connect_request().resume.is_none());
}

#[test]
fn each_refusal_has_its_own_error() {
    for code in (0..=255).filter(|code| ![100, 102, 105, 106].contains(code)) {
        let mut machine = Machine::new(config());
        let refusal = Failure::Rejected(Rejection(code));
        assert_eq!(machine.handle_open(Bytes::from(vec![0x23, VERSION, code]), ms(0)), Err(refusal.clone()));
        assert_eq!(machine.state(), &State::Ended(refusal));
    }
}

#[test]
fn the_version_is_looked_at_before_the_code() {
    let check = |bytes: &'static [u8], expected: Failure| {
        let only = SessionConfig { protocol: Some(29), ..config() };
        assert_eq!(Machine::new(only).handle_open(Bytes::from_static(bytes), ms(0)), Err(expected));
    };
    check(&[0x23, 25, 116], Failure::Protocol { asked: 29, oldest: 29, answered: Some(25) });
    check(&[0x23, 25], Failure::Protocol { asked: 29, oldest: 29, answered: Some(25) });
    check(&[0x23, 29, 102], Failure::Protocol { asked: 29, oldest: 29, answered: None });
}

#[test]
fn other_first_messages_are_no_diffusion_or_no_message() {
    let open = |bytes: Bytes| Machine::new(config()).handle_open(bytes, ms(0));
    assert!(matches!(open(Bytes::new()), Err(Failure::NotDiffusion(_))));
    assert!(matches!(open(Bytes::from_static(b"HTTP")), Err(Failure::NotDiffusion(_))));
    for length in 2..55 {
        assert!(matches!(open(fresh().slice(..length)), Err(Failure::BadMessage(_))), "{length}");
    }
    let resumed = response(Acceptance::Recovered { sequence: 1 }, b'a', 0);
    assert!(matches!(open(resumed), Err(Failure::NotDiffusion(_))));
}

#[test]
fn a_call_is_answered_once_with_its_time() {
    let mut machine = live();
    machine.call(&request(70), ms(1000));
    assert_eq!(&sent(&mut machine)[..], [Bytes::from_static(&[0, 3, 1, b'x', b'y'])]);
    machine.handle_bytes(answer(1), ms(1250));
    machine.handle_bytes(answer(1), ms(1300));
    let all = events(&mut machine);
    let [Event::Answer { call: 70, result: Ok(response), micros: 250_000 }] = &all[..] else { panic!("{all:?}") };
    assert_eq!(response.downcast_ref::<Bytes>(), Some(&Bytes::from_static(b"ok")));
}

#[test]
fn a_service_error_keeps_code_and_words() {
    let mut machine = live();
    machine.call(&request(1), ms(0));
    machine.handle_bytes(Bytes::from_static(b"\x07\x01\x0dAccess deniedg"), ms(1));
    let description = "Access denied".to_owned();
    let failure = CallFailure::Service { code: ErrorCode::ACCESS_DENIED, description };
    assert_eq!(told(&mut machine), [format!("failed 1 {failure:?}")]);
}

#[test]
fn calls_time_out_in_order_and_late_answers_are_ignored() {
    let mut machine = live();
    machine.call(&Request { timeout_secs: 20, ..request(1) }, ms(0));
    machine.call(&request(2), ms(500));
    machine.call(&Request { timeout_secs: 0, ..request(3) }, ms(500));
    assert_eq!(machine.poll_timeout(), Some(ms(10_500)));
    machine.handle_timeout(ms(10_499));
    assert_eq!(told(&mut machine), [""; 0]);
    machine.handle_timeout(ms(10_500));
    assert_eq!(told(&mut machine), ["failed 2 TimedOut { secs: 10 }"]);
    machine.handle_timeout(ms(1_000_000));
    assert_eq!(told(&mut machine), ["failed 1 TimedOut { secs: 20 }"]);
    assert_eq!(machine.poll_timeout(), None);
    machine.handle_bytes(answer(2), ms(1_000_001));
    assert_eq!(told(&mut machine), [""; 0]);
    assert_eq!(machine.calls_waiting(), 1);
}

#[test]
fn a_cancelled_call_comes_back_and_its_answer_is_ignored() {
    let mut machine = live();
    machine.call(&request(5), ms(0));
    machine.cancel(5, ms(1));
    machine.cancel(5, ms(1));
    machine.handle_bytes(answer(1), ms(2));
    assert_eq!(told(&mut machine), ["failed 5 Cancelled"]);
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn one_call_too_many_is_refused_and_not_sent() {
    let mut machine = live();
    for n in 0..MAX_IN_FLIGHT as u64 {
        machine.call(&request(n), ms(0));
    }
    assert_eq!(told(&mut machine), [""; 0]);
    machine.call(&request(9999), ms(0));
    assert_eq!(told(&mut machine), ["failed 9999 Busy"]);
    assert_eq!(sent(&mut machine).len(), MAX_IN_FLIGHT);
    machine.handle_bytes(answer(1), ms(1));
    machine.call(&request(10_000), ms(1));
    assert_eq!(told(&mut machine), ["answer 0"]);
}

#[test]
fn a_topic_has_values_and_deltas() {
    let mut machine = live();
    machine.handle_bytes(subscribed(601, "a/b", TopicSpec::new(TopicType::Json)), ms(0));
    machine.handle_bytes(value(601, b"a fairly long value 1"), ms(1));
    machine.handle_bytes(delta_message(601, b"a fairly long value 1", b"a fairly long value 2"), ms(2));
    machine.handle_bytes(delta_message(601, b"a fairly long value 2", b"a fairly long value 33"), ms(3));
    let notice = topic_unsubscribed::Request { topic_id: 601, reason: UnsubscribeReason::Removed };
    let message = Message::Request { service: 42, cid: 0, payload: encode(&notice, VERSION) };
    machine.handle_bytes(message.encode(), ms(4));
    machine.handle_bytes(value(601, b"x"), ms(5));
    assert_eq!(
        told(&mut machine),
        [
            "subscribed a/b",
            "value a/b a fairly long value 1",
            "value a/b a fairly long value 2",
            "value a/b a fairly long value 33",
            "unsubscribed a/b Some(Removed)",
            "warning"
        ]
    );
    assert_eq!(sent(&mut machine).len(), 0, "conversation 0 wants no answer");
    assert_eq!(machine.counters().values_in, 4);
    assert_eq!(machine.topics_subscribed(), 0);
}

#[test]
fn a_value_says_how_it_came() {
    let mut machine = live();
    machine.handle_bytes(subscribed(1, "a", TopicSpec::new(TopicType::String)), ms(0));
    machine.handle_bytes(value(1, b"some text of a value"), ms(1));
    let message = delta_message(1, b"some text of a value", b"some text of a valve");
    let size = message.len() as u32;
    machine.handle_bytes(message, ms(2));
    let all = events(&mut machine);
    let [_, Event::Value(full), Event::Value(changed)] = &all[..] else { panic!("{all:?}") };
    assert_eq!((full.received.delta_bytes, full.line_bytes, full.received.at, full.topic_id), (None, 25, ms(1), 1));
    assert_eq!((changed.received.delta_bytes, changed.line_bytes), (Some(size - 5), size));
}

#[test]
fn a_delta_without_a_value_loses_the_topic_until_a_value_comes() {
    let mut machine = live();
    machine.handle_bytes(subscribed(1, "a", TopicSpec::new(TopicType::Json)), ms(0));
    for _ in 0..3 {
        machine.handle_bytes(delta_message(1, b"old", b"new value"), ms(1));
    }
    machine.handle_bytes(value(1, b"whole again"), ms(2));
    machine.handle_bytes(delta_message(1, b"whole again", b"whole again!"), ms(3));
    let expected = ["subscribed a", "lost a", "value a whole again", "value a whole again!"];
    assert_eq!(told(&mut machine), expected);
    assert_eq!(machine.state(), &State::Live);
}

#[test]
fn a_delta_that_does_not_fit_loses_the_topic_but_not_the_session() {
    let mut machine = live();
    machine.handle_bytes(subscribed(1, "a", TopicSpec::new(TopicType::Json)), ms(0));
    machine.handle_bytes(value(1, b"short"), ms(1));
    let outside = Bytes::from_static(&[0x18, 0x64, 0x18, 0x64]);
    machine.handle_bytes(Message::TopicDelta { topic_id: 1, delta: outside }.encode(), ms(2));
    machine.handle_bytes(delta_message(1, b"short", b"shorter"), ms(3));
    assert_eq!(told(&mut machine), ["subscribed a", "value a short", "lost a"]);
    assert_eq!(machine.state(), &State::Live);
}

#[test]
fn a_topic_that_retains_nothing_has_no_base_for_deltas() {
    let mut machine = live();
    let spec = TopicSpec::new(TopicType::Json).with("DONT_RETAIN_VALUE", "true");
    machine.handle_bytes(subscribed(1, "a", spec), ms(0));
    machine.handle_bytes(value(1, b"one"), ms(1));
    machine.handle_bytes(delta_message(1, b"one", b"two"), ms(2));
    assert_eq!(told(&mut machine), ["subscribed a", "value a one", "lost a"]);
}

#[test]
fn an_announcement_over_a_subscribed_topic_replaces_it() {
    let mut machine = live();
    let spec = || TopicSpec::new(TopicType::Json);
    machine.handle_bytes(subscribed(1, "a", spec()), ms(0));
    machine.handle_bytes(subscribed(2, "a", spec()), ms(0));
    machine.handle_bytes(subscribed(2, "b", spec()), ms(0));
    machine.handle_bytes(value(2, b"x"), ms(0));
    machine.handle_bytes(value(1, b"y"), ms(0));
    let expected = [
        "subscribed a",
        "warning",
        "unsubscribed a None",
        "subscribed a",
        "warning",
        "unsubscribed a None",
        "subscribed b",
        "value b x",
        "warning",
    ];
    assert_eq!(told(&mut machine), expected);
}

#[test]
fn the_server_is_answered_exactly_once_if_it_wants_to() {
    let mut machine = live();
    let ask = |machine: &mut Machine, service, cid, payload: &'static [u8]| {
        let payload = Bytes::from_static(payload);
        machine.handle_bytes(Message::Request { service, cid, payload }.encode(), ms(0));
        sent(machine)
    };
    let empty = |cid| vec![Message::Response { cid, payload: Bytes::new() }.encode()];
    assert_eq!(ask(&mut machine, 0x37, 4, b""), empty(4));
    assert_eq!(ask(&mut machine, 0x37, 0, b""), [""; 0]);
    assert_eq!(ask(&mut machine, 0x38, 5, b""), empty(5));
    assert_eq!(ask(&mut machine, 0x57, 6, b"\x09\x01a\x0f\x00"), empty(6));
    assert_eq!(ask(&mut machine, 0x2a, 7, b"\x09\x02"), empty(7));
    assert_eq!(ask(&mut machine, 777, 0, b""), [""; 0]);
    let unknown = ask(&mut machine, 777, 8, b"");
    let decoded = Message::decode(unknown[0].clone(), 1000);
    assert!(matches!(decoded, Ok(Message::Error { cid: 8, code: ErrorCode(100), .. })), "{decoded:?}");
    let damaged = ask(&mut machine, 0x2a, 9, b"\x09\x55");
    let decoded = Message::decode(damaged[0].clone(), 1000);
    assert!(matches!(decoded, Ok(Message::Error { cid: 9, code: ErrorCode::INVALID_DATA, .. })), "{decoded:?}");
    assert_eq!(machine.state(), &State::Live);
}

#[test]
fn two_periods_without_a_ping_suspend_the_session() {
    let mut machine = Machine::new(config());
    let opened = machine.handle_open(response(Acceptance::New { max_message_size: 1 }, b'a', 400), ms(0));
    assert_eq!(opened, Ok(()));
    assert_eq!(machine.poll_timeout(), Some(ms(800)));
    machine.handle_bytes(Bytes::from_static(&[0, 0x37, 1]), ms(700));
    machine.handle_timeout(ms(800));
    assert_eq!(machine.state(), &State::Live);
    // Other traffic does not count.
    machine.handle_bytes(Bytes::from_static(&[0, 0x38, 2]), ms(1400));
    machine.handle_timeout(ms(1500));
    assert_eq!(told(&mut machine), ["opened", "suspended Idle"]);
    assert_eq!(machine.state(), &State::Recovering { give_up_at: ms(61_500) });
}

#[test]
fn round_trips_are_measured_at_the_interval() {
    let mut machine = live_with(SessionConfig { ping_interval_millis: 1000, ..config() });
    machine.handle_timeout(ms(0));
    assert_eq!(&sent(&mut machine)[..], [Bytes::from_static(&[0, 0x38, 1])]);
    machine.handle_bytes(Bytes::from_static(&[6, 1]), ms(3));
    assert_eq!(machine.poll_timeout(), Some(ms(1000)));
    machine.handle_timeout(ms(1000));
    machine.handle_timeout(ms(2000));
    machine.handle_bytes(Bytes::from_static(&[6, 2]), ms(2001));
    machine.handle_bytes(Bytes::from_static(&[6, 3]), ms(2002));
    assert_eq!(told(&mut machine), ["pinged Some(3000)", "pinged None", "pinged Some(2000)"]);
}

#[test]
fn closing_waits_for_the_server_but_not_for_long() {
    let mut machine = live();
    machine.call(&request(1), ms(0));
    let _ = sent(&mut machine);
    machine.close(ms(100));
    assert_eq!(&sent(&mut machine)[..], [Bytes::from_static(&[0x1d])]);
    assert_eq!(machine.poll_timeout(), Some(ms(1100)));
    machine.handle_timeout(ms(1099));
    assert_eq!(told(&mut machine), [""; 0]);
    machine.handle_timeout(ms(1100));
    assert_eq!(told(&mut machine), ["failed 1 Ended(ClosedByClient)", "ended ClosedByClient"]);

    for lost in [false, true] {
        let mut machine = live();
        machine.close(ms(0));
        if lost {
            machine.handle_line_lost(ms(1));
        } else {
            machine.handle_bytes(Bytes::from_static(&[0x1c]), ms(1));
        }
        assert_eq!(told(&mut machine), ["ended ClosedByClient"]);
    }
}

#[test]
fn the_server_ends_the_session_and_every_call_has_the_same_cause() {
    let mut machine = live();
    machine.call(&request(1), ms(0));
    machine.call(&request(2), ms(0));
    machine.handle_bytes(Bytes::from_static(&[0x1c]), ms(1));
    machine.call(&request(3), ms(2));
    let expected = [
        "failed 1 Ended(ClosedByServer)",
        "failed 2 Ended(ClosedByServer)",
        "ended ClosedByServer",
        "failed 3 Ended(ClosedByServer)",
    ];
    assert_eq!(told(&mut machine), expected);
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn a_message_that_cannot_be_read_ends_the_session() {
    for bytes in [&[0x3f][..], &[], &[0x84, 0, 0, 0, 1, 1, 2, 3]] {
        let mut machine = live();
        machine.handle_bytes(Bytes::copy_from_slice(bytes), ms(0));
        assert!(matches!(machine.state(), State::Ended(Failure::BadMessage(_))));
        assert_eq!(&sent(&mut machine)[..], [Bytes::from_static(&[0x1d])]);
    }
    let mut machine = live_with(SessionConfig { max_message_bytes: 100, ..config() });
    machine.handle_bytes(Bytes::from(vec![6; 101]), ms(0));
    assert!(matches!(machine.state(), State::Ended(Failure::BadMessage(_))));
}

/// Sends calls 1 to 3, of which the server got one; it sent two answers' worth of messages, of which one arrived.
fn interrupted() -> Machine {
    let mut machine = live();
    for call in 1..=3 {
        machine.call(&request(call), ms(0));
    }
    machine.handle_bytes(answer(1), ms(1));
    machine.handle_line_lost(ms(10));
    assert_eq!(told(&mut machine), ["answer 1", "suspended LineLost"]);
    machine
}

#[test]
fn nothing_is_lost_if_both_sides_can_repeat() {
    let mut machine = interrupted();
    assert_eq!(sent(&mut machine).len(), 0, "nothing is sent without a line");
    let resume = machine.connect_request().resume.expect("a session to go on with");
    assert_eq!((resume.client_sequence, resume.server_sequence), (1, 1));
    assert_eq!(resume.token, Token([b'a'; 24]));
    assert_eq!(machine.handle_open(response(Acceptance::Recovered { sequence: 2 }, b'b', 0), ms(500)), Ok(()));
    let again = sent(&mut machine);
    assert_eq!(again, [Bytes::from_static(&[0, 3, 2, b'x', b'y']), Bytes::from_static(&[0, 3, 3, b'x', b'y'])]);
    machine.handle_bytes(answer(2), ms(501));
    machine.handle_bytes(answer(3), ms(502));
    assert_eq!(told(&mut machine), ["recovered true", "answer 2", "answer 3"]);

    // The counts go on, so the next loss is recovered as well: 3 sent, 3 received, then a fourth that gets lost.
    machine.call(&request(4), ms(600));
    machine.handle_line_lost(ms(601));
    let resume = machine.connect_request().resume.expect("a session to go on with");
    assert_eq!((resume.client_sequence, resume.server_sequence), (2, 3));
    assert_eq!(resume.token, Token([b'b'; 24]));
    assert_eq!(machine.handle_open(response(Acceptance::Recovered { sequence: 4 }, b'c', 0), ms(700)), Ok(()));
    assert_eq!(&sent(&mut machine)[..], [Bytes::from_static(&[0, 3, 4, b'x', b'y'])]);
}

#[test]
fn a_server_that_wants_more_than_is_kept_ends_the_session() {
    for sequence in [0, 5, -1, i32::MAX] {
        let mut machine = interrupted();
        let outcome = machine.handle_open(response(Acceptance::Recovered { sequence }, b'b', 0), ms(500));
        assert_eq!(outcome, Err(Failure::LostMessages), "{sequence}");
        let expected =
            ["failed 2 Ended(LostMessages)", "failed 3 Ended(LostMessages)", "ended LostMessages"].map(String::from);
        assert_eq!(told(&mut machine), expected);
    }
}

#[test]
fn recovery_with_loss_ends_calls_and_subscriptions_first() {
    let mut machine = live();
    machine.handle_bytes(subscribed(1, "a", TopicSpec::new(TopicType::Json)), ms(0));
    machine.handle_bytes(value(1, b"old"), ms(0));
    machine.call(&request(1), ms(0));
    machine.handle_line_lost(ms(1));
    let _ = told(&mut machine);
    assert_eq!(machine.handle_open(response(Acceptance::Lossy { max_message_size: 9 }, b'b', 0), ms(2)), Ok(()));
    assert_eq!(told(&mut machine), ["failed 1 Ended(LostMessages)", "unsubscribed a None", "recovered false"]);
    assert_eq!(sent(&mut machine).len(), 0);
    // Both counts start again, and ids of the time before mean nothing.
    machine.handle_bytes(delta_message(1, b"old", b"new"), ms(3));
    assert_eq!(told(&mut machine), ["warning"]);
    machine.handle_line_lost(ms(4));
    let resume = machine.connect_request().resume.expect("a session to go on with");
    assert_eq!((resume.client_sequence, resume.server_sequence), (1, 1));
}

#[test]
fn a_new_session_in_answer_to_a_recovery_forgets_the_old_one() {
    let mut machine = interrupted();
    assert_eq!(machine.handle_open(fresh(), ms(20)), Ok(()));
    let expected = ["failed 2 Ended(LostMessages)", "failed 3 Ended(LostMessages)", "opened"];
    assert_eq!(told(&mut machine), expected);
}

#[test]
fn a_session_the_server_has_forgotten_is_over() {
    for rejection in [114, 115, 116, 117, 118].map(Rejection) {
        let mut machine = interrupted();
        let refusal = Bytes::from(vec![0x23, VERSION, rejection.0]);
        assert_eq!(machine.handle_open(refusal, ms(20)), Err(Failure::Rejected(rejection)));
        assert_eq!(machine.state(), &State::Ended(Failure::Rejected(rejection)));
        assert_eq!(machine.calls_waiting(), 0);
    }
}

#[test]
fn a_server_that_is_not_ready_is_tried_again_until_time_is_over() {
    let mut machine = interrupted();
    let not_ready = Bytes::from_static(&[0x23, VERSION, 119]);
    assert!(machine.handle_open(not_ready, ms(20)).is_err());
    assert!(machine.handle_open(Bytes::from_static(b"busy"), ms(30)).is_err());
    assert_eq!(machine.state(), &State::Recovering { give_up_at: ms(60_010) });
    machine.handle_timeout(ms(60_009));
    // By then the calls have timed out on their own.
    let _ = told(&mut machine);
    assert_eq!(machine.state(), &State::Recovering { give_up_at: ms(60_010) });
    machine.handle_timeout(ms(60_010));
    assert_eq!(told(&mut machine), ["ended RecoveryFailed { secs: 60 }"]);
}

#[test]
fn without_a_line_calls_fail_at_once_and_waiting_ones_time_out() {
    let mut machine = interrupted();
    machine.call(&request(9), ms(20));
    machine.ping(ms(20));
    machine.handle_bytes(answer(2), ms(21));
    machine.handle_timeout(ms(10_000));
    let timed_out = |call: u64| format!("failed {call} TimedOut {{ secs: 10 }}");
    assert_eq!(told(&mut machine), ["failed 9 NotConnected".to_owned(), timed_out(2), timed_out(3)]);
    machine.close(ms(10_001));
    assert_eq!(told(&mut machine), ["ended ClosedByClient"]);
}

#[test]
fn without_recovery_a_lost_line_is_the_end() {
    let mut machine = live_with(SessionConfig { reconnect_millis: 0, ..config() });
    machine.call(&request(1), ms(0));
    machine.handle_line_lost(ms(1));
    assert_eq!(told(&mut machine), ["failed 1 Ended(LineLost)", "ended LineLost"]);
}

#[test]
fn a_small_value_does_not_keep_the_buffer_it_came_in() {
    let mut machine = live();
    machine.handle_bytes(subscribed(1, "a", TopicSpec::new(TopicType::Json)), ms(0));
    let message = value(1, b"small");
    let place = message.as_ptr_range();
    machine.handle_bytes(message.clone(), ms(1));
    let all = events(&mut machine);
    let [_, Event::Value(arrived)] = &all[..] else { panic!("{all:?}") };
    assert!(!place.contains(&arrived.received.value.as_ptr()));
}

mod inbound;
mod line;
mod memory;
mod versions;
