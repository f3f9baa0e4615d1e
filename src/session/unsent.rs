//! Messages that wait to be sent.

use bytes::Bytes;
use std::collections::VecDeque;

/// Bytes that may wait before nothing more is received.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// Messages in the order in which they are sent, and their size.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    messages: VecDeque<Bytes>,
    bytes: usize,
}

impl Unsent {
    pub(super) fn push(&mut self, message: Bytes) {
        self.bytes += message.len();
        self.messages.push_back(message);
    }

    pub(super) fn pop(&mut self) -> Option<Bytes> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.bytes >= MAX_BYTES
    }
}

impl Extend<Bytes> for Unsent {
    fn extend<T: IntoIterator<Item = Bytes>>(&mut self, messages: T) {
        messages.into_iter().for_each(|message| self.push(message));
    }
}
