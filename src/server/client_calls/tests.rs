//! Every way in which a call at a client ends, each with a clock that is moved by hand.

use super::*;
use crate::server::clock::Clock;
use crate::server::peer::{Outcome, receive};
use crate::server::session::Origin;
use crate::server::turns::Turns;
use crate::server::{Limits, Security, ServerConfig, Shared};
use crate::wire::handshake::{ConnectRequest, Credentials, Resume};
use crate::wire::services::{MissingTopic, missing_topic};
use crate::wire::{Message, Service, encode};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const VERSION: u8 = crate::wire::frame::VERSION;
const TIMEOUT: Duration = Duration::from_secs(5);

/// How a call ended, by the name it was given.
type Ended = (&'static str, Result<bool, ClientCallError>);

/// A server whose connections are played by the test, and what became of its calls.
struct Calls {
    shared: Shared,
    ended: Arc<Mutex<Vec<Ended>>>,
}

impl Calls {
    fn new(limits: CallLimits) -> Self {
        let config = ServerConfig::default();
        let mut world = World::new(Security::standard(), 1 << 63, Clock::manual(0));
        world.client_calls = ClientCalls::with_limits(limits);
        Self { shared: Shared { world: Mutex::new(world), config, turns: Turns::default() }, ended: Arc::default() }
    }

    fn connect(&self) -> u64 {
        self.admit(None)
    }

    fn admit(&self, resume: Option<Resume>) -> u64 {
        let request = ConnectRequest {
            version: VERSION,
            client_type: "WB".to_owned(),
            capabilities: 10,
            reconnect_millis: 60_000,
            properties: Vec::new(),
            principal: None,
            credentials: Credentials::None,
            resume,
        };
        let admitted = self.shared.world().admit(&request, Origin::Memory, &self.shared.config);
        admitted.expect("a session").session
    }

    /// Loses the connection and makes another, in which the client says to have sent so many messages.
    fn reconnect(&self, session: u64, client_sent: i64) {
        let mut world = self.shared.world();
        let generation = world.sessions[&session].connection.generation;
        world.detach(session, generation, Outcome::Lost(crate::data::CloseReason::CONNECTION_LOST));
        let (server_sequence, _) = world.sessions[&session].outbox.sent_and_oldest();
        let token = world.sessions[&session].token.clone();
        drop(world);
        assert_eq!(self.admit(Some(Resume { token, client_sequence: client_sent + 1, server_sequence })), session);
    }

    fn call(&self, session: u64, name: &'static str) {
        let ended = self.ended.clone();
        let request = missing_topic::Request {
            selector: name.to_owned(),
            session_properties: Vec::new(),
            server_names: Vec::new(),
            handler: 7,
        };
        self.shared.world().call_client::<MissingTopic>(None, session, &request, TIMEOUT, move |_, outcome| {
            ended.lock().unwrap().push((name, outcome));
        });
    }

    /// The conversations of the requests that wait for a client.
    fn asked(&self, session: u64) -> Vec<i64> {
        let world = self.shared.world();
        let session = &world.sessions[&session];
        let waiting = session.outbox.take(session.connection.generation, 100, 1 << 20).unwrap();
        let cid = |message: Bytes| match Message::decode(message, 1 << 20) {
            Ok(Message::Request { service: MissingTopic::ID, cid, .. }) => cid,
            other => panic!("{other:?}"),
        };
        waiting.into_iter().map(cid).collect()
    }

    fn answer(&self, session: u64, message: &Message) -> Option<Outcome> {
        let generation = self.shared.world().sessions[&session].connection.generation;
        receive(&self.shared, session, generation, message.encode()).outcome
    }

    fn respond(&self, session: u64, cid: i64, proceed: bool) -> Option<Outcome> {
        self.answer(session, &Message::Response { cid, payload: encode(&proceed, VERSION) })
    }

    fn refuse(&self, session: u64, cid: i64) -> Option<Outcome> {
        let description = "no".to_owned();
        self.answer(session, &Message::Error { cid, description, code: ErrorCode::CALLBACK_EXCEPTION })
    }

    fn pass(&self, by: Duration) {
        let mut world = self.shared.world();
        world.clock.advance(by);
        world.tick();
    }

    fn ended(&self) -> Vec<Ended> {
        std::mem::take(&mut self.ended.lock().unwrap())
    }

    fn counts(&self) -> ClientCallCounts {
        self.shared.world().client_calls.counts()
    }

    fn assert_nothing_left(&self) {
        assert!(self.shared.world().client_calls.is_empty());
    }
}

fn refused() -> ClientCallError {
    ClientCallError::Refused { code: ErrorCode::CALLBACK_EXCEPTION, description: "no".to_owned() }
}

#[test]
fn answers_go_to_who_called() {
    let calls = Calls::new(CallLimits::default());
    let (a, b) = (calls.connect(), calls.connect());
    calls.call(a, "first");
    calls.call(a, "second");
    calls.call(b, "other");
    let (of_a, of_b) = (calls.asked(a), calls.asked(b));
    assert_eq!(calls.counts(), ClientCallCounts { pending: 3, ..ClientCallCounts::default() });
    assert_eq!(calls.respond(a, of_a[1], true), None);
    assert_eq!(calls.respond(b, of_b[0], false), None);
    assert_eq!(calls.refuse(a, of_a[0]), None);
    assert_eq!(calls.ended(), [("second", Ok(true)), ("other", Ok(false)), ("first", Err(refused()))]);
    assert_eq!(calls.counts(), ClientCallCounts { answered: 2, refused: 1, ..ClientCallCounts::default() });
    calls.assert_nothing_left();
}

#[test]
fn an_answer_that_cannot_be_read_ends_the_call_and_not_the_session() {
    let calls = Calls::new(CallLimits::default());
    let session = calls.connect();
    calls.call(session, "call");
    let cid = calls.asked(session)[0];
    assert_eq!(calls.answer(session, &Message::Response { cid, payload: Bytes::new() }), None);
    let ended = calls.ended();
    assert!(matches!(ended[..], [("call", Err(ClientCallError::BadAnswer(_)))]), "{ended:?}");
    assert_eq!(calls.counts(), ClientCallCounts { bad_answers: 1, ..ClientCallCounts::default() });
    assert!(calls.shared.world().sessions.contains_key(&session));
    calls.assert_nothing_left();
}

#[test]
fn answers_to_nothing_pending_are_counted_and_ignored() {
    let calls = Calls::new(CallLimits::default());
    let (session, other) = (calls.connect(), calls.connect());
    calls.call(session, "call");
    let cid = calls.asked(session)[0];
    assert_eq!(calls.respond(other, cid, true), None, "the conversation of another session");
    assert_eq!(calls.ended(), []);
    calls.respond(session, cid, true);
    for cid in [cid, cid + 1, -1, i64::MAX] {
        assert_eq!(calls.respond(session, cid, true), None);
        assert_eq!(calls.refuse(session, cid), None);
    }
    assert_eq!(calls.respond(session, 0, true), None, "an answer to what wanted none");
    assert_eq!(calls.ended(), [("call", Ok(true))]);
    assert_eq!(calls.counts(), ClientCallCounts { answered: 1, unexpected_answers: 9, ..ClientCallCounts::default() });
}

#[test]
fn a_client_that_is_silent_is_waited_for_so_long() {
    let calls = Calls::new(CallLimits::default());
    let session = calls.connect();
    calls.call(session, "first");
    calls.pass(Duration::from_secs(2));
    calls.call(session, "second");
    calls.pass(TIMEOUT.checked_sub(Duration::from_millis(2001)).unwrap());
    assert_eq!(calls.ended(), []);
    let timed_out = Err(ClientCallError::TimedOut { millis: 5000 });
    calls.pass(Duration::from_millis(1));
    assert_eq!(calls.ended(), [("first", timed_out.clone())]);
    calls.pass(Duration::from_secs(2));
    assert_eq!(calls.ended(), [("second", timed_out)]);
    let cid = calls.asked(session)[0];
    assert_eq!(calls.respond(session, cid, true), None, "too late");
    assert_eq!(calls.ended(), []);
    assert_eq!(calls.counts(), ClientCallCounts { timed_out: 2, unexpected_answers: 1, ..ClientCallCounts::default() });
    calls.assert_nothing_left();
}

#[test]
fn calls_end_with_their_session() {
    let calls = Calls::new(CallLimits::default());
    let (leaving, staying) = (calls.connect(), calls.connect());
    calls.call(leaving, "first");
    calls.call(staying, "stays");
    calls.call(leaving, "second");
    calls.shared.world().end_session(leaving, crate::data::CloseReason::CLOSED_BY_CLIENT);
    let gone = Err(ClientCallError::SessionEnded);
    assert_eq!(calls.ended(), [("first", gone.clone()), ("second", gone.clone())]);
    calls.call(leaving, "late");
    assert_eq!(calls.ended(), [("late", gone)]);
    assert_eq!(calls.counts(), ClientCallCounts { pending: 1, session_ended: 3, ..ClientCallCounts::default() });
}

#[test]
fn a_session_whose_queue_is_full_ends_with_its_calls() {
    let mut calls = Calls::new(CallLimits::default());
    calls.shared.config.outbox = Limits { queue_bytes: 100, ..Limits::default() };
    let session = calls.connect();
    calls.call(session, "fits");
    calls.call(session, "does not fit");
    calls.pass(Duration::ZERO);
    let gone = || Err(ClientCallError::SessionEnded);
    assert_eq!(calls.ended(), [("fits", gone()), ("does not fit", gone())]);
    calls.assert_nothing_left();
}

#[test]
fn so_much_is_pending_and_no_more() {
    let limits = CallLimits { session_calls: 2, session_bytes: 100, calls: 3, bytes: 150, ..CallLimits::default() };
    let calls = Calls::new(limits);
    let (a, b) = (calls.connect(), calls.connect());
    let too_many = Err(ClientCallError::TooMany);
    calls.call(a, "1");
    calls.call(a, "2");
    calls.call(a, "3");
    assert_eq!(calls.ended(), [("3", too_many.clone())], "of the session");
    calls.call(b, "4");
    calls.call(b, "5");
    assert_eq!(calls.ended(), [("5", too_many.clone())], "of all");
    assert_eq!(calls.asked(a).len() + calls.asked(b).len(), 3, "what is not pending was not sent");
    // An ended call makes room again.
    calls.shared.world().end_session(a, crate::data::CloseReason::CLOSED_BY_CLIENT);
    calls.ended();
    calls.call(b, "6");
    assert_eq!(calls.ended(), []);
    let calls = Calls::new(CallLimits { session_calls: 10, calls: 10, ..limits });
    let (a, b) = (calls.connect(), calls.connect());
    let long = "a selector of more than fifty bytes, and so of more than half";
    calls.call(a, long);
    calls.call(a, long);
    assert_eq!(calls.ended(), [(long, too_many.clone())], "bytes of the session");
    calls.call(b, long);
    calls.call(calls.connect(), long);
    assert_eq!(calls.ended(), [(long, too_many)], "bytes of all");
    assert_eq!(calls.counts(), ClientCallCounts { pending: 2, too_many: 2, ..ClientCallCounts::default() });
}

#[test]
fn a_recovered_session_answers_over_its_new_connection() {
    let calls = Calls::new(CallLimits::default());
    let session = calls.connect();
    calls.call(session, "before");
    let before = calls.asked(session)[0];
    calls.reconnect(session, 0);
    calls.call(session, "after");
    let after = calls.asked(session)[0];
    calls.respond(session, before, true);
    calls.refuse(session, after);
    assert_eq!(calls.ended(), [("before", Ok(true)), ("after", Err(refused()))]);
    // A second error is a habit; a second response says that the client resends wrongly.
    assert_eq!(calls.refuse(session, after), None);
    assert_eq!(calls.respond(session, before, true), Some(Outcome::Lost(crate::data::CloseReason::CONNECTION_LOST)));
    assert!(calls.shared.world().sessions[&session].connection.lossy_next);
    assert_eq!(calls.ended(), []);
}

#[test]
fn a_loss_discards_what_was_pending() {
    let calls = Calls::new(CallLimits::default());
    let session = calls.connect();
    calls.call(session, "before");
    let before = calls.asked(session)[0];
    calls.reconnect(session, 1000);
    assert_eq!(calls.ended(), [("before", Err(ClientCallError::Discarded))]);
    calls.call(session, "after");
    let after = calls.asked(session)[0];
    assert!(after > before, "conversation ids are not used again");
    calls.respond(session, after, true);
    assert_eq!(calls.ended(), [("after", Ok(true))]);
    assert_eq!(calls.counts(), ClientCallCounts { answered: 1, session_ended: 1, ..ClientCallCounts::default() });
}

/// As messages to sessions will go: one session's request waits for what another answers.
#[test]
fn what_follows_an_answer_may_call_and_send() {
    let calls = Calls::new(CallLimits::default());
    let (sender, first, second) = (calls.connect(), calls.connect(), calls.connect());
    let request = missing_topic::Request {
        selector: ">a".to_owned(),
        session_properties: Vec::new(),
        server_names: Vec::new(),
        handler: 7,
    };
    let again = request.clone();
    calls.shared.world().call_client::<MissingTopic>(None, first, &request, TIMEOUT, move |world, outcome| {
        assert_eq!(outcome, Err(refused()));
        world.call_client::<MissingTopic>(None, second, &again, TIMEOUT, move |world, outcome| {
            let payload = encode(&outcome.unwrap(), VERSION);
            world.send(sender, &Message::Response { cid: 44, payload });
        });
    });
    calls.refuse(first, calls.asked(first)[0]);
    calls.respond(second, calls.asked(second)[0], true);
    let sent = calls.shared.world().sessions[&sender].outbox.take(1, 10, 1 << 10).unwrap();
    assert_eq!(sent, [Message::Response { cid: 44, payload: encode(&true, VERSION) }.encode()]);
    calls.assert_nothing_left();
}
