//! What a session holds is bounded in bytes, whatever the server sends.

use super::*;
use crate::session::ValueLoss;

const KIB: usize = 1024;

fn large(topic_id: i32, bytes: usize) -> Bytes {
    Message::TopicValue { topic_id, value: Bytes::from(vec![7; bytes]) }.encode()
}

/// A session with this many topics that has no more room than this, and nothing to tell.
fn limited(topics: i32, bytes: usize) -> Machine {
    let mut machine = live();
    machine.limit_topic_bytes(bytes);
    for id in 1..=topics {
        machine.handle_bytes(subscribed(id, &format!("t/{id}"), TopicSpec::new(TopicType::Binary)), ms(0));
    }
    events(&mut machine);
    machine
}

/// Topics whose value was given up.
fn given_up(events: &[Event]) -> Vec<String> {
    let path = |event: &Event| match event {
        Event::Session(SessionEvent::ValueLost { path, reason: ValueLoss::MemoryLimit }) => Some(path.to_string()),
        _ => None,
    };
    events.iter().filter_map(path).collect()
}

#[test]
fn the_values_that_were_not_renewed_longest_are_given_up() {
    let mut machine = limited(4, 100 * KIB);
    for id in [1, 2, 3, 1] {
        machine.handle_bytes(large(id, 30 * KIB), ms(0));
    }
    assert_eq!(given_up(&events(&mut machine)), [""; 0]);
    machine.handle_bytes(large(4, 30 * KIB), ms(0));
    assert_eq!(given_up(&events(&mut machine)), ["t/2", "t/3"], "an eighth is free again");
}

#[test]
fn a_value_given_up_heals_with_the_next_full_one() {
    let mut machine = limited(2, 100 * KIB);
    machine.handle_bytes(large(1, 60 * KIB), ms(0));
    machine.handle_bytes(large(2, 60 * KIB), ms(0));
    assert_eq!(given_up(&events(&mut machine)), ["t/1"]);
    let old = vec![7; 60 * KIB];
    machine.handle_bytes(delta_message(1, &old, b"new"), ms(0));
    assert_eq!(told(&mut machine), [""; 0], "a delta says nothing without its value");
    machine.handle_bytes(value(1, b"full"), ms(0));
    machine.handle_bytes(delta_message(1, b"full", b"fuller"), ms(0));
    assert_eq!(told(&mut machine), ["value t/1 full", "value t/1 fuller"]);
}

#[test]
fn topics_without_deltas_count_as_well() {
    let mut machine = live();
    machine.limit_topic_bytes(100 * KIB);
    for id in 1..=2 {
        let spec = TopicSpec::new(TopicType::Binary).with("DONT_RETAIN_VALUE", "true");
        machine.handle_bytes(subscribed(id, &format!("t/{id}"), spec), ms(0));
        machine.handle_bytes(large(id, 60 * KIB), ms(0));
    }
    assert_eq!(given_up(&events(&mut machine)), ["t/1"]);
}

#[test]
fn one_value_larger_than_the_limit_stays() {
    let mut machine = limited(1, 10 * KIB);
    machine.handle_bytes(large(1, 60 * KIB), ms(0));
    assert_eq!(given_up(&events(&mut machine)), [""; 0]);
    machine.limit_topic_bytes(5 * KIB);
    assert_eq!(given_up(&events(&mut machine)), ["t/1"], "a smaller limit takes it");
}

#[test]
fn what_ends_gives_its_room_back() {
    let mut machine = limited(2, 100 * KIB);
    for _ in 0..50 {
        machine.handle_bytes(large(1, 60 * KIB), ms(0));
        let reason = UnsubscribeReason::Removed;
        let notice = topic_unsubscribed::Request { topic_id: 1, reason };
        let message = Message::Request { service: TopicUnsubscribed::ID, cid: 0, payload: encode(&notice, VERSION) };
        machine.handle_bytes(message.encode(), ms(0));
        machine.handle_bytes(subscribed(1, "t/1", TopicSpec::new(TopicType::Binary)), ms(0));
    }
    assert_eq!(given_up(&events(&mut machine)), [""; 0]);
}

#[test]
fn more_topics_than_fit_are_passed_over_and_told_ever_more_rarely() {
    let mut machine = limited(100_000, 1000 * KIB);
    assert!(machine.topics_subscribed() < 3_500, "{}", machine.topics_subscribed());
    let mut warned = limited(0, 0);
    for id in 1..=1000 {
        warned.handle_bytes(subscribed(id, &format!("t/{id}"), TopicSpec::new(TopicType::Binary)), ms(0));
    }
    let told = told(&mut warned);
    assert_eq!(told.iter().filter(|word| **word == "warning").count(), 10, "1, 2, 4 … 512");
    machine.handle_bytes(value(1, b"still"), ms(0));
    assert_eq!(words(&events(&mut machine)), ["value t/1 still"]);
}

#[test]
fn nothing_is_received_while_values_wait_to_be_reported() {
    let mut machine = limited(1, usize::MAX);
    let mut received = 0;
    while machine.may_receive() {
        machine.handle_bytes(large(1, 512 * KIB), ms(0));
        received += 1;
    }
    assert_eq!(received, 16, "8 MiB");
    events(&mut machine);
    assert!(machine.may_receive());
}
