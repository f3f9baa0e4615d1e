//! Parts of a JSON value edited at their place in the tree.

use crate::test_app::{SIZES, Serve, TestApp, has_text, path_of, picture, topics, window};
use brownian::data::value::json::Json;
use brownian::model::inspector;
use brownian::model::settings::Theme;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const QUOTE: &str = "fx/EURUSD/quote";

fn selected(theme: Theme) -> Harness<'static, TestApp> {
    let mut app = TestApp::connected(theme, Serve::Answers, topics());
    app.handle(inspector::Intent::Select(Some(path_of(QUOTE))));
    app.pass(0.75);
    window(app, SIZES[0])
}

fn row(harness: &Harness<'_, TestApp>, name: &str) -> egui::Pos2 {
    harness.get_by_role_and_label(Role::TreeItem, name).rect().center()
}

fn click(harness: &mut Harness<'_, TestApp>, at: egui::Pos2, button: egui::PointerButton, times: usize) {
    harness.hover_at(at);
    harness.step();
    for pressed in [true, false].repeat(times) {
        harness.input_mut().events.push(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
    harness.run_steps(4);
}

fn type_over(harness: &mut Harness<'_, TestApp>, field: &str, text: &str) {
    assert!(harness.get_by_role_and_label(Role::TextInput, field).is_focused(), "{field}");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.event(Event::Text(text.into()));
    harness.run_steps(3);
}

fn key(harness: &mut Harness<'_, TestApp>, key: Key) {
    harness.key_press(key);
    harness.run_steps(4);
}

fn draft(harness: &Harness<'_, TestApp>) -> Option<String> {
    harness.state().model.active()?.editor.draft(&path_of(QUOTE)).map(|draft| draft.text.clone())
}

fn menu(harness: &mut Harness<'_, TestApp>, name: &str, item: &str) {
    let at = row(harness, name);
    click(harness, at, egui::PointerButton::Secondary, 1);
    harness.get_by_label(item).click();
    harness.run_steps(5);
}

#[test]
fn a_number_is_edited_where_it_stands_and_only_it_changes() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = selected(theme);
        let at = row(&harness, "bid: 1.0841");
        click(&mut harness, at, egui::PointerButton::Primary, 2);
        type_over(&mut harness, "New value of /bid", "1.09.");
        key(&mut harness, Key::Enter);
        assert!(harness.get_by_role_and_label(Role::TextInput, "New value of /bid").is_focused(), "it is no number");
        picture(&mut harness, &format!("json-edit-wrong-{theme:?}"));
        type_over(&mut harness, "New value of /bid", "1.090");
        key(&mut harness, Key::Enter);
        assert_eq!(
            draft(&harness).as_deref(),
            Some("{\n  \"bid\": 1.090,\n  \"ask\": 1.0843,\n  \"venue\": \"EBS\"\n}")
        );
        assert!(has_text(&harness, "bid: 1.09, changed"));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("json-edit-{theme:?}"));
        harness.get_by_role_and_label(Role::Button, "Apply…").click();
        harness.run_steps(5);
        assert!(harness.state().model.active().is_some_and(|c| c.changes.sheet.is_some()), "the same sheet asks");
    }
}

#[test]
fn escape_leaves_the_part_as_it_was() {
    let mut harness = selected(Theme::Dark);
    let at = row(&harness, "venue: EBS");
    click(&mut harness, at, egui::PointerButton::Primary, 2);
    let before = draft(&harness);
    type_over(&mut harness, "New value of /venue", "5");
    key(&mut harness, Key::Escape);
    assert_eq!(draft(&harness), before);
    key(&mut harness, Key::F2);
    assert!(harness.query_by_role_and_label(Role::TextInput, "New value of /venue").is_some(), "F2 at the chosen part");
}

#[test]
fn keys_come_go_and_get_other_names() {
    let mut harness = selected(Theme::Light);
    menu(&mut harness, "object of 3", "Add key…");
    type_over(&mut harness, "New key of /key", "bid");
    key(&mut harness, Key::Enter);
    assert!(has_text(&harness, "There is a key “bid” already"));
    type_over(&mut harness, "New key of /key", "sizes");
    key(&mut harness, Key::Enter);
    type_over(&mut harness, "New value of /sizes", "[1]");
    key(&mut harness, Key::Enter);
    assert!(has_text(&harness, "sizes: array of 1, added"));
    menu(&mut harness, "sizes: array of 1, added", "Add element");
    type_over(&mut harness, "New value of /sizes/1", "2.50");
    key(&mut harness, Key::Enter);
    menu(&mut harness, "venue: EBS", "Rename key…");
    type_over(&mut harness, "New key of /venue", "place");
    key(&mut harness, Key::Enter);
    menu(&mut harness, "ask: 1.0843", "Take out Del");
    picture(&mut harness, "json-edit-parts");
    let text = draft(&harness).expect("a draft");
    assert_eq!(
        Json::from_text(&text).map(|json| json.to_text()).ok().as_deref(),
        Some(r#"{"bid":1.0841,"place":"EBS","sizes":[1,2.5]}"#)
    );
    assert!(text.contains("2.50"), "as typed: {text}");
    menu(&mut harness, "object of 3, parts taken out", "Add key…");
    key(&mut harness, Key::Escape);
    assert_eq!(draft(&harness).as_ref(), Some(&text), "a new part that was cancelled is gone");
}
