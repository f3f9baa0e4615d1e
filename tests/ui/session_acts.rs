//! Acts on sessions in the window: the sheet by keyboard and by label, and what became of each session.

use crate::test_app::{SIZES, TestApp, has_text, live, picture, window};
use brownian::data::SessionId;
use brownian::model::connections::Environment;
use brownian::model::safety::{self, Mode};
use brownian::model::session_acts::Intent;
use brownian::model::session_acts::act::Target;
use brownian::model::session_acts::form::Kind;
use brownian::model::session_acts::sheet::Chosen;
use brownian::model::settings::Theme;
use brownian::wire::services::session_fetch::Response as Fetched;
use brownian::wire::services::set_session_properties::Response as Changed;
use brownian::wire::services::{
    ChangeAuthorisationRoles, CloseClient, SessionFetch, SessionLockList, SetSessionProperties,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// The session of the test's connection.
const OWN: SessionId = SessionId { server: 0x1f2e_3d4c, session: 7 };

fn target(session: u64, principal: &str) -> Target {
    Target {
        session: SessionId { server: 0x1f2e_3d4c, session },
        principal: principal.into(),
        summary: "10.0.4.17  PYTHON".into(),
        roles: Some(vec!["CLIENT".into()]),
        own: None,
    }
}

fn bots(count: u64) -> Vec<Target> {
    (0..count).map(|n| target(0x0200 + n, "bot7")).collect()
}

/// The window in which the server counts so many sessions, and answers each act.
fn app(theme: Theme, environment: Environment, counted: i32) -> TestApp {
    let mut app = TestApp::new(theme);
    app.open("fx-live", environment);
    app.apply(live());
    app.handle(safety::Intent::SetMode(Mode::Confirm));
    app.answer::<SessionFetch>(Fetched::Found { sessions: Vec::new(), total_selected: counted });
    app.answer::<SessionLockList>(Vec::new());
    app.answer::<CloseClient>(());
    app.answer::<ChangeAuthorisationRoles>(());
    app.answer::<SetSessionProperties>(Changed { previous: Some(vec![("tier".into(), "silver".into())]), added: None });
    app
}

fn open(app: TestApp, kind: Kind, sessions: Vec<Target>, filter: Option<&str>) -> Harness<'static, TestApp> {
    let mut harness = window(app, SIZES[0]);
    let chosen = Chosen { sessions, filter: filter.map(str::to_owned) };
    harness.state_mut().handle(Intent::Open(kind, chosen));
    harness.run_steps(5);
    assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
    harness
}

fn calls(harness: &Harness<'_, TestApp>, name: &str) -> usize {
    harness.state().calls.iter().filter(|call| call.name == name).count()
}

fn type_in(harness: &mut Harness<'_, TestApp>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run_steps(3);
}

fn is_off(harness: &Harness<'_, TestApp>, button: &str) -> bool {
    harness.get_by_role_and_label(Role::Button, button).accesskit_node().is_disabled()
}

fn send(harness: &mut Harness<'_, TestApp>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
}

#[test]
fn sessions_on_production_are_closed_after_their_number_and_the_server_are_typed() {
    for theme in [Theme::Light, Theme::Dark] {
        let app = app(theme, Environment::Production, 14);
        let mut harness = open(app, Kind::Close, bots(14), Some("$Principal is \"bot7\""));
        assert!(harness.get_by_role_and_label(Role::Button, "Cancel").is_focused(), "the safe button");
        assert!(has_text(&harness, "14 sessions match at") && has_text(&harness, "counted by the server; 14 here"));
        assert!(has_text(&harness, "To keep bot7 out, change its password or roles first"));
        assert!(is_off(&harness, "Close 14 sessions") && has_text(&harness, "Type 14 first"));
        picture(&mut harness, &format!("close-sessions-{theme:?}"));
        type_in(&mut harness, "Type 14", "13");
        send(&mut harness);
        assert!(is_off(&harness, "Close 14 sessions") && calls(&harness, "close-client") == 0);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.run_steps(2);
        type_in(&mut harness, "Type 14", "14");
        assert!(has_text(&harness, "Type the server's name, fx-live, first"));
        type_in(&mut harness, "Type the server's name, fx-live", "fx-live");
        assert!(!is_off(&harness, "Close 14 sessions"));
        send(&mut harness);
        assert_eq!(calls(&harness, "close-client"), 14);
        let run = harness.state().model.active().and_then(|at| at.session_acts.run.as_ref()).expect("done");
        assert_eq!(run.runner.report.words("closed"), "14 closed");
        assert!(has_text(&harness, "Closed 14 sessions"));
    }
}

#[test]
fn enter_on_the_safe_button_does_nothing() {
    let mut harness = open(app(Theme::Light, Environment::Test, 2), Kind::Close, bots(2), None);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert!(!has_text(&harness, "Type 2") && calls(&harness, "close-client") == 0);
    let at = harness.state().model.active().expect("shown");
    assert!(at.session_acts.sheet.is_none() && at.session_acts.run.is_none());
}

#[test]
fn the_own_session_is_left_out_in_words_and_can_be_included() {
    let mut sessions = bots(2);
    sessions.push(Target { session: OWN, ..target(0, "control") });
    let mut harness = open(app(Theme::Light, Environment::Test, 2), Kind::Close, sessions, None);
    assert!(has_text(&harness, "Your own session matches and is left out"));
    assert!(has_text(&harness, "Close 2 sessions"));
    harness.get_by_label("Include it").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "This ends your connection") && has_text(&harness, "control (you)"));
    assert!(has_text(&harness, "Close 3 sessions"));
    picture(&mut harness, "close-own-session");
}

#[test]
fn a_property_is_set_and_put_back_by_keyboard() {
    let mut harness = open(app(Theme::Dark, Environment::Test, 1), Kind::Properties, bots(1), None);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Key 1").is_focused(), "the first field");
    assert!(has_text(&harness, "Write the key of a property first"));
    type_in(&mut harness, "Key 1", "$Principal");
    assert!(has_text(&harness, "$Principal cannot be set; of the fixed properties only $Country"));
    picture(&mut harness, "session-properties");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    type_in(&mut harness, "Key 1", "tier");
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Value 1").is_focused());
    harness.event(egui::Event::Text("gold".into()));
    harness.run_steps(3);
    send(&mut harness);
    assert_eq!(calls(&harness, "set-session-properties"), 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(5);
    assert!(has_text(&harness, "Puts back the properties of"));
    picture(&mut harness, "session-properties-undo");
    send(&mut harness);
    assert_eq!(calls(&harness, "set-session-properties"), 2);
    let journal = &harness.state().model.journal;
    assert!(journal.entries[0].undone_by.is_some());
}

#[test]
fn a_role_sheet_says_who_will_have_which_roles() {
    let mut sessions = bots(9);
    for target in &mut sessions[4..] {
        target.roles = Some(vec!["CLIENT".into(), "OPERATOR".into()]);
    }
    let mut harness = open(app(Theme::Light, Environment::Test, 9), Kind::Roles, sessions, None);
    type_in(&mut harness, "Add roles", "OPERATOR");
    assert!(has_text(&harness, "CLIENT → CLIENT, OPERATOR: 4; already so: 5"));
    type_in(&mut harness, "Type 9", "9");
    picture(&mut harness, "session-roles");
    send(&mut harness);
    assert_eq!(calls(&harness, "change-authorisation-roles"), 9);
}

#[test]
fn a_read_only_connection_opens_the_sheet_with_its_button_off() {
    let mut app = app(Theme::Light, Environment::Test, 2);
    app.handle(safety::Intent::SetMode(Mode::ReadOnly));
    let harness = open(app, Kind::Close, bots(2), None);
    assert!(is_off(&harness, "Close 2 sessions") && has_text(&harness, "This connection is read-only"));
}

#[test]
fn what_became_of_each_session_is_a_table() {
    let mut harness = open(app(Theme::Light, Environment::Test, 2), Kind::Close, bots(2), None);
    type_in(&mut harness, "Type 2", "2");
    send(&mut harness);
    harness.state_mut().handle(Intent::Show(true));
    harness.run_steps(5);
    assert!(has_text(&harness, "Closed 2") && has_text(&harness, "bot7"));
    assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
    picture(&mut harness, "session-outcomes");
}

/// The panel of sessions over a server with two other sessions of one principal.
fn panel(theme: Theme) -> Harness<'static, TestApp> {
    use brownian::model::session_list;
    let mut app = app(theme, Environment::Test, 2);
    app.handle(session_list::Intent::Listen);
    let mut harness = window(app, SIZES[1]);
    harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
    harness.run_steps(6);
    harness
}

#[test]
fn the_panel_offers_the_acts_for_what_is_checked_and_for_all_that_match() {
    let mut harness = panel(Theme::Light);
    assert!(has_text(&harness, "Sessions"));
    harness.get_by_role_and_label(Role::Button, "More acts on the list of sessions").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "All that match"));
    assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
    picture(&mut harness, "session-panel-more");
}

#[test]
fn the_panel_tells_the_outcome_in_its_line() {
    let mut harness = panel(Theme::Dark);
    harness.state_mut().handle(Intent::Open(Kind::Close, Chosen { sessions: bots(2), filter: None }));
    harness.run_steps(4);
    type_in(&mut harness, "Type 2", "2");
    send(&mut harness);
    harness.run_steps(3);
    assert!(has_text(&harness, "2 of 2 closed"));
    picture(&mut harness, "session-panel-outcome");
    harness.get_by_role_and_label(Role::Button, "Show").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "All 2"));
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, "Dismiss the outcome").click();
    harness.run_steps(4);
    assert!(!has_text(&harness, "2 of 2 closed"));
}

#[test]
fn a_request_to_the_chosen_session_is_prepared_in_the_message_console() {
    use brownian::model::requests::{Intent as Request, Target as Whom};
    let mut harness = panel(Theme::Light);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::M);
    harness.run_steps(5);
    let target = harness.state().intents.iter().rev().find_map(|intent| match intent {
        brownian::model::Intent::Feature(brownian::model::FeatureIntent::Requests(Request::Open { target })) => {
            Some(target.clone())
        }
        _ => None,
    });
    assert!(matches!(target, Some(Whom::Session(_))), "{target:?}");
    assert_eq!(calls(&harness, "messaging-send"), 0, "nothing is sent by that");
}
