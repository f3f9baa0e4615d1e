//! Performs what the model asks for: calls, files, keychain, clipboard, connection tests. Nothing here waits.

use super::program::now;
use super::secrets::{Pending, SecretStore};
use super::storage::Store;
use crate::client::Engine;
use crate::client::api::{Answer, Call, CallError, Command, Event, StepReport};
use crate::data::Secret;
use crate::model::Model;
use crate::model::effects::Effect;
use crate::model::notices::Tone;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError};

/// Names of the stored files.
const SETTINGS: &str = "settings";
const PROFILES: &str = "profiles";

/// A file to be written by a thread that may wait for the user.
type SaveOutcome = Receiver<Option<Result<PathBuf, String>>>;

/// Performs effects and keeps what is under way.
pub struct Performer {
    store: Store,
    secrets: Box<dyn SecretStore>,
    fetching: Vec<(String, Pending<Option<Secret>>)>,
    storing: Vec<Pending<()>>,
    test: Option<Receiver<StepReport>>,
    saving: Vec<SaveOutcome>,
    copied: Option<String>,
}

impl Performer {
    /// Files go to the store, passwords to the secret store.
    #[must_use]
    pub fn new(store: Store, secrets: Box<dyn SecretStore>) -> Self {
        Self { store, secrets, fetching: vec![], storing: vec![], test: None, saving: vec![], copied: None }
    }

    /// Reads what is stored; what could not be read is said as notices.
    pub fn load(&self, model: &mut Model) {
        let (settings, warnings) = self.store.load(SETTINGS);
        model.settings = settings;
        let (profiles, more) = self.store.load(PROFILES);
        model.connections.profiles = profiles;
        for warning in warnings.into_iter().chain(more) {
            model.notices.say(model.now, Tone::Warn, warning.to_string(), "");
        }
    }

    /// Performs one effect.
    pub fn perform(&mut self, effect: Effect, engine: &mut Engine, model: &mut Model) {
        match effect {
            Effect::Open(link, options) => engine.open(link, *options),
            Effect::Send(link, command) => {
                if let Err(busy) = engine.send(link, command)
                    && let Command::Call(Call { id, .. }) = busy.0
                {
                    let answer = Answer { id, result: Err(CallError::Busy), micros: 0 };
                    model.apply(link, Event::Answer(answer), now());
                }
            }
            Effect::Drop(link) => engine.forget(link),
            Effect::Test(options) => self.test = Some(engine.test_connection(*options)),
            Effect::SaveSettings => self.store.save(SETTINGS, &model.settings),
            Effect::SaveProfiles => self.store.save(PROFILES, &model.connections.profiles),
            Effect::StoreSecret { key, secret } => self.storing.push(self.secrets.set(&key, secret)),
            Effect::FetchSecret { key } => {
                let pending = self.secrets.get(&key);
                self.fetching.push((key, pending));
            }
            Effect::DeleteSecret { key } => drop(self.secrets.delete(&key)),
            Effect::Copy(text) => self.copied = Some(text),
            Effect::SaveFile { name, bytes } => self.save_file(name, bytes, model),
        }
    }

    /// Looks whether anything under way has come to an end.
    pub fn poll(&mut self, model: &mut Model, time: crate::data::Timestamp) {
        self.fetching.retain(|(key, pending)| match pending.poll() {
            None => true,
            Some(result) => {
                model.secret_found(key, result.map_err(|e| e.to_string()), time);
                false
            }
        });
        self.storing.retain(|pending| match pending.poll() {
            None => true,
            Some(result) => {
                if let Err(error) = result {
                    model.notices.say(time, Tone::Warn, "The password was not stored", error.to_string());
                }
                false
            }
        });
        if let Some(test) = &self.test {
            loop {
                match test.try_recv() {
                    Ok(report) => model.connections.test_report(Some(report)),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        model.connections.test_report(None);
                        self.test = None;
                        break;
                    }
                }
            }
        }
        self.saving.retain(|outcome| match outcome.try_recv() {
            Err(TryRecvError::Empty) => true,
            Ok(Some(Ok(path))) => {
                model.notices.say(time, Tone::Good, format!("Saved {}", path.display()), "");
                false
            }
            Ok(Some(Err(why))) => {
                model.notices.say(time, Tone::Bad, "The file could not be written", why);
                false
            }
            Ok(None) | Err(TryRecvError::Disconnected) => false,
        });
        for warning in self.store.take_warnings() {
            model.notices.say(time, Tone::Warn, warning.to_string(), "");
        }
    }

    /// Puts what was copied on the clipboard.
    pub fn copy_to(&mut self, ctx: &egui::Context) {
        if let Some(text) = self.copied.take() {
            ctx.copy_text(text);
        }
    }

    /// Waits until files are written; called once, after the window is closed.
    pub fn finish(&self) {
        self.store.finish();
    }

    fn save_file(&mut self, name: String, bytes: Bytes, model: &mut Model) {
        let (tell, outcome) = std::sync::mpsc::sync_channel(1);
        let folder = directories::UserDirs::new()
            .and_then(|dirs| dirs.download_dir().map(PathBuf::from))
            .or_else(|| self.store.folder().map(PathBuf::from))
            .unwrap_or_else(std::env::temp_dir);
        let work = move || {
            let path = free_path(&folder, &name);
            let result = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &bytes));
            let _ = tell.send(Some(result.map(|()| path).map_err(|e| e.to_string())));
        };
        match std::thread::Builder::new().name("brownian-save".into()).spawn(work) {
            Ok(_) => self.saving.push(outcome),
            Err(error) => model.notices.say(model.now, Tone::Bad, "The file could not be written", error.to_string()),
        }
    }
}

/// The name in the folder, or with a number if a file of that name is there.
fn free_path(folder: &std::path::Path, name: &str) -> PathBuf {
    let safe: String = name.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let path = folder.join(&safe);
    if !path.exists() {
        return path;
    }
    let (stem, ending) = safe.rsplit_once('.').map_or((safe.as_str(), ""), |(a, b)| (a, b));
    (2..10_000).map(|n| folder.join(format!("{stem}-{n}.{ending}"))).find(|p| !p.exists()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_overwritten() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let first = free_path(dir.path(), "a/b.bin");
        assert_eq!(first.file_name().and_then(|n| n.to_str()), Some("a_b.bin"));
        std::fs::write(&first, b"x").expect("the folder can be written");
        assert_eq!(free_path(dir.path(), "a/b.bin").file_name().and_then(|n| n.to_str()), Some("a_b-2.bin"));
    }
}
