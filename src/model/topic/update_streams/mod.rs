//! Update streams: values that are set again and again on one topic, by hand or at a rate.
//!
//! A stream lives longer than its session: what it sends and how far its generator has come stay when it ends, so that
//! it can be started again. Nothing here knows a clock; `driver::tick` is told the time.

pub mod config;
pub mod driver;
pub mod file_source;
pub mod generator;
pub mod schedule;

pub use crate::client::api::update_stream;
use crate::client::api::{CallError, LinkError};
use crate::data::value::parse_input::from_text;
use crate::data::value::{DataType, encode};
use crate::data::{Timestamp, TopicPath, TopicType};
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::Feature;
use crate::model::files::{FileChoice, Kind, OpenedFile};
use crate::model::journal::EntryId;
use crate::model::safety::Mode;
use bytes::Bytes;
use config::{Config, Field, GuardChoice, Plan, Source};
use file_source::FileSource;
use generator::Generator;
use schedule::Schedule;
use std::collections::VecDeque;

/// The protocol of one stream, whose requests are calls of the connection.
type UpdateStream = update_stream::UpdateStream<CallError>;
/// Why a stream is over.
pub type Failure = update_stream::Failure<CallError>;

/// Streams of one connection at most.
pub const MAX_STREAMS: usize = 50;
/// Numbers kept for the small chart.
pub const KEPT_NUMBERS: usize = 240;

/// Why a stream pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The user wanted it.
    User,
    /// The connection became read-only.
    ReadOnly,
}

/// Why a stream is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The user stopped it.
    Stopped,
    /// The last line of the file was sent.
    LinesOver,
    /// The counter came to the end of its type.
    CounterOver,
    /// A call failed; that is final for a stream.
    Failed(Failure),
    /// The session is gone, and the stream with it.
    SessionLost(Box<LinkError>),
}

/// Where a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not started.
    Ready,
    /// Values go out at a rate.
    Running,
    /// It keeps its place and sends nothing.
    Paused(Pause),
    /// Values go out when the user sends them.
    ByHand,
    /// No more values go out; answers are waited for.
    Stopping,
    /// Over.
    Ended(End),
}

/// What a stream has done since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Values sent.
    pub sent: u64,
    /// Values that the server has set, those merged into them included.
    pub acknowledged: u64,
    /// Values that were not sent because a later one took their place.
    pub merged: u64,
    /// Updates that were due but left out: no time, or too many without an answer.
    pub skipped: u64,
    /// Values that were not set, or of which nobody knows.
    pub failed: u64,
    /// Bytes of all values sent.
    pub value_bytes: u64,
    /// Bytes that carried them, deltas or values.
    pub carried_bytes: u64,
    /// Values that went as deltas.
    pub deltas: u64,
}

/// What is asked before a stream starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The guard chosen.
    pub guard: GuardChoice,
    /// The value that is there, if it is known.
    pub seen: Option<Bytes>,
}

/// One update stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Names it on this connection.
    pub id: u64,
    /// What the user wrote.
    pub config: Config,
    /// Where it stands.
    pub stage: Stage,
    /// Asked before it starts.
    pub question: Option<Question>,
    /// Since it was started.
    pub counts: Counts,
    /// The value sent last.
    pub last: Option<Bytes>,
    /// When it was sent.
    pub last_at: Timestamp,
    /// Microseconds of the last round trip.
    pub last_micros: Option<u64>,
    /// Numbers sent, oldest first.
    pub numbers: VecDeque<f64>,
    /// Text of the value to be sent by hand.
    pub hand: String,
    /// Lines of the chosen file.
    pub lines: Option<FileSource>,
    /// Why the chosen file has no lines, or a number became no value.
    pub problem: Option<String>,
    inner: Option<UpdateStream>,
    generator: Option<Generator>,
    schedule: Option<Schedule>,
    /// Counts the starts, so that answers to an earlier one are not taken for this one's.
    run: u64,
    entry: Option<EntryId>,
    started: Timestamp,
    /// What this run, or the last one, sends.
    plan: Option<Plan>,
    ending: Option<End>,
    /// Updates left out since the last value, for a generator that counts time.
    left_out: u64,
    marks: VecDeque<(Timestamp, u64)>,
}

impl Stream {
    fn new(id: u64) -> Self {
        Self {
            id,
            config: Config::default(),
            stage: Stage::Ready,
            question: None,
            counts: Counts::default(),
            last: None,
            last_at: Timestamp::default(),
            last_micros: None,
            numbers: VecDeque::new(),
            hand: String::new(),
            lines: None,
            problem: None,
            inner: None,
            generator: None,
            schedule: None,
            run: 0,
            entry: None,
            started: Timestamp::default(),
            plan: None,
            ending: None,
            left_out: 0,
            marks: VecDeque::new(),
        }
    }

    /// Whether it has started and not ended.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Paused(_) | Stage::ByHand | Stage::Stopping)
    }

    /// Whether path, type and recovery can be changed.
    #[must_use]
    pub const fn can_move(&self) -> bool {
        !self.is_active() && self.question.is_none()
    }

    /// Whether generator and rate can be changed.
    #[must_use]
    pub const fn can_tune(&self) -> bool {
        self.question.is_none() && matches!(self.stage, Stage::Ready | Stage::Paused(_) | Stage::Ended(_))
    }

    /// Whether the server has made the stream, and when not: when the next attempt is due and which it is.
    #[must_use]
    pub fn recovering(&self) -> Option<(Timestamp, u32)> {
        self.inner.as_ref().and_then(UpdateStream::recovering)
    }

    /// Whether the answer that makes the stream is waited for.
    #[must_use]
    pub fn is_making(&self) -> bool {
        self.is_active() && self.inner.as_ref().is_some_and(|inner| !inner.is_open() && inner.recovering().is_none())
    }

    /// Values sent or waiting that have no answer.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.inner.as_ref().map_or(0, UpdateStream::unanswered)
    }

    /// Values a second that the server has set, over the last few seconds; none before anything can be said.
    #[must_use]
    pub fn measured_per_sec(&self) -> Option<f64> {
        let ((t0, a), (t1, b)) = (self.marks.front()?, self.marks.back()?);
        (t1 > t0).then(|| b.saturating_sub(*a) as f64 / t1.secs_since(*t0))
    }

    /// The value to be sent by hand.
    ///
    /// # Errors
    /// The text is no value of the type, in words.
    pub fn hand_value(&self) -> Result<Bytes, String> {
        from_text(self.config.data_type(), &self.hand).map(|value| encode(&value))
    }

    /// Why it cannot start as it is written, as a sentence; none if it can.
    #[must_use]
    pub fn incomplete(&self) -> Option<&'static str> {
        if self.config.text(Field::Path).trim().is_empty() {
            Some("Write the path of a topic first")
        } else if self.config.plan().is_none() {
            Some("Correct what is marked first")
        } else if self.config.source == Source::Lines && self.lines.is_none() {
            Some("Choose a file first")
        } else if self.config.source == Source::Lines && self.lines.as_ref().is_some_and(FileSource::is_empty) {
            Some("No line of the file is a value of this type")
        } else {
            None
        }
    }
}

/// The update streams of one connection.
#[derive(Clone, Debug, Default)]
pub struct UpdateStreams {
    /// In the order they were made.
    pub list: Vec<Stream>,
    /// The one shown.
    pub selected: Option<u64>,
    next: u64,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// A new stream, for a topic if there is one.
    Add(Option<TopicPath>),
    /// Show a stream.
    Select(u64),
    /// Do something with a stream.
    Act(u64, Act),
}

/// What can be done with one stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Another text of a field.
    Type(Field, String),
    /// Another type of topic.
    SetType(TopicType),
    /// Another type of events.
    SetEventType(DataType),
    /// Another source of values.
    SetSource(Source),
    /// Create the topic if it is absent, or not.
    SetCreates(bool),
    /// Begin again after the last line, or not.
    SetRepeats(bool),
    /// Make the stream anew if the cluster cannot route it, or not.
    SetRecovers(bool),
    /// Choose a file with lines.
    ChooseFile,
    /// Begin the generator or the lines anew.
    Rewind,
    /// Start, after a question where the mode wants one.
    Start,
    /// Another guard in the question.
    SetGuard(GuardChoice),
    /// Start as the question says.
    Confirm,
    /// Take the question back.
    Cancel,
    /// Send nothing for a while.
    Pause,
    /// Go on.
    Resume,
    /// End it.
    Stop,
    /// Send the next value of the generator now.
    Next,
    /// Text of the value to be sent by hand.
    SetHand(String),
    /// Send that value.
    Send,
    /// Ask whether the stream is still valid.
    Validate,
    /// End it and forget it.
    Remove,
}

impl Feature for UpdateStreams {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Add(path) => add(at, path.as_ref()),
            Intent::Select(id) => at.update_streams.selected = Some(id),
            Intent::Act(id, act) => act_on(at, id, act, fx),
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            at.update_streams.session_lost(&LinkError::ClosedByServer, fx);
        }
    }

    fn ended(at: &mut Connected, cause: &LinkError, fx: &mut Effects) {
        at.update_streams.session_lost(cause, fx);
    }

    fn closing(at: &mut Connected, fx: &mut Effects) {
        at.update_streams.close(fx);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        driver::tick(at, fx);
    }

    fn next_due(at: &Connected, now: Timestamp) -> Option<Timestamp> {
        if at.safety.mode(now) == Mode::ReadOnly { None } else { at.update_streams.next_due() }
    }
}

fn add(at: &mut Connected, path: Option<&TopicPath>) {
    if at.update_streams.list.len() >= MAX_STREAMS {
        return;
    }
    at.update_streams.next += 1;
    at.update_streams.selected = Some(at.update_streams.next);
    at.update_streams.list.push(Stream::new(at.update_streams.next));
    if let Some(path) = path {
        let place = at.update_streams.list.len() - 1;
        at.update_streams.list[place].config.set_text(Field::Path, path.as_str().to_owned());
        learn(at, place);
    }
}

/// Takes up what this connection knows of the topic at the path.
fn learn(at: &mut Connected, place: usize) {
    let path = TopicPath::parse(at.update_streams.list[place].config.text(Field::Path).trim()).ok();
    let known = path.as_ref().and_then(|path| at.live.topic(path)).map(|topic| topic.spec.clone());
    let tree = &at.topics.tree;
    let topic_type = path.and_then(|path| tree.find(path.as_str())).and_then(|node| tree.topic_type(node));
    let stream = &mut at.update_streams.list[place];
    let before = stream.config.data_type();
    stream.config.learn(known, topic_type);
    recheck(stream, before);
}

/// Looks again at the lines if the type of the values is another one.
fn recheck(stream: &mut Stream, before: DataType) {
    let data_type = stream.config.data_type();
    if let Some(lines) = stream.lines.as_mut().filter(|_| data_type != before) {
        lines.check(data_type);
    }
}

fn act_on(at: &mut Connected, id: u64, act: Act, fx: &mut Effects) {
    let Some(place) = at.update_streams.list.iter().position(|stream| stream.id == id) else { return };
    let stream = &mut at.update_streams.list[place];
    let before = stream.config.data_type();
    match act {
        Act::Type(Field::Path, text) if stream.can_move() => {
            stream.config.set_text(Field::Path, text);
            learn(at, place);
        }
        Act::Type(Field::Interval | Field::Attempts, _) | Act::SetRecovers(_) | Act::SetCreates(_)
            if !stream.can_move() => {}
        Act::Type(Field::Path, _) => {}
        Act::Type(field, text) if stream.can_tune() => stream.config.set_text(field, text),
        Act::SetType(topic_type) if stream.can_move() => {
            stream.config.set_type(topic_type);
            recheck(stream, before);
        }
        Act::SetEventType(data_type) if stream.can_move() => {
            stream.config.event_type = data_type;
            stream.config.set_type(stream.config.topic_type);
            recheck(stream, before);
        }
        Act::SetSource(source) if stream.can_tune() => stream.config.source = source,
        Act::SetRepeats(repeats) if stream.can_tune() => stream.config.repeats = repeats,
        Act::SetCreates(creates) => stream.config.creates = creates,
        Act::SetRecovers(recovers) => stream.config.recovers = recovers,
        Act::ChooseFile if stream.can_tune() => {
            let kinds = vec![Kind {
                name: "Lines of text".to_owned(),
                endings: ["txt", "csv", "jsonl", "ndjson", "log"].map(str::to_owned).to_vec(),
            }];
            let title = "Open a file with one value a line".to_owned();
            let choice = FileChoice { title, kinds, max_bytes: file_source::MAX_BYTES };
            fx.open_file(choice, move |at, _, file| file_opened(at, id, file));
        }
        Act::Rewind if stream.can_tune() => {
            stream.generator = None;
            if let Some(lines) = &mut stream.lines {
                lines.rewind();
            }
        }
        Act::SetHand(text) => stream.hand = text,
        Act::Cancel => stream.question = None,
        Act::SetGuard(guard) => {
            if let Some(question) = &mut stream.question {
                question.guard = guard;
            }
        }
        Act::Remove => {
            // Answers that are still to come find nobody.
            if stream.is_active() {
                stream.finish(End::Stopped, fx);
            }
            at.update_streams.list.retain(|stream| stream.id != id);
            if at.update_streams.selected == Some(id) {
                let next = at.update_streams.list.get(place).or(at.update_streams.list.last());
                at.update_streams.selected = next.map(|stream| stream.id);
            }
        }
        Act::Start | Act::Confirm | Act::Pause | Act::Resume | Act::Stop | Act::Next | Act::Send | Act::Validate => {
            driver::act(at, id, &act, fx);
        }
        _ => {}
    }
}

/// A file with lines was read.
fn file_opened(at: &mut Connected, id: u64, file: &OpenedFile) {
    let Some(stream) = at.update_streams.list.iter_mut().find(|stream| stream.id == id) else { return };
    match FileSource::read(&file.name, &file.bytes, stream.config.data_type()) {
        Ok(lines) => {
            stream.lines = Some(lines);
            stream.problem = None;
        }
        Err(why) => {
            stream.lines = None;
            stream.problem = Some(why);
        }
    }
}
