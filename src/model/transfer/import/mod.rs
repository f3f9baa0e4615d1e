//! Creating many topics at once: a list, or a branch that was exported, is read, compared with the server without
//! changing anything, then applied.

mod apply;
mod compare;

use crate::client::api::{CallError, CallId};
use crate::data::file_format::branch_file::{FileEvent, FileTopic, Verdict};
use crate::data::file_format::topic_list::{self, Row};
use crate::data::{Timestamp, TopicPath};
use crate::model::Connected;
use crate::model::change::ChangeError;
use crate::model::effects::Effects;
use crate::model::export;
use crate::model::features::Feature;
use crate::model::files::{FileChoice, Kind, OpenedFile};
use bytes::Bytes;
use hashbrown::HashMap;

/// More topics than this, and the number has to be typed.
pub const TYPED_ABOVE: usize = 100;
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

/// The import of one connection.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The form on screen.
    pub form: Option<Form>,
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

impl Feature for Import {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        if intent == Intent::Open {
            if at.import.form.is_none() {
                at.import.form = Some(Form::new(None, fx));
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
        let Some(form) = &mut at.import.form else { return };
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
                if at.import.form.as_ref().is_some_and(|form| form.hold(at, fx.now).is_none())
                    && let Some(form) = &mut at.import.form
                {
                    form.request = fx.next_id();
                    form.stage = Stage::Applying;
                    form.at = 0;
                    apply::next(at, fx);
                }
            }
            Intent::Cancel => at.import.form = None,
        }
    }
}

/// A file with a list was read.
fn file_opened(at: &mut Connected, fx: &mut Effects, file: &OpenedFile) {
    at.handle(Intent::Open, fx);
    let Some(form) = &mut at.import.form else { return };
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
    at.import.form = Some(form);
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
            compare::look_up(form, 0, fx);
        }
    }
}

/// The form, if the answer or result being handled is the one that it waits for.
fn awaited<'a>(at: &'a mut Connected, fx: &Effects) -> Option<&'a mut Form> {
    at.import.form.as_mut().filter(|form| fx.is_answer_to(Some(form.request)))
}
