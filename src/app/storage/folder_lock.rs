//! One running program writes to a folder of stored files; a second one only reads it.

use super::atomic_file;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

/// The file that is locked while a program uses the folder. The system gives the lock back however the program ends.
const NAME: &str = "lock";
/// A process number has fewer digits.
const MOST_DIGITS: u64 = 20;

/// Whose the folder is.
#[derive(Debug)]
pub(super) enum FolderLock {
    /// This program's, while this lives.
    Own(#[expect(dead_code, reason = "the lock ends when the file is closed")] File),
    /// Another program's; its process number, where the system lets it be read.
    Other(Option<u32>),
    /// The system cannot say, with its reason: the folder is used without a lock.
    Unknown(String),
}

impl FolderLock {
    /// Takes the folder, which is created if it is not there.
    pub(super) fn take(folder: &Path) -> Self {
        let opened = atomic_file::create_folder(folder).and_then(|()| atomic_file::open_private(&folder.join(NAME)));
        let mut file = match opened {
            Ok(file) => file,
            Err(error) => return Self::Unknown(error.to_string()),
        };
        match file.try_lock() {
            Ok(()) => {
                // Only for the text of the other program's notice: the lock holds without it.
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                Self::Own(file)
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = file.rewind().and_then(|()| file.take(MOST_DIGITS).read_to_string(&mut text));
                Self::Other(read.ok().and_then(|_| text.trim().parse().ok()))
            }
            Err(TryLockError::Error(error)) => Self::Unknown(error.to_string()),
        }
    }

    /// Whether nothing may be written to the folder.
    pub(super) const fn is_other(&self) -> bool {
        matches!(self, Self::Other(_))
    }
}
