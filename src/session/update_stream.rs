//! One update stream as the protocol wants it: which service an operation becomes, what waits, what a failure ends.
//!
//! It sends nothing itself and knows no clock: operations go in, requests come out of [`UpdateStream::poll`], answers
//! go back in. Sets may follow each other without waiting, because each delta refers to the value sent before it.

use super::event::CallFailure;
use crate::data::value::delta;
use crate::data::{ErrorCode, Timestamp, TopicPath, TopicSpec, TopicType};
use crate::wire::services::shared::{
    AddAndSetRequest, AddOutcome, Comparison, Constraint, StreamAdded, StreamCreated, StreamId, stream_flags,
};
use crate::wire::services::{topic_set, update_stream_add, update_stream_create, update_stream_set};
use bytes::Bytes;
use std::collections::VecDeque;

/// Requests of one stream that wait for their answer, at most.
pub const MAX_IN_FLIGHT: usize = 128;
/// Above so many bytes the thorough comparison would cost more than it saves.
const THOROUGH_BYTES: usize = 16 << 10;

/// What a stream is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamTarget {
    /// The topic.
    pub path: TopicPath,
    /// Its type.
    pub topic_type: TopicType,
    /// Whether values of the type are sent as deltas.
    pub has_deltas: bool,
    /// The specification to create the topic with if it is absent; none for a topic that must exist.
    pub spec: Option<TopicSpec>,
    /// Checked when the stream is made.
    pub constraint: Constraint,
    /// Whether and how a stream that the cluster cannot route is made anew.
    pub retry: Option<Retry>,
}

/// How a stream is recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Milliseconds before each attempt.
    pub interval_millis: u32,
    /// Attempts before it is given up.
    pub attempts: u32,
}

/// What is asked of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Operation {
    /// Set a value; it stands for so many sets.
    Set(Bytes, u32),
    /// Make the stream, or ask whether it is valid.
    Validate,
}

impl Operation {
    const fn sets(&self) -> u32 {
        match self {
            Self::Set(_, count) => *count,
            Self::Validate => 0,
        }
    }
}

/// What goes to the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Service 125.
    Create(update_stream_create::Request),
    /// Service 126.
    CreateAndSet(topic_set::Request),
    /// Service 127.
    Check(StreamId),
    /// Service 128.
    Set(update_stream_set::Request),
    /// Service 129.
    Delta(update_stream_set::Request),
    /// Service 130.
    Add(update_stream_add::Request),
    /// Service 131.
    AddAndSet(AddAndSetRequest),
}

/// A request with what is worth knowing about it.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingRequest {
    /// Names it; its answer comes back with this number.
    pub ticket: u64,
    /// What is sent.
    pub request: Request,
    /// The value that it sets; none for a validation.
    pub value: Option<Bytes>,
    /// Bytes of value or delta in it.
    pub carried_bytes: usize,
}

/// What the server answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// To 125 and 126.
    Created(StreamCreated),
    /// To 130 and 131.
    Added(StreamAdded),
    /// To the others.
    Done,
}

/// Why a request failed, in the terms of whoever sends it.
pub trait RequestError {
    /// Whether the cluster could not route the request, so that a new stream may reach the topic again.
    fn is_routing(&self) -> bool;
}

impl RequestError for CallFailure {
    fn is_routing(&self) -> bool {
        matches!(self, Self::Service { code: ErrorCode::CLUSTER_ROUTING, .. })
    }
}

/// Why a stream is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E = CallFailure> {
    /// A call failed.
    Call(E),
    /// It could not be recovered.
    RetriesSpent {
        /// Attempts made.
        attempts: u32,
        /// How the last one failed.
        last: E,
    },
}

/// What an answer changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The stream is made now, and so was, or was not, its topic.
    pub made: Option<AddOutcome>,
    /// Sets that the server has done.
    pub acknowledged: u32,
    /// Sets that were not sent because a later one took their place.
    pub merged: u32,
    /// Sets that will not be done, or of which nobody knows.
    pub failed: u32,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase<E> {
    New,
    Making,
    Open { id: StreamId, flags: u8 },
    Recovering { due: Timestamp },
    Failed(Failure<E>),
}

/// The client's side of an update stream.
#[derive(Clone, Debug)]
pub struct UpdateStream<E = CallFailure> {
    target: StreamTarget,
    phase: Phase<E>,
    waiting: VecDeque<Operation>,
    in_flight: VecDeque<(u64, Operation)>,
    /// The value that the next delta refers to.
    base: Option<Bytes>,
    acknowledged: Option<Bytes>,
    tickets: u64,
    /// Attempts since the last set that was done.
    attempts: u32,
}

impl<E: RequestError + PartialEq> UpdateStream<E> {
    /// A stream that has sent nothing.
    #[must_use]
    pub const fn new(target: StreamTarget) -> Self {
        Self {
            target,
            phase: Phase::New,
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            base: None,
            acknowledged: None,
            tickets: 0,
            attempts: 0,
        }
    }

    /// Sets a value, in its turn. False if the stream is over.
    pub fn set(&mut self, value: Bytes) -> bool {
        self.push(Operation::Set(value, 1))
    }

    /// Makes the stream without a value, or asks whether it is valid. False if the stream is over.
    pub fn validate(&mut self) -> bool {
        self.push(Operation::Validate)
    }

    fn push(&mut self, operation: Operation) -> bool {
        let alive = !matches!(self.phase, Phase::Failed(_));
        if alive {
            self.waiting.push_back(operation);
        }
        alive
    }

    /// The next request to send; none while something must be waited for, or nothing is to be done.
    pub fn poll(&mut self, now: Timestamp) -> Option<OutgoingRequest> {
        match &self.phase {
            Phase::New => {
                let operation = self.waiting.pop_front()?;
                self.phase = Phase::Making;
                Some(self.make(operation))
            }
            Phase::Recovering { due } if now >= *due => {
                self.phase = Phase::Making;
                Some(self.make(Operation::Validate))
            }
            Phase::Open { id, flags } if self.in_flight.len() < MAX_IN_FLIGHT => {
                let (id, flags) = (id.clone(), *flags);
                let operation = self.waiting.pop_front()?;
                Some(self.follow(operation, id, flags))
            }
            Phase::Making | Phase::Open { .. } | Phase::Recovering { .. } | Phase::Failed(_) => None,
        }
    }

    /// The request that makes the stream.
    fn make(&mut self, operation: Operation) -> OutgoingRequest {
        let (path, constraint) = (self.target.path.as_str().to_owned(), self.constraint());
        let topic_type = self.target.topic_type;
        let value = match &operation {
            Operation::Set(value, _) => Some(value.clone()),
            Operation::Validate => None,
        };
        let request = match (self.target.spec.clone(), value.clone()) {
            (None, None) => Request::Create(update_stream_create::Request { path, topic_type, constraint }),
            (None, Some(value)) => Request::CreateAndSet(topic_set::Request { path, topic_type, value, constraint }),
            (Some(spec), None) => Request::Add(update_stream_add::Request { path, spec, constraint }),
            (Some(spec), Some(value)) => Request::AddAndSet(AddAndSetRequest { path, spec, value, constraint }),
        };
        self.base.clone_from(&value);
        let carried_bytes = value.as_ref().map_or(0, Bytes::len);
        self.ask(operation, request, value, carried_bytes)
    }

    /// The request of an operation on a stream that is made.
    fn follow(&mut self, operation: Operation, stream: StreamId, flags: u8) -> OutgoingRequest {
        let Operation::Set(value, _) = &operation else {
            return self.ask(operation, Request::Check(stream), None, 0);
        };
        let value = value.clone();
        let deltas = self.target.has_deltas && flags & stream_flags::RETAINS_VALUE != 0;
        let delta = self.base.as_ref().filter(|_| deltas).and_then(|base| delta_between(base, &value));
        self.base = Some(value.clone());
        let carried_bytes = delta.as_ref().map_or(value.len(), Bytes::len);
        let request = match delta {
            Some(delta) => Request::Delta(update_stream_set::Request { stream, value: delta }),
            None => Request::Set(update_stream_set::Request { stream, value: value.clone() }),
        };
        self.ask(operation, request, Some(value), carried_bytes)
    }

    fn ask(
        &mut self,
        operation: Operation,
        request: Request,
        value: Option<Bytes>,
        carried_bytes: usize,
    ) -> OutgoingRequest {
        self.tickets += 1;
        self.in_flight.push_back((self.tickets, operation));
        OutgoingRequest { ticket: self.tickets, request, value, carried_bytes }
    }

    /// The guard of the next making. Once this stream has set something, its own guard cannot hold any more; what must
    /// hold then is that nobody else has set anything since.
    fn constraint(&self) -> Constraint {
        let guard = &self.target.constraint;
        if *guard == Constraint::Unconstrained || self.attempts == 0 {
            return guard.clone();
        }
        let ours = self.maybe_arrived().chain(&self.acknowledged);
        let mut choices: Vec<Constraint> = ours.map(|v| Constraint::Value(Comparison::is(v.clone()))).collect();
        if self.acknowledged.is_none() {
            choices.push(guard.clone());
        }
        any_of(choices)
    }

    /// Values that may have been sent before the stream had to be recovered; they wait again, but may have arrived.
    fn maybe_arrived(&self) -> impl Iterator<Item = &Bytes> {
        self.waiting.iter().take(MAX_IN_FLIGHT).filter_map(|operation| match operation {
            Operation::Set(value, _) => Some(value),
            Operation::Validate => None,
        })
    }

    /// Takes in an answer. Answers to requests from before a recovery change nothing.
    pub fn answered(&mut self, ticket: u64, reply: Result<Response, E>, now: Timestamp) -> Progress {
        let mut progress = Progress::default();
        let Some(at) = self.in_flight.iter().position(|(t, _)| *t == ticket) else { return progress };
        match reply {
            Ok(response) => {
                if let Some((_, Operation::Set(value, count))) = self.in_flight.remove(at) {
                    progress.acknowledged = count;
                    self.acknowledged = Some(value);
                    self.attempts = 0;
                }
                self.open(response, &mut progress);
            }
            Err(error) => self.fail(error, now, &mut progress),
        }
        progress
    }

    fn open(&mut self, response: Response, progress: &mut Progress) {
        let (made, id, flags) = match response {
            Response::Created(StreamCreated { stream, flags }) => (AddOutcome::Exists, stream, flags),
            Response::Added(StreamAdded { outcome, stream, flags }) => (outcome, stream, flags),
            Response::Done => return,
        };
        progress.made = Some(made);
        self.phase = Phase::Open { id, flags };
        let mergeable = stream_flags::RETAINS_VALUE | stream_flags::SUPPORTS_CONFLATION;
        // What a recovered stream has to send again is sent in order.
        if flags & mergeable == mergeable && self.attempts == 0 {
            progress.merged = self.merge_waiting();
        }
    }

    /// Of the waiting sets only the last stays, and stands for all; gives back how many went.
    fn merge_waiting(&mut self) -> u32 {
        let is_set = |operation: &Operation| matches!(operation, Operation::Set(..));
        let Some(last) = self.waiting.iter().rposition(is_set) else { return 0 };
        let mut merged = 0;
        let mut kept = VecDeque::new();
        for (at, operation) in self.waiting.drain(..).enumerate() {
            match operation {
                Operation::Set(_, count) if at < last => merged += count,
                Operation::Set(value, count) => kept.push_back(Operation::Set(value, count + merged)),
                Operation::Validate => kept.push_back(operation),
            }
        }
        self.waiting = kept;
        merged
    }

    fn fail(&mut self, error: E, now: Timestamp, progress: &mut Progress) {
        let routing = error.is_routing();
        let tried = self.attempts > 0 && (routing || self.phase == Phase::Making);
        let failure = match self.target.retry {
            Some(retry) if routing && self.attempts < retry.attempts => {
                return self.recover(now, retry);
            }
            Some(_) if tried => Failure::RetriesSpent { attempts: self.attempts, last: error },
            _ => Failure::Call(error),
        };
        self.end(failure, progress);
    }

    /// Everything without an answer waits again, in order, for a new stream.
    fn recover(&mut self, now: Timestamp, retry: Retry) {
        self.attempts += 1;
        self.base = None;
        while let Some((_, operation)) = self.in_flight.pop_back() {
            if operation != Operation::Validate {
                self.waiting.push_front(operation);
            }
        }
        let wait = i64::from(retry.interval_millis) * 1000;
        self.phase = Phase::Recovering { due: Timestamp(now.0.saturating_add(wait)) };
    }

    fn end(&mut self, failure: Failure<E>, progress: &mut Progress) {
        progress.failed += self.waiting.iter().map(Operation::sets).sum::<u32>();
        progress.failed += self.in_flight.iter().map(|(_, operation)| operation.sets()).sum::<u32>();
        self.waiting.clear();
        self.in_flight.clear();
        self.phase = Phase::Failed(failure);
    }

    /// Forgets what was not sent; gives back how many sets that were.
    pub fn drop_waiting(&mut self) -> u32 {
        let count = self.waiting.iter().map(Operation::sets).sum();
        self.waiting.clear();
        if matches!(self.phase, Phase::Recovering { .. }) {
            self.phase = Phase::New;
        }
        count
    }

    /// Whether the first answer has come and nothing has failed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// Why it is over; none while it is not.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure<E>> {
        match &self.phase {
            Phase::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// When the next attempt to recover is due, and which it is, from 1.
    #[must_use]
    pub const fn recovering(&self) -> Option<(Timestamp, u32)> {
        match &self.phase {
            Phase::Recovering { due } => Some((*due, self.attempts)),
            _ => None,
        }
    }

    /// How many more sets may be asked for so that all of them can be on their way at once.
    #[must_use]
    pub fn room(&self) -> usize {
        MAX_IN_FLIGHT.saturating_sub(self.in_flight.len() + self.waiting.len())
    }

    /// Whether everything asked for is answered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.waiting.is_empty()
    }

    /// Sets without an answer.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.in_flight.len() + self.waiting.len()
    }
}

/// One of them is satisfied; halved at each level, because nesting is bounded.
fn any_of(mut choices: Vec<Constraint>) -> Constraint {
    let right = choices.split_off(choices.len() / 2);
    if choices.is_empty() {
        return right.into_iter().next().unwrap_or_default();
    }
    Constraint::Or(Box::new(any_of(choices)), Box::new(any_of(right)))
}

/// A delta that is smaller than the new value; none if there is none.
fn delta_between(base: &Bytes, value: &Bytes) -> Option<Bytes> {
    if base.len().max(value.len()) > THOROUGH_BYTES {
        return delta::quick_diff(base, value).map(Bytes::from);
    }
    let delta = delta::diff(base, value);
    (delta.len() < value.len()).then(|| delta.into())
}

#[cfg(test)]
mod tests;
