//! What reaches the standard streams: names that strangers gave, errors, passwords, and readers that leave.

use super::command_line::CommandLine;
use brownian::data::{TopicSpec, TopicType};
use brownian::wire::services::{TopicAdd, topic_add};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

/// The program itself, without a password in its environment.
fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownian"));
    command.args(words).env_remove("BROWNIAN_PASSWORD").env_remove("BROWNIAN_LOG").stdin(Stdio::null());
    command
}

/// Adds a topic whose path no command line would take.
fn add(command_line: &CommandLine, path: &str) {
    let mut session = command_line.session();
    let spec = TopicSpec { topic_type: TopicType::String, properties: brownian::data::Properties::default() };
    session.call::<TopicAdd>(&topic_add::Request { path: path.to_owned(), spec }).expect("an answer");
    session.close();
}

const HOSTILE: &str = "a/\u{1b}[2Jx\nDOUBLE      a/fake  1\u{9b}2J\u{202e}y";

#[test]
fn a_path_acts_on_no_terminal_and_fakes_no_row() {
    let command_line = CommandLine::at(29);
    add(&command_line, HOSTILE);
    let shown = "a/<U+001B>[2Jx¶DOUBLE      a/fake  1<U+009B>2J<U+202E>y";
    let fetched = command_line.run(&["fetch", "URL", "?a//"]);
    assert_eq!(fetched, format!("STRING      {shown}  \n"));
    let listed = command_line.run(&["remove", "URL", "?a//", "--dry-run"]);
    assert_eq!(listed, format!("1 topic would be removed\n  {shown}\n"));
    let row = command_line.run(&["fetch", "URL", "?a//", "--json"]);
    assert!(row.is_ascii() && row.lines().count() == 1, "{row}");
    let row: serde_json::Value = serde_json::from_str(&row).expect("JSON");
    assert_eq!(row["path"], HOSTILE, "the exact path");
    let removed = command_line.run(&["remove", "URL", &format!(">{HOSTILE}"), "--count", "1"]);
    assert_eq!(removed, format!("Removed 1 topic: >{shown}\n"));
}

#[test]
fn an_error_is_one_line_whatever_the_server_says() {
    let command_line = CommandLine::at(29);
    let out = program(&["fetch", &command_line.url(), "?\u{1b}[2J\nforged("]).output().expect("it runs");
    let error = String::from_utf8(out.stderr).expect("UTF-8");
    assert_eq!(out.status.code(), Some(1));
    assert!(error.lines().count() == 1 && error.starts_with("brownian: ?<U+001B>[2J¶forged("), "{error}");
}

#[test]
fn whoever_leaves_early_is_told_nothing() {
    let command_line = CommandLine::at(29);
    let mut session = command_line.session();
    for number in 0..2000 {
        let path = format!("a/{number}/{}", "x".repeat(100));
        let spec = TopicSpec { topic_type: TopicType::String, properties: brownian::data::Properties::default() };
        session.call::<TopicAdd>(&topic_add::Request { path, spec }).expect("an answer");
    }
    session.close();
    let mut child = program(&["fetch", &command_line.url(), "?a//"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut String::new()).expect("a line");
    drop(out);
    let mut error = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut error).expect("UTF-8");
    assert_eq!((child.wait().expect("it ends").code(), error.as_str()), (Some(0), ""));
}

#[test]
fn no_error_repeats_a_password_in_a_url() {
    for words in [
        &["fetch", "wss://admin:hunter2@localhost:1", "?a"][..],
        &["fetch", "wss://admin:hun/hunter2@localhost:1", "?a"],
        &["fetch", "http://admin:hunter2@localhost:1", "?a"],
        &["fetch", "ws://localhost:1?password=hunter2", "?a"],
        &["--connect", "wss://admin:hunter2@localhost:1"],
        &["wss://admin:hunter2@localhost:1"],
        &["ping", "ws://localhost:1", "wss://admin:hunter2@localhost:1"],
    ] {
        let out = program(words).output().expect("it runs");
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert_eq!(out.status.code(), Some(2), "{words:?}: {said}");
        assert!(!said.contains("hunter2") && said.contains("error"), "{words:?}: {said}");
    }
}

#[test]
fn a_production_server_is_changed_only_on_demand() {
    let command_line = CommandLine::at(29);
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = format!(
        r#"{{"list":[7,{{"name":"Prices","url":"{}/diffusion","environment":"production"}}]}}"#,
        command_line.url()
    );
    std::fs::write(folder.path().join("profiles.json"), profiles).expect("written");
    let dir = folder.path().to_str().expect("a path");
    let refused = command_line.fails(&["add", "URL", "a", "--type", "string", "--data-dir", dir]);
    assert!(refused.contains("“Prices” is a production server; nothing was done. --yes-production"), "{refused}");
    assert_eq!(command_line.run(&["fetch", "URL", "?a", "--data-dir", dir]), "", "reading is allowed");
    let added = command_line.run(&["add", "URL", "a", "--type", "string", "--data-dir", dir, "--yes-production"]);
    assert_eq!(added, "Added a\n");
    command_line.run(&["remove", "URL", "?a", "--data-dir", dir, "--dry-run"]);
    let removed = command_line.fails(&["remove", "URL", "?a", "--data-dir", dir, "--yes"]);
    assert!(removed.contains("production"), "{removed}");
}

#[cfg(unix)]
#[test]
fn an_export_is_readable_by_the_user_only_and_replaces_whole_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let command_line = CommandLine::at(29);
    command_line.run(&["add", "URL", "a", "--type", "string"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.json");
    std::fs::write(&file, "old").expect("written");
    command_line.run(&["export", "URL", "?a", "--output", file.to_str().expect("a path")]);
    assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).expect("read").contains("\"path\":\"a\""));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_password_is_no_longer_in_the_environment_of_the_process() {
    let mut child = program(&["serve", "--port", "0"])
        .env("BROWNIAN_PASSWORD", "hunter2-in-the-environment")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut String::new()).expect("it listens");
    let environment = std::fs::read(format!("/proc/{}/environ", child.id())).expect("its variables");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(!environment.is_empty());
    assert!(!String::from_utf8_lossy(&environment).contains("hunter2"));
}
