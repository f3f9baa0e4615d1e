//! Several rows of the tree checked, and what is done with them all.

use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, topics, window};
use brownian::client::api::{Event, SessionEvent};
use brownian::data::UnsubscribeReason;
use brownian::model::safety::Mode;
use brownian::model::settings::Theme;
use brownian::model::{inspector, topics as tree};
use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn opened(theme: Theme) -> TestApp {
    let mut app = TestApp::connected(theme, Serve::Answers, topics());
    for path in ["fx", "fx/EURUSD", "fx/GBPUSD", "news"] {
        app.handle(tree::Intent::Open(path_of(path)));
    }
    app.pass(0.5);
    app
}

fn row<'a>(harness: &'a Harness<'_, TestApp>, name: &'a str) -> egui_kittest::Node<'a> {
    harness
        .get_all_by_role(Role::TreeItem)
        .find(|n| n.accesskit_node().label().is_some_and(|l| l.starts_with(name)))
        .expect(name)
}

fn is_checked(harness: &Harness<'_, TestApp>, name: &str) -> bool {
    row(harness, name).accesskit_node().toggled() == Some(Toggled::True)
}

fn click(harness: &mut Harness<'_, TestApp>, name: &str, modifiers: Modifiers) {
    row(harness, name).click_modifiers(modifiers);
    harness.run_steps(3);
}

fn key(harness: &mut Harness<'_, TestApp>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn there(harness: &Harness<'_, TestApp>, path: &str) -> bool {
    harness.state().spec_of(path).is_some()
}

fn press(harness: &mut Harness<'_, TestApp>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run_steps(4);
}

#[test]
fn rows_are_checked_by_mouse_and_removed_together() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = window(opened(theme), SIZES[0]);
        click(&mut harness, "depth", Modifiers::NONE);
        assert!(!has_text(&harness, "checked"));
        click(&mut harness, "headlines", Modifiers::COMMAND);
        assert!(has_text(&harness, "1 topic checked") && is_checked(&harness, "headlines"));
        click(&mut harness, "depth", Modifiers::COMMAND);
        assert!(has_text(&harness, "2 topics checked") && is_checked(&harness, "depth"));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("tree-checks-{theme:?}"));
        key(&mut harness, Modifiers::NONE, Key::Delete);
        assert!(has_text(&harness, "Remove 2 checked topics"));
        assert!(has_text(&harness, "fx/EURUSD/depth") && has_text(&harness, "news/headlines"));
        picture(&mut harness, &format!("remove-checked-{theme:?}"));
        press(&mut harness, "Remove 2 topics");
        assert!(!there(&harness, "fx/EURUSD/depth") && !there(&harness, "news/headlines"));
        assert!(there(&harness, "fx/EURUSD/quote") && there(&harness, "status"));
    }
}

#[test]
fn a_range_is_checked_and_shrinks_again_and_escape_clears() {
    let mut harness = window(opened(Theme::Dark), SIZES[0]);
    click(&mut harness, "depth", Modifiers::NONE);
    click(&mut harness, "headlines", Modifiers::SHIFT);
    assert!(has_text(&harness, "4 topics checked"), "the open branches between are not meant");
    assert!(!is_checked(&harness, "GBPUSD"));
    key(&mut harness, Modifiers::SHIFT, Key::ArrowUp);
    assert!(has_text(&harness, "3 topics checked"));
    key(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    key(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    assert!(has_text(&harness, "5 topics checked"));
    key(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!has_text(&harness, "checked"));
    key(&mut harness, Modifiers::NONE, Key::Space);
    assert!(has_text(&harness, "1 topic checked"), "the tree still has the keyboard");
    key(&mut harness, Modifiers::NONE, Key::Space);
    assert!(!has_text(&harness, "checked"));
}

#[test]
fn checks_survive_the_filter_whose_escape_comes_first() {
    let mut harness = window(opened(Theme::Light), SIZES[0]);
    click(&mut harness, "depth", Modifiers::COMMAND);
    harness.event(egui::Event::Text("quote".into()));
    harness.run_steps(6);
    assert!(has_text(&harness, "2 of ") && has_text(&harness, "1 topic checked"));
    click(&mut harness, "quote", Modifiers::COMMAND);
    assert!(has_text(&harness, "2 topics checked"));
    key(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(has_text(&harness, "2 topics checked") && !has_text(&harness, "2 of "));
    key(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!has_text(&harness, "checked"));
}

#[test]
fn the_bar_copies_and_subscribes_and_a_removed_row_is_said() {
    let mut harness = window(opened(Theme::Light), SIZES[0]);
    for name in ["depth", "quote", "headlines"] {
        click(&mut harness, name, Modifiers::COMMAND);
    }
    press(&mut harness, "Copy paths");
    assert_eq!(
        harness.state().copied.last().map(String::as_str),
        Some("fx/EURUSD/depth\nfx/EURUSD/quote\nnews/headlines")
    );
    press(&mut harness, "Subscribe");
    let subscriptions = harness.state().model.active().map(|c| &c.subscriptions.list).expect("connected");
    assert_eq!(
        subscriptions.last().map(|s| s.selector.expression()),
        Some("#>fx/EURUSD/depth////>fx/EURUSD/quote////>news/headlines")
    );
    let gone = Event::Session(SessionEvent::Unsubscribed {
        path: path_of("fx/EURUSD/depth"),
        reason: Some(UnsubscribeReason::Removed),
    });
    harness.state_mut().apply(gone);
    harness.state_mut().pass(0.25);
    harness.run_steps(3);
    assert!(has_text(&harness, "2 topics checked") && has_text(&harness, "1 removed since"));
    press(&mut harness, "Clear checks");
    assert!(!has_text(&harness, "checked"));
}

#[test]
fn the_menu_of_a_checked_row_means_all_of_them() {
    let mut harness = window(opened(Theme::Dark), SIZES[1]);
    click(&mut harness, "depth", Modifiers::NONE);
    click(&mut harness, "quote", Modifiers::SHIFT);
    row(&harness, "depth").click_secondary();
    harness.run_steps(4);
    assert!(has_text(&harness, "Copy 2 paths") && has_text(&harness, "Remove 2 topics…"));
    assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
    picture(&mut harness, "tree-checks-menu");
    harness.get_by_label_contains("Remove 2 topics…").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "Remove 2 checked topics"));
    press(&mut harness, "Cancel");
    row(&harness, "headlines").click_secondary();
    harness.run_steps(4);
    assert!(has_text(&harness, "Check Space"), "another row means itself");
}

#[test]
fn a_read_only_connection_lets_rows_be_checked_but_not_removed() {
    let mut app = opened(Theme::Dark);
    app.handle(brownian::model::safety::Intent::SetMode(Mode::ReadOnly));
    let mut harness = window(app, SIZES[0]);
    click(&mut harness, "depth", Modifiers::COMMAND);
    assert!(harness.get_by_role_and_label(Role::Button, "Remove…").accesskit_node().is_disabled());
}

fn double_click(harness: &mut Harness<'_, TestApp>, at: egui::Pos2) {
    harness.hover_at(at);
    harness.step();
    // In one frame: a step takes longer than two clicks may be apart.
    let click = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.input_mut().events.extend([true, false, true, false].map(click));
    harness.run_steps(3);
}

#[test]
fn a_double_click_in_the_tree_edits_a_topic_that_was_not_selected_before() {
    let mut harness = window(opened(Theme::Light), SIZES[0]);
    let at = row(&harness, "quote").rect().center();
    double_click(&mut harness, at);
    assert!(!has_text(&harness, "New JSON value"), "what it is has not been read yet");
    harness.state_mut().pass(0.75);
    harness.run_steps(4);
    assert!(harness.query_by_label("New JSON value").is_some());
    let at = row(&harness, "news").rect().center();
    double_click(&mut harness, at);
    harness.state_mut().pass(0.75);
    harness.run_steps(4);
    assert!(!has_text(&harness, "headlines"), "a branch is closed by it");
    assert!(harness.state().model.active().is_some_and(|c| c.editor.drafts.len() == 1));
}

#[test]
fn a_double_click_on_a_value_of_any_type_edits_it() {
    use brownian::data::TopicType;
    let topics = vec![
        Topic::of("binary", TopicType::Binary, &[1, 2, 3]),
        Topic::of("number", TopicType::Int64, &[0x18, 42]),
        Topic::of("text", TopicType::String, b"\x65hello"),
    ];
    let app = TestApp::connected(Theme::Dark, Serve::Answers, topics);
    let mut harness = window(app, SIZES[1]);
    for (path, value, field) in [
        ("binary", "Bytes of the value", "New bytes as hexadecimal digits"),
        ("number", "Exact: 42", "New INT64 value"),
        ("text", "Text of the value", "New text"),
    ] {
        harness.state_mut().handle(inspector::Intent::Select(Some(path_of(path))));
        harness.state_mut().pass(0.75);
        harness.run_steps(4);
        let at =
            harness.get_all_by_label_contains(value).next().expect(value).rect().left_top() + egui::vec2(30.0, 8.0);
        double_click(&mut harness, at);
        assert!(harness.query_by_label(field).is_some(), "{path}");
    }
}

#[test]
fn the_palette_removes_what_is_checked() {
    let mut harness = window(opened(Theme::Dark), SIZES[0]);
    click(&mut harness, "depth", Modifiers::COMMAND);
    click(&mut harness, "headlines", Modifiers::COMMAND);
    key(&mut harness, Modifiers::COMMAND, Key::K);
    harness.event(egui::Event::Text("remove topics".into()));
    harness.run_steps(3);
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(has_text(&harness, "Remove 2 checked topics"));
}
