//! Creating many topics at once: a list, or a branch that was exported, is read, compared with the server without
//! changing anything, then applied.

use crate::client::api::{CallError, CallId};
use crate::data::file_format::branch_file::{self, FileEvent, FileTopic, Verdict, missing_events, verdict};
use crate::data::file_format::topic_list::{self, Row};
use crate::data::{DataType, Timestamp, TopicPath, TopicSelector, TopicSpec};
use crate::model::Connected;
use crate::model::change::{
    Add, AddAndSet, Append, Change, ChangeError, ChangeOutcome, ChangeResult, Guard, Set, Snapshot, run,
};
use crate::model::effects::{Effects, Reply};
use crate::model::export;
use crate::model::files::{FileChoice, Kind, OpenedFile};
use crate::model::notices::{NewNotice, Tone};
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::{Fetch, fetch};
use bytes::Bytes;
use hashbrown::HashMap;
use std::ops::Range;

/// Topics looked up in one call.
const LOOK_UP: usize = 100;
/// More topics than this, and the number has to be typed.
pub const TYPED_ABOVE: usize = 100;
/// Events sent together.
const GROUP: usize = 64;
/// A longer list is read, but not edited here: its text would have to be laid out in each frame.
const MOST_EDITED: usize = 256 << 10;
/// A file with a list may be so large.
const MAX_BYTES: u64 = 16 << 20;

/// Where a row stands.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// What it says is wrong.
    Wrong(String),
    /// Not compared yet.
    Unchecked,
    /// Compared with the server.
    Checked(Verdict),
    /// An answer is waited for.
    Working,
    /// Events are appended: so many of so many are.
    Appending(usize, usize),
    /// The topic was created.
    Created,
    /// The value was set.
    Set,
    /// It was not done.
    Failed(ChangeError),
    /// Somebody else created it in between.
    Overtaken,
}

/// What the list is going through.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// It is typed or pasted.
    Editing,
    /// Its text is read.
    Reading,
    /// It is compared with the server; so many rows are.
    Checking(usize),
    /// It is compared.
    Checked,
    /// It is being applied.
    Applying,
    /// It is applied as far as it goes.
    Done,
}

/// A file that export wrote, and where its topics go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name of the file.
    pub file: String,
    /// The branch that all paths are put below, as typed; as they are if empty.
    pub prefix: String,
}

impl Source {
    /// Why the prefix cannot be used, as a sentence; none if it can.
    #[must_use]
    pub fn wrong(&self) -> Option<String> {
        let prefix = self.prefix.trim();
        let error = if prefix.is_empty() { None } else { TopicPath::parse(prefix).err() };
        error.map(|error| error.located(prefix))
    }
}

/// The open form.
#[derive(Clone, Debug)]
pub struct Form {
    /// The file that is imported; none for a list that can be edited.
    pub source: Option<Source>,
    /// The list as typed, pasted or read; empty for a file that is imported.
    pub text: String,
    /// What the imported file holds.
    content: Bytes,
    /// Why it is no list.
    pub error: Option<String>,
    /// Its rows and where each stands.
    pub rows: Vec<(Row, State)>,
    /// What it is going through.
    pub stage: Stage,
    /// Whether values of topics that are there are set.
    pub sets_values: bool,
    /// The number as typed.
    pub typed: String,
    /// Why the server could not be asked.
    pub failed: Option<CallError>,
    /// Names what the form is doing; results of anything earlier are ignored.
    request: CallId,
    /// For rows with events: those that are yet to be appended.
    events: HashMap<usize, Vec<FileEvent>>,
    /// Rows before this one are done with.
    at: usize,
    /// Events sent whose answers are waited for.
    in_flight: usize,
}

impl Form {
    /// Whether there is nothing to read yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.is_empty() && self.text.trim().is_empty()
    }

    /// Bytes of what is read.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.content.len().max(self.text.len())
    }

    /// Whether the text is short enough to be edited here.
    #[must_use]
    pub fn can_edit(&self) -> bool {
        self.text.len() <= MOST_EDITED
    }

    /// How many topics would be created, and how many set.
    #[must_use]
    pub fn planned(&self) -> (usize, usize) {
        let count = |wanted: &Verdict| {
            self.rows.iter().filter(|(_, state)| matches!(state, State::Checked(verdict) if verdict == wanted)).count()
        };
        (count(&Verdict::Create), if self.sets_values { count(&Verdict::OtherValue) } else { 0 })
    }

    /// Whether the number has to be typed.
    #[must_use]
    pub fn asks_number(&self) -> bool {
        let (created, set) = self.planned();
        created + set > TYPED_ABOVE
    }

    /// Why it cannot be applied now, as a sentence; none if it can.
    #[must_use]
    pub fn hold(&self, at: &Connected, now: Timestamp) -> Option<&'static str> {
        let (created, set) = self.planned();
        let digits: String = self.typed.chars().filter(char::is_ascii_digit).collect();
        if let Some(reason) = at.block_reason(now) {
            Some(reason.sentence())
        } else if self.stage != Stage::Checked {
            Some("The list is compared with the server first")
        } else if created + set == 0 {
            Some("There is nothing to do")
        } else if self.asks_number() && digits.parse() != Ok(created + set) {
            Some("Type the number of topics first")
        } else {
            None
        }
    }
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Begin with an empty list.
    Open,
    /// Choose a file that export wrote.
    ChooseBranch,
    /// Put its topics below this branch.
    SetPrefix(String),
    /// The list as typed or pasted.
    SetText(String),
    /// Choose a file with a list.
    ChooseFile,
    /// Compare with the server; nothing is changed.
    Check,
    /// Back to the text.
    Edit,
    /// Set values of topics that are there, or leave them.
    SetValues(bool),
    /// The number as typed.
    Type(String),
    /// Create and set what the comparison found.
    Apply,
    /// Close the form; what waits is not sent.
    Cancel,
}

/// Handles what the user did.
pub fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
    if intent == Intent::Open {
        if at.new_topic.many.is_none() {
            at.new_topic.many = Some(Form::new(None, fx));
        }
        return;
    }
    if intent == Intent::ChooseBranch {
        let choice = FileChoice {
            title: "Import a branch of topics".to_owned(),
            kinds: vec![Kind::new("Branches of topics", "json")],
            max_bytes: export::MAX_BYTES as u64,
        };
        return fx.open_file(choice, branch_opened);
    }
    let Some(form) = &mut at.new_topic.many else { return };
    match intent {
        Intent::Open | Intent::ChooseBranch => {}
        Intent::SetPrefix(prefix) => {
            if let Some(source) = &mut form.source {
                source.prefix = prefix;
                // What was compared stands elsewhere.
                form.request = fx.next_id();
                form.stage = Stage::Editing;
                form.typed.clear();
            }
        }
        Intent::SetText(text) => {
            form.text = text;
            form.error = None;
        }
        Intent::ChooseFile => {
            let kinds = vec![Kind {
                name: "Lists of topics".to_owned(),
                endings: ["csv", "tsv", "json", "txt"].map(str::to_owned).to_vec(),
            }];
            let choice = FileChoice { title: "Open a list of topics".to_owned(), kinds, max_bytes: MAX_BYTES };
            fx.open_file(choice, file_opened);
        }
        Intent::Check => check(form, fx),
        Intent::Edit => {
            form.request = fx.next_id();
            form.stage = Stage::Editing;
            form.typed.clear();
            form.failed = None;
        }
        Intent::SetValues(on) => {
            form.sets_values = on;
            form.typed.clear();
        }
        Intent::Type(text) => form.typed = text,
        Intent::Apply => {
            if at.new_topic.many.as_ref().is_some_and(|form| form.hold(at, fx.now).is_none())
                && let Some(form) = &mut at.new_topic.many
            {
                form.request = fx.next_id();
                form.stage = Stage::Applying;
                form.at = 0;
                next(at, fx);
            }
        }
        Intent::Cancel => at.new_topic.many = None,
    }
}

/// A file with a list was read.
fn file_opened(at: &mut Connected, fx: &mut Effects, file: &OpenedFile) {
    handle(at, Intent::Open, fx);
    let Some(form) = &mut at.new_topic.many else { return };
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => {
            text.clone_into(&mut form.text);
            check(form, fx);
        }
        Err(error) => {
            form.error = Some(format!("{} is not UTF-8 (at byte {})", file.name, error.valid_up_to()));
        }
    }
}

/// A file that export wrote was read.
fn branch_opened(at: &mut Connected, fx: &mut Effects, file: &OpenedFile) {
    let mut form = Form::new(Some(Source { file: file.name.clone(), prefix: String::new() }), fx);
    form.content = file.bytes.clone();
    // Values of topics that are there are what an import is for.
    form.sets_values = true;
    check(&mut form, fx);
    at.new_topic.many = Some(form);
}

impl Form {
    fn new(source: Option<Source>, fx: &mut Effects) -> Self {
        Self {
            source,
            text: String::new(),
            content: Bytes::new(),
            error: None,
            rows: Vec::new(),
            stage: Stage::Editing,
            sets_values: false,
            typed: String::new(),
            failed: None,
            request: fx.next_id(),
            events: HashMap::new(),
            at: 0,
            in_flight: 0,
        }
    }
}

/// The rows of a list, without events: these are appended, not created with their topic.
fn rows_of_list(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = topic_list::parse(text)?;
    for topic in rows.iter_mut().filter_map(|row| row.topic.as_mut().ok()) {
        topic.events.clear();
    }
    Ok(rows)
}

/// The rows of a file that export wrote, below the prefix.
fn rows_of_file(source: &Source, content: &[u8]) -> Result<Vec<Row>, String> {
    let file = &source.file;
    let text =
        std::str::from_utf8(content).map_err(|e| format!("{file} is not UTF-8 (at byte {})", e.valid_up_to()))?;
    let mut rows = topic_list::of_file(text)?;
    if rows.len() > export::MAX_TOPICS {
        return Err(format!("{file} has {} topics; {} can be read", rows.len(), export::MAX_TOPICS));
    }
    if rows.is_empty() {
        return Err(format!("{file} has no topics"));
    }
    let prefix = source.prefix.trim().trim_matches('/');
    for row in rows.iter_mut().filter(|_| !prefix.is_empty()) {
        row.path = format!("{prefix}/{}", row.path);
        let placed = std::mem::replace(&mut row.topic, Err(String::new()));
        row.topic = placed.and_then(|topic| match TopicPath::parse(&row.path) {
            Ok(path) => Ok(FileTopic { path, ..topic }),
            Err(error) => Err(error.located(&row.path)),
        });
    }
    Ok(rows)
}

fn check(form: &mut Form, fx: &mut Effects) {
    if form.source.as_ref().is_some_and(|source| source.wrong().is_some()) {
        return;
    }
    form.failed = None;
    form.typed.clear();
    form.events.clear();
    form.error = None;
    form.stage = Stage::Reading;
    // A long text takes longer to read than a frame may last.
    let (source, content, text) = (form.source.clone(), form.content.clone(), form.text.clone());
    let read = move || match source {
        Some(source) => rows_of_file(&source, &content),
        None => rows_of_list(&text),
    };
    form.request = fx.work(read, on_read);
}

fn on_read(at: &mut Connected, fx: &mut Effects, rows: Result<Vec<Row>, String>) {
    let Some(form) = awaited(at, fx) else { return };
    match rows {
        Err(why) => {
            form.error = Some(why);
            form.stage = Stage::Editing;
        }
        Ok(rows) => {
            let state =
                |row: &Row| row.topic.as_ref().map_or_else(|why| State::Wrong(why.clone()), |_| State::Unchecked);
            form.rows = rows.into_iter().map(|row| (state(&row), row)).map(|(state, row)| (row, state)).collect();
            look_up(form, 0, fx);
        }
    }
}

/// Asks which topics of the next rows are there.
fn look_up(form: &mut Form, from: usize, fx: &mut Effects) {
    let to = form.rows.len().min(from + LOOK_UP);
    let paths = form.rows[from..to].iter().filter_map(|(row, _)| row.topic.as_ref().ok());
    let members: Vec<TopicSelector> = paths.map(|topic| TopicSelector::of_path(topic.path.as_str())).collect();
    if from == to {
        form.stage = Stage::Checked;
        return;
    }
    form.stage = Stage::Checking(from);
    if members.is_empty() {
        return look_up(form, to, fx);
    }
    let selector = TopicSelector::of_set(&members);
    let pages = Pages::of(fetch::Request::whole(selector.expression()), Bounds::HANDED_ON);
    ask_page(form, LookUp { rows: from..to, pages, there: HashMap::new() }, fx);
}

/// Rows that are looked up together.
struct LookUp {
    rows: Range<usize>,
    /// Large values come in more than one page.
    pages: Pages,
    /// The topics that are there.
    there: HashMap<TopicPath, FileTopic>,
}

fn ask_page(form: &mut Form, look_up: LookUp, fx: &mut Effects) {
    let request = look_up.pages.request().clone();
    form.request = fx.call_for::<Fetch, _>(&request, look_up, on_page);
}

/// The form, if the answer or result being handled is the one that it waits for.
fn awaited<'a>(at: &'a mut Connected, fx: &Effects) -> Option<&'a mut Form> {
    at.new_topic.many.as_mut().filter(|form| fx.is_answer_to(Some(form.request)))
}

fn on_page(at: &mut Connected, fx: &mut Effects, mut look_up: LookUp, reply: Reply<Fetch>) {
    let Some(form) = awaited(at, fx) else { return };
    let next = reply.and_then(|page| {
        let next = look_up.pages.take(&page).map_err(CallError::Paging)?;
        look_up.there.extend(topics_of(&page));
        Ok(next)
    });
    match next {
        Ok(Next::Ask) => ask_page(form, look_up, fx),
        Ok(Next::Complete | Next::Bound) => compare(form, look_up, fx),
        Err(error) => {
            form.failed = Some(error);
            form.stage = Stage::Editing;
        }
    }
}

fn compare(form: &mut Form, LookUp { rows, there, .. }: LookUp, fx: &mut Effects) {
    let to = rows.end;
    for (place, (row, state)) in form.rows.iter_mut().enumerate().take(to).skip(rows.start) {
        let Ok(topic) = &row.topic else { continue };
        let there = there.get(&topic.path);
        *state = State::Checked(verdict(topic, there));
        let missing = missing_events(topic, there);
        if !missing.is_empty() && !matches!(state, State::Checked(Verdict::OtherSpec(_))) {
            form.events.insert(place, missing.iter().rev().cloned().collect());
        }
    }
    look_up(form, to, fx);
}

fn topics_of(response: &fetch::Response) -> HashMap<TopicPath, FileTopic> {
    let topic = |topic: &fetch::FetchedTopic| {
        let path = TopicPath::parse(&topic.path).ok()?;
        let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
        Some((path.clone(), branch_file::topic(path, &spec, topic.value.as_ref())))
    };
    response.results.iter().filter_map(topic).collect()
}

/// Does the next row that needs something; one at a time, so that Cancel stops soon.
fn next(at: &mut Connected, fx: &mut Effects) {
    let Some(form) = &mut at.new_topic.many else { return };
    let sets_values = form.sets_values;
    let due = |state: &State| match state {
        State::Checked(Verdict::Create) => true,
        State::Checked(Verdict::OtherValue) => sets_values,
        _ => false,
    };
    let found = form.rows.iter_mut().enumerate().skip(form.at).find(|(_, (_, state))| due(state));
    let Some((place, (row, state))) = found else { return done(at, fx) };
    form.at = place;
    let Ok(topic) = &row.topic else { return };
    let create = *state == State::Checked(Verdict::Create);
    if !create && topic.spec.event_type().is_some() {
        return append(at, place, State::Set, fx);
    }
    let change = change_of(topic, create);
    *state = State::Working;
    let request = form.request;
    run::run(at, change, Snapshot::default(), None, fx, move |at, fx, ended| {
        let Some(form) = at.new_topic.many.as_mut().filter(|form| form.request == request) else { return };
        let became = match ended.result {
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => return append(at, place, State::Created, fx),
            Ok(ChangeOutcome::Added(AddOutcome::Exists)) => State::Overtaken,
            Ok(_) => State::Set,
            Err(failed) => State::Failed(failed),
        };
        if let Some((_, state)) = form.rows.get_mut(place) {
            *state = became;
        }
        next(at, fx);
    });
}

/// Appends the events of a row in their order, each with its time; then the row has become what is given.
///
/// The first goes alone: what stands against it stands against all. The journal notes it only, as thousands of them
/// would push everything else out of it. The others go in small groups, so that a long way to the server does not count
/// for each and Cancel still stops soon.
fn append(at: &mut Connected, place: usize, became: State, fx: &mut Effects) {
    let Some(form) = &mut at.new_topic.many else { return };
    let Some((row, state)) = form.rows.get_mut(place) else { return };
    let appended = if let State::Appending(appended, _) = state { Some(*appended) } else { None };
    let series = row.topic.as_ref().ok().and_then(|topic| Some((topic.path.clone(), topic.spec.event_type()?)));
    let left = form.events.get_mut(&place).filter(|left| !left.is_empty());
    let (Some((path, event_type)), Some(left)) = (series, left) else {
        *state = became;
        form.events.remove(&place);
        return next(at, fx);
    };
    let all = appended.unwrap_or(0) + left.len();
    let group = left.split_off(left.len() - left.len().min(if appended.is_some() { GROUP } else { 1 }));
    *state = State::Appending(appended.unwrap_or(0), all);
    form.in_flight = group.len();
    let request = form.request;
    for event in group.into_iter().rev() {
        let (value, timestamp_millis) = (event.value, Some(event.at_millis));
        let change = Change::from(Append { path: path.clone(), event_type, value, timestamp_millis });
        let became = became.clone();
        if appended.is_none() {
            run::run(at, change, Snapshot::default(), None, fx, move |at, fx, ended| {
                appended_one(at, (request, place), became, ended.result, fx);
            });
        } else {
            run::run_unjournaled(&change, fx, move |at, fx, result| {
                appended_one(at, (request, place), became, result, fx);
            });
        }
    }
}

/// An event was appended or not; the last answer of a group leads on.
fn appended_one(
    at: &mut Connected,
    (request, place): (CallId, usize),
    became: State,
    result: ChangeResult,
    fx: &mut Effects,
) {
    let Some(form) = at.new_topic.many.as_mut().filter(|form| form.request == request) else { return };
    let Some((_, state)) = form.rows.get_mut(place) else { return };
    form.in_flight = form.in_flight.saturating_sub(1);
    match (&mut *state, result) {
        (State::Appending(appended, _), Ok(_)) => *appended += 1,
        (State::Appending(..), Err(failed)) => *state = State::Failed(failed),
        _ => {}
    }
    let goes_on = matches!(state, State::Appending(..));
    match (form.in_flight, goes_on) {
        (0, true) => append(at, place, became, fx),
        (0, false) => next(at, fx),
        _ => {}
    }
}

fn change_of(topic: &FileTopic, create: bool) -> Change {
    let (path, spec) = (topic.path.clone(), topic.spec.clone());
    match (&topic.value, DataType::of_topic_type(spec.topic_type)) {
        (Some(value), Some(_)) if create => {
            AddAndSet { path, spec, value: value.clone(), guard: Guard::NoTopic }.into()
        }
        (Some(value), Some(data_type)) => Set { path, data_type, value: value.clone(), guard: Guard::None }.into(),
        _ => Add { path, spec }.into(),
    }
}

fn done(at: &mut Connected, fx: &mut Effects) {
    let Some(form) = &mut at.new_topic.many else { return };
    form.stage = Stage::Done;
    let count = |wanted: fn(&State) -> bool| form.rows.iter().filter(|(_, state)| wanted(state)).count();
    let created = count(|state| *state == State::Created);
    let set = count(|state| *state == State::Set);
    let failed = count(|state| matches!(state, State::Failed(_) | State::Overtaken));
    let tone = if failed == 0 { Tone::Good } else { Tone::Warn };
    fx.notice(NewNotice::new(tone, format!("Topics created: {created}, values set: {set}, not done: {failed}")));
}
