//! What a window that does not look must still be told: of each topic how it ended up, not how it came there.
//!
//! Between two answers a topic leaves at most its last unsubscription, the subscription after it, one update with the
//! values since, and the loss of the value if none came after it. So what waits is bounded by the number of topics, not
//! by what happens to them. Answers stay where they are, and nothing of a topic moves across one.

use super::trim;
use crate::client::api::{Event, LinkState, SessionEvent, SessionFacts, Update};
use crate::data::TopicPath;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// Events with the numbers that order them among all queues.
pub(super) type Ordered = VecDeque<(u64, Event)>;

/// What is left, and what that cost.
pub(super) struct Squeezed {
    pub(super) ordered: Ordered,
    pub(super) merged: u64,
    pub(super) dropped: u64,
}

/// What is known of a topic from the events after the one looked at, back to front.
#[derive(Default)]
struct Later {
    /// An unsubscription follows: nothing before it matters.
    ended: bool,
    /// The loss of its value follows, with no value in between.
    lost: bool,
    /// Where the update is that follows in this life of the topic: event from the back, place in it.
    update: Option<(usize, usize)>,
    /// Updates that go into that one, latest first.
    before: Vec<Update>,
}

/// Merges what can be merged; `is_kept` tells topics whose earlier values are kept.
pub(super) fn squeeze(ordered: Ordered, is_kept: impl Fn(&TopicPath) -> bool) -> Squeezed {
    let ordered = without_repeated_links(ordered);
    let mut backwards = Backwards { is_kept, out: Vec::new(), topics: HashMap::new(), merged: 0, dropped: 0 };
    for (at, event) in ordered.into_iter().rev() {
        backwards.take(at, event);
    }
    backwards.settle();
    let Backwards { out, merged, dropped, .. } = backwards;
    Squeezed { ordered: out.into_iter().rev().collect(), merged, dropped }
}

struct Backwards<F> {
    is_kept: F,
    out: Vec<(u64, Event)>,
    topics: HashMap<TopicPath, Later>,
    merged: u64,
    dropped: u64,
}

impl<F: Fn(&TopicPath) -> bool> Backwards<F> {
    fn take(&mut self, at: u64, event: Event) {
        match event {
            Event::Updates(updates) => self.updates(at, updates),
            Event::Session(SessionEvent::Unsubscribed { ref path, .. }) => {
                let later = self.topics.entry(path.clone()).or_default();
                if std::mem::replace(&mut later.ended, true) {
                    self.dropped += 1;
                } else {
                    self.out.push((at, event));
                }
            }
            Event::Session(SessionEvent::Subscribed { ref path, .. }) => {
                if self.topics.get(path).is_some_and(|later| later.ended) {
                    self.dropped += 1;
                } else {
                    self.out.push((at, event));
                }
            }
            Event::Session(SessionEvent::ValueLost { ref path, .. }) => {
                let later = self.topics.entry(path.clone()).or_default();
                if later.ended || later.lost || later.update.is_some() {
                    self.dropped += 1;
                } else {
                    later.lost = true;
                    self.out.push((at, event));
                }
            }
            Event::Answer(_) => {
                self.settle();
                self.out.push((at, event));
            }
            _ => self.out.push((at, event)),
        }
    }

    fn updates(&mut self, at: u64, updates: Vec<Update>) {
        let event = self.out.len();
        let mut left = Vec::new();
        for update in updates {
            let later = self.topics.entry(update.path.clone()).or_default();
            if later.ended {
                self.dropped += u64::from(update.count);
            } else if later.update.is_some() {
                self.merged += 1;
                later.before.push(update);
            } else {
                later.update = Some((event, left.len()));
                left.push(update);
            }
        }
        if !left.is_empty() {
            self.out.push((at, Event::Updates(left)));
        }
    }

    /// Puts the updates gathered into those that follow them, and forgets every topic.
    fn settle(&mut self) {
        for (path, later) in self.topics.drain() {
            let Some((event, place)) = later.update.filter(|_| !later.before.is_empty()) else { continue };
            let Some((_, Event::Updates(updates))) = self.out.get_mut(event) else { continue };
            let Some(update) = updates.get_mut(place) else { continue };
            let kept = (self.is_kept)(&path);
            let mut earlier = Vec::new();
            for before in later.before.into_iter().rev() {
                update.count = update.count.saturating_add(before.count);
                update.line_bytes += before.line_bytes;
                update.dropped = update.dropped.saturating_add(before.dropped);
                if kept {
                    earlier.extend(before.earlier);
                    earlier.push(before.latest);
                }
            }
            earlier.append(&mut update.earlier);
            update.earlier = earlier;
            // The sum is made anew after this.
            self.dropped += trim(update, &mut 0);
        }
    }
}

/// Leaves out a line that was lost and had again, if it was lost and had again once more by the same session.
fn without_repeated_links(ordered: Ordered) -> Ordered {
    let mut gone = Vec::new();
    let mut told: Option<Arc<SessionFacts>> = None;
    let (mut losing, mut episode) = (Vec::new(), Vec::new());
    for (index, (_, event)) in ordered.iter().enumerate() {
        match event {
            Event::Link(LinkState::Recovering { .. }) => losing.push(index),
            Event::Link(LinkState::Connected(facts)) if told.as_ref() == Some(facts) => {
                gone.append(&mut episode);
                episode.append(&mut losing);
                episode.push(index);
            }
            Event::Link(LinkState::Connected(facts)) => {
                told = Some(Arc::clone(facts));
                (losing, episode) = (Vec::new(), Vec::new());
            }
            _ => {}
        }
    }
    let mut gone = gone.into_iter().peekable();
    let stays = |(index, event)| (gone.next_if_eq(&index).is_none()).then_some(event);
    ordered.into_iter().enumerate().filter_map(stays).collect()
}

#[cfg(test)]
mod tests;
