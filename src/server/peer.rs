//! One connection: reads messages, answers them, writes what waits, pings, and ends in one of a few ways.

use super::Shared;
use super::client_calls::ClientCallError;
use super::error::ServiceError;
use super::handlers::{self, Progress};
use super::outbox::Outbox;
use super::session::{CloseSignal, Origin};
use super::transport::{Line, MessageReader, MessageWriter, Received};
use super::turns::{Allowance, MESSAGE_COST, Worker};
use super::world::{Admitted, World, ping};
use crate::data::{CloseReason, cost};
use crate::wire::frame::is_of_topic;
use crate::wire::handshake::{ConnectRequest, ConnectResponse, Rejection};
use crate::wire::services::{SystemPing, UserPing};
use crate::wire::{Message, Service as _};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long nothing is sent after a lossy reconnection: the JavaScript client forgets what comes with the response.
const LOSSY_PAUSE: Duration = Duration::from_millis(100);
/// Messages taken from the queue at once.
const BATCH_MESSAGES: usize = 256;
/// Bytes taken from the queue at once.
const BATCH_BYTES: usize = 64 << 10;
/// A message of at most so many bytes may be brief, and so may be what waits for a session.
const BRIEF_BYTES: usize = 1 << 10;
/// Units for the end of a connection, which may be the end of its session.
const END_COST: u64 = 100_000;
/// Units for a message that is sent, and for each byte that is looked at for that and perhaps compressed.
const SENT_MESSAGE_COST: u64 = 200;
const SENT_BYTE_COST: u64 = 4;
/// While more than this waits for a session, its requests are not read.
const READ_BELOW_BYTES: usize = 32 << 20;
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// How a connection ends when nothing else is known.
const CONNECTION_LOST: Outcome = Outcome::Lost(CloseReason::CONNECTION_LOST);

/// Why serving a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The connection went; the session may come back. If it may not, it has ended for this reason.
    Lost(CloseReason),
    /// The session ends for this reason, and the client is told.
    SessionOver(CloseReason),
    /// The session ends for this reason, and the client knows.
    ClosedByClient(CloseReason),
}

/// The connection of a session. Its end is noted when this is dropped, also by a panic: a session whose task is gone
/// would keep its place for ever.
struct Attached<'a> {
    shared: &'a Shared,
    session: u64,
    generation: u64,
    /// How it ends.
    outcome: Outcome,
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.shared.world().detach(self.session, self.generation, self.outcome);
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
    let mut attached = Attached { shared: &shared, session, generation, outcome: CONNECTION_LOST };
    let (mut reader, mut writer) = line.open(max_message_bytes, Some(incoming)).await;
    let received_any = Notify::new();
    let worker = Worker { session, source: origin.source() };
    let peer = Peer { shared: &shared, session, generation, worker, outbox: &outbox };
    let outcome = tokio::select! {
        outcome = peer.read(&mut reader, &received_any, is_python) => outcome,
        () = peer.write(&mut writer, response, resend, pause.then_some(&received_any)) => CONNECTION_LOST,
        () = keep_pinging(&shared, session, generation) => Outcome::Lost(CloseReason::CLIENT_UNRESPONSIVE),
        changed = closing.wait_for(|closing| *closing != CloseSignal::Open) => match changed.map(|closing| *closing) {
            // It has ended already, for a reason of its own.
            Ok(CloseSignal::SessionOver) => Outcome::SessionOver(CloseReason::ABORTED),
            _ => CONNECTION_LOST,
        },
    };
    // A session that has ended takes its queue along, so the writer may have seen the end first.
    let outcome = match *closing.borrow() {
        CloseSignal::SessionOver if matches!(outcome, Outcome::Lost(_)) => Outcome::SessionOver(CloseReason::ABORTED),
        _ => outcome,
    };
    tracing::debug!(session, ?outcome, "connection ended");
    attached.outcome = outcome;
    // What waits for a session may be much to throw away.
    let turn = shared.turns.wait(worker).await;
    drop(attached);
    drop(outbox);
    turn.end(END_COST).await;
    let _ = tokio::time::timeout(FAREWELL, async {
        if matches!(outcome, Outcome::SessionOver(_)) {
            writer.send(vec![Message::Abort.encode()]).await;
        }
        writer.close().await;
    })
    .await;
}

/// Opens a session, or gives a session a connection again; later if logins have failed before.
async fn admit(shared: &Arc<Shared>, request: &ConnectRequest, origin: Origin) -> Result<Admitted, Bytes> {
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
    let admitted = shared.world().admit(request, origin, &shared.config);
    shared.work();
    admitted
}

/// One connection of a session.
struct Peer<'a> {
    shared: &'a Arc<Shared>,
    session: u64,
    generation: u64,
    worker: Worker,
    outbox: &'a Outbox,
}

impl Peer<'_> {
    /// Reads and answers until the connection or the session ends.
    async fn read(&self, reader: &mut impl MessageReader, received_any: &Notify, is_python: bool) -> Outcome {
        let mut allowance = Allowance::new(Instant::now());
        loop {
            // A request of the connection before may still be worked at: answers come in order.
            self.finished().await;
            let bytes = match reader.next().await {
                Received::Message(bytes) => bytes,
                // The Python client has no other way to say that its session is over.
                Received::ClosedNormally if is_python => return Outcome::ClosedByClient(CloseReason::CLOSED_BY_CLIENT),
                Received::ClosedNormally | Received::Lost => return CONNECTION_LOST,
                Received::TooLarge => return Outcome::SessionOver(CloseReason::MESSAGE_TOO_LARGE),
                Received::Unreadable => return Outcome::SessionOver(CloseReason::INVALID_INBOUND_MESSAGE),
            };
            received_any.notify_one();
            let turn = if is_brief(&bytes) && allowance.take(MESSAGE_COST, Instant::now()) {
                None
            } else {
                Some(self.shared.turns.wait(self.worker).await)
            };
            let handled = receive(self.shared, self.session, self.generation, bytes);
            self.shared.work();
            if let Some(turn) = turn {
                turn.end(handled.spent).await;
            }
            if let Some(outcome) = handled.outcome {
                return outcome;
            }
            while self.outbox.bytes() > READ_BELOW_BYTES {
                self.outbox.drained().await;
            }
        }
    }

    /// Waits until no request of the session is worked at.
    async fn finished(&self) {
        loop {
            let last = self.shared.world().sessions.get(&self.session).and_then(|s| Some(s.running.back()?.over()));
            let Some(mut over) = last else { return };
            // An error says that it is over; nothing is ever sent.
            while over.changed().await.is_ok() {}
        }
    }

    /// Writes the response, then what waits, until the connection refuses.
    async fn write(
        &self,
        writer: &mut impl MessageWriter,
        response: Bytes,
        resend: Vec<Bytes>,
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
        let mut allowance = Allowance::new(Instant::now());
        loop {
            let waiting = self.outbox.bytes();
            let is_brief = waiting <= BRIEF_BYTES && allowance.take(MESSAGE_COST, Instant::now());
            let turn = if waiting == 0 || is_brief { None } else { Some(self.shared.turns.wait(self.worker).await) };
            let taken = self.outbox.take_counted(self.generation, BATCH_MESSAGES, BATCH_BYTES);
            let Some((batch, bytes)) = taken else { return };
            if let Some(turn) = turn {
                turn.end(batch.len() as u64 * SENT_MESSAGE_COST + bytes as u64 * SENT_BYTE_COST).await;
            }
            if batch.is_empty() {
                self.outbox.ready().await;
            } else if !writer.send(batch).await {
                return;
            }
        }
    }
}

impl Shared {
    /// Begins to work at the requests that go on in slices and that nobody works at.
    pub(super) fn work(self: &Arc<Self>) {
        let started = std::mem::take(&mut self.world().started);
        for session in started {
            let source = self.world().sessions.get(&session).map(|session| session.source);
            if let Some(source) = source {
                tokio::spawn(finish(self.clone(), Worker { session, source }));
            }
        }
    }
}

/// Somebody who works at the requests of a session. Should that end by a panic, somebody else goes on.
struct Working<'a> {
    shared: &'a Shared,
    session: u64,
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.world().started.push(self.session);
        }
    }
}

/// Works at a session's running requests until they are done, whatever becomes of the connection that they came by.
async fn finish(shared: Arc<Shared>, worker: Worker) {
    let _working = Working { shared: &shared, session: worker.session };
    loop {
        let turn = shared.turns.wait(worker).await;
        let (spent, more) = {
            let mut world = shared.world();
            let spent = go_on(&mut world, worker.session);
            (spent, world.sessions.get(&worker.session).is_some_and(|session| !session.running.is_empty()))
        };
        turn.end(spent).await;
        if !more {
            return;
        }
    }
}

/// Whether a message costs next to nothing: a ping, or an answer to one.
fn is_brief(bytes: &Bytes) -> bool {
    if bytes.len() > BRIEF_BYTES || is_of_topic(bytes) {
        return false;
    }
    match Message::decode(bytes.clone(), BRIEF_BYTES) {
        Ok(Message::Request { service, .. }) => [UserPing::ID, SystemPing::ID].contains(&service),
        Ok(Message::Response { payload, .. }) => payload.is_empty(),
        _ => false,
    }
}

/// What became of a message.
pub(super) struct Handled {
    /// How the connection ends, if that is its effect.
    pub outcome: Option<Outcome>,
    /// What was done, in units of an account.
    pub spent: u64,
}

/// Handles one message.
pub(super) fn receive(shared: &Shared, key: u64, generation: u64, bytes: Bytes) -> Handled {
    let mut handled = Handled { outcome: None, spent: MESSAGE_COST + cost::bytes_cost(bytes.len()) };
    let mut world = shared.world();
    let uptime = world.clock.now().uptime;
    let Some(session) = world.sessions.get_mut(&key).filter(|s| s.connection.generation == generation) else {
        return handled;
    };
    session.connection.count_received(uptime);
    // No client sends values, and nothing is inflated to find that out.
    let max_bytes = if is_of_topic(&bytes) { 0 } else { session.max_message_bytes };
    handled.outcome = match Message::decode(bytes, max_bytes) {
        Ok(Message::Request { service, cid, payload }) => {
            receive_request(&mut world, key, service, cid, payload, &mut handled.spent)
        }
        Ok(Message::Response { cid, payload }) => receive_answer(&mut world, key, cid, Ok(payload)),
        Ok(Message::Error { cid, description, code }) => {
            receive_answer(&mut world, key, cid, Err(ClientCallError::Refused { code, description }))
        }
        Ok(Message::CloseRequest) => Some(Outcome::SessionOver(CloseReason::CLOSED_BY_CLIENT)),
        Ok(Message::Abort) => Some(Outcome::ClosedByClient(CloseReason::ABORTED)),
        Ok(Message::TopicValue { .. } | Message::TopicDelta { .. }) | Err(_) => {
            tracing::warn!(session = %session.id, "unreadable message, session ended");
            Some(Outcome::SessionOver(CloseReason::INVALID_INBOUND_MESSAGE))
        }
    };
    world.close_overflowing();
    handled
}

fn receive_request(
    world: &mut World,
    key: u64,
    service: u32,
    cid: i64,
    payload: Bytes,
    spent: &mut u64,
) -> Option<Outcome> {
    let connection = &mut world.sessions.get_mut(&key)?.connection;
    if cid != 0 && !connection.requests.insert(cid) && connection.recovered {
        // A repetition by a client that resends wrongly; only a fresh start makes its calls end.
        connection.lossy_next = true;
        return Some(CONNECTION_LOST);
    }
    if let Progress::Done(result) = handlers::begin(world, key, cid, service, payload, spent) {
        answer(world, key, cid, result, spent);
    }
    None
}

/// Does the next slice of a session's running request, and answers it if that was the last; the units that it took.
pub(super) fn go_on(world: &mut World, key: u64) -> u64 {
    let mut spent = 0;
    if let Some((cid, Progress::Done(result))) = handlers::go_on(world, key, &mut spent) {
        answer(world, key, cid, result, &mut spent);
    }
    world.close_overflowing();
    spent
}

fn answer(world: &mut World, key: u64, cid: i64, result: Result<Option<Bytes>, ServiceError>, spent: &mut u64) {
    if cid == 0 {
        return;
    }
    let answer = match result {
        Ok(payload) => payload.map(|payload| {
            *spent += cost::bytes_cost(payload.len());
            Message::Response { cid, payload }
        }),
        Err(ServiceError { code, description }) => Some(Message::Error { cid, description, code }),
    };
    if let Some(answer) = answer {
        world.send(key, &answer);
    }
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
        return Some(CONNECTION_LOST);
    }
    world.client_answered(key, cid, answer);
    None
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
