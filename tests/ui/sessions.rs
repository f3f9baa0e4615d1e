//! The panel of sessions: every state, the walk by keyboard, and that rows hold still while somebody works in them.

use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, live, path_of, picture, recovering, window};
use brownian::client::api::{Event, InboundRequest, RequestId, SessionEvent};
use brownian::data::{CloseReason, SessionId};
use brownian::model::session_list::{Intent, SessionList};
use brownian::model::settings::Theme;
use brownian::wire::Service as _;
use brownian::wire::services::session_fetch::Response;
use brownian::wire::services::session_properties_event::{self, PropertyChange, SessionChange, Update};
use brownian::wire::services::{
    GetSelectors, ListGlobalPermissions, SessionEventDeregistration, SessionEventRegistration, SessionFetch,
    SessionLockList, SessionPropertiesEvent, get_selectors, session_lock_get,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// Wide enough for the detail beside the table.
const WIDE: [f32; 2] = [2400.0, 1080.0];
/// High enough for all rows.
const TALL: [f32; 2] = [1440.0, 900.0];
/// All permissions.
const ALL: &[u8] = &[0, 1, 2, 3, 4, 5, 6];
/// Principal, roles, kind of client and tier of the sessions, by their numbers.
const SESSIONS: &[(&str, &str, &str, &str)] = &[
    ("control", "\"CLIENT_CONTROL\",\"TOPIC_CONTROL\"", "OTHER", ""),
    ("bot7", "\"CLIENT\"", "PYTHON", "silver"),
    ("bot7", "\"CLIENT\"", "PYTHON", "silver"),
    ("ada", "\"CLIENT\"", "JAVASCRIPT_BROWSER", "gold"),
    ("max", "\"CLIENT\",\"OPERATOR\"", "JAVASCRIPT_BROWSER", "gold"),
    ("", "", "JAVASCRIPT_BROWSER", ""),
    ("bella", "\"CLIENT\"", "DOTNET", "silver"),
    ("bot10", "\"CLIENT\"", "PYTHON", "bronze"),
];

fn id(session: u64) -> SessionId {
    // The own session of the window has number 7 there.
    SessionId { server: 0x1f2e_3d4c, session: 7 + session }
}

fn properties(app: &TestApp, number: u64) -> Vec<(String, String)> {
    let (principal, roles, kind, tier) = SESSIONS[number as usize % SESSIONS.len()];
    let start = app.model.now.0 / 1000 - 3_600_000 + number as i64 * 1000;
    let mut list = vec![
        ("$SessionId".to_owned(), id(number).to_string()),
        ("$Principal".to_owned(), principal.to_owned()),
        ("$Roles".to_owned(), roles.to_owned()),
        ("$ClientType".to_owned(), kind.to_owned()),
        ("$ClientIP".to_owned(), format!("10.0.4.{number}")),
        ("$StartTime".to_owned(), start.to_string()),
        ("$Environment".to_owned(), "PYTHON_CPython_3.12".to_owned()),
        ("$ServerName".to_owned(), "fx-live-1".to_owned()),
    ];
    if !tier.is_empty() {
        list.push(("tier".to_owned(), tier.to_owned()));
        list.push(("desk".to_owned(), "LDN-4".to_owned()));
    }
    list
}

fn tell(app: &mut TestApp, events: Vec<(SessionId, SessionChange)>) {
    let at = app.model.now;
    let request = Box::new(session_properties_event::Request { listener: 1, events });
    app.apply(Event::Session(SessionEvent::Request(InboundRequest {
        id: RequestId(1),
        service: SessionPropertiesEvent::ID,
        request,
        size_bytes: 1,
        at,
        until: None,
    })));
}

fn open(app: &mut TestApp, number: u64) {
    let opened = SessionChange::Opened(properties(app, number));
    tell(app, vec![(id(number), opened)]);
}

fn close(app: &mut TestApp, number: u64, reason: CloseReason) {
    let properties = properties(app, number);
    tell(app, vec![(id(number), SessionChange::Closed { reason, properties })]);
}

fn disconnect(app: &mut TestApp, number: u64) {
    let same = |(key, value)| (key, PropertyChange::Same(value));
    let changes = properties(app, number).into_iter().map(same).collect();
    tell(app, vec![(id(number), SessionChange::Updated { update: Update::Disconnected, changes })]);
}

/// A live session that may do this, at a server that counts so many sessions.
fn app(theme: Theme, permissions: &[u8], total: i32) -> TestApp {
    let mut app = TestApp::connecting(theme);
    app.answer::<ListGlobalPermissions>(permissions.to_vec());
    app.answer::<SessionFetch>(Response::Found { sessions: Vec::new(), total_selected: total });
    app.answer::<SessionEventRegistration>(Vec::new());
    app.apply(live());
    app
}

/// Eight sessions, one of them disconnected.
fn full(theme: Theme) -> TestApp {
    let mut app = app(theme, ALL, SESSIONS.len() as i32);
    app.handle(Intent::Listen);
    for number in 0..SESSIONS.len() as u64 {
        open(&mut app, number);
    }
    disconnect(&mut app, 2);
    app
}

fn shown(app: TestApp, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut harness = window(app, size);
    harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
    harness.run_steps(5);
    harness
}

fn list<'a>(harness: &'a Harness<'_, TestApp>) -> &'a SessionList {
    &harness.state().model.active().expect("shown").session_list
}

/// The rows of the table, from top to bottom.
fn rows(harness: &Harness<'_, TestApp>) -> Vec<String> {
    let rows = harness.query_all_by_role(Role::Row).filter_map(|row| {
        let label = row.accesskit_node().label()?;
        Some((row.rect().top(), label))
    });
    let mut rows: Vec<(f32, String)> = rows.collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, label)| label).collect()
}

fn key(harness: &mut Harness<'_, TestApp>, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

fn ctrl(harness: &mut Harness<'_, TestApp>, key: Key) {
    harness.key_press_modifiers(Modifiers::COMMAND, key);
    harness.run_steps(3);
}

fn write(harness: &mut Harness<'_, TestApp>, text: &str) {
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

fn pass(harness: &mut Harness<'_, TestApp>, secs: f64) {
    harness.state_mut().pass(secs);
    harness.run_steps(3);
}

#[test]
fn the_key_of_the_panel_turns_its_view_only_where_it_has_the_keyboard() {
    let mut harness = window(TestApp::full(Theme::Dark), SIZES[1]);
    let press = |harness: &mut Harness<'_, TestApp>, key| {
        harness.key_press_modifiers(Modifiers::ALT, key);
        harness.run_steps(4);
    };
    let closed = |harness: &Harness<'_, TestApp>| has_text(harness, "No session has closed");
    harness.state_mut().shell.dock.show("sessions");
    harness.run_steps(3);
    press(&mut harness, Key::Num4);
    assert!(!closed(&harness), "it was on screen, and had no keyboard");
    press(&mut harness, Key::Num4);
    assert!(closed(&harness));
    press(&mut harness, Key::Num3);
    press(&mut harness, Key::Num4);
    assert!(closed(&harness), "it came back as it was");
    press(&mut harness, Key::Num4);
    assert!(!closed(&harness));
}

#[test]
fn the_key_shows_the_sessions_with_the_ring_on_the_first_row() {
    let mut harness = shown(full(Theme::Light), TALL);
    let shown = rows(&harness);
    assert_eq!(shown.len(), 8);
    assert_eq!(shown[0], "bot10, connected");
    assert_eq!(shown[2], "anonymous, connected");
    assert!(shown[5].starts_with("bot7, disconnected since"), "{shown:?}");
    assert_eq!(shown[7], "control, connected, you");
    assert!(harness.get_by_role_and_label(Role::Table, "Sessions").accesskit_node().is_focused());
    for words in ["Live 8", "8 of 8", "Connected 7", "Disconnected 1", "New 0"] {
        assert!(has_text(&harness, words), "no {words}");
    }
    key(&mut harness, Key::ArrowDown);
    assert_eq!(list(&harness).selected, Some(id(6)));
    assert_eq!(list(&harness).chosen(), [id(6)]);
}

#[test]
fn rows_hold_still_while_keys_are_pressed_and_home_lets_them_in() {
    let mut harness = shown(full(Theme::Light), TALL);
    key(&mut harness, Key::ArrowDown);
    let before = rows(&harness);
    open(harness.state_mut(), 9);
    close(harness.state_mut(), 3, CloseReason::CONNECTION_LOST);
    pass(&mut harness, 1.0);
    let held: Vec<String> = rows(&harness);
    assert_eq!(held.len(), before.len());
    assert!(held[4].starts_with("ada, closed at") && held[4].ends_with("CONNECTION_LOST"), "{held:?}");
    assert!(has_text(&harness, "+1 new, 1 closed are held back"));
    key(&mut harness, Key::Home);
    pass(&mut harness, 1.0);
    assert!(!has_text(&harness, "held back"));
    assert!(rows(&harness).iter().any(|row| row.ends_with("new")), "{:?}", rows(&harness));
    pass(&mut harness, 6.0);
    pass(&mut harness, 6.0);
    assert!(!rows(&harness).iter().any(|row| row.contains("CONNECTION_LOST")), "{:?}", rows(&harness));
}

#[test]
fn the_selected_row_keeps_its_place_while_others_come_and_go() {
    let mut app = full(Theme::Light);
    for number in 20..60 {
        open(&mut app, number);
    }
    let mut harness = shown(app, TALL);
    for _ in 0..3 {
        key(&mut harness, Key::ArrowDown);
    }
    pass(&mut harness, 6.0);
    let chosen = list(&harness).selected.expect("a row");
    let place = |harness: &Harness<'_, TestApp>| {
        let mut rows =
            harness.query_all_by_role(Role::Row).filter(|row| row.accesskit_node().is_selected() == Some(true));
        rows.next().expect("the selected row is in sight").rect().top()
    };
    let before = place(&harness);
    for number in 70..75 {
        open(harness.state_mut(), number);
        pass(&mut harness, 1.0);
    }
    assert!(!has_text(&harness, "held back") && has_text(&harness, "Live 53"));
    assert!((place(&harness) - before).abs() < 1.0, "{} is not {before}", place(&harness));
    assert_eq!(list(&harness).selected, Some(chosen));
}

#[test]
fn a_closed_tab_ends_the_listener_and_an_open_one_begins_it_again() {
    let mut harness = shown(full(Theme::Light), TALL);
    let count = |harness: &Harness<'_, TestApp>, service| {
        harness.state().calls.iter().filter(|call| call.service == service).count()
    };
    harness.get_by_label("Close Sessions").click();
    harness.run_steps(4);
    assert_eq!(count(&harness, SessionEventDeregistration::ID), 1);
    let before = count(&harness, SessionEventRegistration::ID);
    harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
    harness.run_steps(5);
    assert_eq!(count(&harness, SessionEventRegistration::ID), before + 1);
    assert_eq!(rows(&harness).len(), 8, "what was known is there until it is told anew");
}

#[test]
fn letters_typed_in_the_table_are_looked_for_and_esc_clears_them() {
    let mut harness = shown(full(Theme::Light), TALL);
    key(&mut harness, Key::ArrowDown);
    for letter in ["b", "o", "t"] {
        write(&mut harness, letter);
    }
    assert!(has_text(&harness, "Read as: Text") && has_text(&harness, "3 of 8"));
    assert_eq!(rows(&harness).len(), 3);
    key(&mut harness, Key::Escape);
    assert_eq!((list(&harness).filter.text(), rows(&harness).len()), ("", 8));
    assert!(harness.get_by_role_and_label(Role::Table, "Sessions").accesskit_node().is_focused());
    assert_eq!(list(&harness).selected, Some(id(6)), "the same row");
}

#[test]
fn a_filter_is_completed_corrected_and_kept() {
    let mut harness = shown(full(Theme::Light), TALL);
    ctrl(&mut harness, Key::F);
    write(&mut harness, "$Pri");
    assert!(has_text(&harness, "$Principal 8"));
    key(&mut harness, Key::Tab);
    assert_eq!(list(&harness).filter.text(), "$Principal ");
    write(&mut harness, "is ");
    key(&mut harness, Key::ArrowDown);
    assert!(has_text(&harness, "\"bot7\" 2"));
    key(&mut harness, Key::Tab);
    assert_eq!(list(&harness).filter.text(), "$Principal is \"bot7\" ");
    assert!(has_text(&harness, "Read as: Filter") && has_text(&harness, "2 of 8"));
    key(&mut harness, Key::Backspace);
    key(&mut harness, Key::Backspace);
    assert!(has_text(&harness, "(position 15)"), "the place of the error");
    assert_eq!(rows(&harness).len(), 2, "the last good filter stays");
    write(&mut harness, "\"");
    assert!(!has_text(&harness, "(position"));
    ctrl(&mut harness, Key::S);
    write(&mut harness, "Bots");
    key(&mut harness, Key::Enter);
    assert_eq!(list(&harness).saved[0].name, "Bots");
    ctrl(&mut harness, Key::F);
    key(&mut harness, Key::Escape);
    if !list(&harness).filter.text().is_empty() {
        key(&mut harness, Key::Escape);
    }
    assert_eq!(list(&harness).filter.text(), "");
    key(&mut harness, Key::F4);
    write(&mut harness, "Bot");
    key(&mut harness, Key::Enter);
    assert_eq!(list(&harness).filter.text(), "$Principal is \"bot7\"");
}

#[test]
fn groups_open_by_key_and_are_checked_as_a_whole() {
    let mut harness = shown(full(Theme::Light), TALL);
    ctrl(&mut harness, Key::G);
    write(&mut harness, "rol");
    key(&mut harness, Key::Enter);
    assert!(has_text(&harness, "Group: Role"));
    let shown = rows(&harness);
    assert!(shown[0].starts_with("Group CLIENT, 6 · 1 disconnected"), "{shown:?}");
    key(&mut harness, Key::Home);
    key(&mut harness, Key::ArrowRight);
    assert_eq!(rows(&harness).len(), shown.len() + 6);
    key(&mut harness, Key::Space);
    assert_eq!(list(&harness).checked.len(), 6);
    assert!(has_text(&harness, "6 checked"));
    close(harness.state_mut(), 1, CloseReason::REVOKED);
    pass(&mut harness, 1.0);
    assert!(has_text(&harness, "5 checked, 1 has closed"));
    key(&mut harness, Key::Escape);
    assert!(list(&harness).checked.is_empty());
}

#[test]
fn the_detail_shows_what_is_known_and_asks_for_selections() {
    let mut app = full(Theme::Light);
    let selection = get_selectors::Selection { selector: "?fx//".into(), kind: get_selectors::SelectionKind::Select };
    app.answer::<GetSelectors>(vec![(String::new(), vec![selection])]);
    let mut harness = shown(app, WIDE);
    key(&mut harness, Key::Enter);
    for words in
        ["Fixed properties  8", "User properties  2", "Roles  1", "Queue and conflation", "Events  1", "bronze"]
    {
        assert!(has_text(&harness, words), "no {words}");
    }
    harness.get_by_label("Selections").click();
    harness.run_steps(5);
    assert!(has_text(&harness, "Default scope") && has_text(&harness, "?fx//") && has_text(&harness, "asked at"));
    harness.get_by_label("Queue and conflation").click();
    harness.run_steps(5);
    assert!(has_text(&harness, "The server does not tell the queue of a single session"));
    harness.get_by_role_and_label(Role::Table, "Sessions").focus();
    harness.run_steps(2);
    key(&mut harness, Key::F6);
    assert!(harness.get_by_label("Close the detail").accesskit_node().is_focused());
    key(&mut harness, Key::Escape);
    assert_eq!(list(&harness).opened, None);
    assert!(harness.get_by_role_and_label(Role::Table, "Sessions").accesskit_node().is_focused(), "back on the row");
}

#[test]
fn in_a_small_window_the_detail_takes_the_place_of_the_table() {
    let mut harness = shown(full(Theme::Light), SIZES[0]);
    key(&mut harness, Key::Enter);
    assert!(has_text(&harness, "Back to the sessions") && rows(&harness).is_empty());
    harness.get_by_label("Back to the sessions").click();
    harness.run_steps(3);
    assert!(rows(&harness).len() > 2, "{:?}", rows(&harness));
}

#[test]
fn what_has_closed_is_listed_by_reason() {
    let mut harness = shown(full(Theme::Light), TALL);
    for (number, reason) in
        [(1, CloseReason::CONNECTION_LOST), (2, CloseReason::CONNECTION_LOST), (4, CloseReason::CLOSED_BY_CONTROLLER)]
    {
        close(harness.state_mut(), number, reason);
    }
    harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
    harness.run_steps(5);
    assert!(has_text(&harness, "Closed 3") && has_text(&harness, "CONNECTION_LOST 2 · CLOSED_BY_CONTROLLER 1"));
    assert_eq!(rows(&harness).len(), 3);
    ctrl(&mut harness, Key::G);
    write(&mut harness, "rea");
    key(&mut harness, Key::Enter);
    assert!(rows(&harness)[0].starts_with("Group CONNECTION_LOST, 2"), "{:?}", rows(&harness));
}

#[test]
fn each_state_has_its_words() {
    let hidden = app(Theme::Light, &[3], 0);
    let mut harness = shown(hidden, SIZES[0]);
    pass(&mut harness, 1.0);
    assert!(has_text(&harness, "The list of sessions needs VIEW_SESSION, which this session does not have"));
    assert!(!harness.state().calls.iter().any(|call| call.service == SessionFetch::ID), "nothing is asked");

    let mut harness = shown(app(Theme::Light, ALL, 212_408), SIZES[0]);
    assert!(has_text(&harness, "212,408 sessions are on this server; this table holds 20,000"));
    assert!(has_text(&harness, "Show the newest 1,000"));
    picture(&mut harness, "sessions-too-many");

    let mut fetched = app(Theme::Light, &[1], 2);
    let start_time = Some(fetched.model.now.0 / 1000);
    let sessions = [0, 1].map(|number| brownian::wire::services::session_fetch::FetchedSession {
        start_time,
        properties: properties(&fetched, number),
    });
    fetched.answer::<SessionFetch>(Response::Found { sessions: sessions.to_vec(), total_selected: 2 });
    let harness = shown(fetched, SIZES[0]);
    assert!(has_text(&harness, "not live") && has_text(&harness, "A live list needs REGISTER_HANDLER too"));
    assert!(rows(&harness)[0].contains("fetched, not live"), "{:?}", rows(&harness));

    let mut lost = shown(full(Theme::Light), TALL);
    lost.state_mut().apply(recovering());
    lost.run_steps(3);
    assert!(has_text(&lost, "As of") && has_text(&lost, "Reconnecting, try 3"));
    assert_eq!(rows(&lost).len(), 8, "what was known stays");

    let mut harness = shown(full(Theme::Light), TALL);
    write(&mut harness, "z");
    write(&mut harness, "z");
    assert!(has_text(&harness, "No session matches the filter among 8"));
    harness.get_by_label("Clear the filter").click();
    harness.run_steps(3);
    assert_eq!(rows(&harness).len(), 8);
}

#[test]
fn a_silent_server_is_waited_for_and_can_be_given_up() {
    let mut waiting = TestApp::connected(Theme::Light, Serve::Silent, Vec::new());
    waiting.handle(Intent::Listen);
    waiting.pass(3.0);
    let mut harness = shown(waiting, SIZES[0]);
    assert!(has_text(&harness, "Reading sessions…"));
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "Listen again"));
}

#[test]
fn holders_of_locks_and_owners_of_topics_lead_to_their_sessions() {
    let mut app = full(Theme::Light);
    let server_name = "fx-live-1".to_owned();
    let held = session_lock_get::LockDetails { server_name, session: id(3), sequence: 1 };
    app.answer::<SessionLockList>(vec![("jobs/nightly".into(), held)]);
    app.add(vec![Topic::json("fx/owned", "1").with("OWNER", "$Principal is \"bot7\"")]);
    app.handle(brownian::model::inspector::Intent::Select(Some(path_of("fx/owned"))));
    app.pass(1.0);
    let mut harness = window(app, TALL);
    harness.state_mut().shell.dock.show("locks");
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Table, "Session locks").focus();
    harness.run_steps(2);
    key(&mut harness, Key::ArrowDown);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::F10);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Open session").click();
    harness.run_steps(4);
    assert_eq!(list(&harness).opened, Some(id(3)));
    assert!(has_text(&harness, "User properties") && has_text(&harness, "ada"));
    harness.state_mut().shell.dock.show("specification");
    harness.run_steps(3);
    harness.get_by_label("Open sessions of bot7").click();
    harness.run_steps(4);
    assert_eq!(list(&harness).filter.text(), "$Principal is \"bot7\"");
}

#[test]
fn the_rail_says_which_permission_is_missing() {
    let harness = shown(app(Theme::Light, &[3], 0), SIZES[0]);
    let permissions = &harness.state().model.active().expect("shown").permissions;
    assert!(permissions.lacks(brownian::data::security::GlobalPermissions::VIEW_SESSION));
    let mut harness = harness;
    harness.get_by_role_and_label(Role::Button, "Locks").hover();
    harness.run_steps(40);
    assert!(has_text(&harness, "Needs VIEW_SERVER, which this session does not have"));
}

#[test]
fn pictures_of_the_panel() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in [SIZES[0], SIZES[1], WIDE] {
            let mut app = full(theme);
            app.answer::<GetSelectors>(Vec::new());
            let mut harness = shown(app, size);
            let name = |part: &str| format!("sessions-{part}-{theme:?}-{}", size[0]);
            key(&mut harness, Key::Space);
            open(harness.state_mut(), 9);
            close(harness.state_mut(), 6, CloseReason::CONNECTION_LOST);
            pass(&mut harness, 1.0);
            picture(&mut harness, &name("table"));
            key(&mut harness, Key::Enter);
            picture(&mut harness, &name("detail"));
            harness.state_mut().handle(Intent::Open(None));
            harness.state_mut().handle(Intent::Group(Some(brownian::model::session_list::groups::GroupBy::Role)));
            harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
            harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
            harness.run_steps(4);
            picture(&mut harness, &name("groups"));
            ctrl(&mut harness, Key::F);
            write(&mut harness, "$Principal is ");
            picture(&mut harness, &name("offers"));
            harness.state_mut().handle(Intent::SetFilter(String::new()));
            harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
            harness.run_steps(4);
            picture(&mut harness, &name("closed"));
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        }
    }
}
