//! Whether a line leads to the same session, and whether what is sent over it survives its loss.

use super::*;

#[test]
fn another_session_is_a_new_one_whatever_the_server_calls_it() {
    for acceptance in [Acceptance::Recovered { sequence: 1 }, Acceptance::Lossy { max_message_size: 9 }] {
        let mut machine = interrupted();
        let session = SessionId { server: 0xc11f, session: 8 };
        let token = Token([b'b'; 24]);
        let other = ConnectResponse::Accepted { version: VERSION, acceptance, session, token, ping_period_millis: 0 };
        assert_eq!(machine.handle_open(other.encode(), ms(20)), Ok(()));
        let expected = ["failed 2 Ended(LostMessages)", "failed 3 Ended(LostMessages)", "opened"];
        assert_eq!(told(&mut machine), expected);
        assert_eq!(sent(&mut machine).len(), 0, "nothing of the former session is sent to it");
    }
}

#[test]
fn a_line_in_doubt_is_confirmed_by_an_answer_or_lost() {
    let mut machine = live();
    machine.check_line(ms(0));
    assert_eq!((told(&mut machine), sent(&mut machine).len()), (vec!["in doubt".to_owned()], 1));
    assert_eq!(machine.poll_timeout(), Some(ms(5000)));
    // What was on the way before the computer slept proves nothing.
    machine.handle_bytes(subscribed(1, "a", TopicSpec::new(TopicType::Json)), ms(1000));
    assert_eq!(told(&mut machine), ["subscribed a"]);
    machine.handle_bytes(answer(1), ms(1000));
    assert_eq!(told(&mut machine), ["pinged Some(1000000)", "confirmed"]);
    assert_eq!(machine.poll_timeout(), None);
    machine.check_line(ms(2000));
    machine.handle_timeout(ms(7000));
    assert_eq!(told(&mut machine), ["in doubt", "pinged None", "suspended Unanswered { secs: 5 }"]);
}

#[test]
fn what_is_too_large_to_be_sent_again_is_not_sent() {
    let large = |call, bytes| Request { payload: Bytes::from(vec![0; bytes]), ..request(call) };
    let mut machine = live();
    machine.call(&large(1, (64 << 20) + 1), ms(0));
    machine.call(&large(2, 60 << 20), ms(0));
    assert_eq!(
        told(&mut machine),
        [format!("failed 1 TooLarge {{ bytes: {}, most: {} }}", (64 << 20) + 1, (64 << 20) - 32)]
    );
    assert_eq!(sent(&mut machine).len(), 1);
    machine.handle_line_lost(ms(1));
    assert_eq!(machine.handle_open(response(Acceptance::Recovered { sequence: 1 }, b'b', 0), ms(2)), Ok(()));
    assert_eq!(sent(&mut machine).len(), 1, "it is sent again");

    // A server that takes less is not sent more, also after a recovery, which does not name it again.
    let mut machine = Machine::new(config());
    machine.handle_open(response(Acceptance::New { max_message_size: 2048 }, b'a', 0), ms(0)).expect("opens");
    machine.handle_line_lost(ms(1));
    machine.handle_open(response(Acceptance::Recovered { sequence: 1 }, b'b', 0), ms(2)).expect("recovers");
    let _ = told(&mut machine);
    machine.call(&large(1, 3000), ms(3));
    assert_eq!(told(&mut machine), ["failed 1 TooLarge { bytes: 3000, most: 2016 }"]);
}
