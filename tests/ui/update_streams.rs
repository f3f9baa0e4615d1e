//! Update streams: made for a topic, asked about, started, paused, changed, fed by hand, failed and started again.

use crate::chosen_file::choose;
use crate::stage::{App, SIZES, Serve, path_of, picture, stage, topics};
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
pub fn fill(app: &mut App) {
    app.handle(Asked::Add(Some(path_of("fx/EURUSD/quote"))));
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

fn connected(serve: Serve) -> App {
    App::connected(Theme::Light, serve, topics())
}

fn shown(app: App, size: [f32; 2]) -> Harness<'static, App> {
    let mut harness = stage(app, size);
    harness.state_mut().shell.dock.show("update-streams");
    harness.run_steps(3);
    harness
}

fn says(harness: &Harness<'_, App>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

fn press(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(3);
}

fn act(harness: &mut Harness<'_, App>, act: Act) {
    harness.state_mut().handle(Asked::Act(1, act));
    harness.run_steps(3);
}

fn is_disabled(harness: &Harness<'_, App>, label: &str) -> bool {
    harness.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
}

fn calls(harness: &Harness<'_, App>, service: u32) -> usize {
    harness.state().calls.iter().filter(|call| call.service == service).count()
}

fn stage_of(harness: &Harness<'_, App>) -> Stage {
    harness.state().model.active().expect("shown").update_streams.list[0].stage.clone()
}

fn settings_of(harness: &Harness<'_, App>, field: Field) -> String {
    harness.state().model.active().expect("shown").update_streams.list[0].config.text(field).to_owned()
}

#[test]
fn a_stream_is_made_for_the_topic_that_is_selected_and_asks_before_it_starts() {
    let mut app = connected(Serve::Answers);
    app.handle(brownian::model::inspector::Intent::Select(Some(path_of("fx/EURUSD/quote"))));
    app.pass(1.0);
    let mut harness = shown(app, SIZES[0]);
    assert!(says(&harness, "No update streams"));
    picture(&mut harness, "streams-empty");
    press(&mut harness, "New update stream");
    assert_eq!(settings_of(&harness, Field::Path), "fx/EURUSD/quote");
    assert!(says(&harness, "As the topic has it"), "its type is known");
    picture(&mut harness, "streams-form");
    act(&mut harness, Act::Type(Field::Rate, "10".into()));
    press(&mut harness, "Start…");
    assert_eq!(harness.state().calls.iter().filter(|call| call.name.starts_with("update-stream")).count(), 0);
    let asked = "Set fx/EURUSD/quote to a counter from 0 in steps of 1, 10 times a second, until stopped?";
    assert!(says(&harness, asked));
    assert!(says(&harness, "Only if the value is still the one I saw: {\"bid\":1.0841"));
    picture(&mut harness, "streams-question");
    press(&mut harness, "Cancel");
    assert!(!says(&harness, asked));
    press(&mut harness, "Start…");
    press(&mut harness, "Start sending");
    assert_eq!((calls(&harness, UpdateStreamCreateAndSet::ID), stage_of(&harness)), (1, Stage::Running));
    assert!(says(&harness, "fx/EURUSD/quote, running"));
    press(&mut harness, "Pause");
    assert!(says(&harness, "paused") && says(&harness, "Send next value"));
    press(&mut harness, "Send next value");
    assert!(calls(&harness, UpdateStreamSet::ID) == 1);
    press(&mut harness, "Resume");
    press(&mut harness, "Stop");
    assert_eq!(stage_of(&harness), Stage::Ended(End::Stopped));
    press(&mut harness, "Remove this stream");
    assert!(says(&harness, "No update streams"));
}

#[test]
fn a_running_stream_shows_what_it_did() {
    for (theme, size, name) in [
        (Theme::Light, SIZES[0], "light-1024"),
        (Theme::Dark, SIZES[0], "dark-1024"),
        (Theme::Dark, SIZES[1], "dark-1920"),
    ] {
        let mut app = App::connected(theme, Serve::Answers, topics());
        fill(&mut app);
        app.handle(Asked::Add(Some(path_of("status"))));
        app.handle(Asked::Select(1));
        let mut harness = shown(app, size);
        for words in ["Values", "acknowledged", "Last round trip", "Last value", "The last", "Carried", "Sends"] {
            assert!(says(&harness, words), "{words}");
        }
        assert!(says(&harness, "2 streams, 1 started") && says(&harness, "status, not started"));
        picture(&mut harness, &format!("streams-running-{name}"));
    }
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_holds_back_the_start() {
    let mut harness = shown(connected(Serve::Answers), SIZES[0]);
    press(&mut harness, "New update stream");
    assert!(is_disabled(&harness, "Start…") && says(&harness, "Write the path of a topic first"));
    act(&mut harness, Act::Type(Field::Path, "a//b".into()));
    act(&mut harness, Act::Type(Field::Rate, "5000".into()));
    assert!(says(&harness, "A topic path has no empty parts") && says(&harness, "From 0.1 to 1,000 updates a second"));
    assert!(is_disabled(&harness, "Start…"));
    act(&mut harness, Act::Type(Field::Path, "a/b".into()));
    act(&mut harness, Act::Type(Field::Rate, "5".into()));
    assert!(!is_disabled(&harness, "Start…"));
    act(&mut harness, Act::SetSource(Source::Lines));
    assert!(is_disabled(&harness, "Start…") && says(&harness, "Choose a file first"));
    let asks = Asked::Act(1, Act::ChooseFile);
    choose(&mut harness.state_mut().model, asks, Ok(("prices.txt", b"1.5\nprice\n2.5\n")));
    harness.run_steps(3);
    assert!(says(&harness, "1 line is no DOUBLE value and left out") && says(&harness, "Line 2: “price” is no number"));
    picture(&mut harness, "streams-lines");
    harness.state_mut().handle(brownian::model::safety::Intent::SetMode(safety::Mode::ReadOnly));
    harness.run_steps(3);
    assert!(is_disabled(&harness, "Start"));
    assert!(says(&harness, "This connection is read-only. Unlock it in the connection bar first"));
}

#[test]
fn values_are_sent_by_hand_with_a_key() {
    let mut app = connected(Serve::Answers);
    app.handle(Asked::Add(Some(path_of("a/b"))));
    for act in [Act::SetType(TopicType::Int64), Act::SetSource(Source::Hand), Act::Start, Act::Confirm] {
        app.handle(Asked::Act(1, act));
    }
    let mut harness = shown(app, SIZES[0]);
    assert_eq!((calls(&harness, UpdateStreamCreate::ID), stage_of(&harness)), (1, Stage::ByHand));
    assert!(is_disabled(&harness, "Send"));
    let field = |harness: &mut Harness<'_, App>, text: &str| {
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
    assert!(is_disabled(&harness, "Send") && says(&harness, "is no whole number"));
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
        assert!(says(&harness, words), "{words}");
    }
    picture(&mut harness, "streams-failed");
    press(&mut harness, "Start again…");
    press(&mut harness, "Start sending");
    assert_eq!(stage_of(&harness), Stage::Running);
}
