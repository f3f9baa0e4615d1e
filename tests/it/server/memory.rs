//! What all sessions together make the server keep is bounded, and who keeps most goes first.

use brownian::data::{TopicSpec, TopicType, property};
use brownian::server::{Connection, Exchange, ServerConfig};
use brownian::wire::handshake::ConnectRequest;
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{Subscribe, TopicSet, topic_set};
use brownian::wire::{Message, Service, encode};
use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr};

const VERSION: u8 = 29;
const BUDGET: usize = 8 << 20;

fn exchange() -> Exchange {
    Exchange::new(ServerConfig { max_kept_bytes: BUDGET, ..ServerConfig::default() }, 0)
}

fn connect(server: &mut Exchange, from: u8, principal: &str) -> Connection {
    let login = if principal.is_empty() { "" } else { "&password=AQhwYXNzd29yZA%3D%3D&username=" };
    let parameters = format!("ty=WB&v=29&ca=8&r=300000&sp=%7B%7D{login}{principal}");
    let from: IpAddr = Ipv4Addr::new(192, 0, 2, from).into();
    server
        .connect_from(from, &ConnectRequest::from_query(&parameters).expect("parameters"))
        .expect("a place")
        .connection
}

fn request<S: Service>(request: &S::Request) -> Bytes {
    Message::Request { service: S::ID, cid: 1, payload: encode(request, VERSION) }.encode()
}

fn subscribe(selector: String) -> Bytes {
    request::<Subscribe>(&SelectionRequest { selector, scope: String::new() })
}

/// A selection that costs so many bytes, for the name of its scope.
fn subscribe_at_length(number: usize, bytes: usize) -> Bytes {
    let scope = format!("{number}/{}", "x".repeat(bytes));
    request::<Subscribe>(&SelectionRequest { selector: ">a".to_owned(), scope })
}

/// Whether the session is still there.
fn lives(server: &mut Exchange, connection: Connection) -> bool {
    server.receive(connection, Bytes::from_static(&[0, 56, 9])) && !server.take(connection).is_empty()
}

#[test]
fn sessions_without_a_connection_end_first_then_the_fattest() {
    let mut server = exchange();
    let admin = connect(&mut server, 1, "admin");
    let mut number = 0;
    let mut keep = |server: &mut Exchange, connection, bytes: usize| {
        for _ in 0..bytes / 500_000 {
            number += 1;
            server.receive(connection, subscribe_at_length(number, 500_000));
            server.take(connection);
        }
    };
    let (away, small, fat) = (connect(&mut server, 2, ""), connect(&mut server, 3, ""), connect(&mut server, 4, ""));
    keep(&mut server, away, 1_000_000);
    server.lose(away);
    keep(&mut server, small, 2_000_000);
    keep(&mut server, fat, 4_000_000);
    assert_eq!((server.session_count(), server.kept_bytes() > 7_000_000), (4, true));
    keep(&mut server, small, 500_000);
    keep(&mut server, admin, 1_500_000);
    assert_eq!(server.session_count(), 3, "who is away went first");
    keep(&mut server, admin, 2_000_000);
    assert_eq!([lives(&mut server, small), lives(&mut server, fat), lives(&mut server, admin)], [true, false, true]);
    assert!(server.kept_bytes() <= BUDGET);
}

#[test]
fn many_small_sessions_of_one_address_weigh_together() {
    let mut server = exchange();
    let admin = connect(&mut server, 1, "admin");
    for part in 0..6 {
        server.receive(admin, subscribe_at_length(part, 500_000));
    }
    server.take(admin);
    for _ in 0..100 {
        let one = connect(&mut server, 2, "");
        server.receive(one, subscribe_at_length(0, 200_000));
        server.take(one);
        assert!(server.kept_bytes() <= BUDGET);
    }
    assert!(lives(&mut server, admin));
}

#[test]
fn values_that_wait_for_many_count_once() {
    let mut server = exchange();
    let publisher = server.publisher();
    let spec = TopicSpec::new(TopicType::Binary).with(property::CONFLATION, "off");
    publisher.add("a", &spec).expect("added");
    let sessions: Vec<Connection> = (0..50).map(|from| connect(&mut server, from, "")).collect();
    for session in &sessions {
        server.receive(*session, subscribe(">a".to_owned()));
        server.take(*session);
    }
    // Fifty times a megabyte is more than the budget; one value for fifty is not.
    publisher.set_bytes("a", vec![1; 1 << 20]).expect("set");
    publisher.set_bytes("a", vec![2; 1 << 20]).expect("set");
    assert_eq!(server.session_count(), 50);
    assert!((1 << 20..3 << 20).contains(&server.kept_bytes()), "{}", server.kept_bytes());
    // Nobody reads on: what is kept for them stays within the budget.
    for n in 0..100 {
        publisher.set_bytes("a", vec![n; 1 << 20]).expect("set");
        assert!(server.kept_bytes() <= BUDGET);
    }
    assert_eq!(server.session_count(), 0);
    assert_eq!(server.kept_bytes(), 0);
}

#[test]
fn copies_for_a_reconnection_share_half_of_the_budget() {
    let mut server = exchange();
    let publisher = server.publisher();
    publisher.add("a", &TopicSpec::new(TopicType::Binary).with(property::PUBLISH_VALUES_ONLY, "true")).expect("added");
    let sessions: Vec<Connection> = (0..50).map(|from| connect(&mut server, from, "")).collect();
    for session in &sessions {
        server.receive(*session, subscribe(">a".to_owned()));
    }
    for n in 0..100 {
        publisher.set_bytes("a", vec![n; 50_000]).expect("set");
        for session in &sessions {
            server.take(*session);
        }
    }
    assert_eq!(server.session_count(), 50, "who reads stays");
    assert!(server.kept_bytes() <= BUDGET * 6 / 10, "{}", server.kept_bytes());
}

#[test]
fn only_who_may_change_topics_sends_large_messages() {
    let mut server = exchange();
    let value = |bytes: usize| {
        let value = [&[0x5a, 0, 0, 0, 0][..], &vec![0; bytes]].concat().into();
        let request_body = topic_set::Request {
            path: "a".into(),
            topic_type: TopicType::Binary,
            value,
            constraint: brownian::wire::services::shared::Constraint::Unconstrained,
        };
        request::<TopicSet>(&request_body)
    };
    for (principal, stays) in [("admin", true), ("control", true), ("client", false), ("operator", false), ("", false)]
    {
        let session = connect(&mut server, 1, principal);
        assert!(server.receive(session, value(1_000_000)), "{principal}");
        assert_eq!(server.receive(session, value(2_000_000)), stays, "{principal}");
    }
}
