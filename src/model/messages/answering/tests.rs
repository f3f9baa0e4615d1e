//! Answering without a window: rules, delays, answers by hand with a limit, bounds, and the read-only gate.

use super::*;
use crate::client::api::{CallError, Command, Event, InboundReply, InboundRequest, SessionEvent};
use crate::data::{ErrorCode, SessionId};
use crate::model::fixture::{ClientModel, NOW, live};
use crate::model::safety::{self, Mode};
use crate::wire::Service;
use crate::wire::service::ServiceError;
use crate::wire::services::message_value::TypedValue;
use crate::wire::services::{
    MessagingReceiverControlDeregistration, MessagingReceiverControlRegistration, messaging_receiver_client,
    messaging_send,
};

const SENDER: SessionId = SessionId { server: 1, session: 9 };

fn text(text: &str) -> TypedValue {
    let bytes = editor::check::check(DataType::String, text, None).expect("text");
    TypedValue::new(DataType::String.topic_type(), bytes)
}

fn after(micros: i64) -> Timestamp {
    Timestamp(NOW.0 + micros)
}

impl ClientModel {
    fn answering(&self) -> &Answering {
        &self.model.links[0].answering
    }

    fn last_asked(&self) -> &Asked {
        self.answering().asked.back().expect("a request")
    }

    /// Registers a handler of this path, changed by the function.
    fn handler(&mut self, path: &str, change: impl FnOnce(&mut Form)) {
        self.handle(Intent::OpenForm(path.into()));
        let mut form = self.answering().form.clone().expect("a form");
        change(&mut form);
        self.handle(Intent::SetForm(Box::new(form)));
        self.handle(Intent::FormType(DataType::String));
        self.handle(Intent::FormValue(editor::Intent::SetText("fixed".into())));
        self.handle(Intent::Register);
        for call in self.calls_of(MessagingReceiverControlRegistration::ID) {
            self.answer(&call, Ok(()));
        }
    }

    fn ask(&mut self, number: i64, handler: i64, until: Option<i64>) {
        let request = messaging_receiver_client::Request {
            handler,
            sender: SENDER,
            path: "my/orders/1".into(),
            properties: vec![("$Principal".into(), "max".into())],
            value: text("asked"),
        };
        self.inbound(number, MessagingReceiverClient::ID, Box::new(request), until);
    }

    fn inbound(&mut self, number: i64, service: u32, request: crate::wire::service::AnyRequest, until: Option<i64>) {
        self.apply(Event::Session(SessionEvent::Request(InboundRequest {
            id: RequestId(number),
            service,
            request,
            size_bytes: 20,
            at: NOW,
            until: until.map(after),
        })));
    }

    fn replies(&mut self) -> Vec<InboundReply> {
        let sent = self.sent().into_iter();
        sent.filter_map(|command| if let Command::Reply(reply) = command { Some(reply) } else { None }).collect()
    }
}

const LIMIT: Option<i64> = Some(60_000_000);

fn answer(number: i64, value: &TypedValue) -> InboundReply {
    InboundReply::response::<MessagingReceiverClient>(RequestId(number), value)
}

fn rejection(number: i64, text: &str) -> InboundReply {
    let error = ServiceError::new(ErrorCode::REJECTED_REQUEST, text);
    InboundReply::error::<MessagingReceiverClient>(RequestId(number), error)
}

#[test]
fn rules_answer_by_themselves_at_once_or_after_their_delay() {
    let mut client = ClientModel::new();
    client.handler("fixed", |form| form.kind = Kind::Fixed);
    client.handler("echo", |form| (form.kind, form.delay_millis) = (Kind::Echo, 300));
    client.handler("fail", |form| (form.kind, form.text) = (Kind::Fail, "no".into()));
    client.ask(1, 1, LIMIT);
    assert_eq!(client.replies(), [answer(1, &text("fixed"))]);
    client.ask(2, 2, LIMIT);
    assert!(client.replies().is_empty());
    client.model.tick(after(299_999));
    assert!(client.replies().is_empty());
    client.model.tick(after(300_000));
    assert_eq!(client.replies(), [answer(2, &text("asked"))]);
    client.ask(3, 3, LIMIT);
    assert_eq!(client.replies(), [rejection(3, "no")]);
    let counts: Vec<_> = client.answering().handlers.iter().map(|h| (h.asked, h.answered, h.failed)).collect();
    assert_eq!(counts, [(1, 1, 0), (1, 1, 0), (1, 0, 1)]);
    assert_eq!(client.answering().handlers[1].mean_micros(), Some(300_000));
}

#[test]
fn jitter_stays_within_its_bounds_and_differs() {
    let mut client = ClientModel::new();
    client.handler("echo", |form| (form.kind, form.delay_millis, form.jitter_millis) = (Kind::Echo, 300, 100));
    let delays: Vec<i64> = (0..100).map(|number| client.answering().handlers[0].delay_micros(number)).collect();
    assert!(delays.iter().all(|delay| (200_000..=400_000).contains(delay)));
    assert!(delays.iter().max() > delays.iter().min());
}

#[test]
fn never_is_silent_and_is_dropped_by_the_session_too() {
    let mut client = ClientModel::new();
    client.handler("void", |form| form.kind = Kind::Never);
    client.ask(1, 1, LIMIT);
    let sent = client.sent();
    assert!(matches!(sent[..], [Command::Abandon { id: RequestId(1), .. }]), "{sent:?}");
    assert_eq!(client.last_asked().outcome, Outcome::Silent);
}

#[test]
fn by_hand_answers_rejects_and_runs_out() {
    let mut client = ClientModel::new();
    client.handler("my/orders", |_| ());
    (1..=3).for_each(|number| client.ask(number, 1, LIMIT));
    assert_eq!(client.answering().waiting(), 3);
    assert_eq!(client.last_asked().sender.as_ref().and_then(|s| s.property("$Principal")), Some("max"));
    client.handle(Intent::AnswerType(DataType::String));
    client.handle(Intent::Answer(editor::Intent::SetText("done".into())));
    client.handle(Intent::Send(1));
    client.handle(Intent::Send(1));
    assert_eq!(client.replies(), [answer(1, &text("done"))]);
    client.handle(Intent::Reject { id: 2, text: "closed today".into() });
    assert_eq!(client.replies(), [rejection(2, "closed today")]);
    client.model.tick(after(29_999_999));
    assert!(client.replies().is_empty());
    client.model.tick(after(30_000_000));
    assert_eq!(client.replies(), [rejection(3, "No answer by hand within 30 s")]);
}

#[test]
fn too_many_by_hand_are_rejected_as_busy_and_what_the_session_answered_is_too_late() {
    let mut client = ClientModel::new();
    client.handler("my/orders", |_| ());
    for number in 1..=MAX_BY_HAND as i64 {
        client.ask(number, 1, LIMIT);
    }
    assert!(client.replies().is_empty());
    client.ask(999, 1, LIMIT);
    assert_eq!(client.replies(), [rejection(999, "Busy: too many requests wait already")]);
    client.ask(1000, 1, None);
    assert_eq!(client.last_asked().outcome, Outcome::TooLate);
    let why = crate::client::api::AutoAnswered::LineLost;
    client.apply(Event::Session(SessionEvent::AutoAnswered {
        id: RequestId(1),
        service: MessagingReceiverClient::ID,
        why,
    }));
    assert_eq!(client.answering().asked[0].outcome, Outcome::LineLost);
}

#[test]
fn requests_to_this_session_get_nobody_at_once_unless_they_are_taken_here() {
    let mut client = ClientModel::new();
    let request = || Box::new(messaging_send::Request { path: "version".into(), value: text("asked") });
    client.inbound(1, MessagingSend::ID, request(), LIMIT);
    let replies = client.replies();
    assert_eq!(replies[0].answer.as_ref().map_err(|error| error.code), Err(ErrorCode::UNHANDLED_MESSAGE));
    assert_eq!((client.last_asked().outcome.clone(), client.answering().unhandled), (Outcome::Unhandled, 1));
    client.handler("version", |form| (form.scope, form.kind) = (Scope::ThisSession, Kind::Fixed));
    assert!(client.sent().is_empty(), "the server knows nothing of it");
    client.inbound(2, MessagingSend::ID, request(), LIMIT);
    assert_eq!(client.replies(), [InboundReply::response::<MessagingSend>(RequestId(2), &text("fixed"))]);
}

#[test]
fn handlers_are_withdrawn_before_the_connection_is_read_only_and_only_the_user_registers_them_again() {
    let mut client = ClientModel::new();
    client.handler("my/orders", |_| ());
    client.ask(1, 1, LIMIT);
    client.sent();
    client.handle(safety::Intent::SetMode(Mode::ReadOnly));
    let sent = client.sent();
    assert!(
        sent.iter()
            .any(|c| matches!(c, Command::Call(call) if call.service == MessagingReceiverControlDeregistration::ID))
    );
    assert!(sent.iter().any(|c| matches!(c, Command::Reply(reply) if *reply == rejection(1, "Handler withdrawn"))));
    assert_eq!(client.answering().handlers[0].standing, Standing::Withdrawn);
    client.handle(Intent::RegisterAll);
    assert!(client.calls().is_empty(), "read-only");
    client.handle(safety::Intent::SetMode(Mode::Confirm));
    client.model.tick(after(1));
    assert!(client.calls().is_empty(), "not by itself");
    client.handle(Intent::RegisterAll);
    assert_eq!(client.calls_of(MessagingReceiverControlRegistration::ID).len(), 1);
}

#[test]
fn another_session_has_no_handlers_and_the_same_keeps_them() {
    let mut client = ClientModel::new();
    client.handler("my/orders", |_| ());
    client.ask(1, 1, LIMIT);
    client.apply(live(1));
    assert_eq!((client.answering().live(), client.answering().waiting()), (1, 1));
    client.apply(live(2));
    assert_eq!(client.answering().handlers[0].standing, Standing::NotRegistered);
    assert_eq!(client.last_asked().outcome, Outcome::SessionGone);
    assert!(client.calls_of(MessagingReceiverControlRegistration::ID).is_empty());
    client.ask(2, 1, LIMIT);
    assert_eq!(client.last_asked().outcome, Outcome::Unhandled, "it is not registered");
}

#[test]
fn a_handler_that_the_server_refuses_says_why_and_can_be_tried_again() {
    let mut client = ClientModel::new();
    client.handle(Intent::OpenForm("a".into()));
    client.handle(Intent::Register);
    let call = client.call_of(MessagingReceiverControlRegistration::ID);
    let error = CallError::Service { code: ErrorCode::HANDLER_CONFLICT, description: "there is one".into() };
    client.answer::<()>(&call, Err(error.clone()));
    assert_eq!(client.answering().handlers[0].standing, Standing::Failed(error));
    client.handle(Intent::RegisterAgain(1));
    assert_eq!(client.calls_of(MessagingReceiverControlRegistration::ID).len(), 1);
    client.handle(Intent::Remove(1));
    assert!(client.answering().handlers.is_empty());
}

#[test]
fn handlers_are_kept_and_come_back_unregistered() {
    let mut client = ClientModel::new();
    client.handler("fixed", |form| (form.kind, form.delay_millis) = (Kind::Fixed, 5));
    let stored = crate::model::messages::stored::of(&client.model.links[0], &client.model.settings).expect("kept");
    let text_of = serde_json::to_string(&stored).expect("text");
    let back: crate::model::messages::stored::StoredMessages = serde_json::from_str(&text_of).expect("reads back");
    let handler = back.handlers[0].restored(1).expect("a handler");
    assert_eq!((handler.value, handler.delay_millis), (Some(text("fixed")), 5));
    assert_eq!(handler.standing, Standing::NotRegistered);
}
