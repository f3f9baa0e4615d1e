//! The connection test: opens a line step by step, reports each, and closes the session it got.

use super::actor::{link_error, session_config};
use super::api::{ConnectOptions, LinkError, Step, StepReport};
use super::clock::Clock;
use super::transport::pipe::PipeAcceptor;
use super::transport::{Line, Progress, open};
use crate::session::{Event, Failure, Machine};
use crate::wire::handshake::Rejection;
use std::future::poll_fn;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long good-bye may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Reports until a step fails or all are done; `tell` says whether anybody listens.
pub async fn run(options: &ConnectOptions, acceptor: Option<PipeAcceptor>, tell: impl Fn(StepReport) -> bool + Send) {
    let clock = Clock::start();
    let mut machine = Machine::new(session_config(options));
    let mut steps = Steps { tell, step: Step::Resolve, begun: Instant::now(), unheard: false };
    let mut opened = match open(options, machine.connect_request(), acceptor, &mut steps).await {
        Ok(opened) => opened,
        Err(cause) => return steps.report(Err(cause)),
    };
    let outcome = machine.handle_open(opened.first, clock.now()).map_err(|failure| {
        let cause = link_error(failure.clone(), &LinkError::LineLost(String::new()));
        (past_protocol(&failure), cause)
    });
    if let Err((false, cause)) = outcome {
        return steps.report(Err(cause));
    }
    steps.report(Ok(format!("protocol version {}", crate::wire::frame::VERSION)));
    steps.begin(Step::Authentication);
    if let Err((_, cause)) = outcome {
        return steps.report(Err(cause));
    }
    let session = std::iter::from_fn(|| machine.poll_event()).find_map(|event| match event {
        Event::Opened(facts) => Some(format!("session {}", facts.session)),
        _ => None,
    });
    steps.report(Ok(session.unwrap_or_default()));
    machine.close(clock.now());
    let _ = timeout(FAREWELL, say_goodbye(&mut opened.line, &mut machine)).await;
}

/// Whether the server understood the request, so that its refusal is about who asks.
fn past_protocol(failure: &Failure) -> bool {
    matches!(failure, Failure::Rejected(rejection) if *rejection != Rejection::PROTOCOL_ERROR)
}

async fn say_goodbye(line: &mut Line, machine: &mut Machine) {
    while let Some(message) = machine.poll_transmit() {
        if poll_fn(|cx| line.poll_ready(cx)).await.is_err() || line.start_send(message).is_err() {
            return;
        }
    }
    let _ = poll_fn(|cx| line.poll_flush(cx)).await;
    poll_fn(|cx| line.poll_close(cx)).await;
}

struct Steps<T> {
    tell: T,
    step: Step,
    begun: Instant,
    unheard: bool,
}

impl<T: Fn(StepReport) -> bool> Steps<T> {
    fn report(&mut self, outcome: Result<String, LinkError>) {
        if self.unheard {
            return;
        }
        let micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.unheard = !(self.tell)(StepReport { step: self.step, micros, outcome });
    }
}

impl<T: Fn(StepReport) -> bool + Send> Progress for Steps<T> {
    fn begin(&mut self, step: Step) {
        self.step = step;
        self.begun = Instant::now();
    }

    fn done(&mut self, found: String) {
        self.report(Ok(found));
    }
}
