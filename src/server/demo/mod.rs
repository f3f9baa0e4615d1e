//! The content of the embedded demo server: this machine, clocks, markets, sports, sensors, one topic of each type,
//! handlers of requests and sessions, published by one thread at a rate that can be changed while it runs.
//!
//! The branches know no server: they publish through [`Publish`]. What they publish follows from a seed and from the
//! moments they are given (the machine's own figures apart), so tests give moments and compare values.

mod cast;
mod clients;
mod clocks;
mod handlers;
mod machine;
mod markets;
mod pace;
mod publish;
mod random;
mod sensors;
mod sports;
#[cfg(test)]
mod tests;
mod types;
mod words;

use super::{LocalClient, LocalSession, Security};
use crate::data::{Timestamp, TopicSpec};
use bytes::Bytes;
pub use handlers::Handle;
use pace::Pace;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the demo content asks of a server.
pub trait Publish: Send + Sync + 'static {
    /// Adds a topic; one that exists stays as it is.
    fn add(&self, path: &str, spec: &TopicSpec);
    /// Sets values in order; several of one topic may be among them.
    fn set_batch(&self, updates: &[(Arc<str>, Bytes)]);
    /// Appends an event with this value to a time series; its sequence, if it was taken.
    fn append(&self, path: &str, value: Bytes) -> Option<i64>;
    /// Gives an original event of a time series another value.
    fn edit(&self, path: &str, original: i64, value: Bytes);
    /// Removes every topic that a selector selects.
    fn remove(&self, selector: &str);
    /// Handles the requests to a path.
    fn handle(&self, path: &str, handle: Handle);
    /// Opens a session; none if there is no place for it.
    fn open_session(&self, client: &LocalClient) -> Option<LocalSession>;
}

/// The stores of a server with the demo content: those of a new server, where the administrator may also do what needs
/// `AUTHENTICATE`, such as revoking a session.
#[must_use]
pub fn security() -> Security {
    let mut security = Security::standard();
    if let Some(admin) = security.principals.get_mut("admin") {
        admin.roles.push("AUTHENTICATION_HANDLER".to_owned());
    }
    security
}

/// Updates a second at which the branches move at their natural pace.
pub const NATURAL_RATE: f64 = 2_250.0;
/// The fastest rate.
pub const MAX_RATE: f64 = 50_000.0;

/// The time between two batches: short enough to look alive, long enough to batch.
const TURN: Duration = Duration::from_millis(10);

/// A moment as the branches see it.
#[derive(Clone, Copy, Debug)]
struct Moment {
    /// Time since the demo began; schedules follow it.
    elapsed: Duration,
    /// The time of day, which values may show.
    now: Timestamp,
}

/// Values waiting to be published together, and the way out.
struct Out<'a> {
    publish: &'a dyn Publish,
    batch: Vec<(Arc<str>, Bytes)>,
    updates: u64,
}

impl<'a> Out<'a> {
    fn new(publish: &'a dyn Publish) -> Self {
        Self { publish, batch: Vec::new(), updates: 0 }
    }

    fn add(&mut self, path: &str, spec: &TopicSpec) {
        self.publish.add(path, spec);
    }

    fn set(&mut self, path: &Arc<str>, value: Bytes) {
        self.batch.push((Arc::clone(path), value));
        self.updates += 1;
    }

    fn append(&mut self, path: &str, value: Bytes) -> Option<i64> {
        self.updates += 1;
        self.publish.append(path, value)
    }

    fn edit(&mut self, path: &str, original: i64, value: Bytes) {
        self.updates += 1;
        self.publish.edit(path, original, value);
    }

    /// Removes topics, after what was set before.
    fn remove(&mut self, selector: &str) {
        self.flush();
        self.publish.remove(selector);
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.publish.set_batch(&self.batch);
            self.batch.clear();
        }
    }
}

/// A branch that moves by its own schedule.
trait Branch: Send {
    /// Adds the topics and their first values.
    fn open(&mut self, at: Moment, out: &mut Out<'_>);
    /// Publishes what is due.
    fn step(&mut self, at: Moment, out: &mut Out<'_>);
}

/// Everything the demo publishes.
struct Content {
    scheduled: Vec<Box<dyn Branch>>,
    markets: markets::Markets,
    clients: clients::Clients,
}

impl Content {
    fn new(seed: u64) -> Self {
        Self {
            scheduled: vec![
                Box::new(types::Types),
                Box::new(clocks::Clocks::new()),
                Box::new(machine::Machine::new()),
                Box::new(sensors::Sensors::new(seed)),
                Box::new(sports::Sports::new(seed)),
            ],
            markets: markets::Markets::new(seed),
            clients: clients::Clients::new(seed),
        }
    }

    fn open(&mut self, at: Moment, publish: &dyn Publish) {
        handlers::open(publish);
        let mut out = Out::new(publish);
        for branch in &mut self.scheduled {
            branch.open(at, &mut out);
            out.flush();
        }
        self.markets.open(at, &mut out);
        out.flush();
        self.clients.open(at, publish);
    }

    /// One turn: the scheduled branches first, the markets take what is left of the rate.
    fn turn(&mut self, at: Moment, pace: &mut Pace, publish: &dyn Publish) {
        self.clients.step(at, pace.due() > 0, publish);
        let mut out = Out::new(publish);
        if pace.due() > 0 {
            for branch in &mut self.scheduled {
                branch.step(at, &mut out);
                out.flush();
            }
            pace.spend(out.updates);
        }
        let left = pace.due();
        if left > 0 {
            let before = out.updates;
            self.markets.trade(left, at, &mut out);
            pace.spend(out.updates - before);
        }
        out.flush();
    }
}

struct Settings {
    rate: f64,
    stop: bool,
}

struct Shared {
    settings: Mutex<Settings>,
    changed: Condvar,
}

impl Shared {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        // The settings are plain numbers: no panic can leave them half written.
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running demo content; dropping it ends its thread.
pub struct DemoHandle {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl DemoHandle {
    /// Changes how many updates are published each second, from 0 (everything rests) to [`MAX_RATE`].
    pub fn set_rate(&self, updates_per_sec: f64) {
        self.shared.settings().rate = pace::bounded(updates_per_sec);
        self.shared.changed.notify_all();
    }

    /// How many updates are published each second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.shared.settings().rate
    }
}

impl Drop for DemoHandle {
    fn drop(&mut self) {
        self.shared.settings().stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the demo content ended by a panic");
        }
    }
}

/// Starts publishing at `updates_per_sec`. The topics are added by the thread that then keeps them moving, so this
/// returns at once.
///
/// # Errors
/// The thread could not be started.
pub fn start(publish: Arc<dyn Publish>, seed: u64, updates_per_sec: f64) -> io::Result<DemoHandle> {
    let settings = Settings { rate: pace::bounded(updates_per_sec), stop: false };
    let shared = Arc::new(Shared { settings: Mutex::new(settings), changed: Condvar::new() });
    let own = Arc::clone(&shared);
    let thread = thread::Builder::new()
        .name("demo content".to_owned())
        .spawn(move || run(&own, &*publish, Content::new(seed)))?;
    Ok(DemoHandle { shared, thread: Some(thread) })
}

fn run(shared: &Shared, publish: &dyn Publish, mut content: Content) {
    let begun = Instant::now();
    content.open(moment(begun), publish);
    let mut pace = Pace::default();
    let mut before = begun.elapsed();
    let mut next_turn = before;
    loop {
        next_turn += TURN;
        let mut settings = shared.settings();
        let rate = loop {
            let elapsed = begun.elapsed();
            if settings.stop {
                return;
            }
            let Some(wait) = next_turn.checked_sub(elapsed).filter(|wait| !wait.is_zero()) else {
                break settings.rate;
            };
            settings = shared.changed.wait_timeout(settings, wait).unwrap_or_else(PoisonError::into_inner).0;
        };
        drop(settings);
        let at = moment(begun);
        pace.pass(at.elapsed.saturating_sub(before), rate);
        before = at.elapsed;
        content.turn(at, &mut pace, publish);
        // A machine that slept or is too slow goes on from here instead of catching up turn by turn.
        next_turn = next_turn.max(begun.elapsed().saturating_sub(TURN));
    }
}

fn moment(begun: Instant) -> Moment {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX));
    Moment { elapsed: begun.elapsed(), now }
}
