//! The other end, for tests: accepts lines and says what the test scripts.

use crate::data::{SessionId, TopicSpec};
use crate::wire::frame::VERSION;
use crate::wire::handshake::{Acceptance, ConnectRequest, ConnectResponse, Token};
use crate::wire::services::{TopicSubscribed, topic_subscribed};
use crate::wire::{Message, Service, encode};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// The session that [`accepted`] names.
pub(super) const SESSION: SessionId = SessionId { server: 0xc11f, session: 7 };

/// A connection response.
pub(super) fn accepted(acceptance: Acceptance) -> Bytes {
    let token = Token([b't'; 24]);
    ConnectResponse::Accepted { version: VERSION, acceptance, session: SESSION, token, ping_period_millis: 0 }.encode()
}

/// The response that opens a session.
pub(super) fn fresh() -> Bytes {
    accepted(Acceptance::New { max_message_size: i32::MAX })
}

/// The announcement of a topic.
pub(super) fn announcement(topic_id: i32, path: &str, spec: TopicSpec) -> Bytes {
    let notice = topic_subscribed::Request { topic_id, path: path.into(), spec };
    Message::Request { service: TopicSubscribed::ID, cid: 0, payload: encode(&notice, VERSION) }.encode()
}

/// A full value.
pub(super) fn value(topic_id: i32, value: &[u8]) -> Bytes {
    Message::TopicValue { topic_id, value: Bytes::copy_from_slice(value) }.encode()
}

/// The server's end of any kind of line.
pub(super) enum Peer {
    /// Over a socket.
    WebSocket(Box<WebSocketStream<TcpStream>>),
    /// Within the process.
    Pipe(crate::client::PipeEnd),
}

impl Peer {
    /// Accepts an upgrade and reads what the client said in it.
    pub(super) async fn accept(listener: &TcpListener) -> (ConnectRequest, Self) {
        let (stream, _) = listener.accept().await.expect("a connection");
        let said = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&said);
        #[expect(clippy::result_large_err, reason = "the signature is the library's")]
        let look = move |request: &Request, response: Response| {
            let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
            let read =
                request.uri().query().map_or_else(|| ConnectRequest::from_headers(header), ConnectRequest::from_query);
            *seen.lock().expect("not poisoned") = Some(read);
            Ok(response)
        };
        let stream = accept_hdr_async(stream, look).await.expect("an upgrade");
        let request = said.lock().expect("not poisoned").take().expect("an upgrade").expect("a connection request");
        (request, Self::WebSocket(Box::new(stream)))
    }

    /// Takes a pipe that was handed over.
    pub(super) async fn receive(
        pipes: &mut mpsc::UnboundedReceiver<(ConnectRequest, crate::client::PipeEnd)>,
    ) -> (ConnectRequest, Self) {
        let (request, end) = pipes.recv().await.expect("a pipe");
        (request, Self::Pipe(end))
    }

    /// Sends a message; that the client has gone is no failure of the script.
    pub(super) async fn say(&mut self, message: Bytes) {
        match self {
            Self::WebSocket(stream) => drop(stream.send(Frame::Binary(message)).await),
            Self::Pipe(end) => drop(end.outgoing.send(message).await),
        }
    }

    /// The next message of the client; none at its end.
    pub(super) async fn hear(&mut self) -> Option<Message> {
        let bytes = match self {
            Self::WebSocket(stream) => loop {
                match stream.next().await {
                    Some(Ok(Frame::Binary(bytes))) => break bytes,
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => {}
                }
            },
            Self::Pipe(end) => end.incoming.recv().await?,
        };
        Some(Message::decode(bytes, usize::MAX).expect("a message of the protocol"))
    }

    /// The conversation of the next request of the client.
    pub(super) async fn hear_request(&mut self) -> i64 {
        match self.hear().await {
            Some(Message::Request { cid, .. }) => cid,
            other => panic!("not a request: {other:?}"),
        }
    }

    /// Answers a request with nothing.
    pub(super) async fn answer(&mut self, cid: i64) {
        self.say(Message::Response { cid, payload: Bytes::new() }.encode()).await;
    }
}
