//! What every table can do, on the table of subscribed topics: columns, order, filter, selection, keys, menu, copies.

use crate::test_app::{SIZES, Serve, TestApp, picture, topics, window};
use brownian::model::settings::Theme;
use brownian::model::subscriptions;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const NAME: &str = "Subscribed topics";

fn app() -> TestApp {
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, topics());
    app.handle(subscriptions::Intent::Add("?fx//".into()));
    app.handle(subscriptions::Intent::Add(">status".into()));
    app
}

fn table() -> Harness<'static, TestApp> {
    shown(app())
}

fn shown(app: TestApp) -> Harness<'static, TestApp> {
    let mut harness = window(app, SIZES[1]);
    harness.state_mut().shell.dock.show("subscriptions");
    harness.run_steps(3);
    harness
}

/// The rows from top to bottom, by their paths; selected ones are marked.
fn rows(harness: &Harness<'_, TestApp>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = harness
        .query_all_by_role(Role::Row)
        .filter(|row| row.accesskit_node().label().is_some_and(|label| label.contains(", JSON, ")))
        .map(|row| {
            let label = row.accesskit_node().label().unwrap_or_default();
            let path = label.split(',').next().unwrap_or_default().to_owned();
            let mark = if row.accesskit_node().is_selected() == Some(true) { "*" } else { "" };
            (row.rect().top(), format!("{mark}{path}"))
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, path)| path).collect()
}

fn click(harness: &mut Harness<'_, TestApp>, path: &str, modifiers: Modifiers) {
    let table = harness.get_by_role_and_label(Role::Table, NAME);
    table.get_by_label_contains(&format!("{path}, JSON, ")).click_modifiers(modifiers);
    harness.run_steps(3);
}

fn press(harness: &mut Harness<'_, TestApp>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn choose(harness: &mut Harness<'_, TestApp>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run_steps(3);
}

fn heads(harness: &Harness<'_, TestApp>) -> Vec<String> {
    let mut heads: Vec<(f32, String)> = harness
        .query_all_by_role(Role::ColumnHeader)
        .map(|head| (head.rect().left(), head.accesskit_node().label().unwrap_or_default()))
        .collect();
    heads.sort_by(|a, b| a.0.total_cmp(&b.0));
    heads.into_iter().map(|(_, title)| title).collect()
}

/// Presses a key or chooses an entry, and gives back what was copied in that frame.
fn copied(harness: &mut Harness<'_, TestApp>, act: impl FnOnce(&mut Harness<'_, TestApp>)) -> Option<String> {
    act(harness);
    for _ in 0..3 {
        harness.step();
        let commands = &harness.output().platform_output.commands;
        let text = commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if text.is_some() {
            return text;
        }
    }
    None
}

#[test]
fn columns_are_chosen_and_remembered() {
    let mut harness = table();
    assert_eq!(heads(&harness), ["Path", "Type", "Value", "Size", "Received", "Age"]);
    choose(&mut harness, Role::Button, &format!("Columns of {NAME}"));
    picture(&mut harness, "table-chooser");
    choose(&mut harness, Role::CheckBox, "Size");
    choose(&mut harness, Role::CheckBox, "Updates");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(heads(&harness), ["Path", "Type", "Value", "Received", "Age", "Updates"]);
    let layout = harness.state().shell.dock.layout();
    let expected = serde_json::json!({ "size": false, "updates": true });
    assert_eq!(layout["tables"]["subscribed-topics"]["columns"], expected);

    let mut next = app();
    let key = next.model.active().expect("shown").key.clone();
    next.model.settings.layouts.insert(key, layout);
    let mut next = shown(next);
    assert_eq!(heads(&next), ["Path", "Type", "Value", "Received", "Age", "Updates"]);
    choose(&mut next, Role::Button, &format!("Columns of {NAME}"));
    choose(&mut next, Role::Button, "Columns as at first");
    assert_eq!(heads(&next), ["Path", "Type", "Value", "Size", "Received", "Age"]);
    assert_eq!(next.state().shell.dock.layout().get("tables"), None);
}

#[test]
fn columns_are_chosen_and_widened_by_keys() {
    let mut harness = table();
    harness.get_by_role_and_label(Role::ColumnHeader, "Size").focus();
    harness.run_steps(2);
    let width =
        |harness: &Harness<'_, TestApp>| harness.get_by_role_and_label(Role::ColumnHeader, "Size").rect().width();
    let before = width(&harness);
    press(&mut harness, Modifiers::ALT, Key::ArrowRight);
    press(&mut harness, Modifiers::ALT, Key::ArrowRight);
    press(&mut harness, Modifiers::ALT, Key::ArrowLeft);
    assert!((width(&harness) - before - 8.0).abs() < 0.5);
    press(&mut harness, Modifiers::SHIFT, Key::F10);
    choose(&mut harness, Role::CheckBox, "Type");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!heads(&harness).contains(&"Type".to_owned()));
}

#[test]
fn rows_are_sorted_by_a_head() {
    let mut harness = table();
    assert_eq!(rows(&harness), ["fx/EURUSD/depth", "fx/EURUSD/quote", "fx/GBPUSD/quote", "status"]);
    choose(&mut harness, Role::ColumnHeader, "Size");
    assert_eq!(rows(&harness), ["status", "fx/EURUSD/depth", "fx/GBPUSD/quote", "fx/EURUSD/quote"]);
    choose(&mut harness, Role::ColumnHeader, "Size");
    assert_eq!(rows(&harness)[0], "fx/EURUSD/quote");
    harness.get_by_role_and_label(Role::ColumnHeader, "Size").focus();
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(rows(&harness)[0], "fx/EURUSD/depth", "as they came");
}

#[test]
fn a_filter_narrows_the_rows() {
    let mut harness = table();
    harness.get_by_label("Filter subscribed topics").focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text("QUOTE eur".into()));
    harness.run_steps(3);
    assert_eq!(rows(&harness), ["fx/EURUSD/quote"]);
    harness.event(egui::Event::Text("x".into()));
    harness.run_steps(3);
    assert!(rows(&harness).is_empty());
    picture(&mut harness, "table-no-match");
    choose(&mut harness, Role::Button, "Clear the filter");
    assert_eq!(rows(&harness).len(), 4);
}

#[test]
fn rows_are_selected_by_pointer_and_keys() {
    let mut harness = table();
    click(&mut harness, "fx/EURUSD/quote", Modifiers::NONE);
    click(&mut harness, "status", Modifiers::SHIFT);
    assert_eq!(rows(&harness), ["fx/EURUSD/depth", "*fx/EURUSD/quote", "*fx/GBPUSD/quote", "*status"]);
    assert!(
        harness.query_by_label_contains("3 topics selected").is_some() || {
            harness.query_by_label_contains("3 topics").is_some()
        }
    );
    click(&mut harness, "fx/GBPUSD/quote", Modifiers::COMMAND);
    assert_eq!(rows(&harness), ["fx/EURUSD/depth", "*fx/EURUSD/quote", "fx/GBPUSD/quote", "*status"]);
    picture(&mut harness, "table-selection");
    press(&mut harness, Modifiers::NONE, Key::Home);
    assert_eq!(rows(&harness)[0], "*fx/EURUSD/depth");
    press(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    press(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(rows(&harness), ["*fx/EURUSD/depth", "*fx/EURUSD/quote", "*fx/GBPUSD/quote", "status"]);
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(rows(&harness)[2], "fx/GBPUSD/quote");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    assert!(rows(&harness).iter().all(|row| row.starts_with('*')));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(rows(&harness).iter().filter(|row| row.starts_with('*')).count(), 1);
    let selected = harness.state().model.active().expect("shown").inspector.selected.clone();
    assert_eq!(selected.expect("the cursor is followed").as_str(), "fx/GBPUSD/quote");
}

#[test]
fn selected_rows_are_copied() {
    let mut harness = table();
    click(&mut harness, "fx/EURUSD/depth", Modifiers::NONE);
    click(&mut harness, "fx/GBPUSD/quote", Modifiers::COMMAND);
    let text = copied(&mut harness, |harness| harness.event(egui::Event::Copy)).expect("copied");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("fx/EURUSD/depth\tJSON\t[1,2,3]\t5\t"), "{text}");
    press(&mut harness, Modifiers::SHIFT, Key::F10);
    picture(&mut harness, "table-menu");
    let csv = copied(&mut harness, |harness| harness.get_by_label("Copy 2 rows as CSV").click()).expect("copied");
    assert!(csv.starts_with("Path,Type,Value,Size,Received,Age\r\nfx/EURUSD/depth,JSON,\"[1,2,3]\",5,"), "{csv}");
    harness.get_by_role_and_label(Role::Table, NAME).get_by_label_contains("status, JSON, ").click_secondary();
    harness.run_steps(3);
    let json = copied(&mut harness, |harness| {
        harness.get_all_by_role_and_label(Role::Button, "Copy as JSON").last().expect("a menu").click();
    })
    .expect("copied");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json[0]["path"], &json[0]["size"]), (&"status".into(), &1.into()), "a menu belongs to its row");
    assert_eq!(json.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_table_says_its_parts() {
    let harness = table();
    let table = harness.get_by_role_and_label(Role::Table, NAME);
    let row = table.get_by_label_contains("status, JSON, ");
    let cells: Vec<_> = row.children_recursive().filter(|node| node.accesskit_node().role() == Role::Cell).collect();
    let texts: Vec<String> = cells.iter().filter_map(|cell| cell.accesskit_node().label()).collect();
    assert_eq!(texts[..4], ["status", "JSON", "true", "1 B"]);
    assert!(cells.iter().all(|cell| row.rect().contains_rect(cell.rect())), "cells lie in their row");
}
