//! The embedded server and sessions of this program at it, in the test's own thread: no sockets, no tasks, no waiting,
//! and a clock that the test moves.
//!
//! Everything on the way is real: the session machine of the client, the bytes, the handlers of the server.

use brownian::client::api::{Answer, Call, CallError, CallId, Command, Event, InboundReply, LinkId, Update};
use brownian::data::{Secret, Timestamp};
use brownian::server::{Connection, Exchange, Principal, Publisher, ServerConfig};
use brownian::session::{self, Machine, Request, SessionConfig};
use brownian::wire::handshake::Credentials;
use std::collections::BTreeMap;
use std::time::Duration;

/// Principal of the sessions, who may do everything.
pub(crate) const PRINCIPAL: &str = "trader";
/// What a round trip is said to take.
const ROUND_TRIP_MICROS: u64 = 800;

/// One session at the server.
struct Client {
    machine: Machine,
    connection: Connection,
}

/// The server, and its sessions by the connection of the window that they belong to.
pub(crate) struct TestServer {
    /// The server's side.
    pub exchange: Exchange,
    clients: BTreeMap<LinkId, Client>,
    now: Timestamp,
    protocol: Option<u8>,
}

impl TestServer {
    /// A server without topics; its sessions speak this protocol version, or the newest.
    pub(crate) fn new(now: Timestamp, protocol: Option<u8>) -> Self {
        let mut config = ServerConfig::default();
        let roles = vec!["ADMINISTRATOR".to_owned()];
        config.security.principals.insert(PRINCIPAL.to_owned(), Principal { password: Secret::default(), roles });
        let exchange = Exchange::new(config, now.0 / 1000);
        Self { exchange, clients: BTreeMap::new(), now, protocol }
    }

    /// Puts content into the server, as somebody else does.
    pub(crate) fn publisher(&self) -> Publisher {
        self.exchange.publisher()
    }

    /// Lets time pass for the server and the sessions.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.exchange.advance(by);
        self.now = Timestamp(self.now.0 + i64::try_from(by.as_micros()).expect("a short time"));
        for client in self.clients.values_mut() {
            if client.machine.poll_timeout().is_some_and(|at| at <= self.now) {
                client.machine.handle_timeout(self.now);
            }
        }
    }

    /// Gives a command to the session of a connection, which is opened if it is not there.
    pub(crate) fn command(&mut self, link: LinkId, command: Command) {
        let now = self.now;
        let machine = &mut self.client(link).machine;
        match command {
            Command::Call(call) => machine.call(&request(call), now),
            Command::Cancel(call) => machine.cancel(call.0, now),
            Command::Reply(InboundReply { id, service, answer }) => machine.reply(id, service, answer),
            Command::Abandon { id, service } => machine.abandon(id, service),
            Command::Ping => machine.ping(now),
            Command::Close => machine.close(now),
            Command::LimitMemory(limit) => machine.limit_topic_bytes(limit.topic_bytes),
            Command::KeepHistoryOf(_) | Command::DropLine => {}
        }
    }

    /// Carries messages until all is quiet, and gives what the sessions report.
    pub(crate) fn poll(&mut self) -> Vec<(LinkId, Event)> {
        loop {
            let mut moved = false;
            for client in self.clients.values_mut() {
                while let Some(message) = client.machine.poll_transmit() {
                    self.exchange.receive(client.connection, message);
                    moved = true;
                }
                for message in self.exchange.take(client.connection) {
                    client.machine.handle_bytes(message, self.now);
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
        let mut out = Vec::new();
        for (link, client) in &mut self.clients {
            while let Some(event) = client.machine.poll_event() {
                out.extend(reported(event).map(|event| (*link, event)));
            }
        }
        out
    }

    fn client(&mut self, link: LinkId) -> &mut Client {
        let (exchange, now, protocol) = (&mut self.exchange, self.now, self.protocol);
        self.clients.entry(link).or_insert_with(|| {
            let mut machine = Machine::new(SessionConfig { protocol, ..config() });
            let accepted = exchange.connect(&machine.connect_request()).expect("a session");
            machine.handle_open(accepted.response, now).expect("the session is open");
            Client { machine, connection: accepted.connection }
        })
    }
}

/// What its sessions are opened with.
pub(crate) fn config() -> SessionConfig {
    SessionConfig {
        principal: Some(PRINCIPAL.to_owned()),
        credentials: Credentials::None,
        properties: Vec::new(),
        reconnect_millis: 60_000,
        compression: true,
        max_message_bytes: 64 << 20,
        ping_interval_millis: 0,
        protocol: None,
        first_protocol: None,
        decide_millis: None,
    }
}

fn request(call: Call) -> Request {
    let Call { id, service, payload, decoder, timeout_secs, .. } = call;
    Request { call: id.0, service, payload, decoder, timeout_secs }
}

/// What the window hears of an event of a session; nothing of its link, which the tests speak for.
fn reported(event: session::Event) -> Option<Event> {
    use session::Event as From;
    Some(match event {
        From::Answer { call, result, .. } => {
            let result = result.map_err(call_error);
            Event::Answer(Answer { id: CallId(call), result, micros: ROUND_TRIP_MICROS })
        }
        From::Value(value) => {
            let (path, line_bytes) = (value.path, u64::from(value.line_bytes));
            let latest = value.received;
            Event::Updates(vec![Update { path, latest, count: 1, line_bytes, earlier: Vec::new(), dropped: 0 }])
        }
        From::ProtocolWarning(text) => panic!("the server does something odd: {text}"),
        From::Session(event) => Event::Session(event),
        From::Opened(_)
        | From::LineInDoubt
        | From::LineConfirmed
        | From::Suspended { .. }
        | From::Recovered { .. }
        | From::Ended(_) => return None,
    })
}

fn call_error(failure: session::CallFailure) -> CallError {
    match failure {
        session::CallFailure::Service { code, description } => CallError::Service { code, description },
        session::CallFailure::TimedOut { secs } => CallError::TimedOut { secs },
        session::CallFailure::BadAnswer(error) => CallError::BadAnswer(error),
        session::CallFailure::NotConnected | session::CallFailure::Ended(_) => CallError::NotConnected,
        session::CallFailure::Busy => CallError::Busy,
        session::CallFailure::TooLarge { bytes, most } => CallError::TooLarge { bytes, most },
        session::CallFailure::Cancelled => CallError::Cancelled,
        session::CallFailure::NotAtVersion(error) => CallError::NotAtVersion(error),
    }
}
