//! The commands that change a server, run against the embedded server as a user runs them.

use super::command_line::CommandLine;

/// Events with a time of one's own came with this version.
const NEEDS_19: &str = "needs protocol 19, the server speaks 18";

at_every_version!(
    values_are_set_by_type_and_guarded,
    json_is_patched_and_files_are_read,
    topics_are_removed_only_when_their_number_is_known,
    events_are_appended,
    what_json_cannot_say_goes_to_a_file_and_back,
    a_branch_goes_to_a_file_and_back,
);

fn values_are_set_by_type_and_guarded(version: u8) {
    let command_line = CommandLine::at(version);
    assert!(command_line.fails(&["set", "URL", "a/n", "1"]).contains("no topic at “a/n”"));
    assert_eq!(command_line.run(&["set", "URL", "a/n", "1", "--add", "--type", "int64"]), "Added a/n\n");
    assert_eq!(command_line.run(&["set", "URL", "a/n", "-2"]), "Set a/n\n");
    assert!(
        command_line.fails(&["set", "URL", "a/n", "two"]).contains("this is no INT64 value: “two” is no whole number")
    );
    let guarded = command_line.fails(&["set", "URL", "a/n", "3", "--if-value", "1"]);
    assert!(guarded.contains("Did not set “a/n”: the value is no longer the one you saw"), "{guarded}");
    command_line.run(&["set", "URL", "a/n", "3", "--if-value", "-2"]);
    assert!(command_line.fails(&["set", "URL", "a/n", "4", "--if-no-value"]).contains("the topic has a value now"));
    command_line.fails(&["set", "URL", "a/n", "4", "--add", "--type", "int64", "--if-no-topic"]);
    let other = command_line.fails(&["set", "URL", "a/n", "{}", "--add", "--type", "json"]);
    assert!(other.contains("another specification") && other.contains("Type is INT64, wanted is JSON"), "{other}");
    assert_eq!(command_line.values(">a/n"), ["a/n 3"]);
    let row = command_line.run(&["set", "URL", "a/n", "5", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&row).expect("JSON")["outcome"], "set");
}

fn json_is_patched_and_files_are_read(version: u8) {
    let command_line = CommandLine::at(version);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("value.json");
    std::fs::write(&file, r#"{"bid":1,"id":9007199254740993}"#).expect("written");
    let file = file.to_str().expect("a path");
    command_line.run(&["set", "URL", "q", "--file", file, "--add", "--type", "json", "--property", "PRIORITY=high"]);
    let patched = command_line.run(&["set", "URL", "q", r#"[{"op":"replace","path":"/bid","value":2}]"#, "--patch"]);
    assert_eq!(patched, "Patched q\n");
    assert_eq!(command_line.values(">q"), [r#"q {"bid":2,"id":9007199254740993}"#]);
    let failed = command_line.fails(&["set", "URL", "q", r#"[{"op":"remove","path":"/ask"}]"#, "--patch"]);
    assert!(failed.contains("operation 1 of the patch does not fit the value. Nothing was changed"), "{failed}");
    command_line.run(&["set", "URL", "raw", "--file", file, "--add", "--type", "binary"]);
    assert!(command_line.values(">raw")[0].starts_with("raw \"7b22"), "a file is the bytes of a BINARY topic");
    assert!(command_line.fails(&["set", "URL", "raw", "[]", "--patch"]).contains("only JSON topics"));
}

fn topics_are_removed_only_when_their_number_is_known(version: u8) {
    let command_line = CommandLine::at(version);
    for path in ["a/1", "a/2", "b"] {
        command_line.run(&["add", "URL", path, "--type", "string"]);
    }
    assert_eq!(command_line.run(&["add", "URL", "b", "--type", "string"]), "An equal topic was there: b\n");
    assert_eq!(command_line.fails(&["remove", "URL", "?a/"]), "2 topics match ?a/; --count 2 removes them");
    assert!(command_line.fails(&["remove", "URL", "?a/", "--count", "3"]).contains("nothing was removed"));
    assert_eq!(command_line.run(&["remove", "URL", "?a/", "--dry-run"]), "2 topics would be removed\n  a/1\n  a/2\n");
    assert_eq!(command_line.values("?.*//").len(), 3);
    assert_eq!(command_line.run(&["remove", "URL", "?a/", "--count", "2"]), "Removed 2 topics: ?a/\n");
    assert_eq!(command_line.values("?.*//"), ["b null"]);
    command_line.run(&["remove", "URL", ">b", "--yes"]);
    assert_eq!(command_line.values("?.*//"), [""; 0]);
}

fn events_are_appended(version: u8) {
    let command_line = CommandLine::at(version);
    command_line.run(&[
        "add",
        "URL",
        "t",
        "--type",
        "time_series",
        "--property",
        "TIME_SERIES_EVENT_VALUE_TYPE=double",
    ]);
    let past = &["append", "URL", "t", "1.5", "--timestamp", "1000"];
    if version < 19 {
        assert!(command_line.fails(past).contains(NEEDS_19));
        command_line.run(&["append", "URL", "t", "1.5"]);
    } else {
        assert_eq!(command_line.run(past), "Appended event 0 to t\n");
    }
    assert_eq!(command_line.run(&["append", "URL", "t", "2.5"]), "Appended event 1 to t\n");
    assert!(command_line.fails(&["append", "URL", "t", "x"]).contains("DOUBLE"));
    assert!(command_line.fails(&["set", "URL", "t", "1"]).contains("use append"));
    command_line.run(&["add", "URL", "s", "--type", "string"]);
    assert!(command_line.fails(&["append", "URL", "s", "x"]).contains("not TIME_SERIES; use set"));
    let missing = command_line.fails(&["add", "URL", "u", "--type", "time_series"]);
    assert_eq!(missing, "Missing mandatory property TIME_SERIES_EVENT_VALUE_TYPE");
}

fn what_json_cannot_say_goes_to_a_file_and_back(version: u8) {
    let command_line = CommandLine::at(version);
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("1.json"), folder.path().join("2.json"));
    let (first, second) = (first.to_str().expect("a path"), second.to_str().expect("a path"));
    // {"a": undefined}, [1, undefined], {"a": 1} of definite length, and the half float 1.5.
    let lines: Vec<String> = ["v2Fh9/8=", "nwH3/w==", "oWFhAQ==", "+T4A"]
        .iter()
        .enumerate()
        .map(|(at, bytes)| format!(r#"{{"path":"a/{at}","type":"JSON","bytes":"{bytes}"}}"#))
        .chain([r#"{"path":"a/8","type":"JSON","value":{"a":1}}"#.to_owned()])
        .chain([concat!(
            r#"{"path":"a/9","type":"TIME_SERIES","properties":{"TIME_SERIES_EVENT_VALUE_TYPE":"json"},"#,
            r#""events":[{"timestamp":5,"author":"admin","bytes":"9w=="}]}"#
        )
        .to_owned()])
        .collect();
    let text = format!(
        "{{\n\"format\": \"brownian-branch\",\n\"version\": 2,\n\"selector\": \"?a//\",\n\"topics\": [\n{}\n]\n}}\n",
        lines.join(",\n")
    );
    std::fs::write(first, &text).expect("written");
    if version < 19 {
        let told = command_line.fails(&["import", "URL", first]);
        assert!(told.contains(NEEDS_19) && told.contains("1 failed"), "{told}");
        return;
    }
    command_line.run(&["import", "URL", first]);
    command_line.run(&["export", "URL", "?a//", "--output", second]);
    assert_eq!(std::fs::read_to_string(second).expect("written"), text);
    let there = command_line.run(&["import", "URL", second]);
    assert_eq!(there, "0 created, 0 set, 6 the same, 0 differ, 0 failed\n");
    command_line.run(&["set", "URL", "a/0", r#"{"a":null}"#]);
    let told = command_line.run(&["import", "URL", second]);
    assert!(told.contains("1 set, 5 the same"), "null is not undefined: {told}");
}

fn a_branch_goes_to_a_file_and_back(version: u8) {
    let command_line = CommandLine::at(version);
    command_line.run(&["set", "URL", "a/j", r#"{"id":9007199254740993}"#, "--add", "--type", "json"]);
    command_line.run(&["set", "URL", "a/d", "0.1", "--add", "--type", "double", "--property", "PRIORITY=low"]);
    command_line.run(&["set", "URL", "a/b", "hex:00ff", "--add", "--type", "binary"]);
    command_line.run(&[
        "add",
        "URL",
        "a/t",
        "--type",
        "time_series",
        "--property",
        "TIME_SERIES_EVENT_VALUE_TYPE=string",
    ]);
    if version < 19 {
        // What a branch with a series of events needs.
        assert!(command_line.fails(&["append", "URL", "a/t", "first", "--timestamp", "1000"]).contains(NEEDS_19));
        return;
    }
    command_line.run(&["append", "URL", "a/t", "first", "--timestamp", "1000"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.json");
    let file = file.to_str().expect("a path");
    assert_eq!(command_line.run(&["export", "URL", "?a//", "--output", file]), format!("4 topics in {file}\n"));
    assert!(command_line.run(&["export", "URL", "?a//"]).contains("9007199254740993"));

    let there = command_line.run(&["import", "URL", file]);
    assert_eq!(there, "0 created, 0 set, 4 the same, 0 differ, 0 failed\n");
    command_line.run(&["set", "URL", "a/d", "0.2"]);
    command_line.run(&["remove", "URL", ">a/j", "--yes"]);
    command_line.run(&["remove", "URL", ">a/b", "--yes"]);
    command_line.run(&["add", "URL", "a/b", "--type", "string"]);
    let plan = command_line.fails(&["import", "URL", file, "--dry-run"]);
    assert!(plan.contains("differs  a/b: Type is STRING, wanted is BINARY\n"), "{plan}");
    assert!(plan.contains("1 would be created, 1 would be set, 1 the same, 1 differ, 0 failed\n"), "{plan}");
    assert_eq!(command_line.values(">a/d"), ["a/d 0.2"], "nothing was done");
    let kept = command_line.fails(&["import", "URL", file, "--if-no-topic"]);
    assert!(kept.contains("1 created, 0 set, 2 the same, 1 differ"), "{kept}");
    assert_eq!(command_line.values(">a/j"), [r#"a/j {"id":9007199254740993}"#]);

    command_line.run(&["import", "URL", file, "--prefix", "copy"]);
    assert_eq!(command_line.values(">copy/a/b"), ["copy/a/b \"00ff\""]);
    let series = command_line.run(&["fetch", "URL", ">copy/a/t", "--json"]);
    assert!(series.contains("\"timestamp\":1000") && series.contains("first"), "{series}");

    command_line.run(&["append", "URL", "a/t", "second", "--timestamp", "1000"]);
    command_line.run(&["append", "URL", "a/t", "third", "--timestamp", "3000"]);
    command_line.run(&["export", "URL", "?a/t", "--output", file]);
    let told = command_line.run(&["import", "URL", file, "--prefix", "all"]);
    assert!(told.contains("1 created"), "{told}");
    let again = command_line.run(&["export", "URL", "?all//"]);
    let events = again.lines().find(|line| line.contains("all/a/t")).expect("exported").to_owned();
    for (at, text) in [(1000, "first"), (1000, "second"), (3000, "third")] {
        let event = format!("{{\"timestamp\":{at},\"author\":\"admin\",\"value\":\"{text}\"}}");
        assert!(events.contains(&event), "{event} in {events}");
    }
    let told = command_line.run(&["import", "URL", file, "--prefix", "copy"]);
    assert!(told.contains("1 set"), "only what is newer than the latest event is appended: {told}");
    let copied = command_line.run(&["export", "URL", ">copy/a/t"]);
    assert_eq!(copied.matches("\"timestamp\"").count(), 2, "{copied}");

    std::fs::write(file, "{\n}x").expect("written");
    assert!(
        command_line
            .fails(&["import", "URL", file])
            .ends_with("a.json: there is more text after the value (line 2, column 2)")
    );
}
