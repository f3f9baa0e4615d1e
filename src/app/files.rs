//! Reads and writes files that the user chooses, each on a thread of its own that may wait for the desktop's dialog.

use super::file_dialogs::{self, Answer, Choice, FileDialogs, Question};
use super::job::{Job, Progress, block_on};
use super::new_file::NewFile;
use crate::client::api::Waker;
use crate::data::Timestamp;
use crate::model::Model;
use crate::model::file_name;
use crate::model::files::{OpenFile, OpenedFile, PathDialog};
use crate::model::notices::Tone;
use bytes::Bytes;
use hashbrown::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// What is to be done with the file.
#[derive(Clone)]
enum FileTask {
    Save { name: String, bytes: Bytes },
    Open(OpenFile),
}

/// How a thread ended.
#[derive(Debug)]
enum Done {
    Cancelled,
    /// There is no dialog; the own one begins with this path.
    TypePath(String),
    Saved(PathBuf),
    Exists(PathBuf),
    NotSaved(String),
    Opened(OpenedFile),
    NotOpened(String),
}

struct UnderWay {
    id: u64,
    job: FileTask,
    typed: bool,
    done: Job<Done>,
}

/// Files being chosen, read and written.
pub(super) struct Files {
    wake: Waker,
    last: u64,
    under_way: Vec<UnderWay>,
    /// Jobs whose path is being typed.
    typing: HashMap<u64, FileTask>,
}

impl Files {
    /// `wake` is called when there is something for [`Files::poll`].
    #[must_use]
    pub(super) fn new(wake: Waker) -> Self {
        Self { wake, last: 0, under_way: Vec::new(), typing: HashMap::new() }
    }

    /// Asks where, then writes; the own dialog begins in the folder if the system names none.
    pub(super) fn save(&mut self, name: &str, bytes: Bytes, folder: Option<PathBuf>, model: &mut Model) {
        let name = file_name::safe(name, 120);
        let question =
            Question { title: "Save".to_owned(), kinds: Vec::new(), choice: Choice::Save { name: name.clone() } };
        self.ask(question, FileTask::Save { name, bytes }, folder, model);
    }

    /// Asks which, then reads.
    pub(super) fn open(&mut self, file: OpenFile, folder: Option<PathBuf>, model: &mut Model) {
        let kinds = file.choice.kinds.iter().map(|kind| (kind.name.clone(), kind.endings.clone())).collect();
        let question = Question { title: file.choice.title.clone(), kinds, choice: Choice::Open };
        self.ask(question, FileTask::Open(file), folder, model);
    }

    /// What was typed in the own dialog.
    pub(super) fn typed(&mut self, id: u64, path: Option<&str>, replace: bool, model: &mut Model) {
        let Some(job) = self.typing.remove(&id) else { return };
        let Some(path) = path else { return };
        let path = match whole_path(path) {
            Ok(path) => path,
            Err(why) => {
                self.typing.insert(id, job);
                return model.files.refused(id, why, false);
            }
        };
        let work = job.clone();
        self.start(id, job, true, model, move || carry_out(&work, &path, replace));
    }

    /// Looks whether a thread has come to an end.
    pub(super) fn poll(&mut self, model: &mut Model, time: Timestamp) {
        let mut at = 0;
        while at < self.under_way.len() {
            let done = match self.under_way[at].done.poll() {
                Progress::Done(done) => done,
                Progress::Running => {
                    at += 1;
                    continue;
                }
                Progress::Lost => Done::Cancelled,
            };
            let UnderWay { id, job, typed, .. } = self.under_way.swap_remove(at);
            self.finish(id, job, typed, done, model, time);
        }
    }

    fn finish(&mut self, id: u64, job: FileTask, typed: bool, done: Done, model: &mut Model, time: Timestamp) {
        match done {
            Done::Cancelled => model.files.done(id),
            Done::TypePath(path) => {
                let (title, saves) = match &job {
                    FileTask::Save { .. } => ("Save".to_owned(), true),
                    FileTask::Open(file) => (file.choice.title.clone(), false),
                };
                self.typing.insert(id, job);
                model.files.ask(PathDialog { id, title, saves, path, ..PathDialog::default() });
            }
            Done::Saved(path) => {
                model.files.done(id);
                model.notices.notify(time, Tone::Good, format!("Saved {}", path.display()), "");
            }
            Done::Opened(file) => {
                model.files.done(id);
                if let FileTask::Open(asked) = job {
                    model.file_opened(&asked.then, Ok(file), time);
                }
            }
            Done::Exists(path) => {
                self.typing.insert(id, job);
                model.files.refused(id, format!("{} is there already", path.display()), true);
            }
            Done::NotSaved(why) | Done::NotOpened(why) if typed => {
                self.typing.insert(id, job);
                model.files.refused(id, why, false);
            }
            Done::NotSaved(why) => model.notices.notify(time, Tone::Bad, "The file could not be written", why),
            Done::NotOpened(why) => {
                if let FileTask::Open(asked) = job {
                    model.file_opened(&asked.then, Err(why), time);
                }
            }
        }
    }

    fn ask(&mut self, question: Question, job: FileTask, folder: Option<PathBuf>, model: &mut Model) {
        self.last += 1;
        // macOS wants its dialog made on the window's thread; on Linux it is first looked whether there is one.
        let made = (!cfg!(target_os = "linux")).then(|| file_dialogs::ask(question.clone()));
        let work = job.clone();
        self.start(self.last, job, false, model, move || {
            let answer = match made {
                Some(dialog) => wait_for(dialog),
                None if file_dialogs::available() == FileDialogs::System => wait_for(file_dialogs::ask(question)),
                None => Answer::Unavailable,
            };
            match answer {
                Answer::Cancelled => Done::Cancelled,
                Answer::Unavailable => Done::TypePath(proposal(&work, folder)),
                // The desktop's dialog has asked whether a file may be replaced.
                Answer::Path(path) => carry_out(&work, &path, true),
            }
        });
    }

    fn start(
        &mut self,
        id: u64,
        job: FileTask,
        typed: bool,
        model: &mut Model,
        work: impl FnOnce() -> Done + Send + 'static,
    ) {
        match Job::start("brownian-files", &self.wake, work) {
            Ok(done) => self.under_way.push(UnderWay { id, job, typed, done }),
            Err(error) => {
                model.files.done(id);
                model.notices.notify(model.now, Tone::Bad, "The file could not be reached", error.to_string());
            }
        }
    }
}

/// Waits for the desktop's dialog; without a runtime there is none.
fn wait_for(dialog: impl Future<Output = Answer>) -> Answer {
    block_on(dialog).unwrap_or(Answer::Unavailable)
}

fn carry_out(job: &FileTask, path: &Path, replace: bool) -> Done {
    match job {
        FileTask::Open(file) => match read(path, file.choice.max_bytes) {
            Ok(bytes) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Done::Opened(OpenedFile { name, bytes })
            }
            Err(why) => Done::NotOpened(why),
        },
        FileTask::Save { bytes, .. } => match write(path, bytes, replace) {
            Ok(()) => Done::Saved(path.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !replace => Done::Exists(path.to_owned()),
            Err(error) => Done::NotSaved(format!("{}: {error}", path.display())),
        },
    }
}

/// All of a file that is not larger than allowed.
fn read(path: &Path, max_bytes: u64) -> Result<Bytes, String> {
    let words = |error: io::Error| format!("{}: {error}", path.display());
    // Opening a pipe would wait for whoever writes to it.
    let facts = std::fs::metadata(path).map_err(words)?;
    if !facts.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let size = crate::model::number::size;
    if facts.len() > max_bytes {
        let (found, most) = (size(facts.len()), size(max_bytes));
        return Err(format!("{} is too large: it has {found}, and at most {most} are read", path.display()));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)).map_err(words)?;
    // It may have grown since.
    if bytes.len() as u64 > max_bytes {
        return Err(format!("{} is too large: at most {} are read", path.display(), size(max_bytes)));
    }
    Ok(bytes.into())
}

fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(bytes)?;
    if replace { file.replace() } else { file.add() }
}

/// Where the own dialog begins: a free name for a file to be written, else the folder.
fn proposal(job: &FileTask, folder: Option<PathBuf>) -> String {
    let dirs = directories::UserDirs::new();
    let usual = dirs.as_ref().map(|dirs| dirs.download_dir().unwrap_or(dirs.home_dir()).to_owned());
    let folder = usual.filter(|folder| folder.is_dir()).or(folder).unwrap_or_else(std::env::temp_dir);
    let path = match job {
        FileTask::Save { name, .. } => free_path(&folder, name),
        FileTask::Open(_) => folder.join(""),
    };
    path.display().to_string()
}

/// The name in the folder, or with a number if a file of that name is there. Only a proposal: writing never replaces
/// a file unless the user says so.
fn free_path(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    if !path.exists() {
        return path;
    }
    let (stem, ending) = name.rsplit_once('.').map_or((name, String::new()), |(stem, end)| (stem, format!(".{end}")));
    (2..1_000).map(|n| folder.join(format!("{stem}-{n}{ending}"))).find(|p| !p.exists()).unwrap_or(path)
}

/// The path that was typed; `~` stands for the home folder.
fn whole_path(text: &str) -> Result<PathBuf, String> {
    let text = text.trim();
    let home = || directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let path = match text.strip_prefix('~').map(|rest| (rest, rest.trim_start_matches(['/', '\\']))) {
        Some((rest, below)) if rest.is_empty() || below.len() < rest.len() => {
            home().ok_or("No home folder is known for “~”")?.join(below)
        }
        _ => PathBuf::from(text),
    };
    if path.is_absolute() {
        return Ok(path);
    }
    Err("Type the whole path, from the root or from “~”".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::LinkId;
    use crate::model::effects::{Effect, Effects};
    use crate::model::files::{FileChoice, Intent};
    use crate::model::notices::{NewNotice, Notice};
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, channel};

    /// Files whose threads can be waited for, and a model with a question for a path.
    fn asked(job: FileTask, path: &Path) -> (Files, Model, Receiver<()>) {
        let (woken, wakes) = channel();
        let woken = std::sync::Mutex::new(woken);
        let mut files = Files::new(Arc::new(move || {
            let _ = woken.lock().map(|woken| woken.send(()));
        }));
        let mut model = Model::default();
        files.finish(1, job, false, Done::TypePath(path.display().to_string()), &mut model, Timestamp(1));
        (files, model, wakes)
    }

    /// The user does something in the dialog, and what follows is waited for.
    fn act(files: &mut Files, model: &mut Model, wakes: &Receiver<()>, intent: Intent) {
        model.handle(intent.into(), Timestamp(2));
        for effect in model.take_effects() {
            if let Effect::PathTyped { id, path, replace } = effect {
                files.typed(id, path.as_deref(), replace, model);
            }
        }
        if !files.under_way.is_empty() {
            wakes.recv().expect("the thread ends");
            files.poll(model, Timestamp(3));
        }
    }

    fn said(model: &Model) -> Vec<&str> {
        model.notices.list.iter().map(|Notice { text, .. }| text.as_str()).collect()
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_on_request() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let path = dir.path().join("value.bin");
        std::fs::write(&path, b"old").expect("the folder can be written");
        let job = FileTask::Save { name: "value.bin".into(), bytes: Bytes::from_static(b"new") };
        let (mut files, mut model, wakes) = asked(job, &path);
        act(&mut files, &mut model, &wakes, Intent::Choose);
        assert!(model.files.dialog.as_ref().is_some_and(|d| d.exists && !d.busy));
        assert_eq!(std::fs::read(&path).expect("there"), b"old");
        act(&mut files, &mut model, &wakes, Intent::Replace);
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
        assert!(model.files.dialog.is_none());
        assert_eq!(said(&model), [format!("Saved {}", path.display())]);
    }

    #[test]
    fn a_typed_path_can_be_corrected_and_the_file_is_read() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let path = dir.path().join("profiles.json");
        std::fs::write(&path, br#"[{"url":"ws://localhost"}]"#).expect("the folder can be written");
        let mut fx = Effects::at(Timestamp(1), LinkId(1));
        let choice = FileChoice { title: "Import profiles".into(), kinds: vec![], max_bytes: 100 };
        fx.open_file_for_program(choice, |_, fx, file| {
            fx.notice(NewNotice::new(Tone::Good, format!("{} bytes of {}", file.bytes.len(), file.name)));
        });
        let Some(Effect::OpenFile(asked_for)) = fx.take().pop() else { panic!("a file is asked for") };
        let (mut files, mut model, wakes) = asked(FileTask::Open(asked_for), &dir.path().join("missing"));
        act(&mut files, &mut model, &wakes, Intent::Choose);
        assert!(model.files.dialog.as_ref().is_some_and(|d| d.problem.is_some() && !d.exists));
        act(&mut files, &mut model, &wakes, Intent::Change("profiles.json".into()));
        act(&mut files, &mut model, &wakes, Intent::Choose);
        let problem = model.files.dialog.as_ref().and_then(|d| d.problem.clone());
        assert!(problem.is_some_and(|p| p.contains("whole path")));
        act(&mut files, &mut model, &wakes, Intent::Change(path.display().to_string()));
        act(&mut files, &mut model, &wakes, Intent::Choose);
        assert_eq!(said(&model), ["26 bytes of profiles.json"]);
        assert!(model.files.dialog.is_none());
    }

    #[test]
    fn without_a_file_nothing_is_left_behind() {
        let job = FileTask::Save { name: "a".into(), bytes: Bytes::new() };
        let (mut files, mut model, wakes) = asked(job, Path::new("/nowhere/a"));
        act(&mut files, &mut model, &wakes, Intent::Cancel);
        assert!(files.typing.is_empty() && model.files.dialog.is_none());
        assert!(said(&model).is_empty());
    }

    #[test]
    fn only_whole_files_within_the_limit_are_read() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let path = dir.path().join("a");
        std::fs::write(&path, [7; 100]).expect("the folder can be written");
        assert_eq!(read(&path, 100).map(|bytes| bytes.len()), Ok(100));
        assert!(read(&path, 99).is_err_and(|why| why.contains("too large")));
        assert!(read(dir.path(), 99).is_err_and(|why| why.contains("is not a file")));
    }

    #[test]
    fn a_free_name_is_proposed() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let first = free_path(dir.path(), "a-b.bin");
        assert_eq!(first.file_name().and_then(|n| n.to_str()), Some("a-b.bin"));
        std::fs::write(&first, b"x").expect("the folder can be written");
        let second = free_path(dir.path(), "a-b.bin");
        assert_eq!(second.file_name().and_then(|n| n.to_str()), Some("a-b-2.bin"));
    }

    #[test]
    fn typed_paths_begin_at_the_root_or_at_home() {
        assert!(whole_path("a/b").is_err() && whole_path("~a/b").is_err());
        if let (Some(dirs), Ok(path)) = (directories::UserDirs::new(), whole_path(" ~/a ")) {
            assert_eq!(path, dirs.home_dir().join("a"));
        }
    }
}
