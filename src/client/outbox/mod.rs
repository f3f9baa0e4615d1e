//! The bounded, merging, ordered queue from a connection's task up to the window.
//!
//! Values merge to the latest of each topic until something stands between them whose order matters: an answer, an
//! unsubscription, a link state, a lost value. Answers are never dropped; log lines and requests of the server are
//! rings, and [`Event::NotificationsDropped`] says that the window missed a request, since a feature may have to fetch
//! again what it keeps by them. Whatever is merged or dropped is counted.
//!
//! What waits is bounded while the window does not look: there are no more answers than calls, and once much could be
//! merged across what stood between, [`squeeze`] leaves of each topic only how it ended up. The bound so follows the
//! number of topics that the server announces, not how often they come, change and go.
//!
//! A subscription does not stand between values: it is put before the values that still merge. It cannot belong to
//! any of them (only a path without a subscription can get one, and the unsubscription before it did stand between),
//! and so a million topics announced one by one, each with its value, make one batch.

use super::api::{Event, ReceivedValue, SessionEvent, Traffic, Update, Waker};
use crate::data::TopicPath;
use crate::session::ValueEvent;
use compaction::squeeze;
use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

mod compaction;

/// Log lines that may wait.
pub(super) const MAX_LOG_LINES: usize = 1000;
/// Requests of the server, news of their automatic answers and measured round trips that may wait.
pub(super) const MAX_NOTICES: usize = 8192;
/// Bytes of the requests among them; the latest request may wait however large it is.
pub(super) const MAX_NOTICE_BYTES: usize = 32 << 20;
/// Values of one topic that may wait for its history.
pub(super) const MAX_EARLIER: usize = 1000;
/// Bytes of values and announcements that may wait, here and on their way to the window, until another limit is given.
/// Then nothing more is read from the line.
pub(super) const MAX_BYTES: usize = 128 << 20;
/// What a subscription costs without its path.
const SUBSCRIPTION_BYTES: usize = 200;
/// How much that may be of no use any more waits before it is looked for; see [`Queue::note_surplus`] for the unit.
pub(super) const MIN_SURPLUS: u64 = 1 << 16;

/// Wakes the window once for each batch that it takes, and lets a program without a window wait.
pub(super) struct Wake {
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
    pub(super) fn new(waker: Waker) -> Self {
        Self { raised: AtomicBool::new(false), flag: Mutex::new(false), signal: Condvar::new(), waker }
    }

    /// Says that something waits; only the first time since it was taken does anything.
    pub(super) fn raise(&self) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            *locked(&self.flag) = true;
            self.signal.notify_all();
            (self.waker)();
        }
    }

    /// Before taking what waits.
    pub(super) fn lower(&self) {
        *locked(&self.flag) = false;
        self.raised.store(false, Ordering::Release);
    }

    /// Waits until something waits or the time is over; whether something waits.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
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
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    wake: Arc<Wake>,
    /// Bytes in the queue.
    queued: AtomicUsize,
    /// Bytes taken from the queue that the window has not got yet.
    taken: AtomicUsize,
    limit: AtomicUsize,
    room: Notify,
}

impl Outbox {
    /// An empty one.
    #[must_use]
    pub(super) fn new(wake: Arc<Wake>) -> Self {
        Self {
            queue: Mutex::new(Queue::default()),
            wake,
            queued: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            limit: AtomicUsize::new(MAX_BYTES),
            room: Notify::new(),
        }
    }

    /// Bytes that may wait from now on.
    pub(super) fn limit_bytes(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
        self.room.notify_one();
    }

    /// Whether more should be put into it. Nothing is refused: whoever fills it reads no further while there is no room.
    pub(super) fn has_room(&self) -> bool {
        let held = self.queued.load(Ordering::Relaxed).saturating_add(self.taken.load(Ordering::Relaxed));
        held < self.limit.load(Ordering::Relaxed)
    }

    /// Waits until the window has got something.
    pub(super) async fn room(&self) {
        self.room.notified().await;
    }

    /// The window has got this much of what was taken.
    pub(super) fn release(&self, bytes: usize) {
        if bytes > 0 {
            let _ = self
                .taken
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| Some(taken.saturating_sub(bytes)));
            self.room.notify_one();
        }
    }

    /// Adds a batch under one lock and wakes the window.
    pub(super) fn fill(&self, add: impl FnOnce(&mut Queue)) {
        let mut queue = locked(&self.queue);
        add(&mut queue);
        self.queued.store(queue.bytes, Ordering::Relaxed);
        let waiting = queue.is_worth_waking();
        drop(queue);
        if waiting {
            self.wake.raise();
        }
    }

    /// Takes everything that waits, in order.
    pub(super) fn take(&self, into: &mut impl Extend<Event>) {
        let mut queue = locked(&self.queue);
        let taken = queue.take();
        self.taken.fetch_add(std::mem::take(&mut queue.bytes), Ordering::Relaxed);
        self.queued.store(0, Ordering::Relaxed);
        drop(queue);
        into.extend(taken.in_order());
    }
}

/// The queue itself.
#[derive(Debug, Default)]
pub(super) struct Queue {
    next: u64,
    /// What [`bytes_of`] gives for all that waits.
    bytes: usize,
    ordered: VecDeque<(u64, Event)>,
    logs: VecDeque<(u64, Event)>,
    notices: VecDeque<(u64, Event)>,
    /// Bytes of the requests among the notices, as they came.
    notice_bytes: usize,
    /// Notices dropped that somebody would have acted on, and the number of the latest.
    lost_notices: (u64, u64),
    traffic: Option<Traffic>,
    surplus: Surplus,
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

/// How much in `ordered` may be of no use any more.
#[derive(Debug, Default)]
struct Surplus {
    waiting: u64,
    /// How much of it was of use when it was last looked at.
    useful: u64,
    /// Whether values wait that stand after the last answer.
    values: bool,
    /// Topics subscribed, and how many there were at most while the queue waited.
    topics: u64,
    most_topics: u64,
}

impl Queue {
    /// Keeps every value of these paths, and of no others.
    pub(super) fn keep_history_of(&mut self, paths: Vec<TopicPath>) {
        self.kept = paths.into_iter().collect();
        for (update, kept) in self.open.iter().zip(&mut self.open_kept) {
            *kept = self.keep_all || self.kept.contains(&update.path);
        }
    }

    /// Keeps every value of every topic, as far as the bound of each allows.
    pub(super) fn keep_every_value(&mut self) {
        self.keep_all = true;
    }

    /// Values merged and events dropped so far.
    #[must_use]
    pub(super) const fn pressure(&self) -> (u64, u64) {
        (self.merged, self.dropped)
    }

    /// Whether anything waits that somebody should look at now: totals of the line, and round trips that are measured
    /// all the time, can wait for the next look.
    #[must_use]
    pub(super) fn is_worth_waking(&self) -> bool {
        let quiet = self.ordered.is_empty() && self.open.is_empty() && self.logs.is_empty();
        !quiet || self.notices.len() > self.pings || self.ping_answered
    }

    /// Somebody waits for a round trip: the next one is worth waking for.
    pub(super) fn await_ping(&mut self) {
        self.pings_awaited = self.pings_awaited.saturating_add(1);
    }

    /// Adds a value, merging it with one of the same topic that still waits.
    pub(super) fn push_value(&mut self, value: ValueEvent) {
        let ValueEvent { topic_id, path, received: latest, line_bytes } = value;
        let line_bytes = u64::from(line_bytes);
        self.bytes += latest.value.len();
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
                self.dropped += trim(update, &mut self.bytes);
            }
        } else {
            self.bytes -= before.value.len();
        }
    }

    /// Adds anything but a value.
    pub(super) fn push(&mut self, event: Event) {
        match event {
            Event::Traffic(traffic) => self.traffic = Some(traffic),
            Event::Log(_) => {
                let at = self.number();
                self.dropped += u64::from(push_ring(&mut self.logs, MAX_LOG_LINES, (at, event)).is_some());
            }
            Event::Session(
                SessionEvent::Request(_) | SessionEvent::AutoAnswered { .. } | SessionEvent::Pinged { .. },
            ) => self.push_notice(event),
            Event::Session(SessionEvent::Subscribed { .. }) => {
                self.surplus.topics += 1;
                self.surplus.most_topics = self.surplus.most_topics.max(self.surplus.topics);
                self.push_ordered(event);
            }
            Event::Session(SessionEvent::Unsubscribed { .. } | SessionEvent::ValueLost { .. })
            | Event::Link(_)
            | Event::SessionReset => {
                self.close_batch();
                if matches!(event, Event::Session(SessionEvent::Unsubscribed { .. })) {
                    self.surplus.topics = self.surplus.topics.saturating_sub(1);
                }
                self.push_ordered(event);
                self.note_surplus(1);
            }
            Event::Answer(_) => {
                self.close_batch();
                self.push_ordered(event);
                self.surplus.values = false;
            }
            Event::Updates(_) | Event::NotificationsDropped { .. } => {
                self.close_batch();
                self.push_ordered(event);
            }
        }
    }

    fn push_notice(&mut self, event: Event) {
        match &event {
            Event::Session(SessionEvent::Pinged { .. }) => {
                self.pings += 1;
                self.ping_answered |= self.pings_awaited > 0;
                self.pings_awaited = self.pings_awaited.saturating_sub(1);
            }
            Event::Session(SessionEvent::Request(request)) => {
                self.notice_bytes = self.notice_bytes.saturating_add(request.size_bytes);
            }
            _ => {}
        }
        let at = self.number();
        self.notices.push_back((at, event));
        while self.notices.len() > MAX_NOTICES || (self.notice_bytes > MAX_NOTICE_BYTES && self.notices.len() > 1) {
            let Some((at, event)) = self.notices.pop_front() else { return };
            self.dropped += 1;
            match event {
                Event::Session(SessionEvent::Pinged { .. }) => self.pings -= 1,
                Event::Session(SessionEvent::Request(request)) => {
                    self.notice_bytes = self.notice_bytes.saturating_sub(request.size_bytes);
                    self.lost_notices = (self.lost_notices.0 + 1, at);
                }
                _ => self.lost_notices = (self.lost_notices.0 + 1, at),
            }
        }
    }

    fn push_ordered(&mut self, event: Event) {
        if let Event::Session(_) = event {
            self.bytes += bytes_of(&event);
        }
        let at = self.number();
        self.ordered.push_back((at, event));
    }

    /// Something was added that later things may make useless, weighing one for itself and one for each KiB of values.
    ///
    /// It is looked at only when there is more of it than all topics could need, and twice as much as was of use the
    /// last time: so an announcement of a million topics is never searched in vain, and each thing is looked at twice.
    fn note_surplus(&mut self, weight: u64) {
        let Surplus { waiting, useful, most_topics, .. } = &mut self.surplus;
        *waiting += weight;
        if *waiting <= MIN_SURPLUS + 2 * (*useful).max(*most_topics) {
            return;
        }
        let keep_all = self.keep_all;
        let squeezed = squeeze(std::mem::take(&mut self.ordered), |path| keep_all || self.kept.contains(path));
        self.ordered = squeezed.ordered;
        let open: usize = self.open.iter().map(bytes_of_update).sum();
        self.bytes = open + self.ordered.iter().map(|(_, event)| bytes_of(event)).sum::<usize>();
        self.merged += squeezed.merged;
        self.dropped += squeezed.dropped;
        self.surplus.waiting = self.ordered.iter().map(|(_, event)| weight_of(event)).sum();
        self.surplus.useful = self.surplus.waiting;
        self.surplus.most_topics = self.surplus.topics;
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
                self.dropped += trim(update, &mut self.bytes);
            }
        }
        // The first values after an answer have nothing to merge with.
        let again = std::mem::replace(&mut self.surplus.values, true);
        let weight = if again { updates.iter().map(weight_of_update).sum() } else { 0 };
        self.push_ordered(Event::Updates(updates));
        if weight > 0 {
            self.note_surplus(weight);
        }
    }

    fn take(&mut self) -> Taken {
        self.close_batch();
        (self.pings, self.ping_answered, self.notice_bytes) = (0, false, 0);
        let topics = self.surplus.topics;
        self.surplus = Surplus { topics, most_topics: topics, ..Surplus::default() };
        if let (count @ 1.., at) = std::mem::take(&mut self.lost_notices) {
            self.notices.push_front((at, Event::NotificationsDropped { count }));
        }
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

fn push_ring(ring: &mut VecDeque<(u64, Event)>, limit: usize, item: (u64, Event)) -> Option<(u64, Event)> {
    let oldest = if ring.len() >= limit { ring.pop_front() } else { None };
    ring.push_back(item);
    oldest
}

fn weight_of(event: &Event) -> u64 {
    match event {
        Event::Updates(updates) => updates.iter().map(weight_of_update).sum(),
        Event::Session(SessionEvent::Subscribed { .. }) | Event::Answer(_) => 0,
        _ => 1,
    }
}

fn weight_of_update(update: &Update) -> u64 {
    let bytes = |arrival: &ReceivedValue| 1 + (arrival.value.len() >> 10) as u64;
    bytes(&update.latest) + update.earlier.iter().map(bytes).sum::<u64>()
}

/// Bytes of what grows with the server's messages: values, and announcements of topics.
pub(super) fn bytes_of(event: &Event) -> usize {
    match event {
        Event::Updates(updates) => updates.iter().map(bytes_of_update).sum(),
        Event::Session(SessionEvent::Subscribed { path, .. }) => SUBSCRIPTION_BYTES + path.as_str().len(),
        _ => 0,
    }
}

fn bytes_of_update(update: &Update) -> usize {
    update.latest.value.len() + update.earlier.iter().map(|arrival| arrival.value.len()).sum::<usize>()
}

/// Drops the oldest values above the bound, takes their bytes off the sum, and says how many there were.
fn trim(update: &mut Update, bytes: &mut usize) -> u64 {
    let over = update.earlier.len().saturating_sub(MAX_EARLIER);
    let gone: usize = update.earlier.drain(..over).map(|arrival| arrival.value.len()).sum();
    *bytes = bytes.saturating_sub(gone);
    update.dropped = update.dropped.saturating_add(u32::try_from(over).unwrap_or(u32::MAX));
    over as u64
}

/// A queue or flag is whole after every step, so a panic elsewhere does not spoil it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
