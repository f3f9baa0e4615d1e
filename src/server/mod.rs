//! A small Diffusion server in this process, for demonstrations and tests.
//!
//! It speaks to the official clients as well. Absent here, on purpose: the client and session floors, so that a fault
//! of theirs cannot hide behind the same fault on this side. Nothing a peer sends can end the server: it ends its
//! session at most.

mod budget;
mod client_calls;
mod clock;
pub mod demo;
mod error;
mod exchange;
mod handlers;
mod handshakes;
mod http;
mod listener;
mod local_session;
mod locks;
mod login_failures;
mod message_handlers;
mod outbox;
mod peer;
mod places;
mod properties;
mod publisher;
mod quotas;
mod removal_policy;
mod security;
mod series;
mod session;
mod streams;
mod tick;
mod topic;
mod transport;
mod turns;
mod web_origin;
mod world;

pub use client_calls::{ClientCallCounts, ProcessAnswer};
pub use error::ServiceError;
pub use exchange::{Accepted, Connection, Exchange};
pub use local_session::{Addressed, LocalClient, LocalSession, Silence};
pub use outbox::Limits;
pub use publisher::{Batch, Publisher};
pub use security::{Principal, Security, TrustedValues, ValuePattern};

use crate::data::CloseReason;
use crate::wire::handshake::ConnectRequest;
use crate::wire::protocol;
use bytes::Bytes;
use clock::Clock;
use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use turns::Turns;
use world::World;

/// How long closing sessions may take to say so when the server stops.
const FAREWELL: Duration = Duration::from_millis(300);

/// Tasks that are run between two looks at the sockets, where many are ready.
const EVENT_INTERVAL: u32 = 8;

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Who may connect and do what.
    pub security: Security,
    /// Milliseconds between system pings; zero for none.
    pub ping_period: Duration,
    /// The longest a session outlives its connection; zero for no reconnection at all.
    pub max_reconnect: Duration,
    /// The largest message of a client that may change topics anywhere.
    pub max_message_bytes: usize,
    /// The largest message of any other client.
    pub max_reader_message_bytes: usize,
    /// Bytes that may be kept for all sessions together, their connections and those that wait for another. Over it the
    /// sessions end that keep most, without a connection first.
    pub max_kept_bytes: usize,
    /// How long a connection may take to become a session.
    pub handshake_timeout: Duration,
    /// How long a connection may be silent at first.
    pub first_byte_timeout: Duration,
    /// Sessions at one time; some of these places are kept from anonymous clients, and of each address from the others.
    pub max_sessions: usize,
    /// What may wait for one session.
    pub outbox: Limits,
    /// The protocol versions that are admitted, within [`protocol::SPOKEN`].
    pub protocol: RangeInclusive<u8>,
    /// Origins of web pages that may connect besides those of this machine; `*` for all.
    pub allowed_origins: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            security: Security::standard(),
            ping_period: Duration::from_secs(90),
            max_reconnect: Duration::from_mins(5),
            max_message_bytes: 64 << 20,
            max_reader_message_bytes: 1 << 20,
            max_kept_bytes: world::DEFAULT_BUDGET_BYTES,
            handshake_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_millis(2500),
            max_sessions: 10_000,
            outbox: Limits::default(),
            protocol: protocol::SPOKEN,
            allowed_origins: Vec::new(),
        }
    }
}

/// What every connection shares.
struct Shared {
    world: Mutex<World>,
    config: ServerConfig,
    turns: Turns,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server. Dropping it stops it.
pub struct Server {
    shared: Arc<Shared>,
    handle: Handle,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a thread of its own.
    ///
    /// # Errors
    /// The thread or its event loop cannot be made.
    pub fn start(config: ServerConfig) -> io::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().event_interval(EVENT_INTERVAL).build()?;
        let mut server = Self::start_on(config, runtime.handle().clone());
        let (mut stopped, shared) = (server.stop.subscribe(), server.shared.clone());
        let thread = std::thread::Builder::new().name("brownian-server".to_owned()).spawn(move || {
            runtime.block_on(async {
                let _ = stopped.wait_for(|stop| *stop).await;
                shared.end_all();
                tokio::time::sleep(FAREWELL).await;
            });
        })?;
        server.thread = Some(thread);
        Ok(server)
    }

    /// Starts a server on an event loop that somebody else runs.
    #[must_use]
    pub fn start_on(config: ServerConfig, handle: Handle) -> Self {
        let world = Mutex::new(World::of(&config, Clock::machine()));
        let (stop, mut stopped) = watch::channel(false);
        let shared = Arc::new(Shared { world, config, turns: Turns::default() });
        let weak = Arc::downgrade(&shared);
        handle.spawn(async move {
            tokio::select! {
                () = tick::run(weak) => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
        Self { shared, handle, stop, thread: None }
    }

    /// Takes WebSocket connections at an address; port 0 picks a free one.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub fn listen(&self, address: SocketAddr) -> io::Result<SocketAddr> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        let (shared, mut stopped) = (self.shared.clone(), self.stop.subscribe());
        self.handle.spawn(async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => tokio::select! {
                    () = listener::run(shared, listener) => {}
                    _ = stopped.wait_for(|stop| *stop) => {}
                },
                Err(error) => tracing::error!(?error, "cannot listen"),
            }
        });
        Ok(bound)
    }

    /// Serves one connection in memory. The first message given out is the connection response; both ends close
    /// when the connection is over.
    pub fn accept(&self, request: ConnectRequest, incoming: mpsc::Receiver<Bytes>, outgoing: mpsc::Sender<Bytes>) {
        self.handle.spawn(peer::serve(self.shared.clone(), request, session::Origin::Memory, (incoming, outgoing)));
    }

    /// A way to put content into the server from any thread.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        Publisher::new(self.shared.clone())
    }

    /// Sessions at this moment.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.shared.world().sessions.len()
    }

    /// Topics at this moment.
    #[must_use]
    pub fn topic_count(&self) -> usize {
        self.shared.world().topics.len()
    }

    /// How the server's calls at its clients have ended.
    #[must_use]
    pub fn client_calls(&self) -> ClientCallCounts {
        self.shared.world().client_calls.counts()
    }

    /// Cuts every connection without a word, as a broken network would; sessions wait for their clients.
    pub fn drop_connections(&self) {
        for session in self.shared.world().sessions.values_mut().filter(|s| s.connection.attached) {
            session.connection.cut();
        }
    }

    /// Stops the server and waits until its address is free again.
    pub fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.shared.end_all();
    }
}

impl Shared {
    fn end_all(&self) {
        let mut world = self.world();
        let keys: Vec<u64> = world.sessions.keys().copied().collect();
        for key in keys {
            world.end_session(key, CloseReason::SERVER_CLOSING);
        }
        world.close_overflowing();
    }
}
