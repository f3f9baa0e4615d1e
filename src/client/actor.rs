//! One task for one connection: its session, its line, its commands, its timers, and nobody else's.

use super::api::{
    Answer, CallError, CallId, Command, ConnectOptions, Event, InboundReply, Level, LinkError, LinkState, LogLine,
    SessionFacts, Step, Traffic,
};
use super::backoff::Backoff;
use super::clock::Clock;
use super::outbox::{Outbox, Queue};
use super::transport::pipe::PipeAcceptor;
use super::transport::{Line, Opened, Progress, open};
use crate::data::Timestamp;
use crate::session::{self, CallFailure, Counters, Failure, Machine, Request, SessionConfig, State};
use crate::wire::handshake::Credentials;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

/// Messages handled before the queue to the window is locked once for all of them.
const BATCH: usize = 256;
/// Commands taken at a time.
const COMMANDS: usize = 64;
/// How often totals are sent.
const TRAFFIC_PERIOD: Duration = Duration::from_secs(1);
/// How long the last bytes may take once the session is over.
const FAREWELL: Duration = Duration::from_millis(500);

/// Answers for the embedded server, if there is one.
pub type Acceptor = Arc<dyn Fn() -> Option<PipeAcceptor> + Send + Sync>;

/// The task's own state.
pub struct Actor {
    options: Arc<ConnectOptions>,
    acceptor: Acceptor,
    commands: mpsc::Receiver<Command>,
    /// Whether the other end of `commands` is there.
    commanded: bool,
    outbox: Arc<Outbox>,
    clock: Clock,
    machine: Machine,
    /// Facts of the line used last, for the session's facts.
    transport: (&'static str, Option<super::api::CertificateFacts>),
    facts: Option<Arc<SessionFacts>>,
    /// Why the line was lost, or the last attempt failed.
    cause: LinkError,
    give_up_at: Timestamp,
    told: Traffic,
}

/// The session settings within connection options.
#[must_use]
pub fn session_config(options: &ConnectOptions) -> SessionConfig {
    SessionConfig {
        principal: options.principal.clone(),
        credentials: options.password.clone().map_or(Credentials::None, Credentials::Password),
        properties: options.properties.clone(),
        reconnect_millis: u64::from(options.reconnect_secs) * 1000,
        compression: options.compression,
        max_message_bytes: options.max_message_bytes,
        ping_interval_millis: options.ping_interval_millis,
        decide_millis: options.decide_millis,
    }
}

impl Actor {
    /// A connection that [`Self::run`] opens.
    #[must_use]
    pub fn new(
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
            commanded: true,
            outbox,
            clock: Clock::start(),
            transport: ("", None),
            facts: None,
            cause: LinkError::LineLost(String::new()),
            give_up_at: Timestamp(0),
            told: Traffic::default(),
        }
    }

    /// Runs the connection until its session is over.
    pub async fn run(mut self) {
        self.converse().await;
        // From here on a command finds the channel closed; those already in it get their answer.
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            if let Command::Call(call) = command {
                self.outbox.fill(|queue| queue.push(not_connected(call.id)));
            }
        }
    }

    async fn converse(&mut self) {
        let Some(mut line) = self.connect().await else { return };
        loop {
            self.pump(&mut line).await;
            if matches!(self.machine.state(), State::Ended(_)) {
                let _ = timeout(FAREWELL, farewell(&mut line, &mut self.machine)).await;
                return;
            }
            drop(line);
            match self.recover().await {
                Some(recovered) => line = recovered,
                None => return,
            }
        }
    }

    /// Opens the first line; none if that failed or was given up, which has been told.
    async fn connect(&mut self) -> Option<Line> {
        let mut progress = Told { outbox: Arc::clone(&self.outbox) };
        let (options, request) = (Arc::clone(&self.options), self.machine.connect_request());
        let acceptor = (self.acceptor)();
        let opening = async move { open(&options, request, acceptor, &mut progress).await };
        match self.meanwhile(opening).await? {
            Ok(opened) => self.take_line(opened).ok(),
            Err(cause) => {
                self.log(Level::Error, format!("Could not connect: {}", describe(&cause)));
                self.outbox.fill(|queue| queue.push(Event::Link(LinkState::Closed(Box::new(cause)))));
                None
            }
        }
    }

    /// Gets the session back, over and over until it is given up.
    async fn recover(&mut self) -> Option<Line> {
        for (attempt, delay) in (1..).zip(Backoff::default()) {
            self.log(Level::Warn, format!("Attempt {attempt} to recover the session: {}", describe(&self.cause)));
            let give_up_at = self.clock.wall(self.give_up_at);
            let cause = Box::new(self.cause.clone());
            self.outbox.fill(|queue| queue.push(Event::Link(LinkState::Recovering { attempt, give_up_at, cause })));
            self.meanwhile(sleep(delay)).await?;
            let (options, request) = (Arc::clone(&self.options), self.machine.connect_request());
            let acceptor = (self.acceptor)();
            let opening = async move { open(&options, request, acceptor, &mut Untold).await };
            match self.meanwhile(opening).await? {
                Ok(opened) => match self.take_line(opened) {
                    Ok(line) => return Some(line),
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

    fn take_line(&mut self, opened: Opened) -> Result<Line, LinkError> {
        let now = self.clock.now();
        self.transport = (opened.transport, opened.certificate);
        let outcome = self.machine.handle_open(opened.first, now);
        self.publish();
        outcome.map(|()| opened.line).map_err(|failure| link_error(failure, &self.cause))
    }

    /// Does something while commands and timers go on; none if the session is over before it is done.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            self.publish();
            if matches!(self.machine.state(), State::Ended(_)) {
                return None;
            }
            let deadline = self.machine.poll_timeout().map(|at| self.clock.instant(at));
            tokio::select! {
                out = &mut work => return Some(out),
                command = self.commands.recv(), if self.commanded => match command {
                    Some(command) => { self.obey(command); }
                    None => self.abandoned(),
                },
                () = until(deadline) => self.machine.handle_timeout(self.clock.now()),
            }
        }
    }

    /// Carries messages until the line is lost or the session over.
    async fn pump(&mut self, line: &mut Line) {
        let mut commands = Vec::with_capacity(COMMANDS);
        let mut tick = interval(TRAFFIC_PERIOD);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.publish();
            if !matches!(self.machine.state(), State::Live | State::Closing { .. }) {
                return;
            }
            let deadline = self.machine.poll_timeout().map(|at| self.clock.instant(at));
            let (machine, clock) = (&mut self.machine, &self.clock);
            tokio::select! {
                outcome = poll_fn(|cx| carry(cx, line, machine, clock)) => {
                    if let Err(cause) = outcome {
                        self.lose_line(cause);
                    }
                }
                count = self.commands.recv_many(&mut commands, COMMANDS), if self.commanded => {
                    if count == 0 {
                        self.abandoned();
                    }
                    for command in commands.drain(..) {
                        if self.obey(command) {
                            self.lose_line(LinkError::LineLost("dropped on request".into()));
                        }
                    }
                }
                () = until(deadline) => self.machine.handle_timeout(self.clock.now()),
                _ = tick.tick() => {
                    self.clock.look();
                    self.tell_traffic();
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
    fn abandoned(&mut self) {
        self.commanded = false;
        self.machine.close(self.clock.now());
    }

    /// Does a command; whether the line is to be dropped.
    fn obey(&mut self, command: Command) -> bool {
        let now = self.clock.now();
        match command {
            Command::Call(call) => {
                let (decoder, timeout_secs) = (call.decoder, call.timeout_secs);
                let (service, payload) = (call.service, call.payload);
                self.machine.call(&Request { call: call.id.0, service, payload, decoder, timeout_secs }, now);
            }
            Command::Cancel(call) => self.machine.cancel(call.0, now),
            Command::KeepHistoryOf(paths) => self.outbox.fill(|queue| queue.keep_history_of(paths)),
            Command::Reply(InboundReply { id, service, answer }) => self.machine.reply(id, service, answer),
            Command::Ping => {
                self.outbox.fill(super::outbox::Queue::await_ping);
                self.machine.ping(now);
            }
            Command::Close => self.machine.close(now),
            Command::DropLine => return true,
        }
        false
    }

    /// Hands what the session told to the window, under one lock.
    fn publish(&mut self) {
        let Some(first) = self.machine.poll_event() else { return };
        let outbox = Arc::clone(&self.outbox);
        outbox.fill(|queue| {
            let mut next = Some(first);
            while let Some(event) = next {
                self.tell(event, queue);
                next = self.machine.poll_event();
            }
        });
    }

    fn tell(&mut self, event: session::Event, queue: &mut Queue) {
        use session::Event as From;
        match event {
            From::Value(mut value) => {
                value.at = self.clock.wall(value.at);
                queue.push_value(value);
            }
            From::Answer { call, result, micros } => {
                let result = result.map_err(|failure| call_error(failure, &self.cause));
                queue.push(Event::Answer(Answer { id: CallId(call), result, micros }));
            }
            From::Subscribed { path, spec } => queue.push(Event::Subscribed { path, spec }),
            From::Unsubscribed { path, reason } => queue.push(Event::Unsubscribed { path, reason }),
            From::ValueLost { path, reason } => queue.push(Event::ValueLost { path, reason }),
            From::Request(mut request) => {
                request.at = self.clock.wall(request.at);
                request.until = request.until.map(|until| self.clock.wall(until));
                queue.push(Event::Request(request));
            }
            From::AutoAnswered { id, service, why } => queue.push(Event::AutoAnswered { id, service, why }),
            From::Pinged { at, micros } => queue.push(Event::Pinged { at: self.clock.wall(at), micros }),
            From::Opened(opened) => {
                let facts = Arc::new(SessionFacts {
                    id: opened.session,
                    principal: self.options.principal.clone().unwrap_or_default(),
                    version: opened.version,
                    ping_period_millis: opened.ping_period_millis.max(0),
                    transport: self.transport.0,
                    certificate: self.transport.1.clone(),
                });
                queue.push(self.line(Level::Info, format!("Connected as session {}", facts.id)));
                self.facts = Some(Arc::clone(&facts));
                queue.push(Event::Link(LinkState::Connected(facts)));
            }
            From::Suspended { cause, give_up_at } => {
                self.give_up_at = give_up_at;
                self.cause = link_error(cause, &self.cause);
                queue.push(self.line(Level::Warn, format!("The line is lost: {}", describe(&self.cause))));
            }
            From::Recovered { complete } => {
                let (level, text) = if complete {
                    (Level::Info, "The session is recovered; nothing was lost")
                } else {
                    (Level::Warn, "The session is recovered, but messages were lost")
                };
                queue.push(self.line(level, text.into()));
                if !complete {
                    queue.push(Event::SessionReset);
                }
                if let Some(facts) = &self.facts {
                    queue.push(Event::Link(LinkState::Connected(Arc::clone(facts))));
                }
            }
            From::Ended(failure) => {
                let cause = link_error(failure, &self.cause);
                let level = if cause == LinkError::ClosedByClient { Level::Info } else { Level::Error };
                queue.push(self.line(level, format!("Closed: {}", describe(&cause))));
                if let Some(traffic) = self.traffic(queue) {
                    queue.push(Event::Traffic(traffic));
                }
                queue.push(Event::Link(LinkState::Closed(Box::new(cause))));
            }
            From::ProtocolWarning(text) => queue.push(self.line(Level::Warn, text)),
        }
    }

    fn tell_traffic(&mut self) {
        let outbox = Arc::clone(&self.outbox);
        outbox.fill(|queue| {
            if let Some(traffic) = self.traffic(queue) {
                queue.push(Event::Traffic(traffic));
            }
        });
    }

    /// The totals, if they differ from those told last.
    fn traffic(&mut self, queue: &Queue) -> Option<Traffic> {
        let Counters { messages_in, messages_out, bytes_in, bytes_out, values_in } = self.machine.counters();
        let (merged, dropped) = queue.pressure();
        let traffic = Traffic { messages_in, messages_out, bytes_in, bytes_out, values_in, merged, dropped };
        (traffic != self.told).then(|| {
            self.told = traffic;
            traffic
        })
    }

    fn log(&self, level: Level, text: String) {
        self.outbox.fill(|queue| queue.push(self.line(level, text)));
    }

    fn line(&self, level: Level, text: String) -> Event {
        Event::Log(LogLine { at: self.clock.wall(self.clock.now()), level, text })
    }
}

/// Sends what waits, then reads a batch. Both in one poll, so that a server that waits for us to read, while we wait
/// for it to read, cannot stop the line.
fn carry(cx: &mut Context<'_>, line: &mut Line, machine: &mut Machine, clock: &Clock) -> Poll<Result<(), LinkError>> {
    if let Poll::Ready(Err(error)) = transmit(cx, line, machine) {
        return Poll::Ready(Err(error));
    }
    let mut handled = 0;
    let mut now = None;
    while handled < BATCH && matches!(machine.state(), State::Live | State::Closing { .. }) {
        match line.poll_recv(cx) {
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

fn transmit(cx: &mut Context<'_>, line: &mut Line, machine: &mut Machine) -> Poll<Result<(), LinkError>> {
    while machine.has_transmit() {
        if line.poll_ready(cx)?.is_pending() {
            break;
        }
        if let Some(message) = machine.poll_transmit() {
            line.start_send(message)?;
        }
    }
    line.poll_flush(cx)
}

/// The last messages of a session that is over, and the end of the line.
async fn farewell(line: &mut Line, machine: &mut Machine) {
    poll_fn(|cx| match transmit(cx, line, machine) {
        Poll::Ready(_) if machine.has_transmit() => Poll::Pending,
        other => other.map(|_| ()),
    })
    .await;
    poll_fn(|cx| line.poll_close(cx)).await;
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The answer to a call that finds no session.
#[must_use]
pub fn not_connected(id: CallId) -> Event {
    Event::Answer(Answer { id, result: Err(CallError::NotConnected), micros: 0 })
}

/// The session's failure in the words of the letterbox; `line` is why the line was lost, which the session cannot know.
#[must_use]
pub fn link_error(failure: Failure, line: &LinkError) -> LinkError {
    match failure {
        Failure::NotDiffusion(what) => LinkError::NotDiffusion(what),
        Failure::Protocol { asked, answered } => LinkError::Protocol { asked, answered },
        Failure::Rejected(rejection) => LinkError::Rejected(rejection),
        Failure::LineLost => line.clone(),
        Failure::Idle => LinkError::Idle,
        Failure::BadMessage(error) => LinkError::BadMessage(error),
        Failure::ClosedByServer => LinkError::ClosedByServer,
        Failure::ClosedByClient => LinkError::ClosedByClient,
        Failure::RecoveryFailed { secs } => LinkError::RecoveryFailed { secs, cause: Box::new(line.clone()) },
        Failure::LostMessages => LinkError::LostMessages,
    }
}

fn call_error(failure: CallFailure, line: &LinkError) -> CallError {
    match failure {
        CallFailure::Service { code, description } => CallError::Service { code, description },
        CallFailure::TimedOut { secs } => CallError::TimedOut { secs },
        CallFailure::BadAnswer(error) => CallError::BadAnswer(error),
        CallFailure::Ended(failure) => CallError::LinkLost(Box::new(link_error(failure, line))),
        CallFailure::NotConnected => CallError::NotConnected,
        CallFailure::Busy => CallError::Busy,
        CallFailure::Cancelled => CallError::Cancelled,
    }
}

/// Tells the window each step of the first connection.
struct Told {
    outbox: Arc<Outbox>,
}

impl Progress for Told {
    fn begin(&mut self, step: Step) {
        self.outbox.fill(|queue| queue.push(Event::Link(LinkState::Connecting(step))));
    }
    fn done(&mut self, _found: String) {}
}

/// Tells nobody: while a session is recovered, the state is that of the attempt.
struct Untold;

impl Progress for Untold {
    fn begin(&mut self, _step: Step) {}
    fn done(&mut self, _found: String) {}
}

/// One line for the log.
#[must_use]
pub fn describe(error: &LinkError) -> String {
    match error {
        LinkError::BadUrl(why) => format!("the address cannot be used: {why}"),
        LinkError::UnknownHost { host, cause } => format!("the host {host} is not known: {cause}"),
        LinkError::Refused { address, cause } => format!("{address}: {cause}"),
        LinkError::Tls { cause, .. } => format!("TLS failed: {cause}"),
        LinkError::NotDiffusion(what) => format!("this is not a Diffusion server: {what}"),
        LinkError::TimedOut { step, secs } => format!("nothing came within {secs} s (step: {step:?})"),
        LinkError::LineLost(cause) => cause.clone(),
        LinkError::RecoveryFailed { secs, cause } => {
            format!("the session could not be recovered within {secs} s: {}", describe(cause))
        }
        LinkError::Protocol { asked, answered } => match answered {
            Some(answered) => format!("the server speaks protocol version {answered}, not {asked}"),
            None => format!("the server does not speak protocol version {asked}"),
        },
        LinkError::Rejected(rejection) => match rejection.meaning() {
            Some(meaning) => meaning.into(),
            None => format!("the server rejected the session with code {}", rejection.0),
        },
        LinkError::Idle => Failure::Idle.to_string(),
        LinkError::BadMessage(error) => error.to_string(),
        LinkError::ClosedByServer => Failure::ClosedByServer.to_string(),
        LinkError::ClosedByClient => Failure::ClosedByClient.to_string(),
        LinkError::LostMessages => Failure::LostMessages.to_string(),
    }
}
