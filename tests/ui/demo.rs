//! What the demo says to one who opens it first, and the dock around it.

use crate::test_app::{Serve, TestApp, live, picture, topics, window};
use brownian::model::connections::Environment;
use brownian::model::settings::{self, Theme};
use brownian::model::stored::StoredId;
use brownian::model::{Intent, effects::Effect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const HINTS: [&str; 5] = ["Find a topic", "Hold a value still", "Go anywhere", "Your own server", "See every key"];

fn demo(theme: Theme) -> TestApp {
    let mut app = TestApp::new(theme);
    app.open("Demo", Environment::Demo);
    app.serve = Serve::Answers;
    app.add(topics());
    app.apply(live());
    app
}

/// The hints on screen.
fn hints(harness: &Harness<'_, TestApp>) -> Vec<&'static str> {
    let shown = |hint: &&str| harness.query_by_label(&format!("Dismiss: {hint}")).is_some();
    HINTS.into_iter().filter(shown).collect()
}

#[test]
fn hints_are_dismissed_one_by_one_and_all_at_once() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in [[1024.0, 640.0], [1280.0, 800.0]] {
            let mut harness = window(demo(theme), size);
            assert_eq!(hints(&harness), HINTS);
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
            picture(&mut harness, &format!("hints-{theme:?}-{}", size[0]));
            harness.get_by_label("Dismiss: Hold a value still").click();
            harness.run_steps(3);
            assert_eq!(hints(&harness), [HINTS[0], HINTS[2], HINTS[3], HINTS[4]]);
            let stored = serde_json::to_value(&harness.state().model.settings).expect("settings are JSON");
            assert_eq!(stored["hints_read"], serde_json::json!(["freeze"]), "kept for the next start");
            harness.get_by_label("Dismiss all hints").click();
            harness.run_steps(3);
            assert!(hints(&harness).is_empty() && harness.query_by_label("Dismiss all hints").is_none());
            assert!(harness.state().model.settings.hints_done);
        }
    }
}

#[test]
fn a_dismissed_hint_is_to_be_stored() {
    let mut model = demo(Theme::Light).model;
    let now = model.now;
    let _ = model.take_effects();
    model.handle(Intent::Settings(settings::Intent::DismissHint("keys")), now);
    assert!(matches!(model.take_effects()[..], [Effect::Save(StoredId::Settings)]));
}

#[test]
fn a_hint_does_what_it_names() {
    let mut harness = window(demo(Theme::Light), [1280.0, 800.0]);
    harness.get_by_label_contains("See every key (").click();
    harness.run_steps(4);
    assert!(harness.query_by_label("Key of Copy path: Ctrl+C").is_some(), "the list of keys");
    harness.get_by_label("Close").click();
    harness.run_steps(4);
    harness.get_by_label_contains("Your own server (").click();
    harness.run_steps(3);
    let asked = harness.state().intents.iter().any(|i| matches!(i, Intent::Connections(_)));
    assert!(asked, "{:?}", harness.state().intents);
}

#[test]
fn servers_have_no_hints() {
    let mut app = TestApp::full(Theme::Light);
    app.model.settings.hints_done = false;
    let harness = window(app, [1280.0, 800.0]);
    assert!(hints(&harness).is_empty());
}

#[test]
fn the_button_that_closes_a_panel_is_named_for_it() {
    let mut harness = window(demo(Theme::Dark), [1280.0, 800.0]);
    assert!(harness.query_by_label("Close").is_none());
    assert!(harness.state().shell.dock.is_open("latency"));
    harness.get_by_label("Close Latency").click();
    harness.run_steps(3);
    assert!(!harness.state().shell.dock.is_open("latency"));
    assert!(harness.state().shell.dock.is_open("inspector") && harness.query_by_label("Close Latency").is_none());
    // A click on the title still shows the panel.
    harness.get_by_label("Close Subscriptions");
    let tab = harness.get_all_by_label("Subscriptions").last().expect("a tab");
    tab.click();
    harness.run_steps(3);
    assert!(harness.state().shell.dock.is_active("subscriptions"));
}

/// The colour at the right end of the row that starts with these words.
fn row_colour(harness: &mut Harness<'_, TestApp>, words: &str) -> [u8; 4] {
    let rect = harness.get_by_label_contains(words).rect();
    let image = harness.render().expect("the painter paints");
    image.get_pixel(rect.right() as u32 - 4, rect.center().y as u32).0
}

#[test]
fn a_changed_part_of_a_value_is_marked_and_the_mark_fades() {
    for reduce_motion in [false, true] {
        let mut app = TestApp::full(Theme::Light);
        app.model.settings.reduce_motion = reduce_motion;
        let mut harness = window(app, [1280.0, 800.0]);
        let (bid, ask) = (row_colour(&mut harness, "bid: "), row_colour(&mut harness, "ask: "));
        harness.state_mut().update("fx/EURUSD/quote", r#"{"bid":2.5,"ask":1.0843,"venue":"EBS"}"#);
        harness.step();
        assert_eq!(row_colour(&mut harness, "bid: 2.5") != bid, !reduce_motion, "the changed row");
        assert_eq!(row_colour(&mut harness, "ask: "), ask, "the row beside it");
        harness.run_steps(6);
        assert_eq!(row_colour(&mut harness, "bid: 2.5"), bid, "the mark is gone");
    }
}
