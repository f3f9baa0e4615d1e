//! Every dialog of the list: it opens with the keyboard where nothing is lost by a slip, fits into the smallest window,
//! and Esc closes it without doing anything.

use crate::test_app::{SIZES, TestApp, has_text, live, path_of, picture, window};
use brownian::data::value::DataType;
use brownian::data::value::json::Json;
use brownian::model::change::{Guard, Set, Snapshot};
use brownian::model::changes::{self, Proposal};
use brownian::model::connections::{self, Environment};
use brownian::model::files::PathDialog;
use brownian::model::safety;
use brownian::model::settings::Theme;
use brownian::model::{copy_as, editor, export, import, new_topic, remove_topics, session_acts, who_am_i};
use brownian::ui::dialogs;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const QUOTE: &str = "fx/EURUSD/quote";

/// A dialog on screen: the widget that has the keyboard first, and words that only it shows.
struct Sample {
    harness: Harness<'static, TestApp>,
    first: (Role, &'static str),
    words: &'static str,
}

fn of(app: TestApp, first: (Role, &'static str), words: &'static str) -> Sample {
    Sample { harness: window(app, SIZES[0]), first, words }
}

/// Opens a dialog as the user does or as the model does. A dialog that is new in the list needs a sample here.
fn sample(id: &str) -> Sample {
    let mut app = TestApp::full(Theme::Light);
    match id {
        "connect" => {
            app.handle(connections::Intent::New);
            of(app, (Role::TextInput, "URL"), "Test connection")
        }
        "palette" => {
            let sample = of(app, (Role::TextInput, "Search everything"), "command New connection…");
            sample.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
            sample
        }
        "keys" => {
            let sample = of(app, (Role::Button, "Close"), "Keyboard shortcuts");
            sample.harness.key_press(Key::F1);
            sample
        }
        "import-topics" => {
            app.handle(import::Intent::Open);
            of(app, (Role::MultilineTextInput, "List of topics"), "Compare with the server")
        }
        "new-topic" => {
            app.handle(new_topic::Intent::OpenWith(None));
            of(app, (Role::TextInput, "Path"), "Create topic")
        }
        "apply-change" => {
            ask(&mut app);
            of(app, (Role::Button, "Cancel"), "Set value")
        }
        "remove-topics" => {
            app.handle(remove_topics::Intent::OpenPath(path_of(QUOTE)));
            of(app, (Role::Button, "Cancel"), "Remove fx/EURUSD/quote")
        }
        "session-acts" => {
            app.handle(session_acts::Intent::Open(session_acts::form::Kind::Close, one_session()));
            of(app, (Role::Button, "Cancel"), "Close the session of ada")
        }
        "session-outcomes" => {
            app.handle(safety::Intent::SetMode(safety::Mode::Confirm));
            app.handle(session_acts::Intent::Open(session_acts::form::Kind::Close, one_session()));
            app.handle(session_acts::Intent::Type("ada".into()));
            app.handle(session_acts::Intent::Confirm);
            app.handle(session_acts::Intent::Show(true));
            of(app, (Role::Button, "Close"), "Closing 1 session")
        }
        "who-am-i" => {
            app.handle(who_am_i::Intent::Open);
            of(app, (Role::Button, "Close"), "Copy all")
        }
        "change-principal" => {
            app.handle(who_am_i::Intent::OpenForm(false));
            of(app, (Role::TextInput, "Principal"), "Session, subscriptions, locks and handlers stay")
        }
        "resolve-conflict" => conflict(app),
        "export-branch" => {
            app.handle(export::Intent::Open(Some(path_of("fx"))));
            of(app, (Role::TextInput, "Topic selector"), "Fetch and preview")
        }
        "copy-as" => {
            app.handle(copy_as::Intent::Open(vec![path_of(QUOTE)]));
            of(app, (Role::Button, "Close"), "Preview")
        }
        "unlock" => {
            let mut app = TestApp::new(Theme::Dark);
            app.open("fx-live", Environment::Production);
            app.apply(live());
            let mut sample = of(app, (Role::Button, "Keep read-only"), "Unlock fx-live?");
            sample.harness.get_by_label_contains("Read-only: Nothing that changes").click();
            sample.harness.run_steps(4);
            sample.harness.get_by_role_and_label(Role::RadioButton, "Confirm").click();
            sample
        }
        "kept-data" => {
            let mut app = TestApp::full(Theme::Light);
            app.model.data_folder = Some("/home/ada/.local/share/brownian".into());
            let mut sample = of(app, (Role::Button, "Close"), "Values are kept in clear");
            sample.harness.get_by_role_and_label(Role::Button, "Settings").click();
            sample.harness.run_steps(4);
            sample.harness.get_by_label_contains("Data kept on this computer…").click();
            sample
        }
        "file-path" => {
            let path = "/tmp/quote.json".into();
            app.model.files.ask(PathDialog { id: 1, title: "Save".into(), saves: true, path, ..PathDialog::default() });
            of(app, (Role::TextInput, "Path"), "This desktop offers no dialog for files")
        }
        id => panic!("the dialog “{id}” has no sample"),
    }
}

fn one_session() -> session_acts::sheet::Chosen {
    let session = brownian::data::SessionId { server: 5, session: 9 };
    let sessions = vec![session_acts::act::Target::new(session, |key| (key == "$Principal").then(|| "ada".into()))];
    session_acts::sheet::Chosen { sessions, filter: None }
}

fn ask(app: &mut TestApp) {
    let before = app.model.active().and_then(|c| c.inspector.latest.clone()).map(|latest| latest.value);
    let value = Json::from_text("7").expect("JSON").to_cbor().into();
    let guard = before.clone().map_or(Guard::NoValue, Guard::StillValue);
    let change = Set { path: path_of(QUOTE), data_type: DataType::Json, value, guard };
    let proposal = Proposal::new(change, Snapshot { spec: None, value: before }, app.model.now);
    app.handle(changes::Intent::Ask(Box::new(proposal)));
}

/// A draft that another session was quicker than.
fn conflict(mut app: TestApp) -> Sample {
    app.handle(editor::Intent::Open);
    let mut sample = of(app, (Role::Button, "Decide later"), "Send mine over theirs");
    let harness = &mut sample.harness;
    harness.get_by_role_and_label(Role::MultilineTextInput, "New JSON value").focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("[1]".into()));
    harness.run_steps(3);
    harness.state_mut().update(QUOTE, "7");
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.run_steps(4);
    }
    sample
}

#[test]
fn every_dialog_opens_safely_and_closes_by_escape() {
    for id in dialogs::LIST {
        let Sample { mut harness, first: (role, name), words } = sample(id);
        harness.run_steps(4);
        assert!(has_text(&harness, words), "{id} is open");
        assert!(harness.get_by_role_and_label(role, name).is_focused(), "{id}: {name} has the keyboard");
        assert!(harness.unnamed_widgets().is_empty(), "{id}: {:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("dialog-{id}"));
        let calls = harness.state().calls.len();
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        assert!(!has_text(&harness, words), "{id} is closed");
        assert_eq!(harness.state().calls.len(), calls, "{id} sent nothing");
        assert!(harness.state().model.notices.list.iter().all(|notice| !notice.text.starts_with("Set ")), "{id}");
    }
}

#[test]
fn a_press_beside_a_dialog_does_not_lose_what_was_typed() {
    for (id, keeps) in [("connect", true), ("new-topic", true), ("import-topics", true), ("remove-topics", false)] {
        let Sample { mut harness, words, .. } = sample(id);
        harness.run_steps(4);
        let beside = egui::pos2(6.0, SIZES[0][1] - 6.0);
        harness.hover_at(beside);
        harness.run_steps(2);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            harness.event(egui::Event::PointerButton { pos: beside, button, pressed, modifiers: Modifiers::NONE });
            harness.run_steps(2);
        }
        harness.run_steps(3);
        assert_eq!(has_text(&harness, words), keeps, "{id}");
    }
}
