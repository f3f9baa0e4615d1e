//! Works off an act session by session: how many calls are under way, at what pace, when to stop, and what became of each.
//!
//! It knows no connection and no clock: whoever runs it, window or command line, asks which call is due and hands in
//! the answers.

use super::act::{Act, Target};
use super::report::{Line, LineOutcome, Report};
use crate::client::api::CallError;
use crate::data::{ErrorCode, SessionId, Timestamp};
use crate::model::change::{ChangeError, ChangeOutcome, ChangeResult, PreparedCall};

/// Calls that wait for their answer at most.
pub const IN_FLIGHT: usize = 16;
/// More sessions than this are not all asked for at once, so that they do not all come back in the same second.
pub const PACED_ABOVE: usize = 100;
/// So many a second then.
pub const PACED_PER_SEC: u32 = 50;

/// How fast sessions follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the server answers.
    AllAtOnce,
    /// So many a second at most; never 0.
    PerSecond(u32),
}

impl Pace {
    /// That of so many sessions, unless the user chooses another.
    #[must_use]
    pub const fn of(sessions: usize) -> Self {
        if sessions > PACED_ABOVE { Self::PerSecond(PACED_PER_SEC) } else { Self::AllAtOnce }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::AllAtOnce => "all at once".to_owned(),
            Self::PerSecond(count) => format!("{count} a second"),
        }
    }
}

/// Why no more sessions are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The user wanted it.
    User,
    /// The permission was missing.
    Denied,
    /// The connection was lost.
    ConnectionLost,
    /// The connection became read-only.
    ReadOnly,
}

/// An act under way.
#[derive(Clone, Debug)]
pub struct Runner {
    /// What is done.
    pub act: Act,
    /// To whom; empty where a filter chooses on arrival.
    pub targets: Vec<Target>,
    /// The filter that chooses on arrival.
    pub on_arrival: Option<String>,
    /// How fast.
    pub pace: Pace,
    /// What became of it so far.
    pub report: Report,
    /// When it began.
    pub began: Timestamp,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// Why the rest is not asked for, and since when.
    pub stopped: Option<(Stop, Timestamp)>,
    /// The first failure.
    pub failure: Option<CallError>,
    next: usize,
    in_flight: usize,
    /// By target: whether it was done or the session had gone.
    settled: Vec<bool>,
}

impl Runner {
    /// Of listed sessions.
    #[must_use]
    pub fn each(act: Act, targets: Vec<Target>, pace: Pace, now: Timestamp) -> Self {
        let report = Report { asked: targets.len() as u64, ..Report::default() };
        Self {
            act,
            settled: vec![false; targets.len()],
            targets,
            on_arrival: None,
            pace,
            report,
            began: now,
            ended: None,
            stopped: None,
            failure: None,
            next: 0,
            in_flight: 0,
        }
    }

    /// Of whoever a filter selects when the call arrives.
    #[must_use]
    pub fn on_arrival(act: Act, filter: String, now: Timestamp) -> Self {
        Self { on_arrival: Some(filter), ..Self::each(act, Vec::new(), Pace::AllAtOnce, now) }
    }

    fn calls(&self) -> usize {
        if self.on_arrival.is_some() { 1 } else { self.targets.len() }
    }

    /// When the call after those that were made may be sent, by its pace.
    fn due(&self) -> Timestamp {
        match self.pace {
            Pace::AllAtOnce => self.began,
            Pace::PerSecond(count) => {
                let micros = self.next as u64 * 1_000_000 / u64::from(count.max(1));
                Timestamp(self.began.0.saturating_add_unsigned(micros))
            }
        }
    }

    fn has_more(&self) -> bool {
        self.stopped.is_none() && self.next < self.calls() && self.in_flight < IN_FLIGHT
    }

    /// A call that is due now, with the number by which its answer is handed in.
    pub fn take_due(&mut self, now: Timestamp) -> Option<(usize, PreparedCall)> {
        if !self.has_more() || self.due() > now {
            return None;
        }
        let at = self.next;
        let call = match &self.on_arrival {
            Some(filter) => self.act.filter_call(filter)?,
            None => self.act.call(&self.targets[at]),
        };
        self.next += 1;
        self.in_flight += 1;
        Some((at, call))
    }

    /// When the next call is due; none if none is, or an answer has to come first.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.has_more().then(|| self.due())
    }

    /// Takes in the answer of a call; gives back its line, if it has one.
    pub fn answer(&mut self, at: usize, result: ChangeResult, micros: u64, now: Timestamp) -> Option<Line> {
        self.in_flight = self.in_flight.saturating_sub(1);
        let line = match result {
            Ok(ChangeOutcome::Sessions(answered)) => {
                if self.on_arrival.is_some() {
                    self.report = *answered;
                    None
                } else {
                    answered.lines.into_iter().next().map(|line| Line { micros, ..line })
                }
            }
            Ok(_) => None,
            Err(error) => self.failed(at, error, micros, now),
        };
        if let Some(line) = &line {
            self.report.add(line.clone());
            if let Some(settled) = self.settled.get_mut(at) {
                *settled = matches!(line.outcome, LineOutcome::Done(_) | LineOutcome::Gone);
            }
        }
        if self.is_over() {
            self.ended.get_or_insert(now);
        }
        line
    }

    fn failed(&mut self, at: usize, error: ChangeError, micros: u64, now: Timestamp) -> Option<Line> {
        let outcome = LineOutcome::of_error(&error);
        if let ChangeError::Call(error) = error {
            match &error {
                CallError::Service { code: ErrorCode::ACCESS_DENIED, .. } => self.stop(Stop::Denied, now),
                CallError::ReadOnly => self.stop(Stop::ReadOnly, now),
                CallError::LinkLost(_) | CallError::NotConnected => self.stop(Stop::ConnectionLost, now),
                _ => {}
            }
            if !matches!(outcome, Some(LineOutcome::Gone)) {
                self.failure.get_or_insert(error);
            }
        }
        let target = self.targets.get(at)?;
        Some(Line { session: target.session, principal: target.principal.clone(), outcome: outcome?, micros })
    }

    /// Asks for no more sessions; answers under way are still waited for.
    pub fn stop(&mut self, why: Stop, now: Timestamp) {
        if self.next < self.calls() || why != Stop::User {
            self.stopped.get_or_insert((why, now));
        }
        if self.is_over() {
            self.ended.get_or_insert(now);
        }
    }

    /// Whether nothing more is asked for and nothing is waited for.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.in_flight == 0 && (self.stopped.is_some() || self.next >= self.calls())
    }

    /// Microseconds that it took, or takes so far.
    #[must_use]
    pub fn micros(&self, now: Timestamp) -> u64 {
        self.ended.unwrap_or(now).micros_since(self.began)
    }

    /// The sessions to which it was not done and that had not gone, for another try.
    #[must_use]
    pub fn rest(&self) -> Vec<Target> {
        let left = self.targets.iter().zip(&self.settled).filter(|(_, settled)| !**settled);
        left.map(|(target, _)| target.clone()).collect()
    }

    /// An event tells that a session has ended, of which no answer came. True if it was one.
    pub fn settle(&mut self, session: SessionId) -> bool {
        let is_settled = self.act.is_end() && self.report.settle(session);
        if is_settled && let Some(at) = self.targets.iter().position(|target| target.session == session) {
            self.settled[at] = true;
        }
        is_settled
    }

    /// What became of the whole act, for the journal.
    ///
    /// # Errors
    /// It was done to no session, and failed for at least one.
    pub fn result(&self) -> ChangeResult {
        let report = Box::new(self.report.clone());
        match &self.failure {
            Some(error) if report.done == 0 => Err(ChangeError::Sessions { report, error: error.clone() }),
            _ => Ok(ChangeOutcome::Sessions(report)),
        }
    }
}
