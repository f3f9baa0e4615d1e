//! What others notice while one peer does its worst: the ping of a bystander's session before and during each attack, and
//! the server's memory before and after.
//!
//! The server runs with the demo content in a process of its own, bystander and attacker in this one. An attack is a
//! name and a function in [`ATTACKS`]; it goes on until its time is over. Words after `--` run only the attacks
//! whose names contain one of them.

use brownian::data::{TopicSpec, TopicType};
use brownian::server::{Server, ServerConfig, demo};
use brownian::wire::frame::Message;
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{
    Fetch, NotificationSelect, Subscribe, TopicAdd, TopicRemove, Unsubscribe, UserPing, fetch, notification_select,
    topic_add, topic_remove,
};
use brownian::wire::{Service, encode};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use second_process::{SecondProcess, serve_until_input_ends};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

#[path = "support/second_process.rs"]
mod second_process;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const VERSION: u8 = 29;
const ANONYMOUS: &str = "ty=WB&v=29&ca=10&r=0&sp=%7B%7D";
const ADMIN: &str = "ty=WB&v=29&ca=10&r=0&sp=%7B%7D&username=admin&password=AQhwYXNzd29yZA%3D%3D";
/// How long pings are measured before and during each attack.
const BEFORE: Duration = Duration::from_secs(1);
const DURING: Duration = Duration::from_secs(2);
/// Time between two pings of the bystander.
const PING_EVERY: Duration = Duration::from_millis(10);
/// Requests that one attacking session has on the way.
const IN_FLIGHT: u64 = 64;
/// Sessions of attacks by many.
const MANY: usize = 50;
/// Updates of the demo content in a second.
const DEMO_RATE: f64 = 1000.0;

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;
type Attack = (&'static str, fn(SocketAddr, Instant) -> Running);

/// What is tried: a name, and what goes on at an address until a moment.
const ATTACKS: [Attack; 13] = [
    ("nothing", |_, until| Box::pin(async move { tokio::time::sleep_until(until.into()).await })),
    ("22a steps back", |at, until| repeated(at, until, 1, || vec![fetched(r"*(?!x)(((a|b|c|\w|/|\s)*)*)*!")])),
    ("22a steps back, many sessions", |at, until| {
        repeated(at, until, MANY, || vec![fetched(&format!("#{}", [r"*(\w|/|\w\w)*\1!"; 12].join("////")))])
    }),
    ("22b long path", |at, until| repeated(at, until, 1, || vec![subscribed(&format!(">{}", "x/".repeat(100_000)))])),
    ("22b long pattern", |at, until| {
        repeated(at, until, 1, || vec![subscribed(&format!("?{}.*", "x/".repeat(100_000)))])
    }),
    ("22c properties", |at, until| repeated(at, until, 1, || vec![with_properties(40_000), with_properties(256)])),
    ("22d parts", |at, until| repeated(at, until, 1, || vec![fetched(&format!("?{}", vec![".*x"; 45_000].join("/")))])),
    ("22d members", |at, until| {
        repeated(at, until, 1, || {
            vec![fetched(&format!("#{}", (0..30_000).map(|n| format!("?{n}.*x")).collect::<Vec<_>>().join("////")))]
        })
    }),
    ("22d as much as is allowed, many sessions", |at, until| {
        repeated(at, until, MANY, || {
            vec![fetched(&format!("#{}", (0..18).map(|n| format!("?.*{n}x")).collect::<Vec<_>>().join("////")))]
        })
    }),
    ("22e selections while topics come", |at, until| Box::pin(selections(at, until))),
    ("everything fetched, many sessions", |at, until| {
        let everything = || fetch::Request { with_values: true, with_properties: true, ..fetch::Request::of("?.*//") };
        repeated(at, until, MANY, move || vec![request::<Fetch>(&everything())])
    }),
    ("everything subscribed and left, many sessions", |at, until| {
        repeated(at, until, MANY, || vec![subscribed("?.*//"), left("?.*//")])
    }),
    ("pings, many sessions", |at, until| repeated(at, until, MANY, || vec![request::<UserPing>(&())])),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--bench")).collect();
    if words.iter().any(|word| word == "--serve") {
        return serve();
    }
    println!("pings of a bystander in ms, every {} ms; memory of the server in MiB", PING_EVERY.as_millis());
    let line = |columns: [&str; 8]| {
        let [name, rest @ ..] = columns;
        println!("{name:46} {}", rest.map(|text| format!("{text:>8}")).join(" "));
    };
    line(["attack", "median", "max", "median", "99 %", "max", "memory", "memory"]);
    line(["", "before", "before", "during", "during", "during", "before", "after"]);
    for (name, attack) in ATTACKS {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            measure(name, attack);
        }
    }
}

/// Measures one attack against a server of its own.
fn measure(name: &str, attack: fn(SocketAddr, Instant) -> Running) {
    let mut server = SecondProcess::start("--serve");
    let address = server.address;
    let before = pinged(address, BEFORE);
    let memory_before = server.resident_mib();
    let attacker = std::thread::Builder::new().name("attacker".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(attack(address, Instant::now() + DURING));
        // What still waits to be read is dropped with the connections.
        runtime.shutdown_background();
    });
    let during = pinged(address, DURING);
    attacker.expect("a thread").join().expect("an attack that only gives up");
    let memory_after = server.resident_mib();
    let ([median_before, _, max_before], [median, most, max]) = (summary(before), summary(during));
    let ms = [median_before, max_before, median, most, max].map(|ms| format!("{ms:8.2}")).join(" ");
    println!("{name:46} {ms} {memory_before:8} {memory_after:8}");
    server.end_input();
}

/// Median, 99 % and maximum in milliseconds.
fn summary(mut pings: Vec<Duration>) -> [f64; 3] {
    pings.sort_unstable();
    let last = pings.len() - 1;
    [last / 2, last * 99 / 100, last].map(|place| pings[place].as_secs_f64() * 1000.0)
}

/// The second process: a server that ends with this one.
fn serve() {
    let server = Server::start(ServerConfig::default()).expect("a server");
    let _demo = demo::start(Arc::new(server.publisher()), 1, DEMO_RATE).expect("demo content");
    serve_until_input_ends(server.listen(([127, 0, 0, 1], 0).into()).expect("a free port"));
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
