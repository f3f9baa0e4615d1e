//! The whole client over real sockets and over the pipe, against a scripted server.

use super::*;
use crate::client::PipeEnd;
use crate::client::api::MemoryLimit;
use crate::client::api::{Call, CallError, CallId, LinkError, LinkState, SessionEvent, Step, Target, Traffic};
use crate::client::scripted_server::{Peer, SESSION, accepted, announcement, fresh, value};
use crate::data::{TopicPath, TopicSpec, TopicType};
use crate::session::{ReceivedValue, ValueEvent};
use crate::wire::Message;
use crate::wire::handshake::{Acceptance, ConnectRequest, Rejection};
use crate::wire::services::Subscribe;
use crate::wire::services::shared::SelectionRequest;
use bytes::Bytes;
use futures_util::SinkExt;
use std::future::Future;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message as Frame;

const LINK: LinkId = LinkId(1);
/// Only how long a broken test takes to fail.
const PATIENCE: Duration = Duration::from_secs(20);

/// An engine, the events it gave, and a runtime for the scripted server.
struct Stage {
    engine: Engine,
    events: Vec<Event>,
    server: Runtime,
}

enum Door {
    Socket(TcpListener),
    Pipes(mpsc::UnboundedReceiver<(ConnectRequest, PipeEnd)>),
}

impl Door {
    async fn accept(&mut self) -> (ConnectRequest, Peer) {
        match self {
            Self::Socket(listener) => Peer::accept(listener).await,
            Self::Pipes(pipes) => Peer::receive(pipes).await,
        }
    }
}

impl Stage {
    fn new() -> Self {
        let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        let engine = Engine::start(Arc::new(|| {}), None).expect("threads");
        Self { engine, events: Vec::new(), server }
    }

    /// A stage for a journey over this kind of line.
    fn over(piped: bool) -> (Self, Door, ConnectOptions) {
        let stage = Self::new();
        let (door, target) = if piped {
            let (pipes, door) = mpsc::unbounded_channel();
            stage.engine.embed(Some(Arc::new(move |request, end| drop(pipes.send((request, end))))));
            (Door::Pipes(door), Target::Embedded)
        } else {
            let listener = stage.server.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
            let address = listener.local_addr().expect("bound");
            (Door::Socket(listener), Target::Url(format!("ws://{address}")))
        };
        let options = ConnectOptions { ping_interval_millis: 0, ..ConnectOptions::to(target) };
        (stage, door, options)
    }

    fn script(&self, script: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        self.server.spawn(script)
    }

    /// Takes events until one is what is waited for; gives its place.
    fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> usize {
        let mut looked_at = 0;
        loop {
            self.engine.drain(1000, &mut |_, event| self.events.push(event));
            if let Some(at) = self.events[looked_at..].iter().position(&wanted) {
                return looked_at + at;
            }
            looked_at = self.events.len();
            assert!(self.engine.wait(PATIENCE), "nothing more came after {:#?}", self.events);
        }
    }

    fn until_connected(&mut self) -> usize {
        self.until(|event| matches!(event, Event::Link(LinkState::Connected(_))))
    }

    fn until_closed(&mut self) -> LinkError {
        let at = self.until(|event| matches!(event, Event::Link(LinkState::Closed(_))));
        let Event::Link(LinkState::Closed(cause)) = &self.events[at] else { unreachable!() };
        (**cause).clone()
    }

    fn answer_to(&mut self, call: u64) -> Result<(), CallError> {
        let at = self.until(|event| matches!(event, Event::Answer(answer) if answer.id == CallId(call)));
        let Event::Answer(answer) = &self.events[at] else { unreachable!() };
        answer.result.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn send(&mut self, command: Command) {
        self.engine.send(LINK, command).expect("room");
    }
}

fn subscribe(call: u64) -> Command {
    let request = SelectionRequest { selector: "?.*//".into(), scope: String::new() };
    Command::Call(Call::new::<Subscribe>(CallId(call), &request))
}

fn json() -> TopicSpec {
    TopicSpec::new(TopicType::Json)
}

fn journey(piped: bool) {
    let (mut stage, mut door, options) = Stage::over(piped);
    let script = stage.script(async move {
        let (request, mut peer) = door.accept().await;
        assert_eq!((request.version, request.client_type.as_str()), (29, "WB"));
        assert_eq!(request.principal.as_deref(), Some("control"));
        peer.say(fresh()).await;
        let cid = peer.hear_request().await;
        peer.say(announcement(9, "a/b", json())).await;
        peer.say(value(9, b"\x01")).await;
        peer.answer(cid).await;
        assert_eq!(peer.hear().await, Some(Message::CloseRequest));
        peer.say(Message::Abort.encode()).await;
    });
    stage.engine.open(LINK, ConnectOptions { principal: Some("control".into()), ..options });
    let at = stage.until_connected();
    let Event::Link(LinkState::Connected(facts)) = &stage.events[at] else { unreachable!() };
    assert_eq!((facts.id, facts.version, facts.principal.as_str()), (SESSION, 29, "control"));
    assert_eq!(facts.transport, if piped { "in memory" } else { "WebSocket" });
    stage.send(subscribe(70));
    assert_eq!(stage.answer_to(70), Ok(()));
    // Values come before the answer that was sent after them.
    stage.events.retain(|event| !matches!(event, Event::Traffic(_) | Event::Log(_) | Event::Link(_)));
    let [Event::Session(SessionEvent::Subscribed { path, .. }), Event::Updates(updates), Event::Answer(_)] =
        &stage.events[..]
    else {
        panic!("{:#?}", stage.events)
    };
    assert_eq!(path.as_str(), "a/b");
    assert_eq!((updates[0].count, &updates[0].latest.value[..]), (1, &b"\x01"[..]));
    stage.send(Command::Close);
    assert_eq!(stage.until_closed(), LinkError::ClosedByClient);
    stage.server.block_on(script).expect("the script ran to its end");
}

#[test]
fn a_journey_over_a_socket() {
    journey(false);
}

#[test]
fn a_journey_through_the_pipe() {
    journey(true);
}

fn recovery(piped: bool) {
    let (mut stage, mut door, options) = Stage::over(piped);
    let script = stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(fresh()).await;
        let first = peer.hear_request().await;
        peer.answer(first).await;
        // The second request arrives, and then the line is dropped: its answer comes over the next one.
        let second = peer.hear_request().await;
        peer.say(announcement(9, "seen", json())).await;
        assert_eq!(peer.hear().await, None);
        let (request, mut peer) = door.accept().await;
        let resume = request.resume.expect("a session to go on with");
        assert_eq!((resume.client_sequence, resume.server_sequence), (1, 2));
        peer.say(accepted(Acceptance::Recovered { sequence: 3 })).await;
        peer.answer(second).await;
        drop(peer);
        // Lost by the server this time, which then no longer knows the session.
        let (request, mut peer) = door.accept().await;
        assert_eq!(request.resume.map(|r| (r.client_sequence, r.server_sequence)), Some((3, 3)));
        peer.say(Bytes::from_static(&[0x23, 29, 117])).await;
    });
    stage.engine.open(LINK, options);
    stage.send_when_connected(subscribe(1));
    assert_eq!(stage.answer_to(1), Ok(()));
    stage.send(subscribe(2));
    stage.until(|event| matches!(event, Event::Session(SessionEvent::Subscribed { .. })));
    stage.send(Command::DropLine);
    assert_eq!(stage.answer_to(2), Ok(()));
    assert_eq!(stage.until_closed(), LinkError::Rejected(Rejection::UNKNOWN_SESSION));
    stage.server.block_on(script).expect("the script ran to its end");
    let states: Vec<_> = stage
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Link(LinkState::Connected(facts)) => Some(format!("connected {}", facts.id)),
            Event::Link(LinkState::Recovering { attempt, .. }) => Some(format!("recovering {attempt}")),
            Event::Link(LinkState::Closed(_)) => Some("closed".into()),
            _ => None,
        })
        .collect();
    let connected = format!("connected {SESSION}");
    assert_eq!(states, [&connected, "recovering 1", &connected, "recovering 1", "closed"]);
}

impl Stage {
    fn send_when_connected(&mut self, command: Command) {
        self.until_connected();
        self.send(command);
    }
}

#[test]
fn a_dropped_line_is_recovered_over_a_socket() {
    recovery(false);
}

#[test]
fn a_dropped_line_is_recovered_through_the_pipe() {
    recovery(true);
}

#[test]
fn without_recovery_a_lost_line_ends_everything_with_its_cause() {
    let (mut stage, mut door, options) = Stage::over(false);
    stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(fresh()).await;
        peer.hear_request().await;
    });
    stage.engine.open(LINK, ConnectOptions { reconnect_secs: 0, ..options });
    stage.send_when_connected(subscribe(1));
    let answer = stage.answer_to(1);
    let cause = stage.until_closed();
    assert!(matches!(cause, LinkError::LineLost(_)), "{cause:?}");
    assert_eq!(answer, Err(CallError::LinkLost(Box::new(cause))));
}

#[test]
fn a_server_that_rejects_says_why() {
    let (mut stage, mut door, options) = Stage::over(false);
    stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(Bytes::from_static(&[0x23, 29, 116])).await;
    });
    stage.engine.open(LINK, options);
    assert_eq!(stage.until_closed(), LinkError::Rejected(Rejection::AUTHENTICATION_FAILED));
}

#[test]
fn a_message_that_is_too_large_or_text_ends_the_session() {
    for text in [false, true] {
        let (mut stage, mut door, options) = Stage::over(false);
        let script = stage.script(async move {
            let (_, mut peer) = door.accept().await;
            peer.say(fresh()).await;
            let Peer::WebSocket(stream) = &mut peer else { unreachable!() };
            let message = if text { Frame::text("hello") } else { Frame::binary(vec![6; 3000]) };
            let _ = stream.send(message).await;
            while peer.hear().await.is_some() {}
        });
        stage.engine.open(LINK, ConnectOptions { max_message_bytes: 2000, ..options });
        let cause = stage.until_closed();
        assert!(matches!(cause, LinkError::BadMessage(_)), "{cause:?}");
        stage.server.block_on(script).expect("the client closed the line");
    }
}

#[test]
fn a_call_without_a_session_is_answered_so() {
    let mut stage = Stage::new();
    stage.send(subscribe(1));
    assert_eq!(stage.answer_to(1), Err(CallError::NotConnected));
    // While it connects, and when it has ended.
    let (mut stage, mut door, options) = Stage::over(false);
    stage.engine.open(LINK, options);
    stage.send(subscribe(2));
    assert_eq!(stage.answer_to(2), Err(CallError::NotConnected));
    stage.send(Command::Close);
    assert_eq!(stage.until_closed(), LinkError::ClosedByClient);
    stage.send(subscribe(3));
    assert_eq!(stage.answer_to(3), Err(CallError::NotConnected));
    stage.script(async move { drop(door.accept().await) });
}

#[test]
fn a_flood_merges_while_the_window_is_away_and_every_value_is_counted() {
    const VALUES: u32 = 20_000;
    let (mut stage, mut door, options) = Stage::over(true);
    let script = stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(fresh()).await;
        peer.say(announcement(1, "kept", json())).await;
        peer.say(announcement(2, "other", json())).await;
        // The window asks for history before it goes away.
        let cid = peer.hear_request().await;
        for n in 0..VALUES {
            peer.say(value(1, &n.to_be_bytes())).await;
            peer.say(value(2, &n.to_be_bytes())).await;
        }
        peer.answer(cid).await;
        peer.hear().await;
    });
    stage.engine.open(LINK, options);
    stage.until_connected();
    stage.send(Command::KeepHistoryOf(vec![TopicPath::parse("kept").expect("valid")]));
    stage.send(subscribe(1));
    assert_eq!(stage.answer_to(1), Ok(()));
    let mut count = 0;
    let mut last = None;
    let mut history = 0;
    for event in &stage.events {
        let Event::Updates(updates) = event else { continue };
        for update in updates {
            count += update.count;
            last = Some(update.latest.value.clone());
            let kept = update.path.as_str() == "kept";
            history += if kept { update.earlier.len() as u32 + 1 + update.dropped } else { 0 };
        }
    }
    assert_eq!(count, 2 * VALUES);
    assert_eq!(history, VALUES, "kept or counted as dropped");
    assert_eq!(last.as_deref(), Some(&(VALUES - 1).to_be_bytes()[..]));
    stage.send(Command::Close);
    stage.until_closed();
    let at = stage.until(|event| matches!(event, Event::Traffic(Traffic { messages_out: 2.., .. })));
    let Event::Traffic(traffic) = &stage.events[at] else { unreachable!() };
    assert_eq!(traffic.values_in, u64::from(2 * VALUES));
    stage.server.block_on(script).expect("the script ran to its end");
}

#[test]
fn every_value_of_every_topic_is_kept_if_the_options_say_so() {
    const VALUES: u32 = 500;
    let (mut stage, mut door, options) = Stage::over(true);
    let script = stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(fresh()).await;
        peer.say(announcement(1, "any", json())).await;
        let cid = peer.hear_request().await;
        for n in 0..VALUES {
            peer.say(value(1, &n.to_be_bytes())).await;
        }
        peer.answer(cid).await;
        peer.hear().await;
    });
    stage.engine.open(LINK, ConnectOptions { keep_every_value: true, ..options });
    stage.until_connected();
    stage.send(subscribe(1));
    assert_eq!(stage.answer_to(1), Ok(()));
    let updates = stage.events.iter().filter_map(|event| match event {
        Event::Updates(updates) => Some(updates),
        _ => None,
    });
    let kept = updates.flatten().flat_map(|update| update.earlier.iter().chain([&update.latest]));
    let kept: Vec<u32> = kept.map(|a| u32::from_be_bytes(a.value[..].try_into().expect("four bytes"))).collect();
    assert_eq!(kept, (0..VALUES).collect::<Vec<_>>());
    stage.send(Command::Close);
    stage.until_closed();
    stage.server.block_on(script).expect("the script ran to its end");
}

#[test]
fn large_batches_come_in_parts_and_within_the_budget() {
    let (mut stage, _, _) = Stage::over(true);
    let outbox = Arc::new(Outbox::new(Arc::clone(&stage.engine.wake)));
    let (commands, _) = mpsc::channel(1);
    stage.engine.links.insert(LINK, Link { commands, outbox: Arc::clone(&outbox) });
    let total = 2 * UPDATES_AT_A_TIME + 1;
    outbox.fill(|queue| {
        for n in 0..total as i32 {
            let received = ReceivedValue { at: crate::data::Timestamp(0), value: Bytes::new(), delta_bytes: None };
            let path = TopicPath::parse(&n.to_string()).expect("valid");
            queue.push_value(ValueEvent { topic_id: n, path, received, line_bytes: 5 });
        }
    });
    let sizes = std::cell::RefCell::new(Vec::new());
    let mut take = |_, event| match event {
        Event::Updates(updates) => sizes.borrow_mut().push(updates.len()),
        other => panic!("{other:?}"),
    };
    assert!(stage.engine.drain(1, &mut take));
    assert_eq!(*sizes.borrow(), [UPDATES_AT_A_TIME]);
    assert!(stage.engine.wait(Duration::ZERO), "what is left is still there");
    assert!(!stage.engine.drain(total, &mut take));
    assert_eq!(*sizes.borrow(), [UPDATES_AT_A_TIME, UPDATES_AT_A_TIME, 1]);
}

#[test]
fn a_connection_opened_again_forgets_the_former() {
    let (mut stage, mut door, options) = Stage::over(true);
    let script = stage.script(async move {
        let (_, mut first) = door.accept().await;
        first.say(fresh()).await;
        assert_eq!(first.hear().await, Some(Message::CloseRequest), "the former session ends");
        drop(first);
        let (request, mut second) = door.accept().await;
        assert!(request.resume.is_none());
        second.say(fresh()).await;
        second.hear().await;
    });
    stage.engine.open(LINK, options.clone());
    stage.until_connected();
    stage.events.clear();
    stage.engine.open(LINK, options);
    stage.until_connected();
    stage.engine.forget(LINK);
    stage.server.block_on(script).expect("the script ran to its end");
    assert!(!stage.engine.drain(1000, &mut |_, event| panic!("{event:?}")));
}

#[test]
fn dropping_the_engine_ends_its_lines() {
    let (mut stage, mut door, options) = Stage::over(true);
    let script = stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(fresh()).await;
        // The threads may or may not find the time to say good-bye.
        assert!(matches!(peer.hear().await, None | Some(Message::CloseRequest)));
        assert_eq!(peer.hear().await, None);
    });
    stage.engine.open(LINK, options);
    stage.until_connected();
    drop(stage.engine);
    stage.server.block_on(script).expect("the line ended");
}

#[test]
fn a_connection_test_reports_each_step() {
    let (stage, mut door, options) = Stage::over(false);
    let script = stage.script(async move {
        let (_, mut peer) = door.accept().await;
        peer.say(fresh()).await;
        assert_eq!(peer.hear().await, Some(Message::CloseRequest), "the test leaves no session behind");
        let (_, mut peer) = door.accept().await;
        peer.say(Bytes::from_static(&[0x23, 29, 116])).await;
        // A server of version 21, and one that closes the line on each version.
        let (request, mut peer) = door.accept().await;
        assert_eq!(request.version, 29);
        peer.say(Bytes::from_static(&[0x23, 21, 102])).await;
        let (request, mut peer) = door.accept().await;
        assert_eq!(request.version, 21);
        peer.say(Bytes::from_static(&[0x23, 21, 116])).await;
        for version in crate::wire::protocol::OFFERED {
            let (request, peer) = door.accept().await;
            assert_eq!(request.version, version);
            drop(peer);
        }
    });
    let run = || -> Vec<StepReport> { stage.engine.test_connection(options.clone()).iter().collect() };
    let steps = |reports: &[StepReport]| reports.iter().map(|r| (r.step, r.outcome.is_ok())).collect::<Vec<_>>();
    let before = [(Step::Resolve, true), (Step::Tcp, true), (Step::Upgrade, true)];

    let reports = run();
    assert_eq!(steps(&reports), [&before[..], &[(Step::Protocol, true), (Step::Authentication, true)]].concat());
    assert_eq!(reports[4].outcome, Ok(format!("session {SESSION}")));

    let reports = run();
    assert_eq!(steps(&reports), [&before[..], &[(Step::Protocol, true), (Step::Authentication, false)]].concat());
    assert_eq!(reports[4].outcome, Err(LinkError::Rejected(Rejection::AUTHENTICATION_FAILED)));

    let reports = run();
    let protocol = (Step::Protocol, true);
    assert_eq!(steps(&reports), [&before[..], &[protocol, protocol, (Step::Authentication, false)]].concat());
    assert_eq!((reports[3].offered, reports[4].offered), (Some((29, false)), Some((21, true))));
    assert_eq!(reports[3].outcome, Ok("answered with 21".to_owned()));
    assert_eq!(reports[5].outcome, Err(LinkError::Rejected(Rejection::AUTHENTICATION_FAILED)));

    // Nobody takes the reports before the server has heard of every version.
    let waiting = stage.engine.test_connection(options.clone());
    stage.server.block_on(script).expect("the script ran to its end");
    let reports: Vec<StepReport> = waiting.iter().collect();
    let tried: Vec<u8> = reports.iter().filter_map(|report| report.offered).map(|(version, _)| version).collect();
    assert_eq!(tried, [29, 25, 24, 23, 22, 21, 20, 19], "each but the last, which is the failure");
    assert!(matches!(reports.last().expect("a failure").outcome, Err(LinkError::NoResponse(_))));
}

#[test]
fn nothing_is_read_while_what_was_read_is_not_taken_and_nothing_is_lost() {
    const VALUES: u32 = 1500;
    const BYTES: usize = 32 << 10;
    for piped in [true, false] {
        let (mut stage, mut door, options) = Stage::over(piped);
        let (all_said, is_all_said) = std_mpsc::sync_channel(1);
        let script = stage.script(async move {
            let (_, mut peer) = door.accept().await;
            peer.say(fresh()).await;
            peer.hear_request().await;
            peer.say(announcement(9, "a", TopicSpec::new(TopicType::Binary))).await;
            for number in 0..VALUES {
                let mut bytes = vec![0; BYTES];
                bytes[..4].copy_from_slice(&number.to_be_bytes());
                peer.say(value(9, &bytes)).await;
            }
            let _ = all_said.send(());
            while peer.hear().await.is_some() {}
        });
        stage.engine.open(LINK, ConnectOptions { keep_every_value: true, ..options });
        stage.until_connected();
        stage.send(Command::LimitMemory(MemoryLimit { topic_bytes: usize::MAX, waiting_bytes: 1 << 20 }));
        stage.send(subscribe(1));
        let outbox = Arc::clone(&stage.engine.links[&LINK].outbox);
        while outbox.has_room() {
            std::thread::yield_now();
        }
        // Long enough for all of them, if they were read.
        assert!(is_all_said.recv_timeout(Duration::from_millis(300)).is_err(), "the server waits");
        let mut numbers = Vec::new();
        while numbers.len() < VALUES as usize {
            stage.engine.drain(10, &mut |_, event| {
                if let Event::Updates(updates) = event {
                    for update in updates {
                        assert_eq!(update.dropped, 0);
                        let all = update.earlier.iter().chain([&update.latest]);
                        numbers.extend(all.map(|at| u32::from_be_bytes(at.value[..4].try_into().expect("four"))));
                    }
                }
            });
            assert!(numbers.len() >= VALUES as usize || stage.engine.wait(PATIENCE), "{} came", numbers.len());
        }
        assert_eq!(numbers, (0..VALUES).collect::<Vec<_>>());
        script.abort();
    }
}
