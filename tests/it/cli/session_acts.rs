//! Acts on sessions on the command line.

use super::command_line::CommandLine;
use brownian::client::blocking::Session;
use brownian::data::SessionId;
use brownian::wire::services::{GetSessionProperties, get_session_properties};
use serde_json::{Value, json};

at_every_version!(a_session_is_closed_by_its_id, sessions_are_closed_by_filter_once_their_number_is_known,);

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a row of JSON")).collect()
}

/// The property of a session, as another one sees it; none if the session has ended.
fn property(from: &mut Session, session: SessionId, key: &str) -> Option<String> {
    let request = get_session_properties::Request { session, keys: vec![key.to_owned()] };
    let found = from.call::<GetSessionProperties>(&request).expect("admin may see it")?;
    Some(found.into_iter().find(|(found, _)| found == key).map(|(_, value)| value).unwrap_or_default())
}

fn a_session_is_closed_by_its_id(version: u8) {
    let command_line = CommandLine::at(version);
    let (mut witness, victim) = (command_line.session(), command_line.session());
    let id = victim.id();
    let text = command_line.run(&["close-session", "URL", &id.to_string()]);
    assert_eq!(text, format!("closed  {id}  admin\n1 closed\n"));
    assert_eq!(property(&mut witness, id, "$Principal"), None);
    let again = command_line.run(&["close-session", "URL", &id.to_string(), "--json"]);
    let rows = rows(&again);
    assert_eq!((&rows[0]["outcome"], &rows[1]), (&json!("gone"), &json!({"asked":1,"done":0,"gone":1,"failed":0})));
}

fn sessions_are_closed_by_filter_once_their_number_is_known(version: u8) {
    let command_line = CommandLine::at(version);
    let victims = [command_line.session(), command_line.session(), command_line.session()];
    let filter = "$Principal is \"admin\"";
    let close = ["close-session", "URL", "--filter", filter];
    let why = command_line.fails(&close);
    assert_eq!(why, format!("3 sessions match {filter}; --count 3 closes them"), "the own session is left out");
    let why = command_line.fails(&[&close[..], &["--count", "4"]].concat());
    assert_eq!(why, format!("3 sessions match {filter}, not 4; nothing was done"));
    let listed = command_line.run(&[&close[..], &["--dry-run"]].concat());
    assert!(listed.starts_with(&format!("3 sessions match {filter}; 3 would be closed\n")), "{listed}");
    assert!(listed.contains(&victims[2].id().to_string()), "{listed}");
    let text = command_line.run(&[&close[..], &["--count", "3", "--pace", "1000"]].concat());
    assert!(text.ends_with("\n3 closed\n") && text.lines().count() == 4, "{text}");
    let why = command_line.fails(&close);
    assert_eq!(why, format!("0 sessions match {filter}"));
}

#[test]
fn whoever_matches_on_arrival_is_a_number() {
    let command_line = CommandLine::at(29);
    let _victims = [command_line.session(), command_line.session()];
    let filter = "$Principal is 'admin'";
    let text = command_line.run(&["close-session", "URL", "--filter", filter, "--at-once", "--yes", "--json"]);
    let row = &rows(&text)[0];
    assert_eq!((&row["outcome"], &row["done"]), (&json!("closed"), &json!(2)));
}

#[test]
fn properties_are_set_and_what_was_there_is_told() {
    let command_line = CommandLine::at(29);
    let (mut witness, other) = (command_line.session(), command_line.session());
    let id = other.id().to_string();
    let set = |words: &[&str]| {
        let words = [&["set-properties", "URL", &id, "--json"], words].concat();
        let rows = rows(&command_line.run(&words));
        (rows[0]["added"].clone(), rows[0]["removed"].clone(), rows[0]["previous"].clone())
    };
    assert_eq!(set(&["--set", "tier=silver", "--set", "desk=a=b"]), (json!(["desk", "tier"]), json!([]), json!({})));
    assert_eq!(property(&mut witness, other.id(), "desk").as_deref(), Some("a=b"));
    let changed = set(&["--set", "tier=gold", "--remove", "desk"]);
    assert_eq!(changed, (json!([]), json!(["desk"]), json!({"desk": "a=b", "tier": "silver"})));
    let why = command_line.fails(&["set-properties", "URL", &id, "--set", "$Principal=eve"]);
    assert!(why.starts_with("$Principal cannot be set; of the fixed properties only $Country"), "{why}");
}

#[test]
fn roles_are_given_and_taken() {
    let command_line = CommandLine::at(29);
    let (mut witness, other) = (command_line.session(), command_line.session());
    let id = other.id().to_string();
    let text = command_line.run(&["set-roles", "URL", &id, "--add", "OPERATOR", "--remove", "NOBODY"]);
    assert_eq!(text, format!("changed  {id}  admin\n1 changed\n"));
    let roles = property(&mut witness, other.id(), "$Roles").expect("there");
    assert!(roles.contains("\"OPERATOR\""), "{roles}");
}

#[test]
fn a_missing_permission_stops_with_its_name() {
    let command_line = CommandLine::at(29);
    let others = [command_line.session(), command_line.session()];
    let ids: Vec<String> = others.iter().map(|session| session.id().to_string()).collect();
    let why = command_line.fails_as("client", &["close-session", "URL", "--filter", "all", "--yes"]);
    assert!(why.contains("It needs VIEW_SESSION"), "{why}");
    let why = command_line.fails_as("client", &["close-session", "URL", &ids[0], &ids[1], "--yes"]);
    let last = why.lines().last().expect("a line");
    assert!(
        last.starts_with("Of 2 sessions: 0 closed · ") && last.contains("ACCESS_DENIED, it needs MODIFY_SESSION"),
        "{why}"
    );
    let why = command_line.fails_as("client", &["close-session", "URL", &ids[0]]);
    assert!(why.contains("It needs MODIFY_SESSION at"), "{why}");
}

#[test]
fn several_ids_need_a_guard_too() {
    let command_line = CommandLine::at(29);
    let others = [command_line.session(), command_line.session()];
    let ids: Vec<String> = others.iter().map(|session| session.id().to_string()).collect();
    let why = command_line.fails(&["close-session", "URL", &ids[0], &ids[1]]);
    assert_eq!(why, "2 sessions are named; --count 2 closes them");
    let text = command_line.run(&["close-session", "URL", &ids[0], &ids[1], &ids[0], "--count", "2"]);
    assert!(text.ends_with("2 closed\n"), "named twice, closed once: {text}");
}
