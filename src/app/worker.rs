//! A thread for long pure work (filters, sorts, differences), so that the window's thread never waits.
//!
//! Each kind of work has a slot. Starting new work in a slot makes the old one worthless: if it still waits it is
//! skipped, if it runs it can see that nobody wants it, and its result is thrown away.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

/// Work that may wait. Each slot wants one result at a time, so a queue this long is mostly work that nobody wants any
/// more; what finds it full is answered as busy.
const WAITING: usize = 256;

type Job = Box<dyn FnOnce() + Send>;

/// The thread; dropping this ends it after the work it is doing.
pub struct Worker {
    jobs: SyncSender<Job>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Worker {
    /// Starts the thread. `wake` is called after each result, to have the window look for it.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(name: &str, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel::<Job>(WAITING);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            for job in queue {
                job();
            }
        })?;
        Ok(Self { jobs, wake: Arc::new(wake) })
    }
}

/// Lets work see that its result is no longer wanted.
#[derive(Clone, Debug)]
pub struct Cancel {
    current: Arc<AtomicU64>,
    own: u64,
}

impl Cancel {
    /// Whether newer work was started in the slot, or the slot was dropped; ask every few thousand steps.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.current.load(Ordering::Relaxed) != self.own
    }
}

/// Why work has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// The work panicked; the thread lives on.
    #[error("something in the tool went wrong while working in the background")]
    Panicked,
    /// Too much work waits; this was not begun.
    #[error("too much is waiting to be worked on in the background")]
    Busy,
}

/// The place of one kind of work: holds at most one that is wanted.
#[derive(Debug)]
pub struct Slot<R> {
    generation: Arc<AtomicU64>,
    waiting: Option<Receiver<R>>,
    refused: bool,
}

impl<R> Default for Slot<R> {
    fn default() -> Self {
        Self { generation: Arc::default(), waiting: None, refused: false }
    }
}

impl<R: Send + 'static> Slot<R> {
    /// Starts work, in the place of what the slot was doing.
    pub fn start(&mut self, worker: &Worker, work: impl FnOnce(&Cancel) -> R + Send + 'static) {
        let own = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let cancel = Cancel { current: Arc::clone(&self.generation), own };
        let (answer, waiting) = sync_channel(1);
        self.waiting = Some(waiting);
        let wake = Arc::clone(&worker.wake);
        let job = Box::new(move || {
            if cancel.is_cancelled() {
                return;
            }
            // The panic hook has reported it; the slot learns of it by the channel's end.
            if let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(&cancel))) {
                let _ = answer.try_send(result); // room for the one result; nobody may be waiting any more
            }
            drop(answer);
            wake();
        });
        // Without the thread the channel ends at once, and `poll` says so.
        self.refused = matches!(worker.jobs.try_send(job), Err(TrySendError::Full(_)));
    }

    /// The result, once, when it is there.
    pub fn poll(&mut self) -> Option<Result<R, WorkError>> {
        let result = match self.waiting.as_ref()?.try_recv() {
            Ok(result) => Ok(result),
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) if self.refused => Err(WorkError::Busy),
            Err(TryRecvError::Disconnected) => Err(WorkError::Panicked),
        };
        self.waiting = None;
        Some(result)
    }

    /// Whether work is waiting or running.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.waiting.is_some()
    }
}

impl<R> Slot<R> {
    /// Gives up what the slot is doing.
    pub fn cancel(&mut self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.waiting = None;
    }
}

impl<R> Drop for Slot<R> {
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    /// A worker whose wakes can be waited for.
    fn worker() -> (Worker, Receiver<()>) {
        let (woken, wakes) = channel();
        let worker = Worker::start("test-worker", move || {
            let _ = woken.send(());
        })
        .unwrap();
        (worker, wakes)
    }

    #[test]
    fn a_result_arrives_once_with_a_wake() {
        let (worker, wakes) = worker();
        let mut slot = Slot::default();
        assert!(slot.poll().is_none());
        slot.start(&worker, |_| (1..=4).product::<u32>());
        wakes.recv().unwrap();
        assert_eq!(slot.poll(), Some(Ok(24)));
        assert_eq!(slot.poll(), None);
        assert!(!slot.is_busy());
    }

    #[test]
    fn work_runs_on_the_named_thread() {
        let (worker, wakes) = worker();
        let mut slot = Slot::default();
        slot.start(&worker, |_| std::thread::current().name().map(str::to_owned));
        wakes.recv().unwrap();
        assert_eq!(slot.poll(), Some(Ok(Some("test-worker".to_owned()))));
    }

    #[test]
    fn newer_work_cancels_the_one_that_runs_and_skips_the_one_that_waits() {
        let (worker, wakes) = worker();
        let mut slot = Slot::default();
        let (started, starts) = sync_channel(0);
        let (told, cancelled) = channel();
        slot.start(&worker, move |cancel| {
            started.send(()).unwrap();
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            told.send(cancel.is_cancelled()).unwrap();
            1
        });
        starts.recv().unwrap();
        let (skipped, runs) = channel();
        slot.start(&worker, move |_| {
            skipped.send(()).unwrap();
            2
        });
        slot.start(&worker, |_| 3);
        assert_eq!(cancelled.recv(), Ok(true));
        wakes.recv().unwrap(); // of the first
        wakes.recv().unwrap(); // of the last
        assert_eq!(slot.poll(), Some(Ok(3)));
        assert!(runs.try_recv().is_err(), "skipped work has run");
    }

    #[test]
    fn a_panic_is_reported_and_the_thread_goes_on() {
        let (worker, wakes) = worker();
        let mut slot: Slot<u8> = Slot::default();
        slot.start(&worker, |_| std::panic::resume_unwind(Box::new("quietly")));
        wakes.recv().unwrap();
        assert_eq!(slot.poll(), Some(Err(WorkError::Panicked)));
        slot.start(&worker, |_| 7);
        wakes.recv().unwrap();
        assert_eq!(slot.poll(), Some(Ok(7)));
    }

    #[test]
    fn work_beyond_what_may_wait_is_answered_as_busy() {
        let (worker, _wakes) = worker();
        let (go, gate) = sync_channel::<()>(0);
        let (started, starts) = sync_channel(0);
        let mut running = Slot::default();
        running.start(&worker, move |_| {
            started.send(()).unwrap();
            let _ = gate.recv();
        });
        starts.recv().unwrap();
        let mut slots: Vec<Slot<usize>> = (0..=WAITING).map(|_| Slot::default()).collect();
        for (number, slot) in slots.iter_mut().enumerate() {
            slot.start(&worker, move |_| number);
        }
        assert_eq!(slots[WAITING].poll(), Some(Err(WorkError::Busy)));
        assert_eq!(slots[WAITING - 1].poll(), None, "the last that fits waits");
        drop(go);
    }

    #[test]
    fn dropping_or_cancelling_a_slot_tells_its_work() {
        let (worker, _wakes) = worker();
        for by_drop in [true, false] {
            let mut slot = Slot::default();
            let (started, starts) = sync_channel(0);
            let (told, ended) = channel();
            slot.start(&worker, move |cancel| {
                started.send(()).unwrap();
                while !cancel.is_cancelled() {
                    std::thread::yield_now();
                }
                told.send(()).unwrap();
            });
            starts.recv().unwrap();
            if by_drop {
                drop(slot);
            } else {
                slot.cancel();
                assert!(!slot.is_busy());
            }
            ended.recv().unwrap();
        }
    }
}
