//! The message console without a window: what is sent, what is waited for, what is kept.

use super::*;
use crate::client::api::{CallError, Command, Event, InboundRequest, LinkState, RequestId, SessionEvent};
use crate::data::value::DataType;
use crate::data::{ErrorCode, SessionId};
use crate::model::fixture::{ClientModel, NOW, live};
use crate::model::messages::sentence::{self, Act};
use crate::model::safety::{self, Mode};
use crate::wire::Service;
use crate::wire::service::ServiceError;
use crate::wire::services::filter_response::{self, Outcome};
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::session_listing::Selected;
use crate::wire::services::{
    FilterResponse, MessagingFilterSend, MessagingReceiverServer, MessagingSend, SessionFetch, session_fetch,
};

fn json(text: &str) -> TypedValue {
    let bytes = editor::check::check(DataType::Json, text, None).expect("JSON");
    TypedValue::new(DataType::Json.topic_type(), bytes)
}

fn session(number: u64) -> SessionId {
    SessionId { server: 1, session: number }
}

impl ClientModel {
    fn facts(&self) -> &Requests {
        &self.model.links[0].requests
    }

    fn last(&self) -> &Entry {
        self.facts().entries.back().expect("an entry")
    }

    fn build(&mut self, path: &str, payload: &str) {
        self.handle(Intent::SetPath(path.into()));
        self.handle(Intent::Payload(editor::Intent::SetText(payload.into())));
    }

    fn after(&mut self, micros: i64) {
        self.model.tick(Timestamp(NOW.0 + micros));
    }

    fn sentence(&self) -> String {
        sentence::of(self.last()).map(|sentence| sentence.text).unwrap_or_default()
    }

    fn respond(&mut self, conversation: i64, from: u64, outcome: Outcome, micros: i64) {
        let request = filter_response::Request { responses: conversation, session: session(from), outcome };
        self.apply(Event::Session(SessionEvent::Request(InboundRequest {
            id: RequestId(7),
            service: FilterResponse::ID,
            request: Box::new(request),
            size_bytes: 20,
            at: Timestamp(NOW.0 + micros),
            until: None,
        })));
    }

    /// Sends to a filter that selects so many, and gives the conversation of the responses.
    fn send_to_filter(&mut self, sessions: i32) -> i64 {
        self.handle(Intent::SetTo(To::Filter));
        self.handle(Intent::SetFilter("$Principal is \"max\"".into()));
        self.build("v", "1");
        self.handle(Intent::Send);
        let count = self.call_of(SessionFetch::ID);
        self.answer(&count, Ok(session_fetch::Response::Found { sessions: Vec::new(), total_selected: sessions }));
        self.handle(Intent::Confirm);
        let call = self.call_of(MessagingFilterSend::ID);
        self.answer(&call, Ok(Selected::Sessions(sessions)));
        i64::try_from(self.last().id).expect("a small number")
    }
}

#[test]
fn a_request_is_frozen_with_its_answer_and_the_builder_goes_on() {
    let mut client = ClientModel::new();
    client.build("Demo/echo", "{\"a\":1}");
    client.handle(Intent::Send);
    let call = client.call_of(MessagingSend::ID);
    assert!(client.last().is_waiting());
    client.answer(&call, Ok(json("{\"a\":1}")));
    assert_eq!(client.last().state, State::Answered(json("{\"a\":1}")));
    client.build("Demo/echo", "2");
    client.handle(Intent::Send);
    let payloads: Vec<_> = client.facts().entries.iter().map(|entry| entry.message.value()).collect();
    assert_eq!(payloads, [Some(json("{\"a\":1}")), Some(json("2"))]);
    let first = client.facts().entries[0].id;
    client.handle(Intent::Resend(first));
    client.handle(Intent::EditAgain(first));
    assert_eq!(client.facts().entries.len(), 3);
    assert_eq!(client.facts().builder.message().map(|message| message.value()), Ok(Some(json("{\"a\":1}"))));
}

#[test]
fn what_it_lacks_is_said_and_nothing_is_sent() {
    let mut client = ClientModel::new();
    client.handle(Intent::Send);
    assert_eq!(client.facts().builder.message(), Err(Lack::NoPath));
    client.build("a//b", "1");
    client.handle(Intent::Send);
    assert!(matches!(client.facts().builder.message(), Err(Lack::Path(_))));
    client.build("a", "{");
    assert_eq!(client.facts().builder.message(), Err(Lack::Payload));
    client.build("a", "1");
    client.handle(Intent::SetTo(To::Session));
    client.handle(Intent::SetSession("bot7".into()));
    assert_eq!(client.facts().builder.message(), Err(Lack::Session));
    client.handle(Intent::SetTo(To::Filter));
    client.handle(Intent::SetFilter("$Principal is bot7 and".into()));
    assert!(matches!(client.facts().builder.message(), Err(Lack::Filter(_))));
    client.handle(Intent::Send);
    assert!(client.sent().iter().all(|command| !matches!(command, Command::Call(_))));
}

#[test]
fn own_wait_stop_and_loss_have_their_own_words_and_late_answers_land() {
    let mut client = ClientModel::new();
    client.build("slow", "1");
    client.handle(Intent::SetWait(2000));
    client.handle(Intent::Send);
    let call = client.call_of(MessagingSend::ID);
    assert!(call.timeout_secs > 600, "an answer that comes late is still taken");
    client.after(1_999_999);
    assert!(client.last().is_waiting());
    client.after(2_000_000);
    let words = sentence::of(client.last()).expect("words");
    assert_eq!(
        words.text,
        "No answer from “slow” within 2 s. It may still be worked on; a later answer is shown here."
    );
    assert_eq!(words.acts, [Act::WaitOn, Act::SendAgain]);
    let id = client.last().id;
    client.handle(Intent::WaitOn(id));
    assert!(client.last().is_waiting());
    client.answer(&call, Ok(json("1")));
    assert_eq!(client.last().state, State::Answered(json("1")));

    client.handle(Intent::Send);
    let id = client.last().id;
    client.handle(Intent::StopWaiting(id));
    assert!(client.sent().iter().any(|command| matches!(command, Command::Cancel(_))));
    assert!(client.sentence().starts_with("You stopped waiting after "), "{}", client.sentence());

    client.handle(Intent::Send);
    client.sent();
    client.apply(live(2));
    assert!(client.sentence().starts_with("The connection was lost while it waited"), "{}", client.sentence());
    assert!(client.calls_of(MessagingSend::ID).is_empty(), "nothing is sent again by itself");
}

#[test]
fn every_failure_has_a_sentence_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for code in [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 202, 9003, 9050] {
        for target in [Target::Handler, Target::Session(session(1))] {
            let error = ServiceError::new(ErrorCode(code), "its text");
            let words = sentence::refused(&error, &target, "a/b", "JSON");
            assert!(words.text.ends_with('.') && words.details.contains(&code.to_string()), "{words:?}");
            if target == Target::Handler {
                assert!(seen.insert(words.text.clone()), "{words:?}");
            }
        }
    }
    assert!(seen.contains("Nobody handles “a/b” or a path above it."));
    assert!(seen.contains("Rejected by the handler of “a/b”: “its text”."));
}

#[test]
fn a_filter_is_counted_first_and_its_responses_come_one_by_one() {
    let mut client = ClientModel::new();
    let conversation = client.send_to_filter(3);
    assert_eq!(client.last().to_come(), 3);
    client.respond(conversation, 11, Outcome::Answered(json("1")), 400);
    client.respond(conversation, 12, Outcome::Answered(json("1")), 500);
    client.respond(conversation + 1, 13, Outcome::Answered(json("1")), 600);
    assert_eq!((client.last().responses.answered, client.last().to_come()), (2, 1));
    client.after(30_000_000);
    assert_eq!(client.sentence(), "1 did not answer within 30 s; later answers are shown here.");
    let error = ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, "no");
    client.respond(conversation, 13, Outcome::Failed(error), 33_100_000);
    let entry = client.last();
    assert_eq!((entry.responses.failed, entry.to_come(), entry.is_open()), (1, 0, false));
    assert_eq!(entry.late_micros(entry.responses.rows[2].micros), Some(3_100_000));
    let groups: Vec<usize> = entry.groups().iter().map(|group| group.sessions.len()).collect();
    assert_eq!(groups, [2, 1]);
}

#[test]
fn nobody_is_asked_where_no_session_matches() {
    let mut client = ClientModel::new();
    client.handle(Intent::Open { target: Target::Filter("all".into()) });
    client.build("v", "1");
    client.handle(Intent::Send);
    let count = client.call_of(SessionFetch::ID);
    client.answer(&count, Ok(session_fetch::Response::Found { sessions: Vec::new(), total_selected: 0 }));
    client.handle(Intent::Confirm);
    assert!(client.calls().is_empty() && client.facts().entries.is_empty());
}

#[test]
fn more_responses_than_can_be_kept_are_counted() {
    let mut client = ClientModel::new();
    let conversation = client.send_to_filter(10_010);
    for from in 0..10_010 {
        client.respond(conversation, from, Outcome::Answered(json("1")), 10);
    }
    let responses = &client.last().responses;
    assert_eq!((responses.rows.len(), responses.not_kept, responses.answered), (10_000, 10, 10_010));
    assert_eq!(client.last().to_come(), 0);
}

#[test]
fn a_read_only_connection_sends_no_request() {
    let mut client = ClientModel::new();
    client.build("a", "1");
    client.handle(safety::Intent::SetMode(Mode::ReadOnly));
    client.sent();
    client.handle(Intent::Send);
    assert!(client.calls().is_empty() && client.facts().entries.is_empty());
}

#[test]
fn the_history_is_bounded_and_large_payloads_are_not_kept() {
    let mut client = ClientModel::new();
    client.handle(Intent::SetType(DataType::String));
    client.build("a", &"x".repeat((1 << 20) - 4));
    client.handle(Intent::Payload(editor::Intent::SetText("y".repeat(1 << 20))));
    for _ in 0..3 {
        client.handle(Intent::Send);
        for call in client.calls_of(MessagingSend::ID) {
            client.answer::<TypedValue>(&call, Err(CallError::Busy));
        }
    }
    assert!(matches!(client.last().message.payload, Payload::Cut { .. }) || client.last().message.value().is_some());
    client.build("a", "z");
    for _ in 0..MAX_ENTRIES {
        client.handle(Intent::Send);
        for call in client.calls_of(MessagingSend::ID) {
            client.answer::<TypedValue>(&call, Err(CallError::Busy));
        }
    }
    assert_eq!((client.facts().entries.len(), client.facts().dropped), (MAX_ENTRIES, 3));
}

#[test]
fn too_many_requests_at_a_time_give_up_the_oldest_overdue_one_or_wait() {
    let mut client = ClientModel::new();
    client.build("a", "1");
    client.handle(Intent::SetWait(1000));
    (0..MAX_OPEN + 3).for_each(|_| client.handle(Intent::Send));
    assert_eq!(client.facts().entries.len(), MAX_OPEN);
    client.after(1_000_000);
    client.handle(Intent::Send);
    assert_eq!((client.facts().entries.len(), client.facts().open()), (MAX_OPEN + 1, MAX_OPEN));
}

#[test]
fn saved_requests_and_the_draft_come_back_with_the_next_connection() {
    let mut client = ClientModel::new();
    client.build("Demo/echo", "{\"a\":1}");
    client.handle(Intent::Save("echo".into()));
    client.build("other", "2");
    let stored = crate::model::messages::stored::of(&client.model.links[0], &client.model.settings).expect("kept");
    let text = serde_json::to_string(&stored).expect("text");
    let mut back = Requests::default();
    back.restore(&serde_json::from_str(&text).expect("reads back"));
    assert_eq!((back.builder.path.as_str(), back.builder.draft.text.as_str()), ("other", "2"));
    assert_eq!((back.saved.len(), back.saved[0].path.as_str()), (1, "Demo/echo"));
    client.handle(Intent::UseSaved(0));
    assert_eq!(client.facts().builder.path, "Demo/echo");
    assert_eq!(client.last().state, State::Unsent, "what was typed is not lost");
}

#[test]
fn a_session_is_asked_by_its_id() {
    let mut client = ClientModel::new();
    client.handle(Intent::Open { target: Target::Session(session(9)) });
    client.build("v", "1");
    client.handle(Intent::Send);
    let call = client.call_of(MessagingReceiverServer::ID);
    let error = CallError::Service { code: ErrorCode::NO_SUCH_SESSION, description: "gone".into() };
    client.answer::<TypedValue>(&call, Err(error));
    assert_eq!(client.sentence(), format!("{} is no longer connected.", session(9)));
    assert!(matches!(client.model.links[0].link, LinkState::Connected(_)));
}
