//! One connection: reads messages, answers them, writes what waits, pings, and ends in one of a few ways.

use super::Shared;
use super::client_calls::ClientCallError;
use super::handlers;
use super::outbox::Outbox;
use super::session::{CloseSignal, Origin};
use super::transport::{Line, MessageReader, MessageWriter, Received};
use super::world::{Admitted, World, ping};
use crate::wire::handshake::{ConnectRequest, ConnectResponse, Rejection};
use crate::wire::{Message, services};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long nothing is sent after a lossy reconnection: the JavaScript client forgets what comes with the response.
const LOSSY_PAUSE: Duration = Duration::from_millis(100);
/// Messages taken from the queue at once.
const BATCH_MESSAGES: usize = 256;
/// Bytes taken from the queue at once.
const BATCH_BYTES: usize = 256 << 10;
/// While more than this waits for a session, its requests are not read.
const READ_BELOW_BYTES: usize = 32 << 20;
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why serving a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The connection went; the session may come back.
    Lost,
    /// The session ends, and the client is told.
    SessionOver,
    /// The session ends, and the client knows.
    ClosedByClient,
}

/// The connection of a session. Its end is noted when this is dropped, also by a panic: a session whose task is gone
/// would keep its place for ever.
struct Attached<'a> {
    shared: &'a Shared,
    session: u64,
    generation: u64,
    /// Whether the session ends with it.
    is_over: bool,
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.shared.world().detach(self.session, self.generation, self.is_over);
    }
}

/// Serves one connection from its request to its end.
pub(super) async fn serve(shared: Arc<Shared>, request: ConnectRequest, origin: Origin, line: impl Line) {
    let is_python = request.client_type == "PY";
    let admitted = admit(&shared, &request, origin).await;
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(rejection) => {
            let (_, mut writer) = line.open(0, None).await;
            let _ = tokio::time::timeout(FAREWELL, async {
                writer.send(vec![rejection]).await;
                writer.close().await;
            })
            .await;
            return;
        }
    };
    let Admitted { session, generation, response, resend, outbox, mut closing, pause, max_message_bytes, incoming } =
        admitted;
    let mut attached = Attached { shared: &shared, session, generation, is_over: false };
    let (mut reader, mut writer) = line.open(max_message_bytes, Some(incoming)).await;
    let received_any = Notify::new();
    let outcome = tokio::select! {
        outcome = read(&shared, session, generation, &mut reader, &outbox, &received_any, is_python) => outcome,
        () = write(&mut writer, response, resend, &outbox, generation, pause.then_some(&received_any)) => Outcome::Lost,
        () = keep_pinging(&shared, session, generation) => Outcome::Lost,
        changed = closing.wait_for(|closing| *closing != CloseSignal::Open) => match changed.map(|closing| *closing) {
            Ok(CloseSignal::SessionOver) => Outcome::SessionOver,
            _ => Outcome::Lost,
        },
    };
    // A session that has ended takes its queue along, so the writer may have seen the end first.
    let outcome = match *closing.borrow() {
        CloseSignal::SessionOver if outcome == Outcome::Lost => Outcome::SessionOver,
        _ => outcome,
    };
    tracing::debug!(session, ?outcome, "connection ended");
    attached.is_over = outcome != Outcome::Lost;
    drop(attached);
    let _ = tokio::time::timeout(FAREWELL, async {
        if outcome == Outcome::SessionOver {
            writer.send(vec![Message::Abort.encode()]).await;
        }
        writer.close().await;
    })
    .await;
}

/// Opens a session, or gives a session a connection again; later if logins have failed before.
async fn admit(shared: &Shared, request: &ConnectRequest, origin: Origin) -> Result<Admitted, Bytes> {
    if request.resume.is_none()
        && let Some(principal) = &request.principal
    {
        let wait = shared.world().login_wait(origin.source(), principal);
        let Ok(wait) = wait else {
            tracing::debug!(?origin, "too many logins of this address wait");
            let rejection = Rejection::NOT_READY;
            return Err(ConnectResponse::Rejected { version: request.version, rejection }.encode());
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
    shared.world().admit(request, origin, &shared.config)
}

/// Reads and answers until the connection or the session ends.
async fn read(
    shared: &Shared,
    session: u64,
    generation: u64,
    reader: &mut impl MessageReader,
    outbox: &Outbox,
    received_any: &Notify,
    is_python: bool,
) -> Outcome {
    loop {
        let bytes = match reader.next().await {
            Received::Message(bytes) => bytes,
            // The Python client has no other way to say that its session is over.
            Received::ClosedNormally if is_python => return Outcome::ClosedByClient,
            Received::ClosedNormally | Received::Lost => return Outcome::Lost,
            Received::Unreadable => return Outcome::SessionOver,
        };
        received_any.notify_one();
        if let Some(outcome) = receive(shared, session, generation, bytes) {
            return outcome;
        }
        while outbox.bytes() > READ_BELOW_BYTES {
            outbox.drained().await;
        }
    }
}

/// Handles one message; how the connection ends if that is its effect.
pub(super) fn receive(shared: &Shared, key: u64, generation: u64, bytes: Bytes) -> Option<Outcome> {
    let mut world = shared.world();
    let uptime = world.clock.now().uptime;
    let session = world.sessions.get_mut(&key).filter(|s| s.connection.generation == generation)?;
    session.connection.count_received(uptime);
    let outcome = match Message::decode(bytes, session.max_message_bytes) {
        Ok(Message::Request { service, cid, payload }) => receive_request(&mut world, key, service, cid, payload),
        Ok(Message::Response { cid, payload }) => receive_answer(&mut world, key, cid, Ok(payload)),
        Ok(Message::Error { cid, description, code }) => {
            receive_answer(&mut world, key, cid, Err(ClientCallError::Refused { code, description }))
        }
        Ok(Message::CloseRequest) => Some(Outcome::SessionOver),
        Ok(Message::Abort) => Some(Outcome::ClosedByClient),
        Ok(Message::TopicValue { .. } | Message::TopicDelta { .. }) | Err(_) => {
            tracing::warn!(session = %session.id, "unreadable message, session ended");
            Some(Outcome::SessionOver)
        }
    };
    world.close_overflowing();
    outcome
}

fn receive_request(world: &mut World, key: u64, service: u32, cid: i64, payload: Bytes) -> Option<Outcome> {
    let connection = &mut world.sessions.get_mut(&key)?.connection;
    if cid != 0 && !connection.requests.insert(cid) && connection.recovered {
        // A repetition by a client that resends wrongly; only a fresh start makes its calls end.
        connection.lossy_next = true;
        return Some(Outcome::Lost);
    }
    let result = handlers::dispatch(world, key, cid, service, payload);
    if cid == 0 {
        return None;
    }
    let answer = match result {
        Ok(payload) => payload.map(|payload| Message::Response { cid, payload }),
        Err(error) => {
            tracing::debug!(session = key, service = services::name_of(service), error = ?error.to_string(), "refused");
            Some(Message::Error { cid, description: error.description, code: error.code })
        }
    };
    if let Some(answer) = answer {
        world.send(key, &answer);
    }
    None
}

fn receive_answer(world: &mut World, key: u64, cid: i64, answer: Result<Bytes, ClientCallError>) -> Option<Outcome> {
    let connection = &mut world.sessions.get_mut(&key)?.connection;
    if connection.ping == Some(cid) {
        connection.ping = None;
        return None;
    }
    // A second error is a habit of the JavaScript client; a second response is a repetition as above.
    if answer.is_ok() && connection.recovered && connection.answered.contains(cid) {
        connection.lossy_next = true;
        return Some(Outcome::Lost);
    }
    world.client_answered(key, cid, answer);
    None
}

/// Writes the response, then what waits, until the connection refuses.
async fn write(
    writer: &mut impl MessageWriter,
    response: Bytes,
    resend: Vec<Bytes>,
    outbox: &Outbox,
    generation: u64,
    pause_until: Option<&Notify>,
) {
    if !writer.send(vec![response]).await || !writer.send(resend).await {
        return;
    }
    if let Some(received_any) = pause_until {
        tokio::select! {
            () = received_any.notified() => {}
            () = tokio::time::sleep(LOSSY_PAUSE) => {}
        }
    }
    loop {
        let Some(batch) = outbox.take(generation, BATCH_MESSAGES, BATCH_BYTES) else { return };
        if batch.is_empty() {
            outbox.ready().await;
        } else if !writer.send(batch).await {
            return;
        }
    }
}

/// Sends system pings; ends when one stays without an answer for a whole period.
async fn keep_pinging(shared: &Shared, key: u64, generation: u64) {
    let period = shared.config.ping_period;
    if period.is_zero() {
        return std::future::pending().await;
    }
    // Well before the client's patience of two periods runs out.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period / 2, period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut world = shared.world();
        let Some(session) = world.sessions.get_mut(&key).filter(|s| s.connection.generation == generation) else {
            return;
        };
        if session.connection.ping.is_some() {
            tracing::debug!(session = %session.id, "system ping without an answer, connection ended");
            return;
        }
        let message = ping(session);
        session.outbox.message(&message);
    }
}

#[cfg(test)]
mod tests;
