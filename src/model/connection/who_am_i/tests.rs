//! Who the session is, and the change of its principal.

use super::*;
use crate::client::api::{Event, LinkState};
use crate::model::connections::Environment;
use crate::model::fixture::{ClientModel, live, session_facts};
use crate::model::safety;
use crate::wire::Service as _;

fn facts(client: &ClientModel) -> &WhoAmI {
    &client.model.links[0].who_am_i
}

fn principal(client: &ClientModel) -> String {
    client.model.links[0].session.as_ref().expect("a session").principal.clone()
}

/// Asks to be this principal; the call.
fn ask_to_be(client: &mut ClientModel, name: &str) -> crate::client::api::Call {
    client.handle(Intent::OpenForm(false));
    client.handle(Intent::Type(name.into()));
    client.handle(Intent::TypePassword(Secret::new("hunter2")));
    client.sent();
    client.handle(Intent::Change);
    client.call_of(ReAuthenticate::ID)
}

fn roles(text: &str) -> PropertyList {
    vec![("$Roles".into(), text.into()), ("tier".into(), "gold".into())]
}

#[test]
fn an_accepted_principal_is_the_one_of_the_session_also_after_a_recovery() {
    let mut client = ClientModel::new();
    client.handle(Intent::Open);
    let call = client.call_of(GetSessionProperties::ID);
    client.answer(&call, Ok(Some(roles("\"CLIENT_CONTROL\",\"CLIENT\""))));
    let call = ask_to_be(&mut client, "ada");
    client.answer(&call, Ok(true));
    assert_eq!(principal(&client), "ada");
    let call = client.call_of(GetSessionProperties::ID);
    client.answer(&call, Ok(Some(roles("\"ADMINISTRATOR\",\"CLIENT\""))));
    let changed = facts(&client).changed.clone().expect("changed");
    assert_eq!(changed.roles, Some((vec!["ADMINISTRATOR".into()], vec!["CLIENT_CONTROL".into()])));
    client.apply(live(1));
    assert_eq!(principal(&client), "ada", "the line tells the principal that the session began with");
    client.apply(Event::Link(LinkState::Connected(Arc::new(session_facts(2)))));
    assert_eq!(principal(&client), "admin", "a new session has that of the profile");
    assert_eq!(facts(&client).changed, None);
}

#[test]
fn a_wrong_password_leaves_the_session_as_it_was_and_the_form_open() {
    let mut client = ClientModel::new();
    let call = ask_to_be(&mut client, "ada");
    client.handle(Intent::Change);
    assert!(client.calls_of(ReAuthenticate::ID).is_empty(), "one attempt at a time");
    client.answer(&call, Ok(false));
    assert_eq!(principal(&client), "admin");
    let form = facts(&client).form.clone().expect("still open");
    assert_eq!((form.failure, form.asking), (Some(Failure::NotAccepted("ada".into())), None));
    let entry = &client.model.journal.entries[0];
    assert_eq!(entry.result, Some(Err(ChangeError::NotAccepted)));
}

#[test]
fn the_journal_has_the_change_without_the_password() {
    let mut client = ClientModel::new();
    let call = ask_to_be(&mut client, "ada");
    client.answer(&call, Ok(true));
    let entry = &client.model.journal.entries[0];
    assert_eq!((entry.content.verb(), entry.content.title()), ("Change principal", "Change principal to ada".into()));
    let text = format!("{entry:?} {}", String::from_utf8_lossy(&client.model.journal.export()));
    assert!(!text.contains("hunter2") && entry.undo().is_none(), "{text}");
}

#[test]
fn a_read_only_connection_may_change_its_own_principal_and_stays_locked() {
    let mut client = ClientModel::new();
    client.model.links[0].environment = Environment::Production;
    client.handle(safety::Intent::SetMode(safety::Mode::ReadOnly));
    let call = ask_to_be(&mut client, "ada");
    client.answer(&call, Ok(true));
    assert_eq!(principal(&client), "ada");
    let at = &client.model.links[0];
    assert_eq!(at.safety.mode(client.model.now), safety::Mode::ReadOnly);
}

#[test]
fn an_older_server_is_asked_by_the_older_service() {
    let mut client = ClientModel::new();
    let facts = SessionFacts { version: 25, ..session_facts(9) };
    client.apply(Event::Link(LinkState::Connected(Arc::new(facts))));
    client.handle(Intent::OpenForm(false));
    client.handle(Intent::Type("ada".into()));
    client.sent();
    client.handle(Intent::Change);
    let calls = client.calls();
    let ids: Vec<u32> = calls.iter().map(|call| call.service).collect();
    assert_eq!(ids, [ChangePrincipal::ID]);
}

#[test]
fn the_time_at_which_the_session_expires_is_known() {
    let mut client = ClientModel::new();
    client.handle(Intent::Ask);
    let call = client.call_of(GetOwnSessionProperties::ID);
    client.answer(&call, Ok(Some(vec![("$ExpiryTime".to_owned(), "1796023244000".to_owned())])));
    assert_eq!(facts(&client).expires_at, Some(Timestamp::from_millis(1_796_023_244_000)));
    client.handle(Intent::OpenForm(true));
    assert_eq!(facts(&client).form.as_ref().map(|form| form.principal.clone()).as_deref(), Some("admin"));
}
