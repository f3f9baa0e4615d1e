//! The server without threads, sockets and a clock of its own: bytes go in, bytes come out, time passes when it is told
//! to. For tests in which everything that follows from a step has happened when the step returns.

use super::client_calls::ClientCallCounts;
use super::clock::Clock;
use super::peer::{self, Outcome};
use super::session::Origin;
use super::turns::Turns;
use super::world::{Admitted, World};
use super::{Publisher, ServerConfig, Shared, tick};
use crate::data::{CloseReason, TopicPath, TopicSpec};
use crate::wire::handshake::ConnectRequest;
use bytes::Bytes;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Messages and bytes taken from a queue at once.
const BATCH: (usize, usize) = (256, 1 << 20);

/// One connection of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    session: u64,
    generation: u64,
}

/// A connection that has a session, and the messages that the client gets first.
#[derive(Debug)]
pub struct Accepted {
    /// The connection.
    pub connection: Connection,
    /// The connection response.
    pub response: Bytes,
    /// What a recovered session has missed.
    pub resend: Vec<Bytes>,
}

/// A server of which every step is made by its owner. It sends no system pings.
pub struct Exchange {
    pub(super) shared: Arc<Shared>,
}

impl Exchange {
    /// A server that begins at these milliseconds since 1970.
    #[must_use]
    pub fn new(config: ServerConfig, now_millis: i64) -> Self {
        let config = ServerConfig { ping_period: Duration::ZERO, ..config };
        let world = World::of(&config, Clock::manual(now_millis));
        Self { shared: Arc::new(Shared { world: Mutex::new(world), config, turns: Turns::default() }) }
    }

    /// A way to put content into the server.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        Publisher::new(self.shared.clone())
    }

    /// Connects a client, anew or to the session it had.
    ///
    /// # Errors
    /// The connection response that rejects it.
    pub fn connect(&mut self, request: &ConnectRequest) -> Result<Accepted, Bytes> {
        self.admit(request, Origin::Memory)
    }

    /// Connects a client of another machine, or of this one.
    ///
    /// # Errors
    /// The connection response that rejects it.
    pub fn connect_from(&mut self, address: IpAddr, request: &ConnectRequest) -> Result<Accepted, Bytes> {
        self.admit(request, Origin::WebSocket(address))
    }

    fn admit(&mut self, request: &ConnectRequest, origin: Origin) -> Result<Accepted, Bytes> {
        let admitted = self.shared.world().admit(request, origin, &self.shared.config)?;
        self.work();
        let Admitted { session, generation, response, resend, .. } = admitted;
        Ok(Accepted { connection: Connection { session, generation }, response, resend })
    }

    /// Takes one message of a client and does all that it asks for; whether the connection goes on.
    pub fn receive(&mut self, connection: Connection, message: Bytes) -> bool {
        let outcome = peer::receive(&self.shared, connection.session, connection.generation, message).outcome;
        self.work();
        if let Some(outcome) = outcome {
            self.detach(connection, outcome);
        }
        outcome.is_none()
    }

    /// Does all slices of the requests that were not done in one, and what nobody waits for.
    fn work(&self) {
        let mut world = self.shared.world();
        while let Some(key) = world.started.pop() {
            while world.sessions.get(&key).is_some_and(|session| !session.running.is_empty()) {
                peer::go_on(&mut world, key);
            }
        }
        while world.do_chores() {}
    }

    /// What waits for a client, in order; nothing for a connection that is over.
    pub fn take(&mut self, connection: Connection) -> Vec<Bytes> {
        let outbox = self.shared.world().sessions.get(&connection.session).map(|session| session.outbox.clone());
        let mut out = Vec::new();
        let Some(outbox) = outbox else { return out };
        while let Some(batch) = outbox.take(connection.generation, BATCH.0, BATCH.1).filter(|batch| !batch.is_empty()) {
            out.extend(batch);
        }
        out
    }

    /// The connection is lost; its session waits for another as long as it may.
    pub fn lose(&mut self, connection: Connection) {
        self.detach(connection, Outcome::Lost(CloseReason::CONNECTION_LOST));
    }

    /// Lets time pass.
    pub fn advance(&mut self, mut by: Duration) {
        while !by.is_zero() {
            let step = by.min(tick::PERIOD);
            by -= step;
            {
                let mut world = self.shared.world();
                world.clock.advance(step);
                world.tick();
            }
            self.work();
        }
    }

    /// Sessions at this moment.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.shared.world().sessions.len()
    }

    /// Bytes kept for all sessions.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.shared.world().budget.used()
    }

    /// The specification of a topic; none if there is no such topic.
    #[must_use]
    pub fn spec_of(&self, path: &str) -> Option<TopicSpec> {
        let path = TopicPath::parse(path).ok()?;
        self.shared.world().topics.get(&path).map(|topic| topic.spec.clone())
    }

    /// How the server's calls at clients have ended.
    #[must_use]
    pub fn client_calls(&self) -> ClientCallCounts {
        self.shared.world().client_calls.counts()
    }

    fn detach(&mut self, connection: Connection, outcome: Outcome) {
        self.shared.world().detach(connection.session, connection.generation, outcome);
        self.work();
    }
}
