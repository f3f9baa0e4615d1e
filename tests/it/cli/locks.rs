//! Session locks on the command line.

use super::command_line::CommandLine;

at_every_version!(a_lock_is_held_for_a_time_and_released, a_missing_permission_is_named,);

fn a_lock_is_held_for_a_time_and_released(version: u8) {
    let command_line = CommandLine::at(version);
    if version < 29 {
        let why = command_line.fails(&["locks", "URL"]);
        assert!(why.contains(&format!("needs protocol 29, the server speaks {version}")), "{why}");
        return;
    }
    assert_eq!(command_line.run(&["locks", "URL"]), "");
    let held = command_line.run(&["locks", "URL", "jobs/nightly", "--hold", "--for", "0"]);
    assert!(held.contains("jobs/nightly"), "{held}");
    assert_eq!(command_line.run(&["locks", "URL"]), "", "released at the end");
}

fn a_missing_permission_is_named(version: u8) {
    let command_line = CommandLine::at(version);
    // Listing came with 29.
    let reads: &[&[&str]] = if version < 29 { &[] } else { &[&["locks", "URL"], &["locks", "URL", "jobs/nightly"]] };
    for words in reads {
        let why = command_line.fails_as("client", words);
        assert!(why.contains("a permission is missing. It needs VIEW_SERVER. "), "{why}");
    }
    let why = command_line.fails_as("client", &["locks", "URL", "jobs/nightly", "--hold", "--wait", "1"]);
    assert!(why.contains("It needs ACQUIRE_LOCK at “jobs/nightly”"), "{why}");
}
