//! Topic ids of a session: path, specification and the last value, to which deltas apply.

use super::event::{Event, ReceivedValue, SessionEvent, ValueEvent};
use crate::data::value::delta;
use crate::data::{Timestamp, TopicPath, TopicSpec};
use crate::wire::services::{topic_subscribed, topic_unsubscribed};
use bytes::Bytes;
use hashbrown::HashMap;
use std::sync::Arc;

/// Values below this size are copied out of the line's buffer: a shared slice would keep the whole read buffer alive
/// for as long as the topic keeps its value.
const COPY_BELOW: usize = 32 << 10;

#[derive(Debug)]
struct Topic {
    path: TopicPath,
    spec: Arc<TopicSpec>,
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

/// The topics subscribed.
#[derive(Debug, Default)]
pub(super) struct Topics {
    by_id: HashMap<i32, Topic>,
    id_of: HashMap<TopicPath, i32>,
    /// Values for ids that are not subscribed.
    strays: u64,
}

impl Topics {
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
        let retained =
            !notice.spec.properties.value("DONT_RETAIN_VALUE").is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let keeps_value = retained && notice.spec.topic_type.has_deltas();
        let spec = Arc::new(notice.spec);
        self.id_of.insert(path.clone(), notice.topic_id);
        let topic = Topic { path: path.clone(), spec: Arc::clone(&spec), keeps_value, last: Last::Nothing };
        self.by_id.insert(notice.topic_id, topic);
        emit(Event::Session(SessionEvent::Subscribed { path, spec }));
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
                    topic.last = Last::Value(value.clone());
                    let path = topic.path.clone();
                    let delta_bytes = Some(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
                    return emit(Event::Value(ValueEvent {
                        topic_id: id,
                        path,
                        received: ReceivedValue { at, value, delta_bytes },
                        line_bytes,
                    }));
                }
                Err(error) => format!("a delta does not fit: {error}"),
            },
        };
        topic.last = Last::Lost;
        emit(Event::Session(SessionEvent::ValueLost { path: topic.path.clone(), reason }));
    }

    /// Forgets every topic and gives their paths, in order of path.
    pub(super) fn take_all(&mut self) -> Vec<TopicPath> {
        self.id_of.clear();
        let mut paths: Vec<_> = self.by_id.drain().map(|(_, topic)| topic.path).collect();
        paths.sort_unstable();
        paths
    }

    fn remove(&mut self, id: i32) -> Option<Topic> {
        let topic = self.by_id.remove(&id)?;
        self.id_of.remove(&topic.path);
        Some(topic)
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
