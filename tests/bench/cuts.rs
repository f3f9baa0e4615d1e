//! What a client gets over a line that is cut again and again at any byte: each value of each topic once and in order, each
//! call answered once, and no session that is called incomplete although the server still had everything.
//!
//! Server and client are in this process with a proxy between them that cuts in both directions, within frames, and
//! within the handshake of a reconnection. The client speaks all the time: pings, and calls that each append to a time
//! series, whose answer says how many there were. Topics are not merged by the server and the limits of its queue are so
//! wide that it always has what was not received. A number after `--` makes as many cuts in place of [`CUTS`].

use brownian::client::Engine;
use brownian::client::api::{
    Call, CallError, CallId, Command, ConnectOptions, Event, LinkError, LinkId, LinkState, SessionEvent, Target,
};
use brownian::data::{Secret, SessionId, TopicSpec, TopicType};
use brownian::server::{Limits, Server, ServerConfig};
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{Subscribe, TimeSeriesAppend, time_series_append};
use counters::{Account, Counters, SELECTOR};
use proxy::{Cut, Direction, Proxy};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "support/counters.rs"]
mod counters;
#[path = "support/proxy.rs"]
mod proxy;

const CUTS: u64 = 1000;
const TOPICS: usize = 2000;
const UPDATES_PER_SEC: u64 = 20_000;
const PING_MILLIS: u32 = 100;
/// Time for the last values.
const AT_THE_END: Duration = Duration::from_mins(1);
/// The time series that calls append to.
const SERIES: &str = "calls";
const LINK: LinkId = LinkId(1);

fn main() -> ExitCode {
    let cuts = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(CUTS);
    let limits =
        Limits { conflate_above: usize::MAX, queue_bytes: 1 << 30, resend_messages: 4_000_000, resend_bytes: 1 << 29 };
    let server = Server::start(ServerConfig { outbox: limits, ..ServerConfig::default() }).expect("a server");
    let spec = TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", "json");
    server.publisher().add(SERIES, &spec).expect("a new topic");
    let counters = Counters::new(TOPICS);
    let publishing = counters.publish(server.publisher(), UPDATES_PER_SEC);
    let proxy = Proxy::start(server.listen(([127, 0, 0, 1], 0).into()).expect("a free port")).expect("a free port");
    let mut options = ConnectOptions::to(Target::Url(proxy.url()));
    options.principal = Some("admin".into());
    options.password = Some(Secret::new("password"));
    options.keep_every_value = true;
    options.ping_interval_millis = PING_MILLIS;
    let mut engine = Engine::start(Arc::new(|| {}), None).expect("a runtime");
    engine.open(LINK, options);

    let (started, mut planner, mut client) = (Instant::now(), Planner::default(), Client::new(&counters));
    while client.closed.is_none() && (proxy.cuts() < cuts || !client.is_live || proxy.has_plan()) {
        client.go_on(&mut engine);
        if client.is_live && proxy.cuts() < cuts {
            planner.plan(&proxy);
        }
    }
    let published = publishing.stop();
    let ending = Instant::now();
    while client.closed.is_none() && client.account.missing(published) > 0 && ending.elapsed() < AT_THE_END {
        client.go_on(&mut engine);
    }
    client.account.lost += client.account.missing(published);
    client.report(&proxy, published, started.elapsed())
}

/// What the client has seen.
struct Client {
    account: Account,
    session: Option<SessionId>,
    is_live: bool,
    subscribed: bool,
    recovered: u64,
    attempts: u64,
    incomplete: u64,
    other_sessions: u64,
    closed: Option<LinkError>,
    values_given_up: u64,
    dropped: u64,
    pings: u64,
    calls: Calls,
}

/// Calls one after another, each appending to the series.
#[derive(Default)]
struct Calls {
    next_id: u64,
    is_waiting: bool,
    done: i64,
    refused: u64,
    failed: u64,
    /// Answers that came to no call, or for a call that was done twice or not at all.
    wrong: u64,
}

impl Client {
    fn new(counters: &Arc<Counters>) -> Self {
        Self {
            account: Account::new(counters),
            session: None,
            is_live: false,
            subscribed: false,
            recovered: 0,
            attempts: 0,
            incomplete: 0,
            other_sessions: 0,
            closed: None,
            values_given_up: 0,
            dropped: 0,
            pings: 0,
            calls: Calls::default(),
        }
    }

    fn go_on(&mut self, engine: &mut Engine) {
        let more = engine.drain(4096, &mut |_, event| self.take(event));
        if self.is_live && !self.subscribed {
            self.subscribed = true;
            let request = SelectionRequest { selector: SELECTOR.into(), scope: String::new() };
            engine.send(LINK, Command::Call(Call::new::<Subscribe>(CallId(0), &request))).expect("room for one call");
        }
        if self.is_live && !self.calls.is_waiting {
            self.calls.is_waiting = true;
            self.calls.next_id += 1;
            let value = vec![1].into(); // the number 1 in CBOR
            let request = time_series_append::Request { path: SERIES.into(), data_type: "json".into(), value };
            let call = Call::new::<TimeSeriesAppend>(CallId(self.calls.next_id), &request);
            engine.send(LINK, Command::Call(call)).expect("room for one call");
        }
        if !more {
            engine.wait(Duration::from_millis(5));
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Link(LinkState::Connected(facts)) => {
                if self.session.is_some_and(|session| session != facts.id) {
                    self.other_sessions += 1;
                    self.account.restart();
                    self.subscribed = false;
                }
                self.recovered += u64::from(self.session == Some(facts.id));
                self.session = Some(facts.id);
                self.is_live = true;
            }
            Event::Link(LinkState::Recovering { .. }) => {
                self.attempts += 1;
                self.is_live = false;
            }
            Event::Link(LinkState::Closed(cause)) => self.closed = Some(*cause),
            Event::SessionReset => {
                self.incomplete += 1;
                self.account.restart();
            }
            Event::Updates(updates) => {
                for update in updates {
                    self.dropped += u64::from(update.dropped);
                    for value in update.earlier.iter().chain([&update.latest]) {
                        self.account.take(&update.path, &value.value, 1);
                    }
                }
            }
            Event::Answer(answer) if answer.id == CallId(0) => {
                answer.result.expect("the selector is good");
            }
            Event::Answer(answer) => self.calls.answered(
                answer.id,
                answer.result.map(|answer| {
                    answer.downcast::<time_series_append::Response>().expect("the service's type").sequence
                }),
            ),
            Event::Session(SessionEvent::ValueLost { .. }) => self.values_given_up += 1,
            Event::Session(SessionEvent::Pinged { micros: Some(_), .. }) => self.pings += 1,
            _ => {}
        }
    }

    fn report(&self, proxy: &Proxy, published: counters::Published, took: Duration) -> ExitCode {
        let (account, calls) = (&self.account, &self.calls);
        let rate = published.updates as f64 / published.seconds;
        println!("{TOPICS} topics, {rate:.0} updates a second of {UPDATES_PER_SEC}, {:.0} s", took.as_secs_f64());
        let line = |name: &str, count: u64| println!("{name:52} {count:>10}");
        line("cuts", proxy.cuts());
        line("attempts to recover the session", self.attempts);
        line("recoveries", self.recovered);
        line("values published", published.updates);
        line("values received", account.received);
        line("calls done", calls.done.unsigned_abs());
        line("calls refused while there was no line, asked again", calls.refused);
        line("round trips measured", self.pings);
        println!("these have to be 0:");
        let bad = [
            ("recoveries called incomplete", self.incomplete),
            ("other sessions in place of the one lost", self.other_sessions),
            ("sessions over", u64::from(self.closed.is_some())),
            ("values lost", account.lost),
            ("values doubled", account.doubled),
            ("values altered", account.altered),
            ("values that the client gave up", self.values_given_up),
            ("values that the client had no room for", self.dropped),
            ("calls without an answer of the server", calls.failed),
            ("calls done twice, or said to be done and not", calls.wrong),
        ];
        for (name, count) in bad {
            line(name, count);
        }
        if let Some(cause) = &self.closed {
            println!("the session ended: {cause}");
        }
        ExitCode::from(u8::from(bad.iter().any(|(_, count)| *count > 0)))
    }
}

impl Calls {
    /// A call ended; if it was done, with the number of its event, which counts from 0.
    fn answered(&mut self, id: CallId, result: Result<i64, CallError>) {
        if !self.is_waiting || id != CallId(self.next_id) {
            self.wrong += 1;
            return;
        }
        self.is_waiting = false;
        match result {
            Ok(sequence) => {
                self.wrong += u64::from(sequence != self.done);
                self.done = sequence + 1;
            }
            Err(CallError::NotConnected) => self.refused += 1,
            Err(_) => self.failed += 1,
        }
    }
}

/// Decides where lines end.
struct Planner {
    random: fastrand::Rng,
}

impl Default for Planner {
    fn default() -> Self {
        Self { random: fastrand::Rng::with_seed(1) }
    }
}

impl Planner {
    /// A cut in one of the directions, each with the most bytes that pass before.
    fn cut(&mut self, to_client: usize, to_server: usize) -> Cut {
        let (direction, most) =
            if self.random.bool() { (Direction::ToClient, to_client) } else { (Direction::ToServer, to_server) };
        Cut { direction, after_bytes: self.random.usize(..most) }
    }

    /// Plans the end of the line that is there, and sometimes of the next one within its handshake.
    fn plan(&mut self, proxy: &Proxy) {
        if proxy.has_plan() {
            return;
        }
        let first = self.cut(100_000, 2_000);
        let in_handshake = self.cut(700, 700);
        proxy.cut([first].into_iter().chain((self.random.u32(..4) == 0).then_some(in_handshake)));
    }
}
