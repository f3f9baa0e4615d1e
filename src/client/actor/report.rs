//! What a connection reports to the window: the session's events, totals, log lines and causes of failure.

use super::Actor;
use crate::client::api::{
    Answer, CallError, CallId, Event, Level, LinkError, LinkState, LogLine, SessionFacts, Step, Traffic,
};
use crate::client::outbox::{Outbox, Queue};
use crate::client::transport::Progress;
use crate::session::{self, CallFailure, Counters, Failure};
use std::sync::Arc;

impl Actor {
    /// Hands what the session reports to the window, under one lock.
    pub(super) fn publish(&mut self) {
        let Some(first) = self.machine.poll_event() else { return };
        let outbox = Arc::clone(&self.outbox);
        outbox.fill(|queue| {
            let mut next = Some(first);
            while let Some(event) = next {
                self.forward(event, queue);
                next = self.machine.poll_event();
            }
        });
    }

    fn forward(&mut self, event: session::Event, queue: &mut Queue) {
        use session::Event as From;
        match event {
            From::Value(mut value) => {
                value.received.at = self.clock.wall(value.received.at);
                queue.push_value(value);
            }
            From::Answer { call, result, micros } => {
                let result = result.map_err(|failure| call_error(failure, &self.cause));
                queue.push(Event::Answer(Answer { id: CallId(call), result, micros }));
            }
            From::Session(event) => queue.push(Event::Session(event.map_times(|at| self.clock.wall(at)))),
            From::Opened(opened) => {
                let facts = Arc::new(SessionFacts {
                    id: opened.session,
                    principal: self.options.principal.clone().unwrap_or_default(),
                    version: opened.version,
                    ping_period_millis: opened.ping_period_millis.max(0),
                    transport: self.transport.0,
                    certificate: self.transport.1.clone(),
                });
                queue.push(
                    self.line(Level::Info, format!("Connected as session {}, protocol {}", facts.id, facts.version)),
                );
                self.facts = Some(Arc::clone(&facts));
                queue.push(Event::Link(LinkState::Connected(facts)));
            }
            From::LineInDoubt => queue.push(Event::Link(LinkState::InDoubt)),
            From::LineConfirmed => {
                if let Some(facts) = &self.facts {
                    queue.push(Event::Link(LinkState::Connected(Arc::clone(facts))));
                }
            }
            From::Suspended { cause, give_up_at } => {
                self.give_up_at = give_up_at;
                self.cause = link_error(cause, &self.cause);
                queue.push(self.line(Level::Warn, format!("The line is lost: {}", self.cause)));
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
                queue.push(self.line(level, format!("Closed: {cause}")));
                if let Some(traffic) = self.traffic(queue) {
                    queue.push(Event::Traffic(traffic));
                }
                queue.push(Event::Link(LinkState::Closed(Box::new(cause))));
            }
            From::ProtocolWarning(text) => queue.push(self.line(Level::Warn, text)),
        }
    }

    pub(super) fn report_traffic(&mut self) {
        let outbox = Arc::clone(&self.outbox);
        outbox.fill(|queue| {
            if let Some(traffic) = self.traffic(queue) {
                queue.push(Event::Traffic(traffic));
            }
        });
    }

    /// The totals, if they differ from those reported last.
    fn traffic(&mut self, queue: &Queue) -> Option<Traffic> {
        let Counters { messages_in, messages_out, bytes_in, bytes_out, values_in } = self.machine.counters();
        let (merged, dropped) = queue.pressure();
        let traffic = Traffic { messages_in, messages_out, bytes_in, bytes_out, values_in, merged, dropped };
        (traffic != self.reported_traffic).then(|| {
            self.reported_traffic = traffic;
            traffic
        })
    }

    pub(super) fn log(&self, level: Level, text: String) {
        self.outbox.fill(|queue| queue.push(self.line(level, text)));
    }

    fn line(&self, level: Level, text: String) -> Event {
        Event::Log(LogLine { at: self.clock.wall(self.clock.now()), level, text })
    }
}

/// The answer to a call that finds no session.
#[must_use]
pub(in crate::client) fn not_connected(id: CallId) -> Event {
    Event::Answer(Answer { id, result: Err(CallError::NotConnected), micros: 0 })
}

/// The cause of a session's failure; `line_cause` is why the line was lost, which the session cannot know.
#[must_use]
pub(in crate::client) fn link_error(failure: Failure, line_cause: &LinkError) -> LinkError {
    match failure {
        Failure::NotDiffusion(what) => LinkError::NotDiffusion(what),
        Failure::Protocol { asked, oldest, answered } => LinkError::Protocol { asked, oldest, answered },
        Failure::Rejected(rejection) => LinkError::Rejected(rejection),
        Failure::LineLost => line_cause.clone(),
        Failure::Idle => LinkError::Idle,
        Failure::Unanswered { secs } => LinkError::Unanswered { secs },
        Failure::BadMessage(error) => LinkError::BadMessage(error),
        Failure::ClosedByServer => LinkError::ClosedByServer,
        Failure::ClosedByClient => LinkError::ClosedByClient,
        Failure::RecoveryFailed { secs } => LinkError::RecoveryFailed { secs, cause: Box::new(line_cause.clone()) },
        Failure::LostMessages => LinkError::LostMessages,
    }
}

fn call_error(failure: CallFailure, line_cause: &LinkError) -> CallError {
    match failure {
        CallFailure::Service { code, description } => CallError::Service { code, description },
        CallFailure::TimedOut { secs } => CallError::TimedOut { secs },
        CallFailure::BadAnswer(error) => CallError::BadAnswer(error),
        CallFailure::Ended(failure) => CallError::LinkLost(Box::new(link_error(failure, line_cause))),
        CallFailure::NotConnected => CallError::NotConnected,
        CallFailure::Busy => CallError::Busy,
        CallFailure::TooLarge { bytes, most } => CallError::TooLarge { bytes, most },
        CallFailure::Cancelled => CallError::Cancelled,
        CallFailure::NotAtVersion(error) => CallError::NotAtVersion(error),
    }
}

/// Reports each step of the first connection to the window.
pub(super) struct ReportProgress {
    pub(super) outbox: Arc<Outbox>,
}

impl Progress for ReportProgress {
    fn begin(&mut self, step: Step) {
        self.outbox.fill(|queue| queue.push(Event::Link(LinkState::Connecting(step))));
    }
    fn done(&mut self, _found: String) {}
}

/// Reports nothing: while a session is recovered, the state is that of the attempt.
pub(super) struct NoProgress;

impl Progress for NoProgress {
    fn begin(&mut self, _step: Step) {}
    fn done(&mut self, _found: String) {}
}
