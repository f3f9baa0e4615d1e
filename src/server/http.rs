//! The upgrade request: its path, and the connection parameters in its query or headers.

use super::web_origin;
use crate::wire::handshake::{ConnectRequest, ConnectResponse, Rejection};
use crate::wire::{DecodeError, frame};
use bytes::Bytes;
use std::net::IpAddr;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;

/// What an upgrade request asks for: a connection, or what to answer to one that cannot be read.
pub(super) type Asked = Result<ConnectRequest, Bytes>;

/// Looks at an upgrade request and keeps what it asks for.
///
/// # Errors
/// 403 for a web page from elsewhere, 404 for any path but that of Diffusion.
#[expect(clippy::result_large_err, reason = "the form of the WebSocket library's callback")]
pub(super) fn inspect(
    request: &Request,
    response: Response,
    local: IpAddr,
    allowed_origins: &[String],
    asked: &mut Option<Asked>,
) -> Result<Response, ErrorResponse> {
    if let Err(refused) = web_origin::check(request.headers(), local, allowed_origins) {
        tracing::warn!("a connection is refused because of {refused}");
        let mut refusal = ErrorResponse::new(Some("This server takes no connections of this web page\n".to_owned()));
        *refusal.status_mut() = StatusCode::FORBIDDEN;
        return Err(refusal);
    }
    let path = request.uri().path();
    if !path.strip_suffix('/').unwrap_or(path).ends_with("/diffusion") {
        let mut refusal = ErrorResponse::new(Some("Not found\n".to_owned()));
        *refusal.status_mut() = StatusCode::NOT_FOUND;
        return Err(refusal);
    }
    *asked = Some(parse(request).map_err(|error| {
        tracing::debug!(?error, "connection request cannot be read");
        let version = version(request).unwrap_or(frame::VERSION);
        ConnectResponse::Rejected { version, rejection: Rejection::PROTOCOL_ERROR }.encode()
    }));
    Ok(response)
}

/// The whole answer to a request that is HTTP but asks for no `WebSocket`: there is nothing here to be had that way.
pub(super) const NO_PAGE: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nConnection: close\r\n\r\nNot found\n";

/// Whether a handshake failed over a request that is HTTP but asks for no `WebSocket`.
pub(super) const fn is_plain_request(error: &Error) -> bool {
    matches!(
        error,
        Error::Protocol(
            ProtocolError::WrongHttpMethod
                | ProtocolError::MissingConnectionUpgradeHeader
                | ProtocolError::MissingUpgradeWebSocketHeader
                | ProtocolError::MissingSecWebSocketVersionHeader
                | ProtocolError::MissingSecWebSocketKey
        )
    )
}

/// Header text as the Python client writes it: raw UTF-8.
fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn query(request: &Request) -> Option<&str> {
    request.uri().query().filter(|query| query.split('&').any(|item| item.starts_with("v=")))
}

fn parse(request: &Request) -> Result<ConnectRequest, DecodeError> {
    match query(request) {
        Some(query) => ConnectRequest::from_query(query),
        None => ConnectRequest::from_headers(|name| header(request, name)),
    }
}

/// The version, for answers to requests that are wrong elsewhere.
fn version(request: &Request) -> Option<u8> {
    match query(request) {
        Some(query) => query.split('&').find_map(|item| item.strip_prefix("v="))?.parse().ok(),
        None => header(request, "v")?.trim().parse().ok(),
    }
}
