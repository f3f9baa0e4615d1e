//! A WebSocket line: the upgrade, one binary message for each message of the protocol.

use crate::client::api::LinkError;
use crate::data::ServerUrl;
use crate::wire::handshake::ConnectRequest;
use crate::wire::{DecodeError, Problem};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// A byte stream, plain or encrypted.
pub(in crate::client) trait Channel: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Channel for T {}

/// An upgraded connection.
pub(in crate::client) struct WebSocket {
    stream: WebSocketStream<Box<dyn Channel>>,
    max_message_bytes: usize,
}

/// Asks for the upgrade.
///
/// # Errors
/// [`LinkError::NotDiffusion`] if the answer is no upgrade, [`LinkError::LineLost`] if there is none.
pub(in crate::client) async fn upgrade(
    channel: Box<dyn Channel>,
    address: &ServerUrl,
    request: &ConnectRequest,
    max_message_bytes: usize,
) -> Result<WebSocket, LinkError> {
    let config =
        WebSocketConfig::default().max_message_size(Some(max_message_bytes)).max_frame_size(Some(max_message_bytes));
    match client_async_with_config(upgrade_request(address, request)?, channel, Some(config)).await {
        Ok((stream, _)) => Ok(WebSocket { stream, max_message_bytes }),
        Err(error) => Err(refused(error)),
    }
}

/// The request for the upgrade. What is secret is in headers, which nobody writes down, and not in the address; only what
/// a header cannot hold stays in the query, as the official JavaScript client sends everything.
fn upgrade_request(server: &ServerUrl, request: &ConnectRequest) -> Result<Request<()>, LinkError> {
    let address = format!("{}://{}{}", if server.is_tls() { "wss" } else { "ws" }, server.authority(), server.path());
    let Some(headers) = request.has_secret().then(|| request.to_headers()).flatten() else {
        return format!("{address}?{}", request.to_query()).into_client_request().map_err(refused);
    };
    let mut upgrade = address.into_client_request().map_err(refused)?;
    for (name, text) in headers {
        let bad = |_| LinkError::BadUrl(format!("the parameter {name} cannot be sent"));
        let mut value = HeaderValue::from_str(text.expose()).map_err(bad)?;
        value.set_sensitive(true);
        upgrade.headers_mut().insert(name, value);
    }
    Ok(upgrade)
}

fn refused(error: Error) -> LinkError {
    match error {
        Error::Http(response) => {
            LinkError::NotDiffusion(format!("it answers “{}” instead of a WebSocket upgrade", response.status()))
        }
        Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => closed_early(),
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(ProtocolError::HandshakeIncomplete) => {
            closed_early()
        }
        Error::Io(error) => LinkError::LineLost(error.to_string()),
        Error::Url(error) => LinkError::BadUrl(error.to_string()),
        other => LinkError::NotDiffusion(other.to_string()),
    }
}

fn closed_early() -> LinkError {
    LinkError::NotDiffusion("it closes the connection without an answer".into())
}

impl WebSocket {
    /// The next message.
    pub(in crate::client) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, LinkError>> {
        loop {
            let message = ready!(Pin::new(&mut self.stream).poll_next(cx));
            return Poll::Ready(match message {
                Some(Ok(Message::Binary(bytes))) => Ok(bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Text(_))) => Err(bad("text where a binary message is due", Problem::Unknown(1))),
                Some(Ok(Message::Close(Some(frame)))) => {
                    Err(LinkError::LineLost(format!("the server closed the line with code {}", frame.code)))
                }
                Some(Ok(Message::Close(None))) | None => Err(lost()),
                Some(Err(error)) => Err(self.broken(error)),
            });
        }
    }

    /// Whether a message can be sent.
    pub(in crate::client) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        Pin::new(&mut self.stream).poll_ready(cx).map_err(|error| self.broken(error))
    }

    /// Sends a message after [`Self::poll_ready`].
    ///
    /// # Errors
    /// The line has ended.
    pub(in crate::client) fn start_send(&mut self, message: Bytes) -> Result<(), LinkError> {
        Pin::new(&mut self.stream).start_send(Message::Binary(message)).map_err(|error| self.broken(error))
    }

    /// Hands everything to the system.
    pub(in crate::client) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        Pin::new(&mut self.stream).poll_flush(cx).map_err(|error| self.broken(error))
    }

    /// Closes the line.
    pub(in crate::client) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.stream).poll_close(cx).map(|_| ())
    }

    fn broken(&self, error: Error) -> LinkError {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                bad("message", Problem::TooLarge(self.max_message_bytes))
            }
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => lost(),
            other => LinkError::LineLost(other.to_string()),
        }
    }
}

fn lost() -> LinkError {
    LinkError::LineLost("the server closed the connection".into())
}

fn bad(what: &'static str, problem: Problem) -> LinkError {
    LinkError::BadMessage(DecodeError { what, offset: 0, problem })
}
