//! The connection test: opens a line step by step, reports each, and closes the session it got.

use super::actor::{CLOSE_TIMEOUT, flush_and_close, link_error, session_config};
use super::api::{ConnectOptions, LinkError, Step, StepReport};
use super::clock::Clock;
use super::transport::pipe::PipeAcceptor;
use super::transport::{Opened, Progress, deadline, open};
use crate::session::{Event, Failure, Machine, State};
use crate::wire::handshake::Rejection;
use tokio::time::{Instant, timeout};

/// Reports until a step fails or all are done; `report` says whether anybody still receives.
pub(super) async fn run(
    options: &ConnectOptions,
    acceptor: Option<PipeAcceptor>,
    report: impl Fn(StepReport) -> bool + Send,
) {
    let clock = Clock::start();
    let mut machine = Machine::new(session_config(options));
    let mut steps = Steps {
        receiver: report,
        step: Step::Resolve,
        begun: Instant::now(),
        abandoned: false,
        again: false,
        offered: None,
    };
    let deadline = deadline(options);
    let (mut opened, outcome) = loop {
        let request = machine.connect_request();
        let asked = request.version;
        let found = match open(options, request, acceptor.clone(), deadline, &mut steps).await {
            Ok(Opened { transport, first, .. }) => {
                let outcome = machine.handle_open(first, clock.now()).map_err(|failure| {
                    let cause = link_error(failure.clone(), &LinkError::LineLost(String::new()));
                    (past_protocol(&failure), cause)
                });
                if *machine.state() != State::Opening {
                    break (transport, outcome);
                }
                match outcome {
                    Err((_, LinkError::Protocol { answered: Some(other), .. })) => format!("answered with {other}"),
                    _ => "not accepted".to_owned(),
                }
            }
            Err(LinkError::NoResponse(_)) if machine.offer_next() => "the line was closed".to_owned(),
            Err(cause) => return steps.report(Err(cause)),
        };
        steps.offered = Some((asked, false));
        steps.report(Ok(found));
        steps.again = true;
    };
    if let Err((false, cause)) = outcome {
        return steps.report(Err(cause));
    }
    let version = machine.version();
    steps.offered = Some((version, true));
    steps.report(Ok(format!("protocol version {version}")));
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
    let _ = timeout(CLOSE_TIMEOUT, flush_and_close(&mut opened, &mut machine)).await;
}

/// Whether the server understood the request, so that its refusal is about who asks.
fn past_protocol(failure: &Failure) -> bool {
    matches!(failure, Failure::Rejected(rejection) if *rejection != Rejection::PROTOCOL_ERROR)
}

struct Steps<T> {
    receiver: T,
    step: Step,
    begun: Instant,
    abandoned: bool,
    /// Whether the steps before the protocol were reported already, with another version.
    again: bool,
    /// What the next report says of the version.
    offered: Option<(u8, bool)>,
}

impl<T: Fn(StepReport) -> bool> Steps<T> {
    fn report(&mut self, outcome: Result<String, LinkError>) {
        if self.abandoned {
            return;
        }
        let micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.abandoned =
            !(self.receiver)(StepReport { step: self.step, micros, outcome, offered: self.offered.take() });
    }
}

impl<T: Fn(StepReport) -> bool + Send> Progress for Steps<T> {
    fn begin(&mut self, step: Step) {
        self.step = step;
        self.begun = Instant::now();
    }

    fn done(&mut self, found: String) {
        if !self.again {
            self.report(Ok(found));
        }
    }
}
