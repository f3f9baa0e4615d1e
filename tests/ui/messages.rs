//! The message console: requests by keyboard with every kind of end, responses of a filter, and answering by hand.

use crate::test_app::{SIZES, Serve, TestApp, closed, has_text, picture, topics, window};
use brownian::client::api::{Answer, CallError, Event, InboundRequest, RequestId, SessionEvent};
use brownian::data::{ErrorCode, SessionId, Timestamp, TopicType};
use brownian::model::answering::{self, Kind};
use brownian::model::requests::{Intent, To};
use brownian::model::safety::{self, Mode};
use brownian::model::settings::Theme;
use brownian::wire::Service as _;
use brownian::wire::ServiceError;
use brownian::wire::services::filter_response::{self, Outcome};
use brownian::wire::services::message_value::TypedValue;
use brownian::wire::services::session_listing::Selected;
use brownian::wire::services::{
    FilterResponse, MessagingFilterSend, MessagingReceiverClient, MessagingSend, SessionFetch,
    messaging_receiver_client, session_fetch,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const PATH: &str = "Message path";

fn text(text: &str) -> TypedValue {
    let value = brownian::data::Value::String(Some(text.to_owned()));
    TypedValue::new(TopicType::String, brownian::data::value::encode(&value))
}

fn session(number: u64) -> SessionId {
    SessionId { server: 0x64c1_1fef_06a3_817d, session: number }
}

fn request(app: &mut TestApp, path: &str, payload: &str) {
    app.handle(Intent::SetPath(path.into()));
    app.handle(Intent::Payload(brownian::model::editor::Intent::SetText(payload.into())));
    app.handle(Intent::Send);
}

/// A handler that was asked, and a request that waits for its answer.
pub(crate) fn fill(app: &mut TestApp) {
    request(app, "orders/new", "{\"id\":4711}");
    app.handle(answering::Intent::OpenForm("my/orders".into()));
    app.handle(answering::Intent::Register);
}

fn shown(app: TestApp, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = window(app, size);
    harness.state_mut().shell.dock.show("messages");
    harness.run_steps(3);
    harness
}

fn connected() -> TestApp {
    TestApp::connected(Theme::Light, Serve::Answers, topics())
}

fn press(harness: &mut Harness<'_, TestApp>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(3);
}

fn keys(harness: &mut Harness<'_, TestApp>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(4);
}

fn typed(harness: &mut Harness<'_, TestApp>, text: &str) {
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

fn is_disabled(harness: &Harness<'_, TestApp>, label: &str) -> bool {
    harness.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
}

/// The other side answers the latest call of this service.
fn answer<T: Send + 'static>(harness: &mut Harness<'_, TestApp>, service: u32, result: Result<T, CallError>) {
    let app = harness.state_mut();
    let call = app.calls.iter().rev().find(|call| call.service == service).expect("a call").id;
    let result = result.map(|value| Box::new(value) as brownian::client::api::AnyResponse);
    app.apply(Event::Answer(Answer { id: call, result, micros: 640 }));
    harness.run_steps(3);
}

fn inbound(app: &mut TestApp, id: i64, service: u32, request: Box<dyn std::any::Any + Send>, millis: Option<i64>) {
    let at = app.model.now;
    let until = millis.map(|millis| Timestamp(at.0 + millis * 1000));
    app.apply(Event::Session(SessionEvent::Request(InboundRequest {
        id: RequestId(id),
        service,
        request,
        size_bytes: 20,
        at,
        until,
    })));
}

/// Another session asks the handler of this connection.
fn ask(app: &mut TestApp, id: i64) {
    let handler = app.model.active().expect("shown").answering.handlers[0].id;
    let request = messaging_receiver_client::Request {
        handler,
        sender: session(0x1f3),
        path: "my/orders".into(),
        properties: vec![("$Principal".into(), "max".into()), ("tier".into(), "silver".into())],
        value: text("one more"),
    };
    inbound(app, id, MessagingReceiverClient::ID, Box::new(request), Some(60_000));
}

#[test]
fn a_request_goes_out_by_keyboard_and_its_answer_comes_back() {
    let mut app = connected();
    app.answer::<MessagingSend>(text("done"));
    let mut harness = window(app, SIZES[0]);
    keys(&mut harness, Modifiers::ALT, Key::Num3);
    assert!(harness.get_by_role_and_label(Role::TextInput, PATH).is_focused());
    typed(&mut harness, "Demo/echo");
    keys(&mut harness, Modifiers::NONE, Key::Tab);
    typed(&mut harness, "{\"a\":1}");
    keys(&mut harness, Modifiers::COMMAND, Key::Enter);
    for words in ["answered", "Answered with STRING", " B sent, 5 B answered"] {
        assert!(has_text(&harness, words), "{words}");
    }
    typed(&mut harness, " ");
    keys(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(harness.state().model.active().expect("shown").requests.entries.len(), 2);
    keys(&mut harness, Modifiers::ALT, Key::Num3);
    assert!(has_text(&harness, "You handle no path"), "again turns to the answering side");
    keys(&mut harness, Modifiers::ALT, Key::Num3);
    assert!(has_text(&harness, "Answered with STRING"));
}

#[test]
fn the_history_is_sent_again_and_saved_by_keyboard() {
    let mut app = connected();
    app.answer::<MessagingSend>(text("done"));
    request(&mut app, "Demo/echo", "{\"a\":1}");
    request(&mut app, "Demo/other", "2");
    let mut harness = shown(app, SIZES[1]);
    harness.get_by_role_and_label(Role::Button, "History").click();
    harness.run_steps(3);
    harness.get_all_by_label("Demo/other, answered in 800 µs").next().expect("a row").click();
    harness.run_steps(3);
    keys(&mut harness, Modifiers::NONE, Key::ArrowDown);
    keys(&mut harness, Modifiers::COMMAND, Key::R);
    let facts = |harness: &Harness<'_, TestApp>| {
        let requests = &harness.state().model.active().expect("shown").requests;
        (requests.entries.len(), requests.builder.path.clone(), requests.saved.len())
    };
    assert_eq!(facts(&harness).0, 3);
    harness.get_all_by_label("Demo/other, answered in 800 µs").next().expect("a row").click();
    harness.run_steps(3);
    assert_eq!(facts(&harness).1, "Demo/other");
    keys(&mut harness, Modifiers::COMMAND, Key::S);
    typed(&mut harness, " two");
    keys(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(facts(&harness).2, 1);
    let saved = &harness.state().model.active().expect("shown").requests.builder.saved_as;
    assert!(saved.as_ref().is_some_and(|name| name.contains("Demo/other")), "{saved:?}");
}

#[test]
fn each_end_has_its_sentence_and_its_acts() {
    let mut harness = shown(TestApp::connected(Theme::Light, Serve::Silent, topics()), SIZES[0]);
    assert!(has_text(&harness, "Nothing sent yet"));
    request(harness.state_mut(), "a/b", "1");
    harness.run_steps(3);
    assert!(has_text(&harness, "Waiting: ") && has_text(&harness, "Stop waiting"));
    harness.state_mut().pass(10.0);
    harness.run_steps(3);
    assert!(has_text(&harness, "No answer from “a/b” within 10 s. It may still be worked on"));
    press(&mut harness, "Wait on");
    assert!(has_text(&harness, "Waiting: "));
    press(&mut harness, "Stop waiting");
    assert!(has_text(&harness, "You stopped waiting after "));
    press(&mut harness, "Send again");
    for (code, words) in [
        (109, "Nobody handles “a/b” or a path above it."),
        (9003, "Rejected by the handler of “a/b”: “its own words”."),
        (102, "The server waited for “a/b” and gave up."),
        (103, "you have no SEND_TO_MESSAGE_HANDLER there"),
        (101, "closed before it answered"),
        (108, "does not take JSON at “a/b”"),
        (105, "A JavaScript client then drops its handler"),
        (9050, "Failed with 9050: “its own words”."),
    ] {
        request(harness.state_mut(), "a/b", "1");
        let error = CallError::Service { code: ErrorCode(code), description: "its own words".into() };
        answer::<TypedValue>(&mut harness, MessagingSend::ID, Err(error));
        assert!(has_text(&harness, words), "{code}: {words}");
    }
    request(harness.state_mut(), "a/b", "1");
    let error = CallError::Service { code: ErrorCode::UNHANDLED_MESSAGE, description: String::new() };
    answer::<TypedValue>(&mut harness, MessagingSend::ID, Err(error));
    picture(&mut harness, "messages-nobody");
    press(&mut harness, "Answer it here");
    assert!(has_text(&harness, "Handler of “a/b”"), "becomes the handler of the path");
}

#[test]
fn what_is_no_path_no_session_and_no_filter_is_said_at_once() {
    let mut harness = shown(connected(), SIZES[0]);
    let facts = harness.state_mut();
    facts.handle(Intent::SetPath("a//b".into()));
    harness.run_steps(3);
    assert!(has_text(&harness, "“a//b” is no message path"));
    assert!(is_disabled(&harness, "Send"));
    harness.state_mut().handle(Intent::SetPath("a".into()));
    harness.state_mut().handle(Intent::SetTo(To::Session));
    harness.state_mut().handle(Intent::SetSession("bot7".into()));
    harness.run_steps(3);
    assert!(has_text(&harness, "A session ID is two groups of 16 hex digits"));
    harness.state_mut().handle(Intent::SetTo(To::Filter));
    harness.state_mut().handle(Intent::SetFilter("$Principal is \"bot7\" and".into()));
    harness.run_steps(3);
    assert!(is_disabled(&harness, "Send to the filter…"));
    assert!(harness.query_by_role_and_label(Role::TextInput, "Filter of sessions to ask").is_some());
}

#[test]
fn a_filter_is_confirmed_with_its_number_and_its_responses_come_session_by_session() {
    let mut app = connected();
    app.answer::<SessionFetch>(session_fetch::Response::Found { sessions: Vec::new(), total_selected: 4 });
    app.answer::<MessagingFilterSend>(Selected::Sessions(4));
    app.handle(Intent::SetTo(To::Filter));
    app.handle(Intent::SetFilter("$Principal is \"term\"".into()));
    let mut harness = shown(app, SIZES[1]);
    request(harness.state_mut(), "terminals/version", "{\"cmd\":\"version\"}");
    harness.run_steps(3);
    assert!(has_text(&harness, "4 sessions match at ") && has_text(&harness, "counted by the server"));
    picture(&mut harness, "messages-confirm");
    press(&mut harness, "Send to 4");
    let failed = Outcome::Failed(ServiceError::new(ErrorCode::UNHANDLED_MESSAGE, "no stream"));
    let outcomes = [Outcome::Answered(text("4.2.1")), Outcome::Answered(text("4.2.1")), failed];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let response = filter_response::Request { responses: 1, session: session(number as u64), outcome };
        inbound(harness.state_mut(), 0, FilterResponse::ID, Box::new(response), None);
    }
    harness.run_steps(3);
    for words in ["4 asked · 2 answered · 1 failed · 1 to come", "All 3", "Answered 2", "Failed 1", "UNHANDLED_MESSAGE"]
    {
        assert!(has_text(&harness, words), "{words}");
    }
    picture(&mut harness, "messages-responses");
    harness.get_by_role_and_label(Role::CheckBox, "Group same").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "2 ×") && has_text(&harness, "failed: UNHANDLED_MESSAGE"));
    harness.state_mut().pass(30.0);
    harness.run_steps(3);
    assert!(has_text(&harness, "1 did not answer within 30 s"));
}

#[test]
fn a_handler_by_hand_answers_in_time_and_the_next_runs_out() {
    let mut harness = window(connected(), SIZES[0]);
    keys(&mut harness, Modifiers::ALT, Key::Num3);
    keys(&mut harness, Modifiers::ALT, Key::Num3);
    typed(&mut harness, "my/orders");
    keys(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(has_text(&harness, "Handles “my/orders” and all below it, unless someone handles a longer path."));
    picture(&mut harness, "messages-form");
    keys(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert!(has_text(&harness, "by hand, within 30 s") && has_text(&harness, "Nobody has asked yet"));
    ask(harness.state_mut(), 1);
    harness.run_steps(3);
    for words in ["30 s left", "max …01f3", "tier = silver", "Waiting 1", "Answering 1 · 1 waiting"] {
        assert!(has_text(&harness, words), "{words}");
    }
    harness.state_mut().pass(12.0);
    harness.run_steps(3);
    assert!(has_text(&harness, "18 s left"));
    harness
        .state_mut()
        .handle(answering::Intent::Answer(brownian::model::editor::Intent::SetText("{\"ok\":true}".into())));
    harness.run_steps(3);
    picture(&mut harness, "messages-by-hand");
    keys(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert!(has_text(&harness, "1 asked · 1 answered · 0 failed"));
    ask(harness.state_mut(), 2);
    harness.state_mut().pass(30.0);
    harness.run_steps(3);
    assert!(has_text(&harness, "rejected: No answer by hand within 30 s"));
    press(&mut harness, "Remove the handler of my/orders");
    assert!(harness.state().model.active().expect("shown").answering.handlers.is_empty());
}

#[test]
fn read_only_and_a_lost_connection_switch_sending_off_with_the_reason() {
    let mut app = connected();
    fill(&mut app);
    ask(&mut app, 1);
    app.handle(safety::Intent::SetMode(Mode::ReadOnly));
    let mut harness = shown(app, SIZES[0]);
    assert!(is_disabled(&harness, "Send"));
    assert!(has_text(&harness, "Requests count as changes; unlock the connection first"));
    harness.get_by_role_and_label(Role::RadioButton, "Answering").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "○ withdrawn") && is_disabled(&harness, "Register all again"));
    assert!(has_text(&harness, "rejected: Handler withdrawn"));
    harness.state_mut().handle(safety::Intent::SetMode(Mode::Confirm));
    harness.run_steps(3);
    press(&mut harness, "Register all again");
    assert!(!has_text(&harness, "○ withdrawn"));
    harness.state_mut().apply(closed());
    harness.run_steps(3);
    assert!(has_text(&harness, "○ not registered in this session") && is_disabled(&harness, "Register all again"));
}

#[test]
fn pictures_of_both_sides_in_both_themes() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in SIZES {
            let mut app = TestApp::connected(theme, Serve::Answers, topics());
            app.answer::<MessagingSend>(text("done"));
            request(&mut app, "Demo/echo", "{\"a\":[1,2]}");
            fill(&mut app);
            app.handle(answering::Intent::OpenForm("prices/snap".into()));
            let mut form = app.model.active().expect("shown").answering.form.clone().expect("a form");
            (form.kind, form.delay_millis, form.jitter_millis) = (Kind::Echo, 300, 50);
            app.handle(answering::Intent::SetForm(Box::new(form)));
            app.handle(answering::Intent::Register);
            ask(&mut app, 1);
            let mut harness = shown(app, size);
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
            picture(&mut harness, &format!("messages-requests-{theme:?}-{}", size[0]));
            harness.get_by_role_and_label(Role::RadioButton, "Answering 2 · 1 waiting").click();
            harness.run_steps(3);
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
            picture(&mut harness, &format!("messages-answering-{theme:?}-{}", size[0]));
        }
    }
}
