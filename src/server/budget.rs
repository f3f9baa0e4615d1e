//! The bytes that all peers together make the server keep, and how many it may be.
//!
//! Counted is what goes with a session: its queue, the copies for a reconnection, messages received in part, selectors
//! and other words of its requests, subscriptions, pending calls. The content of topics is not, since that is what the
//! server is for. Each thing kept holds a [`Charge`], which gives the bytes back when it is dropped, so that none can be
//! forgotten.

use bytes::Bytes;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// The part of the budget that copies for reconnections may take, all sessions together.
const RESEND_PART: usize = 2;
/// After sessions have ended for it, this part of the budget is free.
const FREE_PART: usize = 10;

/// The bytes kept for peers.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
    queues: AtomicUsize,
    exceeded: Notify,
}

impl Budget {
    /// A budget of so many bytes.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0), queues: AtomicUsize::new(0), exceeded: Notify::new() })
    }

    /// Bytes that may be kept.
    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes kept now.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether more is kept than may be.
    pub(super) fn is_exceeded(&self) -> bool {
        self.used() > self.limit
    }

    /// Whether so much is free that no session has to end.
    pub(super) fn is_relieved(&self) -> bool {
        self.used() <= self.limit - self.limit / FREE_PART
    }

    /// Waits until more is kept than may be.
    pub(super) async fn exceeded(&self) {
        self.exceeded.notified().await;
    }

    /// The bytes that each session may use for copies of what it was sent.
    pub(super) fn resend_share(&self) -> usize {
        self.limit / RESEND_PART / self.queues.load(Ordering::Relaxed).max(1)
    }

    /// Counts a queue for the shares.
    pub(super) fn open_queue(&self) {
        self.queues.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a queue out of the count.
    pub(super) fn close_queue(&self) {
        self.queues.fetch_sub(1, Ordering::Relaxed);
    }

    fn add(&self, bytes: usize) {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        if before <= self.limit && before + bytes > self.limit {
            self.exceeded.notify_one();
        }
    }

    fn subtract(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes kept for one purpose; given back when this is dropped.
#[derive(Debug)]
pub(super) struct Charge {
    budget: Arc<Budget>,
    bytes: AtomicUsize,
}

impl Charge {
    /// Nothing yet.
    pub(super) fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: budget.clone(), bytes: AtomicUsize::new(0) }
    }

    /// Bytes charged.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// So many bytes are kept now.
    pub(super) fn set(&self, bytes: usize) {
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        if bytes > before {
            self.budget.add(bytes - before);
        } else {
            self.budget.subtract(before - bytes);
        }
    }

    /// So many more.
    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.budget.add(bytes);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.subtract(*self.bytes.get_mut());
    }
}

#[derive(Debug)]
struct Shared {
    bytes: Bytes,
    /// Set once no topic has the value any more.
    charge: OnceLock<Charge>,
}

/// A value of a topic, as many queues may hold it. It counts once, and only from when it is not the topic's value any
/// more but is still held.
#[derive(Clone, Debug)]
pub(super) struct SharedValue(Arc<Shared>);

impl SharedValue {
    /// A value that a topic has.
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(Arc::new(Shared { bytes, charge: OnceLock::new() }))
    }

    /// The topic has another value now, or is gone.
    pub(super) fn supersede(self, budget: &Arc<Budget>) {
        if Arc::strong_count(&self.0) > 1 {
            self.0.charge.get_or_init(|| {
                let charge = Charge::new(budget);
                charge.set(self.0.bytes.len());
                charge
            });
        }
    }

    /// Bytes that are kept only because queues hold the value.
    pub(super) fn superseded_bytes(&self) -> usize {
        self.0.charge.get().map_or(0, Charge::bytes)
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.0.bytes
    }
}

impl Deref for SharedValue {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(100);
        let (one, two) = (Charge::new(&budget), Charge::new(&budget));
        one.set(60);
        two.add(30);
        two.add(30);
        assert!(budget.is_exceeded());
        one.set(20);
        assert!(!budget.is_exceeded() && budget.is_relieved());
        drop((one, two));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_value_counts_once_and_only_after_its_time() {
        let budget = Budget::new(100);
        let value = SharedValue::new(Bytes::from_static(&[0; 40]));
        let held = vec![value.clone(); 10];
        assert_eq!(budget.used(), 0, "the topic has it anyway");
        value.supersede(&budget);
        assert_eq!((budget.used(), held[3].superseded_bytes()), (40, 40));
        drop(held);
        assert_eq!(budget.used(), 0);
        SharedValue::new(Bytes::from_static(&[0; 40])).supersede(&budget);
        assert_eq!(budget.used(), 0, "nobody held it");
    }
}
