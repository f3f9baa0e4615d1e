//! How fast JSON updates of 100 B come from another process over WebSocket into the model, against a bare reader of the
//! same frames in the same run.

use brownian::client::Engine;
use brownian::client::api::{ConnectOptions, Event, Target};
use brownian::data::value::json::Json;
use brownian::data::{SessionId, Timestamp, TopicSpec, TopicType};
use brownian::model::Model;
use brownian::model::connections::Environment;
use brownian::wire::handshake::{Acceptance, ConnectResponse, Token};
use brownian::wire::services::{TopicSubscribed, topic_subscribed};
use brownian::wire::{Message, Service, encode};
use futures_util::StreamExt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TOPICS: i32 = 100;
/// So many that neither the handshake nor the last frame that is waited for counts.
const UPDATES: u64 = 3_000_000;
const ROUNDS: usize = 3;

fn main() {
    if std::env::args().any(|a| a == "--send-frames") {
        return send_frames();
    }
    let mut child = Command::new(std::env::current_exe().expect("the path of this program"))
        .arg("--send-frames")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let mut port = String::new();
    BufReader::new(child.stdout.take().expect("the child's output")).read_line(&mut port).expect("a port");
    let url = format!("ws://127.0.0.1:{}/diffusion", port.trim());
    println!("{UPDATES} JSON updates of 100 B on {TOPICS} topics over WebSocket from another process");
    for round in 1..=ROUNDS {
        let bare = UPDATES as f64 / bare(&url).as_secs_f64();
        let (took, values) = whole(&url);
        assert_eq!(values, UPDATES, "no update is lost or counted twice");
        let whole = UPDATES as f64 / took.as_secs_f64();
        println!("round {round}: bare reader {bare:.0}/s, to the model {whole:.0}/s, ratio {:.2}", whole / bare);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads every frame and looks at nothing.
fn bare(url: &str) -> Duration {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let url = format!("{url}?ty=WB&v=29&ca=8&r=0");
    runtime.block_on(async {
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("the sender listens");
        let started = Instant::now();
        let wanted = UPDATES + 1 + u64::from(TOPICS as u32);
        let mut read = 0;
        while read < wanted {
            socket.next().await.expect("a frame").expect("a good frame");
            read += 1;
        }
        started.elapsed()
    })
}

/// Decodes, merges and delivers to the model.
fn whole(url: &str) -> (Duration, u64) {
    let mut engine = Engine::start(Arc::new(|| {}), None).expect("a runtime");
    let mut model = Model::default();
    let mut options = ConnectOptions::to(Target::Url(url.to_owned()));
    options.ping_interval_millis = 0;
    let id = model.open("bench".into(), "bench".into(), Environment::Test, options.clone());
    let _ = model.take_effects();
    let started = Instant::now();
    engine.open(id, options);
    let mut values = 0u64;
    while values < UPDATES && started.elapsed() < Duration::from_mins(2) {
        let now = Timestamp(i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX));
        let more = engine.drain(4096, &mut |link, event| {
            if let Event::Updates(updates) = &event {
                values += updates.iter().map(|u| u64::from(u.count)).sum::<u64>();
            }
            model.apply(link, event, now);
        });
        let _ = model.take_effects();
        if !more && values < UPDATES && engine.wait(Duration::from_secs(1)) {
            // As the window does: it is woken for a frame that is drawn a frame's time later, and looks then.
            std::thread::park_timeout(brownian::app::event_loop::FRAME);
        }
    }
    (started.elapsed(), values)
}

/// Another process: sends the same frames to whoever connects.
fn send_frames() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    std::io::stdout().flush().expect("the parent reads");
    let mut frames = Vec::new();
    let mut start = Vec::new();
    let accepted = ConnectResponse::Accepted {
        version: 29,
        acceptance: Acceptance::New { max_message_size: i32::MAX },
        session: SessionId { server: 1, session: 1 },
        token: Token(*b"AbCdEfGh0123456789+/xyzW"),
        ping_period_millis: 0,
    };
    frame(&mut start, &accepted.encode());
    for topic_id in 1..=TOPICS {
        let request = topic_subscribed::Request {
            topic_id,
            path: format!("bench/topic-{topic_id}"),
            spec: TopicSpec::new(TopicType::Json),
        };
        let payload = encode(&request, 29);
        frame(&mut start, &Message::Request { service: TopicSubscribed::ID, cid: 0, payload }.encode());
    }
    for number in 0..UPDATES {
        let topic_id = 1 + (number % TOPICS as u64) as i32;
        let text = format!(r#"{{"number":{},"bid":1.084217,"ask":1.084319,"venue":""}}"#, 1_000_000_000 + number);
        let short = Json::from_text(&text).expect("good JSON").to_cbor().len();
        let venue = "x".repeat(100 - short - 1);
        let text = text.replace(r#""venue":"""#, &format!(r#""venue":"{venue}""#));
        let value = Json::from_text(&text).expect("good JSON").to_cbor();
        assert!(number > 0 || value.len() == 100, "{} B", value.len());
        frame(&mut frames, &Message::TopicValue { topic_id, value: value.into() }.encode());
    }
    for stream in listener.incoming().flatten() {
        let _ = serve(stream, &start, &frames);
    }
}

fn serve(mut stream: TcpStream, start: &[u8], frames: &[u8]) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let key = head
        .lines()
        .find_map(|l| l.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key")))
        .map_or("", |(_, key)| key);
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    stream.write_all(start)?;
    stream.write_all(frames)?;
    // Until the reader has gone.
    let mut rest = [0; 1024];
    while stream.read(&mut rest)? > 0 {}
    Ok(())
}

/// One unmasked binary frame.
fn frame(out: &mut Vec<u8>, payload: &[u8]) {
    out.push(0x82);
    if payload.len() < 126 {
        out.push(payload.len() as u8);
    } else {
        out.push(126);
        out.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    }
    out.extend_from_slice(payload);
}
