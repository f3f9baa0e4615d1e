//! The commands that change a server, run against the embedded server as a user runs them.

use brownian::app::cli::Cli;
use brownian::app::commands::Execute;
use brownian::data::Secret;
use brownian::server::{Server, ServerConfig};
use clap::Parser;

struct Desk {
    _server: Server,
    url: String,
}

impl Desk {
    fn new() -> Self {
        let server = Server::start(ServerConfig::default()).expect("a server starts");
        let address = server.listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        Self { _server: server, url: format!("ws://{address}") }
    }

    /// Runs a command line in which `URL` stands for the server.
    fn try_run(&self, words: &[&str]) -> Result<String, String> {
        let words = words.iter().map(|word| if *word == "URL" { self.url.as_str() } else { word });
        let words = std::iter::once("brownian").chain(words).chain(["--principal", "admin"]);
        let cli = Cli::try_parse_from(words).expect("a command line");
        let mut out = Vec::new();
        let command = cli.command.expect("a command");
        let result = command.run(Some(Secret::new("password")), &mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        match result {
            Ok(()) => Ok(text),
            Err(why) => Err(format!("{text}{why}")),
        }
    }

    fn run(&self, words: &[&str]) -> String {
        self.try_run(words).unwrap_or_else(|why| panic!("{words:?}: {why}"))
    }

    fn fails(&self, words: &[&str]) -> String {
        match self.try_run(words) {
            Ok(text) => panic!("{words:?} did not fail: {text}"),
            Err(why) => why,
        }
    }

    fn values(&self, selector: &str) -> Vec<String> {
        let rows = self.run(&["fetch", "URL", selector, "--json"]);
        rows.lines()
            .map(|row| {
                let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
                format!("{} {}", row["path"].as_str().expect("a path"), row["value"])
            })
            .collect()
    }
}

#[test]
fn values_are_set_by_type_and_guarded() {
    let desk = Desk::new();
    assert!(desk.fails(&["set", "URL", "a/n", "1"]).contains("no topic at “a/n”"));
    assert_eq!(desk.run(&["set", "URL", "a/n", "1", "--add", "--type", "int64"]), "Added a/n\n");
    assert_eq!(desk.run(&["set", "URL", "a/n", "-2"]), "Set a/n\n");
    assert!(desk.fails(&["set", "URL", "a/n", "two"]).contains("this is no INT64 value: “two” is no whole number"));
    let guarded = desk.fails(&["set", "URL", "a/n", "3", "--if-value", "1"]);
    assert!(guarded.contains("Did not set “a/n”: the value is no longer the one you saw"), "{guarded}");
    desk.run(&["set", "URL", "a/n", "3", "--if-value", "-2"]);
    assert!(desk.fails(&["set", "URL", "a/n", "4", "--if-no-value"]).contains("the topic has a value now"));
    desk.fails(&["set", "URL", "a/n", "4", "--add", "--type", "int64", "--if-no-topic"]);
    let other = desk.fails(&["set", "URL", "a/n", "{}", "--add", "--type", "json"]);
    assert!(other.contains("another specification") && other.contains("Type is INT64, wanted is JSON"), "{other}");
    assert_eq!(desk.values(">a/n"), ["a/n 3"]);
    let row = desk.run(&["set", "URL", "a/n", "5", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&row).expect("JSON")["outcome"], "set");
}

#[test]
fn json_is_patched_and_files_are_read() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("value.json");
    std::fs::write(&file, r#"{"bid":1,"id":9007199254740993}"#).expect("written");
    let file = file.to_str().expect("a path");
    desk.run(&["set", "URL", "q", "--file", file, "--add", "--type", "json", "--property", "PRIORITY=high"]);
    let patched = desk.run(&["set", "URL", "q", r#"[{"op":"replace","path":"/bid","value":2}]"#, "--patch"]);
    assert_eq!(patched, "Patched q\n");
    assert_eq!(desk.values(">q"), [r#"q {"bid":2,"id":9007199254740993}"#]);
    let failed = desk.fails(&["set", "URL", "q", r#"[{"op":"remove","path":"/ask"}]"#, "--patch"]);
    assert!(failed.contains("operation 1 of the patch does not fit the value. Nothing was changed"), "{failed}");
    desk.run(&["set", "URL", "raw", "--file", file, "--add", "--type", "binary"]);
    assert!(desk.values(">raw")[0].starts_with("raw \"7b22"), "a file is the bytes of a BINARY topic");
    assert!(desk.fails(&["set", "URL", "raw", "[]", "--patch"]).contains("only JSON topics"));
}

#[test]
fn topics_are_removed_only_when_their_number_is_known() {
    let desk = Desk::new();
    for path in ["a/1", "a/2", "b"] {
        desk.run(&["add", "URL", path, "--type", "string"]);
    }
    assert_eq!(desk.run(&["add", "URL", "b", "--type", "string"]), "An equal topic was there: b\n");
    assert_eq!(desk.fails(&["remove", "URL", "?a/"]), "2 topics match ?a/; --count 2 removes them");
    assert!(desk.fails(&["remove", "URL", "?a/", "--count", "3"]).contains("nothing was removed"));
    assert_eq!(desk.run(&["remove", "URL", "?a/", "--dry-run"]), "2 topics would be removed\n  a/1\n  a/2\n");
    assert_eq!(desk.values("?.*//").len(), 3);
    assert_eq!(desk.run(&["remove", "URL", "?a/", "--count", "2"]), "Removed 2 topics: ?a/\n");
    assert_eq!(desk.values("?.*//"), ["b null"]);
    desk.run(&["remove", "URL", ">b", "--yes"]);
    assert_eq!(desk.values("?.*//"), [""; 0]);
}

#[test]
fn events_are_appended() {
    let desk = Desk::new();
    desk.run(&["add", "URL", "t", "--type", "time_series", "--property", "TIME_SERIES_EVENT_VALUE_TYPE=double"]);
    assert_eq!(desk.run(&["append", "URL", "t", "1.5", "--timestamp", "1000"]), "Appended event 0 to t\n");
    assert_eq!(desk.run(&["append", "URL", "t", "2.5"]), "Appended event 1 to t\n");
    assert!(desk.fails(&["append", "URL", "t", "x"]).contains("DOUBLE"));
    assert!(desk.fails(&["set", "URL", "t", "1"]).contains("use append"));
    desk.run(&["add", "URL", "s", "--type", "string"]);
    assert!(desk.fails(&["append", "URL", "s", "x"]).contains("not TIME_SERIES; use set"));
    let missing = desk.fails(&["add", "URL", "u", "--type", "time_series"]);
    assert_eq!(missing, "Missing mandatory property TIME_SERIES_EVENT_VALUE_TYPE");
}

#[test]
fn a_branch_goes_to_a_file_and_back() {
    let desk = Desk::new();
    desk.run(&["set", "URL", "a/j", r#"{"id":9007199254740993}"#, "--add", "--type", "json"]);
    desk.run(&["set", "URL", "a/d", "0.1", "--add", "--type", "double", "--property", "PRIORITY=low"]);
    desk.run(&["set", "URL", "a/b", "hex:00ff", "--add", "--type", "binary"]);
    desk.run(&["add", "URL", "a/t", "--type", "time_series", "--property", "TIME_SERIES_EVENT_VALUE_TYPE=string"]);
    desk.run(&["append", "URL", "a/t", "first", "--timestamp", "1000"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.json");
    let file = file.to_str().expect("a path");
    assert_eq!(desk.run(&["export", "URL", "?a//", "--output", file]), format!("4 topics in {file}\n"));
    assert!(desk.run(&["export", "URL", "?a//"]).contains("9007199254740993"));

    let there = desk.run(&["import", "URL", file]);
    assert_eq!(there, "0 created, 0 set, 4 the same, 0 differ, 0 failed\n");
    desk.run(&["set", "URL", "a/d", "0.2"]);
    desk.run(&["remove", "URL", ">a/j", "--yes"]);
    desk.run(&["remove", "URL", ">a/b", "--yes"]);
    desk.run(&["add", "URL", "a/b", "--type", "string"]);
    let plan = desk.fails(&["import", "URL", file, "--dry-run"]);
    assert!(plan.contains("differs  a/b: Type is STRING, wanted is BINARY\n"), "{plan}");
    assert!(plan.contains("1 would be created, 1 would be set, 1 the same, 1 differ, 0 failed\n"), "{plan}");
    assert_eq!(desk.values(">a/d"), ["a/d 0.2"], "nothing was done");
    let kept = desk.fails(&["import", "URL", file, "--if-no-topic"]);
    assert!(kept.contains("1 created, 0 set, 2 the same, 1 differ"), "{kept}");
    assert_eq!(desk.values(">a/j"), [r#"a/j {"id":9007199254740993}"#]);

    desk.run(&["import", "URL", file, "--prefix", "copy"]);
    assert_eq!(desk.values(">copy/a/b"), ["copy/a/b \"00ff\""]);
    let series = desk.run(&["fetch", "URL", ">copy/a/t", "--json"]);
    assert!(series.contains("\"timestamp\":1000") && series.contains("first"), "{series}");

    desk.run(&["append", "URL", "a/t", "second", "--timestamp", "1000"]);
    desk.run(&["append", "URL", "a/t", "third", "--timestamp", "3000"]);
    desk.run(&["export", "URL", "?a/t", "--output", file]);
    let told = desk.run(&["import", "URL", file, "--prefix", "all"]);
    assert!(told.contains("1 created"), "{told}");
    let again = desk.run(&["export", "URL", "?all//"]);
    let events = again.lines().find(|line| line.contains("all/a/t")).expect("exported").to_owned();
    for (at, text) in [(1000, "first"), (1000, "second"), (3000, "third")] {
        let event = format!("{{\"timestamp\":{at},\"author\":\"admin\",\"value\":\"{text}\"}}");
        assert!(events.contains(&event), "{event} in {events}");
    }
    let told = desk.run(&["import", "URL", file, "--prefix", "copy"]);
    assert!(told.contains("1 set"), "only what is newer than the latest event is appended: {told}");
    let copied = desk.run(&["export", "URL", ">copy/a/t"]);
    assert_eq!(copied.matches("\"timestamp\"").count(), 2, "{copied}");

    std::fs::write(file, "{\n}x").expect("written");
    assert!(
        desk.fails(&["import", "URL", file]).ends_with("a.json: there is more text after the value (line 2, column 2)")
    );
}
