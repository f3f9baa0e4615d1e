//! The system's keyring, asked on a thread of its own.

use super::{Pending, SecretError, SecretStore};
use crate::data::Secret;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use zeroize::Zeroizing;

/// Under which all entries stand in the keyring.
const SERVICE: &str = "brownian";
/// Requests that may wait while the keyring waits for the user; what finds no room is answered as busy.
const WAITING_JOBS: usize = 64;

/// One keyring, as its thread uses it; each call may take minutes.
trait Keyring: Send + 'static {
    fn get(&mut self, key: &str) -> Result<Option<Secret>, SecretError>;
    fn set(&mut self, key: &str, secret: &Secret) -> Result<(), SecretError>;
    fn delete(&mut self, key: &str) -> Result<(), SecretError>;
}

type Job = Box<dyn FnOnce(&mut dyn Keyring) + Send>;

/// The system's keyring: Secret Service, Keychain or Credential Manager.
pub(crate) struct OsKeyring {
    /// Absent if the thread could not be started; then every answer says so.
    jobs: Option<SyncSender<Job>>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl OsKeyring {
    /// Starts the thread. `wake` is called after each answer, to have the window look for it.
    #[must_use]
    pub(crate) fn start(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::of(SystemKeyring, wake)
    }

    fn of(mut keyring: impl Keyring, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (jobs, queue) = sync_channel::<Job>(WAITING_JOBS);
        // Not joined when dropped: the keyring may be waiting for the user, the program's end must not.
        let thread = std::thread::Builder::new().name("brownian-keyring".to_owned()).spawn(move || {
            for job in queue {
                job(&mut keyring);
            }
        });
        Self { jobs: thread.is_ok().then_some(jobs), wake: Arc::new(wake) }
    }

    fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut dyn Keyring) -> Result<T, SecretError> + Send + 'static,
    ) -> Pending<T> {
        let (answer, pending) = Pending::new();
        let wake = Arc::clone(&self.wake);
        let job: Job = Box::new(move |keyring| {
            let _ = answer.send(act(keyring)); // the dialog may be closed by now
            wake();
        });
        // If the thread is gone, `pending` says it has ended.
        match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Err(TrySendError::Full(_))) => Pending::ready(Err(SecretError::Busy)),
            _ => pending,
        }
    }
}

impl SecretStore for OsKeyring {
    fn get(&self, key: &str) -> Pending<Option<Secret>> {
        let key = key.to_owned();
        self.ask(move |keyring| keyring.get(&key))
    }

    fn set(&self, key: &str, secret: Secret) -> Pending<()> {
        let key = key.to_owned();
        self.ask(move |keyring| keyring.set(&key, &secret))
    }

    fn delete(&self, key: &str) -> Pending<()> {
        let key = key.to_owned();
        self.ask(move |keyring| keyring.delete(&key))
    }
}

struct SystemKeyring;

impl SystemKeyring {
    /// The first failure to connect stays for the life of the process.
    fn entry(key: &str) -> Result<keyring::Entry, SecretError> {
        connected()?;
        keyring::Entry::new(SERVICE, key).map_err(|error| explain(&error))
    }
}

fn connected() -> Result<(), SecretError> {
    match keyring::Entry::store_status() {
        Ok(()) => Ok(()),
        Err(error) => Err(match explain(error) {
            SecretError::Refused(reason) | SecretError::Locked(reason) => SecretError::NoKeyring(reason),
            other => other,
        }),
    }
}

impl Keyring for SystemKeyring {
    fn get(&mut self, key: &str) -> Result<Option<Secret>, SecretError> {
        match Self::entry(key)?.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(explain_and_wipe(error)),
        }
    }

    fn set(&mut self, key: &str, secret: &Secret) -> Result<(), SecretError> {
        Self::entry(key)?.set_password(secret.expose()).map_err(explain_and_wipe)
    }

    fn delete(&mut self, key: &str) -> Result<(), SecretError> {
        match Self::entry(key)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(explain_and_wipe(error)),
        }
    }
}

/// The error in our words, and the bytes of the secret it may carry wiped.
fn explain_and_wipe(error: keyring::Error) -> SecretError {
    let explained = explain(&error);
    if let keyring::Error::BadEncoding(bytes) | keyring::Error::BadDataFormat(bytes, _) = error {
        drop(Zeroizing::new(bytes));
    }
    explained
}

/// The error in our words. Only texts known to hold no secret are taken over.
fn explain(error: &keyring::Error) -> SecretError {
    match error {
        keyring::Error::NoStorageAccess(reason) => SecretError::Locked(reason.to_string()),
        keyring::Error::PlatformFailure(reason) => SecretError::Refused(reason.to_string()),
        keyring::Error::NoDefaultStore => SecretError::NoKeyring("none was found at the start".to_owned()),
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => SecretError::NotText,
        keyring::Error::TooLong(name, most) => SecretError::Refused(format!("{name} is longer than {most}")),
        keyring::Error::NotSupportedByStore(reason) | keyring::Error::BadStoreFormat(reason) => {
            SecretError::Refused(reason.clone())
        }
        keyring::Error::Ambiguous(entries) => {
            SecretError::Refused(format!("{} entries have the same name", entries.len()))
        }
        keyring::Error::NoEntry => SecretError::Refused("there is no such entry".to_owned()),
        _ => SecretError::Refused("for a reason it does not tell".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};

    /// A keyring behind a prompt that the test answers.
    struct Prompting {
        prompted: SyncSender<()>,
        unlocked: Receiver<bool>,
        kept: Option<(String, Secret)>,
    }

    impl Prompting {
        fn unlock(&mut self) -> Result<(), SecretError> {
            self.prompted.send(()).unwrap();
            if self.unlocked.recv().unwrap() { Ok(()) } else { Err(SecretError::Locked("prompt dismissed".to_owned())) }
        }
    }

    impl Keyring for Prompting {
        fn get(&mut self, key: &str) -> Result<Option<Secret>, SecretError> {
            self.unlock()?;
            assert_eq!(std::thread::current().name(), Some("brownian-keyring"));
            Ok(self.kept.clone().filter(|(kept, _)| kept == key).map(|(_, secret)| secret))
        }

        fn set(&mut self, key: &str, secret: &Secret) -> Result<(), SecretError> {
            self.unlock()?;
            self.kept = Some((key.to_owned(), secret.clone()));
            Ok(())
        }

        /// Asks nobody.
        fn delete(&mut self, _key: &str) -> Result<(), SecretError> {
            self.kept = None;
            Ok(())
        }
    }

    struct User {
        prompts: Receiver<()>,
        unlock: SyncSender<bool>,
        wakes: Receiver<()>,
    }

    fn prompting() -> (OsKeyring, User) {
        let (prompted, prompts) = sync_channel(1);
        let (unlock, unlocked) = sync_channel(1);
        let (woken, wakes) = channel();
        let keyring = OsKeyring::of(Prompting { prompted, unlocked, kept: None }, move || {
            let _ = woken.send(());
        });
        (keyring, User { prompts, unlock, wakes })
    }

    #[test]
    fn nothing_waits_while_the_keyring_prompts_and_a_wake_follows_the_answer() {
        let (keyring, user) = prompting();
        let set = keyring.set("a", Secret::new("s3cret"));
        let get = keyring.get("a");
        user.prompts.recv().unwrap();
        assert_eq!((set.poll(), get.poll()), (None, None));
        user.unlock.send(true).unwrap();
        user.wakes.recv().unwrap();
        assert_eq!(set.poll(), Some(Ok(())));
        user.unlock.send(true).unwrap();
        assert_eq!(get.wait(), Ok(Some(Secret::new("s3cret"))));
        assert_eq!(keyring.delete("a").wait(), Ok(()));
    }

    #[test]
    fn requests_beyond_what_may_wait_are_answered_as_busy() {
        let (keyring, user) = prompting();
        let first = keyring.get("a");
        user.prompts.recv().unwrap();
        let waiting: Vec<_> = (0..WAITING_JOBS).map(|_| keyring.delete("b")).collect();
        assert_eq!(keyring.delete("b").poll(), Some(Err(SecretError::Busy)));
        user.unlock.send(true).unwrap();
        assert_eq!(first.wait(), Ok(None));
        for pending in waiting {
            assert_eq!(pending.wait(), Ok(()));
        }
    }

    #[test]
    fn a_dismissed_prompt_is_an_answer() {
        let (keyring, user) = prompting();
        user.unlock.send(false).unwrap();
        let text = keyring.set("a", Secret::new("s3cret")).wait().unwrap_err().to_string();
        assert!(text.contains("prompt dismissed") && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn dropping_it_does_not_wait_for_the_prompt() {
        let (keyring, user) = prompting();
        let get = keyring.get("a");
        user.prompts.recv().unwrap();
        drop(keyring);
        user.unlock.send(true).unwrap();
        assert_eq!(get.wait(), Ok(None));
    }

    #[test]
    fn errors_of_the_keyring_lose_the_secrets_they_carry() {
        let reason = || std::io::Error::other("why").into();
        let errors = [
            keyring::Error::BadEncoding(b"s3cret".to_vec()),
            keyring::Error::BadDataFormat(b"s3cret".to_vec(), reason()),
            keyring::Error::PlatformFailure(reason()),
            keyring::Error::NoStorageAccess(reason()),
            keyring::Error::NoDefaultStore,
            keyring::Error::NoEntry,
            keyring::Error::TooLong("password".to_owned(), 2_560),
            keyring::Error::Ambiguous(Vec::new()),
        ];
        let bytes = format!("{:?}", b"s3cret");
        for error in errors {
            let explained = explain_and_wipe(error);
            let text = format!("{explained} {explained:?}");
            assert!(!text.contains("s3cret") && !text.contains(&bytes), "{text}");
        }
    }

    #[test]
    #[ignore = "needs a running system keyring"]
    fn the_keyring_of_the_system_keeps_and_forgets() {
        let keyring = OsKeyring::start(|| {});
        let key = format!("test/{}", std::process::id());
        keyring.set(&key, Secret::new("pässword")).wait().unwrap();
        assert_eq!(keyring.get(&key).wait(), Ok(Some(Secret::new("pässword"))));
        keyring.delete(&key).wait().unwrap();
        keyring.delete(&key).wait().unwrap();
        assert_eq!(keyring.get(&key).wait(), Ok(None));
    }
}
