//! Guessing passwords is slow, whichever way it is tried.

use brownian::data::Secret;
use brownian::server::{Connection, Exchange, ServerConfig};
use brownian::wire::handshake::{ConnectRequest, Credentials};
use brownian::wire::services::{ChangePrincipal, change_principal};
use brownian::wire::{Message, Service, decode, encode};
use std::net::Ipv4Addr;
use std::time::Duration;

const VERSION: u8 = 29;

fn ask(server: &mut Exchange, connection: Connection, cid: i64, password: &str) {
    let credentials = Credentials::Password(Secret::new(password));
    let request = change_principal::Request { principal: "admin".into(), credentials };
    let payload = encode(&request, VERSION);
    assert!(server.receive(connection, Message::Request { service: ChangePrincipal::ID, cid, payload }.encode()));
}

/// What was answered: conversation, and whether the principal changed.
fn answers(server: &mut Exchange, connection: Connection) -> Vec<(i64, Option<bool>)> {
    let answer = |bytes| match Message::decode(bytes, 1 << 20).expect("a message") {
        Message::Response { cid, payload } => (cid, Some(decode(payload, VERSION).expect("a bool"))),
        Message::Error { cid, .. } => (cid, None),
        other => panic!("{other:?}"),
    };
    server.take(connection).into_iter().map(answer).collect()
}

#[test]
fn a_change_of_principal_waits_after_failures_and_too_many_are_refused() {
    let mut server = Exchange::new(ServerConfig::default(), 0);
    let request = ConnectRequest::from_query("ty=WB&v=29&ca=8&r=60000&sp=%7B%7D").expect("parameters");
    let stranger = server.connect_from(Ipv4Addr::new(192, 0, 2, 1).into(), &request).expect("a place").connection;
    let other = server.connect_from(Ipv4Addr::new(192, 0, 2, 2).into(), &request).expect("a place").connection;
    ask(&mut server, stranger, 1, "wrong");
    assert_eq!(answers(&mut server, stranger), [(1, Some(false))]);
    ask(&mut server, stranger, 2, "wrong");
    assert_eq!(answers(&mut server, stranger), [], "it waits");
    server.advance(Duration::from_secs(1));
    assert_eq!(answers(&mut server, stranger), [(2, Some(false))]);
    let mut failed = 0;
    for cid in 3..1000 {
        ask(&mut server, stranger, cid, "wrong");
        failed += answers(&mut server, stranger).len();
    }
    assert!(failed > 900, "refused without a look");
    server.advance(Duration::from_secs(1));
    let looked_at = answers(&mut server, stranger).len();
    assert!(looked_at < 10, "{looked_at}");
    server.advance(Duration::from_secs(1));
    ask(&mut server, other, 1, "password");
    server.advance(Duration::from_secs(1));
    assert_eq!(answers(&mut server, other), [(1, Some(true))], "another address hardly waits");
}
