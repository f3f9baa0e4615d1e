//! Recovery over many cuts: it is called lossy only where something was lost.

use crate::test_server;
use brownian::data::{SessionId, Timestamp};
use brownian::server::{Connection, Exchange, ServerConfig};
use brownian::session::{Event, Machine, SessionConfig};
use brownian::wire::handshake::{Acceptance, ConnectRequest, ConnectResponse, Resume, Token};
use brownian::wire::{Message, encode};
use std::time::Duration;

/// Milliseconds since 1970 at which the server begins.
const BEGIN_MILLIS: i64 = 1_800_000_000_000;
/// Service number of the ping that clients send.
const PING: u32 = 56;

fn exchange() -> Exchange {
    Exchange::new(ServerConfig::default(), BEGIN_MILLIS)
}

/// This program's own side of a session.
fn machine() -> Machine {
    Machine::new(SessionConfig { principal: None, ..test_server::config() })
}

/// Carries messages both ways until all is quiet.
fn carry(exchange: &mut Exchange, machine: &mut Machine, connection: Connection, now: Timestamp) {
    loop {
        let mut moved = false;
        while let Some(message) = machine.poll_transmit() {
            assert!(exchange.receive(connection, message), "the server goes on");
            moved = true;
        }
        for message in exchange.take(connection) {
            machine.handle_bytes(message, now);
            moved = true;
        }
        if !moved {
            return;
        }
    }
}

/// Recoveries that the machine reports: without loss, and with.
fn recoveries(machine: &mut Machine) -> (usize, usize) {
    let (mut whole, mut lossy) = (0, 0);
    while let Some(event) = machine.poll_event() {
        match event {
            Event::Recovered { complete: true } => whole += 1,
            Event::Recovered { complete: false } => lossy += 1,
            Event::ProtocolWarning(text) => panic!("{text}"),
            _ => {}
        }
    }
    (whole, lossy)
}

#[test]
fn a_thousand_cuts_lose_nothing() {
    let (mut exchange, mut machine) = (exchange(), machine());
    let mut now = Timestamp(BEGIN_MILLIS * 1000);
    let accepted = exchange.connect(&machine.connect_request()).expect("a session");
    let mut connection = accepted.connection;
    machine.handle_open(accepted.response, now).expect("open");
    let pause = Duration::from_millis(10);
    for cut in 0..1000 {
        // The line is cut before the message gets there, after it got there, or after the answer came.
        machine.ping(now);
        match cut % 3 {
            0 => while machine.poll_transmit().is_some() {},
            1 => {
                while let Some(message) = machine.poll_transmit() {
                    exchange.receive(connection, message);
                }
                exchange.take(connection);
            }
            _ => carry(&mut exchange, &mut machine, connection, now),
        }
        exchange.lose(connection);
        machine.handle_line_lost(now);
        exchange.advance(pause);
        now.0 += i64::try_from(pause.as_micros()).expect("short");
        let accepted = exchange.connect(&machine.connect_request()).expect("the session");
        connection = accepted.connection;
        machine.handle_open(accepted.response, now).expect("recovered");
        for message in accepted.resend {
            machine.handle_bytes(message, now);
        }
        // Within the time in which the JavaScript client would be suspected.
        machine.ping(now);
        carry(&mut exchange, &mut machine, connection, now);
        assert_eq!(recoveries(&mut machine), (1, 0), "cut {cut}");
        assert_eq!(machine.calls_waiting(), 0, "cut {cut}");
    }
}

/// A client in bytes, which counts for itself.
struct Client {
    request: ConnectRequest,
    connection: Connection,
    sent: i64,
    received: i64,
    token: Token,
    session: SessionId,
}

impl Client {
    fn connect(exchange: &mut Exchange, parameters: &str) -> Self {
        let request = ConnectRequest::from_query(parameters).expect("parameters");
        let accepted = exchange.connect(&request).expect("a session");
        let (token, session, _) = read(&accepted.response);
        Self { request, connection: accepted.connection, sent: 0, received: 0, token, session }
    }

    fn ping(&mut self, exchange: &mut Exchange) {
        self.sent += 1;
        let message = Message::Request { service: PING, cid: self.sent, payload: encode(&(), self.request.version) };
        assert!(exchange.receive(self.connection, message.encode()));
        self.received += i64::try_from(exchange.take(self.connection).len()).expect("few");
    }

    /// Reconnects having lost nothing; whether the server agrees.
    fn reconnect(&mut self, exchange: &mut Exchange) -> bool {
        exchange.lose(self.connection);
        let (client_sequence, server_sequence) = (self.sent + 1, self.received);
        let resume = Resume { token: self.token.clone(), client_sequence, server_sequence };
        let request = ConnectRequest { resume: Some(resume), ..self.request.clone() };
        let accepted = exchange.connect(&request).expect("the session");
        self.connection = accepted.connection;
        let (token, session, acceptance) = read(&accepted.response);
        assert_eq!(session, self.session);
        self.token = token;
        let whole = matches!(acceptance, Acceptance::Recovered { .. });
        if !whole {
            (self.sent, self.received) = (0, 0);
        }
        whole
    }
}

fn read(response: &[u8]) -> (Token, SessionId, Acceptance) {
    match ConnectResponse::decode(response.to_vec().into()).expect("a response") {
        ConnectResponse::Accepted { token, session, acceptance, .. } => (token, session, acceptance),
        ConnectResponse::Rejected { rejection, .. } => panic!("rejected with {}", rejection.0),
    }
}

#[test]
fn only_a_client_that_is_known_to_miscount_is_suspected_by_time() {
    let environment = |of: &str| format!("&sp=%7B%22%24Environment%22%3A%22{of}%22%7D");
    for (kind, of, suspected) in [
        ("WB", "RUST_brownian_0.1.0", false),
        ("WJ", "JAVA_17", false),
        ("WB", "NODE_linux_20.20.2", true),
        ("B", "BROWSER_firefox_140", true),
    ] {
        let mut exchange = exchange();
        let parameters = format!("ty={kind}&v=29&ca=10&r=60000{}", environment(of));
        let mut client = Client::connect(&mut exchange, &parameters);
        let mut whole = Vec::new();
        for _ in 0..4 {
            client.ping(&mut exchange);
            whole.push(client.reconnect(&mut exchange));
        }
        assert_eq!(whole, [true, !suspected, true, !suspected], "{kind} {of}");
    }
}
