//! Settings, profiles and layouts on disk: small JSON files that are read whatever is in them and written whole.
//!
//! Reading never fails: it gives a valid value and says what it had to leave out. Writing goes to a new file that is
//! then renamed, on a thread of its own, so neither a crash nor a slow disk can cost the last good file or a frame.
//! Secrets never come here.

mod atomic_file;
mod folder_lock;
mod lenient;
mod log_file;
mod writer;

use crate::model::Model;
use crate::model::journal;
use crate::model::journal::stored::StoredJournal;
use crate::model::stored::{Stored, StoredId, Visitor};
use folder_lock::FolderLock;
use log_file::LogFile;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::{Path, PathBuf};
use writer::Writer;

/// Something the user should know about a stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The file could not be understood and was put aside.
    Damaged {
        /// Where it lies now, if it could be moved.
        kept_as: Option<PathBuf>,
        /// What is used in its place.
        used: Replacement,
        /// Why it could not be understood.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// One part could not be understood; its default is used.
    Part {
        /// The key of the part.
        key: String,
        /// Why.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A newer version of the program wrote the file; what this one does not know is kept.
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The file exists but cannot be read; defaults are used.
    Unreadable {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Writing failed; the former file is still there.
    NotWritten {
        /// What the system said.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Changes are missing in the stored journal, because the disk was too slow.
    EventsLost {
        /// How many events: a change has two.
        count: u64,
    },
    /// Writing to the journal failed.
    JournalNotWritten {
        /// What the system said.
        reason: String,
        /// Events that are missing in it: a change has two.
        count: u64,
    },
    /// Lines of the journal cannot be understood; they stay in its files.
    JournalLines {
        /// How many.
        count: u64,
    },
    /// The folder cannot be locked, so another program may write over what this one writes.
    NotLocked {
        /// What the system said.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
    /// Another running program uses the folder, so this one only reads it.
    InUse {
        /// Its process number, where the system lets it be read.
        process: Option<u32>,
        /// The folder.
        path: PathBuf,
    },
    /// There is no folder to keep anything in.
    NoFolder,
}

/// What stands in for a damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// The last good copy.
    LastGood,
    /// Defaults; there was no good copy.
    Defaults,
}

impl Warning {
    /// Whether it says that nothing is kept while the program runs.
    #[must_use]
    pub const fn means_nothing_is_kept(&self) -> bool {
        matches!(self, Self::NoFolder | Self::InUse { .. })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { kept_as, used, reason, path } => {
                let used = match used {
                    Replacement::LastGood => "The last good copy is used",
                    Replacement::Defaults => "Defaults are used",
                };
                write!(f, "A stored file is damaged ({reason}). {used}")?;
                if let Some(kept_as) = kept_as {
                    write!(f, "; the damaged file is kept as {}", kept_as.display())?;
                }
                write!(f, ": {}", path.display())
            }
            Self::Part { key, reason, path } => {
                write!(f, "Cannot use \"{key}\" ({reason}). Its default is used: {}", path.display())
            }
            Self::Newer { path } => {
                write!(f, "Written by a newer version; what this one does not know is kept: {}", path.display())
            }
            Self::Unreadable { reason, path } => {
                write!(f, "Cannot read a stored file ({reason}). Defaults are used: {}", path.display())
            }
            Self::NotWritten { reason, path } => {
                write!(f, "Cannot save ({reason}). The former file is still there: {}", path.display())
            }
            Self::EventsLost { count } => {
                write!(f, "The disk is too slow: {count} events are missing in the stored journal")
            }
            Self::JournalNotWritten { reason, count } => {
                write!(f, "Cannot write to the journal ({reason}): {count} events are missing in it")
            }
            Self::JournalLines { count } => {
                write!(f, "{count} lines of the journal cannot be understood. They stay in its files")
            }
            Self::NotLocked { reason, path } => {
                write!(
                    f,
                    "Cannot lock the folder of settings ({reason}): another running Brownian may write over what this \
                     one keeps: {}",
                    path.display()
                )
            }
            Self::InUse { process, path } => {
                let process = process.map(|id| format!(" (process {id})")).unwrap_or_default();
                write!(
                    f,
                    "Another running Brownian{process} uses this folder. Settings, profiles, drafts and the journal are \
                     read and not written: {}",
                    path.display()
                )
            }
            Self::NoFolder => {
                f.write_str("No folder for settings was found, so nothing is kept. Name one with --data-dir")
            }
        }
    }
}

/// The folder of stored files, with the thread that writes them.
pub struct Store {
    folder: Option<PathBuf>,
    lock: Option<FolderLock>,
    writer: Writer,
}

impl Store {
    /// Uses `data_dir` if given, else the system's folder for the data of programs. The folder is this program's while
    /// this lives; if another program has it, nothing is written.
    #[must_use]
    pub fn open(data_dir: Option<PathBuf>) -> Self {
        let folder = data_dir.or_else(|| {
            directories::ProjectDirs::from("", "", "brownian").map(|folders| folders.data_dir().to_owned())
        });
        let lock = folder.as_deref().map(FolderLock::take);
        if let (Some(folder), Some(FolderLock::Own(_))) = (&folder, &lock) {
            atomic_file::remove_unfinished(folder);
        }
        let writer = Writer::start(folder.as_deref().map(journal_files));
        Self { folder, lock, writer }
    }

    /// Whether what is saved is kept: there is a folder, and no other running program has it.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| !lock.is_other())
    }

    /// The folder, if there is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Reads everything that is stored into a model that has just started.
    #[must_use]
    pub fn load_into(&self, model: &mut Model) -> Vec<Warning> {
        let path = self.folder.clone().unwrap_or_default();
        let warnings = match &self.lock {
            Some(FolderLock::Other(process)) => vec![Warning::InUse { process: *process, path }],
            Some(FolderLock::Unknown(reason)) => vec![Warning::NotLocked { reason: reason.clone(), path }],
            Some(FolderLock::Own(_)) | None => Vec::new(),
        };
        let mut loading = Loading { store: self, model, warnings };
        for id in StoredId::ALL {
            id.visit(&mut loading);
        }
        let Loading { mut warnings, .. } = loading;
        self.load_journal(model, &mut warnings);
        warnings
    }

    fn load_journal(&self, model: &mut Model, warnings: &mut Vec<Warning>) {
        let Some(folder) = &self.folder else { return };
        let files = journal_files(folder);
        let former = self.path(StoredJournal::NAME).filter(|path| path.exists());
        let mut former_lines = Vec::new();
        let mut former_dropped = 0;
        if former.is_some() {
            let (stored, more) = self.load::<StoredJournal>(StoredJournal::NAME);
            warnings.extend(more);
            former_dropped = stored.dropped;
            former_lines = stored.into_lines();
        }
        let read = files.read();
        if read.unreadable > 0 {
            warnings.push(Warning::JournalLines { count: read.unreadable });
        }
        for (path, reason) in read.refused {
            warnings.push(Warning::Unreadable { reason, path });
        }
        if let Some(former) = former
            && self.keeps()
        {
            let taken_over = if read.lines.is_empty() {
                files.begin(&former_lines, former_dropped)
            } else {
                // A former start took its lines over and ended before it could be removed.
                (former_lines, former_dropped) = (Vec::new(), 0);
                Ok(())
            };
            match taken_over {
                // What is deleted later must not stay in a copy.
                Ok(()) => atomic_file::remove_with_backup(&former),
                Err(problem) => {
                    let (reason, count) = (problem.to_string(), former_lines.len() as u64);
                    warnings.push(Warning::JournalNotWritten { reason, count });
                }
            }
        }
        let lines = former_lines.into_iter().chain(read.lines).collect();
        model.journal.restore(lines, read.dropped + former_dropped);
    }

    /// Hands an event of the journal to the writing thread.
    pub fn write_journal(&self, event: journal::Write) {
        if self.keeps() {
            self.writer.write_event(event);
        }
    }

    /// Hands what a model has of a stored thing to the writing thread.
    pub fn save_from(&self, model: &Model, id: StoredId) {
        id.visit(&mut Saving { store: self, model, erase: false });
    }

    /// The same, and the copy of what was there before is removed.
    pub fn erase_from(&self, model: &Model, id: StoredId) {
        id.visit(&mut Saving { store: self, model, erase: true });
    }

    /// Reads a value; a missing file gives the default, a damaged one the last good copy or the default.
    ///
    /// For the start of the program: it reads on the calling thread.
    #[must_use]
    pub fn load<T: Default + DeserializeOwned + Serialize>(&self, name: &str) -> (T, Vec<Warning>) {
        let Some(path) = self.path(name) else { return (T::default(), vec![Warning::NoFolder]) };
        self.writer.finish(); // a save that is still under way is what the caller wants to read
        let mut warnings = Vec::new();
        let stored = match atomic_file::read(&path) {
            Ok(None) => return (T::default(), warnings),
            Ok(Some(stored)) => stored,
            Err(atomic_file::ReadProblem::System(reason)) => {
                warnings.push(Warning::Unreadable { reason, path });
                return (T::default(), warnings);
            }
            Err(atomic_file::ReadProblem::Damaged(reason)) => {
                let kept_as = atomic_file::put_aside(&path);
                let last_good = atomic_file::read(&atomic_file::backup(&path)).ok().flatten();
                let used = if last_good.is_some() { Replacement::LastGood } else { Replacement::Defaults };
                warnings.push(Warning::Damaged { kept_as, used, reason, path: path.clone() });
                let Some(last_good) = last_good else { return (T::default(), warnings) };
                atomic_file::restore(&path); // or the next start would find nothing
                last_good
            }
        };
        let value = lenient::value(stored, &path, &mut warnings);
        (value, warnings)
    }

    /// Hands the value to the writing thread; of several saves in a row only the last is written.
    pub fn save<T: Serialize + Send + 'static>(&self, name: &str, value: T) {
        self.write(name, value, false);
    }

    fn write<T: Serialize + Send + 'static>(&self, name: &str, value: T, erase: bool) {
        let Some(path) = self.path(name).filter(|_| self.keeps()) else { return };
        let content = move || {
            let mut text = serde_json::to_vec_pretty(&value).map_err(|problem| problem.to_string())?;
            text.push(b'\n');
            Ok(text)
        };
        self.writer.write(path, Box::new(content), erase);
    }

    /// What went wrong with saving since the last call.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<Warning> {
        self.writer.take_warnings()
    }

    /// Waits until everything saved is on disk.
    pub fn finish(&self) {
        self.writer.finish();
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        debug_assert!(plain, "names of stored files are chosen in the program: {name}");
        self.folder.as_ref().filter(|_| plain).map(|folder| folder.join(format!("{name}.json")))
    }
}

fn journal_files(folder: &Path) -> LogFile {
    LogFile::new(folder, StoredJournal::NAME, journal::stored::is_entry)
}

struct Loading<'a> {
    store: &'a Store,
    model: &'a mut Model,
    warnings: Vec<Warning>,
}

impl Visitor for Loading<'_> {
    fn visit<S: Stored>(&mut self) {
        let (stored, warnings) = self.store.load::<S>(S::NAME);
        stored.restore(self.model);
        self.warnings.extend(warnings);
    }
}

struct Saving<'a> {
    store: &'a Store,
    model: &'a Model,
    erase: bool,
}

impl Visitor for Saving<'_> {
    fn visit<S: Stored>(&mut self) {
        self.store.write(S::NAME, S::of(self.model), self.erase);
    }
}

#[cfg(test)]
mod tests;
