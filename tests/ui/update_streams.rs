//! Update streams: made for a topic, asked about, started, paused, changed, fed by hand, failed and started again.

use crate::chosen_file::choose;
use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, topics, window};
use brownian::client::api::{Answer, CallError, Event};
use brownian::data::{ErrorCode, TopicType};
use brownian::model::safety;
use brownian::model::settings::Theme;
use brownian::model::update_streams::config::{Field, Source};
use brownian::model::update_streams::{Act, End, Intent as Asked, Stage};
use brownian::wire::Service as _;
use brownian::wire::services::{UpdateStreamCreate, UpdateStreamCreateAndSet, UpdateStreamSet};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// A running stream for a topic of the sample.
pub(crate) fn fill(app: &mut TestApp) {
    app.handle(Asked::Add(Some(path_of("fx/GBPUSD/quote"))));
    for act in [
        Act::SetType(TopicType::Json),
        Act::SetSource(Source::Sine),
        Act::Type(Field::Period, "6".into()),
        Act::Type(Field::Rate, "4".into()),
        Act::Type(Field::Template, r#"{"bid":${value},"ask":1.0844,"venue":"EBS"}"#.into()),
        Act::Start,
        Act::Confirm,
    ] {
        app.handle(Asked::Act(1, act));
    }
    app.pass(8.0);
}

fn connected(serve: Serve) -> TestApp {
    TestApp::connected(Theme::Light, serve, topics())
}

fn shown(app: TestApp, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = window(app, size);
    harness.state_mut().shell.dock.show("update-streams");
    harness.run_steps(3);
    harness
}

fn press(harness: &mut Harness<'_, TestApp>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(3);
}

fn act(harness: &mut Harness<'_, TestApp>, act: Act) {
    harness.state_mut().handle(Asked::Act(1, act));
    harness.run_steps(3);
}

fn is_disabled(harness: &Harness<'_, TestApp>, label: &str) -> bool {
    harness.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
}

fn calls(harness: &Harness<'_, TestApp>, service: u32) -> usize {
    harness.state().calls.iter().filter(|call| call.service == service).count()
}

fn stage_of(harness: &Harness<'_, TestApp>) -> Stage {
    harness.state().model.active().expect("shown").update_streams.list[0].stage.clone()
}

fn settings_of(harness: &Harness<'_, TestApp>, field: Field) -> String {
    harness.state().model.active().expect("shown").update_streams.list[0].config.text(field).to_owned()
}

#[test]
fn a_stream_is_made_for_the_topic_that_is_selected_and_asks_before_it_starts() {
    let mut app = connected(Serve::Answers);
    app.handle(brownian::model::inspector::Intent::Select(Some(path_of("fx/EURUSD/quote"))));
    app.pass(1.0);
    let mut harness = shown(app, SIZES[0]);
    assert!(has_text(&harness, "No update streams"));
    picture(&mut harness, "streams-empty");
    press(&mut harness, "New update stream");
    assert_eq!(settings_of(&harness, Field::Path), "fx/EURUSD/quote");
    assert!(has_text(&harness, "As the topic has it"), "its type is known");
    picture(&mut harness, "streams-form");
    act(&mut harness, Act::Type(Field::Rate, "10".into()));
    press(&mut harness, "Start…");
    assert_eq!(harness.state().calls.iter().filter(|call| call.name.starts_with("update-stream")).count(), 0);
    let asked = "Set fx/EURUSD/quote to a counter from 0 in steps of 1, 10 times a second, until stopped?";
    assert!(has_text(&harness, asked));
    assert!(has_text(&harness, "Only if the value is still the one I saw: {\"bid\":1.0841"));
    picture(&mut harness, "streams-question");
    press(&mut harness, "Cancel");
    assert!(!has_text(&harness, asked));
    press(&mut harness, "Start…");
    press(&mut harness, "Start sending");
    assert_eq!((calls(&harness, UpdateStreamCreateAndSet::ID), stage_of(&harness)), (1, Stage::Running));
    assert!(has_text(&harness, "fx/EURUSD/quote, running"));
    press(&mut harness, "Pause");
    assert!(has_text(&harness, "paused") && has_text(&harness, "Send next value"));
    press(&mut harness, "Send next value");
    assert!(calls(&harness, UpdateStreamSet::ID) == 1);
    press(&mut harness, "Resume");
    press(&mut harness, "Stop");
    assert_eq!(stage_of(&harness), Stage::Ended(End::Stopped));
    press(&mut harness, "Remove this stream");
    assert!(has_text(&harness, "No update streams"));
}

#[test]
fn a_running_stream_shows_what_it_did() {
    for (theme, size, name) in [
        (Theme::Light, SIZES[0], "light-1024"),
        (Theme::Dark, SIZES[0], "dark-1024"),
        (Theme::Dark, SIZES[1], "dark-1920"),
    ] {
        let mut app = TestApp::connected(theme, Serve::Answers, topics());
        fill(&mut app);
        app.handle(Asked::Add(Some(path_of("status"))));
        app.handle(Asked::Select(1));
        let mut harness = shown(app, size);
        for words in ["Values", "acknowledged", "Last round trip", "Last value", "The last", "Carried", "Sends"] {
            assert!(has_text(&harness, words), "{words}");
        }
        assert!(has_text(&harness, "2 streams, 1 started") && has_text(&harness, "status, not started"));
        picture(&mut harness, &format!("streams-running-{name}"));
    }
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_holds_back_the_start() {
    let mut harness = shown(connected(Serve::Answers), SIZES[0]);
    press(&mut harness, "New update stream");
    assert!(is_disabled(&harness, "Start…") && has_text(&harness, "Write the path of a topic first"));
    act(&mut harness, Act::Type(Field::Path, "a//b".into()));
    act(&mut harness, Act::Type(Field::Rate, "5000".into()));
    assert!(
        has_text(&harness, "A topic path has no empty parts")
            && has_text(&harness, "From 0.1 to 1,000 updates a second")
    );
    assert!(is_disabled(&harness, "Start…"));
    act(&mut harness, Act::Type(Field::Path, "a/b".into()));
    act(&mut harness, Act::Type(Field::Rate, "5".into()));
    assert!(!is_disabled(&harness, "Start…"));
    act(&mut harness, Act::SetSource(Source::Lines));
    assert!(is_disabled(&harness, "Start…") && has_text(&harness, "Choose a file first"));
    let asks = Asked::Act(1, Act::ChooseFile);
    choose(&mut harness.state_mut().model, asks, Ok(("prices.txt", b"1.5\nprice\n2.5\n")));
    harness.run_steps(3);
    assert!(
        has_text(&harness, "1 line is no DOUBLE value and left out")
            && has_text(&harness, "Line 2: “price” is no number")
    );
    picture(&mut harness, "streams-lines");
    harness.state_mut().handle(brownian::model::safety::Intent::SetMode(safety::Mode::ReadOnly));
    harness.run_steps(3);
    assert!(is_disabled(&harness, "Start"));
    assert!(has_text(&harness, "This connection is read-only. Unlock it in the connection bar first"));
}

#[test]
fn values_are_sent_by_hand_with_a_key() {
    let mut app = connected(Serve::Answers);
    app.add(vec![Topic::of("a/b", TopicType::Int64, &[7])]);
    app.handle(Asked::Add(Some(path_of("a/b"))));
    for act in [Act::SetType(TopicType::Int64), Act::SetSource(Source::Hand), Act::Start, Act::Confirm] {
        app.handle(Asked::Act(1, act));
    }
    let mut harness = shown(app, SIZES[0]);
    assert_eq!((calls(&harness, UpdateStreamCreate::ID), stage_of(&harness)), (1, Stage::ByHand));
    assert!(is_disabled(&harness, "Send"));
    let field = |harness: &mut Harness<'_, TestApp>, text: &str| {
        harness.get_by_role_and_label(Role::MultilineTextInput, "Value to send by hand").focus();
        harness.run_steps(2);
        harness.event(egui::Event::Text(text.into()));
        harness.run_steps(3);
    };
    field(&mut harness, "12");
    assert!(!is_disabled(&harness, "Send"));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(calls(&harness, UpdateStreamSet::ID), 1);
    field(&mut harness, "x");
    assert!(is_disabled(&harness, "Send") && has_text(&harness, "is no whole number"));
    picture(&mut harness, "streams-by-hand");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(calls(&harness, UpdateStreamSet::ID), 1);
}

#[test]
fn a_failed_stream_says_what_can_be_done() {
    let mut app = connected(Serve::Answers);
    fill(&mut app);
    app.serve = Serve::Silent;
    app.pass(0.25);
    let id = app.calls.last().expect("a set").id;
    let error = CallError::Service { code: ErrorCode::INVALID_UPDATE_STREAM, description: "gone".into() };
    app.apply(Event::Answer(Answer { id, result: Err(error), micros: 1 }));
    app.serve = Serve::Answers;
    let mut harness = shown(app, SIZES[0]);
    for words in ["failed", "The stream is no longer valid", "updated by somebody else, removed", "Start again…"] {
        assert!(has_text(&harness, words), "{words}");
    }
    picture(&mut harness, "streams-failed");
    press(&mut harness, "Start again…");
    harness.run_steps(3);
    // The question comes into sight by itself, also in the smallest window.
    let start = harness.get_by_role_and_label(Role::Button, "Start sending").rect();
    assert!(start.bottom() < SIZES[0][1] - 24.0, "{start:?}");
    picture(&mut harness, "streams-failed-asked");
    press(&mut harness, "Start sending");
    assert_eq!(stage_of(&harness), Stage::Running);
}

#[test]
fn the_list_is_walked_sorted_and_stopped_by_keys() {
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, topics());
    fill(&mut app);
    app.handle(Asked::Add(Some(path_of("a/first"))));
    app.handle(Asked::Select(1));
    let mut harness = shown(app, SIZES[1]);
    let selected =
        |harness: &Harness<'_, TestApp>| harness.state().model.active().expect("shown").update_streams.selected;
    harness.get_by_role_and_label(Role::ColumnHeader, "Topic").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Table, "Update streams").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Home);
    harness.run_steps(3);
    assert_eq!(selected(&harness), Some(2), "a/first comes first by name");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_steps(2);
    harness.key_press(egui::Key::Menu);
    harness.run_steps(3);
    picture(&mut harness, "streams-menu");
    let first = harness.get_all_by_role(Role::Button).find(egui_kittest::Node::is_focused);
    assert!(first.is_some(), "the first entry that is on");
    // The menu has the keyboard: the selection behind it stays while an arrow goes through its entries.
    let is_at_stop = |harness: &Harness<'_, TestApp>| {
        harness.get_all_by_role_and_label(Role::Button, "Stop").last().expect("in the menu").is_focused()
    };
    for _ in 0..5 {
        if !is_at_stop(&harness) {
            harness.key_press(egui::Key::ArrowDown);
            harness.run_steps(3);
        }
    }
    assert!(is_at_stop(&harness) && selected(&harness) == Some(2));
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(stage_of(&harness), Stage::Ended(End::Stopped));
    let table = harness.get_by_role_and_label(Role::Table, "Update streams");
    assert!(table.is_focused(), "the keyboard is where it was");
}

#[test]
fn the_divider_between_list_and_detail_is_moved_by_keys() {
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, topics());
    fill(&mut app);
    let mut harness = shown(app, SIZES[1]);
    let width =
        |harness: &Harness<'_, TestApp>| harness.get_by_role_and_label(Role::Table, "Update streams").rect().width();
    let before = width(&harness);
    harness.get_by_role_and_label(Role::Splitter, "Size of the list").focus();
    harness.run_steps(2);
    for key in [egui::Key::ArrowRight, egui::Key::ArrowRight, egui::Key::ArrowLeft] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    assert!((width(&harness) - before - 16.0).abs() < 1.5, "{before} {}", width(&harness));
}
