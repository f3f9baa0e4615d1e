//! The runtime's threads: connections are opened, commanded and heard from here, without ever waiting for them.

use super::actor::{Acceptor, Actor, not_connected};
use super::api::{Command, ConnectOptions, Event, LinkId, Step, StepReport, Update, Waker, protocol};
use super::connection_test;
use super::outbox::{Outbox, Wake, bytes_of};
use super::transport::pipe::PipeAcceptor;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::mpsc as std_mpsc;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// Commands that may wait for a connection's task.
const COMMANDS: usize = 1024;
/// Two threads: one for a connection that floods, one for the others.
const WORKERS: usize = 2;
/// Updates handed over as one event; a larger batch would not fit a frame.
const UPDATES_AT_A_TIME: usize = 4096;

/// Too many commands wait; this one was not taken.
#[derive(Debug)]
pub struct Busy(pub Command);

struct Link {
    commands: mpsc::Sender<Command>,
    outbox: Arc<Outbox>,
}

/// Everything that runs in the background. Dropping it stops it all without waiting.
pub struct Engine {
    /// Taken only by `drop`.
    runtime: Option<Runtime>,
    wake: Arc<Wake>,
    links: HashMap<LinkId, Link>,
    embedded: Arc<RwLock<Option<PipeAcceptor>>>,
    /// Taken from the connections, not yet from here.
    waiting: VecDeque<(LinkId, Event)>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("links", &self.links.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts the runtime. The waker is called on its threads, at most once for each batch drained; `embedded` takes
    /// connections to the server of this process.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(waker: Waker, embedded: Option<PipeAcceptor>) -> std::io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(WORKERS).thread_name("brownian-line").enable_all().build()?;
        Ok(Self {
            runtime: Some(runtime),
            wake: Arc::new(Wake::new(waker)),
            links: HashMap::new(),
            embedded: Arc::new(RwLock::new(embedded)),
            waiting: VecDeque::new(),
        })
    }

    /// Changes who takes connections to the embedded server; connections already open stay.
    pub fn embed(&self, embedded: Option<PipeAcceptor>) {
        *self.embedded.write().unwrap_or_else(PoisonError::into_inner) = embedded;
    }

    /// Opens a connection. One of the same id is forgotten first.
    pub fn open(&mut self, id: LinkId, options: ConnectOptions) {
        self.forget(id);
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let outbox = Arc::new(Outbox::new(Arc::clone(&self.wake)));
        if options.keep_every_value {
            outbox.fill(super::outbox::Queue::keep_every_value);
        }
        let actor = Actor::new(Arc::new(options), self.acceptor(), receiver, Arc::clone(&outbox));
        self.runtime().spawn(actor.run());
        self.links.insert(id, Link { commands, outbox });
    }

    /// Gives a command without waiting. A call to a connection that is not open is answered as such.
    ///
    /// # Errors
    /// Too many commands wait.
    pub fn send(&mut self, id: LinkId, command: Command) -> Result<(), Busy> {
        let refused = match self.links.get(&id) {
            Some(link) => match link.commands.try_send(command) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(command)) => return Err(Busy(command)),
                Err(TrySendError::Closed(command)) => command,
            },
            None => command,
        };
        if let Command::Call(call) = refused {
            let event = not_connected(call.id);
            if let Some(link) = self.links.get(&id) {
                link.outbox.fill(|queue| queue.push(event));
            } else {
                self.waiting.push_back((id, event));
                self.wake.raise();
            }
        }
        Ok(())
    }

    /// Lets go of a connection and throws away what it still has to tell. Its task ends its session on its own.
    pub fn forget(&mut self, id: LinkId) {
        self.links.remove(&id);
        self.waiting.retain(|(of, _)| *of != id);
    }

    /// Takes about `budget` events and updates, in the order of each connection; whether more wait.
    pub fn drain(&mut self, budget: usize, take: &mut dyn FnMut(LinkId, Event)) -> bool {
        let mut left = budget;
        let mut collected = false;
        while left > 0 {
            let Some((id, event)) = self.waiting.pop_front() else {
                if collected {
                    return false;
                }
                collected = true;
                self.collect();
                continue;
            };
            left = left.saturating_sub(match &event {
                Event::Updates(updates) => updates.len().max(1),
                _ => 1,
            });
            let bytes = bytes_of(&event);
            take(id, event);
            if bytes > 0
                && let Some(link) = self.links.get(&id)
            {
                link.outbox.release(bytes);
            }
        }
        !self.waiting.is_empty()
    }

    /// Waits until a connection has something to report, for programs without a window.
    pub fn wait(&self, timeout: Duration) -> bool {
        !self.waiting.is_empty() || self.wake.wait(timeout)
    }

    /// Tries a connection step by step. The reports come one by one; the last one is followed by a disconnection of
    /// the receiver, which may be dropped at any time.
    #[must_use]
    pub fn test_connection(&self, options: ConnectOptions) -> std_mpsc::Receiver<StepReport> {
        // Room for every report, also where nobody looks for a while: each step, and each version that is refused.
        let (reports, receiver) = std_mpsc::sync_channel(Step::ALL.len() + protocol::OFFERED.len());
        let (acceptor, wake) = (self.acceptor(), Arc::clone(&self.wake));
        self.runtime().spawn(async move {
            let tell = |report| {
                let wanted = reports.try_send(report).is_ok();
                wake.raise();
                wanted
            };
            connection_test::run(&options, acceptor(), tell).await;
        });
        receiver
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("the runtime is taken only when the engine is dropped")
    }

    fn acceptor(&self) -> Acceptor {
        let embedded = Arc::clone(&self.embedded);
        Arc::new(move || embedded.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn collect(&mut self) {
        self.wake.lower();
        let mut taken = Vec::new();
        for (id, link) in &self.links {
            link.outbox.take(&mut taken);
            for event in taken.drain(..) {
                match event {
                    Event::Updates(updates) if updates.len() > UPDATES_AT_A_TIME => {
                        self.waiting.extend(in_parts(updates).map(|part| (*id, Event::Updates(part))));
                    }
                    event => self.waiting.push_back((*id, event)),
                }
            }
        }
    }
}

fn in_parts(updates: Vec<Update>) -> impl Iterator<Item = Vec<Update>> {
    let mut rest = updates.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<_> = rest.by_ref().take(UPDATES_AT_A_TIME).collect();
        (!part.is_empty()).then_some(part)
    })
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.links.clear();
        if let Some(runtime) = self.runtime.take() {
            // A name look-up in progress may take long; nobody waits for it.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests;
