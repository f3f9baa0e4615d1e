//! Range queries of a time series: asked, answered with table, chart and value, refused, cut short, saved.

use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, window};
use brownian::data::TopicType;
use brownian::data::value::json::Json;
use brownian::data::value::{Value, encode};
use brownian::model::inspector;
use brownian::model::settings::Theme;
use brownian::wire::frame::VERSION;
use brownian::wire::services::RangeQuery;
use brownian::wire::services::range_query::{AuthorNames, Event, Metadata, QueryType, Request, Response};
use brownian::wire::{Service as _, decode};
use bytes::Bytes;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const PATH: &str = "sensors/roof/temperature";

fn metadata(sequence: i64) -> Metadata {
    Metadata { sequence, timestamp_millis: 1_767_268_800_000 + sequence * 1000, author: "ann".into() }
}

fn event(sequence: i64, original: Option<i64>, value: &Value) -> Event {
    Event { original: original.map(metadata), metadata: metadata(sequence), value: encode(value) }
}

/// Events of a series of doubles, one of which was edited twice.
fn doubles() -> Vec<Event> {
    let number = |n: f64| Value::Double(Some(n));
    let mut events: Vec<Event> = (0..8).map(|n| event(n, None, &number(20.0 + n as f64 / 4.0))).collect();
    events.push(event(8, Some(3), &number(99.5)));
    events.push(event(9, Some(3), &number(20.75)));
    events
}

fn app(event_type: &str, selected: i64, events: &[Event]) -> TestApp {
    let value = events.last().map_or_else(Bytes::new, |event| event.value.clone());
    let topic = Topic::of(PATH, TopicType::TimeSeries, &value).with("TIME_SERIES_EVENT_VALUE_TYPE", event_type);
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, vec![topic]);
    app.answer::<RangeQuery>(Response::of(event_type, selected, events, AuthorNames::Plain));
    app.handle(inspector::Intent::Select(Some(path_of(PATH))));
    app.pass(0.5);
    app
}

fn shown(app: TestApp) -> Harness<'static, TestApp> {
    let mut harness = window(app, SIZES[1]);
    harness.state_mut().shell.dock.show("inspector");
    harness.run_steps(3);
    press(&mut harness, Role::RadioButton, "Query");
    harness
}

fn press(harness: &mut Harness<'_, TestApp>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run_steps(4);
}

fn run(harness: &mut Harness<'_, TestApp>) {
    press(harness, Role::Button, "Run query");
}

#[track_caller]
fn expect(harness: &Harness<'_, TestApp>, all: &[&str]) {
    for words in all {
        assert!(has_text(harness, words), "“{words}” is not on screen");
    }
}

fn write(harness: &mut Harness<'_, TestApp>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

fn requests(harness: &Harness<'_, TestApp>) -> Vec<Request> {
    let calls = harness.state().calls.iter().filter(|call| call.service == RangeQuery::ID);
    calls.map(|call| decode(call.payload.clone(), VERSION).expect("well formed")).collect()
}

#[test]
fn nothing_is_asked_before_the_user_does() {
    let mut harness = shown(app("double", 10, &doubles()));
    expect(&harness, &["Nothing asked yet", "Latest view, from start to end, at most 1,000"]);
    assert!(requests(&harness).is_empty());
    press(&mut harness, Role::Button, "Run this query");
    assert_eq!(requests(&harness).len(), 1);
    press(&mut harness, Role::RadioButton, "Live events");
    expect(&harness, &["1 event seen here"]);
}

#[test]
fn edits_are_asked_for_and_marked() {
    let mut harness = shown(app("double", 10, &doubles()));
    press(&mut harness, Role::RadioButton, "All edits");
    run(&mut harness);
    assert_eq!(requests(&harness)[0].query_type, QueryType::AllEdits);
    expect(&harness, &["10 events, 2 edits", "Event 9, edit of 3, 20.75", "Event 3, edited by 9, 20.75"]);
    picture(&mut harness, "series-query-table");
    harness.get_by_label("Event 8, edit of 3, 99.5").click();
    harness.run_steps(4);
    press(&mut harness, Role::Button, "Copy event value");
    press(&mut harness, Role::Button, "Copy CSV row");
    assert_eq!(harness.state().copied[0], "99.5");
    assert!(harness.state().copied[1].starts_with("8,2026-01-01T12:00:08.000Z,ann,3,"));
    press(&mut harness, Role::ColumnHeader, "Edited");
    picture(&mut harness, "series-query-grouped");
    let rows: Vec<String> = harness
        .query_all_by_label_contains("Event ")
        .filter_map(|node| node.accesskit_node().label().filter(|label| label.contains(", ")))
        .collect();
    assert!(rows[0].starts_with("Event 3, edited") && rows[2].starts_with("Event 9, edit of 3"), "{rows:?}");
    press(&mut harness, Role::RadioButton, "Chart");
    expect(&harness, &["Chart of the events found, Latest values: 21.75, Before they were edited"]);
    picture(&mut harness, "series-query-chart");
    press(&mut harness, Role::RadioButton, "Over sequence");
}

#[test]
fn an_event_is_opened_for_an_edit_of_its_original() {
    let mut harness = shown(app("double", 10, &doubles()));
    press(&mut harness, Role::RadioButton, "All edits");
    run(&mut harness);
    harness.get_by_label("Event 8, edit of 3, 99.5").click();
    harness.run_steps(4);
    press(&mut harness, Role::Button, "Edit event…");
    let draft = harness.state().model.links[0].editor.draft(&path_of(PATH)).expect("opened");
    assert_eq!(draft.aim, brownian::model::editor::Aim::EditEvent(3));
    assert_eq!(draft.text, "99.5");
}

#[test]
fn fields_say_what_is_wrong_and_nothing_is_asked() {
    let mut harness = shown(app("double", 10, &doubles()));
    write(&mut harness, "At most", "12x");
    expect(&harness, &["“x” is no digit"]);
    assert!(harness.get_by_role_and_label(Role::Button, "Run query").accesskit_node().is_disabled());
    write(&mut harness, "At most", "5");
    write(&mut harness, "To", "2");
    run(&mut harness);
    let request = &requests(&harness)[0];
    assert_eq!((request.limit, request.view_range.span.value), (5, 2));
}

#[test]
fn what_the_limit_cut_is_asked_for_with_one_click() {
    let mut app = app("double", 1200, &doubles());
    app.handle(brownian::model::range_query::Intent::SetForm(brownian::model::range_query::form::Form {
        limit: "10".into(),
        ..Default::default()
    }));
    let mut harness = shown(app);
    run(&mut harness);
    expect(&harness, &["Not complete: the newest 10 of 1,200 events are shown", "The form asks for no more"]);
    picture(&mut harness, "series-query-cut");
    press(&mut harness, Role::Button, "Ask for 1,200");
    assert_eq!(requests(&harness)[1].limit, 1200);
    expect(&harness, &["The server sends no more at once"]);
}

#[test]
fn a_missing_permission_is_named_and_got_around() {
    let mut app = app("double", 10, &doubles());
    app.serve = Serve::Refuses;
    let mut harness = shown(app);
    press(&mut harness, Role::RadioButton, "Latest edits");
    run(&mut harness);
    expect(&harness, &["Cannot read what was edited", "QUERY_OBSOLETE_TIME_SERIES_EVENTS"]);
    picture(&mut harness, "series-query-denied");
    harness.state_mut().serve = Serve::Answers;
    press(&mut harness, Role::Button, "Ask for the latest view");
    assert!(!requests(&harness)[1].is_about_edits());
    harness.state_mut().serve = Serve::Refuses;
    press(&mut harness, Role::Button, "Unfold the query");
    press(&mut harness, Role::RadioButton, "All edits");
    run(&mut harness);
    expect(&harness, &["Needs QUERY_OBSOLETE_TIME_SERIES_EVENTS at", "Event 7, "]);
}

#[test]
fn waiting_can_be_cancelled_and_an_empty_answer_is_told() {
    let mut app = app("double", 0, &[]);
    app.serve = Serve::Silent;
    let mut harness = shown(app);
    run(&mut harness);
    harness.state_mut().pass(3.0);
    harness.run_steps(3);
    expect(&harness, &["Asking for the events…", "3 s"]);
    assert!(harness.query_all_by_role_and_label(Role::Button, "Cancel").next().is_some());
    assert!(harness.query_by_role_and_label(Role::Button, "Run query").is_none());
    let mut harness = shown(self::app("double", 0, &[]));
    run(&mut harness);
    expect(&harness, &["No events in this range"]);
}

#[test]
fn numbers_inside_json_are_charted_and_events_saved() {
    let json =
        |n: i64| Value::Json(Json::from_text(&format!("{{\"a\":{n},\"b\":{{\"c\":{}}}}}", n * 2)).expect("JSON"));
    let events: Vec<Event> = (0..5).map(|n| event(n, None, &json(n))).collect();
    let mut harness = shown(app("json", 5, &events));
    run(&mut harness);
    picture(&mut harness, "series-query-json");
    harness.get_by_role_and_label(Role::TreeItem, "a: 4").click();
    harness.run_steps(6);
    expect(&harness, &["Chart of the events found, Latest values: 4"]);
    picture(&mut harness, "series-query-json-chart");
    for (words, name) in
        [("Save as CSV…", "sensors-roof-temperature.csv"), ("Save as JSON…", "sensors-roof-temperature.json")]
    {
        press(&mut harness, Role::Button, "Save the events found");
        press(&mut harness, Role::Button, words);
        assert_eq!(harness.state().saved.last().map(|(name, _)| name.as_str()), Some(name));
    }
    let text = String::from_utf8(harness.state().saved[0].1.to_vec()).expect("text");
    assert_eq!(text.lines().count(), 6);
}

#[test]
fn a_day_is_chosen_from_a_calendar_and_keeps_the_time() {
    use brownian::model::range_query::form::{Form, RangeForm};
    let mut range = RangeForm::last(1);
    range.from.kind = brownian::model::range_query::PointType::AbsoluteTime;
    range.from.text = "2026-01-31T12:30:00Z".into();
    let mut app = app("double", 10, &doubles());
    app.handle(brownian::model::range_query::Intent::SetForm(Form { range, ..Form::default() }));
    let mut harness = shown(app);
    press(&mut harness, Role::Button, "2026-01-31");
    picture(&mut harness, "series-query-calendar");
    press(&mut harness, Role::Button, ">");
    press(&mut harness, Role::Button, "Save");
    expect(&harness, &["from 2026-02-01T12:30:00Z"]);
    run(&mut harness);
    assert_eq!(requests(&harness)[0].view_range.anchor.value, 1_769_949_000_000);
}
