//! A line without a network: two bounded channels between this process's client and its embedded server.

use crate::client::api::LinkError;
use crate::wire::handshake::ConnectRequest;
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

/// Messages that may be under way in each direction.
const CAPACITY: usize = 1024;

/// The server's end of a pipe. The first message it sends is the connection response.
#[derive(Debug)]
pub struct PipeEnd {
    /// Messages from the client.
    pub incoming: mpsc::Receiver<Bytes>,
    /// Messages to the client.
    pub outgoing: mpsc::Sender<Bytes>,
}

/// Takes a new connection over; called on a runtime thread, must not block.
pub type PipeAcceptor = Arc<dyn Fn(ConnectRequest, PipeEnd) + Send + Sync>;

type Permit = mpsc::OwnedPermit<Bytes>;
type Reserving = Pin<Box<dyn Future<Output = Result<Permit, SendError<()>>> + Send>>;

/// The client's end.
pub(in crate::client) struct Pipe {
    incoming: mpsc::Receiver<Bytes>,
    outgoing: mpsc::Sender<Bytes>,
    permit: Option<Permit>,
    reserving: Option<Reserving>,
}

impl Pipe {
    /// Connects to an embedded server.
    #[must_use]
    pub(in crate::client) fn connect(acceptor: &PipeAcceptor, request: ConnectRequest) -> Self {
        let (outgoing, to_server) = mpsc::channel(CAPACITY);
        let (to_client, incoming) = mpsc::channel(CAPACITY);
        acceptor(request, PipeEnd { incoming: to_server, outgoing: to_client });
        Self { incoming, outgoing, permit: None, reserving: None }
    }

    /// The next message.
    pub(in crate::client) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, LinkError>> {
        self.incoming.poll_recv(cx).map(|message| message.ok_or_else(ended))
    }

    /// Whether a message can be sent.
    pub(in crate::client) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        if self.permit.is_none() {
            let outgoing = &self.outgoing;
            let reserving = self.reserving.get_or_insert_with(|| Box::pin(outgoing.clone().reserve_owned()));
            let permit = ready!(reserving.as_mut().poll(cx));
            self.reserving = None;
            self.permit = Some(permit.map_err(|_| ended())?);
        }
        Poll::Ready(Ok(()))
    }

    /// Sends a message after [`Self::poll_ready`].
    ///
    /// # Errors
    /// The server has gone.
    pub(in crate::client) fn start_send(&mut self, message: Bytes) -> Result<(), LinkError> {
        self.permit.take().ok_or_else(ended)?.send(message);
        Ok(())
    }
}

fn ended() -> LinkError {
    LinkError::LineLost("the embedded server closed the connection".into())
}
