//! Takes TCP connections and makes a `WebSocket` of each, within limits.

use super::Shared;
use super::http::{self, Asked};
use super::peer;
use super::session::Origin;
use crate::wire::handshake::ConnectRequest;
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// Connections that may be between TCP and session at one time.
const HANDSHAKES: usize = 256;
/// A short rest when the system has no descriptors left.
const RETRY: Duration = Duration::from_millis(50);

/// Why nothing came of a connection.
enum NoSession {
    /// It asked for a page, and the `WebSocket` library answers no one who does.
    NoPage,
    /// All is said.
    Over,
}

/// Takes connections until the server stops.
pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, address)) => {
                let shared = shared.clone();
                tokio::spawn(async move {
                    let mut stream = stream;
                    let accepted =
                        tokio::time::timeout(shared.config.handshake_timeout, upgrade(&shared, &mut stream)).await;
                    drop(place);
                    match accepted {
                        Ok(Ok((request, socket))) => {
                            let (writer, reader) = socket.split();
                            let origin = Origin::WebSocket(address.ip());
                            peer::serve(shared.clone(), request, origin, reader, writer).await;
                        }
                        Ok(Err(NoSession::NoPage)) => {
                            // A few bytes into an empty buffer: nobody is waited for.
                            let _ = stream.write_all(http::NO_PAGE).await;
                            let _ = stream.shutdown().await;
                        }
                        Ok(Err(NoSession::Over)) => tracing::debug!(%address, "no session came of a connection"),
                        Err(_) => tracing::debug!(%address, "handshake took too long"),
                    }
                });
            }
            Err(error) => {
                tracing::warn!(?error, "cannot take a connection");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// The WebSocket handshake; an unreadable Diffusion request is answered here.
#[expect(clippy::result_large_err, reason = "the form of the WebSocket library's callback")]
async fn upgrade<'s>(
    shared: &Shared,
    stream: &'s mut TcpStream,
) -> Result<(ConnectRequest, WebSocketStream<&'s mut TcpStream>), NoSession> {
    let _ = stream.set_nodelay(true);
    let mut asked: Option<Asked> = None;
    let config = WebSocketConfig::default()
        .max_message_size(Some(shared.config.max_message_bytes))
        .max_frame_size(Some(shared.config.max_message_bytes))
        .accept_unmasked_frames(true);
    let local = stream.local_addr().map_err(|_| NoSession::Over)?.ip().to_canonical();
    let allowed = &shared.config.allowed_origins;
    let callback = |request: &_, response| http::inspect(request, response, local, allowed, &mut asked);
    let accepted = accept_hdr_async_with_config(stream, callback, Some(config)).await;
    let mut socket =
        accepted.map_err(|error| if http::is_plain_request(&error) { NoSession::NoPage } else { NoSession::Over })?;
    match asked.ok_or(NoSession::Over)? {
        Ok(request) => Ok((request, socket)),
        Err(rejection) => {
            let _ = socket.send(Message::Binary(rejection)).await;
            let _ = socket.close(None).await;
            Err(NoSession::Over)
        }
    }
}
