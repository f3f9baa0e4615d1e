//! The embedded server as a plain WebSocket client sees it: the recorded exchange, byte by byte, and hostile peers.

use brownian::data::{TopicSpec, TopicType};
use brownian::server::{Limits, Server, ServerConfig};
use brownian::wire::frame::Message;
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const LOGIN: &str = "ty=WB&v=29&ca=10&r=60000&sp=%7B%7D&username=admin&password=AQhwYXNzd29yZA%3D%3D";

fn started(config: ServerConfig) -> (Server, SocketAddr) {
    let server = Server::start(config).expect("a server starts");
    let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    (server, address)
}

fn run<F: Future<Output = ()>>(test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // Only so that a hang ends as a failure.
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), test).await.expect("the server answers") });
}

async fn connected(address: SocketAddr, query: &str) -> (Socket, Vec<u8>) {
    let (mut socket, _) = connect_async(format!("ws://{address}/diffusion?{query}")).await.expect("an upgrade");
    let response = received(&mut socket).await;
    (socket, response)
}

async fn received(socket: &mut Socket) -> Vec<u8> {
    match socket.next().await {
        Some(Ok(Frame::Binary(bytes))) => bytes.to_vec(),
        other => panic!("expected a binary message, got {other:?}"),
    }
}

async fn closed(socket: &mut Socket) -> bool {
    matches!(socket.next().await, None | Some(Err(_) | Ok(Frame::Close(_))))
}

async fn send(socket: &mut Socket, text: &str) {
    let bytes = hex::decode(text.replace([' ', '|'], "")).expect("hex");
    socket.send(Frame::Binary(bytes.into())).await.expect("sent");
}

/// Sends, then expects exactly these messages.
async fn exchange(socket: &mut Socket, request: &str, answers: &[&str]) {
    send(socket, request).await;
    for answer in answers {
        let expected = answer.replace([' ', '|'], "");
        assert_eq!(hex::encode(received(socket).await), expected, "after {request}");
    }
}

/// `{"name":"a fairly long text value","n":N}` as the JavaScript client writes it.
fn value(n: u8) -> String {
    format!("bf646e616d657818{}616e{n:02x}ff", hex::encode("a fairly long text value"))
}

#[test]
fn the_recorded_exchange() {
    run(async {
        let (_server, address) = started(ServerConfig::default());
        let (mut socket, response) = connected(address, LOGIN).await;
        assert_eq!((response.len(), &response[..3]), (55, &[0x23, 29, 100][..]));
        let s = &mut socket;
        exchange(s, "00 03 01 04 3f612f2f 00", &["06 01"]).await;
        exchange(s, "00 70 02 03 612f62 0f 00", &["00 57 00 01 03 612f62 0f 00", "06 02 00"]).await;
        let (v1, v4) = (value(1), value(4));
        assert_eq!(v1.len(), 2 * 0x24);
        let set = |cid: &str, n| format!("00 76 {cid} 03 612f62 0f 24 {} 00", value(n));
        exchange(s, &set("03", 1), &[&format!("04 00000001 {v1}"), "06 03"]).await;
        exchange(s, &set("04", 2), &["05 00000001 00 1822 41 02 1823 01", "06 04"]).await;
        let stream = format!("00 7e 05 03 612f62 0f 24 {} 00", value(3));
        exchange(s, &stream, &["05 00000001 00 1822 41 03 1823 01", "06 05 01 01 00 00 03"]).await;
        exchange(s, "00 8101 06 01 01 00 00 06 00 1822 42 04ff", &["05 00000001 00 1822 41 04 1823 01", "06 06"]).await;
        exchange(
            s,
            "00 75 07 04 3f612f2f 00 00 80803a 01 01 ffffffff07 ffffffff07 ffffffff07 ffffffff07 00 01",
            &[&format!("06 07 01 00 01 03 612f62 0f 01 24 {v4} 00 01 24 00")],
        )
        .await;
        exchange(s, "00 04 08 04 3e612f62 00", &["00 2a 00 01 00", "06 08"]).await;
        exchange(s, "00 03 09 04 3e612f62 00", &["00 57 00 02 03 612f62 0f 00", &format!("04 00000002 {v4}"), "06 09"])
            .await;
        exchange(s, "00 53 0a 04 3f612f2f", &["00 2a 00 02 02", "06 0a 01"]).await;
        exchange(s, "00 8101 0b 01 01 00 00 03 42bfff", &["07 0b 0d 546f7069632072656d6f766564 b546"]).await;
        // Not offered, and closing.
        send(s, "00 ba01 0c").await;
        let answer = Message::decode(received(s).await.into(), 1000).expect("a message");
        assert!(matches!(answer, Message::Error { cid: 12, code, .. } if code.0 == 104));
        exchange(s, "1d", &["1c"]).await;
        assert!(closed(s).await);
    });
}

#[test]
fn answers_of_long_requests_come_in_order_and_others_need_not_wait() {
    run(async {
        let (server, address) = started(ServerConfig::default());
        let topics = 3000;
        server.publisher().batch(|batch| {
            for n in 0..topics {
                batch.add(&format!("t/{n}"), &TopicSpec::new(TopicType::String)).expect("a topic");
            }
        });
        let (mut long, _) = connected(address, LOGIN).await;
        let (mut other, _) = connected(address, LOGIN).await;
        // `*.*` from the first, and a ping behind it.
        send(&mut long, "00 03 01 03 2a2e2a 00").await;
        send(&mut long, "00 38 02").await;
        exchange(&mut other, "00 38 01", &["06 01"]).await;
        let mut announced = 0;
        loop {
            let message = received(&mut long).await;
            match message[..] {
                [6, cid] => {
                    assert_eq!((cid, announced), (1, topics), "everything is announced before the answer");
                    break;
                }
                _ => announced += 1,
            }
        }
        assert_eq!(hex::encode(received(&mut long).await), "0602");
    });
}

#[test]
fn the_python_request_comes_in_headers() {
    run(async {
        let (_server, address) = started(ServerConfig::default());
        let mut request = format!("ws://{address}/some/prefix/diffusion").into_client_request().expect("a request");
        for (name, value) in [
            ("v", "25"),
            ("ca", "10"),
            ("username", "control"),
            ("r", "60000"),
            ("password", "AQhwYXNzd29yZA=="),
            ("ty", "PY"),
            ("sp", "\"$Environment\",\"PYTHON_cpython_3.11.7\""),
        ] {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        }
        let (mut socket, _) = connect_async(request).await.expect("an upgrade");
        assert_eq!(received(&mut socket).await[..3], [0x23, 25, 100]);
        exchange(&mut socket, "00 03 09 04 3f612f2f", &["06 09"]).await;
    });
}

#[test]
fn rejections() {
    run(async {
        let (_server, address) = started(ServerConfig { max_sessions: 1, ..ServerConfig::default() });
        for (query, expected) in [
            ("ty=WB&v=29&ca=8&r=0&sp=%7B%7D&username=admin&password=AQA%3D", [0x23, 29, 116]),
            ("ty=WB&v=99&ca=8&r=0&sp=%7B%7D", [0x23, 99, 102]),
            ("v=29&ca=8", [0x23, 29, 115]),
            ("ty=WB&v=29&ca=8&r=0&sp=%7B%7D&c=AbCdEfGh0123456789abcdef&cs=1&ss=0", [0x23, 29, 117]),
        ] {
            let (mut socket, response) = connected(address, query).await;
            assert_eq!(response, expected, "{query}");
            assert!(closed(&mut socket).await);
        }
        let (_first, response) = connected(address, LOGIN).await;
        assert_eq!(response[2], 100);
        assert_eq!(connected(address, LOGIN).await.1, [0x23, 29, 113]);
        assert!(connect_async(format!("ws://{address}/elsewhere?{LOGIN}")).await.is_err());
    });
}

#[test]
fn a_reconnection_continues_where_the_client_was() {
    run(async {
        let (server, address) = started(ServerConfig::default());
        let (mut socket, response) = connected(address, LOGIN).await;
        exchange(&mut socket, "00 38 01", &["06 01"]).await;
        exchange(&mut socket, "00 38 02", &["06 02"]).await;
        server.drop_connections();
        assert!(closed(&mut socket).await);
        let token = String::from_utf8(response[19..43].to_vec()).expect("ASCII");
        let token = token.replace('+', "%2B").replace('/', "%2F");
        // The second answer was lost; it comes again.
        let (mut socket, response) = connected(address, &format!("{LOGIN}&c={token}&cs=1&ss=1")).await;
        assert_eq!((response[2], &response[51..]), (105, &[0, 0, 0, 3][..]));
        assert_eq!(received(&mut socket).await, [6, 2]);
        exchange(&mut socket, "00 38 03", &["06 03"]).await;
        // A client that can no longer send what is missing starts anew.
        let (mut socket, response) = connected(address, &format!("{LOGIN}&c={token}&cs=9&ss=3")).await;
        assert_eq!(response[2], 106);
        exchange(&mut socket, "00 38 04", &["06 04"]).await;
    });
}

#[test]
fn a_fresh_start_forgets_handlers() {
    run(async {
        let (_server, address) = started(ServerConfig::default());
        let (mut socket, response) = connected(address, LOGIN).await;
        // Service 20: a handler of missing topics (50) in the default group at `mt`.
        let register = |cid: &str, handler: &str| format!("00 14 {cid} 32 07 64656661756c74 02 6d74 {handler}");
        exchange(&mut socket, &register("01", "05"), &["06 01"]).await;
        send(&mut socket, &register("02", "06")).await;
        let answer = Message::decode(received(&mut socket).await.into(), 1000).expect("a message");
        assert!(matches!(answer, Message::Error { cid: 2, code, .. } if code.0 == 201));
        let token = String::from_utf8(response[19..43].to_vec()).expect("ASCII");
        let token = token.replace('+', "%2B").replace('/', "%2F");
        let (mut socket, response) = connected(address, &format!("{LOGIN}&c={token}&cs=9&ss=2")).await;
        assert_eq!(response[2], 106);
        exchange(&mut socket, &register("01", "07"), &["06 01"]).await;
    });
}

#[test]
fn a_repeated_request_after_a_reconnection_ends_in_a_fresh_start() {
    run(async {
        let (_server, address) = started(ServerConfig::default());
        let (mut socket, response) = connected(address, LOGIN).await;
        exchange(&mut socket, "00 38 01", &["06 01"]).await;
        let token = String::from_utf8(response[19..43].to_vec()).expect("ASCII");
        let token = token.replace('+', "%2B").replace('/', "%2F");
        let again = format!("{LOGIN}&c={token}&cs=1&ss=1");
        let (mut socket, response) = connected(address, &again).await;
        assert_eq!(response[2], 105);
        send(&mut socket, "00 38 01").await;
        assert!(closed(&mut socket).await);
        assert_eq!(connected(address, &again).await.1[2], 106);
    });
}

#[test]
fn garbage_ends_its_session_and_nothing_else() {
    run(async {
        let config = ServerConfig {
            max_message_bytes: 4096,
            handshake_timeout: Duration::from_millis(200),
            outbox: Limits::default(),
            ..ServerConfig::default()
        };
        let (server, address) = started(config);
        let (mut good, _) = connected(address, LOGIN).await;
        for garbage in ["ff", "04 00000001 00", "00 ffffffffffff 01", "80"] {
            let (mut bad, _) = connected(address, LOGIN).await;
            exchange(&mut bad, garbage, &["1c"]).await;
            assert!(closed(&mut bad).await);
        }
        let (mut text, _) = connected(address, LOGIN).await;
        text.send(Frame::Text("hello".into())).await.expect("sent");
        assert_eq!(received(&mut text).await, [0x1c]);
        let (mut huge, _) = connected(address, LOGIN).await;
        let _ = huge.send(Frame::Binary(vec![0; 10_000].into())).await;
        while !closed(&mut huge).await {}
        // A request that never ends, and one that is no HTTP.
        let mut slow = TcpStream::connect(address).await.expect("a connection");
        slow.write_all(b"GET /diffusion HTTP/1.1\r\n").await.expect("sent");
        let mut noise = TcpStream::connect(address).await.expect("a connection");
        noise.write_all(&[0xff; 64]).await.expect("sent");
        for stream in [&mut slow, &mut noise] {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
        // A payload that cannot be read is refused; the session goes on.
        send(&mut good, "00 70 01 ff").await;
        let answer = Message::decode(received(&mut good).await.into(), 1000).expect("a message");
        assert!(matches!(answer, Message::Error { cid: 1, code, .. } if code.0 == 106));
        exchange(&mut good, "00 38 02", &["06 02"]).await;
        assert_eq!(server.session_count(), 1);
    });
}

#[test]
fn values_of_this_process_reach_sessions_in_order() {
    run(async {
        use brownian::data::{TopicSpec, TopicType};
        let (server, address) = started(ServerConfig::default());
        let publisher = server.publisher();
        publisher.add("a/b", &TopicSpec::new(TopicType::Int64)).expect("added");
        publisher.set_bytes("a/b", vec![1]).expect("set");
        let (mut socket, _) = connected(address, LOGIN).await;
        exchange(&mut socket, "00 03 01 04 3f612f2f 00", &["00 57 00 01 03 612f62 12 00", "04 00000001 01", "06 01"])
            .await;
        publisher.batch(|batch| {
            for n in 2..20 {
                batch.set_bytes("a/b", vec![n]).expect("set");
            }
        });
        for n in 2..20 {
            assert_eq!(received(&mut socket).await, [4, 0, 0, 0, 1, n]);
        }
        assert_eq!(publisher.remove("?a//"), Ok(1));
        assert_eq!(received(&mut socket).await, [0, 0x2a, 0, 1, 2]);
        assert_eq!(server.topic_count(), 0);
    });
}

#[test]
fn a_pipe_in_memory_is_a_connection_too() {
    use brownian::wire::handshake::ConnectRequest;
    run(async {
        let (server, _) = started(ServerConfig::default());
        let (to_server, incoming) = tokio::sync::mpsc::channel(8);
        let (outgoing, mut from_server) = tokio::sync::mpsc::channel(8);
        server.accept(ConnectRequest::from_query(LOGIN).expect("parameters"), incoming, outgoing);
        assert_eq!(from_server.recv().await.expect("a response")[2], 100);
        to_server.send(vec![0, 0x38, 1].into()).await.expect("sent");
        assert_eq!(from_server.recv().await.as_deref(), Some(&[6, 1][..]));
        to_server.send(vec![0x1d].into()).await.expect("sent");
        assert_eq!(from_server.recv().await.as_deref(), Some(&[0x1c][..]));
        assert_eq!(from_server.recv().await, None);
    });
}

#[test]
fn a_series_sends_events() {
    run(async {
        let (_server, address) = started(ServerConfig::default());
        let (mut socket, _) = connected(address, LOGIN).await;
        // Add and set: a series of int64, twice; the second value is a second event.
        let spec = "10 01 1c 54494d455f5345524945535f4556454e545f56414c55455f54595045 05 696e743634";
        exchange(&mut socket, &format!("00 7a 01 03 612f62 {spec} 01 05 00"), &["06 01 00"]).await;
        exchange(&mut socket, "00 76 02 03 612f62 12 01 06 00", &["06 02"]).await;
        send(&mut socket, "00 03 03 04 3f612f2f 00").await;
        assert_eq!(received(&mut socket).await[..2], [0, 0x57]);
        let event = received(&mut socket).await;
        // Value message of an original event, sequence 1, by admin, value 6.
        assert_eq!((&event[..7], event.last()), (&[4, 0, 0, 0, 1, 0, 1][..], Some(&6)));
        assert!(event.windows(6).any(|part| part == b"\x05admin"));
    });
}

#[test]
fn web_pages_from_elsewhere_are_refused() {
    run(async {
        let config = ServerConfig { allowed_origins: vec!["https://tools.example".into()], ..ServerConfig::default() };
        let (_server, address) = started(config);
        let status = async |host: &str, origin: &str| {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let lines = [
                format!("GET /diffusion?{LOGIN} HTTP/1.1"),
                format!("Host: {host}"),
                format!("Origin: {origin}"),
                "Connection: Upgrade".to_owned(),
                "Upgrade: websocket".to_owned(),
                "Sec-WebSocket-Version: 13".to_owned(),
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==".to_owned(),
            ];
            stream.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()).await.expect("sent");
            let mut line = [0; 12];
            stream.read_exact(&mut line).await.expect("an answer");
            String::from_utf8_lossy(&line[9..]).into_owned()
        };
        assert_eq!(status("localhost", "https://evil.example").await, "403");
        assert_eq!(status("evil.example", "http://evil.example").await, "403");
        assert_eq!(status("localhost", "http://localhost:3000").await, "101");
        assert_eq!(status("localhost", "https://tools.example").await, "101");
    });
}

#[test]
fn a_request_for_a_page_is_answered_not_found() {
    run(async {
        let (_server, address) = started(ServerConfig::default());
        for request in ["GET / HTTP/1.1", "GET /diffusion HTTP/1.1", "POST /diffusion HTTP/1.1"] {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let text = format!("{request}\r\nHost: {address}\r\nAccept: */*\r\n\r\n");
            stream.write_all(text.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer, then the end");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            assert!(head.starts_with("HTTP/1.1 404 Not Found\r\n"), "{request}: {head}");
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{request}: {answer}");
        }
        let (_, response) = connected(address, LOGIN).await;
        assert_eq!(response[2], 100, "others are served as before");
    });
}
