//! Performs what the model asks for: calls, files, keychain, clipboard, connection tests. Nothing here waits.

use super::event_loop::now;
use super::files::Files;
use super::job::{Job, Progress};
use super::secrets::{Pending, SecretStore};
use super::storage::Store;
use crate::client::Engine;
use crate::client::api::{Answer, Call, CallError, Command, Event, LinkId, StepReport, Waker};
use crate::data::Secret;
use crate::model::Model;
use crate::model::effects::{Effect, Work, Worked};
use crate::model::notices::Tone;
use crate::ui::commands::Keymap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError};

/// Performs effects and keeps what is under way.
pub struct EffectRunner {
    store: Store,
    secrets: Box<dyn SecretStore>,
    fetching: Vec<(String, Pending<Option<Secret>>)>,
    storing: Vec<Pending<()>>,
    deleting: Vec<Pending<()>>,
    test: Option<Receiver<StepReport>>,
    files: Files,
    working: Vec<(LinkId, Job<Worked>)>,
    wake: Waker,
    copied: Option<String>,
}

impl EffectRunner {
    /// Settings go to the store, passwords to the secret store; `wake` is called when a file is read or written.
    #[must_use]
    pub fn new(store: Store, secrets: Box<dyn SecretStore>, wake: Waker) -> Self {
        let files = Files::new(wake.clone());
        Self {
            store,
            secrets,
            fetching: vec![],
            storing: vec![],
            deleting: vec![],
            test: None,
            files,
            working: vec![],
            wake,
            copied: None,
        }
    }

    /// Reads what is stored; what could not be read is said as notices.
    pub fn load(&self, model: &mut Model) {
        model.data_folder = self.store.folder().map(|folder| folder.display().to_string());
        for warning in self.store.load_into(model) {
            if warning.means_nothing_is_kept() {
                model.not_kept = Some(warning.to_string());
                continue;
            }
            model.notices.notify(model.now, Tone::Warn, warning.to_string(), "");
        }
        for problem in Keymap::read(&model.settings.keys).1 {
            model.notices.notify(model.now, Tone::Warn, problem.to_string(), "");
        }
    }

    /// Performs one effect.
    pub fn perform(&mut self, effect: Effect, engine: &mut Engine, model: &mut Model) {
        match effect {
            Effect::Open(link, options) => engine.open(link, *options),
            Effect::Send(link, command, _) => {
                if let Err(busy) = engine.send(link, command)
                    && let Command::Call(Call { id, .. }) = busy.0
                {
                    let answer = Answer { id, result: Err(CallError::Busy), micros: 0 };
                    model.apply(link, Event::Answer(answer), now());
                }
            }
            Effect::Drop(link) => engine.forget(link),
            Effect::Test(options) => self.test = Some(engine.test_connection(*options)),
            Effect::Save(id) => self.store.save_from(model, id),
            Effect::Erase(id) => self.store.erase_from(model, id),
            Effect::WriteJournal(event) => self.store.write_journal(event),
            // Without the profile that it belongs to, nobody would find it again.
            Effect::StoreSecret { key, secret } if self.store.keeps() => {
                self.storing.push(self.secrets.set(&key, secret));
            }
            Effect::StoreSecret { .. } => {}
            Effect::FetchSecret { key } => {
                let pending = self.secrets.get(&key);
                self.fetching.push((key, pending));
            }
            Effect::DeleteSecret { key } => self.deleting.push(self.secrets.delete(&key)),
            Effect::Copy(text) => self.copied = Some(text),
            Effect::SaveFile { name, bytes } => self.files.save(&name, bytes, self.folder(), model),
            Effect::OpenFile(file) => self.files.open(file, self.folder(), model),
            Effect::Work(link, work) => self.work(link, work, model),
            Effect::PathTyped { id, path, replace } => self.files.typed(id, path.as_deref(), replace, model),
        }
    }

    fn work(&mut self, link: LinkId, work: Work, model: &mut Model) {
        match Job::start("brownian-work", &self.wake, move || work.run()) {
            Ok(job) => self.working.push((link, job)),
            Err(error) => model.notices.notify(model.now, Tone::Bad, "The system gives no thread", error.to_string()),
        }
    }

    fn folder(&self) -> Option<PathBuf> {
        self.store.folder().map(PathBuf::from)
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
                    model.notices.notify(time, Tone::Warn, "The password was not stored", error.to_string());
                }
                false
            }
        });
        self.deleting.retain(|pending| match pending.poll() {
            None => true,
            Some(result) => {
                if let Err(error) = result {
                    let text = "A password is still in the keychain: it could not be deleted";
                    model.notices.notify(time, Tone::Warn, text, error.to_string());
                }
                false
            }
        });
        if let Some(test) = &self.test {
            loop {
                match test.try_recv() {
                    Ok(report) => model.connections.test_report(Some(report), model.now),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        model.connections.test_report(None, model.now);
                        self.test = None;
                        break;
                    }
                }
            }
        }
        self.files.poll(model, time);
        self.working.retain(|(link, job)| match job.poll() {
            Progress::Running => true,
            Progress::Done(worked) => {
                model.on_work_done(*link, worked, time);
                false
            }
            Progress::Lost => false,
        });
        for warning in self.store.take_warnings() {
            model.notices.notify(time, Tone::Warn, warning.to_string(), "");
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
}
