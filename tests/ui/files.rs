//! Files used as a user would: profiles in and out, and the own dialog where a path is typed.

use crate::chosen_file::choose;
use crate::test_app::{NOON, SIZES, TestApp, picture, window};
use brownian::model::connections::{self, Environment, Profile};
use brownian::model::files::{self, PathDialog};
use brownian::model::settings::Theme;
use brownian::model::{Intent, effects::Effect};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

fn with_profile(theme: Theme) -> TestApp {
    let mut app = TestApp::new(theme);
    app.model.connections.profiles.list = vec![Profile {
        name: "Staging".into(),
        url: brownian::data::ServerUrl::parse("wss://staging.example.com").expect("a URL").into(),
        environment: Environment::Test,
        ..Profile::new("2".into())
    }];
    app
}

#[test]
fn profiles_are_imported_from_the_first_page() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in SIZES {
            let mut harness = window(with_profile(theme), size);
            harness.get_by_label("Import profiles…").click();
            harness.run_steps(2);
            assert!(matches!(harness.state().intents[..], [Intent::Connections(connections::Intent::Import)]));
            let text = br#"[{"name":"Prices","url":"wss://prices.example.com"},{"name":"Web","url":"http://x"}]"#;
            choose(&mut harness.state_mut().model, connections::Intent::Import, Ok(("servers.json", text)));
            harness.run_steps(3);
            let _ = harness.get_by_label("Server Prices");
            let _ = harness.get_by_label("1 profile added, 1 skipped");
            harness.get_by_label("Details").click();
            harness.run_steps(8);
            assert!(
                harness
                    .query_by_label_contains("“Web”: its URL is not used, because the URL has another scheme")
                    .is_some()
            );
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
            picture(&mut harness, &format!("imported-{theme:?}-{}", size[0]));
        }
    }
}

#[test]
fn profiles_are_exported_once_there_are_any() {
    let empty = window(TestApp::new(Theme::Light), SIZES[0]);
    assert!(empty.query_by_label("Export profiles…").is_none());
    let mut harness = window(with_profile(Theme::Light), SIZES[0]);
    harness.get_by_label("Export profiles…").click();
    harness.run_steps(2);
    assert!(matches!(harness.state().intents[..], [Intent::Connections(connections::Intent::Export)]));
}

#[test]
fn a_model_asks_for_what_import_and_export_need() {
    let mut app = with_profile(Theme::Light);
    app.model.handle(connections::Intent::Import.into(), NOON);
    app.model.handle(connections::Intent::Export.into(), NOON);
    match &app.model.take_effects()[..] {
        [Effect::OpenFile(file), Effect::SaveFile { name, bytes }] => {
            assert_eq!(file.choice.title, "Import profiles");
            assert!(name == "brownian-profiles.json" && String::from_utf8_lossy(bytes).contains("Staging"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_path_is_typed_where_the_desktop_has_no_dialog() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut app = TestApp::full(theme);
        app.model.files.ask(PathDialog {
            id: 1,
            title: "Save".into(),
            saves: true,
            path: "/tmp/quote.json".into(),
            ..PathDialog::default()
        });
        let mut harness = window(app, SIZES[0]);
        assert!(harness.get_by_role_and_label(Role::TextInput, "Path").is_focused());
        assert!(harness.query_by_label("Replace the file").is_none());
        harness.event(egui::Event::Text("2".into()));
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(2);
        assert!(harness.state().model.files.dialog.as_ref().is_some_and(|d| d.busy && d.path == "/tmp/quote.json2"));
        harness.state_mut().model.files.refused(1, "/tmp/quote.json2 is there already".into(), true);
        harness.run_steps(4);
        assert!(harness.get_by_role_and_label(Role::TextInput, "Path").is_focused());
        assert!(harness.query_by_label_contains("is there already").is_some());
        picture(&mut harness, &format!("path-dialog-{theme:?}"));
        harness.get_by_label("Replace the file").click();
        harness.run_steps(2);
        assert!(matches!(harness.state().intents.last(), Some(Intent::Files(files::Intent::Replace))));
        harness.key_press(Key::Escape);
        harness.run_steps(3);
        assert!(harness.state().model.files.dialog.is_none(), "Escape leaves the dialog");
    }
}
