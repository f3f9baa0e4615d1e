//! Branches exported and imported in the window: asked, previewed, saved, and brought in row by row.

use crate::chosen_file::choose;
use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, topics, window};
use brownian::data::TopicType;
use brownian::data::value::{Value, encode};
use brownian::model::export::Intent;
use brownian::model::settings::Theme;
use brownian::model::{import, safety, topics as tree};
use brownian::wire::services::RangeQuery;
use brownian::wire::services::range_query::AuthorNames;
use brownian::wire::services::range_query::{Event, Metadata, Response};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn event(sequence: i64) -> Event {
    let metadata = Metadata { sequence, timestamp_millis: 1000 + sequence, author: "ann".into() };
    Event { original: None, metadata, value: encode(&Value::Double(Some(sequence as f64))) }
}

fn app(serve: Serve) -> TestApp {
    let mut all = topics();
    let series = Topic::of("fx/series", TopicType::TimeSeries, &[]).with("TIME_SERIES_EVENT_VALUE_TYPE", "double");
    all.push(series);
    all.sort_by(|a, b| a.path().cmp(b.path()));
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, all);
    // The same answer for each page: the second brings no news, which ends the series.
    app.answer::<RangeQuery>(Response::of("double", 3, &[event(0), event(1), event(2)], AuthorNames::Plain));
    app.handle(safety::Intent::SetMode(safety::Mode::Free));
    app.serve = serve;
    app
}

fn press(harness: &mut Harness<'_, TestApp>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(4);
}

#[track_caller]
fn expect(harness: &Harness<'_, TestApp>, all: &[&str]) {
    for words in all {
        assert!(has_text(harness, words), "“{words}” is not on screen");
    }
}

fn opened(serve: Serve, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut app = app(serve);
    app.handle(Intent::Open(Some(path_of("fx"))));
    let mut harness = window(app, size);
    harness.run_steps(3);
    harness
}

fn bring_in(harness: &mut Harness<'_, TestApp>, text: &'static str) {
    let asks = import::Intent::ChooseBranch;
    choose(&mut harness.state_mut().model, asks, Ok(("fx.json", text.as_bytes())));
    // Anything handled lets the calls out.
    harness.state_mut().handle(tree::Intent::Open(path_of("fx")));
    harness.run_steps(4);
}

#[test]
fn a_branch_is_looked_at_before_it_is_saved() {
    for size in SIZES {
        let mut harness = opened(Serve::Answers, size);
        expect(&harness, &["Export a branch", "Specifications, values and all events"]);
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        press(&mut harness, "Fetch and preview");
        expect(&harness, &["4 topics", "3 events", "fx/EURUSD/quote", "fx/series"]);
        assert!(!has_text(&harness, "left out"));
        picture(&mut harness, &format!("export-ready-{}", size[0]));
        press(&mut harness, "Save 4 topics…");
        let (name, bytes) = harness.state().saved[0].clone();
        assert_eq!(name, "fx.json");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        assert!(text.contains(r#"{"timestamp":1002,"author":"ann","value":2.0}"#), "{text}");
        assert!(!has_text(&harness, "Export a branch"));
    }
}

#[test]
fn a_selector_is_checked_and_a_refusal_said() {
    let mut harness = opened(Serve::Refuses, SIZES[0]);
    press(&mut harness, "Fetch and preview");
    expect(&harness, &["Cannot fetch the topics of ?fx//: a permission is missing", "Try again"]);
    picture(&mut harness, "export-refused");
    harness.state_mut().handle(Intent::SetSelector("?fx[".into()));
    harness.run_steps(3);
    assert!(harness.get_by_role_and_label(Role::Button, "Fetch and preview").accesskit_node().is_disabled());
}

#[test]
fn fetching_shows_how_far_it_is_and_stops() {
    let mut harness = opened(Serve::Silent, SIZES[0]);
    press(&mut harness, "Fetch and preview");
    harness.state_mut().pass(2.0);
    harness.run_steps(3);
    expect(&harness, &["Fetching… 0 topics, 0 B, 2 s"]);
    press(&mut harness, "Stop");
    assert!(harness.query_by_role_and_label(Role::Button, "Fetch and preview").is_some());
}

#[test]
fn an_import_shows_each_topic_before_and_after() {
    let mut harness = window(app(Serve::Answers), SIZES[0]);
    let text = r#"{"format":"brownian-branch","version":2,"topics":[
{"path":"new/n","type":"INT64","value":5},
{"path":"new/s","type":"STRING","value":7},
{"path":"status","type":"JSON","value":false},
{"path":"fx/EURUSD/depth","type":"JSON","value":[1,2,3]},
{"path":"fx/EURUSD/quote","type":"JSON","value":1}]}"#;
    bring_in(&mut harness, text);
    expect(&harness, &["Import fx.json", "create", "the value is no STRING", "is there, the same"]);
    expect(&harness, &["is there; its value would be set", "CONFLATION is conflate, wanted is not set"]);
    assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
    picture(&mut harness, "import-compared");
    press(&mut harness, "Create 1 topic, set 1");
    assert!(harness.state().spec_of("new/n").is_some() && harness.state().spec_of("new/s").is_none());
    expect(&harness, &["Topics created: 1, values set: 1, not done: 0"]);
    picture(&mut harness, "import-done");
}

#[test]
fn an_import_goes_below_another_branch_and_bad_files_say_where() {
    let mut harness = window(app(Serve::Answers), SIZES[0]);
    bring_in(
        &mut harness,
        r#"{"format":"brownian-branch","version":2,"topics":[{"path":"a","type":"INT64","value":5}]}"#,
    );
    let prefix = |text: &str| import::Intent::SetPrefix(text.into());
    harness.state_mut().handle(prefix("copy//x"));
    harness.run_steps(3);
    assert!(harness.get_by_role_and_label(Role::Button, "Compare with the server").accesskit_node().is_disabled());
    harness.state_mut().handle(prefix("copy"));
    harness.run_steps(3);
    press(&mut harness, "Compare with the server");
    press(&mut harness, "Create 1 topic");
    assert!(harness.state().spec_of("copy/a").is_some() && harness.state().spec_of("a").is_none());
    bring_in(&mut harness, "{\n  x");
    expect(&harness, &["(line 2, column 3)"]);
    picture(&mut harness, "import-bad");
}

#[test]
fn a_file_that_is_too_large_is_refused_in_words() {
    let mut harness = window(app(Serve::Answers), SIZES[0]);
    let why = "big.json is too large: it has 100 MiB, and at most 32 MiB are read";
    let asks = import::Intent::ChooseBranch;
    choose(&mut harness.state_mut().model, asks, Err(why));
    harness.run_steps(3);
    expect(&harness, &["The file could not be read"]);
}
