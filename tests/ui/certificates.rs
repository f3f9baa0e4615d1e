//! Lines that are less safe than usual: a certificate that no authority vouches for, and no encryption at all.

use crate::test_app::{SIZES, TestApp, has_text, picture, window};
use brownian::client::api::{
    CertificateFacts, CertificateProblem, ConnectOptions, Event, LinkError, LinkState, OfferedCertificate,
    SessionFacts, Step, StepReport, Target, TlsError,
};
use brownian::data::{ServerUrl, SessionId, Sha256, Timestamp};
use brownian::model::connections::{self, Environment, Profile};
use brownian::model::settings::Theme;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

const URL: &str = "wss://push.example.com";

fn hash() -> Sha256 {
    Sha256::of(b"a certificate")
}

fn untrusted(fits: bool) -> LinkError {
    let offered = OfferedCertificate {
        sha256: hash(),
        subject: "CN=push.example.com".into(),
        issuer: "CN=push.example.com".into(),
        last_day: "2027-03-01".into(),
        fits,
    };
    LinkError::Tls(Box::new(TlsError::Certificate { problem: CertificateProblem::SelfSigned, offered: Some(offered) }))
}

/// The dialog of a stored profile after a test that ended with this error.
fn tested(theme: Theme, error: LinkError) -> TestApp {
    let mut app = TestApp::new(theme);
    let profile = Profile {
        url: ServerUrl::parse(URL).expect("valid").into(),
        name: "Push".into(),
        ..Profile::new("push".into())
    };
    app.model.connections.profiles.list.push(profile);
    app.handle(connections::Intent::TestConnection { key: "push".into(), url: URL.into() });
    let form = &mut app.model.connections;
    for (step, outcome) in [
        (Step::Resolve, Ok("192.0.2.7".to_owned())),
        (Step::Tcp, Ok("192.0.2.7:443".to_owned())),
        (Step::Tls, Err(error)),
    ] {
        form.test_report(Some(StepReport { step, micros: 900, outcome, offered: None }), Timestamp::default());
    }
    form.test_report(None, Timestamp::default());
    app
}

#[test]
fn one_certificate_is_trusted_from_the_test_of_its_profile() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut harness = window(tested(theme, untrusted(true)), SIZES[1]);
        harness.run_steps(4);
        assert!(has_text(&harness, "it is signed by itself") && has_text(&harness, "Trust this one certificate if"));
        assert!(has_text(&harness, &hash().fingerprint()) && !has_text(&harness, "Use ws://"));
        assert!(harness.unnamed_widgets().is_empty(), "{:?}", harness.unnamed_widgets());
        picture(&mut harness, &format!("certificate-{theme:?}"));
        harness.get_by_role_and_label(Role::Button, "Trust this certificate").click();
        harness.run_steps(4);
        let connections = &harness.state().model.connections;
        assert_eq!(connections.profiles.list[0].trusted_certificate, Some(hash()), "kept with the profile");
        let form = connections.form.as_ref().expect("open");
        let options = form.profile.options(None, Timestamp::default());
        assert_eq!(options.trusted_certificate, Some(hash()));
        assert!(form.test.as_ref().is_some_and(|test| test.reports.is_empty()), "tested again");
        harness.get_by_label("Advanced").click();
        harness.run_steps(4);
        picture(&mut harness, &format!("certificate-trusted-{theme:?}"));
        harness.get_by_role_and_label(Role::Button, "Trust it no more").click();
        harness.run_steps(4);
        let form = harness.state().model.connections.form.as_ref().expect("open");
        assert_eq!(form.profile.trusted_certificate, None);
    }
}

#[test]
fn a_certificate_for_another_name_or_time_cannot_be_trusted() {
    let mut harness = window(tested(Theme::Light, untrusted(false)), SIZES[0]);
    harness.run_steps(4);
    assert!(harness.get_by_role_and_label(Role::Button, "Trust this certificate").accesskit_node().is_disabled());
}

#[test]
fn a_connection_that_failed_for_its_certificate_leads_to_it() {
    let mut app = TestApp::new(Theme::Light);
    app.model.open("Push".into(), "push".into(), Environment::Test, ConnectOptions::to(Target::Url(URL.into())));
    app.apply(Event::Link(LinkState::Closed(Box::new(untrusted(true)))));
    let mut harness = window(app, SIZES[0]);
    harness.run_steps(4);
    picture(&mut harness, "certificate-failed");
    harness.get_by_role_and_label(Role::Button, "Look at the certificate…").click();
    harness.run_steps(4);
    let form = harness.state().model.connections.form.as_ref().expect("open");
    assert_eq!((form.url_text.as_str(), form.test.is_some()), (URL, true));
}

#[test]
fn the_bar_says_whom_the_line_is_trusted_by() {
    for (theme, size) in [(Theme::Light, SIZES[0]), (Theme::Dark, SIZES[1])] {
        let mut app = TestApp::new(theme);
        app.model.open("Push".into(), "push".into(), Environment::Test, ConnectOptions::to(Target::Url(URL.into())));
        app.apply(Event::Link(LinkState::Connected(Arc::new(SessionFacts {
            id: SessionId { server: 1, session: 2 },
            principal: "trader".into(),
            version: 29,
            ping_period_millis: 0,
            transport: "WebSocket over TLS",
            certificate: Some(CertificateFacts {
                subject: "CN=push.example.com".into(),
                issuer: "CN=push.example.com".into(),
                days_left: 90,
                sha256: hash(),
                by_user: true,
            }),
        }))));
        let mut harness = window(app, size);
        harness.run_steps(4);
        picture(&mut harness, &format!("certificate-bar-{theme:?}"));
        harness.get_by_label_contains("Certificate trusted by you").click();
        harness.run_steps(3);
        assert_eq!(harness.state().copied, [hash().fingerprint()]);
    }
}

#[test]
fn a_readable_line_is_warned_of_before_and_while_it_is_used() {
    let mut app = TestApp::new(Theme::Dark);
    app.handle(connections::Intent::NewWithUrl("ws://push.example.com".into()));
    let mut harness = window(app, SIZES[0]);
    harness.run_steps(4);
    let warning = "Principal and password travel readable";
    assert!(!has_text(&harness, warning), "an anonymous session has neither");
    harness.get_by_role_and_label(Role::TextInput, "Principal").focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "Principal").type_text("trader");
    harness.run_steps(4);
    assert!(has_text(&harness, warning) && has_text(&harness, "push.example.com can read them"));
    picture(&mut harness, "readable-dialog");
    harness.get_by_role_and_label(Role::Button, "Connect").click();
    harness.run_steps(4);
    assert!(harness.query_by_label_contains("Not encrypted").is_some());
    picture(&mut harness, "readable-bar");

    let mut app = TestApp::new(Theme::Dark);
    app.handle(connections::Intent::NewWithUrl("ws://localhost:8080".into()));
    let profile = app.model.connections.form.as_ref().expect("open").profile.clone();
    app.handle(connections::Intent::Change(Box::new(Profile { principal: "trader".into(), ..profile })));
    let mut harness = window(app, SIZES[0]);
    harness.run_steps(4);
    assert!(!has_text(&harness, warning), "it stays within this computer");
}
