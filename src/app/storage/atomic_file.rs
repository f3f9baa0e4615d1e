//! The files themselves: reading with a limit, replacing at once, keeping the last good one, putting a damaged one aside.

pub(super) use crate::app::new_file::{remove_unfinished, replace};
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Stored files are small; a larger one is not ours.
const LARGEST_BYTES: u64 = 64 * 1_024 * 1_024;
/// Damaged files kept beside each other; after that the last is replaced.
const MOST_DAMAGED: u32 = 20;

/// Why a file gave nothing.
pub(super) enum ReadProblem {
    /// The system refused.
    System(String),
    /// The content is not ours.
    Damaged(String),
}

/// The object in a file, or nothing if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Map<String, Value>>, ReadProblem> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(ReadProblem::System(problem.to_string())),
    };
    let mut text = Vec::new();
    file.take(LARGEST_BYTES + 1).read_to_end(&mut text).map_err(|problem| ReadProblem::System(problem.to_string()))?;
    if text.len() as u64 > LARGEST_BYTES {
        return Err(ReadProblem::Damaged("too large".to_owned()));
    }
    match serde_json::from_slice(&text) {
        Ok(Value::Object(object)) => Ok(Some(object)),
        Ok(_) => Err(ReadProblem::Damaged("not a JSON object".to_owned())),
        Err(problem) => Err(ReadProblem::Damaged(problem.to_string())),
    }
}

/// Replaces the file at once; the one before becomes the last good copy, if it can still be understood.
pub(super) fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    if let Ok(Some(_)) = read(path) {
        let before = fs::read(path)?;
        replace(&backup(path), &before)?;
    }
    replace(path, text)
}

/// Replaces the file at once, and removes the last good copy of what was there before.
pub(super) fn write_without_copy(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    replace(path, text)?;
    match fs::remove_file(backup(path)) {
        Err(problem) if problem.kind() != io::ErrorKind::NotFound => Err(problem),
        _ => Ok(()),
    }
}

/// The last good copy of a file.
pub(super) fn backup(path: &Path) -> PathBuf {
    with_ending(path, ".bak")
}

/// Gives the last good copy its name back; if that fails, the next save does it.
pub(super) fn restore(path: &Path) {
    let restored = fs::read(backup(path)).and_then(|text| replace(path, &text));
    if let Err(problem) = restored {
        tracing::warn!("cannot restore the last good copy ({problem}): {}", path.display());
    }
}

/// Removes a file and its last good copy.
pub(super) fn remove_with_backup(path: &Path) {
    for path in [path, &backup(path)] {
        if let Err(problem) = fs::remove_file(path)
            && problem.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot remove {} ({problem})", path.display());
        }
    }
}

/// Moves a damaged file to the first free `*.damaged-N`.
pub(super) fn put_aside(path: &Path) -> Option<PathBuf> {
    let place = |n: u32| with_ending(path, &format!(".damaged-{n}"));
    let aside = (1..MOST_DAMAGED).map(place).find(|aside| !aside.exists()).unwrap_or_else(|| place(MOST_DAMAGED));
    fs::rename(path, &aside).is_ok().then_some(aside)
}

/// Opened for reading and for adding at its end, and created if it is not there.
pub(super) fn append_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opened for reading and writing as it is, and created if it is not there.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
