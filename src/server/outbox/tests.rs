//! Checks merging, deltas and the copies for a reconnection.

use super::*;

/// A queue with a budget of its own.
fn outbox_with(limits: Limits, compression: bool) -> Arc<Outbox> {
    Outbox::new(limits, compression, &Budget::new(1 << 30))
}

const PLAIN: Delivery = Delivery {
    deltas: true,
    compression: true,
    conflation: Conflation::Conflate,
    priority: Priority::Default,
    tidy: false,
};

fn outbox(conflate_above: usize) -> Arc<Outbox> {
    outbox_with(Limits { conflate_above, ..Limits::default() }, true)
}

fn announcement() -> Message {
    Message::Request { service: 87, cid: 0, payload: Bytes::new() }
}

fn path() -> TopicPath {
    TopicPath::parse("a").unwrap()
}

fn taken(outbox: &Outbox) -> Vec<Message> {
    outbox.take(0, 1000, 1 << 20).unwrap().into_iter().map(|m| Message::decode(m, 1 << 20).unwrap()).collect()
}

/// What a client holds after the messages.
fn held(messages: &[Message]) -> Bytes {
    messages.iter().fold(Bytes::new(), |old, message| match message {
        Message::TopicValue { value, .. } => value.clone(),
        Message::TopicDelta { delta, .. } => crate::data::value::delta::apply(&old, delta, 1 << 20).unwrap().into(),
        _ => old,
    })
}

fn value(number: u8) -> SharedValue {
    let mut bytes = b"a rather long value that shares most of its bytes with the one before".to_vec();
    bytes.push(number);
    SharedValue::new(bytes.into())
}

#[test]
fn the_first_value_is_whole_and_the_next_a_delta() {
    let outbox = outbox(100);
    outbox.announce(1, &path(), &announcement(), PLAIN);
    outbox.update(1, &value(1), PLAIN);
    outbox.update(1, &value(2), PLAIN);
    let messages = taken(&outbox);
    assert!(matches!(messages[1], Message::TopicValue { .. }));
    assert!(matches!(messages[2], Message::TopicDelta { .. }));
    assert_eq!(held(&messages), value(2).bytes());
}

#[test]
fn equal_values_travel_whole() {
    let outbox = outbox(100);
    outbox.update(1, &value(1), PLAIN);
    outbox.update(1, &value(1), PLAIN);
    assert!(taken(&outbox).iter().all(|m| matches!(m, Message::TopicValue { .. })));
}

#[test]
fn a_long_queue_merges_and_what_is_held_stays_right() {
    let outbox = outbox(2);
    outbox.announce(1, &path(), &announcement(), PLAIN);
    outbox.update(1, &value(0), PLAIN);
    let mut messages = taken(&outbox);
    for number in 1..50 {
        outbox.update(1, &value(number), PLAIN);
    }
    let later = taken(&outbox);
    assert_eq!(later.len(), 2);
    messages.extend(later);
    assert_eq!(held(&messages), value(49).bytes());
}

#[test]
fn conflation_by_policy() {
    let outbox = outbox(3);
    let off = Delivery { conflation: Conflation::Off, ..PLAIN };
    let always = Delivery { conflation: Conflation::Always, ..PLAIN };
    for number in 0..3 {
        outbox.update(2, &value(number), always);
    }
    for number in 0..5 {
        assert_eq!(outbox.update(1, &value(number), off), Queued::Waiting);
    }
    let shed = Delivery { conflation: Conflation::Unsubscribe, ..PLAIN };
    assert_eq!(outbox.update(3, &value(0), shed), Queued::Shed);
    assert_eq!(taken(&outbox).len(), 6);
}

#[test]
fn too_many_bytes_overflow() {
    let outbox = outbox_with(Limits { queue_bytes: 300, ..Limits::default() }, false);
    assert_eq!(outbox.update(1, &value(1), PLAIN), Queued::Waiting);
    assert_eq!(outbox.update(2, &value(1), PLAIN), Queued::Waiting);
    assert_eq!(outbox.update(3, &value(1), PLAIN), Queued::Overflow);
    let before = outbox.bytes();
    taken(&outbox);
    assert_eq!((before > 300, outbox.bytes()), (true, 0));
}

#[test]
fn messages_are_kept_for_a_reconnection_up_to_the_limit() {
    let outbox = outbox_with(Limits { resend_messages: 3, ..Limits::default() }, false);
    for cid in 1..=5 {
        outbox.message(&Message::Response { cid, payload: Bytes::new() });
    }
    let all = outbox.take(0, 100, 1 << 20).unwrap();
    assert_eq!(outbox.sent_and_oldest(), (5, 3));
    assert_eq!(outbox.resend_after(3), all[3..]);
    assert!(outbox.resend_after(5).is_empty());
    outbox.reset(0);
    assert_eq!(outbox.sent_and_oldest(), (0, 1));
}

#[test]
fn after_a_withdrawal_the_id_starts_anew() {
    let outbox = outbox(100);
    outbox.update(1, &value(1), PLAIN);
    outbox.withdraw(1, &path(), &announcement(), PLAIN);
    outbox.announce(1, &path(), &announcement(), PLAIN);
    outbox.update(1, &value(2), PLAIN);
    assert!(matches!(taken(&outbox)[3], Message::TopicValue { .. }));
}

#[test]
fn large_values_are_compressed_only_where_allowed() {
    let large = SharedValue::new(vec![7; 5000].into());
    for (client, topic, compressed) in [(true, true, true), (false, true, false), (true, false, false)] {
        let outbox = outbox_with(Limits::default(), client);
        outbox.update(1, &large, Delivery { compression: topic, ..PLAIN });
        let bytes = outbox.take(0, 1, 1 << 20).unwrap().remove(0);
        assert_eq!(bytes.len() < 1000, compressed);
        assert_eq!(held(&[Message::decode(bytes, 1 << 20).unwrap()]), large.bytes());
    }
}

#[test]
fn nobody_waits_for_very_large_values() {
    let outbox = outbox_with(Limits::default(), true);
    let [large, huge] = [100_000, COMPRESS_UP_TO_BYTES + 1].map(|bytes| SharedValue::new(vec![7; bytes].into()));
    for topic_id in 0..20 {
        outbox.update(topic_id, &large, PLAIN);
    }
    outbox.update(20, &huge, PLAIN);
    let mut taken = Vec::new();
    loop {
        // What they come to when they are compressed is no measure of what that takes.
        let (messages, seen) = outbox.take_counted(0, 100, 1 << 20).expect("a connection");
        assert!(seen < VALUES_AT_ONCE + huge.len() * 2 && messages.len() <= 6, "{seen} {}", messages.len());
        if messages.is_empty() {
            break;
        }
        taken.extend(messages);
    }
    assert_eq!(taken.len(), 21);
    assert!(taken[0].len() < 10_000 && taken[20].len() > COMPRESS_UP_TO_BYTES, "such a value goes as it is");
}

#[test]
fn a_replaced_connection_gets_nothing() {
    let outbox = outbox(100);
    outbox.message(&announcement());
    outbox.attach(2);
    assert_eq!(outbox.take(1, 10, 100), None);
    outbox.reset(0);
    assert_eq!(outbox.take(2, 10, 100), Some(Vec::new()));
}

/// A notice that can be told from others.
fn notice(number: i64) -> Message {
    Message::Request { service: 87, cid: number, payload: Bytes::new() }
}

/// What was taken: notices by their number, topic messages by their id.
fn order(outbox: &Outbox) -> Vec<i64> {
    let number = |message: Message| match message {
        Message::Request { cid, .. } => cid,
        Message::TopicValue { topic_id, .. } | Message::TopicDelta { topic_id, .. } => i64::from(topic_id),
        other => panic!("{other:?}"),
    };
    taken(outbox).into_iter().map(number).collect()
}

#[test]
fn priorities_decide_who_leaves_first() {
    let outbox = outbox(100);
    let of = |priority| Delivery { priority, ..PLAIN };
    let path = |text: &str| TopicPath::parse(text).unwrap();
    outbox.announce(3, &path("low"), &notice(103), of(Priority::Low));
    outbox.update(3, &value(0), of(Priority::Low));
    outbox.announce(2, &path("default"), &notice(102), of(Priority::Default));
    outbox.update(2, &value(0), of(Priority::Default));
    outbox.message(&notice(100));
    outbox.announce(1, &path("high"), &notice(101), of(Priority::High));
    outbox.update(1, &value(0), of(Priority::High));
    outbox.update(1, &value(1), of(Priority::High));
    outbox.withdraw(1, &path("high"), &notice(111), of(Priority::High));
    assert_eq!(order(&outbox), [101, 1, 1, 111, 102, 2, 100, 103, 3]);
    assert_eq!(outbox.bytes(), 0);
}

#[test]
fn a_topic_that_comes_back_with_a_higher_priority_waits_for_its_own_end() {
    let outbox = outbox(100);
    let of = |priority| Delivery { priority, ..PLAIN };
    outbox.announce(1, &path(), &notice(101), of(Priority::Low));
    outbox.withdraw(1, &path(), &notice(111), of(Priority::Low));
    outbox.announce(2, &path(), &notice(102), of(Priority::High));
    outbox.update(2, &value(0), of(Priority::High));
    outbox.announce(3, &TopicPath::parse("other").unwrap(), &notice(103), of(Priority::High));
    outbox.withdraw(2, &path(), &notice(112), of(Priority::High));
    assert_eq!(order(&outbox), [103, 101, 111, 102, 2, 112]);
    // Nothing of that is remembered once it has left.
    outbox.message(&notice(100));
    outbox.announce(4, &path(), &notice(104), of(Priority::High));
    assert_eq!(order(&outbox), [104, 100]);
}

#[test]
fn a_tidy_topic_takes_its_waiting_values_along() {
    let outbox = outbox(100);
    let tidy = Delivery { tidy: true, ..PLAIN };
    outbox.announce(1, &path(), &notice(101), tidy);
    outbox.update(1, &value(0), tidy);
    assert_eq!(order(&outbox), [101, 1]);
    for number in 1..5 {
        outbox.update(1, &value(number), tidy);
        outbox.update(2, &value(number), PLAIN);
    }
    outbox.withdraw(1, &path(), &notice(111), tidy);
    assert_eq!(order(&outbox), [2, 2, 2, 2, 111]);
    assert_eq!(outbox.bytes(), 0);
}

#[test]
fn without_tidiness_waiting_values_still_come() {
    let outbox = outbox(100);
    outbox.update(1, &value(1), PLAIN);
    outbox.update(1, &value(2), PLAIN);
    outbox.withdraw(1, &path(), &notice(111), PLAIN);
    assert_eq!(order(&outbox), [1, 1, 111]);
}

#[test]
fn dropped_values_do_not_count_for_merging() {
    let outbox = outbox(3);
    let tidy = Delivery { tidy: true, ..PLAIN };
    for number in 0..3 {
        outbox.update(1, &value(number), tidy);
    }
    outbox.withdraw(1, &path(), &notice(111), tidy);
    outbox.update(2, &value(0), PLAIN);
    outbox.update(2, &value(1), PLAIN);
    assert_eq!(order(&outbox), [111, 2, 2]);
}

proptest::proptest! {
    /// Whatever is done: nothing of a topic comes outside of its notices, deltas are right, and no bytes stay.
    #[test]
    fn every_topic_stays_in_order(
        steps in proptest::collection::vec((0u8..4, 0usize..3, 0u8..3, proptest::bool::ANY), 0..60)
    ) {
        let outbox = outbox(5);
        let lanes = [Priority::High, Priority::Default, Priority::Low];
        let paths = ["a", "b", "c"].map(|text| TopicPath::parse(text).unwrap());
        // By path: the id and delivery of the topic that is there.
        let mut topics: [Option<(i32, Delivery)>; 3] = [None; 3];
        // By path, as a client sees it: the id it holds.
        let mut seen: [Option<i64>; 3] = [None; 3];
        let mut held: HashMap<i32, Bytes> = HashMap::new();
        let mut next = 0;
        let mut messages = Vec::new();
        for (number, (what, at, lane, tidy)) in steps.into_iter().enumerate() {
            match (what, topics[at]) {
                (0 | 1, None) => {
                    next += 1;
                    let delivery = Delivery { priority: lanes[usize::from(lane)], tidy, ..PLAIN };
                    topics[at] = Some((next, delivery));
                    outbox.announce(next, &paths[at], &notice(i64::from(next) * 10 + at as i64), delivery);
                }
                (0 | 1, Some((id, delivery))) => {
                    outbox.update(id, &value(number as u8), delivery);
                }
                (2, Some((id, delivery))) => {
                    topics[at] = None;
                    outbox.withdraw(id, &paths[at], &notice(-(i64::from(id) * 10 + at as i64)), delivery);
                }
                _ => messages.extend(outbox.take(0, usize::from(lane) + 1, 1 << 20).unwrap()),
            }
        }
        messages.extend(outbox.take(0, 1000, 1 << 20).unwrap());
        for message in messages {
            match Message::decode(message, 1 << 20).unwrap() {
                Message::Request { cid, .. } if cid > 0 => {
                    let place = &mut seen[(cid % 10) as usize];
                    proptest::prop_assert_eq!(*place, None);
                    *place = Some(cid / 10);
                }
                Message::Request { cid, .. } => {
                    let place = &mut seen[(-cid % 10) as usize];
                    proptest::prop_assert_eq!(*place, Some(-cid / 10));
                    *place = None;
                }
                Message::TopicValue { topic_id, value } => {
                    proptest::prop_assert!(seen.contains(&Some(i64::from(topic_id))));
                    held.insert(topic_id, value);
                }
                Message::TopicDelta { topic_id, delta } => {
                    proptest::prop_assert!(seen.contains(&Some(i64::from(topic_id))));
                    let value = crate::data::value::delta::apply(&held[&topic_id], &delta, 1 << 20);
                    held.insert(topic_id, value.unwrap().into());
                }
                other => panic!("{other:?}"),
            }
        }
        proptest::prop_assert_eq!(outbox.bytes(), 0);
        let state = outbox.state();
        proptest::prop_assert!(state.leaving.is_empty() && state.waiting.is_empty() && state.updates == 0);
        proptest::prop_assert_eq!(state.moved.len(), topics.iter().flatten().filter(|t| state.moved.contains_key(&t.0)).count());
    }
}
