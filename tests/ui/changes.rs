//! Changing a value by hand: sheet, guard, answer, undo, and what a read-only connection refuses.

use crate::test_app::{SIZES, Serve, TestApp, Topic, has_text, path_of, picture, topics, window};
use brownian::data::TopicType;
use brownian::data::value::DataType;
use brownian::data::value::json::Json;
use brownian::model::change::{Change, Guard, Patch, Set, Snapshot};
use brownian::model::changes::{self, Proposal};
use brownian::model::connections::Environment;
use brownian::model::safety::Mode;
use brownian::model::settings::Theme;
use brownian::model::{Intent, inspector, notices};
use bytes::Bytes;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const QUOTE: &str = "fx/EURUSD/quote";

fn json(text: &str) -> Bytes {
    Json::from_text(text).expect("JSON").to_cbor().into()
}

fn value_of(harness: &Harness<'_, TestApp>) -> String {
    let connected = harness.state().model.active().expect("shown");
    let value = &connected.inspector.latest.as_ref().expect("a value").value;
    Json::from_cbor(value).expect("JSON").to_text()
}

fn sets(harness: &Harness<'_, TestApp>) -> usize {
    harness.state().calls.iter().filter(|call| call.name == "topic-set").count()
}

/// The window with the quote selected.
fn selected(theme: Theme, size: [f32; 2]) -> Harness<'static, TestApp> {
    let mut app = TestApp::connected(theme, Serve::Answers, topics());
    app.handle(inspector::Intent::Select(Some(path_of(QUOTE))));
    app.pass(0.5);
    window(app, size)
}

fn ask(harness: &mut Harness<'_, TestApp>, new: &str) {
    let before = harness.state().model.active().and_then(|c| c.inspector.latest.clone()).map(|a| a.value);
    let guard = before.clone().map_or(Guard::NoValue, Guard::StillValue);
    let change = Set { path: path_of(QUOTE), data_type: DataType::Json, value: json(new), guard };
    let seen_at = harness.state().model.now;
    let proposal = Proposal::new(change, Snapshot { spec: None, value: before }, seen_at);
    harness.state_mut().handle(changes::Intent::Ask(Box::new(proposal)));
    harness.run_steps(4);
}

const NEW: &str = r#"{"bid":1.09,"ask":1.0843,"venue":"EBS"}"#;

#[test]
fn a_change_is_shown_sent_and_taken_back() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    let old = value_of(&harness);
    ask(&mut harness, NEW);
    assert!(has_text(&harness, "inserted /bid 1.09") && has_text(&harness, "only if the value is still the one I saw"));
    assert!(harness.get_by_role_and_label(Role::Button, "Cancel").is_focused(), "the safe button has the keyboard");
    picture(&mut harness, "sheet-apply");
    harness.get_by_role_and_label(Role::Button, "Set value").click();
    harness.run_steps(4);
    assert_eq!(value_of(&harness), NEW);
    assert!(has_text(&harness, "Set fx/EURUSD/quote · 0.8 ms"));
    picture(&mut harness, "notice-undo");
    harness.get_by_role_and_label(Role::Button, "Undo").click();
    harness.run_steps(4);
    assert!(has_text(&harness, "Undo: Set fx/EURUSD/quote") && sets(&harness) == 1, "shown like every change");
    picture(&mut harness, "sheet-undo");
    harness.get_by_role_and_label(Role::Button, "Set value").click();
    harness.run_steps(4);
    assert_eq!((value_of(&harness), sets(&harness)), (old, 2));
}

#[test]
fn news_above_the_buttons_leave_the_keyboard_on_the_safe_one() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    ask(&mut harness, NEW);
    harness.state_mut().update(QUOTE, "7");
    harness.run_steps(4);
    assert!(has_text(&harness, "The value has changed since you saw it"));
    assert!(harness.get_by_role_and_label(Role::Button, "Cancel").is_focused());
}

#[test]
fn the_sheet_obeys_the_keyboard() {
    let mut harness = selected(Theme::Dark, SIZES[0]);
    ask(&mut harness, NEW);
    picture(&mut harness, "sheet-apply-dark");
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(!has_text(&harness, "only if the value is still") && sets(&harness) == 0);
    ask(&mut harness, NEW);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    assert_eq!(value_of(&harness), NEW);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    assert_ne!(value_of(&harness), NEW, "taken back by keys");
}

#[test]
fn a_patch_is_offered_for_json() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    ask(&mut harness, NEW);
    harness.get_by_label_contains("Send a patch of the changed parts").click();
    harness.run_steps(4);
    assert!(has_text(&harness, r#"[{"op":"replace","path":"/bid","value":1.09}]"#));
    picture(&mut harness, "sheet-patch");
    let sheet = harness.state().model.active().and_then(|c| c.changes.sheet.clone()).expect("open");
    assert!(matches!(sheet.proposal.change, Change::Patch(Patch { guard: Guard::StillValue(_), .. })));
    harness.get_by_label_contains("Send a patch of the changed parts").click();
    harness.run_steps(4);
    let sheet = harness.state().model.active().and_then(|c| c.changes.sheet.clone()).expect("open");
    assert!(matches!(sheet.proposal.change, Change::Set(_)));
}

#[test]
fn a_value_that_moved_on_is_told_and_not_overwritten() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    ask(&mut harness, NEW);
    harness.state_mut().update(QUOTE, r#"{"bid":2}"#);
    harness.run_steps(4);
    assert!(has_text(&harness, "The value has changed since you saw it"));
    picture(&mut harness, "sheet-moved-on");
    harness.get_by_role_and_label(Role::Button, "Set value").click();
    harness.run_steps(4);
    assert_eq!(value_of(&harness), r#"{"bid":2}"#);
    assert!(has_text(&harness, "the value is no longer the one you saw"));
}

#[test]
fn a_read_only_connection_sends_nothing() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    harness.state_mut().handle(brownian::model::safety::Intent::SetMode(Mode::ReadOnly));
    ask(&mut harness, NEW);
    assert!(has_text(&harness, "this connection is read-only"));
    assert!(harness.query_by_role_and_label(Role::Button, "Set value").is_none());
    // Even an intent past the sheet ends beneath the panels.
    harness.state_mut().handle(brownian::model::safety::Intent::SetMode(Mode::Confirm));
    ask(&mut harness, NEW);
    harness.state_mut().handle(brownian::model::safety::Intent::SetMode(Mode::ReadOnly));
    harness.state_mut().handle(changes::Intent::Send);
    harness.run_steps(4);
    assert_eq!(sets(&harness), 0);
}

fn connected_of<'h>(harness: &'h Harness<'_, TestApp>) -> &'h brownian::model::Connected {
    harness.state().model.active().expect("shown")
}

/// Replaces all of a field's text.
fn retype(harness: &mut Harness<'_, TestApp>, role: Role, field: &str, text: &str) {
    harness.get_by_role_and_label(role, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(4);
}

const JSON: &str = "New JSON value";

#[test]
fn a_value_is_edited_checked_and_applied() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    assert!(harness.get_by_role_and_label(Role::MultilineTextInput, JSON).is_focused());
    picture(&mut harness, "editor-json");
    retype(&mut harness, Role::MultilineTextInput, JSON, "{\n  \"bid\": 1.09x\n}");
    assert!(has_text(&harness, "(line 2, column 14)"));
    picture(&mut harness, "editor-json-error");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    assert!(connected_of(&harness).changes.sheet.is_none(), "what is no value is not asked for");
    retype(&mut harness, Role::MultilineTextInput, JSON, "{\"bid\": 1.09}");
    harness.get_by_role_and_label(Role::Button, "Format").click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, "Apply…").click();
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    assert_eq!(value_of(&harness), r#"{"bid":1.09}"#);
    assert!(connected_of(&harness).editor.drafts.is_empty(), "the draft has done its work");
    assert!(!has_text(&harness, JSON));
}

#[test]
fn a_draft_survives_another_selection_and_a_lost_line() {
    let mut harness = selected(Theme::Dark, SIZES[0]);
    harness.get_by_role_and_label(Role::Button, "Edit value (F2)").click();
    harness.run_steps(4);
    retype(&mut harness, Role::MultilineTextInput, JSON, "[1,");
    harness.state_mut().handle(inspector::Intent::Select(Some(path_of("status"))));
    harness.run_steps(4);
    assert!(!has_text(&harness, JSON));
    harness.state_mut().apply(crate::test_app::recovering());
    harness.state_mut().handle(inspector::Intent::Select(Some(path_of(QUOTE))));
    harness.run_steps(4);
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, JSON);
    assert_eq!(field.value().as_deref(), Some("[1,"));
    retype(&mut harness, Role::MultilineTextInput, JSON, "[1]");
    picture(&mut harness, "editor-lost-line-dark");
    harness.get_by_role_and_label(Role::Button, "Apply…").click();
    harness.run_steps(4);
    assert!(connected_of(&harness).changes.sheet.is_none(), "not without a connection");
}

#[test]
fn a_conflict_is_compared_three_ways() {
    let mut harness = selected(Theme::Light, SIZES[0]);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    retype(&mut harness, Role::MultilineTextInput, JSON, NEW);
    harness.state_mut().update(QUOTE, r#"{"bid":1.0841,"ask":7,"venue":"EBS"}"#);
    harness.run_steps(4);
    assert!(has_text(&harness, "The value changed since you began"));
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, JSON);
    assert!(field.is_focused(), "news above the field do not take the keyboard away");
    picture(&mut harness, "editor-changed");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(6);
    assert!(has_text(&harness, "was changed by somebody else"));
    assert!(
        harness.get_by_role_and_label(Role::Button, "Decide later").is_focused(),
        "the safe button has the keyboard"
    );
    picture(&mut harness, "conflict");
    harness.get_by_role_and_label(Role::Button, "Decide later").click();
    harness.run_steps(4);
    assert!(!connected_of(&harness).editor.drafts.is_empty(), "deciding later keeps mine");
    harness.get_by_role_and_label(Role::Button, "Compare").click();
    harness.run_steps(6);
    harness.get_by_role_and_label(Role::Button, "Send mine over theirs").click();
    harness.run_steps(6);
    assert_eq!(value_of(&harness), NEW);
    assert!(connected_of(&harness).editor.drafts.is_empty());
}

#[test]
fn theirs_can_be_taken() {
    let mut harness = selected(Theme::Dark, SIZES[0]);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    retype(&mut harness, Role::MultilineTextInput, JSON, NEW);
    harness.state_mut().update(QUOTE, "7");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(6);
    picture(&mut harness, "conflict-dark");
    harness.get_by_role_and_label(Role::Button, "Take theirs").click();
    harness.run_steps(6);
    assert_eq!((value_of(&harness), sets(&harness)), ("7".to_owned(), 1));
    assert!(connected_of(&harness).editor.drafts.is_empty());
}

#[test]
fn production_is_unlocked_after_a_question_and_locks_again() {
    let mut app = TestApp::new(Theme::Light);
    app.open("fx-live", Environment::Production);
    app.add(topics());
    app.apply(crate::test_app::live());
    let mut harness = window(app, SIZES[0]);
    let mode = |harness: &Harness<'_, TestApp>| connected_of(harness).safety.mode(harness.state().model.now);
    assert_eq!(mode(&harness), Mode::ReadOnly);
    picture(&mut harness, "mode-production");
    harness.get_by_label_contains("Read-only: Nothing that changes").click();
    harness.run_steps(4);
    picture(&mut harness, "mode-menu");
    harness.get_by_role_and_label(Role::RadioButton, "Confirm").click();
    harness.run_steps(4);
    assert_eq!(mode(&harness), Mode::ReadOnly, "first the question");
    assert!(harness.get_by_role_and_label(Role::Button, "Keep read-only").is_focused());
    picture(&mut harness, "mode-question");
    harness.get_by_role_and_label(Role::Button, "Unlock fx-live for 15 minutes").click();
    harness.run_steps(4);
    assert_eq!(mode(&harness), Mode::Confirm);
    assert!(has_text(&harness, "Confirm · locks in 5:00"));
    picture(&mut harness, "mode-unlocked");
    harness.state_mut().pass(301.0);
    harness.run_steps(4);
    assert_eq!(mode(&harness), Mode::ReadOnly);
}

#[test]
fn the_journal_lists_undoes_and_repeats() {
    let mut harness = selected(Theme::Light, SIZES[1]);
    let old = value_of(&harness);
    harness.state_mut().shell.dock.show("journal");
    harness.run_steps(3);
    assert!(has_text(&harness, "No changes made"));
    ask(&mut harness, NEW);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    harness.state_mut().handle(notices::Intent::DismissAll); // they lie over the panel
    harness.run_steps(3);
    harness.get_by_label_contains("Set fx/EURUSD/quote, Done").click();
    harness.run_steps(4);
    picture(&mut harness, "journal");
    assert!(has_text(&harness, "inserted /bid 1.09") && has_text(&harness, "as trader"));
    harness.get_by_role_and_label(Role::Button, "Undo").click();
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    harness.state_mut().handle(notices::Intent::DismissAll);
    harness.run_steps(3);
    assert_eq!(value_of(&harness), old);
    assert!(has_text(&harness, "Set fx/EURUSD/quote, Undone"));
    harness.get_by_role_and_label(Role::Button, "Repeat…").click();
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(4);
    assert_eq!((value_of(&harness).as_str(), sets(&harness)), (NEW, 3));
    picture(&mut harness, "journal-three");
    harness.get_by_label("Filter changes").focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text("undone quote".into()));
    harness.run_steps(4);
    assert!(!has_text(&harness, "Set fx/EURUSD/quote, Done") && has_text(&harness, "Set fx/EURUSD/quote, Undone"));
    harness.get_by_role_and_label(Role::Button, "Export…").click();
    harness.run_steps(4);
    let exported = harness.state().intents.iter().any(|i| matches!(i, Intent::Journal(_)));
    assert!(exported);
}

#[test]
fn entries_are_deleted_by_their_menu_and_all_at_once_after_a_question() {
    let mut harness = selected(Theme::Light, SIZES[1]);
    harness.state_mut().shell.dock.show("journal");
    for value in ["1", "2", "3"] {
        ask(&mut harness, value);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.run_steps(4);
    }
    harness.state_mut().handle(notices::Intent::DismissAll);
    harness.run_steps(3);
    let entries = |harness: &Harness<'_, TestApp>| harness.state().model.journal.entries.len();
    assert_eq!(entries(&harness), 3);
    harness.get_by_label("Filter changes").focus();
    harness.run_steps(2);
    harness.get_all_by_label_contains("Set fx/EURUSD/quote, Done").next().expect("a row").click_secondary();
    harness.run_steps(4);
    harness.get_by_label("Delete from the journal").click();
    harness.run_steps(4);
    assert_eq!(entries(&harness), 2);
    harness.get_by_label("Data kept on this computer").click();
    harness.run_steps(4);
    picture(&mut harness, "kept-data-full");
    harness.get_by_label("Delete all changes…").click();
    harness.run_steps(4);
    assert_eq!(entries(&harness), 2, "asked first");
    picture(&mut harness, "kept-data-asked");
    harness.get_by_label("Delete 2 changes for good").click();
    harness.run_steps(4);
    assert_eq!(entries(&harness), 0);
}

#[test]
fn a_window_that_keeps_nothing_says_so_all_the_time() {
    let mut app = TestApp::full(Theme::Dark);
    app.model.not_kept = Some("Another running Brownian (process 4711) uses this folder. Settings, profiles, drafts and the journal are read and not written: /home/ada/.local/share/brownian".into());
    let mut harness = window(app, SIZES[0]);
    harness.run_steps(4);
    assert!(has_text(&harness, "Nothing of this window is kept"));
    picture(&mut harness, "not-kept");
}

const SCHEMA: &str = r#"{"records":[{"name":"Order","fields":[
    {"name":"price","type":"DECIMAL","scale":2},{"name":"size","type":"INTEGER"},{"name":"text"}]}]}"#;

/// Opens the editor of one topic; the words in the field's name, what is typed there, and the bytes to be set.
fn edits(topic: Topic, field: (Role, &str), typed: &str, theme: Theme, name: &str) -> Vec<u8> {
    let path = topic.path().to_owned();
    let mut app = TestApp::connected(theme, Serve::Answers, vec![topic]);
    app.handle(inspector::Intent::Select(Some(path_of(&path))));
    app.pass(0.5);
    let mut harness = window(app, SIZES[0]);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    retype(&mut harness, field.0, field.1, typed);
    picture(&mut harness, name);
    let draft = connected_of(&harness).editor.draft(&path_of(&path)).expect("open");
    draft.checked.clone().map(|bytes| bytes.to_vec()).unwrap_or_default()
}

#[test]
fn each_type_has_its_editor() {
    let int = Topic::of("a", TopicType::Int64, &[7]);
    let typed = edits(int, (Role::TextInput, "New INT64 value"), "-24", Theme::Light, "editor-int64");
    assert_eq!(typed, [0x37]);
    let double = Topic::of("a", TopicType::Double, &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
    let typed = edits(double, (Role::TextInput, "New DOUBLE value"), "-inf", Theme::Dark, "editor-double-dark");
    assert_eq!(typed, [0xfb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0]);
    let text = Topic::of("a", TopicType::String, &[0x61, b'x']);
    let typed = edits(text, (Role::MultilineTextInput, "New text"), "ä\n", Theme::Light, "editor-string");
    assert_eq!(typed, [0x63, 0xc3, 0xa4, b'\n']);
    let bytes = Topic::of("a", TopicType::Binary, &[1, 2, 3]);
    let field = (Role::MultilineTextInput, "New bytes as hexadecimal digits");
    assert_eq!(edits(bytes, field, "00 fF", Theme::Dark, "editor-binary-dark"), [0, 255]);
    let record = Topic::of("a", TopicType::RecordV2, b"1.50\x025\x02x").with("SCHEMA", SCHEMA);
    let typed = edits(record, (Role::TextInput, "Order(0).size"), "42", Theme::Light, "editor-record");
    assert_eq!(typed, b"1.50\x0242\x02x");
    let series = Topic::of("a", TopicType::TimeSeries, &[7]).with("TIME_SERIES_EVENT_VALUE_TYPE", "int64");
    let typed = edits(series, (Role::TextInput, "New INT64 value"), "8", Theme::Dark, "editor-series-dark");
    assert_eq!(typed, [8]);
}
