//! A session whose client is played in this process, by messages as any client sends them. To everybody else it is a
//! session like any other, at the address that it is given.

use super::peer::{self, Outcome};
use super::session::{ClientKind, CloseSignal, Origin};
use super::world::Admitted;
use super::{Publisher, ServiceError, Shared};
use crate::data::{CloseReason, ErrorCode};
use crate::wire::handshake::{ConnectRequest, Resume};
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::{MessagingSend, messaging_send};
use crate::wire::{Message, Service, decode, encode};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// Messages and bytes taken from the queue at once.
const BATCH: (usize, usize) = (256, 1 << 20);
/// The largest message that is read.
const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// Who a local session is.
#[derive(Clone, Debug)]
pub struct LocalClient {
    /// What a client says when it connects. The credentials are not looked at.
    pub request: ConnectRequest,
    /// The roles of the session.
    pub roles: Vec<String>,
    /// Where it says to connect from.
    pub address: IpAddr,
    /// More fixed properties, such as `$Country`.
    pub properties: Vec<(String, String)>,
}

/// A request that another session has addressed to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// The conversation in which it is answered.
    pub conversation: i64,
    /// Message path.
    pub path: String,
    /// The question.
    pub value: TypedValue,
}

/// Why a local session hears nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Its connection is lost. [`LocalSession::recover`] makes another.
    ConnectionLost,
    /// It has ended.
    Ended,
}

/// The session. Dropping it ends it.
pub struct LocalSession {
    shared: Arc<Shared>,
    request: ConnectRequest,
    address: IpAddr,
    line: Line,
    /// Messages sent.
    sent: i64,
    /// The latest conversation begun.
    conversation: i64,
}

/// What stands for the connection.
struct Line {
    session: u64,
    generation: u64,
    closing: watch::Receiver<CloseSignal>,
}

impl From<Admitted> for Line {
    fn from(Admitted { session, generation, closing, .. }: Admitted) -> Self {
        Self { session, generation, closing }
    }
}

impl Publisher {
    /// Opens a session of this process; none if there is no place for it.
    #[must_use]
    pub fn open_session(&self, client: &LocalClient) -> Option<LocalSession> {
        let LocalClient { request, roles, address, properties } = client.clone();
        let shared = self.shared();
        let mut world = shared.world();
        let admitted = world.open_as(&request, roles, properties, Origin::WebSocket(address), &shared.config).ok()?;
        if let Some(session) = world.sessions.get_mut(&admitted.session) {
            session.client = ClientKind::Exact;
        }
        drop(world);
        Some(LocalSession { line: admitted.into(), shared, request, address, sent: 0, conversation: 0 })
    }
}

impl LocalSession {
    /// What it was asked since the last look. Topics that it is told of are passed over.
    ///
    /// # Errors
    /// It hears nothing.
    pub fn take(&mut self) -> Result<Vec<Addressed>, Silence> {
        let mut asked = Vec::new();
        loop {
            let signal = *self.line.closing.borrow();
            let outbox = self.shared.world().sessions.get(&self.line.session).map(|session| session.outbox.clone());
            let outbox = outbox.ok_or(Silence::Ended)?;
            if signal != CloseSignal::Open {
                self.lose();
                return Err(Silence::ConnectionLost);
            }
            let batch = outbox.take(self.line.generation, BATCH.0, BATCH.1).ok_or(Silence::Ended)?;
            if batch.is_empty() {
                return Ok(asked);
            }
            for message in batch {
                match Message::decode(message, MAX_MESSAGE_BYTES) {
                    Ok(Message::Request { service: MessagingSend::ID, cid, payload }) => {
                        if let Ok(request) = decode::<messaging_send::Request>(payload, self.request.version) {
                            asked.push(Addressed { conversation: cid, path: request.path, value: request.value });
                        }
                    }
                    Ok(Message::Request { service, cid, .. }) if cid != 0 => {
                        self.say(&error(cid, ServiceError::not_offered(service)));
                    }
                    // Topics, and answers to what it has asked.
                    _ => {}
                }
            }
        }
    }

    /// Answers a request.
    pub fn answer(&mut self, conversation: i64, answer: Result<&TypedValue, ServiceError>) {
        let message = match answer {
            Ok(value) => Message::Response { cid: conversation, payload: encode(value, self.request.version) },
            Err(refusal) => error(conversation, refusal),
        };
        self.say(&message);
    }

    /// Refuses a request as a client does that has no stream for its path.
    pub fn refuse(&mut self, request: &Addressed) {
        let text = format!("The session answers no requests at {}", request.path);
        self.answer(request.conversation, Err(ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, text)));
    }

    /// Calls a service. The answer is passed over.
    pub fn call<S: Service>(&mut self, request: &S::Request) {
        self.conversation += 1;
        let payload = encode(request, self.request.version);
        self.say(&Message::Request { service: S::ID, cid: self.conversation, payload });
        let work = |shared: &Shared, key: u64| {
            let mut world = shared.world();
            let is_running = world.sessions.get(&key).is_some_and(|session| !session.running.is_empty());
            if is_running {
                peer::go_on(&mut world, key);
            }
            is_running
        };
        while work(&self.shared, self.line.session) {}
    }

    /// Loses its connection.
    pub fn lose(&mut self) {
        self.detach(Outcome::Lost(CloseReason::CONNECTION_LOST));
    }

    /// Makes a connection again after one was lost; whether the session was still there.
    pub fn recover(&mut self) -> bool {
        let mut world = self.shared.world();
        let Some(session) = world.sessions.get(&self.line.session) else { return false };
        let (server_sequence, _) = session.outbox.sent_and_oldest();
        let resume = Resume { token: session.token.clone(), client_sequence: self.sent + 1, server_sequence };
        let request = ConnectRequest { resume: Some(resume), ..self.request.clone() };
        let admitted = world.admit(&request, Origin::WebSocket(self.address), &self.shared.config);
        drop(world);
        let Ok(admitted) = admitted else { return false };
        self.line = admitted.into();
        true
    }

    /// Whether the session has not ended.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.shared.world().sessions.contains_key(&self.line.session)
    }

    /// Ends the session.
    pub fn close(mut self) {
        self.say(&Message::CloseRequest);
    }

    fn say(&mut self, message: &Message) {
        self.sent += 1;
        let handled = peer::receive(&self.shared, self.line.session, self.line.generation, message.encode());
        if let Some(outcome) = handled.outcome {
            self.detach(outcome);
        }
    }

    fn detach(&self, outcome: Outcome) {
        self.shared.world().detach(self.line.session, self.line.generation, outcome);
    }
}

impl Drop for LocalSession {
    fn drop(&mut self) {
        // Ended already where it has closed.
        self.detach(Outcome::ClosedByClient(CloseReason::CONNECTION_LOST));
    }
}

fn error(cid: i64, ServiceError { code, description }: ServiceError) -> Message {
    Message::Error { cid, description, code }
}
