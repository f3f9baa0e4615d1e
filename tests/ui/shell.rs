//! The frame of the window used as a user would: first page, dialog, tabs, palette, keys, layouts, settings.

use crate::outline::{outline, same_picture, same_text};
use crate::test_app::{SIZES, TestApp, has_text, picture, window};
use brownian::client::api::{CertificateProblem, LinkError, Step, StepReport, TlsError};
use brownian::data::Timestamp;
use brownian::model::Intent;
use brownian::model::connections::{self, Environment, Profile, SecretState};
use brownian::model::settings::{self, Theme};
use brownian::ui::frame::dock::Dock;
use brownian::ui::panels;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

fn profile(key: &str, name: &str, url: &str, environment: Environment) -> Profile {
    Profile {
        name: name.into(),
        url: brownian::data::ServerUrl::parse(url).expect("a URL").into(),
        environment,
        ..Profile::new(key.into())
    }
}

fn with_profiles(theme: Theme) -> TestApp {
    let mut app = TestApp::new(theme);
    app.model.connections.profiles.list = vec![
        profile("1", "Mine", "ws://localhost:8080", Environment::Development),
        Profile {
            principal: "trader".into(),
            keep_password: true,
            ..profile("2", "Staging", "wss://staging.example.com", Environment::Test)
        },
        profile("3", "", "wss://prod.example.com:8443/diffusion", Environment::Production),
    ];
    app
}

fn dialog(theme: Theme) -> TestApp {
    let mut app = TestApp::new(theme);
    app.handle(connections::Intent::NewWithUrl("wss://prices.example.com".into()));
    app
}

/// Whether words are on screen.
#[test]
fn the_first_page_without_servers() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in SIZES {
            let mut harness = window(TestApp::new(theme), size);
            assert!(has_text(&harness, "No servers yet"));
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
            picture(&mut harness, &format!("welcome-{theme:?}-{}", size[0]));
            harness.get_by_label("Open the demo server").click();
            harness.run_steps(3);
            assert!(matches!(harness.state().intents[0], Intent::Connections(connections::Intent::OpenDemo)));
        }
    }
}

#[test]
fn the_first_page_lists_servers() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in SIZES {
            let mut harness = window(with_profiles(theme), size);
            for name in ["Mine", "Staging", "prod.example.com:8443"] {
                let _ = harness.get_by_role_and_label(Role::ListItem, &format!("Server {name}"));
                let _ = harness.get_by_role_and_label(Role::Button, &format!("Connect to {name}"));
            }
            picture(&mut harness, &format!("welcome-servers-{theme:?}-{}", size[0]));
            harness.get_by_label("Edit Staging").click();
            harness.run_steps(3);
            assert!(has_text(&harness, "Edit connection"));
            assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
            assert!(has_text(&harness, "Waiting for the system keyring"));
            picture(&mut harness, &format!("dialog-waiting-{theme:?}-{}", size[0]));
        }
    }
}

#[test]
fn a_server_without_principal_opens_at_once() {
    let mut harness = window(with_profiles(Theme::Light), SIZES[0]);
    harness.get_by_label("Connect to Mine").click();
    harness.run_steps(3);
    assert_eq!(harness.state().model.links.len(), 1);
    assert!(harness.query_by_role_and_label(Role::Tab, "Mine, Development, connecting: Name look-up").is_some());
}

#[test]
fn the_dialog_says_what_is_wrong_with_the_url() {
    let mut harness = window(TestApp::new(Theme::Light), SIZES[0]);
    harness.get_by_label("Connect to a server…").click();
    harness.run_steps(3);
    assert!(harness.get_by_role_and_label(Role::TextInput, "URL").is_focused());
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(has_text(&harness, "Enter the server's URL"));
    harness.get_by_role_and_label(Role::TextInput, "URL").focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text("http://example.com".into()));
    harness.run_steps(3);
    assert!(has_text(&harness, "Use ws:// or wss://"));
    assert!(harness.state().model.links.is_empty());
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(harness.state().model.connections.form.is_none(), "Escape leaves the dialog");
}

#[test]
fn a_password_in_a_pasted_url_leaves_the_text_at_once() {
    let mut harness = window(TestApp::new(Theme::Light), SIZES[0]);
    harness.get_by_label("Connect to a server…").click();
    harness.run_steps(3);
    harness.event(egui::Event::Paste("wss://admin:hunter2@host.example".into()));
    harness.run_steps(3);
    assert!(has_text(&harness, "Principal and password were taken out of the URL"));
    let form = harness.state().model.connections.form.as_ref().expect("open");
    assert_eq!((form.url_text.as_str(), form.profile.principal.as_str()), ("wss://host.example", "admin"));
    assert_eq!(form.password.expose(), "hunter2");
    assert!(!has_text(&harness, "hunter2"));
}

#[test]
fn the_dialog_connects_with_enter() {
    let mut harness = window(dialog(Theme::Light), SIZES[0]);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().model.links.len(), 1);
    assert!(harness.state().model.connections.form.is_none());
}

#[test]
fn the_dialog_tells_of_the_keyring() {
    let mut harness = window(dialog(Theme::Dark), SIZES[0]);
    let states = [
        (SecretState::Waiting, "Waiting for the system keyring"),
        (SecretState::Found, "From the system keychain"),
        (SecretState::Unavailable("no secret service".into()), "no secret service"),
    ];
    for (state, words) in states {
        harness.state_mut().model.connections.form.as_mut().expect("open").secret = state;
        harness.run_steps(2);
        assert!(has_text(&harness, words), "{words}");
    }
    picture(&mut harness, "dialog-no-keyring");
}

#[test]
fn the_test_goes_step_by_step() {
    let mut harness = window(dialog(Theme::Light), SIZES[0]);
    harness.get_by_label("Test connection").click();
    harness.run_steps(3);
    assert!(has_text(&harness, "Name look-up"));
    let report = |step, outcome| Some(StepReport { step, micros: 12_000, outcome, offered: None });
    let connections = &mut harness.state_mut().model.connections;
    connections.test_report(report(Step::Resolve, Ok("192.0.2.7".into())), Timestamp::default());
    connections.test_report(report(Step::Tcp, Ok("port 443".into())), Timestamp::default());
    harness.run_steps(2);
    assert!(has_text(&harness, "192.0.2.7") && has_text(&harness, "TLS") && !has_text(&harness, "Copy report"));
    let problem = CertificateProblem::SelfSigned;
    let untrusted = LinkError::Tls(Box::new(TlsError::Certificate { problem, offered: None }));
    let connections = &mut harness.state_mut().model.connections;
    connections.test_report(report(Step::Tls, Err(untrusted)), Timestamp::default());
    connections.test_report(None, Timestamp::default());
    harness.run_steps(3);
    assert!(has_text(&harness, "The server's certificate is not accepted: it is signed by itself, by no authority"));
    assert!(has_text(&harness, "Trust this one certificate if its SHA-256"));
    harness.get_by_label("Show details").click();
    harness.run_steps(4);
    picture(&mut harness, "dialog-test-failed");
    harness.get_by_label("Copy report").scroll_to_me();
    harness.run_steps(3);
    harness.get_by_label("Copy report").click();
    harness.run_steps(3);
    let copied = &harness.state().copied[0];
    assert!(copied.contains("Name look-up (12 ms): done: 192.0.2.7"), "{copied}");
    assert!(copied.contains("TLS (12 ms): failed: The server's certificate is not accepted"), "{copied}");
}

#[test]
fn a_test_that_succeeds_names_every_step() {
    let mut harness = window(dialog(Theme::Dark), SIZES[0]);
    harness.get_by_label("Test connection").click();
    harness.run_steps(3);
    for step in Step::ALL {
        let report = StepReport { step, micros: 900, outcome: Ok("as it should be".into()), offered: None };
        harness.state_mut().model.connections.test_report(Some(report), Timestamp::default());
    }
    harness.state_mut().model.connections.test_report(None, Timestamp::default());
    harness.run_steps(3);
    for step in Step::ALL {
        assert!(has_text(&harness, brownian::model::error_text::step(step)), "{step:?}");
    }
    picture(&mut harness, "dialog-test-done");
}

#[test]
fn many_connections_leave_room_for_search_and_settings() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut app = TestApp::connecting(theme);
        let first = app.link();
        for n in 1..=14 {
            let kind = if n % 2 == 0 { Environment::Production } else { Environment::Development };
            app.open(&format!("Market data, region {n}"), kind);
        }
        let mut harness = window(app, SIZES[0]);
        let shown = |harness: &Harness<'_, TestApp>, name: &str| {
            let rect = harness.get_by_label(name).rect();
            rect.left() >= 0.0 && rect.right() <= SIZES[0][0]
        };
        for name in ["Search everything   Ctrl+K", "Settings", "New connection"] {
            assert!(shown(&harness, name), "{name}");
        }
        let search = harness.get_by_label("Search everything   Ctrl+K").rect();
        let last = harness.get_by_label("Market data, region 14, Production, connecting: Name look-up").rect();
        assert!(last.right() <= search.left(), "the tab shown is in sight");
        picture(&mut harness, &format!("tabs-{theme:?}"));
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
        harness.run_steps(8);
        assert_eq!(harness.state().model.active, Some(first));
        assert!(shown(&harness, "Trading test, Test, connecting: Name look-up"));
        harness.get_by_label("Close Trading test").click();
        harness.run_steps(3);
        assert_eq!(harness.state().model.links.len(), 14);
    }
}

#[test]
fn the_palette_finds_a_topic() {
    let mut harness = window(TestApp::full(Theme::Light), SIZES[0]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Search everything").is_focused());
    harness.event(egui::Event::Text("headl".into()));
    harness.run_steps(3);
    let _ = harness.get_by_label("path news/headlines");
    picture(&mut harness, "palette");
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    let selected = harness.state().model.active().expect("shown").inspector.selected.clone();
    assert_eq!(selected.expect("selected").as_str(), "news/headlines");
    assert!(harness.query_by_label("path news/headlines").is_none(), "the palette is gone");
}

#[test]
fn the_palette_shows_panels_by_keyboard() {
    let mut harness = window(TestApp::full(Theme::Dark), SIZES[0]);
    harness.state_mut().shell.dock.show("inspector");
    harness.get_by_label("Search everything   Ctrl+K").click();
    harness.run_steps(3);
    harness.event(egui::Event::Text("Latency".into()));
    harness.run_steps(3);
    harness.key_press(Key::ArrowDown);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert!(harness.state().shell.dock.is_active("latency"));
}

#[test]
fn the_list_of_keys_opens_and_closes() {
    let mut harness = window(TestApp::full(Theme::Dark), SIZES[0]);
    harness.key_press(Key::F1);
    harness.run_steps(3);
    for words in ["Keyboard shortcuts", "Fetch again", "Search everything"] {
        assert!(has_text(&harness, words), "{words}");
    }
    picture(&mut harness, "keys");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!has_text(&harness, "Keyboard shortcuts"));
}

#[test]
fn the_settings_menu_changes_the_theme() {
    let mut harness = window(TestApp::full(Theme::Light), SIZES[0]);
    let before = harness.render().expect("painted").get_pixel(512, 20).0;
    harness.get_by_label("Settings").click();
    harness.run_steps(4);
    picture(&mut harness, "settings");
    harness.get_by_role_and_label(Role::RadioButton, "Dark").click();
    harness.run_steps(4);
    assert_eq!(harness.state().model.settings.theme, Theme::Dark);
    let after = harness.render().expect("painted").get_pixel(512, 20).0;
    assert!(before[0] > 200 && after[0] < 80, "{before:?} {after:?}");
}

#[test]
fn a_rearranged_dock_is_kept_and_comes_back() {
    let mut harness = window(TestApp::full(Theme::Light), SIZES[0]);
    assert!(harness.state_mut().shell.changed_layout().is_none());
    harness.state_mut().shell.dock.show("latency");
    let kept = harness.state_mut().shell.changed_layout().expect("changed");
    let Intent::Settings(settings::Intent::KeepLayout(key, layout)) = kept else { panic!("{kept:?}") };
    assert_eq!(key, "trading test");
    let mut app = TestApp::new(Theme::Light);
    app.model.settings.layouts.insert(key, layout);
    app.open("Trading test", Environment::Test);
    let harness = window(app, SIZES[0]);
    assert!(harness.state().shell.dock.is_active("latency"));
}

#[test]
fn damaged_layouts_leave_a_usable_dock() {
    let good = Dock::default().layout();
    let text = good.to_string();
    let renamed: serde_json::Value =
        serde_json::from_str(&text.replace("\"specification\"", "\"alerts\"")).expect("JSON");
    let all_unknown: serde_json::Value = serde_json::from_str(
        &panels::LIST.iter().fold(text.clone(), |text, panel| text.replace(&format!("\"{}\"", panel.id), "\"gone\"")),
    )
    .expect("JSON");
    let dangling: serde_json::Value = serde_json::json!({ "root": 999, "tiles": {} });
    let mut no_root = good.clone();
    no_root["root"] = serde_json::Value::Null;
    let mut foreign_root = good.clone();
    foreign_root["root"] = 999.into();
    let layouts = [
        ("null", serde_json::Value::Null),
        ("text", "no layout".into()),
        ("numbers", serde_json::json!([1, 2, 3])),
        ("renamed", renamed),
        ("all unknown", all_unknown),
        ("dangling", dangling),
        ("no root", no_root),
        ("foreign root", foreign_root),
    ];
    for (what, layout) in layouts {
        let mut app = TestApp::new(Theme::Light);
        app.model.settings.layouts.insert("trading test".into(), layout);
        app.open("Trading test", Environment::Test);
        let mut harness = window(app, SIZES[0]);
        for panels::PanelFacts { id, .. } in panels::LIST {
            harness.state_mut().shell.dock.show(id);
            harness.run_steps(2);
            assert!(harness.state().shell.dock.is_active(id), "{id} cannot be shown after layout “{what}”");
        }
    }
}

#[test]
fn a_layout_of_an_older_version_is_taken() {
    // Only one tile and no shares: what an early version wrote.
    let mut dock = Dock::default();
    let older = serde_json::json!({
        "root": 2,
        "tiles": { "next_tile_id": 3, "tiles": {
            "1": { "Pane": "log" },
            "2": { "Container": { "Tabs": { "children": [1], "active": 1 } } }
        }},
    });
    if !dock.restore(&older) {
        dock.reset();
    }
    assert!(dock.is_open("log"));
    dock.show("inspector");
    assert!(dock.is_active("inspector"));
}

#[test]
fn the_window_is_outlined_as_kept() {
    let mut harness = window(TestApp::full(Theme::Light), SIZES[0]);
    harness.state_mut().pass(1.0);
    harness.state_mut().shell.dock.show("subscriptions");
    harness.run_steps(4);
    same_text("window.txt", &outline(&harness));
}

#[test]
fn the_first_page_looks_as_kept() {
    let mut harness = window(with_profiles(Theme::Light), [720.0, 520.0]);
    same_picture(&mut harness, "welcome-light.png");
}

#[test]
fn the_dialog_looks_as_kept() {
    let mut harness = window(dialog(Theme::Dark), [640.0, 520.0]);
    same_picture(&mut harness, "dialog-dark.png");
}
