//! What the session holds: last values, events not reported yet, messages not sent yet.

use super::{Event, Machine};
use crate::data::Timestamp;
use crate::session::recovery::MAX_KEPT_BYTES;
use std::collections::VecDeque;

/// Bytes of values that may wait to be reported before nothing more is received. A message of the line may be a thousand
/// times smaller than its value.
const MAX_EVENT_BYTES: usize = 8 << 20;

/// The smallest limit of messages that a server can be set to, in bytes.
const LEAST_MESSAGE: usize = 1024;
/// Bytes of a request besides its payload, at most.
const OVERHEAD: usize = 32;

/// Bytes of the value in an event.
pub(super) fn value_bytes(event: &Event) -> usize {
    if let Event::Value(value) = event { value.received.value.len() } else { 0 }
}

/// Adds events, and counts the bytes of their values.
pub(super) fn counting<'a>(events: &'a mut VecDeque<Event>, bytes: &'a mut usize) -> impl FnMut(Event) + 'a {
    |event| {
        *bytes += value_bytes(&event);
        events.push_back(event);
    }
}

impl Machine {
    /// Whether more messages should be taken from the line. Most of what arrives is answered; a server that asks and
    /// does not read the answers is not listened to until it has read some. Nor is one whose values are not reported yet.
    #[must_use]
    pub const fn may_receive(&self) -> bool {
        !self.transmit.is_full() && self.event_bytes < MAX_EVENT_BYTES
    }

    /// Nothing was received for some time because this side has no room: no system ping could be noticed meanwhile.
    pub fn note_not_receiving(&mut self, now: Timestamp) {
        if self.keepalive.deadline().is_some() {
            self.keepalive.note_ping(now);
        }
    }

    /// Bytes of the largest payload that may be sent: what the server takes, and what can be sent again after a line was
    /// lost, so that no message costs the session when it is in the way at that moment.
    pub(super) fn largest_payload(&self) -> usize {
        let server = self.opened.map_or(0, |opened| opened.max_message_size);
        // Servers that name less than a message ever needs name nothing.
        let server = usize::try_from(server).ok().filter(|bytes| *bytes >= LEAST_MESSAGE).unwrap_or(usize::MAX);
        let again = if self.config.reconnect_millis > 0 { MAX_KEPT_BYTES } else { usize::MAX };
        server.min(again).saturating_sub(OVERHEAD)
    }

    /// Bytes that topics and their last values may hold from now on. Above it the values that were not renewed for the
    /// longest time are given up, each with a [`super::SessionEvent::ValueLost`].
    pub fn limit_topic_bytes(&mut self, bytes: usize) {
        let mut emit = counting(&mut self.events, &mut self.event_bytes);
        self.topics.limit_bytes(bytes, &mut emit);
    }
}
