//! Topic ids of a session: path, specification and the last value, to which deltas apply.

use super::event::{Event, ReceivedValue, SessionEvent, ValueEvent, ValueLoss};
use crate::data::value::delta;
use crate::data::{Timestamp, TopicPath, TopicSpec};
use crate::wire::services::{topic_subscribed, topic_unsubscribed};
use bytes::Bytes;
use hashbrown::HashMap;
use std::sync::Arc;

/// Values below this size are copied out of the line's buffer: a shared slice would keep the whole read buffer alive
/// for as long as the topic keeps its value.
const COPY_BELOW: usize = 32 << 10;

/// Bytes that topics and their last values may hold, until another limit is given.
pub(super) const DEFAULT_BYTES: usize = 512 << 20;
/// What a topic costs without its path, specification and value.
const TOPIC_BYTES: usize = 320;

#[derive(Debug)]
struct Topic {
    path: TopicPath,
    spec: Arc<TopicSpec>,
    /// Number of the latest value among those of all topics.
    used: u64,
    /// Bytes of the latest value, which is held here, or by whoever shows it.
    held_bytes: usize,
    /// Whether deltas can come, so that the last value is needed.
    keeps_value: bool,
    last: Last,
}

#[derive(Debug, PartialEq, Eq)]
enum Last {
    /// Subscribed, no value yet.
    Nothing,
    Value(Bytes),
    /// A value was unusable; deltas are ignored until the next full value.
    Lost,
}

impl Topic {
    /// Bytes without the value.
    fn own_bytes(&self) -> usize {
        let properties: usize = self.spec.properties.iter().map(|(key, value)| key.len() + value.len()).sum();
        TOPIC_BYTES + 2 * self.path.as_str().len() + properties
    }
}

/// The topics subscribed.
///
/// They may hold a number of bytes. Above it the values that were not renewed for the longest time are given up, and
/// each of these topics is told as [`ValueLoss::MemoryLimit`]; when no value is left, further topics are passed over.
#[derive(Debug)]
pub(super) struct Topics {
    by_id: HashMap<i32, Topic>,
    id_of: HashMap<TopicPath, i32>,
    /// Values for ids that are not subscribed.
    strays: u64,
    /// Announcements passed over because the limit is reached.
    passed_over: u64,
    values: u64,
    held_bytes: usize,
    own_bytes: usize,
    limit_bytes: usize,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            by_id: HashMap::new(),
            id_of: HashMap::new(),
            strays: 0,
            passed_over: 0,
            values: 0,
            held_bytes: 0,
            own_bytes: 0,
            limit_bytes: DEFAULT_BYTES,
        }
    }
}

impl Topics {
    /// Bytes that topics and their last values may hold from now on.
    pub(super) fn limit_bytes(&mut self, limit_bytes: usize, emit: &mut impl FnMut(Event)) {
        self.limit_bytes = limit_bytes;
        self.give_up_values(None, emit);
    }

    /// Gives up values until an eighth of the limit is free, so that it is not reached again at once; not that of `keep`.
    fn give_up_values(&mut self, keep: Option<i32>, emit: &mut impl FnMut(Event)) {
        if self.held_bytes + self.own_bytes <= self.limit_bytes {
            return;
        }
        let enough = self.limit_bytes - self.limit_bytes / 8;
        let mut oldest: Vec<(u64, i32)> = self
            .by_id
            .iter()
            .filter(|(id, topic)| Some(**id) != keep && topic.held_bytes > 0)
            .map(|(id, topic)| (topic.used, *id))
            .collect();
        oldest.sort_unstable();
        for (_, id) in oldest {
            if self.held_bytes + self.own_bytes <= enough {
                return;
            }
            let Some(topic) = self.by_id.get_mut(&id) else { continue };
            self.held_bytes -= std::mem::take(&mut topic.held_bytes);
            topic.last = Last::Lost;
            let (path, reason) = (topic.path.clone(), ValueLoss::MemoryLimit);
            emit(Event::Session(SessionEvent::ValueLost { path, reason }));
        }
    }

    /// How many are subscribed.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// A subscription notice. One for a path or id that is still subscribed replaces it, as if it had ended before.
    pub(super) fn subscribed(&mut self, notice: topic_subscribed::Request, emit: &mut impl FnMut(Event)) {
        let path = match TopicPath::parse(&notice.path) {
            Ok(path) => path,
            Err(error) => {
                let why = error.located(&notice.path);
                return emit(Event::ProtocolWarning(format!("a subscription to “{}” was ignored: {why}", notice.path)));
            }
        };
        let old_id = self.id_of.get(&path).copied();
        for id in [Some(notice.topic_id), old_id].into_iter().flatten() {
            if let Some(topic) = self.remove(id) {
                emit(Event::ProtocolWarning(format!("topic {} was announced while it was subscribed", topic.path)));
                emit(Event::Session(SessionEvent::Unsubscribed { path: topic.path, reason: None }));
            }
        }
        if self.own_bytes > self.limit_bytes {
            return self.pass_over(&path, emit);
        }
        let retained =
            !notice.spec.properties.value("DONT_RETAIN_VALUE").is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let keeps_value = retained && notice.spec.topic_type.has_deltas();
        let spec = Arc::new(notice.spec);
        self.id_of.insert(path.clone(), notice.topic_id);
        let used = self.values;
        let topic = Topic {
            path: path.clone(),
            spec: Arc::clone(&spec),
            used,
            held_bytes: 0,
            keeps_value,
            last: Last::Nothing,
        };
        self.own_bytes += topic.own_bytes();
        self.by_id.insert(notice.topic_id, topic);
        emit(Event::Session(SessionEvent::Subscribed { path, spec }));
        self.give_up_values(None, emit);
    }

    /// An unsubscription notice; one for an unknown id is ignored.
    pub(super) fn unsubscribed(&mut self, notice: &topic_unsubscribed::Request, emit: &mut impl FnMut(Event)) {
        if let Some(topic) = self.remove(notice.topic_id) {
            emit(Event::Session(SessionEvent::Unsubscribed { path: topic.path, reason: Some(notice.reason) }));
        }
    }

    /// A full value.
    pub(super) fn value(
        &mut self,
        id: i32,
        value: Bytes,
        line_bytes: u32,
        at: Timestamp,
        emit: &mut impl FnMut(Event),
    ) {
        let Some(topic) = self.by_id.get_mut(&id) else { return self.stray(id, emit) };
        let value = if value.len() < COPY_BELOW { Bytes::copy_from_slice(&value) } else { value };
        self.values += 1;
        topic.used = self.values;
        self.held_bytes = self.held_bytes - topic.held_bytes + value.len();
        topic.held_bytes = value.len();
        if topic.keeps_value {
            topic.last = Last::Value(value.clone());
        }
        let path = topic.path.clone();
        emit(Event::Value(ValueEvent {
            topic_id: id,
            path,
            received: ReceivedValue { at, value, delta_bytes: None },
            line_bytes,
        }));
        self.give_up_values(Some(id), emit);
    }

    /// A delta to the last value. Without a last value, or if it does not fit, the value is lost until the next full one.
    pub(super) fn delta(
        &mut self,
        id: i32,
        bytes: &[u8],
        max_size: usize,
        line_bytes: u32,
        at: Timestamp,
        emit: &mut impl FnMut(Event),
    ) {
        let Some(topic) = self.by_id.get_mut(&id) else { return self.stray(id, emit) };
        let reason = match &topic.last {
            Last::Lost => return,
            Last::Nothing => {
                format!("a delta came for this {} topic, but no value before it", topic.spec.topic_type.name())
            }
            Last::Value(old) => match delta::apply(old, bytes, max_size) {
                Ok(new) => {
                    let value = Bytes::from(new);
                    self.values += 1;
                    self.held_bytes = self.held_bytes - topic.held_bytes + value.len();
                    (topic.held_bytes, topic.used) = (value.len(), self.values);
                    topic.last = Last::Value(value.clone());
                    let path = topic.path.clone();
                    let delta_bytes = Some(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
                    emit(Event::Value(ValueEvent {
                        topic_id: id,
                        path,
                        received: ReceivedValue { at, value, delta_bytes },
                        line_bytes,
                    }));
                    return self.give_up_values(Some(id), emit);
                }
                Err(error) => format!("a delta does not fit: {error}"),
            },
        };
        self.held_bytes -= std::mem::take(&mut topic.held_bytes);
        topic.last = Last::Lost;
        let (path, reason) = (topic.path.clone(), ValueLoss::Unusable(reason));
        emit(Event::Session(SessionEvent::ValueLost { path, reason }));
    }

    /// Forgets every topic and gives their paths, in order of path.
    pub(super) fn take_all(&mut self) -> Vec<TopicPath> {
        self.id_of.clear();
        (self.held_bytes, self.own_bytes) = (0, 0);
        let mut paths: Vec<_> = self.by_id.drain().map(|(_, topic)| topic.path).collect();
        paths.sort_unstable();
        paths
    }

    fn remove(&mut self, id: i32) -> Option<Topic> {
        let topic = self.by_id.remove(&id)?;
        self.id_of.remove(&topic.path);
        self.held_bytes -= topic.held_bytes;
        self.own_bytes -= topic.own_bytes();
        Some(topic)
    }

    /// Told ever more rarely, since a server may announce very many.
    fn pass_over(&mut self, path: &TopicPath, emit: &mut impl FnMut(Event)) {
        self.passed_over += 1;
        if self.passed_over.is_power_of_two() {
            let (count, mib) = (self.passed_over, self.limit_bytes >> 20);
            emit(Event::ProtocolWarning(format!(
                "topic {path} was passed over: the topics alone need more than {mib} MiB ({count} so far)"
            )));
        }
    }

    /// Told ever more rarely, since a confused server may send very many.
    fn stray(&mut self, id: i32, emit: &mut impl FnMut(Event)) {
        self.strays += 1;
        if self.strays.is_power_of_two() {
            let count = self.strays;
            emit(Event::ProtocolWarning(format!(
                "a value for topic id {id} was ignored: it is not subscribed ({count} so far)"
            )));
        }
    }
}
