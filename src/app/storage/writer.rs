//! The thread that writes stored files: the latest content of each file that is replaced, and every line of the journal.
//!
//! Texts are made on that thread too, from data that was handed over, so that nothing but a few clones is done by the
//! caller.

use super::log_file::LogFile;
use super::{Warning, atomic_file};
use crate::model::journal;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Warnings kept until somebody asks; a full disk must not fill the memory too.
const MOST_WARNINGS: usize = 50;
/// Events of the journal that wait for the disk at most; a disk so slow loses the oldest, and it is said.
const MOST_EVENTS: usize = 10_000;
/// Events written with one wait for the disk.
const BATCH: usize = 200;

/// Makes the content of a file.
pub(super) type Content = Box<dyn FnOnce() -> Result<Vec<u8>, String> + Send>;

/// Accepts content at once and writes it in the background.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    journal: Option<LogFile>,
}

#[derive(Default)]
struct State {
    /// By file, with whether the copy of what was there before has to go.
    waiting: BTreeMap<PathBuf, (Content, bool)>,
    events: VecDeque<journal::Write>,
    lost_events: u64,
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

    /// What is to be done next. Events come first: they are what cannot be had again.
    fn next(&mut self) -> Option<Task> {
        if !self.events.is_empty() {
            let count = self.events.len().min(BATCH);
            let lost = std::mem::take(&mut self.lost_events);
            return Some(Task::Events(self.events.drain(..count).collect(), lost));
        }
        self.waiting.pop_first().map(|(path, (content, erase))| Task::Replace(path, content, erase))
    }
}

enum Task {
    Replace(PathBuf, Content, bool),
    Events(Vec<journal::Write>, u64),
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
            let Some(task) = state.next() else {
                if state.closing {
                    return;
                }
                state = self.wait(state);
                continue;
            };
            state.writing = true;
            drop(state);
            let warnings = self.perform(task);
            state = self.state();
            state.writing = false;
            for warning in warnings {
                state.warn(warning);
            }
            self.changed.notify_all();
        }
    }

    fn perform(&self, task: Task) -> Vec<Warning> {
        match task {
            Task::Replace(path, content, erase) => {
                let write = if erase { atomic_file::write_without_copy } else { atomic_file::write };
                let written = content().and_then(|text| write(&path, &text).map_err(|problem| problem.to_string()));
                written.err().map(|reason| Warning::NotWritten { reason, path }).into_iter().collect()
            }
            Task::Events(events, lost) => {
                let mut warnings = Vec::new();
                if lost > 0 {
                    warnings.push(Warning::EventsLost { count: lost });
                }
                if let Some(journal) = &self.journal
                    && let Err((reason, count)) = write_events(journal, &events)
                {
                    warnings.push(Warning::JournalNotWritten { reason, count });
                }
                warnings
            }
        }
    }
}

/// Writes events in their order; what goes wrong, and how many it concerns.
fn write_events(journal: &LogFile, events: &[journal::Write]) -> Result<(), (String, u64)> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut failed: Option<(String, u64)> = None;
    let mut flush = |lines: &mut Vec<Vec<u8>>| {
        if let Err(problem) = journal.append(lines) {
            let count = failed.as_ref().map_or(0, |(_, count)| *count) + lines.len() as u64;
            failed = Some((problem.to_string(), count));
        }
        lines.clear();
    };
    for event in events {
        if let Some(line) = event.line() {
            lines.push(line);
            continue;
        }
        if !lines.is_empty() {
            flush(&mut lines);
        }
        if let Err(problem) = journal.remove(|line| event.deletes(line)) {
            return Err((problem.to_string(), 1));
        }
    }
    if !lines.is_empty() {
        flush(&mut lines);
    }
    failed.map_or(Ok(()), Err)
}

impl Writer {
    /// Events go to these files; none where there is no folder for them.
    pub(super) fn start(journal: Option<LogFile>) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), journal });
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("brownian-storage".to_owned()).spawn(move || own.run()).ok();
        Self { shared, thread }
    }

    /// Replaces what waits for the same file.
    pub(super) fn write(&self, path: PathBuf, content: Content, erase: bool) {
        if self.thread.is_none() {
            let reason = "the thread for writing could not be started".to_owned();
            self.warn(Warning::NotWritten { reason, path });
            return;
        }
        let mut state = self.shared.state();
        let erase = erase || state.waiting.get(&path).is_some_and(|(_, erase)| *erase);
        state.waiting.insert(path, (content, erase));
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Adds an event to the journal.
    pub(super) fn write_event(&self, event: journal::Write) {
        let mut state = self.shared.state();
        if self.thread.is_none() {
            let reason = "the thread for writing could not be started".to_owned();
            state.warn(Warning::JournalNotWritten { reason, count: 1 });
            return;
        }
        state.events.push_back(event);
        if state.events.len() > MOST_EVENTS {
            state.events.pop_front();
            state.lost_events += 1;
        }
        drop(state);
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
        while state.writing || !state.waiting.is_empty() || !state.events.is_empty() {
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
