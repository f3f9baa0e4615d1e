//! What others notice while one peer does its worst: the ping of a bystander's session before and during each attack, and
//! the server's memory before and after.
//!
//! The server runs with the demo content in a process of its own, bystander and attacker in this one. An attack is a
//! name and a function in [`ATTACKS`]; it goes on until its time is over. Meanwhile an administrator logs in again and
//! again. Words after `--` run only the attacks whose names contain one of them.

mod hostile {
    pub(crate) mod memory;
    pub(crate) mod messages;
    pub(crate) mod places;
    pub(crate) mod raw;
}

#[path = "support/second_process.rs"]
mod second_process;

use brownian::data::{TopicSpec, TopicType};
use brownian::server::{Server, ServerConfig, demo};
use brownian::wire::frame::Message;
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{
    Fetch, MissingTopic, NotificationSelect, Subscribe, TopicAdd, TopicControlRegistration, TopicRemove, Unsubscribe,
    UserPing, fetch, missing_topic, notification_select, topic_add, topic_control_registration, topic_remove,
};
use brownian::wire::{Service, encode};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hostile::{memory, messages, places};
use second_process::SecondProcess;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const VERSION: u8 = 29;
const ANONYMOUS: &str = "ty=WB&v=29&ca=10&r=0&sp=%7B%7D";
const ADMIN: &str = "ty=WB&v=29&ca=10&r=0&sp=%7B%7D&username=admin&password=AQhwYXNzd29yZA%3D%3D";
/// How long pings are measured before and during each attack.
const BEFORE: Duration = Duration::from_secs(1);
const DURING: Duration = Duration::from_secs(2);
/// The same for attacks that have to take something up first.
const LONG: Duration = Duration::from_secs(10);
/// Time between two pings of the bystander.
const PING_EVERY: Duration = Duration::from_millis(10);
/// Requests that one attacking session has on the way.
const IN_FLIGHT: u64 = 64;
/// Sessions of attacks by many.
const MANY: usize = 50;
/// Updates of the demo content in a second.
const DEMO_RATE: f64 = 1000.0;
/// Bytes that the server keeps for all sessions.
const MAX_KEPT_BYTES: usize = 128 << 20;
/// Time between two looks at sessions and memory.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Time between the end of an attack and the last look.
const SETTLE: Duration = Duration::from_millis(200);
/// Time between two logins of the administrator.
const LOGIN_EVERY: Duration = Duration::from_millis(100);

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;
type Attack = (&'static str, Duration, fn(SocketAddr, Instant) -> Running);

/// What is tried: a name, how long, and what goes on at an address until a moment.
const ATTACKS: [Attack; 24] = [
    ("nothing", DURING, |_, until| Box::pin(async move { tokio::time::sleep_until(until.into()).await })),
    ("22a steps back", DURING, |at, until| repeated(at, until, 1, || vec![fetched(r"*(?!x)(((a|b|c|\w|/|\s)*)*)*!")])),
    ("22a steps back, many sessions", DURING, |at, until| {
        repeated(at, until, MANY, || vec![fetched(&format!("#{}", [r"*(\w|/|\w\w)*\1!"; 12].join("////")))])
    }),
    ("22b long path", DURING, |at, until| {
        repeated(at, until, 1, || vec![subscribed(&format!(">{}", "x/".repeat(100_000)))])
    }),
    ("22b long pattern", DURING, |at, until| {
        repeated(at, until, 1, || vec![subscribed(&format!("?{}.*", "x/".repeat(100_000)))])
    }),
    ("22c properties", DURING, |at, until| {
        repeated(at, until, 1, || vec![with_properties(40_000), with_properties(256)])
    }),
    ("22d parts", DURING, |at, until| {
        repeated(at, until, 1, || vec![fetched(&format!("?{}", vec![".*x"; 45_000].join("/")))])
    }),
    ("22d members", DURING, |at, until| {
        repeated(at, until, 1, || {
            vec![fetched(&format!("#{}", (0..30_000).map(|n| format!("?{n}.*x")).collect::<Vec<_>>().join("////")))]
        })
    }),
    ("22d as much as is allowed, many sessions", DURING, |at, until| {
        repeated(at, until, MANY, || {
            vec![fetched(&format!("#{}", (0..18).map(|n| format!("?.*{n}x")).collect::<Vec<_>>().join("////")))]
        })
    }),
    ("22e selections while topics come", DURING, |at, until| Box::pin(selections(at, until))),
    ("everything fetched, many sessions", DURING, |at, until| {
        let everything = || fetch::Request { with_values: true, with_properties: true, ..fetch::Request::of("?.*//") };
        repeated(at, until, MANY, move || vec![request::<Fetch>(&everything())])
    }),
    ("everything subscribed and left, many sessions", DURING, |at, until| {
        repeated(at, until, MANY, || vec![subscribed("?.*//"), left("?.*//")])
    }),
    ("pings, many sessions", DURING, |at, until| repeated(at, until, MANY, || vec![request::<UserPing>(&())])),
    ("23 sessions forgotten", LONG, |at, until| blocking(places::forgotten_sessions, at, until)),
    ("23 sessions that have spoken forgotten", LONG, |at, until| blocking(places::spoken_sessions, at, until)),
    ("23 sessions kept", LONG, |at, until| blocking(places::kept_sessions, at, until)),
    ("24 connections that are silent", LONG, |at, until| blocking(places::silent_connections, at, until)),
    ("24 passwords guessed", LONG, |at, until| blocking(places::guessed_passwords, at, until)),
    ("26 selections and names kept", LONG, |at, until| blocking(memory::kept_selections, at, until)),
    ("26 queues of dead lines", LONG, |at, until| blocking(memory::dead_lines, at, until)),
    ("26 messages in part", LONG, |at, until| blocking(memory::partial_messages, at, until)),
    ("27 topics that are missing", LONG, |at, until| Box::pin(missing(at, until))),
    ("28 requests without an answer, many sessions", DURING, |at, until| {
        repeated(at, until, MANY, || vec![messages::unanswered()])
    }),
    ("28 requests by filter", LONG, |at, until| Box::pin(messages::by_filter(at, until))),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--bench")).collect();
    if words.iter().any(|word| word == "--serve") {
        return serve();
    }
    println!(
        "pings of a bystander in ms, every {} ms; logins of an administrator in ms, every {} ms; sessions at the most and \
         afterwards; memory of the server in MiB before, at the most and afterwards",
        PING_EVERY.as_millis(),
        LOGIN_EVERY.as_millis()
    );
    let line = |columns: [&str; 14]| {
        let [name, rest @ ..] = columns;
        println!("{name:46} {}", rest.map(|text| format!("{text:>8}")).join(" "));
    };
    line([
        "attack", "median", "max", "median", "99 %", "max", "logins", "failed", "median", "max", "sessions",
        "sessions", "memory", "memory",
    ]);
    line([
        "",
        "before",
        "before",
        "during",
        "during",
        "during",
        "",
        "",
        "",
        "",
        "most",
        "after",
        "before",
        "most/after",
    ]);
    for (name, time, attack) in ATTACKS {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            measure(name, time, attack);
        }
    }
}

/// Measures one attack against a server of its own.
fn measure(name: &str, time: Duration, attack: fn(SocketAddr, Instant) -> Running) {
    let mut served = SecondProcess::start("--serve");
    let address = served.address;
    let before = pinged(address, BEFORE);
    let memory_before = served.resident_mib();
    let until = Instant::now() + time;
    let attacker = on_thread("attacker", move || async move { attack(address, until).await });
    let logins = std::thread::spawn(move || logged_in(address, until));
    let (over, is_over) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let mut most = (0, 0);
        while is_over.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            most = (most.0.max(sessions(&mut served)), most.1.max(served.resident_mib()));
        }
        (served, most)
    });
    let during = pinged(address, time);
    attacker.join().expect("an attack that only gives up");
    let (logins, failed) = logins.join().expect("logins");
    // The server hears of the last connections meanwhile.
    pinged(address, SETTLE);
    drop(over);
    let (mut served, (most_sessions, most_memory)) = watch.join().expect("a look at the server");
    let (sessions_left, memory) = (sessions(&mut served), served.resident_mib());
    let ([median_before, _, max_before], [median, most, max]) = (summary(before), summary(during));
    let ms = |times: &[f64]| times.iter().map(|ms| format!("{ms:8.2}")).collect::<Vec<_>>().join(" ");
    let count = logins.len();
    let [login, _, longest] = summary(logins);
    println!(
        "{name:46} {} {count:8} {failed:8} {} {most_sessions:8} {sessions_left:8} {memory_before:8} {:>8}",
        ms(&[median_before, max_before, median, most, max]),
        ms(&[login, longest]),
        format!("{most_memory}/{memory}")
    );
}

/// A task on a thread and a runtime of its own.
fn on_thread<F: Future<Output = ()>>(
    name: &str,
    task: impl FnOnce() -> F + Send + 'static,
) -> std::thread::JoinHandle<()> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(task());
        // What still waits to be read is dropped with the connections.
        runtime.shutdown_background();
    });
    thread.expect("a thread")
}

/// Logs the administrator in again and again: how long each took that came in, and how many did not.
fn logged_in(address: SocketAddr, until: Instant) -> (Vec<Duration>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (mut times, mut failed) = (Vec::new(), 0);
        while Instant::now() < until {
            let began = Instant::now();
            let logged_in = tokio::time::timeout(LONG, connected(address, ADMIN)).await;
            match logged_in {
                Ok(Some(mut socket)) => {
                    times.push(began.elapsed());
                    let _ = socket.close(None).await;
                }
                _ => failed += 1,
            }
            tokio::time::sleep(LOGIN_EVERY).await;
        }
        (times, failed)
    })
}

/// Median, 99 % and maximum in milliseconds.
fn summary(mut pings: Vec<Duration>) -> [f64; 3] {
    if pings.is_empty() {
        return [f64::NAN; 3];
    }
    pings.sort_unstable();
    let last = pings.len() - 1;
    [last / 2, last * 99 / 100, last].map(|place| pings[place].as_secs_f64() * 1000.0)
}

/// The second process: a server that ends with this one. It answers each line with its number of sessions.
fn serve() {
    let config = ServerConfig { max_kept_bytes: MAX_KEPT_BYTES, ..ServerConfig::default() };
    let server = Server::start(config).expect("a server");
    let _demo = demo::start(Arc::new(server.publisher()), 1, DEMO_RATE).expect("demo content");
    let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    println!("{}", address.port());
    // Ends when the other process closes its end.
    for _ in std::io::stdin().lines().map_while(Result::ok) {
        println!("{}", server.session_count());
    }
}

/// Sessions of the second process at this moment.
fn sessions(server: &mut SecondProcess) -> usize {
    server.ask().trim().parse().expect("a number")
}

/// Pings of a session of its own, for a while.
fn pinged(address: SocketAddr, during: Duration) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut socket = connected(address, ANONYMOUS).await.expect("the bystander gets in");
        let until = Instant::now() + during;
        let mut pings = Vec::new();
        while Instant::now() < until {
            let cid = pings.len() as i64 + 1;
            let message = Message::Request { service: UserPing::ID, cid, payload: Bytes::new() }.encode();
            let began = Instant::now();
            socket.send(Frame::Binary(message)).await.expect("sent");
            loop {
                let frame = socket.next().await.expect("an answer").expect("an answer");
                if matches!(Message::decode(frame.into_data(), 1 << 20), Ok(Message::Response { cid: of, .. }) if of == cid) {
                    break;
                }
            }
            pings.push(began.elapsed());
            tokio::time::sleep(PING_EVERY).await;
        }
        pings
    })
}

async fn connected(address: SocketAddr, query: &str) -> Option<Socket> {
    let (mut socket, _) = connect_async(format!("ws://{address}/diffusion?{query}")).await.ok()?;
    socket.next().await?.ok()?;
    Some(socket)
}

/// A service and the payload of a request.
type Request = (u32, Bytes);

fn request<S: Service>(request: &S::Request) -> Request {
    (S::ID, encode(request, VERSION))
}

fn fetched(selector: &str) -> Request {
    request::<Fetch>(&fetch::Request::of(selector))
}

fn selection(selector: &str) -> SelectionRequest {
    SelectionRequest { selector: selector.to_owned(), scope: String::new() }
}

fn subscribed(selector: &str) -> Request {
    request::<Subscribe>(&selection(selector))
}

fn left(selector: &str) -> Request {
    request::<Unsubscribe>(&selection(selector))
}

/// A request to add a topic with as many properties.
fn with_properties(count: usize) -> Request {
    let properties: Vec<(String, String)> = (0..count).map(|n| (format!("key {n}"), "x".to_owned())).collect();
    (TopicAdd::ID, encode(&("a".to_owned(), (TopicType::Json, properties)), VERSION))
}

/// Sends requests over and over, from as many sessions.
fn repeated(
    address: SocketAddr,
    until: Instant,
    sessions: usize,
    requests: impl Fn() -> Vec<Request> + Send + 'static,
) -> Running {
    Box::pin(async move {
        let requests = Arc::new(requests());
        let all: Vec<_> =
            (0..sessions).map(|_| tokio::spawn(attacker(address, ANONYMOUS, until, Arc::clone(&requests)))).collect();
        for one in all {
            let _ = one.await;
        }
    })
}

/// One session that sends as fast as answers come.
async fn attacker(address: SocketAddr, query: &'static str, until: Instant, requests: Arc<Vec<Request>>) {
    while Instant::now() < until {
        let Some(socket) = connected(address, query).await else { continue };
        let (writer, reader) = socket.split();
        let answered = Arc::new(AtomicU64::new(0));
        let reading = tokio::spawn(read(reader, Arc::clone(&answered)));
        let writing = write(writer, &answered, until, &requests);
        let _ = tokio::time::timeout_at(until.into(), writing).await;
        reading.abort();
    }
}

async fn write(mut writer: SplitSink<Socket, Frame>, answered: &AtomicU64, until: Instant, requests: &[Request]) {
    let mut sent = 0u64;
    while Instant::now() < until {
        for (service, payload) in requests {
            while sent - answered.load(Ordering::Relaxed).min(sent) >= IN_FLIGHT {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            sent += 1;
            let message = Message::Request { service: *service, cid: sent as i64, payload: payload.clone() };
            if writer.send(Frame::Binary(message.encode())).await.is_err() {
                return;
            }
        }
    }
}

async fn read(mut reader: SplitStream<Socket>, answered: Arc<AtomicU64>) {
    while let Some(Ok(frame)) = reader.next().await {
        // Responses and errors begin so; values and notifications do not count.
        if matches!(frame, Frame::Binary(ref bytes) if matches!(bytes.first(), Some(6 | 7))) {
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// As many selections and listeners as are allowed, while an administrator adds and removes topics.
async fn selections(address: SocketAddr, until: Instant) {
    let Some(socket) = connected(address, ANONYMOUS).await else { return };
    let (mut writer, reader) = socket.split();
    let reading = tokio::spawn(read(reader, Arc::default()));
    for n in 0..300 {
        let selector = format!(r"?(\w|\w\w)*\1{n}//");
        let listened = notification_select::Request { listener: n, selector: selector.clone() };
        for (cid, (service, payload)) in
            [(2 * n + 1, subscribed(&selector)), (2 * n + 2, request::<NotificationSelect>(&listened))]
        {
            let _ = writer.send(Frame::Binary(Message::Request { service, cid, payload }.encode())).await;
        }
    }
    let added = |n: usize| {
        let path = format!("hostile/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{n}");
        request::<TopicAdd>(&topic_add::Request { path, spec: TopicSpec::new(TopicType::Json) })
    };
    let removed = request::<TopicRemove>(&topic_remove::Request { selector: "?hostile//".to_owned() });
    let requests: Vec<Request> = (0..50).map(added).chain([removed]).collect();
    attacker(address, ADMIN, until, Arc::new(requests)).await;
    reading.abort();
}

/// What blocks its thread, until a moment.
fn blocking(attack: fn(SocketAddr, Duration) -> u64, address: SocketAddr, until: Instant) -> Running {
    Box::pin(async move {
        attack(address, until.saturating_duration_since(Instant::now()));
    })
}

/// Selectors that select nothing, while an administrator handles missing topics; its session must outlive that.
async fn missing(address: SocketAddr, until: Instant) {
    let mut handler = connected(address, ADMIN).await.expect("the administrator gets in");
    let request = topic_control_registration::Request {
        service: i32::try_from(MissingTopic::ID).expect("small"),
        control_group: missing_topic::CONTROL_GROUP.to_owned(),
        path: memory::MISSING.to_owned(),
        handler: 1,
    };
    let payload = encode(&request, VERSION);
    let message = Message::Request { service: TopicControlRegistration::ID, cid: 1, payload };
    handler.send(Frame::Binary(message.encode())).await.expect("sent");
    let attacker = std::thread::spawn(move || {
        memory::missing_topics(address, until.saturating_duration_since(Instant::now()));
    });
    let (mut asked, mut alive) = (0u64, false);
    let ping = Message::Request { service: UserPing::ID, cid: 2, payload: Bytes::new() };
    let (mut pings, last) = (vec![ping], tokio::time::Instant::from(until + Duration::from_secs(5)));
    while !alive {
        let message = tokio::select! {
            frame = handler.next() => match Message::decode(frame.expect("it goes on").expect("it goes on").into_data(), 1 << 20) {
                Ok(Message::Request { service: MissingTopic::ID, cid, .. }) => {
                    asked += 1;
                    Some(Message::Response { cid, payload: encode(&true, VERSION) })
                }
                Ok(Message::Response { cid: 2, .. }) => {
                    alive = true;
                    None
                }
                _ => None,
            },
            () = tokio::time::sleep_until(until.into()), if !pings.is_empty() => pings.pop(),
            () = tokio::time::sleep_until(last) => break,
        };
        if let Some(message) = message {
            handler.send(Frame::Binary(message.encode())).await.expect("the handler's session goes on");
        }
    }
    attacker.join().expect("an attacker");
    assert!(alive && asked > 0, "the handler's session has ended, or was never asked: {asked}");
    println!("{:46} the handler was asked {asked} times, and its session goes on", "");
}
