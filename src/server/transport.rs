//! What carries messages: a WebSocket, or two queues in memory.

use super::budget::Charge;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Bytes read from a connection at once; each connection has room for so many.
const READ_BYTES: usize = 16 << 10;
/// A larger message is sent in frames of this size, so that a slow connection holds a copy of one frame only.
const FRAME_BYTES: usize = 64 << 10;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A message.
    Message(Bytes),
    /// The other side closed in good order.
    ClosedNormally,
    /// The connection is gone.
    Lost,
    /// A message that is too large.
    TooLarge,
    /// Something that is no message.
    Unreadable,
}

/// A connection on which nothing has been received yet.
pub(super) trait Line: Send {
    /// Its receiving half.
    type Reader: MessageReader;
    /// Its sending half.
    type Writer: MessageWriter;
    /// Takes messages up to a size; what has come of one that is not complete is counted.
    fn open(
        self,
        max_message_bytes: usize,
        incoming: Option<Arc<Charge>>,
    ) -> impl Future<Output = (Self::Reader, Self::Writer)> + Send;
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

/// How a WebSocket of the server is read.
pub(super) fn web_socket_config(max_message_bytes: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(Some(max_message_bytes))
        .max_frame_size(Some(max_message_bytes))
        .accept_unmasked_frames(true)
}

/// A TCP connection whose upgrade to a WebSocket is done.
pub(super) struct Upgraded<'s>(pub &'s mut TcpStream);

impl<'s> Line for Upgraded<'s> {
    type Reader = WebSocketReader<'s>;
    type Writer = SplitSink<WebSocketStream<Metered<'s>>, Message>;

    async fn open(self, max_message_bytes: usize, incoming: Option<Arc<Charge>>) -> (Self::Reader, Self::Writer) {
        let stream = Metered { stream: self.0, incoming: incoming.clone() };
        let config = web_socket_config(max_message_bytes);
        let (writer, stream) = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await.split();
        (WebSocketReader { stream, incoming }, writer)
    }
}

/// A TCP connection that counts what is read.
pub(super) struct Metered<'s> {
    stream: &'s mut TcpStream,
    incoming: Option<Arc<Charge>>,
}

impl AsyncRead for Metered<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut *self.stream).poll_read(cx, buf);
        if let Some(incoming) = &self.incoming {
            incoming.add(buf.filled().len() - before);
        }
        read
    }
}

impl AsyncWrite for Metered<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}

/// The receiving half of a WebSocket.
pub(super) struct WebSocketReader<'s> {
    stream: SplitStream<WebSocketStream<Metered<'s>>>,
    incoming: Option<Arc<Charge>>,
}

impl MessageReader for WebSocketReader<'_> {
    async fn next(&mut self) -> Received {
        loop {
            let next = StreamExt::next(&mut self.stream).await;
            if let Some(incoming) = &self.incoming {
                // What has been read beyond this message is less than one read.
                incoming.set(0);
            }
            return match next {
                Some(Ok(Message::Binary(bytes))) => Received::Message(bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Text(_))) => Received::Unreadable,
                Some(Err(Error::Capacity(_))) => Received::TooLarge,
                Some(Ok(Message::Close(frame))) if frame.as_ref().is_some_and(|f| f.code == CloseCode::Normal) => {
                    Received::ClosedNormally
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => Received::Lost,
            };
        }
    }
}

impl MessageWriter for SplitSink<WebSocketStream<Metered<'_>>, Message> {
    async fn send(&mut self, messages: Vec<Bytes>) -> bool {
        for message in messages {
            if message.len() <= FRAME_BYTES {
                if self.feed(Message::Binary(message)).await.is_err() {
                    return false;
                }
                continue;
            }
            for frame in frames(message) {
                if self.feed(Message::Frame(frame)).await.is_err() {
                    return false;
                }
            }
        }
        self.flush().await.is_ok()
    }

    async fn close(&mut self) {
        let _ = SinkExt::close(self).await;
    }
}

/// The frames of a large message.
fn frames(mut message: Bytes) -> impl Iterator<Item = Frame> {
    let mut kind = Data::Binary;
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let part = message.split_to(FRAME_BYTES.min(message.len()));
        let opcode = OpCode::Data(std::mem::replace(&mut kind, Data::Continue));
        let header = FrameHeader { is_final: message.is_empty(), opcode, ..FrameHeader::default() };
        Some(Frame::from_payload(header, part))
    })
}

impl Line for (mpsc::Receiver<Bytes>, mpsc::Sender<Bytes>) {
    type Reader = mpsc::Receiver<Bytes>;
    type Writer = mpsc::Sender<Bytes>;

    async fn open(self, _: usize, _: Option<Arc<Charge>>) -> (Self::Reader, Self::Writer) {
        self
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_message_goes_in_frames_that_make_it_up() {
        for length in [FRAME_BYTES + 1, 2 * FRAME_BYTES, 5 * FRAME_BYTES + 7] {
            let message: Bytes = (0..length).map(|n| n as u8).collect();
            let all: Vec<Frame> = frames(message.clone()).collect();
            let kinds: Vec<OpCode> = all.iter().map(|frame| frame.header().opcode).collect();
            assert_eq!(kinds[0], OpCode::Data(Data::Binary));
            assert!(kinds[1..].iter().all(|kind| *kind == OpCode::Data(Data::Continue)));
            assert!(
                all.iter().rev().skip(1).all(|frame| !frame.header().is_final) && all[all.len() - 1].header().is_final
            );
            assert!(
                all.iter().flat_map(|frame| frame.payload().iter().copied()).eq(message.iter().copied()),
                "{length}"
            );
        }
    }
}
