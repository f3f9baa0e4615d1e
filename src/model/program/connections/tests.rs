//! The dialog, stored passwords, and the protocol version that was agreed on.

use super::*;
use crate::client::api::LinkId;

fn fx() -> Effects {
    Effects::at(Timestamp::from_millis(1), LinkId(1))
}

fn stored(keep_password: bool) -> Connections {
    let profile = Profile {
        url: ServerUrl::parse("wss://prod.example.com/diffusion").expect("a URL").into(),
        principal: "admin".into(),
        keep_password,
        ..Profile::new("1".into())
    };
    Connections { profiles: Profiles { list: vec![profile], ..Profiles::default() }, form: None }
}

#[test]
fn a_stored_connection_opens_when_the_keychain_has_answered() {
    let mut all = stored(true);
    let mut effects = fx();
    assert!(matches!(all.handle(Intent::ConnectStored("1".into()), &mut effects), Outcome::None));
    assert!(effects.take().iter().any(|e| matches!(e, Effect::FetchSecret { .. })));
    let outcome = all.secret_found("connection/1", Ok(Some(Secret::new("x"))), &mut fx());
    assert!(matches!(outcome, Outcome::Open { name, .. } if name == "prod.example.com"));
    assert!(all.form.is_none());
}

#[test]
fn the_version_agreed_on_is_offered_first_for_a_day() {
    let mut all = stored(false);
    let at = |hours: i64| Timestamp::from_millis(1 + hours * HOUR_MILLIS);
    let first = |all: &Connections, hours| all.profiles.list[0].options(None, at(hours)).first_protocol;
    let saved = |fx: &mut Effects| fx.take().iter().any(|e| matches!(e, Effect::Save(StoredId::Profiles)));
    let mut effects = fx();
    all.agreed("1", 24, &mut effects);
    assert!(saved(&mut effects));
    assert_eq!((first(&all, 23), first(&all, 24)), (Some(24), None), "then the newest is offered again");
    all.agreed("1", 24, &mut effects);
    assert!(!saved(&mut effects), "not at each connection");
    all.agreed("1", 29, &mut effects);
    assert!(saved(&mut effects) && first(&all, 0).is_none());
    all.agreed("unknown", 24, &mut effects);
    assert!(!saved(&mut effects));
    all.profiles.list[0].protocol = 7;
    assert_eq!(all.profiles.list[0].options(None, at(0)).protocol, None, "nothing that is not spoken is offered");
}

#[test]
fn another_url_forgets_the_version() {
    let mut all = stored(false);
    all.agreed("1", 24, &mut fx());
    all.handle(Intent::Edit("1".into()), &mut fx());
    all.handle(Intent::ChangeUrl("wss://test.example.com/diffusion".into()), &mut fx());
    assert_eq!(all.form.expect("open").profile.agreed_protocol, 0);
}

#[test]
fn without_a_stored_password_the_dialog_asks() {
    let mut all = stored(true);
    all.handle(Intent::ConnectStored("1".into()), &mut fx());
    assert!(matches!(all.secret_found("connection/1", Ok(None), &mut fx()), Outcome::None));
    assert_eq!(all.form.as_ref().map(|f| &f.secret), Some(&SecretState::None));
    let mut other = stored(false);
    other.handle(Intent::ConnectStored("1".into()), &mut fx());
    assert!(other.form.is_some());
}

#[test]
fn a_typed_password_wins_over_a_late_keychain() {
    let mut all = stored(true);
    all.handle(Intent::ConnectStored("1".into()), &mut fx());
    all.handle(Intent::ChangePassword(Secret::new("typed")), &mut fx());
    assert!(matches!(all.secret_found("connection/1", Ok(Some(Secret::new("old"))), &mut fx()), Outcome::None));
    assert_eq!(all.form.as_ref().map(|f| f.password.expose()), Some("typed"));
}

#[test]
fn environments_are_suggested_by_name_and_address() {
    let suggested = |name: &str, url: &str| Environment::suggest(name, ServerUrl::parse(url).ok().as_ref());
    for url in ["ws://localhost:8080", "127.0.0.1", "ws://127.9.9.9:1", "ws://[::1]"] {
        assert_eq!(suggested("", url), Environment::Development, "{url}");
    }
    for url in
        ["wss://a.b", "wss://localhost.evil.example", "wss://127.0.0.1.evil.example", "wss://deliver.example", ""]
    {
        assert_eq!(suggested("", url), Environment::Test, "{url}");
    }
    for (name, url) in
        [("fx prod", "wss://a.b"), ("", "wss://fx-prod-1.example"), ("", "wss://live.example"), ("Live", "")]
    {
        assert_eq!(suggested(name, url), Environment::Production, "{name} {url}");
    }
}

#[test]
fn a_password_in_a_pasted_url_goes_where_it_belongs() {
    let mut all = Connections::default();
    all.handle(Intent::New, &mut fx());
    all.handle(Intent::ChangeUrl("wss://admin:hunter2@live.example.com".into()), &mut fx());
    let form = all.form.as_ref().expect("open");
    assert_eq!(
        (form.url_text.as_str(), form.profile.url.as_str()),
        ("wss://live.example.com", "wss://live.example.com")
    );
    assert_eq!((form.profile.principal.as_str(), form.password.expose()), ("admin", "hunter2"));
    assert!(form.url_note.is_some() && form.url_error.is_none());
    assert_eq!(form.profile.environment, Environment::Production);
    let mut effects = fx();
    all.handle(Intent::Save, &mut effects);
    assert!(!serde_json::to_string(&all.profiles).expect("JSON").contains("hunter2"));
    assert_eq!(all.profiles.list[0].title(), "live.example.com");
}

#[test]
fn a_url_that_cannot_be_used_is_neither_saved_nor_repeated() {
    let mut all = Connections::default();
    all.handle(Intent::New, &mut fx());
    for text in ["", "http://x", "wss://host?password=hunter2"] {
        all.handle(Intent::ChangeUrl(text.into()), &mut fx());
        all.handle(Intent::Save, &mut fx());
        assert!(all.profiles.list.is_empty(), "{text}");
        let error = all.form.as_ref().and_then(|form| form.url_error.clone()).expect("an error");
        assert!(!error.contains("hunter2"), "{error}");
    }
    all.handle(Intent::ChangeUrl("host:8080".into()), &mut fx());
    all.handle(Intent::Save, &mut fx());
    assert_eq!(all.profiles.list[0].url.as_str(), "host:8080");
}
