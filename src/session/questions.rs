//! What the server asks and somebody outside the session decides: bounded, and never left without an answer.
//!
//! The only such request is about missing topics, where “proceed” changes nothing. So it is what the server hears when
//! nobody decides in time, when too many wait, and when a line was lost over it.

use super::event::{Event, Settled};
use super::keepalive::after;
use crate::data::Timestamp;
use std::collections::BTreeMap;

/// Questions that may be open at a time.
pub const MAX_OPEN: usize = 256;
/// How long a decision may take, unless something else is wanted.
pub const DECIDE_MILLIS: u32 = 5000;

/// The questions of one session by the server's conversation id.
#[derive(Debug)]
pub struct Questions {
    decide_millis: i64,
    open: BTreeMap<i64, Timestamp>,
    /// Open when the line was lost; the server still waits if the session goes on.
    owed: Vec<i64>,
    /// Answered at once because too many were open.
    passed: u64,
}

impl Questions {
    /// None yet; each may take so long to be decided.
    #[must_use]
    pub fn new(decide_millis: u32) -> Self {
        Self { decide_millis: i64::from(decide_millis), open: BTreeMap::new(), owed: Vec::new(), passed: 0 }
    }

    /// Until when the decision is waited for; none if the question must be answered now.
    pub fn ask(&mut self, cid: i64, now: Timestamp, emit: &mut impl FnMut(Event)) -> Option<Timestamp> {
        if self.open.len() >= MAX_OPEN {
            self.passed += 1;
            if self.passed.is_power_of_two() {
                let count = self.passed;
                emit(Event::Oddity(format!(
                    "too many questions of the server: {count} so far answered with “proceed”"
                )));
            }
            return None;
        }
        let until = after(now, self.decide_millis);
        self.open.insert(cid, until);
        Some(until)
    }

    /// Whether this question is open.
    #[must_use]
    pub fn is_open(&self, cid: i64) -> bool {
        self.open.contains_key(&cid)
    }

    /// Takes a question that is about to be answered; whether it was open.
    pub fn take(&mut self, cid: i64) -> bool {
        self.open.remove(&cid).is_some()
    }

    /// When the next question is no longer waited for.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.open.values().min().copied()
    }

    /// Takes a question whose time is over; call until none is given.
    pub fn time_out(&mut self, now: Timestamp, emit: &mut impl FnMut(Event)) -> Option<i64> {
        let cid = self.open.iter().find(|(_, until)| **until <= now).map(|(cid, _)| *cid)?;
        self.open.remove(&cid);
        emit(Event::Settled { question: cid, how: Settled::TimeOver });
        Some(cid)
    }

    /// The line is gone: nothing can be decided any more.
    pub fn suspend(&mut self, emit: &mut impl FnMut(Event)) {
        for question in std::mem::take(&mut self.open).into_keys() {
            self.owed.push(question);
            emit(Event::Settled { question, how: Settled::LineLost });
        }
    }

    /// What the server still waits for, once the session goes on without loss.
    pub fn take_owed(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.owed)
    }
}
