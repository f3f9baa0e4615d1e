//! Topics whose values count up at a steady rate, and a reader's account of what of that arrived.

use brownian::data::value::json::Json;
use brownian::data::{TopicPath, TopicSpec, TopicType};
use brownian::server::Publisher;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Selects every topic of these.
pub(crate) const SELECTOR: &str = "?counters//";
/// The number of a topic's first value. All numbers from here on take five bytes in CBOR.
const FIRST: u32 = 1 << 30;
/// Bytes of a value.
const VALUE_BYTES: usize = 100;
/// Time between two batches.
const BATCH: Duration = Duration::from_millis(5);
/// A publisher that was held up makes up for so much of it in one batch, so that it does not go on in bursts.
const MOST_IN_BATCH: u64 = 1000;

/// The topics, `counters/HUNDREDS/NUMBER`: JSON values of which one number changes, never merged by the server.
pub(crate) struct Counters {
    topics: Vec<Counter>,
    by_path: HashMap<TopicPath, usize>,
}

struct Counter {
    path: TopicPath,
    value: Vec<u8>,
    /// Where the four bytes of the number are.
    place: usize,
}

impl Counter {
    fn new(topic: usize) -> Self {
        let path = TopicPath::parse(&format!("counters/{:02}/{topic:05}", topic / 100)).expect("a path");
        let value = |number: u32, filler: &str| {
            let text = format!(r#"{{"topic":{topic},"number":{number},"bid":1.084217,"venue":"{filler}"}}"#);
            Json::from_text(&text).expect("good JSON").to_cbor()
        };
        let filler = "x".repeat(VALUE_BYTES - value(FIRST, "").len() - 1);
        let (one, other) = (value(FIRST, &filler), value(FIRST | 0xff_ffff, &filler));
        let place = (0..one.len()).find(|at| one[*at] != other[*at]).expect("another number") - 1;
        Self { path, value: one, place }
    }

    fn value(&self, number: u32) -> Bytes {
        let mut value = self.value.clone();
        value[self.place..self.place + 4].copy_from_slice(&number.to_be_bytes());
        value.into()
    }

    /// The number in a value; none for a value that was never published.
    fn number(&self, value: &[u8]) -> Option<u32> {
        let (before, rest) = value.split_at_checked(self.place)?;
        let (number, after) = rest.split_first_chunk::<4>()?;
        let same = before == &self.value[..self.place] && after == &self.value[self.place + 4..];
        same.then(|| u32::from_be_bytes(*number))
    }
}

impl Counters {
    /// As many topics.
    pub(crate) fn new(topics: usize) -> Arc<Self> {
        let topics: Vec<Counter> = (0..topics).map(Counter::new).collect();
        let by_path = topics.iter().enumerate().map(|(at, topic)| (topic.path.clone(), at)).collect();
        Arc::new(Self { topics, by_path })
    }

    /// Adds the topics to a server and updates them in turn, so often a second in all.
    pub(crate) fn publish(self: &Arc<Self>, publisher: Publisher, per_second: u64) -> Publishing {
        let spec = TopicSpec::new(TopicType::Json).with("CONFLATION", "off");
        publisher.batch(|batch| {
            for topic in &self.topics {
                batch.add(topic.path.as_str(), &spec).expect("a new topic");
            }
        });
        let stop = Arc::new(AtomicBool::new(false));
        let (counters, stopped) = (Arc::clone(self), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("publisher".to_owned()).spawn(move || {
            let (started, mut published) = (Instant::now(), 0u64);
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(BATCH);
                let due = (started.elapsed().as_secs_f64() * per_second as f64) as u64;
                let count = due.saturating_sub(published).min(MOST_IN_BATCH);
                publisher.batch(|batch| {
                    for at in published..published + count {
                        let topic = &counters.topics[(at % counters.topics.len() as u64) as usize];
                        let number = FIRST + (at / counters.topics.len() as u64) as u32;
                        batch.set_at(&topic.path, topic.value(number)).expect("the topic is there");
                    }
                });
                published += count;
            }
            Published { updates: published, seconds: started.elapsed().as_secs_f64() }
        });
        Publishing { stop, thread: thread.expect("a thread") }
    }
}

/// Updates that go on.
pub(crate) struct Publishing {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Published>,
}

/// What was published in the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub updates: u64,
    pub seconds: f64,
}

impl Publishing {
    /// Ends them.
    pub(crate) fn stop(self) -> Published {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the publisher goes on until it is stopped")
    }
}

/// What a reader got, against what there was.
pub(crate) struct Account {
    counters: Arc<Counters>,
    /// By topic, the number that comes next; none until there was one.
    next: Vec<Option<u32>>,
    /// Values of these topics.
    pub received: u64,
    /// Numbers that were left out.
    pub lost: u64,
    /// Values whose number had come before.
    pub doubled: u64,
    /// Values that were never published.
    pub altered: u64,
}

impl Account {
    pub(crate) fn new(counters: &Arc<Counters>) -> Self {
        let next = vec![None; counters.topics.len()];
        Self { counters: Arc::clone(counters), next, received: 0, lost: 0, doubled: 0, altered: 0 }
    }

    /// Takes so many values of a topic of which this is the latest; the others are taken to come just before it.
    pub(crate) fn take(&mut self, path: &TopicPath, value: &[u8], count: u32) {
        let Some(topic) = self.counters.by_path.get(path).copied() else { return };
        self.received += u64::from(count);
        let Some(number) = self.counters.topics[topic].number(value) else {
            self.altered += 1;
            return;
        };
        if let Some(next) = self.next[topic] {
            let expected = next + count - 1;
            self.lost += u64::from(number.saturating_sub(expected));
            self.doubled += u64::from(expected.saturating_sub(number));
        }
        self.next[topic] = Some(self.next[topic].map_or(number + 1, |next| next.max(number + 1)));
    }

    /// The values between what came and what comes next do not count: the session was begun anew.
    pub(crate) fn restart(&mut self) {
        self.next.fill(None);
    }

    /// How many of what was published are still to come.
    pub(crate) fn missing(&self, published: Published) -> u64 {
        let topics = self.next.len() as u64;
        let end = |topic: u64| u64::from(FIRST) + (published.updates + topics - 1 - topic) / topics;
        (0..topics).zip(&self.next).map(|(topic, next)| end(topic) - next.map_or(u64::from(FIRST), u64::from)).sum()
    }
}
