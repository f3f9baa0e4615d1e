//! Places for sessions: a stranger with many connections keeps nobody else out.

use brownian::server::{Accepted, Exchange, Server, ServerConfig};
use brownian::wire::handshake::ConnectRequest;
use bytes::Bytes;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::time::Duration;

const ANONYMOUS: &str = "ty=WB&v=29&ca=10&r=300000&sp=%7B%7D";
const ADMIN: &str = "ty=WB&v=29&ca=10&r=300000&sp=%7B%7D&username=admin&password=AQhwYXNzd29yZA%3D%3D";
/// A ping of the client.
const PING: &[u8] = &[0, 56, 1];

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

fn connect(server: &mut Exchange, from: IpAddr, parameters: &str) -> Result<Accepted, Bytes> {
    server.connect_from(from, &ConnectRequest::from_query(parameters).expect("parameters"))
}

fn exchange(max_sessions: usize) -> Exchange {
    Exchange::new(ServerConfig { max_sessions, ..ServerConfig::default() }, 0)
}

#[test]
fn connections_of_one_address_keep_nobody_out() {
    for from in [address(1), Ipv4Addr::LOCALHOST.into()] {
        let mut server = exchange(ServerConfig::default().max_sessions);
        let mut taken = 0;
        for _ in 0..10_000 {
            taken += usize::from(connect(&mut server, from, ANONYMOUS).is_ok());
        }
        assert!(taken < 9_000, "{taken}");
        assert!(connect(&mut server, from, ADMIN).is_ok(), "an administrator from there comes in");
        assert!(connect(&mut server, address(2), ADMIN).is_ok(), "and from elsewhere");
        assert!(connect(&mut server, address(2), ANONYMOUS).is_ok(), "and a stranger from elsewhere");
    }
}

#[test]
fn sessions_without_a_connection_make_room() {
    let mut server = exchange(100);
    let from = address(1);
    for _ in 0..1000 {
        let accepted = connect(&mut server, from, ANONYMOUS).expect("a place");
        server.receive(accepted.connection, Bytes::from_static(PING));
        server.lose(accepted.connection);
    }
    assert_eq!(server.session_count(), 10);
    let accepted = connect(&mut server, from, ANONYMOUS).expect("a place");
    server.advance(Duration::from_secs(299));
    assert!(server.receive(accepted.connection, Bytes::from_static(PING)), "who is connected stays");
    assert_eq!(server.session_count(), 10);
    server.advance(Duration::from_secs(2));
    assert_eq!(server.session_count(), 1);
}

#[test]
fn who_never_said_anything_is_soon_forgotten() {
    let mut server = exchange(100);
    let (silent, spoken) = (connect(&mut server, address(1), ANONYMOUS), connect(&mut server, address(2), ANONYMOUS));
    let (silent, spoken) = (silent.expect("a place").connection, spoken.expect("a place").connection);
    server.receive(spoken, Bytes::from_static(PING));
    server.lose(silent);
    server.lose(spoken);
    server.advance(Duration::from_secs(9));
    assert_eq!(server.session_count(), 2);
    server.advance(Duration::from_secs(1));
    assert_eq!(server.session_count(), 1);
}

#[test]
fn silent_connections_keep_nobody_out() {
    let config = ServerConfig {
        handshake_timeout: Duration::from_hours(1),
        first_byte_timeout: Duration::from_hours(1),
        ..ServerConfig::default()
    };
    let server = Server::start(config).expect("a server starts");
    let address = server.listen((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let silent: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(address).expect("taken")).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let joined = runtime.block_on(async {
        let joined = tokio_tungstenite::connect_async(format!("ws://{address}/diffusion?{ADMIN}"));
        tokio::time::timeout(Duration::from_mins(1), joined).await
    });
    assert!(joined.is_ok_and(|joined| joined.is_ok()));
    drop(silent);
}

#[test]
fn a_connection_that_stays_silent_is_closed() {
    let config = ServerConfig { first_byte_timeout: Duration::from_millis(20), ..ServerConfig::default() };
    let server = Server::start(config).expect("a server starts");
    let address = server.listen((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let mut silent = TcpStream::connect(address).expect("taken");
    assert_eq!(silent.read(&mut [0; 1]).expect("the end"), 0);
}
