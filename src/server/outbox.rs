//! What waits for one session: messages in order of priority, values that may be merged or dropped, and copies for a
//! reconnection.
//!
//! Values become deltas only when they leave, against what left before; so merging or dropping what waits can never
//! break one. All messages of one topic go through one lane, so priorities never change their order.

use super::budget::{Budget, Charge, SharedValue};
use crate::data::TopicPath;
use crate::data::value::delta::quick_diff;
use crate::wire::Message;
use bytes::Bytes;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bodies below this size are not worth compressing.
const COMPRESS_FROM_BYTES: usize = 512;
/// Larger bodies are not compressed: that takes milliseconds, and everybody would wait for it.
const COMPRESS_UP_TO_BYTES: usize = 256 << 10;
/// Bytes of values, as they are before they become deltas or are compressed, after which no more messages are taken at
/// once.
const VALUES_AT_ONCE: usize = 512 << 10;
/// What an entry of the queue costs besides its payload.
const ENTRY_BYTES: usize = 64;
/// The part of a queue up to which messages are queued that another session has caused.
const FOR_OTHERS_PART: usize = 16;

/// What a queue may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From so many waiting values on, newer values replace older ones of the same topic.
    pub conflate_above: usize,
    /// More waiting bytes than this end the session.
    pub queue_bytes: usize,
    /// Messages kept for sending again after a reconnection.
    pub resend_messages: usize,
    /// Bytes kept for sending again after a reconnection.
    pub resend_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Wide enough for a line that is cut for five seconds under ten thousand updates a second.
        Self { conflate_above: 100_000, queue_bytes: 256 << 20, resend_messages: 65_536, resend_bytes: 16 << 20 }
    }
}

/// How values of a topic are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflation {
    /// Never.
    Off,
    /// When the queue is long.
    Conflate,
    /// Always.
    Always,
    /// When the queue is long, the subscription ends instead.
    Unsubscribe,
}

/// Which messages leave first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    /// Before all others.
    High,
    /// Where everything goes that is not about a topic.
    #[default]
    Default,
    /// When nothing else waits.
    Low,
}

/// How a value of a topic travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    /// Deltas are allowed.
    pub deltas: bool,
    /// Compression is allowed.
    pub compression: bool,
    /// Merging.
    pub conflation: Conflation,
    /// Before or after messages of others.
    pub priority: Priority,
    /// Values that still wait are dropped when the subscription ends.
    pub tidy: bool,
}

/// What became of a value given to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queued {
    /// It waits.
    Waiting,
    /// The queue is long and the topic prefers losing its subscription.
    Shed,
    /// The queue is too long for the session to go on.
    Overflow,
}

#[derive(Debug)]
enum Entry {
    Plain(Bytes),
    Announce {
        topic_id: i32,
        message: Bytes,
    },
    Withdraw {
        topic_id: i32,
        path: TopicPath,
        message: Bytes,
    },
    Update {
        topic_id: i32,
        value: SharedValue,
        delivery: Delivery,
        /// Number of the topic's waiting value before this one; it may have left.
        previous: Option<u64>,
    },
    /// The place of a value that was dropped.
    Dropped,
}

impl Entry {
    fn cost(&self) -> usize {
        ENTRY_BYTES
            + match self {
                Self::Plain(message) | Self::Announce { message, .. } | Self::Withdraw { message, .. } => message.len(),
                Self::Update { value, .. } => value.len(),
                Self::Dropped => 0,
            }
    }

    /// What of it no other queue has. Values are shared, and count by themselves.
    fn own_cost(&self) -> usize {
        match self {
            Self::Update { .. } => ENTRY_BYTES,
            other => other.cost(),
        }
    }
}

/// The messages of one priority in their order.
#[derive(Debug, Default)]
struct Lane {
    queue: VecDeque<Entry>,
    /// Number of the first entry of the queue since the beginning.
    base: u64,
}

impl Lane {
    fn next_number(&self) -> u64 {
        self.base + self.queue.len() as u64
    }

    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let place = number.checked_sub(self.base)?;
        self.queue.get_mut(usize::try_from(place).ok()?)
    }

    fn pop(&mut self) -> Option<(u64, Entry)> {
        let entry = self.queue.pop_front()?;
        self.base += 1;
        Some((self.base - 1, entry))
    }
}

/// The ids of topics up to the last, but for those that have been announced again. Of the others nothing is queued: what
/// they have then comes with their announcement.
#[derive(Debug)]
struct Forgotten {
    last: i32,
    announced: HashSet<i32>,
}

#[derive(Debug, Default)]
struct State {
    /// By priority, high first.
    lanes: [Lane; 3],
    bytes: usize,
    /// Those of them that no other queue has.
    own_bytes: usize,
    updates: usize,
    /// Entry number of the latest waiting value by topic id.
    waiting: HashMap<i32, u64>,
    /// Unsubscriptions that wait by path: the last lane they are in, and how many there are.
    leaving: HashMap<TopicPath, (Priority, usize)>,
    /// Lanes of topics that do not take that of their priority.
    moved: HashMap<i32, Priority>,
    /// The value the client will hold when everything sent has arrived.
    delivered: HashMap<i32, SharedValue>,
    /// Topics of which the client has forgotten the ids; none if it knows all that it was told of.
    forgotten: Option<Forgotten>,
    /// Whether somebody wants every value, so that none is put in the place of another.
    never_merges: bool,
    /// Whether the session has ended, so that nothing is queued any more.
    is_closed: bool,
    /// The connection that may take messages.
    generation: u64,
    sent: i64,
    resend: VecDeque<Bytes>,
    resend_bytes: usize,
    /// Bytes that were taken and are not kept for sending again: the connection holds them until it takes more.
    leaving_bytes: usize,
}

/// The queue of one session. Cheap to share; every method is short.
#[derive(Debug)]
pub(super) struct Outbox {
    state: Mutex<State>,
    limits: Limits,
    compression: bool,
    ready: Notify,
    drained: Notify,
    budget: Arc<Budget>,
    charge: Charge,
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.budget.close_queue();
    }
}

impl Outbox {
    /// An empty queue; `compression` if the client can inflate.
    pub(super) fn new(limits: Limits, compression: bool, budget: &Arc<Budget>) -> Arc<Self> {
        budget.open_queue();
        Arc::new(Self {
            state: Mutex::default(),
            limits,
            compression,
            ready: Notify::new(),
            drained: Notify::new(),
            budget: budget.clone(),
            charge: Charge::new(budget),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, mut state: MutexGuard<'_, State>, lane: Priority, entry: Entry) -> Queued {
        if state.is_closed {
            return Queued::Waiting;
        }
        state.bytes += entry.cost();
        state.own_bytes += entry.own_cost();
        let over = state.bytes > self.limits.queue_bytes;
        state.lanes[lane as usize].queue.push_back(entry);
        self.charge.set(state.own_kept());
        drop(state);
        self.ready.notify_one();
        if over { Queued::Overflow } else { Queued::Waiting }
    }

    /// Queues a message that is no topic value.
    pub(super) fn message(&self, message: &Message) -> Queued {
        self.push(self.state(), Priority::Default, Entry::Plain(message.encode()))
    }

    /// Queues a subscription notification; the next value of the topic travels whole.
    pub(super) fn announce(&self, topic_id: i32, path: &TopicPath, message: &Message, delivery: Delivery) -> Queued {
        let mut state = self.state();
        if let Some(forgotten) = state.forgotten.as_mut().filter(|forgotten| topic_id <= forgotten.last) {
            forgotten.announced.insert(topic_id);
        }
        let mut lane = delivery.priority;
        if let Some(leaving) = state.leaving.get(path).map(|(lane, _)| *lane).filter(|leaving| *leaving > lane) {
            // Clients must hear of the end of the former topic at this path first.
            lane = leaving;
            state.moved.insert(topic_id, lane);
        }
        self.push(state, lane, Entry::Announce { topic_id, message: message.encode() })
    }

    /// Queues an unsubscription notification, after which no value of the topic follows.
    pub(super) fn withdraw(&self, topic_id: i32, path: &TopicPath, message: &Message, delivery: Delivery) -> Queued {
        let mut guard = self.state();
        let state = &mut *guard;
        if state.is_silent(topic_id) {
            return Queued::Waiting;
        }
        let lane = state.lane(topic_id, delivery);
        let mut waiting = state.waiting.remove(&topic_id).filter(|_| delivery.tidy);
        while let Some(entry) = waiting.and_then(|number| state.lanes[lane as usize].entry(number)) {
            let Entry::Update { previous, .. } = entry else { break };
            waiting = *previous;
            // The place itself stays in the queue and goes on costing what a place costs.
            state.bytes -= entry.cost() - Entry::Dropped.cost();
            state.own_bytes -= entry.own_cost() - Entry::Dropped.own_cost();
            state.updates -= 1;
            *entry = Entry::Dropped;
        }
        let leaving = state.leaving.entry(path.clone()).or_insert((lane, 0));
        *leaving = (leaving.0.max(lane), leaving.1 + 1);
        self.push(guard, lane, Entry::Withdraw { topic_id, path: path.clone(), message: message.encode() })
    }

    /// Queues a value, or puts it in the place of an older one.
    pub(super) fn update(&self, topic_id: i32, value: &SharedValue, delivery: Delivery) -> Queued {
        let mut guard = self.state();
        let state = &mut *guard;
        if state.is_silent(topic_id) {
            return Queued::Waiting;
        }
        let long = state.updates >= self.limits.conflate_above;
        let merge = match delivery.conflation {
            Conflation::Unsubscribe if long => return Queued::Shed,
            _ if state.never_merges => false,
            Conflation::Conflate => long,
            Conflation::Always => true,
            Conflation::Off | Conflation::Unsubscribe => false,
        };
        let lane = state.lane(topic_id, delivery) as usize;
        let latest = state.waiting.get(&topic_id).copied();
        if let Some(Entry::Update { value: old, .. }) =
            latest.filter(|_| merge).and_then(|number| state.lanes[lane].entry(number))
        {
            state.bytes = state.bytes - old.len() + value.len();
            *old = value.clone();
        } else {
            let entry = Entry::Update { topic_id, value: value.clone(), delivery, previous: latest };
            state.bytes += entry.cost();
            state.own_bytes += entry.own_cost();
            state.updates += 1;
            state.waiting.insert(topic_id, state.lanes[lane].next_number());
            state.lanes[lane].queue.push_back(entry);
        }
        let over = state.bytes > self.limits.queue_bytes;
        self.charge.set(state.own_kept());
        drop(guard);
        self.ready.notify_one();
        if over { Queued::Overflow } else { Queued::Waiting }
    }

    /// From now on only this connection may take messages.
    pub(super) fn attach(&self, generation: u64) {
        self.state().generation = generation;
    }

    /// Takes the next messages to send, counting and keeping them; at most about `max_bytes`. None for a connection
    /// that has been replaced.
    pub(super) fn take(&self, generation: u64, max_messages: usize, max_bytes: usize) -> Option<Vec<Bytes>> {
        self.take_counted(generation, max_messages, max_bytes).map(|(messages, _)| messages)
    }

    /// The same, with the bytes that it took to look at for that.
    pub(super) fn take_counted(
        &self,
        generation: u64,
        max_messages: usize,
        max_bytes: usize,
    ) -> Option<(Vec<Bytes>, usize)> {
        let mut guard = self.state();
        let state = &mut *guard;
        if state.generation != generation {
            return None;
        }
        let mut out = Vec::new();
        let (mut bytes, mut seen) = (0, 0);
        let resend_bytes = self.limits.resend_bytes.min(self.budget.resend_share());
        let limits = Limits { resend_bytes, ..self.limits };
        state.leaving_bytes = 0;
        while out.len() < max_messages && bytes < max_bytes && seen < VALUES_AT_ONCE {
            let Some((number, entry)) = state.pop() else { break };
            state.bytes -= entry.cost();
            state.own_bytes -= entry.own_cost();
            let message = match entry {
                Entry::Dropped => continue,
                Entry::Plain(message) => message,
                Entry::Announce { topic_id, message } => {
                    state.delivered.remove(&topic_id);
                    message
                }
                Entry::Withdraw { topic_id, path, message } => {
                    state.delivered.remove(&topic_id);
                    state.moved.remove(&topic_id);
                    state.has_left(&path);
                    message
                }
                Entry::Update { topic_id, value, delivery, .. } => {
                    seen += value.len();
                    state.updates -= 1;
                    if state.waiting.get(&topic_id) == Some(&number) {
                        state.waiting.remove(&topic_id);
                    }
                    self.topic_message(state, topic_id, value, delivery)
                }
            };
            bytes += message.len();
            seen += message.len();
            state.keep(&message, &limits);
            out.push(message);
        }
        self.charge.set(state.own_kept());
        drop(guard);
        self.drained.notify_one();
        Some((out, seen))
    }

    fn topic_message(&self, state: &mut State, topic_id: i32, value: SharedValue, delivery: Delivery) -> Bytes {
        let delta = state
            .delivered
            .get(&topic_id)
            .filter(|old| delivery.deltas && !value.is_empty() && old.bytes() != value.bytes())
            .and_then(|old| quick_diff(old, &value));
        if delivery.deltas {
            state.delivered.insert(topic_id, value.clone());
        }
        let message = match delta {
            Some(delta) => Message::TopicDelta { topic_id, delta: delta.into() },
            None => Message::TopicValue { topic_id, value: value.bytes().clone() },
        };
        let size = match &message {
            Message::TopicDelta { delta: body, .. } | Message::TopicValue { value: body, .. } => body.len(),
            _ => 0,
        };
        if self.compression && delivery.compression && (COMPRESS_FROM_BYTES..=COMPRESS_UP_TO_BYTES).contains(&size) {
            message.encode_compressed()
        } else {
            message.encode()
        }
    }

    /// Waits until something may be in the queue.
    pub(super) async fn ready(&self) {
        self.ready.notified().await;
    }

    /// Waits until something has left the queue.
    pub(super) async fn drained(&self) {
        self.drained.notified().await;
    }

    /// Messages sent so far, and the number of the oldest that can be sent again.
    pub(super) fn sent_and_oldest(&self) -> (i64, i64) {
        let state = self.state();
        (state.sent, state.sent + 1 - state.resend.len() as i64)
    }

    /// The messages after number `received`, unchanged; those before are no longer needed.
    pub(super) fn resend_after(&self, received: i64) -> Vec<Bytes> {
        let state = self.state();
        let missing = usize::try_from(state.sent - received).unwrap_or(0).min(state.resend.len());
        state.resend.iter().skip(state.resend.len() - missing).cloned().collect()
    }

    /// Forgets everything that waits and all counts, for a client that starts anew and has forgotten the ids of topics
    /// up to `last_topic_id`. Until all have been announced again, nothing is queued for those that have not.
    pub(super) fn reset(&self, last_topic_id: i32) {
        let mut state = self.state();
        let forgotten = Some(Forgotten { last: last_topic_id, announced: HashSet::new() });
        let never_merges = state.never_merges;
        *state = State { generation: state.generation, forgotten, never_merges, ..State::default() };
        self.charge.set(0);
    }

    /// Whether newer values may be put in the place of older ones that wait, as each topic says. What waits already
    /// stays as it is.
    pub(super) fn set_conflation(&self, conflates: bool) {
        self.state().never_merges = !conflates;
    }

    /// The client knows all topics again.
    pub(super) fn all_announced(&self) {
        self.state().forgotten = None;
    }

    /// The connection has gone, and what it held with it.
    pub(super) fn connection_lost(&self) {
        let mut state = self.state();
        state.leaving_bytes = 0;
        self.charge.set(state.own_kept());
    }

    /// Gives everything up at once: the session has ended, whoever still holds the queue.
    pub(super) fn close(&self) {
        *self.state() = State { is_closed: true, ..State::default() };
        self.charge.set(0);
    }

    /// Whether a message of so many bytes may be queued because of what another session does: only while little waits,
    /// so that nobody can fill the queue of somebody else.
    pub(super) fn has_room_for_others(&self, bytes: usize) -> bool {
        self.state().bytes + bytes <= self.limits.queue_bytes / FOR_OTHERS_PART
    }

    /// Bytes that would be free without this queue and those that hold the same values.
    pub(super) fn kept_bytes(&self) -> usize {
        let state = self.state();
        let values = state.delivered.values().map(SharedValue::superseded_bytes).sum::<usize>();
        state.bytes + state.resend_bytes + state.leaving_bytes + values
    }

    /// Waiting bytes.
    pub(super) fn bytes(&self) -> usize {
        self.state().bytes
    }
}

impl State {
    /// Whether nothing of a topic is queued: the client does not know it, and will be told of it again, or has gone.
    fn is_silent(&self, topic_id: i32) -> bool {
        let forgotten = self.forgotten.as_ref();
        self.is_closed
            || forgotten.is_some_and(|forgotten| topic_id <= forgotten.last && !forgotten.announced.contains(&topic_id))
    }

    /// The lane of a topic.
    fn lane(&self, topic_id: i32, delivery: Delivery) -> Priority {
        if self.moved.is_empty() {
            return delivery.priority;
        }
        self.moved.get(&topic_id).copied().unwrap_or(delivery.priority)
    }

    fn pop(&mut self) -> Option<(u64, Entry)> {
        self.lanes.iter_mut().find_map(Lane::pop)
    }

    fn has_left(&mut self, path: &TopicPath) {
        if let Some((_, waiting)) = self.leaving.get_mut(path) {
            *waiting -= 1;
            if *waiting == 0 {
                self.leaving.remove(path);
            }
        }
    }

    /// What no other queue has.
    const fn own_kept(&self) -> usize {
        self.own_bytes + self.resend_bytes + self.leaving_bytes
    }

    fn keep(&mut self, message: &Bytes, limits: &Limits) {
        self.sent += 1;
        if message.len() > limits.resend_bytes {
            self.leaving_bytes += message.len();
        }
        self.resend_bytes += message.len();
        self.resend.push_back(message.clone());
        while self.resend.len() > limits.resend_messages || self.resend_bytes > limits.resend_bytes {
            let Some(oldest) = self.resend.pop_front() else { break };
            self.resend_bytes -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests;
