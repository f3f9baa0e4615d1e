//! The queue keeps counts and order under every sequence of events.

use super::*;
use crate::client::api::ValueLoss;
use crate::client::api::{
    Answer, CallError, CallId, InboundRequest, Level, LinkError, LinkState, LogLine, RequestId, Step,
};
use crate::data::{Timestamp, TopicSpec, TopicType};
use bytes::Bytes;
use proptest::prelude::*;
use std::sync::atomic::AtomicUsize;

fn path(n: u8) -> TopicPath {
    TopicPath::parse(&format!("topic/{n}")).expect("valid")
}

fn value(topic: u8, number: u32) -> ValueEvent {
    let value = Bytes::copy_from_slice(&number.to_be_bytes());
    let received = ReceivedValue { at: Timestamp(i64::from(number)), value, delta_bytes: None };
    ValueEvent { topic_id: i32::from(topic), path: path(topic), received, line_bytes: 10 }
}

fn is_empty(queue: &Queue) -> bool {
    let Queue { ordered, open, logs, notices, traffic, .. } = queue;
    ordered.is_empty() && open.is_empty() && logs.is_empty() && notices.is_empty() && traffic.is_none()
}

fn answer(id: u64) -> Event {
    Event::Answer(Answer { id: CallId(id), result: Err(CallError::Cancelled), micros: 0 })
}

fn log(text: String) -> Event {
    Event::Log(LogLine { at: Timestamp(0), level: Level::Info, text })
}

fn spec() -> Arc<TopicSpec> {
    Arc::new(TopicSpec::new(TopicType::Json))
}

fn all(queue: &mut Queue) -> Vec<Event> {
    queue.take().in_order().collect()
}

fn number(bytes: &Bytes) -> u32 {
    u32::from_be_bytes(bytes[..].try_into().expect("four bytes"))
}

#[test]
fn values_of_a_topic_merge_to_the_latest() {
    let mut queue = Queue::default();
    for n in 0..5 {
        queue.push_value(value(1, n));
    }
    queue.push_value(value(2, 9));
    let events = all(&mut queue);
    let [Event::Updates(updates)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(updates.len(), 2);
    assert_eq!((updates[0].count, updates[0].line_bytes, number(&updates[0].latest.value)), (5, 50, 4));
    assert!(updates[0].earlier.is_empty());
    assert_eq!(queue.pressure(), (4, 0));
    assert!(is_empty(&queue));
}

#[test]
fn an_answer_stands_between_values() {
    let mut queue = Queue::default();
    queue.push_value(value(1, 1));
    queue.push(answer(7));
    queue.push_value(value(1, 2));
    let events = all(&mut queue);
    assert!(
        matches!(&events[..], [Event::Updates(a), Event::Answer(_), Event::Updates(b)]
            if a[0].count == 1 && b[0].count == 1),
        "{events:?}"
    );
}

#[test]
fn a_million_announcements_with_values_make_one_batch() {
    let mut queue = Queue::default();
    for n in 0..100 {
        queue.push(Event::Session(SessionEvent::Subscribed { path: path(n), spec: spec() }));
        queue.push_value(value(n, 1));
    }
    let events = all(&mut queue);
    assert_eq!(events.len(), 101);
    assert!(matches!(events.last(), Some(Event::Updates(updates)) if updates.len() == 100));
}

#[test]
fn a_topic_subscribed_anew_does_not_merge_with_its_former_life() {
    let mut queue = Queue::default();
    queue.push_value(value(1, 1));
    queue.push(Event::Session(SessionEvent::Unsubscribed { path: path(1), reason: None }));
    queue.push(Event::Session(SessionEvent::Subscribed { path: path(1), spec: spec() }));
    queue.push_value(value(1, 2));
    let events = all(&mut queue);
    assert!(
        matches!(
            events[..],
            [
                Event::Updates(_),
                Event::Session(SessionEvent::Unsubscribed { .. }),
                Event::Session(SessionEvent::Subscribed { .. }),
                Event::Updates(_)
            ]
        ),
        "{events:?}"
    );
}

#[test]
fn history_is_kept_for_chosen_paths_only_and_to_a_bound() {
    let mut queue = Queue::default();
    queue.keep_history_of(vec![path(1)]);
    let pushed = 5 * MAX_EARLIER as u32 + 7;
    for n in 0..pushed {
        queue.push_value(value(1, n));
        queue.push_value(value(2, n));
    }
    let events = all(&mut queue);
    let [Event::Updates(updates)] = &events[..] else { panic!("{events:?}") };
    let kept = &updates[0];
    assert_eq!(kept.earlier.len(), MAX_EARLIER);
    assert_eq!(kept.dropped, pushed - 1 - MAX_EARLIER as u32);
    assert_eq!(number(&kept.earlier[MAX_EARLIER - 1].value), pushed - 2, "the newest stay, in order");
    assert_eq!(number(&kept.earlier[0].value), pushed - 1 - MAX_EARLIER as u32);
    assert!(updates[1].earlier.is_empty());
    assert_eq!(queue.pressure().1, u64::from(kept.dropped));
}

#[test]
fn log_lines_are_a_ring_and_the_lost_ones_are_counted() {
    let mut queue = Queue::default();
    for n in 0..MAX_LOG_LINES + 5 {
        queue.push(log(n.to_string()));
    }
    assert_eq!(queue.pressure().1, 5);
    let events = all(&mut queue);
    assert_eq!(events.len(), MAX_LOG_LINES);
    assert!(matches!(&events[0], Event::Log(line) if line.text == "5"));
}

/// How many values and other events wait.
fn waiting(queue: &Queue) -> usize {
    let count = |event: &Event| if let Event::Updates(updates) = event { updates.len() } else { 1 };
    queue.ordered.iter().map(|(_, event)| count(event)).sum::<usize>() + queue.open.len() + queue.notices.len()
}

#[test]
fn a_flood_of_lost_values_fills_nothing() {
    let mut queue = Queue::default();
    let many = 2 * MIN_SURPLUS as u32;
    for n in 0..many {
        queue.push_value(value(1, n));
        queue.push(Event::Session(SessionEvent::ValueLost { path: path(1), reason: ValueLoss::Unusable("r".into()) }));
        assert!(n % 1024 > 0 || waiting(&queue) as u64 <= MIN_SURPLUS + 8);
    }
    queue.push_value(value(1, many));
    let events = all(&mut queue);
    let Some(Event::Updates(updates)) = events.last() else { panic!("{events:?}") };
    assert_eq!(number(&updates[0].latest.value), many);
    let counted = events.iter().map(|event| match event {
        Event::Updates(updates) => u64::from(updates[0].count),
        _ => 1,
    });
    let (merged, dropped) = queue.pressure();
    let lost_told =
        events.iter().filter(|event| matches!(event, Event::Session(SessionEvent::ValueLost { .. }))).count() as u64;
    assert_eq!((counted.sum::<u64>() + dropped, lost_told + dropped), (2 * u64::from(many) + 1, u64::from(many)));
    assert!(merged > 0);
}

#[test]
fn topics_that_come_and_go_before_a_stuck_window_fill_nothing() {
    let mut queue = Queue::default();
    let rounds = MIN_SURPLUS as u32 / 10;
    let mut told = 0;
    for n in 0..rounds {
        for topic in 0..20 {
            queue.push(Event::Session(SessionEvent::Subscribed { path: path(topic), spec: spec() }));
            queue.push_value(value(topic, n));
            if n + 1 < rounds || topic % 2 == 0 {
                queue.push(Event::Session(SessionEvent::Unsubscribed { path: path(topic), reason: None }));
                told += 1;
            }
            told += 2;
        }
        assert!(n % 64 > 0 || waiting(&queue) as u64 <= 3 * (MIN_SURPLUS + 40), "round {n}: {}", waiting(&queue));
    }
    let mut live = std::collections::BTreeMap::new();
    let mut seen = 0;
    for event in all(&mut queue) {
        match event {
            Event::Session(SessionEvent::Subscribed { path, .. }) => {
                assert!(live.insert(path, None).is_none(), "ended before it began again");
                seen += 1;
            }
            Event::Session(SessionEvent::Unsubscribed { path, .. }) => {
                live.remove(&path);
                seen += 1;
            }
            Event::Updates(updates) => {
                for update in updates {
                    seen += u64::from(update.count);
                    *live.get_mut(&update.path).expect("subscribed before its value") =
                        Some(number(&update.latest.value));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(live.len(), 10);
    assert!(live.values().all(|last| *last == Some(rounds - 1)));
    assert_eq!(seen + queue.pressure().1, told, "what was dropped is counted");
}

#[test]
fn topics_announced_once_are_never_searched() {
    let mut queue = Queue::default();
    let topics = 2 * MIN_SURPLUS as u32;
    for round in 0..2 {
        for n in 0..topics {
            let path = TopicPath::parse(&format!("topic/{n}")).expect("valid");
            if round == 0 {
                queue.push(Event::Session(SessionEvent::Subscribed { path: path.clone(), spec: spec() }));
                queue.push_value(ValueEvent { topic_id: n as i32, path, ..value(0, n) });
            } else {
                queue.push(Event::Session(SessionEvent::Unsubscribed { path, reason: None }));
            }
        }
    }
    assert_eq!(queue.pressure(), (0, 0));
    assert_eq!(waiting(&queue), 3 * topics as usize);
}

#[test]
fn a_window_that_missed_notifications_is_told_before_those_that_are_left() {
    let told = |n: usize| request(n as i64, 1);
    let mut queue = Queue::default();
    queue.push(Event::Session(SessionEvent::Pinged { at: Timestamp(1), micros: Some(1) }));
    for n in 0..MAX_NOTICES + 2 {
        queue.push(told(n));
        if n == 0 {
            queue.push(answer(1));
        }
    }
    let events = all(&mut queue);
    assert!(matches!(events[0], Event::Answer(_)), "it came before the last that was lost: {:?}", events[0]);
    assert!(matches!(events[1], Event::NotificationsDropped { count: 2 }), "{:?}", events[1]);
    assert!(
        matches!(events[2], Event::Session(SessionEvent::Request(InboundRequest { id: RequestId(2), .. }))),
        "{:?}",
        events[2]
    );
    assert_eq!((events.len(), queue.pressure().1), (MAX_NOTICES + 2, 3));
    queue.push(told(1));
    assert_eq!(all(&mut queue).len(), 1, "told once");
}

/// A request of the server of so many bytes.
fn request(id: i64, size_bytes: usize) -> Event {
    let (id, at) = (RequestId(id), Timestamp(1));
    Event::Session(SessionEvent::Request(InboundRequest {
        id,
        service: 0x5c,
        request: Box::new(()),
        size_bytes,
        at,
        until: None,
    }))
}

#[test]
fn large_requests_are_bounded_by_their_bytes() {
    let mut queue = Queue::default();
    for id in 1..=4 {
        queue.push(request(id, MAX_NOTICE_BYTES / 3));
    }
    let events = all(&mut queue);
    assert!(matches!(events[0], Event::NotificationsDropped { count: 1 }), "{:?}", events[0]);
    assert_eq!((events.len(), queue.pressure().1), (4, 1));
    queue.push(request(5, 1));
    queue.push(request(6, 2 * MAX_NOTICE_BYTES));
    let events = all(&mut queue);
    assert!(matches!(events[0], Event::NotificationsDropped { count: 1 }), "{:?}", events[0]);
    assert!(
        matches!(events[1], Event::Session(SessionEvent::Request(InboundRequest { id: RequestId(6), .. }))),
        "the latest always waits"
    );
}

#[test]
fn a_round_trip_that_was_dropped_is_missed_by_nobody() {
    let mut queue = Queue::default();
    for _ in 0..=MAX_NOTICES {
        queue.push(Event::Session(SessionEvent::Pinged { at: Timestamp(1), micros: Some(1) }));
    }
    assert!(!queue.is_worth_waking());
    let events = all(&mut queue);
    assert!(
        events.len() == MAX_NOTICES
            && events.iter().all(|event| matches!(event, Event::Session(SessionEvent::Pinged { .. })))
    );
}

#[test]
fn answers_and_link_states_survive_a_flood() {
    let mut queue = Queue::default();
    queue.push(answer(1));
    queue.push(Event::Link(LinkState::Connecting(Step::Tcp)));
    for n in 0..20_000 {
        queue.push(log(String::new()));
        queue.push_value(value((n % 7) as u8, n));
    }
    queue.push(Event::Link(LinkState::Closed(Box::new(LinkError::Idle))));
    let events = all(&mut queue);
    assert!(matches!(events[0], Event::Answer(_)));
    assert!(matches!(events[1], Event::Link(LinkState::Connecting(_))));
    assert!(matches!(events.last(), Some(Event::Link(LinkState::Closed(_)))));
}

#[test]
fn totals_are_the_latest_and_come_last() {
    let mut queue = Queue::default();
    queue.push(Event::Traffic(Traffic { values_in: 1, ..Traffic::default() }));
    queue.push(answer(1));
    queue.push(Event::Traffic(Traffic { values_in: 2, ..Traffic::default() }));
    let events = all(&mut queue);
    assert!(matches!(events[..], [Event::Answer(_), Event::Traffic(Traffic { values_in: 2, .. })]), "{events:?}");
}

#[test]
fn the_window_is_woken_once_for_each_batch() {
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let wake = Arc::new(Wake::new(Arc::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    })));
    let outbox = Outbox::new(Arc::clone(&wake));
    outbox.fill(|_| {});
    assert_eq!(woken.load(Ordering::SeqCst), 0, "nothing waits");
    for n in 0..10 {
        outbox.fill(|queue| queue.push_value(value(1, n)));
    }
    assert_eq!(woken.load(Ordering::SeqCst), 1);
    assert!(wake.wait(Duration::ZERO));
    let mut events = Vec::new();
    wake.lower();
    outbox.take(&mut events);
    assert_eq!(events.len(), 1);
    assert!(!wake.wait(Duration::ZERO));
    outbox.fill(|queue| queue.push(answer(1)));
    assert_eq!(woken.load(Ordering::SeqCst), 2);
}

#[derive(Clone, Debug)]
enum Act {
    Value(u8),
    Answer,
    Resubscribe(u8),
    Lost(u8),
    Log,
    Take,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..4u8).prop_map(Act::Value),
        1 => Just(Act::Answer),
        1 => (0..4u8).prop_map(Act::Resubscribe),
        1 => (0..4u8).prop_map(Act::Lost),
        1 => Just(Act::Log),
        1 => Just(Act::Take),
    ]
}

/// What must come out for a topic: values by number, and what stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Value(u32),
    Barrier(u32),
}

proptest! {
    #[test]
    fn nothing_is_lost_twice_or_out_of_order(acts in prop::collection::vec(act(), 0..200), keep in any::<bool>()) {
        let mut queue = Queue::default();
        if keep {
            queue.keep_history_of(vec![path(0)]);
        }
        let mut out = Vec::new();
        let mut expected: Vec<Vec<Seen>> = vec![Vec::new(); 4];
        let mut step = 0;
        for act in acts.into_iter().chain([Act::Take]) {
            step += 1;
            match act {
                Act::Value(topic) => {
                    expected[usize::from(topic)].push(Seen::Value(step));
                    queue.push_value(value(topic, step));
                }
                Act::Answer => {
                    for topic in &mut expected {
                        topic.push(Seen::Barrier(step));
                    }
                    queue.push(answer(u64::from(step)));
                }
                Act::Resubscribe(topic) => {
                    expected[usize::from(topic)].push(Seen::Barrier(0));
                    queue.push(Event::Session(SessionEvent::Unsubscribed { path: path(topic), reason: None }));
                    queue.push(Event::Session(SessionEvent::Subscribed { path: path(topic), spec: spec() }));
                }
                Act::Lost(topic) => {
                    expected[usize::from(topic)].push(Seen::Barrier(0));
                    queue.push(Event::Session(SessionEvent::ValueLost { path: path(topic), reason: ValueLoss::MemoryLimit }));
                }
                Act::Log => queue.push(log(String::new())),
                Act::Take => out.extend(all(&mut queue)),
            }
        }
        let (merged, dropped) = queue.pressure();
        prop_assert_eq!(dropped, 0);

        // Replays what came out against what went in, topic by topic; a merged update stands for `count` values.
        let mut at = [0usize; 4];
        let mut merged_out = 0;
        let topic_of = |path: &TopicPath| usize::from(path.name().parse::<u8>().expect("a number"));
        for event in &out {
            match event {
                Event::Updates(updates) => for update in updates {
                    let topic = topic_of(&update.path);
                    let run = &expected[topic][at[topic]..at[topic] + update.count as usize];
                    let Some(Seen::Value(last)) = run.last() else { panic!("{run:?}") };
                    prop_assert!(run.iter().all(|seen| matches!(seen, Seen::Value(_))));
                    prop_assert_eq!(number(&update.latest.value), *last);
                    prop_assert_eq!(update.line_bytes, 10 * u64::from(update.count));
                    if keep && topic == 0 {
                        let earlier: Vec<_> = update.earlier.iter().map(|a| Seen::Value(number(&a.value))).collect();
                        prop_assert_eq!(&earlier[..], &run[..run.len() - 1]);
                    }
                    at[topic] += update.count as usize;
                    merged_out += u64::from(update.count) - 1;
                },
                Event::Answer(answer) => for (topic, at) in at.iter_mut().enumerate() {
                    prop_assert_eq!(expected[topic][*at], Seen::Barrier(answer.id.0 as u32));
                    *at += 1;
                },
                Event::Session(SessionEvent::Unsubscribed { path, .. } | SessionEvent::ValueLost { path, .. }) => {
                    let topic = topic_of(path);
                    prop_assert_eq!(expected[topic][at[topic]], Seen::Barrier(0));
                    at[topic] += 1;
                }
                _ => {}
            }
        }
        prop_assert_eq!(merged, merged_out);
        for (topic, at) in at.into_iter().enumerate() {
            prop_assert_eq!(at, expected[topic].len());
        }
    }
}

#[test]
fn round_trips_wake_only_whoever_asked() {
    let mut queue = Queue::default();
    let ping = || Event::Session(SessionEvent::Pinged { at: Timestamp(1), micros: Some(1) });
    queue.push(ping());
    assert!(!queue.is_worth_waking() && !is_empty(&queue));
    queue.await_ping();
    assert!(!queue.is_worth_waking());
    queue.push(ping());
    assert!(queue.is_worth_waking());
    assert_eq!(queue.take().in_order().count(), 2);
    queue.push(ping());
    assert!(!queue.is_worth_waking(), "asked for once only");
}

fn large(topic: u8, bytes: usize) -> ValueEvent {
    let received = ReceivedValue { at: Timestamp(1), value: Bytes::from(vec![0; bytes]), delta_bytes: None };
    ValueEvent { topic_id: i32::from(topic), path: path(topic), received, line_bytes: 10 }
}

#[test]
fn there_is_no_room_until_the_window_has_got_what_waits() {
    let outbox = Outbox::new(Arc::new(Wake::new(Arc::new(|| {}))));
    outbox.limit_bytes(1000);
    outbox.fill(|queue| queue.push_value(large(1, 600)));
    outbox.fill(|queue| queue.push_value(large(1, 600)));
    assert!(outbox.has_room(), "the one replaced the other");
    outbox.fill(|queue| queue.push_value(large(2, 600)));
    assert!(!outbox.has_room());
    let mut taken = Vec::new();
    outbox.take(&mut taken);
    assert!(!outbox.has_room(), "it is on its way");
    for event in &taken {
        outbox.release(bytes_of(event));
    }
    assert!(outbox.has_room());
    assert_eq!(outbox.taken.load(Ordering::Relaxed), 0);
}

proptest! {
    /// What is counted as waiting is what waits, however it came and whatever was merged, dropped or squeezed.
    #[test]
    fn the_bytes_counted_are_those_that_wait(steps in prop::collection::vec((0u8..6, 0usize..5000, 0u8..6), 0..400), kept in any::<bool>()) {
        let mut queue = Queue::default();
        if kept {
            queue.keep_history_of(vec![path(1), path(2)]);
        }
        for (topic, bytes, kind) in steps {
            let spec = Arc::new(TopicSpec::new(TopicType::Binary));
            match kind {
                0 => queue.push(answer(1)),
                1 => queue.push(Event::Session(SessionEvent::Subscribed { path: path(topic), spec })),
                2 => queue.push(Event::Session(SessionEvent::Unsubscribed { path: path(topic), reason: None })),
                3 => queue.note_surplus(1 << 20),
                _ => queue.push_value(large(topic, bytes)),
            }
        }
        let counted = queue.bytes;
        let waiting: usize = queue.take().in_order().map(|event| bytes_of(&event)).sum();
        prop_assert_eq!(counted, waiting);
    }
}
