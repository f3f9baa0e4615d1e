//! Missing topics: a branch is handled, sessions that miss something appear, and can be answered and helped.

use crate::test_app::{SIZES, Serve, TestApp, has_text, path_of, picture, topics, window};
use brownian::client::api::{AutoAnswered, Event, InboundRequest, RequestId, SessionEvent};
use brownian::data::Timestamp;
use brownian::model::missing_topics::Intent as Asked;
use brownian::model::settings::Theme;
use brownian::model::{FeatureIntent, Intent, safety};
use brownian::wire::Service as _;
use brownian::wire::services::{MissingTopic, TopicControlDeregistration, TopicControlRegistration, missing_topic};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const FIELD: &str = "Branch to handle missing topics of";

/// A session of this principal selects what is not there.
fn told(app: &mut TestApp, id: i64, selector: &str, principal: &str) {
    let at = app.model.now;
    let handler = app.model.active().expect("shown").missing_topics.handlers[0].id;
    let session_properties = vec![
        ("$SessionId".into(), format!("64c11fef06a3817d-00000000000000{:02x}", principal.len())),
        ("$Principal".into(), principal.into()),
        ("$Transport".into(), "WEBSOCKET".into()),
    ];
    let request = Box::new(missing_topic::Request {
        selector: selector.into(),
        session_properties,
        server_names: vec!["server-1".into()],
        handler,
    });
    let until = Some(Timestamp(at.0 + 5_000_000));
    app.apply(Event::Session(SessionEvent::Request(InboundRequest {
        id: RequestId(id),
        service: MissingTopic::ID,
        request,
        size_bytes: 1,
        at,
        until,
    })));
}

/// A handler that was told of some selectors, one of which can still be decided.
pub(crate) fn fill(app: &mut TestApp) {
    app.handle(Asked::Register(path_of("fx")));
    told(app, 1, "?fx/crosses/.*//", "");
    told(app, 2, ">fx/USDCHF/quote", "feed");
    for id in [1, 2] {
        let (id, service) = (RequestId(id), MissingTopic::ID);
        app.apply(Event::Session(SessionEvent::AutoAnswered { id, service, why: AutoAnswered::TimedOut }));
    }
    told(app, 3, ">fx/USDJPY/quote", "alice");
    told(app, 4, ">fx/USDJPY/quote", "alice");
}

fn shown(app: TestApp) -> Harness<'static, TestApp> {
    let mut harness = window(app, SIZES[0]);
    harness.state_mut().shell.dock.show("missing-topics");
    harness.run_steps(3);
    harness
}

fn connected() -> TestApp {
    TestApp::connected(Theme::Light, Serve::Answers, topics())
}

fn write(harness: &mut Harness<'_, TestApp>, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, FIELD).focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

fn press(harness: &mut Harness<'_, TestApp>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(3);
}

fn is_disabled(harness: &Harness<'_, TestApp>, label: &str) -> bool {
    harness.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
}

fn calls(harness: &Harness<'_, TestApp>, service: u32) -> usize {
    harness.state().calls.iter().filter(|call| call.service == service).count()
}

#[test]
fn a_branch_is_registered_and_ended() {
    let mut harness = shown(connected());
    assert!(has_text(&harness, "No missing-topic handlers"));
    assert!(is_disabled(&harness, "Register handler"));
    write(&mut harness, "fx//a");
    assert!(has_text(&harness, "A topic path has no empty parts"), "checked while typing");
    assert!(is_disabled(&harness, "Register handler"));
    let mut harness = shown(connected());
    write(&mut harness, "fx");
    press(&mut harness, "Register handler");
    assert_eq!(calls(&harness, TopicControlRegistration::ID), 1);
    assert!(has_text(&harness, "live since ") && has_text(&harness, "Nothing is missing so far"));
    write(&mut harness, "/fx");
    assert!(has_text(&harness, "This branch has a handler already"));
    press(&mut harness, "End the handler of fx");
    assert_eq!(calls(&harness, TopicControlDeregistration::ID), 1);
    assert!(has_text(&harness, "No missing-topic handlers"));
}

#[test]
fn read_only_says_why_nothing_can_be_registered() {
    let mut app = connected();
    app.handle(brownian::model::safety::Intent::SetMode(safety::Mode::ReadOnly));
    let mut harness = shown(app);
    write(&mut harness, "fx");
    assert!(is_disabled(&harness, "Register handler"));
    assert!(has_text(&harness, "This connection is read-only. Unlock it in the connection bar first"));
}

#[test]
fn who_misses_what_is_answered_in_time() {
    let mut app = connected();
    fill(&mut app);
    let mut harness = shown(app);
    for words in [">fx/USDJPY/quote", "×2", "alice · session 64c1", "5 s left", "proceeded: time was over", "anonymous"]
    {
        assert!(has_text(&harness, words), "{words}");
    }
    harness.state_mut().pass(2.0);
    harness.run_steps(2);
    assert!(has_text(&harness, "3 s left"));
    picture(&mut harness, "missing-topics-open");
    press(&mut harness, "Do not proceed");
    let decided =
        |i: &Intent| matches!(i, Intent::Feature(FeatureIntent::MissingTopics(Asked::Decide { proceed: false, .. })));
    assert!(harness.state().intents.iter().any(decided));
    assert!(has_text(&harness, "you answered “do not proceed”") && !has_text(&harness, "s left"));
    press(&mut harness, "Clear");
    assert!(has_text(&harness, "Nothing is missing so far"));
}

#[test]
fn what_is_missing_is_created() {
    let mut app = connected();
    fill(&mut app);
    let mut harness = shown(app);
    press(&mut harness, "Create topic fx/USDJPY/quote");
    let form = harness.state().model.active().and_then(|c| c.new_topic.form.as_ref());
    assert_eq!(form.map(|form| form.path.as_str()), Some("fx/USDJPY/quote"));
}

#[test]
fn several_are_answered_at_once_from_the_menu_of_the_table() {
    let mut app = connected();
    fill(&mut app);
    told(&mut app, 5, ">fx/AUDUSD/quote", "bob");
    let mut harness = shown(app);
    harness.get_by_role_and_label(Role::Table, "Missing topics").focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::F10);
    harness.run_steps(3);
    picture(&mut harness, "missing-topics-menu");
    // The other one is that of the note shown below the table.
    harness.get_all_by_role_and_label(Role::Button, "Do not proceed").next().expect("in the menu").click();
    harness.run_steps(3);
    let decided =
        |i: &&Intent| matches!(i, Intent::Feature(FeatureIntent::MissingTopics(Asked::Decide { proceed: false, .. })));
    assert_eq!(harness.state().intents.iter().filter(decided).count(), 2);
    assert!(!has_text(&harness, "s left"));
}

#[test]
fn enter_opens_the_form_of_the_topic_that_is_missing() {
    let mut app = connected();
    fill(&mut app);
    let mut harness = shown(app);
    harness.get_by_role_and_label(Role::Table, "Missing topics").focus();
    harness.run_steps(2);
    for key in [egui::Key::ArrowDown, egui::Key::Enter] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    let form = harness.state().model.active().and_then(|c| c.new_topic.form.as_ref());
    assert_eq!(form.map(|form| form.path.as_str()), Some("fx/USDJPY/quote"));
}
