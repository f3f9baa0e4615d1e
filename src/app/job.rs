//! Work on a thread of its own, whose result is looked for and never waited for.

use crate::client::api::Waker;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

/// Stack of a thread.
const STACK_BYTES: usize = 2 << 20;

/// Work under way on another thread, with its result when it has ended.
#[derive(Debug)]
pub(super) struct Job<T>(Receiver<T>);

/// How far a [`Job`] is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress<T> {
    /// Still under way.
    Running,
    /// It ended with this; given out once.
    Done(T),
    /// It ended without a result: its thread panicked, which the log has, or the result was taken before.
    Lost,
}

impl<T: Send + 'static> Job<T> {
    /// Starts a thread of this name for the work; `wake` is called when its result can be taken. Dropping the job lets
    /// the thread run to its end and throws the result away.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(name: &str, wake: &Waker, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Self> {
        Self::start_with_stack(name, STACK_BYTES, wake, work)
    }

    /// The same with another stack, for work whose recursion is bounded but deep.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start_with_stack(
        name: &str,
        stack_bytes: usize,
        wake: &Waker,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Self> {
        let (result, job) = Self::pending();
        let wake = WakeOnDrop(wake.clone());
        thread::Builder::new().name(name.to_owned()).stack_size(stack_bytes).spawn(move || {
            // Dropped in reverse order, also by a panic: first the sender, then the waker.
            let _woken_last = wake;
            let sender = result;
            let _ = sender.send(work()); // nobody may be waiting any more
        })?;
        Ok(job)
    }
}

impl<T> Job<T> {
    /// A job whose result is sent by the caller, for threads that serve one job after the other.
    pub(super) fn pending() -> (SyncSender<T>, Self) {
        let (result, receiver) = sync_channel(1); // for the one result
        (result, Self(receiver))
    }

    /// Looks whether it has ended, without waiting.
    pub(super) fn poll(&self) -> Progress<T> {
        match self.0.try_recv() {
            Ok(result) => Progress::Done(result),
            Err(TryRecvError::Empty) => Progress::Running,
            Err(TryRecvError::Disconnected) => Progress::Lost,
        }
    }

    /// Waits for the result; never on the window's thread. None as for [`Progress::Lost`].
    pub(super) fn wait(&self) -> Option<T> {
        self.0.recv().ok()
    }
}

/// Wakes also after a panic, so that the loss is noticed at once.
struct WakeOnDrop(Waker);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Runs a future on the calling thread, where nothing else of the program is asynchronous.
///
/// # Errors
/// The system gives no runtime.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};

    fn waker() -> (Waker, Receiver<()>) {
        let (woken, wakes) = channel();
        let woken = Mutex::new(woken);
        let waker: Waker = Arc::new(move || {
            let _ = woken.lock().map(|woken| woken.send(()));
        });
        (waker, wakes)
    }

    #[test]
    fn the_result_is_there_after_the_wake_and_given_out_once() {
        let (waker, wakes) = waker();
        let (go, wait) = sync_channel::<u32>(0);
        let job = Job::start("test-job", &waker, move || {
            assert_eq!(thread::current().name(), Some("test-job"));
            wait.recv().expect("the test says go")
        })
        .expect("a thread");
        assert_eq!(job.poll(), Progress::Running);
        go.send(7).expect("the thread waits");
        wakes.recv().expect("woken");
        assert_eq!(job.poll(), Progress::Done(7));
        assert_eq!(job.poll(), Progress::Lost);
    }

    #[test]
    fn a_panic_wakes_and_is_a_loss() {
        let (waker, wakes) = waker();
        let job = Job::<()>::start("test-panic", &waker, || panic!("meant to be")).expect("a thread");
        wakes.recv().expect("woken");
        assert_eq!(job.poll(), Progress::Lost);
        assert_eq!(job.wait(), None);
    }
}
