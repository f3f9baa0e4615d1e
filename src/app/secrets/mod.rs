//! Passwords in the system's keyring; never in a file, never in a log.
//!
//! A keyring may sit behind an unlock prompt for minutes. So every answer comes later: the caller keeps a [`Pending`]
//! and looks into it. Errors of the keyring crates are never printed whole: some carry the secret's bytes.

mod os;

pub(super) use os::OsKeyring;

use super::job::{Job, Progress};
use crate::data::Secret;
use std::fmt;
use std::sync::mpsc::SyncSender;

/// Where secrets are kept, by key. None of the calls waits.
pub trait SecretStore: Send + Sync {
    /// The secret under the key, if there is one.
    fn get(&self, key: &str) -> Pending<Option<Secret>>;
    /// Keeps the secret, in the place of a former one.
    fn set(&self, key: &str, secret: Secret) -> Pending<()>;
    /// Forgets the secret; nothing happens if there is none.
    fn delete(&self, key: &str) -> Pending<()>;
}

/// Why a secret could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// No keyring answers; this holds until the program is started again.
    NoKeyring(String),
    /// The keyring is locked, or its prompt was dismissed.
    Locked(String),
    /// What the keyring holds under the key is not text.
    NotText,
    /// The keyring refuses this secret.
    Refused(String),
    /// Too much waits for the keyring already.
    Busy,
    /// The thread that talks to the keyring has ended.
    Ended,
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeyring(reason) => write!(
                f,
                "No system keyring is available, so nothing is stored ({reason}). The password is kept in memory until you \
                 quit. After starting a keyring, start Brownian again"
            ),
            Self::Locked(reason) => {
                write!(
                    f,
                    "The system keyring is locked or has no place for new entries, so nothing is stored ({reason})"
                )
            }
            Self::NotText => f.write_str("The entry in the system keyring is not a text. Enter the password again"),
            Self::Refused(reason) => write!(f, "The system keyring refuses the entry, so nothing is stored ({reason})"),
            Self::Busy => f.write_str("Too much is waiting for the system keyring. Unlock it, then try again"),
            Self::Ended => f.write_str("The connection to the system keyring has ended. Start Brownian again"),
        }
    }
}

impl std::error::Error for SecretError {}

/// An answer that comes later.
#[derive(Debug)]
pub struct Pending<T>(Job<Result<T, SecretError>>);

impl<T> Pending<T> {
    fn new() -> (SyncSender<Result<T, SecretError>>, Self) {
        let (answer, pending) = Job::pending();
        (answer, Self(pending))
    }

    fn ready(result: Result<T, SecretError>) -> Self {
        let (answer, pending) = Self::new();
        let _ = answer.send(result); // received by `pending`, which is alive
        pending
    }

    /// The answer, once, if it has come; for the window's thread.
    ///
    /// After the answer was taken, this gives [`SecretError::Ended`].
    #[must_use]
    pub fn poll(&self) -> Option<Result<T, SecretError>> {
        match self.0.poll() {
            Progress::Done(answer) => Some(answer),
            Progress::Running => None,
            Progress::Lost => Some(Err(SecretError::Ended)),
        }
    }

    /// Waits for the answer; for the command line and tests, never for the window's thread.
    ///
    /// # Errors
    /// What the store says.
    pub fn wait(self) -> Result<T, SecretError> {
        self.0.wait().unwrap_or(Err(SecretError::Ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_once() {
        let pending = Pending::ready(Ok(7));
        assert_eq!(pending.poll(), Some(Ok(7)));
        assert_eq!(pending.poll(), Some(Err(SecretError::Ended)));
    }

    #[test]
    fn an_answer_that_has_not_come_is_no_answer() {
        let (answer, pending) = Pending::<()>::new();
        assert_eq!(pending.poll(), None);
        drop(answer);
        assert_eq!(pending.poll(), Some(Err(SecretError::Ended)));
    }

    #[test]
    fn a_missing_keyring_says_that_nothing_is_stored() {
        let text = SecretError::NoKeyring("no D-Bus".to_owned()).to_string();
        assert!(text.contains("nothing is stored (no D-Bus)"), "{text}");
    }
}
