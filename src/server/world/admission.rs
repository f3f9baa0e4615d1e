//! Who gets a session: new connections and reconnections.

use super::World;
use crate::data::SessionId;
use crate::server::ServerConfig;
use crate::server::client_calls::ClientCallError;
use crate::server::outbox::Outbox;
use crate::server::session::{ClientKind, CloseSignal, ConnectionState, Origin, Session, fixed_properties};
use crate::wire::encode;
use crate::wire::handshake::{Acceptance, CAP_ZLIB, ConnectRequest, ConnectResponse, Rejection, Resume, Token};
use base64::Engine as _;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A message of the JavaScript client this soon after a lossless reconnection may have been sent again. It miscounts
/// after that, so the next reconnection is answered as lossy. Other clients are judged only by what they repeat.
const RESENT_WITHIN_MILLIS: u64 = 250;
/// Client type of the Python client.
const CLIENT_PYTHON: &str = "PY";

/// A connection that has a session.
pub(in crate::server) struct Admitted {
    /// The session's key.
    pub session: u64,
    /// Number of the connection within the session.
    pub generation: u64,
    /// The first message.
    pub response: Bytes,
    /// Messages the client has missed, to send before any other.
    pub resend: Vec<Bytes>,
    /// What waits for the session.
    pub outbox: Arc<Outbox>,
    /// Tells when to end.
    pub closing: watch::Receiver<CloseSignal>,
    /// Whether to send nothing until the client has surely processed the response.
    pub pause: bool,
}

/// The rejection of a client whose version is not admitted. The Python client takes the code for a wrong version for a
/// success.
fn wrong_version(client_type: &str) -> Rejection {
    if client_type == CLIENT_PYTHON { Rejection::PROTOCOL_ERROR } else { Rejection::PROTOCOL_VERSION }
}

/// A client's word as it may stand in a line of the log: 16 printable characters.
fn printable(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(16).collect()
}

impl World {
    /// Opens a session, or gives a session a connection again.
    ///
    /// # Errors
    /// The encoded rejection.
    pub(in crate::server) fn admit(
        &mut self,
        request: &ConnectRequest,
        origin: Origin,
        config: &ServerConfig,
    ) -> Result<Admitted, Bytes> {
        let version = request.version;
        let admitted = if config.protocol.contains(&version) {
            match &request.resume {
                None => self.open(request, origin, config),
                Some(resume) => self.resume(resume, config),
            }
        } else {
            let (from, to) = (config.protocol.start(), config.protocol.end());
            let age = if version < *from { "old" } else { "new" };
            let own = if from == to { from.to_string() } else { format!("{from} to {to}") };
            tracing::warn!(
                "a client of type {} is too {age}: it speaks protocol {version}, this server {own}",
                printable(&request.client_type)
            );
            Err(wrong_version(&request.client_type))
        };
        admitted.map_err(|rejection| {
            tracing::debug!(code = rejection.0, "connection rejected");
            ConnectResponse::Rejected { version, rejection }.encode()
        })
    }

    fn open(&mut self, request: &ConnectRequest, origin: Origin, config: &ServerConfig) -> Result<Admitted, Rejection> {
        if self.sessions.len() >= config.max_sessions {
            return Err(Rejection::LICENCE_LIMIT);
        }
        let principal = request.principal.clone().unwrap_or_default();
        let roles = self.security.authenticate(&principal, &request.credentials).ok_or_else(|| {
            let shown: String = principal.chars().take(64).collect();
            tracing::warn!(principal = ?shown, ?origin, "a login failed");
            Rejection::AUTHENTICATION_FAILED
        })?;
        self.next_session += 1;
        let key = self.next_session;
        let token = new_token().ok_or(Rejection::NOT_READY)?;
        let (connection, closing) = ConnectionState::new();
        let outbox = Outbox::new(config.outbox, request.capabilities & CAP_ZLIB != 0);
        outbox.attach(connection.generation);
        let id = SessionId { server: self.server_id, session: key };
        let session = Session {
            id,
            token: token.clone(),
            version: request.version,
            client: ClientKind::of(request),
            principal,
            roles: self.security.store.effective_roles(roles.iter().map(String::as_str)),
            reconnect_millis: request.reconnect_millis.min(config.max_reconnect.as_millis() as u64),
            outbox: outbox.clone(),
            scopes: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            listeners: BTreeMap::new(),
            missing_topic_handlers: BTreeMap::new(),
            properties: fixed_properties(id, request, &roles, origin, self.clock.now().wall),
            removed_with_it: BTreeSet::new(),
            refused_services: BTreeSet::new(),
            running: None,
            next_topic_id: 0,
            connection,
        };
        let acceptance = Acceptance::New { max_message_size: config.max_message_size_wire() };
        let response = session.response(acceptance, config);
        let (protocol, client) = (session.version, printable(&request.client_type));
        tracing::debug!(session = %id, principal = session.principal, protocol, client, "session opened");
        self.tokens.insert(token, key);
        self.sessions.insert(key, session);
        Ok(Admitted { session: key, generation: 1, response, resend: Vec::new(), outbox, closing, pause: false })
    }

    fn resume(&mut self, resume: &Resume, config: &ServerConfig) -> Result<Admitted, Rejection> {
        if config.max_reconnect.is_zero() {
            return Err(Rejection::NO_RECONNECTION);
        }
        let key = *self.tokens.get(&resume.token).ok_or(Rejection::UNKNOWN_SESSION)?;
        let session = self.sessions.get_mut(&key).ok_or(Rejection::UNKNOWN_SESSION)?;
        let now = self.clock.now();
        let closing = session.connection.replace();
        let outbox = session.outbox.clone();
        outbox.attach(session.connection.generation);
        let (sent, oldest) = outbox.sent_and_oldest();
        let is_python = session.client == ClientKind::Python;
        // The Python client does not count anew after a loss, so its later numbers mean nothing.
        let lossy = session.connection.lossy_next
            || (is_python && session.connection.was_lossy)
            || session.connection.received + 1 < resume.client_sequence
            || resume.server_sequence > sent
            || resume.server_sequence + 1 < oldest;
        let (acceptance, resend) = if lossy {
            session.connection.reset();
            outbox.reset();
            session.listeners.clear();
            session.missing_topic_handlers.clear();
            (Acceptance::Lossy { max_message_size: config.max_message_size_wire() }, Vec::new())
        } else {
            session.connection.recovered = true;
            session.connection.recovered_at = (session.client == ClientKind::JavaScript).then_some(now.uptime);
            let sequence = i32::try_from(session.connection.received + 1).unwrap_or(i32::MAX);
            (Acceptance::Recovered { sequence }, outbox.resend_after(resume.server_sequence))
        };
        let response = session.response(acceptance, config);
        let (generation, announce) = (session.connection.generation, lossy || is_python);
        // A client that was told of a loss takes its locks for lost.
        let grants = if lossy { self.locks.session_closed(key) } else { self.locks.connection_lost(key) };
        tracing::debug!(session = %session.id, lossy, "session reconnected");
        self.grant(grants);
        if lossy {
            self.end_calls_of(key, &ClientCallError::Discarded);
        }
        if announce {
            self.announce_again(key);
        }
        self.close_overflowing();
        Ok(Admitted { session: key, generation, response, resend, outbox, closing, pause: lossy })
    }

    /// Notes that a connection has gone; how long the session waits for another, if it does.
    pub(in crate::server) fn detach(&mut self, key: u64, generation: u64, over: bool) -> Option<Duration> {
        let session = self.sessions.get_mut(&key).filter(|s| s.connection.generation == generation)?;
        session.connection.attached = false;
        if over || session.reconnect_millis == 0 {
            self.end_session(key);
            self.close_overflowing();
            return None;
        }
        let wait = Duration::from_millis(session.reconnect_millis);
        let grants = self.locks.connection_lost(key);
        self.grant(grants);
        self.close_overflowing();
        Some(wait)
    }

    /// Ends a session whose time without a connection is over.
    pub(in crate::server) fn expire(&mut self, key: u64, generation: u64) {
        if self.sessions.get(&key).is_some_and(|s| s.connection.generation == generation && !s.connection.attached) {
            self.end_session(key);
            self.close_overflowing();
        }
    }
}

impl Session {
    fn response(&self, acceptance: Acceptance, config: &ServerConfig) -> Bytes {
        ConnectResponse::Accepted {
            version: self.version,
            acceptance,
            session: self.id,
            token: self.token.clone(),
            ping_period_millis: i64::try_from(config.ping_period.as_millis()).unwrap_or(0),
        }
        .encode()
    }
}

impl ConnectionState {
    /// Counts a message of the client; an early one after a lossless reconnection of a JavaScript client may be a
    /// repetition.
    pub(in crate::server) fn count_received(&mut self, uptime: u64) {
        self.received += 1;
        if let Some(at) = self.recovered_at.take()
            && uptime.saturating_sub(at) < RESENT_WITHIN_MILLIS
        {
            self.lossy_next = true;
        }
    }
}

/// 18 random bytes in base64, as real servers do.
fn new_token() -> Option<Token> {
    let mut random = [0; 18];
    getrandom::fill(&mut random).ok()?;
    let text = base64::engine::general_purpose::STANDARD.encode(random);
    text.as_bytes().try_into().ok().map(Token)
}

/// A random server part of session ids; its top bit is set as in real ones.
pub(in crate::server) fn new_server_id() -> u64 {
    let mut random = [0; 8];
    // Without randomness ids are still unique within this server; tokens are what must not be guessed.
    let _ = getrandom::fill(&mut random);
    u64::from_be_bytes(random) | 1 << 63
}

/// A request of the server with the next conversation id.
pub(in crate::server) fn ping(session: &mut Session) -> crate::wire::Message {
    use crate::wire::Service as _;
    let cid = session.connection.next_conversation();
    session.connection.ping = Some(cid);
    let payload = encode(&(), session.version);
    let service = crate::wire::services::SystemPing::ID;
    crate::wire::Message::Request { service, cid, payload }
}
