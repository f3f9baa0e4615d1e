//! The sessions of a server on the command line.

use super::command_line::CommandLine;

at_every_version!(
    sessions_are_listed_counted_and_grouped,
    what_becomes_of_sessions_is_printed,
    a_missing_permission_is_named_for_sessions,
);

/// Rows of JSON.
fn rows(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|row| serde_json::from_str(row).expect("JSON")).collect()
}

fn sessions_are_listed_counted_and_grouped(version: u8) {
    let command_line = CommandLine::at(version);
    // A fetch came with the console's services; an older session cannot ask.
    if brownian::wire::protocol::check(168, version).is_err() {
        let why = command_line.fails(&["sessions", "URL"]);
        assert!(why.contains("needs protocol"), "{why}");
        return;
    }
    let _other = command_line.session();
    let first = rows(&command_line.run(&["sessions", "URL", "--first", "1", "--json"]));
    let id = first[0]["session"].as_str().expect("an ID").to_owned();
    let listed = command_line.run(&["sessions", "URL", "--columns", "$Principal,none"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.lines().all(|line| line.ends_with("  admin  -")), "{listed}");
    assert!(listed.lines().next().expect("a line").contains(&id), "in the order of their beginning: {listed}");
    let filter = format!("$SessionId is \"{id}\"");
    let found = rows(&command_line.run(&["sessions", "URL", &filter, "--json"]));
    assert_eq!((found.len(), found[0]["session"].as_str()), (1, Some(id.as_str())));
    assert_eq!(found[0]["properties"]["$Principal"], "admin");
    assert!(found[0]["time"].as_i64().is_some_and(|time| time > 0));
    assert_eq!(command_line.run(&["sessions", "URL", "--number"]), "2\n");
    assert_eq!(command_line.run(&["sessions", "URL", "--group-by", "$Principal"]), "2  admin\n");
    assert_eq!(command_line.run(&["sessions", "URL", "--first", "1"]).lines().count(), 1);
    let last = command_line.run(&["sessions", "URL", "--last", "1"]);
    assert!(last.lines().count() == 1 && !last.contains(&id), "{last}");
    assert_eq!(command_line.run(&["sessions", "URL", "has nothing"]), "");
}

fn what_becomes_of_sessions_is_printed(version: u8) {
    let command_line = CommandLine::at(version);
    let text = command_line.run(&["sessions", "URL", "--watch", "--count", "1", "--json"]);
    let told = rows(&text);
    assert_eq!((told[0]["event"].as_str(), told.len()), (Some("opened"), 1));
    assert_eq!(told[0]["properties"]["$Principal"], "admin");
}

fn a_missing_permission_is_named_for_sessions(version: u8) {
    let command_line = CommandLine::at(version);
    if brownian::wire::protocol::check(168, version).is_ok() {
        let why = command_line.fails_as("client", &["sessions", "URL"]);
        assert!(why.contains("a permission is missing. It needs VIEW_SESSION. "), "{why}");
    }
    let why = command_line.fails_as("client", &["sessions", "URL", "--watch"]);
    assert!(why.contains("It needs VIEW_SESSION and REGISTER_HANDLER. "), "{why}");
}

#[test]
fn a_bad_filter_is_refused_with_its_position_before_anything_is_sent() {
    use clap::Parser as _;
    let words = ["brownian", "sessions", "ws://localhost", "$Principal is bot7"];
    let why = brownian::app::cli::Cli::try_parse_from(words).expect_err("no filter").to_string();
    assert!(why.contains("position 15"), "{why}");
}
