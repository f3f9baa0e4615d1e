//! Takes TCP connections and makes a `WebSocket` of each, within limits.

use super::Shared;
use super::clock::millis;
use super::handshakes::{Handshakes, Room};
use super::http::{self, Asked};
use super::peer;
use super::places::Source;
use super::session::Origin;
use super::transport::{Upgraded, web_socket_config};
use crate::wire::handshake::ConnectRequest;
use futures_util::SinkExt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::Message;

/// A short rest when the system has no descriptors left.
const RETRY: Duration = Duration::from_millis(50);
/// A rest until another handshake is over, or old enough to be dropped.
const SOON: Duration = Duration::from_millis(10);
/// Between two lines of the log about the same want.
const SAY_AGAIN: Duration = Duration::from_secs(10);
/// System errors that say that the process, or the machine, has no file descriptors left.
const OUT_OF_DESCRIPTORS: [i32; 2] = [24, 23];

/// Why nothing came of a connection.
enum NoSession {
    /// It asked for a page, and the `WebSocket` library answers no one who does.
    NoPage,
    /// All is said.
    Over,
}

/// The connections that are no sessions yet.
#[derive(Clone)]
struct Table {
    handshakes: Arc<Mutex<Handshakes>>,
    began: Instant,
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Handshakes> {
        self.handshakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_millis(&self) -> u64 {
        millis(self.began.elapsed())
    }

    /// A place for a newcomer, once there is one; none if it must go.
    async fn place(&self, source: Source) -> Option<HandshakePlace> {
        loop {
            let now = self.now_millis();
            let room = self.lock().room(source, now);
            match room {
                Room::Free => break,
                Room::InPlaceOf(number) => self.lock().drop_connection(number),
                Room::Soon => tokio::time::sleep(SOON).await,
                Room::Refused => return None,
            }
        }
        let number = self.lock().begin(source, self.now_millis());
        Some(HandshakePlace { table: self.clone(), number })
    }
}

/// A place of a connection that is no session yet; given back when this is dropped.
struct HandshakePlace {
    table: Table,
    number: u64,
}

impl Drop for HandshakePlace {
    fn drop(&mut self) {
        self.table.lock().end(self.number);
    }
}

/// Takes connections until the server stops.
pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    let table = Table { handshakes: Arc::default(), began: Instant::now() };
    let mut said: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                let Some(place) = table.place(Source::of(address.ip())).await else { continue };
                let number = place.number;
                let task = tokio::spawn(begin(shared.clone(), stream, address, place));
                table.lock().set_task(number, task.abort_handle());
            }
            Err(error) => {
                if said.is_none_or(|said| said.elapsed() > SAY_AGAIN) {
                    tracing::warn!(?error, "cannot take a connection");
                    said = Some(Instant::now());
                }
                let is_full = error.raw_os_error().is_some_and(|code| OUT_OF_DESCRIPTORS.contains(&code));
                if is_full && !table.lock().drop_oldest(table.now_millis()) {
                    shared.world().end_for_descriptor();
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Serves a connection from its first byte.
async fn begin(shared: Arc<Shared>, mut stream: TcpStream, address: SocketAddr, place: HandshakePlace) {
    let handshake = async {
        let first = tokio::time::timeout(shared.config.first_byte_timeout, stream.peek(&mut [0])).await;
        if !matches!(first, Ok(Ok(1))) {
            return Err(NoSession::Over);
        }
        place.table.lock().spoke(place.number);
        upgrade(&shared, &mut stream).await
    };
    let accepted = tokio::time::timeout(shared.config.handshake_timeout, handshake).await;
    drop(place);
    match accepted {
        Ok(Ok(request)) => {
            peer::serve(shared.clone(), request, Origin::WebSocket(address.ip()), Upgraded(&mut stream)).await;
        }
        Ok(Err(NoSession::NoPage)) => {
            // A few bytes into an empty buffer: nobody is waited for.
            let _ = stream.write_all(http::NO_PAGE).await;
            let _ = stream.shutdown().await;
        }
        Ok(Err(NoSession::Over)) => tracing::debug!(%address, "no session came of a connection"),
        Err(_) => tracing::debug!(%address, "handshake took too long"),
    }
}

/// The WebSocket handshake; an unreadable Diffusion request is answered here. Clients send nothing until they have the
/// connection response, and the library refuses those that do, so no byte of a session is read here.
#[expect(clippy::result_large_err, reason = "the form of the WebSocket library's callback")]
async fn upgrade(shared: &Shared, stream: &mut TcpStream) -> Result<ConnectRequest, NoSession> {
    let _ = stream.set_nodelay(true);
    let mut asked: Option<Asked> = None;
    let local = stream.local_addr().map_err(|_| NoSession::Over)?.ip().to_canonical();
    let allowed = &shared.config.allowed_origins;
    let callback = |request: &_, response| http::inspect(request, response, local, allowed, &mut asked);
    let accepted = accept_hdr_async_with_config(stream, callback, Some(web_socket_config(0))).await;
    let mut socket =
        accepted.map_err(|error| if http::is_plain_request(&error) { NoSession::NoPage } else { NoSession::Over })?;
    match asked.ok_or(NoSession::Over)? {
        Ok(request) => Ok(request),
        Err(rejection) => {
            let _ = socket.send(Message::Binary(rejection)).await;
            let _ = socket.close(None).await;
            Err(NoSession::Over)
        }
    }
}
