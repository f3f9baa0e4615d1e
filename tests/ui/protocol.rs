//! Servers of older protocol versions: how they are found, what is off and why.

use crate::test_app::{SIZES, Serve, TestApp, has_text, picture, topics, window};
use brownian::client::api::{Event, LinkState, SessionFacts, Step, StepReport};
use brownian::data::{SessionId, Timestamp};
use brownian::model::connections;
use brownian::model::settings::Theme;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

fn session_of(version: u8) -> Event {
    Event::Link(LinkState::Connected(Arc::new(SessionFacts {
        id: SessionId { server: 1, session: 2 },
        principal: "trader".into(),
        version,
        ping_period_millis: 0,
        transport: "WebSocket",
        certificate: None,
    })))
}

#[test]
fn refused_versions_are_steps_of_the_test_and_the_agreed_one_is_remembered() {
    let mut app = TestApp::new(Theme::Light);
    app.handle(connections::Intent::NewWithUrl("ws://localhost:8080".into()));
    app.handle(connections::Intent::Test);
    let mut harness = window(app, SIZES[0]);
    harness.run_steps(3);
    let report = |step, offered, found: &str| StepReport { step, micros: 900, outcome: Ok(found.into()), offered };
    let connections = &mut harness.state_mut().model.connections;
    for (step, offered, found) in [
        (Step::Resolve, None, "127.0.0.1"),
        (Step::Tcp, None, "127.0.0.1:8080"),
        (Step::Upgrade, None, "WebSocket at /diffusion"),
        (Step::Protocol, Some((29, false)), "answered with 24"),
    ] {
        connections.test_report(Some(report(step, offered, found)), Timestamp::default());
    }
    harness.run_steps(3);
    assert!(has_text(&harness, "Protocol 29: answered with 24") && has_text(&harness, "Diffusion protocol"));
    let connections = &mut harness.state_mut().model.connections;
    let agreed = report(Step::Protocol, Some((24, true)), "protocol version 24");
    connections.test_report(Some(agreed), Timestamp::default());
    connections.test_report(Some(report(Step::Authentication, None, "session 1")), Timestamp::default());
    connections.test_report(None, Timestamp::default());
    harness.run_steps(4);
    picture(&mut harness, "dialog-test-protocol");
    let copy = harness.get_by_role_and_label(Role::Button, "Copy report");
    assert!(copy.rect().bottom() < SIZES[0][1], "the end of the test is in sight");
    copy.click();
    harness.run_steps(3);
    assert!(harness.state().copied[0].contains("Diffusion protocol (900 µs): protocol 29: answered with 24"));
    let profile = &harness.state().model.connections.form.as_ref().expect("open").profile;
    assert_eq!((profile.protocol, profile.agreed_protocol), (0, 24));
    let options = profile.options(None, Timestamp::default());
    assert_eq!((options.protocol, options.first_protocol), (None, Some(24)));
}

#[test]
fn a_profile_can_offer_one_version_only() {
    let mut app = TestApp::new(Theme::Dark);
    app.handle(connections::Intent::NewWithUrl("ws://localhost:8080".into()));
    let mut harness = window(app, SIZES[1]);
    harness.run_steps(3);
    harness.get_by_label("Advanced").click();
    harness.run_steps(3);
    harness.get_by_role(Role::ComboBox).click();
    harness.run_steps(3);
    harness.get_by_label("Only 25").click();
    harness.run_steps(3);
    picture(&mut harness, "dialog-protocol");
    let profile = &harness.state().model.connections.form.as_ref().expect("open").profile;
    assert_eq!(profile.options(None, Timestamp::default()).protocol, Some(25));
}

#[test]
fn what_an_older_server_lacks_is_off_with_the_reason() {
    let mut app = TestApp::connected(Theme::Light, Serve::Answers, topics());
    app.apply(session_of(25));
    let mut harness = window(app, SIZES[0]);
    harness.state_mut().shell.dock.show("locks");
    harness.run_steps(4);
    picture(&mut harness, "locks-protocol-25");
    assert!(has_text(&harness, "Reading who holds which lock needs protocol 29, the server speaks 25"));
    assert!(has_text(&harness, "protocol 25"), "the status bar names it");
    let refresh = harness.get_by_role_and_label(Role::Button, "Read the locks again");
    assert!(refresh.accesskit_node().is_disabled());
}
