//! What moves streams: starts, the time that passes, answers, ends.
//!
//! Values are made only while they can be sent: a stream whose line is lost, or whose first answer is waited for, keeps
//! its place. Updates that are due while too many have no answer are left out and counted.

use super::config::{GuardChoice, Plan, Source};
use super::generator::Generator;
use super::schedule::Schedule;
use super::{Act, Counts, End, Failure, KEPT_NUMBERS, Pause, Question, Stage, Stream, UpdateStream, UpdateStreams};
use crate::client::api::update_stream::{OutgoingRequest, Request, Response, StreamTarget};
use crate::client::api::{CallError, LinkError};
use crate::data::value::{number, time_series};
use crate::data::{DataType, Timestamp, TopicPath, TopicSpec, shown};
use crate::model::Connected;
use crate::model::change::outside::OutsideJournal;
use crate::model::change::run::begin_entry;
use crate::model::change::{self, ChangeError, ChangeOutcome, Guard, Snapshot};
use crate::model::effects::Effects;
use crate::model::journal::Step;
use crate::model::notices::{NewNotice, NoticeAct, Tone};
use crate::model::safety::Mode;
use crate::wire::services::{
    UpdateStreamAdd, UpdateStreamAddAndSet, UpdateStreamCheck, UpdateStreamCreate, UpdateStreamCreateAndSet,
    UpdateStreamDelta, UpdateStreamSet,
};
use bytes::Bytes;

/// Requests of all streams of a connection that wait for their answer, at most; the way to the session holds more.
const ALL_IN_FLIGHT: usize = 512;
/// The measured rate looks back so far.
const MEASURED_MICROS: u64 = 4_000_000;
/// And is renewed so often.
const MARK_MICROS: u64 = 500_000;

/// Does what the user wants of a stream.
pub(super) fn act(at: &mut Connected, id: u64, act: &Act, fx: &mut Effects) {
    let live = at.is_live();
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id) else { return };
    match act {
        Act::Start => return start(at, id, fx),
        Act::Confirm => {
            if let Some(question) = stream.question.take().filter(|_| live) {
                return begin(at, id, question, fx);
            }
        }
        Act::Pause if stream.stage == Stage::Running => stream.pause(Pause::User),
        Act::Resume if !fx.gate().is_read_only() => stream.resume(fx.now),
        Act::Stop => return end(at, id, End::Stopped, fx),
        Act::Next if !fx.gate().is_read_only() && live && matches!(stream.stage, Stage::Paused(_)) => {
            stream.replan();
            stream.send_next();
        }
        Act::Send if !fx.gate().is_read_only() && live && stream.is_active() && stream.stage != Stage::Stopping => {
            if let Ok(value) = stream.hand_value() {
                let number = number(&TopicSpec::new(stream.data_type().topic_type()), &value);
                stream.set(value, number);
            }
        }
        Act::Validate if live => {
            if let Some(inner) = stream.inner.as_mut() {
                inner.validate();
            }
        }
        _ => {}
    }
    pump(at, id, fx);
}

/// Starts a stream, or asks first.
fn start(at: &mut Connected, id: u64, fx: &mut Effects) {
    let mode = at.safety.mode(fx.now);
    let live = at.is_live();
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id) else { return };
    if stream.is_active() || stream.incomplete().is_some() || !live {
        return;
    }
    let Some(plan) = stream.config.plan() else { return };
    let seen = at.live.topic(&plan.path).and_then(|topic| {
        let bytes = &topic.latest.as_ref()?.value;
        match topic.spec.event_type() {
            Some(event_type) => Some(time_series::decode(event_type, bytes).ok()?.value),
            None => Some(bytes.clone()),
        }
    });
    let question = Question { guard: GuardChoice::None, seen };
    match mode {
        Mode::ReadOnly => fx.notice(NewNotice {
            failed: Some(ChangeError::Call(CallError::ReadOnly)),
            ..NewNotice::new(Tone::Warn, format!("start an update stream for “{}”", plan.path))
        }),
        Mode::Confirm => stream.question = Some(question),
        Mode::Free => begin(at, id, question, fx),
    }
}

/// Makes the stream and sends its first value.
fn begin(at: &mut Connected, id: u64, question: Question, fx: &mut Effects) {
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id) else { return };
    let Some(plan) = stream.config.plan() else { return };
    let guard = match (question.guard, &question.seen) {
        (GuardChoice::StillSeen, Some(seen)) => Guard::StillValue(seen.clone()),
        (GuardChoice::Nothing, _) if plan.spec.is_some() => Guard::NoTopic,
        (GuardChoice::Nothing, _) => Guard::NoValue,
        (GuardChoice::None | GuardChoice::StillSeen, _) => Guard::None,
    };
    stream.inner = Some(UpdateStream::new(StreamTarget {
        path: plan.path.clone(),
        topic_type: plan.topic_type,
        has_deltas: plan.data_type.topic_type().has_deltas(),
        spec: plan.spec.clone(),
        constraint: guard.constraint(),
        retry: plan.retry,
    }));
    stream.rewind_if_over();
    stream.run += 1;
    stream.counts = Counts::default();
    stream.numbers.clear();
    stream.marks.clear();
    stream.last = None;
    stream.last_micros = None;
    stream.started = fx.now;
    stream.ending = None;
    stream.left_out = 0;
    stream.schedule = None;
    let what = stream.config.sentence(stream.lines.as_ref());
    let before = Snapshot { spec: stream.config.known.clone(), value: question.seen };
    let change = change::Stream { path: plan.path.clone(), data_type: plan.data_type, what, guard };
    let entry = begin_entry(at, change.into(), before, None, fx);
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id) else { return };
    stream.entry = Some(entry);
    let by_hand = plan.per_sec.is_none();
    stream.take_plan(plan);
    if by_hand {
        stream.stage = Stage::ByHand;
        if let Some(inner) = stream.inner.as_mut() {
            inner.validate();
        }
    } else {
        stream.stage = Stage::Running;
        stream.send_next();
    }
    pump(at, id, fx);
}

/// Ends a stream for this reason once its answers are there.
fn end(at: &mut Connected, id: u64, why: End, fx: &mut Effects) {
    if let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id && stream.is_active()) {
        if let Some(inner) = stream.inner.as_mut() {
            stream.counts.skipped += u64::from(inner.drop_waiting());
        }
        stream.stage = Stage::Stopping;
        stream.ending = Some(why);
        stream.settle(fx);
    }
}

impl UpdateStreams {
    /// The session is live; another one, in which no stream is left, unless `same_session`.
    /// The session is gone; every stream with it.
    pub(super) fn session_lost(&mut self, cause: &LinkError, fx: &mut Effects) {
        for stream in self.list.iter_mut().filter(|stream| stream.is_active()) {
            let why = stream.ending.take().unwrap_or_else(|| End::SessionLost(Box::new(cause.clone())));
            stream.counts.failed += stream.unanswered() as u64;
            stream.finish(why, fx);
        }
    }

    /// The connection is being closed by the user.
    pub(super) fn close(&mut self, fx: &mut Effects) {
        for stream in self.list.iter_mut().filter(|stream| stream.is_active()) {
            stream.finish(End::Stopped, fx);
        }
    }

    /// When something is to be done next; none while only answers are waited for.
    #[must_use]
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let due = |stream: &Stream| match stream.recovering() {
            Some((due, _)) => Some(due),
            None if stream.stage == Stage::Running => stream.schedule.as_ref().map(Schedule::next),
            None => None,
        };
        self.list.iter().filter_map(due).min()
    }

    /// Streams that have started and not ended.
    #[must_use]
    pub fn active(&self) -> usize {
        self.list.iter().filter(|stream| stream.is_active()).count()
    }

    fn room(&self) -> usize {
        ALL_IN_FLIGHT.saturating_sub(self.list.iter().map(Stream::unanswered).sum())
    }
}

/// Lets time pass: what is due is made and sent.
pub(super) fn tick(at: &mut Connected, fx: &mut Effects) {
    let live = at.is_live();
    for place in 0..at.update_streams.list.len() {
        let room = at.update_streams.room();
        let stream = &mut at.update_streams.list[place];
        if stream.stage == Stage::Running && fx.gate().is_read_only() {
            stream.pause(Pause::ReadOnly);
            let path = stream.path();
            let text = format!("The update stream of “{}” pauses, because this connection is read-only", shown(path));
            fx.notice(NewNotice::new(Tone::Warn, text));
        }
        if live {
            stream.mark(fx.now);
            stream.make_due(fx.now, room);
        } else {
            // What would have been due meanwhile is not made up for.
            stream.schedule = None;
        }
        let id = stream.id;
        pump(at, id, fx);
    }
}

/// Sends what can be sent now.
fn pump(at: &mut Connected, id: u64, fx: &mut Effects) {
    let live = at.is_live();
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id) else { return };
    let run = stream.run;
    if live && !fx.gate().is_read_only() {
        while let Some(ask) = stream.inner.as_mut().and_then(|inner| inner.poll(fx.now)) {
            if let Some(value) = &ask.value {
                stream.counts.sent += 1;
                stream.counts.value_bytes += value.len() as u64;
                stream.counts.carried_bytes += ask.carried_bytes as u64;
                stream.counts.deltas += u64::from(matches!(ask.request, Request::Delta(_)));
                stream.last = Some(value.clone());
                stream.last_at = fx.now;
            }
            send((id, run, ask.ticket), ask, fx);
        }
    }
    stream.settle(fx);
}

/// Names a request: the stream, its run, the ticket.
type Key = (u64, u64, u64);

fn send(key: Key, ask: OutgoingRequest, fx: &mut Effects) {
    match ask.request {
        Request::Create(request) => call::<UpdateStreamCreate>(key, &request, Response::Created, fx),
        Request::CreateAndSet(request) => call::<UpdateStreamCreateAndSet>(key, &request, Response::Created, fx),
        Request::Check(request) => call::<UpdateStreamCheck>(key, &request, |()| Response::Done, fx),
        Request::Set(request) => call::<UpdateStreamSet>(key, &request, |()| Response::Done, fx),
        Request::Delta(request) => call::<UpdateStreamDelta>(key, &request, |()| Response::Done, fx),
        Request::Add(request) => call::<UpdateStreamAdd>(key, &request, Response::Added, fx),
        Request::AddAndSet(request) => call::<UpdateStreamAddAndSet>(key, &request, Response::Added, fx),
    }
}

fn call<S: OutsideJournal>(key: Key, request: &S::Request, read: fn(S::Response) -> Response, fx: &mut Effects) {
    fx.call_outside_journal::<S>(request, move |at, fx, reply, micros| answered(at, fx, key, reply.map(read), micros));
}

fn answered(at: &mut Connected, fx: &mut Effects, key: Key, reply: Result<Response, CallError>, micros: u64) {
    let (id, run, ticket) = key;
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id && stream.run == run) else {
        return;
    };
    let Some(inner) = stream.inner.as_mut() else { return };
    if reply.is_ok() {
        stream.last_micros = Some(micros);
    }
    let progress = inner.answered(ticket, reply, fx.now);
    stream.counts.acknowledged += u64::from(progress.acknowledged);
    stream.counts.merged += u64::from(progress.merged);
    stream.counts.failed += u64::from(progress.failed);
    if progress.made.is_some() && stream.stage == Stage::Running {
        stream.restart_schedule(fx.now);
    }
    pump(at, id, fx);
}

impl Stream {
    /// The topic of this run.
    #[must_use]
    pub fn path(&self) -> &str {
        self.plan.as_ref().map_or("", |plan| plan.path.as_str())
    }

    /// Type of the values of this run.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.plan.as_ref().map_or_else(|| self.config.data_type(), |plan| plan.data_type)
    }

    /// What this run sends.
    #[must_use]
    pub fn topic(&self) -> Option<&TopicPath> {
        self.plan.as_ref().map(|plan| &plan.path)
    }

    fn take_plan(&mut self, plan: Plan) {
        match (&mut self.generator, plan.recipe) {
            (Some(generator), Some(recipe)) => generator.retune(recipe),
            (None, Some(recipe)) => self.generator = Some(Generator::new(recipe)),
            (_, None) => {}
        }
        self.plan = Some(plan);
    }

    /// Takes up what was changed while it paused.
    fn replan(&mut self) -> bool {
        let plan = self.config.plan().filter(|_| self.incomplete().is_none());
        let sound = plan.is_some();
        if let Some(plan) = plan {
            self.take_plan(plan);
        }
        sound
    }

    fn rewind_if_over(&mut self) {
        match &self.stage {
            Stage::Ended(End::CounterOver) => self.generator = None,
            Stage::Ended(End::LinesOver) => {
                if let Some(lines) = &mut self.lines {
                    lines.rewind();
                }
            }
            _ => {}
        }
    }

    fn pause(&mut self, why: Pause) {
        self.stage = Stage::Paused(why);
        self.schedule = None;
        self.marks.clear();
    }

    fn resume(&mut self, now: Timestamp) {
        if !matches!(self.stage, Stage::Paused(_)) || !self.replan() {
            return;
        }
        let by_hand = self.config.source == Source::Hand;
        self.stage = if by_hand { Stage::ByHand } else { Stage::Running };
        if self.inner.as_ref().is_some_and(UpdateStream::is_open) {
            self.restart_schedule(now);
        }
    }

    fn restart_schedule(&mut self, now: Timestamp) {
        let per_sec = self.plan.as_ref().and_then(|plan| plan.per_sec);
        self.schedule = per_sec.map(|per_sec| Schedule::new(per_sec, now, false));
    }

    /// Makes what is due, as far as there is room.
    fn make_due(&mut self, now: Timestamp, room: usize) {
        let Some(inner) = self.inner.as_ref().filter(|inner| inner.is_open()) else {
            self.schedule = None;
            return;
        };
        if self.stage != Stage::Running {
            return;
        }
        let room = room.min(inner.room());
        if self.schedule.is_none() {
            self.restart_schedule(now);
        }
        let Some(schedule) = self.schedule.as_mut() else { return };
        let due = schedule.take(now, room);
        for _ in 0..due.send {
            self.send_next();
        }
        self.counts.skipped += due.skip;
        self.left_out += due.skip;
    }

    /// Makes the next value and asks the stream to set it; ends where there is none.
    fn send_next(&mut self) {
        let Some(plan) = &self.plan else { return };
        let secs = (self.left_out + 1) as f64 / plan.per_sec.unwrap_or(1.0);
        let made = match (self.config.source, &mut self.generator, &mut self.lines) {
            (Source::Lines, _, Some(lines)) => match lines.next(plan.data_type, self.config.repeats) {
                Some(value) => {
                    let number = number(&TopicSpec::new(plan.data_type.topic_type()), &value);
                    Ok((value, number))
                }
                None => return self.run_out(End::LinesOver),
            },
            (source, Some(generator), _) if source.is_numeric() => match generator.next(secs) {
                Some(number) => {
                    let number = number.rounded(plan.shape.decimals);
                    plan.shape.value(number).map(|value| (value, Some(number.as_f64())))
                }
                None => return self.run_out(End::CounterOver),
            },
            _ => return,
        };
        self.left_out = 0;
        match made {
            Ok((value, number)) => {
                self.problem = None;
                self.set(value, number);
            }
            Err(why) => {
                self.counts.skipped += 1;
                self.problem = Some(why);
            }
        }
        if self.config.source == Source::Lines
            && !self.config.repeats
            && self.lines.as_ref().is_some_and(|lines| lines.taken() >= lines.len())
        {
            self.run_out(End::LinesOver);
        }
    }

    fn run_out(&mut self, why: End) {
        self.stage = Stage::Stopping;
        self.ending = Some(why);
    }

    fn set(&mut self, value: Bytes, number: Option<f64>) {
        if self.inner.as_mut().is_some_and(|inner| inner.set(value))
            && let Some(number) = number
        {
            self.numbers.push_back(number);
            if self.numbers.len() > KEPT_NUMBERS {
                self.numbers.pop_front();
            }
        }
    }

    /// Notes how much is done, for the measured rate.
    fn mark(&mut self, now: Timestamp) {
        if self.stage != Stage::Running {
            return;
        }
        if self.marks.back().is_none_or(|(at, _)| now.micros_since(*at) >= MARK_MICROS) {
            self.marks.push_back((now, self.counts.acknowledged));
        }
        while self.marks.front().is_some_and(|(at, _)| now.micros_since(*at) > MEASURED_MICROS) {
            self.marks.pop_front();
        }
    }

    /// Ends if it failed, or if it is to end and nothing is waited for.
    fn settle(&mut self, fx: &mut Effects) {
        let Some(inner) = &self.inner else { return };
        if let Some(failure) = inner.failure().cloned() {
            self.finish(End::Failed(failure), fx);
        } else if self.stage == Stage::Stopping && inner.is_idle() {
            let why = self.ending.take().unwrap_or(End::Stopped);
            self.finish(why, fx);
        }
    }

    /// Ends now, and tells the journal and the user.
    pub(super) fn finish(&mut self, why: End, fx: &mut Effects) {
        let set = self.counts.acknowledged;
        let failed = |error: &CallError| match set {
            0 => ChangeError::Call(error.clone()),
            set => ChangeError::Stream { set, error: error.clone() },
        };
        let result = match &why {
            End::Stopped | End::LinesOver | End::CounterOver => {
                Ok(ChangeOutcome::Streamed { set, skipped: self.counts.skipped, last: self.last.clone() })
            }
            End::Failed(Failure::Call(error) | Failure::RetriesSpent { last: error, .. }) => Err(failed(error)),
            End::SessionLost(cause) => Err(failed(&CallError::LinkLost(cause.clone()))),
        };
        let path = self.path().to_owned();
        if let Some(id) = self.entry.take() {
            if let (Err(failed), End::Failed(_)) = (&result, &why) {
                fx.notice(NewNotice {
                    failed: Some(failed.clone()),
                    act: Some(NoticeAct::Journal(id)),
                    ..NewNotice::new(Tone::Bad, format!("stream updates to “{}”", shown(&path)))
                });
            }
            if why == End::LinesOver {
                fx.notice(NewNotice::new(Tone::Good, format!("All lines are sent to “{}”", shown(&path))));
            }
            fx.journal(Step::Ended { id, result, micros: fx.now.micros_since(self.started) });
        }
        self.inner = None;
        self.schedule = None;
        self.ending = None;
        self.marks.clear();
        self.stage = Stage::Ended(why);
    }
}
