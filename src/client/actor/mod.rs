//! One task for one connection: its session, its transport, its commands and its timers.

mod carry;
mod report;

pub(super) use carry::flush_and_close;
pub(super) use report::{link_error, not_connected};

use super::api::{
    CertificateFacts, Command, ConnectOptions, Event, InboundReply, Level, LinkError, LinkState, MemoryLimit,
    SessionFacts, Traffic,
};
use super::backoff::Backoff;
use super::clock::Clock;
use super::outbox::{Outbox, Queue};
use super::transport::pipe::PipeAcceptor;
use super::transport::{Opened, Transport, deadline, open};
use crate::data::Timestamp;
use crate::session::{Failure, Machine, Request, SessionConfig, State};
use crate::wire::handshake::Credentials;
use carry::{carry, until};
use report::{NoProgress, ReportProgress};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// Commands taken at a time.
const COMMANDS: usize = 64;
/// How often totals are sent.
const TRAFFIC_PERIOD: Duration = Duration::from_secs(1);
/// How long the last bytes may take once the session is over.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// Answers for the embedded server, if there is one.
pub(super) type Acceptor = Arc<dyn Fn() -> Option<PipeAcceptor> + Send + Sync>;

/// The state of the task.
pub(super) struct Actor {
    options: Arc<ConnectOptions>,
    acceptor: Acceptor,
    commands: mpsc::Receiver<Command>,
    /// Whether the other end of `commands` is there.
    has_owner: bool,
    outbox: Arc<Outbox>,
    clock: Clock,
    machine: Machine,
    /// Facts of the line used last, for the session's facts.
    transport: (&'static str, Option<CertificateFacts>),
    facts: Option<Arc<SessionFacts>>,
    /// Why the line was lost, or the last attempt failed.
    cause: LinkError,
    give_up_at: Timestamp,
    reported_traffic: Traffic,
}

/// The session settings within connection options.
pub(super) fn session_config(options: &ConnectOptions) -> SessionConfig {
    SessionConfig {
        principal: options.principal.clone(),
        credentials: options.password.clone().map_or(Credentials::None, Credentials::Password),
        properties: options.properties.clone(),
        reconnect_millis: u64::from(options.reconnect_secs) * 1000,
        compression: options.compression,
        max_message_bytes: options.max_message_bytes,
        ping_interval_millis: options.ping_interval_millis,
        decide_millis: options.decide_millis,
        protocol: options.protocol,
        first_protocol: options.first_protocol,
    }
}

/// A random number from 0 to 1; 0 where the system has none.
fn random() -> f64 {
    f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX)
}

impl Actor {
    /// A connection that [`Self::run`] opens.
    pub(super) fn new(
        options: Arc<ConnectOptions>,
        acceptor: Acceptor,
        commands: mpsc::Receiver<Command>,
        outbox: Arc<Outbox>,
    ) -> Self {
        Self {
            machine: Machine::new(session_config(&options)),
            options,
            acceptor,
            commands,
            has_owner: true,
            outbox,
            clock: Clock::start(),
            transport: ("", None),
            facts: None,
            cause: LinkError::LineLost(String::new()),
            give_up_at: Timestamp(0),
            reported_traffic: Traffic::default(),
        }
    }

    /// Runs the connection until its session is over.
    pub(super) async fn run(mut self) {
        self.run_session().await;
        // From here on a command finds the channel closed; those already in it get their answer.
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            if let Command::Call(call) = command {
                self.outbox.fill(|queue| queue.push(not_connected(call.id)));
            }
        }
    }

    async fn run_session(&mut self) {
        let Some(mut transport) = self.connect().await else { return };
        loop {
            self.carry_messages(&mut transport).await;
            if matches!(self.machine.state(), State::Ended(_)) {
                let _ = timeout(CLOSE_TIMEOUT, flush_and_close(&mut transport, &mut self.machine)).await;
                return;
            }
            drop(transport);
            match self.recover().await {
                Some(recovered) => transport = recovered,
                None => return,
            }
        }
    }

    /// Opens the first line; none if that failed or was given up, which has been reported.
    async fn connect(&mut self) -> Option<Transport> {
        let deadline = deadline(&self.options);
        loop {
            let mut progress = ReportProgress { outbox: Arc::clone(&self.outbox) };
            let (options, request) = (Arc::clone(&self.options), self.machine.connect_request());
            let asked = request.version;
            let acceptor = (self.acceptor)();
            let opening = async move { open(&options, request, acceptor, deadline, &mut progress).await };
            let cause = match self.drive_until(opening).await? {
                Ok(opened) => match self.take_transport(opened) {
                    Ok(transport) => return Some(transport),
                    Err(cause) if *self.machine.state() == State::Opening => cause,
                    Err(_) => return None,
                },
                // A server may close the line on a version that it does not know.
                Err(cause @ LinkError::NoResponse(_)) if self.machine.offer_next() => cause,
                Err(cause) => {
                    self.log(Level::Error, format!("Could not connect: {cause}"));
                    self.outbox.fill(|queue| queue.push(Event::Link(LinkState::Closed(Box::new(cause)))));
                    return None;
                }
            };
            let next = self.machine.version();
            self.log(Level::Info, format!("Offering protocol {next}, because with {asked}: {cause}"));
        }
    }

    /// Gets the session back, over and over until it is given up.
    async fn recover(&mut self) -> Option<Transport> {
        for (attempt, delay) in (1..).zip(Backoff::new(random)) {
            self.log(Level::Warn, format!("Attempt {attempt} to recover the session: {}", self.cause));
            let give_up_at = self.clock.wall(self.give_up_at);
            let cause = Box::new(self.cause.clone());
            self.outbox.fill(|queue| queue.push(Event::Link(LinkState::Recovering { attempt, give_up_at, cause })));
            self.drive_until(sleep(delay)).await?;
            let (options, request) = (Arc::clone(&self.options), self.machine.connect_request());
            let acceptor = (self.acceptor)();
            let deadline = deadline(&options);
            let opening = async move { open(&options, request, acceptor, deadline, &mut NoProgress).await };
            match self.drive_until(opening).await? {
                Ok(opened) => match self.take_transport(opened) {
                    Ok(transport) => return Some(transport),
                    Err(cause) => self.cause = cause,
                },
                Err(cause) => self.cause = cause,
            }
            if matches!(self.machine.state(), State::Ended(_)) {
                return None;
            }
        }
        None
    }

    fn take_transport(&mut self, opened: Opened) -> Result<Transport, LinkError> {
        let now = self.clock.now();
        self.transport = (opened.name, opened.certificate);
        let outcome = self.machine.handle_open(opened.first, now);
        self.publish();
        outcome.map(|()| opened.transport).map_err(|failure| link_error(failure, &self.cause))
    }

    /// Does something while commands and timers go on; none if the session is over before it is done.
    async fn drive_until<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            self.publish();
            if matches!(self.machine.state(), State::Ended(_)) {
                return None;
            }
            let deadline = self.machine.poll_timeout().map(|at| self.clock.instant(at));
            tokio::select! {
                out = &mut work => return Some(out),
                command = self.commands.recv(), if self.has_owner => match command {
                    Some(command) => { self.handle_command(command); }
                    None => self.on_owner_dropped(),
                },
                () = until(deadline) => self.machine.handle_timeout(self.clock.now()),
            }
        }
    }

    /// Carries messages until the line is lost or the session over.
    async fn carry_messages(&mut self, transport: &mut Transport) {
        let mut commands = Vec::with_capacity(COMMANDS);
        let mut tick = interval(TRAFFIC_PERIOD);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.publish();
            if !matches!(self.machine.state(), State::Live | State::Closing { .. }) {
                return;
            }
            let deadline = self.machine.poll_timeout().map(|at| self.clock.instant(at));
            let (machine, clock, outbox) = (&mut self.machine, &self.clock, &*self.outbox);
            tokio::select! {
                () = outbox.room(), if !outbox.has_room() => {}
                outcome = poll_fn(|cx| carry(cx, transport, machine, clock, outbox)) => {
                    if let Err(cause) = outcome {
                        self.lose_line(cause);
                    }
                }
                count = self.commands.recv_many(&mut commands, COMMANDS), if self.has_owner => {
                    if count == 0 {
                        self.on_owner_dropped();
                    }
                    for command in commands.drain(..) {
                        if self.handle_command(command) {
                            self.lose_line(LinkError::LineLost("dropped on request".into()));
                        }
                    }
                }
                () = until(deadline) => self.machine.handle_timeout(self.clock.now()),
                _ = tick.tick() => {
                    if let Some(slept) = self.clock.look() {
                        let secs = slept.as_secs();
                        self.log(Level::Warn, format!("The clock went on by {secs} s at once: looking whether the line is there"));
                        self.machine.check_line(self.clock.now());
                    }
                    self.report_traffic();
                }
            }
        }
    }

    fn lose_line(&mut self, cause: LinkError) {
        let now = self.clock.now();
        if let LinkError::BadMessage(error) = cause {
            self.machine.fail(Failure::BadMessage(error), now);
        } else {
            self.cause = cause;
            self.machine.handle_line_lost(now);
        }
    }

    /// Whoever gave commands is gone: nobody wants this connection any more.
    fn on_owner_dropped(&mut self) {
        self.has_owner = false;
        self.machine.close(self.clock.now());
    }

    /// Handles a command; whether the line is to be dropped.
    fn handle_command(&mut self, command: Command) -> bool {
        let now = self.clock.now();
        match command {
            Command::Call(call) => {
                let (decoder, timeout_secs) = (call.decoder, call.timeout_secs);
                let (service, payload) = (call.service, call.payload);
                self.machine.call(&Request { call: call.id.0, service, payload, decoder, timeout_secs }, now);
            }
            Command::Cancel(call) => self.machine.cancel(call.0, now),
            Command::KeepHistoryOf(paths) => self.outbox.fill(|queue| queue.keep_history_of(paths)),
            Command::LimitMemory(MemoryLimit { topic_bytes, waiting_bytes }) => {
                self.machine.limit_topic_bytes(topic_bytes);
                self.outbox.limit_bytes(waiting_bytes);
            }
            Command::Reply(InboundReply { id, service, answer }) => self.machine.reply(id, service, answer),
            Command::Abandon { id, service } => self.machine.abandon(id, service),
            Command::Ping => {
                self.outbox.fill(Queue::await_ping);
                self.machine.ping(now);
            }
            Command::Close => self.machine.close(now),
            Command::DropLine => return true,
        }
        false
    }
}
