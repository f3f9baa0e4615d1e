//! Files that the user chooses: what is asked for, and the window's own dialog where a path is typed.
//!
//! The desktop is asked for its dialog first. Where it has none, the own one stands in, one question at a time.

use crate::client::api::LinkId;
use crate::data::Timestamp;
use crate::model::effects::{Effect, Effects};
use crate::model::notices::Tone;
use crate::model::{Connected, Model};
use bytes::Bytes;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// A kind of files, as a dialog offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Endings without dots.
    pub endings: Vec<String>,
}

impl Kind {
    /// A kind with one ending.
    #[must_use]
    pub fn new(name: &str, ending: &str) -> Self {
        Self { name: name.to_owned(), endings: vec![ending.to_owned()] }
    }
}

/// Which file is to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChoice {
    /// Title of the dialog.
    pub title: String,
    /// What the dialog offers; all files if empty.
    pub kinds: Vec<Kind>,
    /// A larger file is refused.
    pub max_bytes: u64,
}

/// A file to be chosen and read, and who receives it. Made by [`Effects::open_file`] for a connection.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// Which file.
    pub choice: FileChoice,
    /// Who receives it.
    pub then: FileReceiver,
}

/// Receives a file that was chosen and read.
#[derive(Clone)]
pub struct FileReceiver(Receiver);

/// A function of a feature, with what it needs besides.
type OfConnection = Arc<dyn Fn(&mut Connected, &mut Effects, &OpenedFile) + Send + Sync>;

#[derive(Clone)]
enum Receiver {
    /// A connection, if it is still open.
    Connection(LinkId, OfConnection),
    /// The whole program.
    Program(fn(&mut Model, &mut Effects, &OpenedFile)),
}

impl fmt::Debug for FileReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Receiver::Connection(..) => "FileReceiver(connection)",
            Receiver::Program(_) => "FileReceiver(program)",
        })
    }
}

impl Effects {
    /// Has a file chosen and read; it goes to the function, unless the user chooses none or closes the connection.
    pub fn open_file(
        &mut self,
        choice: FileChoice,
        then: impl Fn(&mut Connected, &mut Self, &OpenedFile) + Send + Sync + 'static,
    ) {
        if let Some(link) = self.gate().link() {
            let then = FileReceiver(Receiver::Connection(link, Arc::new(then)));
            self.push(Effect::OpenFile(OpenFile { choice, then }));
        }
    }

    /// Has a file chosen and read that concerns no connection.
    pub fn open_file_for_program(&mut self, choice: FileChoice, then: fn(&mut Model, &mut Self, &OpenedFile)) {
        self.push(Effect::OpenFile(OpenFile { choice, then: FileReceiver(Receiver::Program(then)) }));
    }
}

impl Model {
    /// A file that was asked for is read, or could not be, in words.
    pub fn file_opened(&mut self, then: &FileReceiver, result: Result<OpenedFile, String>, now: Timestamp) {
        self.now = now;
        let file = match result {
            Ok(file) => file,
            Err(why) => return self.notices.notify(now, Tone::Bad, "The file could not be read", why),
        };
        match &then.0 {
            Receiver::Connection(link, then) => {
                if let Some(at) = self.position(*link) {
                    self.step(at, |connected, fx| then(connected, fx, &file));
                }
            }
            Receiver::Program(then) => {
                let mut fx = self.fx(None);
                then(self, &mut fx, &file);
                self.settle(fx, None);
            }
        }
    }
}

/// A file that was chosen and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedFile {
    /// Its name without the folder.
    pub name: String,
    /// All of it.
    pub bytes: Bytes,
}

/// The own dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathDialog {
    /// Names the question to the one who asked.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Whether a file is to be written, not read.
    pub saves: bool,
    /// The path as typed.
    pub path: String,
    /// What was wrong with the path.
    pub problem: Option<String>,
    /// Whether a file of that name is there and may be replaced if the user says so.
    pub exists: bool,
    /// Whether the path is being tried now.
    pub busy: bool,
}

/// Files being chosen.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The own dialog, if it is open.
    pub dialog: Option<PathDialog>,
    waiting: VecDeque<PathDialog>,
}

/// What the user can do in the own dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The path was edited.
    Change(String),
    /// Read or write that file; one that is there is not replaced.
    Choose,
    /// Write that file in the place of the one that is there.
    Replace,
    /// No file.
    Cancel,
}

impl Files {
    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, fx: &mut Effects) {
        let Some(dialog) = self.dialog.as_mut().filter(|d| !d.busy || intent == Intent::Cancel) else { return };
        match intent {
            Intent::Change(path) => {
                dialog.path = path;
                dialog.problem = None;
                dialog.exists = false;
            }
            Intent::Choose | Intent::Replace => {
                let replace = intent == Intent::Replace && dialog.exists;
                let path = dialog.path.trim();
                if path.is_empty() {
                    dialog.problem = Some("Type the path of a file".into());
                    return;
                }
                dialog.busy = true;
                dialog.problem = None;
                fx.push(Effect::PathTyped { id: dialog.id, path: Some(path.to_owned()), replace });
            }
            Intent::Cancel => {
                fx.push(Effect::PathTyped { id: dialog.id, path: None, replace: false });
                self.dialog = self.waiting.pop_front();
            }
        }
    }

    /// The desktop has no dialog: the own one is shown, after those already waiting.
    pub fn ask(&mut self, dialog: PathDialog) {
        if self.dialog.is_some() {
            self.waiting.push_back(dialog);
        } else {
            self.dialog = Some(dialog);
        }
    }

    /// The typed path could not be used; the user may correct it.
    pub fn refused(&mut self, id: u64, problem: String, exists: bool) {
        if let Some(dialog) = self.dialog.as_mut().filter(|d| d.id == id) {
            dialog.busy = false;
            dialog.problem = Some(problem);
            dialog.exists = exists;
        }
    }

    /// The file was read or written.
    pub fn done(&mut self, id: u64) {
        if self.dialog.as_ref().is_some_and(|d| d.id == id) {
            self.dialog = self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::LinkId;
    use crate::data::Timestamp;

    fn open(id: u64) -> PathDialog {
        PathDialog { id, path: "/tmp/a".into(), saves: true, ..PathDialog::default() }
    }

    fn typed(fx: &mut Effects) -> Vec<(u64, Option<String>, bool)> {
        let effects = fx.take().into_iter();
        effects
            .filter_map(|effect| match effect {
                Effect::PathTyped { id, path, replace } => Some((id, path, replace)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_file_is_replaced_only_after_its_user_was_told_that_it_is_there() {
        let mut files = Files::default();
        let mut fx = Effects::at(Timestamp(1), LinkId(1));
        files.ask(open(1));
        files.handle(Intent::Replace, &mut fx);
        assert_eq!(typed(&mut fx), [(1, Some("/tmp/a".into()), false)]);
        files.handle(Intent::Choose, &mut fx);
        assert_eq!(typed(&mut fx), [], "the first answer is waited for");
        files.refused(1, "It is there".into(), true);
        files.handle(Intent::Replace, &mut fx);
        assert_eq!(typed(&mut fx), [(1, Some("/tmp/a".into()), true)]);
        files.refused(1, "It is there".into(), true);
        files.handle(Intent::Change("/tmp/b".into()), &mut fx);
        files.handle(Intent::Replace, &mut fx);
        assert_eq!(typed(&mut fx), [(1, Some("/tmp/b".into()), false)], "another path is another file");
    }

    #[test]
    fn questions_wait_for_each_other() {
        let mut files = Files::default();
        let mut fx = Effects::at(Timestamp(1), LinkId(1));
        files.ask(open(1));
        files.ask(open(2));
        files.done(2);
        assert_eq!(files.dialog.as_ref().map(|d| d.id), Some(1));
        files.handle(Intent::Cancel, &mut fx);
        assert_eq!(typed(&mut fx), [(1, None, false)]);
        assert_eq!(files.dialog.as_ref().map(|d| d.id), Some(2));
        files.handle(Intent::Change("  ".into()), &mut fx);
        files.handle(Intent::Choose, &mut fx);
        assert!(files.dialog.as_ref().is_some_and(|d| d.problem.is_some() && !d.busy));
        files.handle(Intent::Change("/tmp/c".into()), &mut fx);
        files.handle(Intent::Choose, &mut fx);
        files.done(2);
        assert!(files.dialog.is_none());
    }
}
