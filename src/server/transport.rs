//! What carries messages: a WebSocket, or two queues in memory.

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::future::Future;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A message.
    Message(Bytes),
    /// The other side closed in good order.
    ClosedNormally,
    /// The connection is gone.
    Lost,
    /// Something that is no message, or one that is too large.
    Unreadable,
}

/// The receiving half.
pub(super) trait MessageReader: Send {
    /// Waits for the next message.
    fn next(&mut self) -> impl Future<Output = Received> + Send;
}

/// The sending half.
pub(super) trait MessageWriter: Send {
    /// Sends all messages; whether the connection took them.
    fn send(&mut self, messages: Vec<Bytes>) -> impl Future<Output = bool> + Send;
    /// Closes the connection.
    fn close(&mut self) -> impl Future<Output = ()> + Send;
}

impl MessageReader for SplitStream<WebSocketStream<&mut TcpStream>> {
    async fn next(&mut self) -> Received {
        loop {
            return match StreamExt::next(self).await {
                Some(Ok(Message::Binary(bytes))) => Received::Message(bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Text(_)) | Err(Error::Capacity(_))) => Received::Unreadable,
                Some(Ok(Message::Close(frame))) if frame.as_ref().is_some_and(|f| f.code == CloseCode::Normal) => {
                    Received::ClosedNormally
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => Received::Lost,
            };
        }
    }
}

impl MessageWriter for SplitSink<WebSocketStream<&mut TcpStream>, Message> {
    async fn send(&mut self, messages: Vec<Bytes>) -> bool {
        for message in messages {
            if self.feed(Message::Binary(message)).await.is_err() {
                return false;
            }
        }
        self.flush().await.is_ok()
    }

    async fn close(&mut self) {
        let _ = SinkExt::close(self).await;
    }
}

impl MessageReader for mpsc::Receiver<Bytes> {
    async fn next(&mut self) -> Received {
        self.recv().await.map_or(Received::Lost, Received::Message)
    }
}

impl MessageWriter for mpsc::Sender<Bytes> {
    async fn send(&mut self, messages: Vec<Bytes>) -> bool {
        for message in messages {
            if Self::send(self, message).await.is_err() {
                return false;
            }
        }
        true
    }

    async fn close(&mut self) {}
}
