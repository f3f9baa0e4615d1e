//! How much memory the program may hold, and what gives way when it is reached: the oldest history first, then the
//! values of topics that were not renewed for the longest time.
//!
//! What grows with the server's messages is counted: values of subscribed topics, histories, values in the journal. Each
//! connection has an equal share for its topics, which its session keeps by itself ([`MemoryLimit`]); histories have what
//! is left. Where not even that holds, the session reads no further.

use crate::client::api::MemoryLimit;
use crate::data::Timestamp;
use crate::model::notices::{NewNotice, Tone};
use crate::model::{Connected, Model, gate, number};

/// Mebibytes that the user can choose.
pub const CHOICES_MIB: std::ops::RangeInclusive<u32> = 64..=65_536;
/// Mebibytes until the user chooses.
pub const DEFAULT_MIB: u32 = 1024;
/// A history keeps at least so many bytes.
const LEAST_HISTORY: usize = 256 << 10;
/// What waits for the window is bounded by the share of its connection, within these.
const WAITING: std::ops::RangeInclusive<usize> = 8 << 20..=128 << 20;
/// It is told at most so often, in microseconds, that something was given up.
const TOLD_EVERY_MICROS: u64 = 60_000_000;

/// What a connection knows of the memory that it may hold.
#[derive(Clone, Debug, Default)]
pub struct ConnectionMemory {
    /// Values of topics given up since the connection was opened.
    pub values_given_up: u64,
    told: Option<MemoryLimit>,
    /// What was given up when it was last told, and when: values of histories, values of topics.
    noted: (u64, u64),
    noted_at: Option<Timestamp>,
}

/// What the memory is used for, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// The limit.
    pub limit: usize,
    /// Values of subscribed topics.
    pub topics: usize,
    /// Histories.
    pub histories: usize,
    /// Values in the journal.
    pub journal: usize,
}

impl MemoryUse {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.topics + self.histories + self.journal
    }
}

impl Model {
    /// What the memory is used for.
    #[must_use]
    pub fn memory_use(&self) -> MemoryUse {
        MemoryUse {
            limit: self.settings.memory_bytes(),
            topics: self.links.iter().map(|at| at.live.value_bytes()).sum(),
            histories: self.links.iter().map(|at| at.inspector.history_bytes).sum(),
            journal: self.journal.memory_bytes(),
        }
    }

    /// Gives each connection its share, and takes from the histories what is too much.
    pub(in crate::model) fn share_memory(&mut self) {
        let MemoryUse { limit, topics, journal, .. } = self.memory_use();
        let links = self.links.len().max(1);
        let share = limit / links;
        let told = MemoryLimit {
            topic_bytes: share / 4 * 3,
            waiting_bytes: (share / 8).clamp(*WAITING.start(), *WAITING.end()),
        };
        let history_bytes = (limit.saturating_sub(topics + journal) / links).max(LEAST_HISTORY);
        for at in 0..self.links.len() {
            let connected = &mut self.links[at];
            if connected.memory.told != Some(told) {
                connected.memory.told = Some(told);
                self.effects.push(gate::limit_memory(connected.id, told));
            }
            connected.inspector.limit_history(history_bytes);
            if let Some(notice) = given_up(connected, self.settings.memory_mib, self.now) {
                self.notices.add(self.now, notice);
            }
        }
    }
}

/// What is to be said about what a connection gave up since it was last said.
fn given_up(at: &mut Connected, limit_mib: u32, now: Timestamp) -> Option<NewNotice> {
    let given_up = (at.inspector.given_up, at.memory.values_given_up);
    let noted = at.memory.noted;
    let is_soon = at.memory.noted_at.is_some_and(|noted_at| now.micros_since(noted_at) < TOLD_EVERY_MICROS);
    if given_up == noted || is_soon {
        return None;
    }
    (at.memory.noted, at.memory.noted_at) = (given_up, Some(now));
    let of = |now: u64, before: u64, one: &str, many: &str| {
        let count = now.saturating_sub(before);
        (count > 0).then(|| number::count_of(count, one, many))
    };
    let parts = [
        of(given_up.0, noted.0, "value of the history", "values of the history"),
        of(given_up.1, noted.1, "value of a topic", "values of topics"),
    ];
    let what: Vec<String> = parts.into_iter().flatten().collect();
    let limit = number::size(u64::from(limit_mib) << 20);
    let text = format!("{}: the memory limit of {limit} is reached", at.name);
    let details = format!(
        "Given up: {}. Topics show their next full value. The limit can be changed in the settings.",
        what.join(", ")
    );
    Some(NewNotice { details, ..NewNotice::new(Tone::Warn, text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::{Command, Event, ReceivedValue, SessionEvent, Update, ValueLoss};
    use crate::data::{TopicPath, TopicSpec, TopicType};
    use crate::model::connections::Environment;
    use crate::model::fixture::{ClientModel, NOW};
    use crate::model::{inspector, settings};
    use bytes::Bytes;
    use std::sync::Arc;

    fn path(name: &str) -> TopicPath {
        TopicPath::parse(name).expect("valid")
    }

    fn subscribed(client: &mut ClientModel, name: &str) {
        let spec = Arc::new(TopicSpec::new(TopicType::Binary));
        client.apply(Event::Session(SessionEvent::Subscribed { path: path(name), spec }));
    }

    fn value(client: &mut ClientModel, name: &str, bytes: usize) {
        let latest = ReceivedValue { at: NOW, value: Bytes::from(vec![0; bytes]), delta_bytes: None };
        let update = Update { path: path(name), latest, count: 1, line_bytes: 0, earlier: vec![], dropped: 0 };
        client.apply(Event::Updates(vec![update]));
    }

    fn limits(client: &mut ClientModel) -> Vec<MemoryLimit> {
        let sent = client.sent().into_iter();
        sent.filter_map(|command| if let Command::LimitMemory(limit) = command { Some(limit) } else { None }).collect()
    }

    #[test]
    fn connections_share_the_limit_and_hear_of_changes_once() {
        let mut client = ClientModel::new();
        client.model.tick(NOW);
        let [alone] = limits(&mut client)[..] else { panic!("one limit") };
        assert_eq!(alone, MemoryLimit { topic_bytes: 768 << 20, waiting_bytes: 128 << 20 });
        client.model.tick(NOW);
        assert_eq!(limits(&mut client), []);
        let options = client.model.links[0].options.clone();
        client.model.open("y".into(), "y".into(), Environment::Test, options);
        client.model.tick(NOW);
        let half = MemoryLimit { topic_bytes: 384 << 20, waiting_bytes: 64 << 20 };
        assert_eq!(limits(&mut client), [half, half]);
        client.handle(settings::Intent::SetMemory(64));
        client.model.tick(NOW);
        let least = MemoryLimit { topic_bytes: 24 << 20, waiting_bytes: 8 << 20 };
        assert_eq!(limits(&mut client), [least, least]);
    }

    #[test]
    fn the_oldest_history_goes_first_and_it_is_said() {
        let mut client = ClientModel::new();
        client.handle(settings::Intent::SetMemory(64));
        client.handle(inspector::Intent::Select(Some(path("a"))));
        subscribed(&mut client, "a");
        for _ in 0..30 {
            value(&mut client, "a", 1 << 20);
        }
        client.model.tick(NOW);
        assert_eq!(client.model.links[0].inspector.history.len(), 30, "there is room");
        assert!(client.model.notices.list.is_empty());
        for number in 0..50 {
            subscribed(&mut client, &format!("b/{number}"));
            value(&mut client, &format!("b/{number}"), 1 << 20);
        }
        client.model.tick(NOW);
        let inspector = &client.model.links[0].inspector;
        assert_eq!((inspector.history.len(), inspector.history_trimmed), (13, 17));
        assert_eq!(inspector.history.back().map(|entry| entry.number), Some(30), "the newest stay");
        let used = client.model.memory_use();
        assert!(used.total() <= used.limit, "{used:?}");
        let notice = client.model.notices.list.last().expect("said");
        assert_eq!(notice.text, "x: the memory limit of 64 MiB is reached");
        assert!(notice.details.starts_with("Given up: 17 values of the history."), "{}", notice.details);
        client.model.tick(NOW);
        assert_eq!(client.model.notices.list.len(), 1, "said once");
    }

    #[test]
    fn values_that_the_session_gives_up_are_given_up_here_and_told_together() {
        let mut client = ClientModel::new();
        for number in 0..3 {
            let name = format!("b/{number}");
            subscribed(&mut client, &name);
            value(&mut client, &name, 1 << 20);
            let (path, reason) = (path(&name), ValueLoss::MemoryLimit);
            client.apply(Event::Session(SessionEvent::ValueLost { path, reason }));
        }
        client.model.tick(NOW);
        assert_eq!(client.model.memory_use().topics, 0);
        let [notice] = &client.model.notices.list[..] else { panic!("one notice") };
        assert!(notice.details.starts_with("Given up: 3 values of topics."), "{}", notice.details);
        value(&mut client, "b/0", 10);
        assert_eq!(client.model.memory_use().topics, 10, "the next full value is shown again");
    }
}
