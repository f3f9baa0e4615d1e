//! Who gets a session: new connections and reconnections.

use super::World;
use crate::data::security::{EffectiveRoles, PathPermissions};
use crate::data::{CloseReason, SessionId};
use crate::server::ServerConfig;
use crate::server::budget::Charge;
use crate::server::client_calls::ClientCallError;
use crate::server::handlers;
use crate::server::outbox::Outbox;
use crate::server::peer::Outcome;
use crate::server::places::{Holder, NoPlace};
use crate::server::session::{ClientKind, CloseSignal, ConnectionState, Origin, Session, fixed_properties};
use crate::server::streams::Streams;
use crate::wire::encode;
use crate::wire::handshake::{Acceptance, CAP_ZLIB, ConnectRequest, ConnectResponse, Rejection, Resume, Token};
use crate::wire::services::session_properties_event::Update;
use base64::Engine as _;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tokio::sync::watch;

/// A message of the JavaScript client this soon after a lossless reconnection may have been sent again. It miscounts
/// after that, so the next reconnection is answered as lossy. Other clients are judged only by what they repeat.
const RESENT_WITHIN_MILLIS: u64 = 250;
/// The longest a session outlives its first connection if its client never said anything: it has nothing to lose.
const SILENT_MILLIS: u64 = 10_000;
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
    /// The largest message that may come.
    pub max_message_bytes: usize,
    /// Counts what has come of a message that is not complete.
    pub incoming: Arc<Charge>,
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
        let principal = request.principal.clone().unwrap_or_default();
        let roles = self.log_in(origin.source(), &principal, &request.credentials);
        let roles = roles.ok_or(Rejection::AUTHENTICATION_FAILED)?;
        let trusted = self.security.trusted(request.properties.iter().cloned()).collect();
        self.open_as(request, roles, trusted, origin, config)
    }

    /// Opens a session of somebody who is who it says, with these properties besides those that are always there.
    ///
    /// # Errors
    /// There is no place for it.
    pub(in crate::server) fn open_as(
        &mut self,
        request: &ConnectRequest,
        roles: Vec<String>,
        properties: Vec<(String, String)>,
        origin: Origin,
        config: &ServerConfig,
    ) -> Result<Admitted, Rejection> {
        let principal = request.principal.clone().unwrap_or_default();
        let holder = Holder::of(&principal, origin.source());
        let gives_up = self.places.find(&holder, config.max_sessions).map_err(|NoPlace| Rejection::LICENCE_LIMIT)?;
        if let Some(away) = gives_up {
            tracing::debug!(session = away, "a session without a connection gives up its place");
            self.end_session(away, CloseReason::CONNECTION_LOST);
        }
        self.next_session += 1;
        let key = self.next_session;
        let token = new_token().ok_or(Rejection::NOT_READY)?;
        let (connection, closing) = ConnectionState::new();
        let outbox = Outbox::new(config.outbox, request.capabilities & CAP_ZLIB != 0, &self.budget);
        outbox.attach(connection.generation);
        let id = SessionId { server: self.server_id, session: key };
        let effective = self.security.store.effective_roles(roles.iter().map(String::as_str));
        let max_message_bytes = self.max_message_bytes(&effective, config);
        let incoming = Arc::new(Charge::new(&self.budget));
        let mut all = fixed_properties(id, request, &roles, origin, self.clock.now().wall);
        all.extend(properties);
        let session = Session {
            id,
            token: token.clone(),
            source: origin.source(),
            version: request.version,
            client: ClientKind::of(request),
            principal,
            roles: effective,
            reconnect_millis: request.reconnect_millis.min(config.max_reconnect.as_millis() as u64),
            outbox: outbox.clone(),
            scopes: BTreeMap::new(),
            selection_changes: 0,
            subscriptions: BTreeMap::new(),
            listeners: BTreeMap::new(),
            session_listeners: BTreeMap::new(),
            missing_topic_handlers: BTreeMap::new(),
            properties: all.into(),
            removed_with_it: BTreeSet::new(),
            refused_services: BTreeSet::new(),
            streams: Streams::new(&self.budget),
            kept: Charge::new(&self.budget),
            subscribed: Charge::new(&self.budget),
            incoming: incoming.clone(),
            max_message_bytes,
            held_logins: Vec::new(),
            running: VecDeque::new(),
            listener_change: None,
            next_topic_id: 0,
            connection,
        };
        let acceptance = Acceptance::New { max_message_size: size_wire(max_message_bytes) };
        let response = session.response(acceptance, config);
        let (protocol, client) = (session.version, printable(&request.client_type));
        tracing::debug!(session = %id, principal = session.principal, protocol, client, "session opened");
        self.tokens.insert(token, key);
        self.places.enter(key, holder);
        session.kept.set(session.kept_bytes());
        self.sessions.insert(key, session);
        self.session_opened(key);
        let resend = Vec::new();
        Ok(Admitted {
            session: key,
            generation: 1,
            response,
            resend,
            outbox,
            closing,
            pause: false,
            max_message_bytes,
            incoming,
        })
    }

    fn resume(&mut self, resume: &Resume, config: &ServerConfig) -> Result<Admitted, Rejection> {
        if config.max_reconnect.is_zero() {
            return Err(Rejection::NO_RECONNECTION);
        }
        let key = *self.tokens.get(&resume.token).ok_or(Rejection::UNKNOWN_SESSION)?;
        let roles = self.sessions.get(&key).map(|session| &session.roles).ok_or(Rejection::UNKNOWN_SESSION)?;
        let max_message_bytes = self.max_message_bytes(roles, config);
        let session = self.sessions.get_mut(&key).ok_or(Rejection::UNKNOWN_SESSION)?;
        session.max_message_bytes = max_message_bytes;
        // What the former connection still adds to its own count is of no message any more.
        session.incoming = Arc::new(Charge::new(&self.budget));
        let incoming = session.incoming.clone();
        let now = self.clock.now();
        let closing = session.connection.replace();
        self.places.returned(key);
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
            outbox.reset(session.next_topic_id);
            session.forget_requests();
            (Acceptance::Lossy { max_message_size: size_wire(max_message_bytes) }, Vec::new())
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
            self.message_handlers.session_closed(key);
            self.end_calls_of(key, &ClientCallError::Discarded);
            self.end_calls_for(key, usize::MAX);
        }
        if announce {
            handlers::announce_again(self, key);
        }
        self.session_updated(key, Update::Reconnected);
        self.close_overflowing();
        Ok(Admitted {
            session: key,
            generation,
            response,
            resend,
            outbox,
            closing,
            pause: lossy,
            max_message_bytes,
            incoming,
        })
    }

    /// The largest message of a session with these roles. Only who may set values has something large to say.
    fn max_message_bytes(&self, roles: &EffectiveRoles, config: &ServerConfig) -> usize {
        let permissions = self.security.store.anywhere(roles);
        if [PathPermissions::UPDATE_TOPIC, PathPermissions::MODIFY_TOPIC].into_iter().any(|p| permissions.contains(p)) {
            config.max_message_bytes
        } else {
            config.max_reader_message_bytes.min(config.max_message_bytes)
        }
    }

    /// Notes that a connection has gone. Its session waits for another, if it does, until a tick finds its time over:
    /// not long if the client has never said anything.
    pub(in crate::server) fn detach(&mut self, key: u64, generation: u64, outcome: Outcome) {
        let Some(session) = self.sessions.get_mut(&key).filter(|s| s.connection.generation == generation) else {
            return;
        };
        session.connection.attached = false;
        session.incoming.set(0);
        session.outbox.connection_lost();
        let over = match outcome {
            Outcome::Lost(reason) => (session.reconnect_millis == 0).then_some(reason),
            Outcome::SessionOver(reason) | Outcome::ClosedByClient(reason) => Some(reason),
        };
        if let Some(reason) = over {
            self.end_session(key, reason);
        } else {
            let has_spoken = session.connection.has_spoken;
            let longest = if has_spoken { u64::MAX } else { SILENT_MILLIS };
            let now = self.clock.now().uptime;
            let until = now.saturating_add(session.reconnect_millis.min(longest));
            self.places.lost(key, has_spoken, now, until);
            let grants = self.locks.connection_lost(key);
            self.grant(grants);
            self.session_updated(key, Update::Disconnected);
        }
        self.close_overflowing();
    }

    /// Ends a session because the system has no descriptor for a newcomer: one of the anonymous sessions of the address
    /// that has most of them, and of these one whose client has never said anything, or the oldest.
    pub(in crate::server) fn end_for_descriptor(&mut self) {
        let has_spoken = |key: &u64| self.sessions.get(key).is_none_or(|session| session.connection.has_spoken);
        if let Some(key) = self.places.largest_anonymous().min_by_key(|key| (has_spoken(key), *key)) {
            tracing::debug!(session = key, "session ended to take another connection: no file descriptors are left");
            self.end_session(key, CloseReason::ABORTED);
            self.close_overflowing();
        }
    }

    /// Ends the sessions whose time without a connection is over.
    pub(super) fn end_overdue_sessions(&mut self, uptime: u64) {
        while let Some(key) = self.places.overdue(uptime) {
            self.end_session(key, CloseReason::CONNECTION_LOST);
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
        self.has_spoken = true;
        if let Some(at) = self.recovered_at.take()
            && uptime.saturating_sub(at) < RESENT_WITHIN_MILLIS
        {
            self.lossy_next = true;
        }
    }
}

fn size_wire(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
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
