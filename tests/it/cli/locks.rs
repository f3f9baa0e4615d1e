//! Session locks on the command line.

use super::command_line::CommandLine;

#[test]
fn a_lock_is_held_for_a_time_and_released() {
    let command_line = CommandLine::new();
    assert_eq!(command_line.run(&["locks", "URL"]), "");
    let held = command_line.run(&["locks", "URL", "jobs/nightly", "--hold", "--for", "0"]);
    assert!(held.contains("jobs/nightly"), "{held}");
    assert_eq!(command_line.run(&["locks", "URL"]), "", "released at the end");
}

#[test]
fn a_missing_permission_is_named() {
    let command_line = CommandLine::new();
    for words in [&["locks", "URL"][..], &["locks", "URL", "jobs/nightly"]] {
        let why = command_line.fails_as("client", words);
        assert!(why.contains("a permission is missing. It needs VIEW_SERVER. "), "{why}");
    }
    let why = command_line.fails_as("client", &["locks", "URL", "jobs/nightly", "--hold", "--wait", "1"]);
    assert!(why.contains("It needs ACQUIRE_LOCK at “jobs/nightly”"), "{why}");
}
