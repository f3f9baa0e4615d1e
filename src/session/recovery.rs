//! Sequence numbers of both directions and the messages kept for sending again.

use crate::wire::handshake::{Resume, Token};
use bytes::Bytes;
use std::collections::VecDeque;

/// Messages kept for sending again.
pub(super) const MAX_KEPT_MESSAGES: usize = 1024;
/// Bytes kept for sending again.
pub(super) const MAX_KEPT_BYTES: usize = 64 << 20;

/// Counts messages since the session began (or was recovered with loss), the first being number 1.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    sent: i64,
    received: i64,
    kept: VecDeque<Bytes>,
    kept_bytes: usize,
}

impl Recovery {
    /// Notes a message that goes to the server.
    pub(super) fn note_sent(&mut self, message: &Bytes) {
        self.sent += 1;
        self.kept.push_back(message.clone());
        self.kept_bytes += message.len();
        while self.kept.len() > MAX_KEPT_MESSAGES || self.kept_bytes > MAX_KEPT_BYTES {
            self.drop_oldest();
        }
    }

    /// Notes a message that came from the server.
    pub(super) const fn note_received(&mut self) {
        self.received += 1;
    }

    /// Number of the oldest message that can be sent again; the next number if there is none.
    #[must_use]
    pub(super) fn oldest(&self) -> i64 {
        self.sent + 1 - i64::try_from(self.kept.len()).unwrap_or(0)
    }

    /// What a reconnection asks for.
    #[must_use]
    pub(super) fn resume(&self, token: Token) -> Resume {
        Resume { token, client_sequence: self.oldest(), server_sequence: self.received }
    }

    /// The messages from number `sequence` on, in order; none if they are not all here. They keep their numbers and
    /// stay kept, since the new line may fail as well.
    pub(super) fn replay(&mut self, sequence: i64) -> Option<impl Iterator<Item = Bytes> + '_> {
        if sequence < self.oldest() || sequence > self.sent + 1 {
            return None;
        }
        while self.oldest() < sequence {
            self.drop_oldest();
        }
        Some(self.kept.iter().cloned())
    }

    /// Starts both counts again, after a reconnection with loss.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    fn drop_oldest(&mut self) {
        if let Some(message) = self.kept.pop_front() {
            self.kept_bytes -= message.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: usize) -> Bytes {
        Bytes::from(vec![0, (n % 251) as u8])
    }

    #[test]
    fn the_oldest_number_follows_the_bound() {
        let mut r = Recovery::default();
        assert_eq!(r.oldest(), 1);
        for n in 0..MAX_KEPT_MESSAGES + 3 {
            r.note_sent(&message(n));
        }
        assert_eq!(r.oldest(), 4);
        assert!(r.replay(3).is_none());
        assert_eq!(r.replay(4).map(Iterator::count), Some(MAX_KEPT_MESSAGES));
    }

    #[test]
    fn a_message_larger_than_the_bound_is_not_kept() {
        let mut r = Recovery::default();
        r.note_sent(&message(1));
        r.note_sent(&Bytes::from(vec![0; MAX_KEPT_BYTES + 1]));
        assert_eq!(r.oldest(), 3);
        assert!(r.replay(2).is_none());
        assert_eq!(r.replay(3).map(Iterator::count), Some(0));
    }

    #[test]
    fn a_number_never_sent_cannot_be_replayed() {
        let mut r = Recovery::default();
        r.note_sent(&message(1));
        assert!(r.replay(3).is_none());
        assert!(r.replay(0).is_none());
    }

    #[test]
    fn replayed_messages_can_be_replayed_again() {
        let mut r = Recovery::default();
        for n in 1..=5 {
            r.note_sent(&message(n));
        }
        assert_eq!(r.replay(3).expect("kept").collect::<Vec<_>>(), [message(3), message(4), message(5)]);
        assert_eq!(r.replay(4).expect("kept").collect::<Vec<_>>(), [message(4), message(5)]);
        assert_eq!(r.oldest(), 4);
    }
}
