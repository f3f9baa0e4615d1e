//! Writing a file whole or not at all: settings, exports, and what the window saves.
//!
//! The content goes to a new file beside the target, which only the user can read, whose name nobody can guess, and
//! which is made only if nothing has that name, a link neither. When the disk has it, it takes the target's name at once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// What the name of a new file begins and ends with.
const PREFIX: &str = ".brownian-";
const SUFFIX: &str = ".new";

/// A file that is being written; dropped before [`NewFile::replace`], it leaves nothing behind.
pub(super) struct NewFile {
    sink: Sink,
}

enum Sink {
    Beside {
        file: NamedTempFile,
        target: PathBuf,
    },
    /// The target is a pipe or a device, which has to stay what it is.
    Device(File),
}

impl NewFile {
    /// Begins to write what is to become the file at this path. A link there is followed.
    ///
    /// # Errors
    /// The folder is not there, or nothing can be written in it.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let target = match fs::metadata(path) {
            Ok(facts) if facts.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(facts) if !facts.is_file() => {
                let device = OpenOptions::new().write(true).open(path)?;
                return Ok(Self { sink: Sink::Device(device) });
            }
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        let file = Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder_of(&target))?;
        Ok(Self { sink: Sink::Beside { file, target } })
    }

    /// Gives it the name, in the place of a file that has it: readers see the former or the new one, whole.
    ///
    /// # Errors
    /// The disk did not take it; what was there before is still there.
    pub(super) fn replace(self) -> io::Result<()> {
        self.finish(|file, target| file.persist(target))
    }

    /// Gives it the name, unless a file has it.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if one has; else the disk did not take it.
    pub(super) fn add(self) -> io::Result<()> {
        self.finish(|file, target| file.persist_noclobber(target))
    }

    fn finish(self, name: impl FnOnce(NamedTempFile, &Path) -> Result<File, tempfile::PersistError>) -> io::Result<()> {
        match self.sink {
            Sink::Device(mut device) => device.flush(),
            Sink::Beside { file, target } => {
                file.as_file().sync_all()?;
                name(file, &target).map_err(|failed| failed.error)?;
                sync_folder(&target)
            }
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Beside { file, .. } => file.write(bytes),
            Sink::Device(device) => device.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Beside { file, .. } => file.flush(),
            Sink::Device(device) => device.flush(),
        }
    }
}

/// Writes the file at once.
///
/// # Errors
/// The disk did not take it; what was there before is still there.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(content)?;
    file.replace()
}

/// Removes the new files that a killed program left in a folder, in which nobody else writes any: they may hold what was
/// deleted since.
pub(super) fn remove_unfinished(folder: &Path) {
    // A folder that cannot be read gives the reason when its files are.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_new_file = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if is_new_file && let Err(problem) = fs::remove_file(entry.path()) {
            tracing::warn!("cannot remove an unfinished file ({problem}): {}", entry.path().display());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new name is on the disk only once its folder is. Elsewhere than on Unix folders cannot be opened.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_only_the_user_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        fs::write(&path, "old").expect("written");
        let mut unfinished = NewFile::create(&path).expect("created");
        unfinished.write_all(b"half").expect("written");
        drop(unfinished);
        assert_eq!((fs::read_to_string(&path).expect("read").as_str(), names(folder.path()).len()), ("old", 1));
        replace(&path, b"new").expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        assert_eq!(names(folder.path()), ["a.json"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_there_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let added = |text: &[u8]| {
            let mut file = NewFile::create(&path)?;
            file.write_all(text)?;
            file.add()
        };
        added(b"first").expect("added");
        assert_eq!(added(b"second").expect_err("it is there").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("read"), "first");
        assert_eq!(names(folder.path()), ["a"]);
        assert!(NewFile::create(folder.path()).is_err(), "a folder is no file");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_stay_devices() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        replace(&link, b"new").expect("replaced");
        assert_eq!(fs::read_to_string(&file).expect("read"), "new");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        replace(Path::new("/dev/null"), b"gone").expect("written");
        assert!(!fs::metadata("/dev/null").expect("there").is_file());
    }
}
