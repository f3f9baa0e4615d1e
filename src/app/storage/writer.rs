//! The thread that writes stored files: the latest text for each file, one file after the other.

use super::{Warning, atomic_file};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Warnings kept until somebody asks; a full disk must not fill the memory too.
const MOST_WARNINGS: usize = 50;

/// Accepts texts at once and writes them in the background.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<PathBuf, Vec<u8>>,
    writing: bool,
    closing: bool,
    warnings: Vec<Warning>,
}

impl State {
    fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < MOST_WARNINGS && self.warnings.last() != Some(&warning) {
            self.warnings.push(warning);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until closed and nothing waits.
    fn run(&self) {
        let mut state = self.state();
        loop {
            let Some((path, text)) = state.waiting.pop_first() else {
                if state.closing {
                    return;
                }
                state = self.wait(state);
                continue;
            };
            state.writing = true;
            drop(state);
            let written = atomic_file::write(&path, &text);
            state = self.state();
            state.writing = false;
            if let Err(problem) = written {
                state.warn(Warning::NotWritten { reason: problem.to_string(), path });
            }
            self.changed.notify_all();
        }
    }
}

impl Writer {
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("brownian-storage".to_owned()).spawn(move || own.run()).ok();
        Self { shared, thread }
    }

    /// Replaces what waits for the same file.
    pub(super) fn write(&self, path: PathBuf, text: Vec<u8>) {
        if self.thread.is_none() {
            let reason = "the thread for writing could not be started".to_owned();
            self.warn(Warning::NotWritten { reason, path });
            return;
        }
        self.shared.state().waiting.insert(path, text);
        self.shared.changed.notify_all();
    }

    pub(super) fn warn(&self, warning: Warning) {
        self.shared.state().warn(warning);
    }

    pub(super) fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut self.shared.state().warnings)
    }

    /// Waits until nothing is waiting or being written.
    pub(super) fn finish(&self) {
        let mut state = self.shared.state();
        while state.writing || !state.waiting.is_empty() {
            state = self.shared.wait(state);
        }
    }
}

impl Drop for Writer {
    /// Waits for the last writes: dropped at the end of the program, they would be lost otherwise.
    fn drop(&mut self) {
        self.shared.state().closing = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic was already reported by its own thread
        }
    }
}
