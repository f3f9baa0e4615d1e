//! Settings, profiles and layouts on disk: small JSON files that are read whatever is in them and written whole.
//!
//! Reading never fails: it gives a valid value and says what it had to leave out. Writing goes to a new file that is
//! then renamed, on a thread of its own, so neither a crash nor a slow disk can cost the last good file or a frame.
//! Secrets never come here.

mod atomic_file;
mod lenient;
mod writer;

use crate::model::Model;
use crate::model::stored::{Stored, StoredId, Visitor};
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
            Self::NoFolder => {
                f.write_str("No folder for settings was found, so nothing is kept. Name one with --data-dir")
            }
        }
    }
}

/// The folder of stored files, with the thread that writes them.
pub struct Store {
    folder: Option<PathBuf>,
    writer: Writer,
}

impl Store {
    /// Uses `data_dir` if given, else the system's folder for the data of programs. Nothing is created before the first save.
    #[must_use]
    pub fn open(data_dir: Option<PathBuf>) -> Self {
        let folder = data_dir.or_else(|| {
            directories::ProjectDirs::from("", "", "brownian").map(|folders| folders.data_dir().to_owned())
        });
        Self { folder, writer: Writer::start() }
    }

    /// The folder, if there is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Reads everything that is stored into a model that has just started.
    #[must_use]
    pub fn load_into(&self, model: &mut Model) -> Vec<Warning> {
        let mut loading = Loading { store: self, model, warnings: Vec::new() };
        for id in StoredId::ALL {
            id.visit(&mut loading);
        }
        loading.warnings
    }

    /// Hands what a model has of a stored thing to the writing thread.
    pub fn save_from(&self, model: &Model, id: StoredId) {
        id.visit(&mut Saving { store: self, model });
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
    pub fn save<T: Serialize>(&self, name: &str, value: &T) {
        let Some(path) = self.path(name) else { return };
        match serde_json::to_vec_pretty(value) {
            Ok(mut text) => {
                text.push(b'\n');
                self.writer.write(path, text);
            }
            Err(problem) => self.writer.warn(Warning::NotWritten { reason: problem.to_string(), path }),
        }
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
}

impl Visitor for Saving<'_> {
    fn visit<S: Stored>(&mut self) {
        self.store.save(S::NAME, &S::of(self.model));
    }
}

#[cfg(test)]
mod tests;
