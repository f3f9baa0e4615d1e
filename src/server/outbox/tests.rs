//! Checks merging, deltas and the copies for a reconnection.

use super::*;

const PLAIN: Delivery = Delivery { deltas: true, compression: true, conflation: Conflation::Conflate };

fn outbox(conflate_above: usize) -> Arc<Outbox> {
    Outbox::new(Limits { conflate_above, ..Limits::default() }, true)
}

fn announcement() -> Message {
    Message::Request { service: 87, cid: 0, payload: Bytes::new() }
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

fn value(number: u8) -> Bytes {
    let mut bytes = b"a rather long value that shares most of its bytes with the one before".to_vec();
    bytes.push(number);
    bytes.into()
}

#[test]
fn the_first_value_is_whole_and_the_next_a_delta() {
    let outbox = outbox(100);
    outbox.announce(1, &announcement());
    outbox.update(1, &value(1), PLAIN);
    outbox.update(1, &value(2), PLAIN);
    let messages = taken(&outbox);
    assert!(matches!(messages[1], Message::TopicValue { .. }));
    assert!(matches!(messages[2], Message::TopicDelta { .. }));
    assert_eq!(held(&messages), value(2));
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
    outbox.announce(1, &announcement());
    outbox.update(1, &value(0), PLAIN);
    let mut messages = taken(&outbox);
    for number in 1..50 {
        outbox.update(1, &value(number), PLAIN);
    }
    let later = taken(&outbox);
    assert_eq!(later.len(), 2);
    messages.extend(later);
    assert_eq!(held(&messages), value(49));
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
    let outbox = Outbox::new(Limits { queue_bytes: 300, ..Limits::default() }, false);
    assert_eq!(outbox.update(1, &value(1), PLAIN), Queued::Waiting);
    assert_eq!(outbox.update(2, &value(1), PLAIN), Queued::Waiting);
    assert_eq!(outbox.update(3, &value(1), PLAIN), Queued::Overflow);
    let before = outbox.bytes();
    taken(&outbox);
    assert_eq!((before > 300, outbox.bytes()), (true, 0));
}

#[test]
fn messages_are_kept_for_a_reconnection_up_to_the_limit() {
    let outbox = Outbox::new(Limits { resend_messages: 3, ..Limits::default() }, false);
    for cid in 1..=5 {
        outbox.message(&Message::Response { cid, payload: Bytes::new() });
    }
    let all = outbox.take(0, 100, 1 << 20).unwrap();
    assert_eq!(outbox.sent_and_oldest(), (5, 3));
    assert_eq!(outbox.again_after(3), all[3..]);
    assert!(outbox.again_after(5).is_empty());
    outbox.reset();
    assert_eq!(outbox.sent_and_oldest(), (0, 1));
}

#[test]
fn after_a_withdrawal_the_id_starts_anew() {
    let outbox = outbox(100);
    outbox.update(1, &value(1), PLAIN);
    outbox.withdraw(1, &announcement());
    outbox.announce(1, &announcement());
    outbox.update(1, &value(2), PLAIN);
    assert!(matches!(taken(&outbox)[3], Message::TopicValue { .. }));
}

#[test]
fn large_values_are_compressed_only_where_allowed() {
    let large = Bytes::from(vec![7; 5000]);
    for (client, topic, compressed) in [(true, true, true), (false, true, false), (true, false, false)] {
        let outbox = Outbox::new(Limits::default(), client);
        outbox.update(1, &large, Delivery { compression: topic, ..PLAIN });
        let bytes = outbox.take(0, 1, 1 << 20).unwrap().remove(0);
        assert_eq!(bytes.len() < 1000, compressed);
        assert_eq!(held(&[Message::decode(bytes, 1 << 20).unwrap()]), large);
    }
}

#[test]
fn a_replaced_connection_gets_nothing() {
    let outbox = outbox(100);
    outbox.message(&announcement());
    outbox.attach(2);
    assert_eq!(outbox.take(1, 10, 100), None);
    outbox.reset();
    assert_eq!(outbox.take(2, 10, 100), Some(Vec::new()));
}
