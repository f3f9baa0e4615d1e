//! The bounded, merging, ordered queue from a connection's task up to the window.
//!
//! Values merge to the latest of each topic until something stands between them whose order matters: an answer, an
//! unsubscription, a link state, a lost value. Answers, link states and subscriptions are never dropped; log lines and
//! notifications are rings. Whatever is merged or dropped is counted.
//!
//! A subscription does not stand between values: it is put before the values that still merge. It cannot belong to
//! any of them (only a path without a subscription can get one, and the unsubscription before it did stand between),
//! and so a million topics announced one by one, each with its value, make one batch.

use super::api::{Arrival, Event, Traffic, Update, Waker};
use crate::data::TopicPath;
use crate::session::event::Arrived;
use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Log lines that may wait.
pub const MAX_LOG_LINES: usize = 1000;
/// Notifications, lost values and measured round trips that may wait.
pub const MAX_NOTICES: usize = 8192;
/// Values of one topic that may wait for its history.
pub const MAX_EARLIER: usize = 1000;

/// Wakes the window once for each batch that it takes, and lets a program without a window wait.
pub struct Wake {
    raised: AtomicBool,
    flag: Mutex<bool>,
    signal: Condvar,
    waker: Waker,
}

impl std::fmt::Debug for Wake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wake").field("raised", &self.raised).finish_non_exhaustive()
    }
}

impl Wake {
    /// Calls this waker.
    #[must_use]
    pub fn new(waker: Waker) -> Self {
        Self { raised: AtomicBool::new(false), flag: Mutex::new(false), signal: Condvar::new(), waker }
    }

    /// Says that something waits; only the first time since it was taken does anything.
    pub fn raise(&self) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            *locked(&self.flag) = true;
            self.signal.notify_all();
            (self.waker)();
        }
    }

    /// Before taking what waits.
    pub fn lower(&self) {
        *locked(&self.flag) = false;
        self.raised.store(false, Ordering::Release);
    }

    /// Waits until something waits or the time is over; whether something waits.
    pub fn wait(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut flag = locked(&self.flag);
        while !*flag {
            let left = deadline.map_or(timeout, |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            flag = self.signal.wait_timeout(flag, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// A queue shared by the connection's task and the window's thread.
#[derive(Debug)]
pub struct Outbox {
    queue: Mutex<Queue>,
    wake: Arc<Wake>,
}

impl Outbox {
    /// An empty one.
    #[must_use]
    pub fn new(wake: Arc<Wake>) -> Self {
        Self { queue: Mutex::new(Queue::default()), wake }
    }

    /// Adds a batch under one lock and wakes the window.
    pub fn fill(&self, add: impl FnOnce(&mut Queue)) {
        let mut queue = locked(&self.queue);
        add(&mut queue);
        let waiting = queue.is_worth_waking();
        drop(queue);
        if waiting {
            self.wake.raise();
        }
    }

    /// Takes everything that waits, in order.
    pub fn take(&self, into: &mut impl Extend<Event>) {
        let taken = locked(&self.queue).take();
        into.extend(taken.in_order());
    }
}

/// The queue itself.
#[derive(Debug, Default)]
pub struct Queue {
    next: u64,
    ordered: VecDeque<(u64, Event)>,
    logs: VecDeque<(u64, Event)>,
    notices: VecDeque<(u64, Event)>,
    traffic: Option<Traffic>,
    /// Updates that may still merge; they come after everything in `ordered`.
    open: Vec<Update>,
    /// Whether `open[n]` keeps its history.
    open_kept: Vec<bool>,
    /// Where in `open` a topic id is.
    open_at: HashMap<i32, usize>,
    kept: HashSet<TopicPath>,
    keep_all: bool,
    merged: u64,
    dropped: u64,
    /// Round trips that somebody asked for by hand and waits for.
    pings_awaited: u32,
    /// Such a round trip waits to be taken.
    ping_answered: bool,
    /// Round trips among the notices.
    pings: usize,
}

impl Queue {
    /// Keeps every value of these paths, and of no others.
    pub fn keep_history_of(&mut self, paths: Vec<TopicPath>) {
        self.kept = paths.into_iter().collect();
        for (update, kept) in self.open.iter().zip(&mut self.open_kept) {
            *kept = self.keep_all || self.kept.contains(&update.path);
        }
    }

    /// Keeps every value of every topic, as far as the bound of each allows.
    pub fn keep_every_value(&mut self) {
        self.keep_all = true;
    }

    /// Values merged and events dropped so far.
    #[must_use]
    pub const fn pressure(&self) -> (u64, u64) {
        (self.merged, self.dropped)
    }

    /// Whether anything waits that somebody should look at now: totals of the line, and round trips that are measured
    /// all the time, can wait for the next look.
    #[must_use]
    pub fn is_worth_waking(&self) -> bool {
        let quiet = self.ordered.is_empty() && self.open.is_empty() && self.logs.is_empty();
        !quiet || self.notices.len() > self.pings || self.ping_answered
    }

    /// Somebody waits for a round trip: the next one is worth waking for.
    pub fn await_ping(&mut self) {
        self.pings_awaited = self.pings_awaited.saturating_add(1);
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ordered.is_empty()
            && self.open.is_empty()
            && self.logs.is_empty()
            && self.notices.is_empty()
            && self.traffic.is_none()
    }

    /// Adds a value, merging it with one of the same topic that still waits.
    pub fn push_value(&mut self, value: Arrived) {
        let Arrived { topic_id, path, value, delta_bytes, line_bytes, at } = value;
        let latest = Arrival { at, value, delta_bytes };
        let line_bytes = u64::from(line_bytes);
        let slot = *self.open_at.entry(topic_id).or_insert(self.open.len());
        let Some(update) = self.open.get_mut(slot) else {
            self.open_kept.push(self.keep_all || (!self.kept.is_empty() && self.kept.contains(&path)));
            self.open.push(Update { path, latest, count: 1, line_bytes, earlier: Vec::new(), dropped: 0 });
            return;
        };
        self.merged += 1;
        update.count = update.count.saturating_add(1);
        update.line_bytes += line_bytes;
        let before = std::mem::replace(&mut update.latest, latest);
        if self.open_kept[slot] {
            update.earlier.push(before);
            // Twice the bound before the older half goes: moving the rest for each value would cost its square.
            if update.earlier.len() >= 2 * MAX_EARLIER {
                self.dropped += trim(update);
            }
        }
    }

    /// Adds anything but a value.
    pub fn push(&mut self, event: Event) {
        match event {
            Event::Traffic(traffic) => self.traffic = Some(traffic),
            Event::Log(_) => {
                let at = self.number();
                self.dropped += push_ring(&mut self.logs, MAX_LOG_LINES, (at, event));
            }
            Event::Notification { .. } | Event::MissingTopic(_) | Event::Settled { .. } | Event::Pinged { .. } => {
                if matches!(event, Event::Pinged { .. }) {
                    self.pings += 1;
                    self.ping_answered |= self.pings_awaited > 0;
                    self.pings_awaited = self.pings_awaited.saturating_sub(1);
                }
                let at = self.number();
                let dropped = push_ring(&mut self.notices, MAX_NOTICES, (at, event));
                self.dropped += dropped;
                // Which was dropped is not looked at: with so many waiting, the window is to be woken anyway.
                self.pings = self.pings.saturating_sub(dropped as usize);
            }
            // Would else end a batch each time, so that a server with bad values could fill the queue.
            Event::ValueLost { .. } if self.notices.len() >= MAX_NOTICES => self.dropped += 1,
            Event::ValueLost { .. } => {
                self.close_batch();
                let at = self.number();
                self.notices.push_back((at, event));
            }
            Event::Subscribed { .. } => {
                let at = self.number();
                self.ordered.push_back((at, event));
            }
            Event::Link(_) | Event::Answer(_) | Event::Unsubscribed { .. } | Event::Updates(_) => {
                self.close_batch();
                let at = self.number();
                self.ordered.push_back((at, event));
            }
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn close_batch(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.open_at.clear();
        let kept = std::mem::take(&mut self.open_kept);
        let mut updates = std::mem::take(&mut self.open);
        for (update, kept) in updates.iter_mut().zip(kept) {
            if kept {
                self.dropped += trim(update);
            }
        }
        let at = self.number();
        self.ordered.push_back((at, Event::Updates(updates)));
    }

    fn take(&mut self) -> Taken {
        self.close_batch();
        (self.pings, self.ping_answered) = (0, false);
        Taken {
            queues: [&mut self.ordered, &mut self.logs, &mut self.notices].map(std::mem::take),
            traffic: self.traffic.take(),
        }
    }
}

/// What was in a queue; put in order outside its lock.
struct Taken {
    queues: [VecDeque<(u64, Event)>; 3],
    traffic: Option<Traffic>,
}

impl Taken {
    fn in_order(mut self) -> impl Iterator<Item = Event> {
        std::iter::from_fn(move || {
            let first = self.queues.iter_mut().filter(|q| !q.is_empty()).min_by_key(|q| q.front().map(|(at, _)| *at));
            match first {
                Some(queue) => queue.pop_front().map(|(_, event)| event),
                None => self.traffic.take().map(Event::Traffic),
            }
        })
    }
}

fn push_ring(ring: &mut VecDeque<(u64, Event)>, limit: usize, item: (u64, Event)) -> u64 {
    let full = ring.len() >= limit;
    if full {
        ring.pop_front();
    }
    ring.push_back(item);
    u64::from(full)
}

/// Drops the oldest values above the bound and says how many.
fn trim(update: &mut Update) -> u64 {
    let over = update.earlier.len().saturating_sub(MAX_EARLIER);
    update.earlier.drain(..over);
    update.dropped = update.dropped.saturating_add(u32::try_from(over).unwrap_or(u32::MAX));
    over as u64
}

/// A queue or flag is whole after every step, so a panic elsewhere does not spoil it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
