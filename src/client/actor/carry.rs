//! Bytes between a session and its transport, and the sleep until the session's next timeout.

use crate::client::api::LinkError;
use crate::client::clock::Clock;
use crate::client::outbox::Outbox;
use crate::client::transport::Transport;
use crate::session::{Machine, State};
use std::future::poll_fn;
use std::task::{Context, Poll};
use tokio::time::{Instant, sleep_until};

/// Messages handled before the queue to the window is locked once for all of them.
const BATCH: usize = 256;

/// Sends what waits, then reads a batch. Both in one poll, so that a server that waits for us to read, while we wait
/// for it to read, cannot stop the line.
pub(super) fn carry(
    cx: &mut Context<'_>,
    transport: &mut Transport,
    machine: &mut Machine,
    clock: &Clock,
    outbox: &Outbox,
) -> Poll<Result<(), LinkError>> {
    if let Poll::Ready(Err(error)) = transmit(cx, transport, machine) {
        return Poll::Ready(Err(error));
    }
    let mut handled = 0;
    let mut now = None;
    // Where too much waits to be sent, nothing is read: the line wakes this task when it takes some of it.
    let has_line = |machine: &Machine| matches!(machine.state(), State::Live | State::Closing { .. });
    if !outbox.has_room() {
        // The window, or the terminal, does not take what was read.
        machine.note_not_receiving(clock.now());
        return Poll::Pending;
    }
    while handled < BATCH && has_line(machine) && machine.may_receive() {
        match transport.poll_recv(cx) {
            Poll::Ready(Ok(message)) => {
                machine.handle_bytes(message, *now.get_or_insert_with(|| clock.now()));
                handled += 1;
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => break,
        }
    }
    if handled > 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
}

fn transmit(cx: &mut Context<'_>, transport: &mut Transport, machine: &mut Machine) -> Poll<Result<(), LinkError>> {
    while machine.has_transmit() {
        if transport.poll_ready(cx)?.is_pending() {
            break;
        }
        if let Some(message) = machine.poll_transmit() {
            transport.start_send(message)?;
        }
    }
    transport.poll_flush(cx)
}

/// The last messages of a session that is over, and the end of the line.
pub(in crate::client) async fn flush_and_close(transport: &mut Transport, machine: &mut Machine) {
    poll_fn(|cx| match transmit(cx, transport, machine) {
        Poll::Ready(_) if machine.has_transmit() => Poll::Pending,
        other => other.map(|_| ()),
    })
    .await;
    poll_fn(|cx| transport.poll_close(cx)).await;
}

pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
