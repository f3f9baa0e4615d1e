//! The valid update streams of a session, and the values that are kept only because deltas may refer to them.

use super::budget::{Budget, Charge};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The streams of one session by the numbers of topic and stream. A stream ends in many ways, each by dropping its
/// [`StreamPlace`]; when the session ends, nothing is kept for it.
#[derive(Debug)]
pub(super) struct Streams {
    table: Mutex<HashMap<(i32, i32), Option<Bytes>>>,
    kept: Charge,
}

/// The place of a stream in the table of its session.
#[derive(Debug)]
pub(super) struct StreamPlace {
    streams: Arc<Streams>,
    key: (i32, i32),
    /// Whether the base is kept by the topic too, and costs nothing.
    is_shared: bool,
}

impl Streams {
    /// None yet.
    pub(super) fn new(budget: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), kept: Charge::new(budget) })
    }

    fn table(&self) -> MutexGuard<'_, HashMap<(i32, i32), Option<Bytes>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.table().len()
    }

    /// Bytes that are kept for them.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Takes a stream in. `is_shared` if the topic keeps the value that was set last.
    pub(super) fn begin(self: &Arc<Self>, topic: i32, instance: i32, is_shared: bool) -> StreamPlace {
        let key = (topic, instance);
        self.table().insert(key, None);
        StreamPlace { streams: self.clone(), key, is_shared }
    }

    /// The session has ended.
    pub(super) fn close(&self) {
        let mut table = self.table();
        *table = HashMap::new();
        self.kept.set(0);
    }
}

impl StreamPlace {
    /// What deltas refer to: the value set last through the stream.
    pub(super) fn base(&self) -> Option<Bytes> {
        self.streams.table().get(&self.key).cloned().flatten()
    }

    /// A value was set through the stream.
    pub(super) fn set_base(&self, value: Bytes) {
        let mut table = self.streams.table();
        let Some(base) = table.get_mut(&self.key) else { return };
        let before = base.as_ref().map_or(0, Bytes::len);
        let after = value.len();
        *base = Some(value);
        self.change(before, after);
    }

    fn change(&self, before: usize, after: usize) {
        if !self.is_shared {
            let kept = &self.streams.kept;
            kept.set((kept.bytes() + after).saturating_sub(before));
        }
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut table = self.streams.table();
        if let Some(base) = table.remove(&self.key) {
            self.change(base.map_or(0, |base| base.len()), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_counts_until_its_stream_or_its_session_ends_and_not_where_the_topic_has_it() {
        let budget = Budget::new(1000);
        let streams = Streams::new(&budget);
        let [one, two, shared] = [(1, false), (2, false), (3, true)].map(|(n, shared)| streams.begin(n, 1, shared));
        one.set_base(Bytes::from_static(&[0; 40]));
        two.set_base(Bytes::from_static(&[0; 10]));
        shared.set_base(Bytes::from_static(&[0; 100]));
        assert_eq!((streams.count(), streams.kept_bytes(), budget.used()), (3, 50, 50));
        one.set_base(Bytes::from_static(&[0; 20]));
        assert_eq!((budget.used(), one.base().map(|base| base.len())), (30, Some(20)));
        drop(two);
        assert_eq!((streams.count(), budget.used()), (2, 20));
        streams.close();
        assert_eq!((streams.count(), budget.used(), one.base()), (0, 0, None));
        one.set_base(Bytes::from_static(&[0; 40]));
        drop((one, shared));
        assert_eq!((streams.count(), budget.used()), (0, 0), "nothing is kept for who has gone");
    }
}
