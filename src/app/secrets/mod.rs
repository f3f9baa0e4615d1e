//! Passwords in the system's keyring, or in memory until the program ends; never in a file, never in a log.
//!
//! A keyring may sit behind an unlock prompt for minutes. So every answer comes later: the caller keeps a [`Pending`]
//! and looks into it. Errors of the keyring crates are never printed whole: some carry the secret's bytes.

mod os;

pub use os::OsKeyring;

use super::job::{Job, Progress};
use crate::data::Secret;
use hashbrown::HashMap;
use std::fmt;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

/// Shown beside what waits for the keyring.
pub const WAITING: &str = "Waiting for the system keyring. It may be asking to be unlocked";

/// Where secrets are kept, by key. None of the calls waits.
pub trait SecretStore: Send + Sync {
    /// The secret under the key, if there is one.
    fn get(&self, key: &str) -> Pending<Option<Secret>>;
    /// Keeps the secret, in the place of a former one.
    fn set(&self, key: &str, secret: Secret) -> Pending<()>;
    /// Forgets the secret; nothing happens if there is none.
    fn delete(&self, key: &str) -> Pending<()>;
    /// Where secrets go, or why they cannot be kept.
    fn status(&self) -> Pending<Keeping>;
}

/// How long secrets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In the system's keyring.
    InKeyring,
    /// In memory until the program ends.
    UntilQuit,
}

impl Keeping {
    /// Says it in the connection dialog.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::InKeyring => "Kept in the system keyring",
            Self::UntilQuit => "Kept in memory until you quit, and asked for again at the next start",
        }
    }
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

/// Keeps secrets until the program ends; each is wiped when it goes.
#[derive(Default)]
pub struct SessionMemory(Mutex<HashMap<String, Secret>>);

impl SessionMemory {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Secret>) -> T) -> Pending<T> {
        Pending::ready(Ok(act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))))
    }
}

impl SecretStore for SessionMemory {
    fn get(&self, key: &str) -> Pending<Option<Secret>> {
        self.with(|secrets| secrets.get(key).cloned())
    }

    fn set(&self, key: &str, secret: Secret) -> Pending<()> {
        self.with(|secrets| drop(secrets.insert(key.to_owned(), secret)))
    }

    fn delete(&self, key: &str) -> Pending<()> {
        self.with(|secrets| drop(secrets.remove(key)))
    }

    fn status(&self) -> Pending<Keeping> {
        self.with(|_| Keeping::UntilQuit)
    }
}

/// A store that answers every call with the same error: how the interface behaves without a keyring can be tried with it.
#[derive(Debug)]
pub struct Unavailable(pub SecretError);

impl SecretStore for Unavailable {
    fn get(&self, _key: &str) -> Pending<Option<Secret>> {
        Pending::ready(Err(self.0.clone()))
    }

    fn set(&self, _key: &str, _secret: Secret) -> Pending<()> {
        Pending::ready(Err(self.0.clone()))
    }

    fn delete(&self, _key: &str) -> Pending<()> {
        Pending::ready(Err(self.0.clone()))
    }

    fn status(&self) -> Pending<Keeping> {
        Pending::ready(Err(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_replaces_and_forgets() {
        let store = SessionMemory::default();
        assert_eq!(store.get("a").wait(), Ok(None));
        store.set("a", Secret::new("one")).wait().unwrap();
        store.set("a", Secret::new("two")).wait().unwrap();
        assert_eq!(store.get("a").wait(), Ok(Some(Secret::new("two"))));
        assert_eq!(store.get("b").wait(), Ok(None));
        store.delete("a").wait().unwrap();
        store.delete("a").wait().unwrap();
        assert_eq!(store.get("a").wait(), Ok(None));
        assert_eq!(store.status().wait(), Ok(Keeping::UntilQuit));
    }

    #[test]
    fn an_answer_is_given_once() {
        let pending = SessionMemory::default().status();
        assert_eq!(pending.poll(), Some(Ok(Keeping::UntilQuit)));
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
    fn an_unavailable_store_says_why_and_that_nothing_is_stored() {
        let store = Unavailable(SecretError::NoKeyring("no D-Bus".to_owned()));
        assert!(store.get("a").wait().is_err());
        assert!(store.delete("a").wait().is_err());
        assert!(store.status().wait().is_err());
        let text = store.set("a", Secret::new("s3cret")).wait().unwrap_err().to_string();
        assert!(text.contains("nothing is stored (no D-Bus)"), "{text}");
        assert!(!text.contains("s3cret"));
    }
}
