//! Creating and removing topics in the window.

use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, topics, window};
use brownian::data::TopicType;
use brownian::model::connections::Environment;
use brownian::model::safety::Mode;
use brownian::model::settings::Theme;
use brownian::model::{inspector, new_topic, remove_topics, topics as tree};
use brownian::wire::services::TopicViewList;
use brownian::wire::services::topic_view_create::TopicView;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const QUOTE: &str = "fx/EURUSD/quote";

fn calls(harness: &Harness<'_, TestApp>, name: &str) -> usize {
    harness.state().calls.iter().filter(|call| call.name == name).count()
}

fn there(harness: &Harness<'_, TestApp>, path: &str) -> bool {
    harness.state().spec_of(path).is_some()
}

/// The window with the branches open down to the quote.
fn opened(theme: Theme, topics: Vec<Topic>) -> TestApp {
    let mut app = TestApp::connected(theme, Serve::Answers, topics);
    for path in ["fx", "fx/EURUSD"] {
        app.handle(tree::Intent::Open(path_of(path)));
    }
    app.handle(inspector::Intent::Select(Some(path_of(QUOTE))));
    app.pass(0.5);
    app
}

fn press(harness: &mut Harness<'_, TestApp>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run_steps(4);
}

fn type_in(harness: &mut Harness<'_, TestApp>, field: &str, text: &str) {
    let node = harness.get_by_role_and_label(Role::TextInput, field);
    node.focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run_steps(3);
}

#[test]
fn one_topic_is_removed_from_the_tree_by_key_and_put_back() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = window(opened(theme, topics()), SIZES[0]);
        harness.get_by_label_contains("quote, JSON").click();
        harness.run_steps(3);
        harness.key_press(Key::Delete);
        harness.run_steps(4);
        assert!(has_text(&harness, "Remove fx/EURUSD/quote") && has_text(&harness, "1 topic"));
        let cancel = harness.get_by_role_and_label(Role::Button, "Cancel");
        assert!(cancel.is_focused(), "the safe button has the keyboard");
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("remove-one-{theme:?}"));
        press(&mut harness, "Remove 1 topic");
        assert!(!there(&harness, QUOTE) && calls(&harness, "topic-remove") == 1);
        picture(&mut harness, &format!("removed-one-{theme:?}"));
        press(&mut harness, "Undo");
        press(&mut harness, "Create topic and set value");
        assert!(there(&harness, QUOTE), "specification and value are back");
        assert!(harness.state().spec_of(QUOTE).is_some_and(|s| s.properties.value("CONFLATION") == Some("conflate")));
    }
}

#[test]
fn a_branch_says_what_goes_and_lets_less_be_meant() {
    let mut harness = window(opened(Theme::Light, topics()), SIZES[0]);
    harness.state_mut().handle(remove_topics::Intent::OpenPath(path_of("fx/EURUSD")));
    harness.run_steps(4);
    assert!(has_text(&harness, "2 topics") && has_text(&harness, "fx/EURUSD/depth"));
    picture(&mut harness, "remove-branch");
    harness.get_by_label("The topic at this path only").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "There is no such topic"));
    harness.get_by_label("Everything below this path").click();
    harness.run_steps(4);
    press(&mut harness, "Remove 2 topics");
    assert!(!there(&harness, QUOTE) && there(&harness, "fx/GBPUSD/quote"));
    harness.key_press(Key::Escape);
}

#[test]
fn many_topics_on_production_have_number_and_name_typed() {
    for theme in [Theme::Light, Theme::Dark] {
        let many = (0..1204).map(|n| Topic::json(&format!("fx/EURUSD/{n:04}"), "1")).collect();
        let mut app = opened(theme, many);
        app.open("fx-live", Environment::Production);
        app.apply(crate::test_app::live());
        app.handle(brownian::model::safety::Intent::SetMode(Mode::Confirm));
        let mut harness = window(app, SIZES[0]);
        harness.state_mut().handle(remove_topics::Intent::OpenSelector("?fx//".into()));
        harness.run_steps(4);
        let off = harness.get_by_role_and_label(Role::Button, "Remove 1,204 topics");
        assert!(off.accesskit_node().is_disabled());
        assert!(has_text(&harness, "… and 1,154 more"));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("remove-many-{theme:?}"));
        type_in(&mut harness, "Type 1,204 to confirm", "1204");
        type_in(&mut harness, "Type the server's name, fx-live", "fx-live");
        press(&mut harness, "Remove 1,204 topics");
        assert_eq!(calls(&harness, "topic-remove"), 1);
        assert!(has_text(&harness, "Removed 1204 topics: ?fx//"));
    }
}

#[test]
fn topics_that_a_view_may_have_made_are_told_apart() {
    let mut app = opened(Theme::Light, topics());
    let specification = "map ?raw// to fx/EURUSD/<path(1)>".to_owned();
    app.answer::<TopicViewList>(vec![TopicView { name: "Prices".into(), specification, roles: vec![] }]);
    let mut harness = window(app, SIZES[0]);
    harness.state_mut().handle(remove_topics::Intent::OpenPath(path_of("fx")));
    harness.run_steps(6);
    assert!(has_text(&harness, "made by topic view “Prices”. Reference topics cannot be removed"));
    assert!(has_text(&harness, "of view “Prices”"));
    picture(&mut harness, "remove-views");
    harness.state_mut().answer::<TopicViewList>(Vec::new());
    harness.state_mut().handle(remove_topics::Intent::Count);
    harness.run_steps(6);
    assert!(!has_text(&harness, "Prices"), "asked again with each count");
}

#[test]
fn a_read_only_connection_shows_why_nothing_can_be_removed() {
    let mut app = opened(Theme::Dark, topics());
    app.handle(brownian::model::safety::Intent::SetMode(Mode::ReadOnly));
    let mut harness = window(app, SIZES[0]);
    harness.state_mut().handle(remove_topics::Intent::OpenPath(path_of(QUOTE)));
    harness.run_steps(4);
    assert!(harness.get_by_role_and_label(Role::Button, "Remove 1 topic").accesskit_node().is_disabled());
    assert!(has_text(&harness, "This connection is read-only"));
    picture(&mut harness, "remove-read-only");
    harness.state_mut().handle(remove_topics::Intent::Remove);
    assert!(there(&harness, QUOTE) && calls(&harness, "topic-remove") == 0);
}

fn form(app: TestApp, intent: new_topic::Intent, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = window(app, size);
    harness.state_mut().handle(intent);
    harness.run_steps(5);
    harness
}

#[test]
fn a_topic_is_created_by_key_with_its_first_value() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = window(opened(theme, topics()), SIZES[0]);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::T);
        harness.run_steps(5);
        assert!(has_text(&harness, "Type the name of the topic after the “/”"));
        type_in(&mut harness, "Path", "fresh");
        harness.get_by_label("STRING").click();
        harness.run_steps(3);
        harness.get_by_label("Set a first value").click();
        harness.run_steps(3);
        let field = harness.get_by_label("First value");
        field.focus();
        harness.run_steps(2);
        harness.get_by_label("First value").type_text("hello");
        harness.run_steps(3);
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("new-topic-{theme:?}"));
        press(&mut harness, "Create topic");
        assert!(there(&harness, "fx/EURUSD/fresh") && has_text(&harness, "Added fx/EURUSD/fresh"));
        assert!(!has_text(&harness, "Create topic"));
    }
}

#[test]
fn properties_are_built_and_read_back() {
    for (theme, size) in [(Theme::Light, SIZES[0]), (Theme::Dark, SIZES[1])] {
        let mut harness = form(opened(theme, topics()), new_topic::Intent::OpenWith(None), size);
        harness.state_mut().handle(new_topic::Intent::SetPath("series/new".into()));
        harness.get_by_label("TIME_SERIES").click();
        harness.run_steps(4);
        assert!(has_text(&harness, "Choose one; a time series needs it"));
        for (key, value) in [
            ("TIME_SERIES_EVENT_VALUE_TYPE", "double"),
            ("TIME_SERIES_RETAINED_RANGE", "limit 100 last 1h"),
            ("REMOVAL", "when no updates for 20m"),
            ("OWNER", "$Principal is \"feed\""),
        ] {
            harness.state_mut().handle(new_topic::Intent::SetProperty(key, Some(value.into())));
        }
        harness.run_steps(4);
        assert!(has_text(&harness, "The latest 100 events, as far as they are of the last 1h."));
        picture(&mut harness, &format!("new-series-{theme:?}-{}", size[0]));
        harness.get_by_label_contains("Lifetime").scroll_to_me();
        harness.run_steps(6);
        harness.get_by_label_contains("Lifetime").click();
        harness.run_steps(6);
        harness.get_by_label("Principal that owns the topic").scroll_to_me();
        harness.run_steps(6);
        assert!(has_text(&harness, "Removes this topic when"));
        assert!(has_text(&harness, "“feed” may read, update"));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("new-series-lifetime-{theme:?}-{}", size[0]));
        press(&mut harness, "Create topic");
        assert!(there(&harness, "series/new"));
    }
}

/// Opens a list by its name and takes one of its words.
fn choose(harness: &mut Harness<'_, TestApp>, list: &str, words: &str) {
    harness.get_by_label(list).click();
    harness.run_steps(4);
    harness.query_all_by_label(words).last().expect("the list has these words").click();
    harness.run_steps(4);
}

fn removal(harness: &Harness<'_, TestApp>) -> Option<String> {
    let form = harness.state().model.active().and_then(|c| c.new_topic.form.as_ref()).expect("the form is open");
    form.properties.get("REMOVAL").cloned()
}

fn set_removal(harness: &mut Harness<'_, TestApp>, text: &str) {
    harness.state_mut().handle(new_topic::Intent::SetProperty("REMOVAL", Some(text.into())));
    harness.run_steps(4);
}

/// The form of a new topic with its removal policy in sight.
fn lifetime(theme: Theme, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = form(opened(theme, topics()), new_topic::Intent::OpenWith(None), size);
    harness.get_by_label_contains("Lifetime").scroll_to_me();
    harness.run_steps(6);
    harness.get_by_label_contains("Lifetime").click();
    harness.run_steps(6);
    harness.get_by_label("Add condition").scroll_to_me();
    harness.run_steps(6);
    harness
}

#[test]
fn a_removal_policy_is_built_by_clicking() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = lifetime(theme, SIZES[0]);
        choose(&mut harness, "Add condition", "it has no updates");
        choose(&mut harness, "Add condition", "few sessions subscribe");
        harness.get_by_label("Add condition").scroll_to_me();
        harness.run_steps(6);
        choose(&mut harness, "Add condition", "this session closes");
        choose(&mut harness, "Word before condition 3", "or: one is enough");
        let built = "when no updates for 10m and subscriptions < 1 for 10m or this session closes";
        assert_eq!(removal(&harness).as_deref(), Some(built));
        assert!(has_text(&harness, "or when the session that created it closes."));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        harness.get_by_label("Removal policy").scroll_to_me();
        harness.run_steps(6);
        picture(&mut harness, &format!("removal-rows-{theme:?}"));
        harness.get_by_label("Add condition").click();
        harness.run_steps(4);
        let again = harness.query_all_by_label("it has no updates").last().expect("the menu has it");
        assert!(again.accesskit_node().is_disabled(), "a policy can have it once only");
        picture(&mut harness, &format!("removal-add-{theme:?}"));
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        press(&mut harness, "Take out condition 1");
        assert_eq!(removal(&harness).as_deref(), Some("when subscriptions < 1 for 10m or this session closes"));
        choose(&mut harness, "Condition 2", "a time has come");
        assert!(has_text(&harness, "The time comes in 1 d"));
        choose(&mut harness, "Set the moment of condition 2", "In a week");
        assert!(has_text(&harness, "The time comes in 7 d"));
        press(&mut harness, "Take out condition 2");
        press(&mut harness, "Take out condition 1");
        assert_eq!(removal(&harness), None);
        assert!(has_text(&harness, "Never removed by itself"));
    }
}

#[test]
fn the_text_of_a_removal_policy_keeps_the_keyboard_while_it_is_wrong() {
    let mut harness = lifetime(Theme::Light, SIZES[0]);
    let field = |harness: &mut Harness<'_, TestApp>, text: &str| {
        let node = harness.get_by_role_and_label(Role::TextInput, "Removal policy");
        assert!(node.is_focused(), "before {text}");
        node.type_text(text);
        harness.run_steps(3);
    };
    harness.get_by_role_and_label(Role::TextInput, "Removal policy").focus();
    harness.run_steps(3);
    field(&mut harness, "when");
    assert!(has_text(&harness, "Expected a condition") && !has_text(&harness, "Take out condition 1"));
    field(&mut harness, " no updates for 5m");
    field(&mut harness, " or this");
    assert!(has_text(&harness, "Expected `session` (position 31)"));
    assert!(has_text(&harness, "The rows show what could be read last"));
    field(&mut harness, " session closes and");
    field(&mut harness, " no session has \"all\" after 1h");
    let typed = "when no updates for 5m or this session closes and no session has \"all\" after 1h";
    assert_eq!(removal(&harness).as_deref(), Some(typed), "it stays as typed");
    assert!(has_text(&harness, "Take out condition 3") && has_text(&harness, "Time before condition 3 is checked"));
    choose(&mut harness, "More of condition 3", "Only sessions of this server or cluster count");
    picture(&mut harness, "removal-more-open");
    let canonical = "when no updates for 5m or this session closes and no local session has 'all' after 1h";
    assert_eq!(removal(&harness).as_deref(), Some(canonical));
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    picture(&mut harness, "removal-more");
}

#[test]
fn a_removal_policy_that_is_typed_shows_its_rows_or_its_error() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = lifetime(theme, SIZES[0]);
        harness.state_mut().handle(new_topic::Intent::SetPath("orders/new".into()));
        set_removal(&mut harness, "when no session has '$Principal is \"a\"' for 5s and time after 5 remove '?b//'");
        assert!(has_text(&harness, "Session filter of condition 1") && has_text(&harness, "Moment of condition 2"));
        assert!(has_text(&harness, "That time passed") && has_text(&harness, "the topic itself stays"));
        harness.get_by_label("Removal policy").scroll_to_me();
        harness.run_steps(6);
        picture(&mut harness, &format!("removal-typed-{theme:?}"));

        set_removal(&mut harness, "when no updates for 5w or this session closes");
        assert!(has_text(&harness, "(position 21)") && has_text(&harness, "Session filter of condition 1"));
        assert!(harness.get_by_label("Take out condition 1").accesskit_node().is_disabled());
        assert_eq!(removal(&harness).as_deref(), Some("when no updates for 5w or this session closes"));
        picture(&mut harness, &format!("removal-wrong-{theme:?}"));

        set_removal(&mut harness, "when (time after 5 or this session closes) and no updates for 1h");
        assert!(has_text(&harness, "This policy is shown as text only") && !has_text(&harness, "Take out condition 1"));
        picture(&mut harness, &format!("removal-text-only-{theme:?}"));

        set_removal(&mut harness, "when no updates for 5m remove '?b//'");
        harness.get_by_label("Remove instead the topics that match").scroll_to_me();
        harness.run_steps(6);
        type_in(&mut harness, "Remove instead the topics that match", "(");
        assert!(has_text(&harness, "No topic selector"));
        assert_eq!(removal(&harness).as_deref(), Some("when no updates for 5m remove '?b//('"));
        assert!(
            !harness.get_by_label("Take out condition 1").accesskit_node().is_disabled(),
            "rows can still be edited"
        );
        picture(&mut harness, &format!("removal-selector-{theme:?}"));
    }
}

#[test]
fn another_specification_that_is_there_is_compared() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = form(opened(theme, topics()), new_topic::Intent::OpenWith(None), SIZES[0]);
        harness.state_mut().handle(new_topic::Intent::SetPath(QUOTE.into()));
        harness.state_mut().handle(new_topic::Intent::SetType(TopicType::String));
        harness.run_steps(4);
        press(&mut harness, "Create topic");
        harness.run_steps(4);
        assert!(has_text(&harness, "exists with another specification") && has_text(&harness, "CONFLATION"));
        picture(&mut harness, &format!("new-topic-exists-{theme:?}"));
        press(&mut harness, "Use existing");
        assert!(!has_text(&harness, "Create topic"));
        let selected = harness.state().model.active().and_then(|c| c.inspector.selected.clone());
        assert_eq!(selected, Some(path_of(QUOTE)));
    }
}

#[test]
fn a_specification_is_changed_by_removing_and_adding_again() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = form(opened(theme, topics()), new_topic::Intent::OpenFor(path_of(QUOTE)), SIZES[0]);
        assert!(has_text(&harness, "The topic is removed and added again") && has_text(&harness, "Its value is kept"));
        assert!(has_text(&harness, "The specification is the same as before"));
        harness.state_mut().handle(new_topic::Intent::SetProperty("PRIORITY", Some("high".into())));
        harness.run_steps(4);
        picture(&mut harness, &format!("change-specification-{theme:?}"));
        press(&mut harness, "Remove and add again");
        let spec = harness.state().spec_of(QUOTE).expect("the topic is there");
        assert_eq!(spec.properties.value("PRIORITY"), Some("high"));
        assert_eq!(spec.properties.value("CONFLATION"), Some("conflate"));
        assert!(has_text(&harness, "has its new specification"));
        assert_eq!((calls(&harness, "topic-remove"), calls(&harness, "topic-add-and-set")), (1, 1));
    }
}

#[test]
fn the_form_starts_like_the_selected_topic_and_waits_for_a_read_only_connection() {
    let mut app = opened(Theme::Dark, topics());
    app.handle(brownian::model::safety::Intent::SetMode(Mode::ReadOnly));
    let mut harness = window(app, SIZES[0]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::D);
    harness.run_steps(5);
    assert!(has_text(&harness, "New topic like quote") && has_text(&harness, "Delivery · 1 set"));
    assert!(has_text(&harness, "This connection is read-only"));
    assert!(harness.get_by_role_and_label(Role::Button, "Create topic").accesskit_node().is_disabled());
    picture(&mut harness, "new-topic-read-only");
}

#[test]
fn many_topics_are_compared_before_they_are_created() {
    for (theme, size) in [(Theme::Light, SIZES[0]), (Theme::Dark, SIZES[0]), (Theme::Dark, SIZES[1])] {
        let mut harness = window(opened(theme, topics()), size);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::T);
        harness.run_steps(5);
        press(&mut harness, "From a list…");
        picture(&mut harness, &format!("many-empty-{theme:?}-{}", size[0]));
        let list = "path,type,value,PRIORITY\nnew/1,int64,5,high\nnew/2,json,\"{\"\"x\"\":1}\",\nstatus,json,false,\n\
                    fx/EURUSD/quote,json,1,\nnew/3,text,,\nnew/4,double,x,";
        let set = |text: &str| brownian::model::import::Intent::SetText(text.into());
        harness.state_mut().handle(set("path,kind\na,json"));
        harness.run_steps(3);
        press(&mut harness, "Compare with the server");
        assert!(has_text(&harness, "Column 2, “kind”, is not known. Columns are path, type, value"));
        harness.state_mut().handle(set(list));
        harness.run_steps(3);
        press(&mut harness, "Compare with the server");
        assert_eq!(calls(&harness, "topic-add") + calls(&harness, "topic-add-and-set"), 0, "nothing is changed yet");
        assert!(has_text(&harness, "CONFLATION is conflate, wanted is not set"));
        assert!(has_text(&harness, "“text” is no topic type") && has_text(&harness, "is there with another value"));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("many-compared-{theme:?}-{}", size[0]));
        harness.get_by_label("Set the values of topics that have another value").click();
        harness.run_steps(3);
        press(&mut harness, "Create 2 topics, set 1");
        assert!(there(&harness, "new/1") && there(&harness, "new/2") && !there(&harness, "new/3"));
        assert!(harness.state().spec_of("new/1").is_some_and(|s| s.properties.value("PRIORITY") == Some("high")));
        assert_eq!(calls(&harness, "topic-set"), 1);
        assert!(has_text(&harness, "Topics created: 2, values set: 1, not done: 0"));
        picture(&mut harness, &format!("many-done-{theme:?}-{}", size[0]));
        press(&mut harness, "Close");
    }
}

#[test]
fn keys_go_to_the_dialog_in_front_and_not_to_what_lies_behind() {
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, topics());
    app.handle(inspector::Intent::Select(Some(path_of("fx/EURUSD/quote"))));
    app.pass(0.5);
    let mut harness = window(app, SIZES[0]);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, "New JSON value");
    field.focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text(" ".into()));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("7".into()));
    harness.run_steps(4);
    harness.state_mut().handle(new_topic::Intent::OpenWith(None));
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::W);
    harness.run_steps(4);
    let connected = harness.state().model.active().expect("not closed by a key meant for the form");
    assert!(connected.changes.sheet.is_none(), "the editor behind does not take the key");
    assert!(connected.new_topic.form.is_some());
}
