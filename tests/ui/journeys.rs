//! What a user does in the panels: walking the tree, filtering, subscribing, reading latency and log.

use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, topics, window};
use brownian::client::api::{Event, Level, SessionEvent};
use brownian::model::settings::Theme;
use brownian::model::{Intent, latency, subscriptions, topics as tree};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn connected() -> Harness<'static, TestApp> {
    window(TestApp::connected(Theme::Light, Serve::Answers, topics()), SIZES[0])
}

fn type_into(harness: &mut Harness<'_, TestApp>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

fn show(harness: &mut Harness<'_, TestApp>, panel: &str) {
    harness.state_mut().shell.dock.show(panel);
    harness.run_steps(3);
}

fn row(harness: &Harness<'_, TestApp>, label: &str) -> egui::Rect {
    harness.get_by_role_and_label(Role::TreeItem, label).rect()
}

#[test]
fn the_tree_opens_by_keyboard() {
    let mut harness = connected();
    harness.get_by_label("fx, branch").click();
    harness.run_steps(3);
    assert!(!has_text(&harness, "EURUSD, branch"));
    harness.key_press(Key::ArrowRight);
    harness.run_steps(4);
    assert!(has_text(&harness, "EURUSD, branch"));
    harness.key_press(Key::ArrowRight);
    harness.run_steps(3);
    let selected = |harness: &Harness<'_, TestApp>| {
        let connected = harness.state().model.active().expect("shown");
        connected.inspector.selected.as_ref().map(|p| p.as_str().to_owned()).unwrap_or_default()
    };
    assert_eq!(selected(&harness), "fx/EURUSD");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert_eq!(selected(&harness), "fx");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(!has_text(&harness, "EURUSD, branch"), "closed again");
    harness.key_press(Key::End);
    harness.run_steps(3);
    assert_eq!(selected(&harness), "status");
    harness.key_press(Key::Home);
    harness.run_steps(3);
    assert_eq!(selected(&harness), "fx");
}

#[test]
fn the_tree_opens_by_mouse() {
    let mut harness = connected();
    let expander = row(&harness, "news, branch").left_center() + egui::vec2(29.0, 0.0);
    harness.hover_at(expander);
    harness.drag_at(expander);
    harness.drop_at(expander);
    harness.run_steps(4);
    assert!(has_text(&harness, "headlines, JSON"));
    harness.get_by_label("Close all branches").click();
    harness.run_steps(4);
    assert!(!has_text(&harness, "headlines, JSON"));
}

#[test]
fn values_of_rows_in_sight_are_live() {
    let mut harness = connected();
    harness.state_mut().pass(0.5);
    harness.run_steps(3);
    assert!(has_text(&harness, "status, JSON, true"));
    harness.state_mut().update("status", "false");
    harness.run_steps(3);
    assert!(has_text(&harness, "status, JSON, false"));
    harness.get_by_label_contains("Values of rows in sight are live").click();
    harness.run_steps(3);
    assert!(!harness.state().model.active().expect("shown").topics.values_on);
}

#[test]
fn a_filter_narrows_the_tree() {
    let mut harness = connected();
    harness.state_mut().handle(tree::Intent::Open(path_of("news")));
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_steps(3);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Filter topics").is_focused());
    harness.event(egui::Event::Text("headl".into()));
    harness.run_steps(5);
    assert!(has_text(&harness, "headlines, JSON") && !has_text(&harness, "status, JSON"));
    assert!(has_text(&harness, "1 of 3 topics known"));
    harness.get_by_label("Clear filter topics").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "status, JSON"));
}

#[test]
fn a_filter_that_finds_nothing_asks_the_server() {
    let mut harness = connected();
    type_into(&mut harness, "Filter topics", "temperature");
    assert!(has_text(&harness, "No topic matches temperature among 1 known"));
    picture(&mut harness, "tree-nothing");
    let before = harness.state().calls.len();
    harness.get_by_label("Ask the server").click();
    harness.run_steps(6);
    assert_eq!(harness.state().calls[before].name, "fetch");
    assert!(has_text(&harness, "the server answered with 30 topics"));
}

#[test]
fn a_bad_selector_shows_where_and_what_instead() {
    let mut harness = connected();
    type_into(&mut harness, "Filter topics", "?fx[//");
    assert!(has_text(&harness, "position "), "says where");
    picture(&mut harness, "tree-bad-selector");
    harness.get_by_label("Clear filter topics").click();
    harness.run_steps(3);
    type_into(&mut harness, "Filter topics", "?fx/*/bid");
    picture(&mut harness, "tree-suggestion");
    assert!(has_text(&harness, "Did you mean"));
    let filter = &harness.state().model.active().expect("shown").topics.filter;
    let better = filter.error.as_ref().and_then(|e| e.suggestion.clone()).expect("a suggestion");
    harness.get_by_role_and_label(Role::Button, &better).click();
    harness.run_steps(4);
    assert_eq!(harness.state().model.active().expect("shown").topics.filter.text, better);
    assert!(harness.state().model.active().expect("shown").topics.filter.error.is_none());
}

#[test]
fn favourites_come_and_go() {
    let mut harness = connected();
    harness.get_by_label_contains("status, JSON").click();
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::B);
    harness.run_steps(3);
    let favourites =
        |harness: &Harness<'_, TestApp>| harness.state().model.active().expect("shown").topics.favourites.len();
    assert_eq!(favourites(&harness), 1);
    let _ = harness.get_by_role_and_label(Role::Button, "status");
    harness.get_by_label_contains("status, JSON").click_secondary();
    harness.run_steps(3);
    picture(&mut harness, "tree-menu");
    harness.get_by_label("No longer a favourite Ctrl+Shift+B").click();
    harness.run_steps(3);
    assert_eq!(favourites(&harness), 0);
}

#[test]
fn paths_are_copied() {
    let mut harness = connected();
    harness.get_by_label_contains("status, JSON").click();
    harness.run_steps(3);
    harness.event(egui::Event::Copy);
    harness.run_steps(3);
    assert_eq!(harness.state().copied, ["status"]);
    harness.get_by_label("fx, branch").click_secondary();
    harness.run_steps(3);
    harness.get_by_label("Copy selector of the branch").click();
    harness.run_steps(3);
    assert_eq!(harness.state().copied.last().map(String::as_str), Some("?fx//"));
}

#[test]
fn a_long_branch_is_loaded_in_pages() {
    let many = (0..6000).map(|n| Topic::json(&format!("t{n:05}"), "1")).collect();
    let mut harness = window(TestApp::connected(Theme::Light, Serve::Answers, many), SIZES[0]);
    assert!(has_text(&harness, "the root: first 5,000 of more"));
    picture(&mut harness, "tree-pages");
    harness.get_by_label("Load next").click();
    harness.run_steps(4);
    assert_eq!(harness.state().model.active().expect("shown").topics.known(), 6000);
    assert!(!has_text(&harness, "Load next"));
}

#[test]
fn subscriptions_are_made_paused_and_removed() {
    let mut harness = connected();
    show(&mut harness, "subscriptions");
    type_into(&mut harness, "Topic selector to subscribe", "?fx//");
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    let list =
        |harness: &Harness<'_, TestApp>| harness.state().model.active().expect("shown").subscriptions.list.clone();
    assert_eq!(list(&harness).len(), 1);
    assert!(has_text(&harness, "3 topics"));
    assert!(has_text(&harness, "fx/EURUSD/depth, JSON"));
    harness.get_by_label("Pause subscription ?fx//").click();
    harness.run_steps(3);
    assert_eq!(list(&harness)[0].state, subscriptions::State::Paused);
    assert!(has_text(&harness, "paused"));
    picture(&mut harness, "subscriptions-paused");
    harness.get_by_label("Resume subscription ?fx//").click();
    harness.run_steps(3);
    assert!(matches!(list(&harness)[0].state, subscriptions::State::Live(_)));
    harness.get_by_label("Remove subscription ?fx//").click();
    harness.run_steps(3);
    assert!(list(&harness).is_empty() && has_text(&harness, "No subscriptions"));
}

#[test]
fn a_bad_selector_is_not_subscribed() {
    let mut harness = connected();
    show(&mut harness, "subscriptions");
    type_into(&mut harness, "Topic selector to subscribe", "?fx[//");
    assert!(has_text(&harness, "(position "));
    assert!(harness.get_by_label("Subscribe").accesskit_node().is_disabled());
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(harness.state().model.active().expect("shown").subscriptions.list.is_empty());
}

#[test]
fn a_frozen_table_stands_still() {
    let mut harness = connected();
    harness.state_mut().handle(subscriptions::Intent::Add("?fx//".into()));
    show(&mut harness, "subscriptions");
    harness.get_by_label("Freeze").click();
    harness.run_steps(3);
    harness.state_mut().update("fx/EURUSD/depth", "[4]");
    harness.state_mut().update("fx/EURUSD/depth", "[5]");
    harness.run_steps(3);
    assert!(has_text(&harness, "frozen · 2 arrived since"));
    picture(&mut harness, "subscriptions-frozen");
    harness.get_by_label("Resume").click();
    harness.run_steps(3);
    assert!(!has_text(&harness, "frozen"));
}

#[test]
fn a_row_of_the_table_is_selected_and_sorted() {
    let mut harness = connected();
    harness.state_mut().handle(subscriptions::Intent::Add("?fx//".into()));
    show(&mut harness, "subscriptions");
    let top = |harness: &Harness<'_, TestApp>, path: &str| {
        harness.get_by_label_contains(&format!("{path}, JSON")).rect().top()
    };
    assert!(top(&harness, "fx/EURUSD/depth") < top(&harness, "fx/GBPUSD/quote"));
    for _ in 0..2 {
        harness.get_by_role_and_label(Role::ColumnHeader, "Path").click();
        harness.run_steps(3);
    }
    assert!(top(&harness, "fx/EURUSD/depth") > top(&harness, "fx/GBPUSD/quote"), "from Z to A");
    harness.get_by_label_contains("fx/GBPUSD/quote, JSON").click();
    harness.run_steps(3);
    let selected = harness.state().model.active().expect("shown").inspector.selected.clone();
    assert_eq!(selected.expect("selected").as_str(), "fx/GBPUSD/quote");
}

#[test]
fn latency_is_told_in_figures() {
    let mut harness = connected();
    for micros in 1..=100u64 {
        let at = harness.state().model.now;
        harness.state_mut().apply(Event::Session(SessionEvent::Pinged { at, micros: Some(micros * 1000) }));
    }
    harness.state_mut().pass(1.0);
    show(&mut harness, "latency");
    let figures = harness.state().model.active().expect("shown").latency.figures;
    assert_eq!(figures.count, 100);
    assert!(figures.max.abs_diff(100_000) < 1000 && figures.p50.abs_diff(50_000) < 1000, "{figures:?}");
    for words in ["p50", "p95", "p99", "max", "100 ms", "100 answers, 0 missed"] {
        assert!(has_text(&harness, words), "{words}");
    }
    harness.get_by_label("10 min").click();
    harness.get_by_label("Copy figures").click();
    harness.run_steps(3);
    assert_eq!(harness.state().model.active().expect("shown").latency.window, latency::Window::TenMinutes);
    assert!(harness.state().copied[0].starts_with("p50 "), "{:?}", harness.state().copied);
    harness.get_by_label("Forget the measurements").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "Waiting for the first ping…"));
}

#[test]
fn silence_is_said_after_three_missed_pings() {
    let mut harness = connected();
    for micros in [Some(400), None, None, None] {
        let at = harness.state().model.now;
        harness.state_mut().apply(Event::Session(SessionEvent::Pinged { at, micros }));
        harness.state_mut().pass(1.0);
    }
    show(&mut harness, "latency");
    assert!(has_text(&harness, "No answer since ") && has_text(&harness, "no ping answer"));
}

#[test]
fn the_log_is_read_by_level_and_text() {
    let mut harness = connected();
    for (level, text) in [
        (Level::Debug, "ping answered"),
        (Level::Info, "session opened"),
        (Level::Warn, "slow answer"),
        (Level::Error, "value could not be read"),
    ] {
        harness.state_mut().log(level, text);
    }
    show(&mut harness, "log");
    assert!(has_text(&harness, "session opened") && !has_text(&harness, "ping answered"));
    harness.get_by_label("Debug").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "ping answered"));
    harness.get_by_label("Errors").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "value could not be read") && !has_text(&harness, "slow answer"));
    harness.get_by_label("Debug").click();
    type_into(&mut harness, "Filter the log", "SLOW");
    assert!(has_text(&harness, "slow answer") && !has_text(&harness, "session opened"));
    harness.get_by_label("Clear the log").click();
    harness.run_steps(3);
    assert!(harness.state().model.active().expect("shown").log.lines.is_empty());
    assert!(has_text(&harness, "No lines at this level"));
}

#[test]
fn a_lost_session_is_opened_again() {
    let mut harness = window(TestApp::full(Theme::Light), SIZES[0]);
    harness.state_mut().apply(crate::test_app::recovering());
    harness.state_mut().apply(crate::test_app::closed());
    harness.run_steps(3);
    let before = harness.state().link();
    harness.get_by_label("Copy report").click();
    harness.run_steps(3);
    assert!(harness.state().copied[0].contains("127.0.0.1:8080 refused the connection"));
    harness.get_by_label("Connect again").click();
    harness.run_steps(3);
    assert_ne!(harness.state().link(), before);
    assert!(harness.state().intents.iter().any(|intent| matches!(intent, Intent::Reconnect(id) if *id == before)));
}
