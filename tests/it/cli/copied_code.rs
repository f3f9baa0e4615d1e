//! What is copied as Rust compiles, is what the generator makes, and runs; every command line that is copied is
//! understood by the program.

#[path = "../../support/copied_topics.rs"]
mod copied_topics;

#[expect(dead_code, unreachable_pub, reason = "a program of its own, whose main goes to another server")]
mod add {
    include!("copied/add.txt");
}
#[expect(dead_code, unreachable_pub, reason = "a program of its own, whose main goes to another server")]
#[expect(clippy::manual_string_new, clippy::unreadable_literal, reason = "values stand in it as they are")]
mod set {
    include!("copied/set.txt");
}
#[expect(dead_code, unreachable_pub, reason = "a program of its own, whose main goes to another server")]
mod subscribe {
    include!("copied/subscribe.txt");
}

use brownian::app::cli::{Cli, parsers};
use brownian::app::commands::Command;
use brownian::client::api::{ConnectOptions, Target};
use brownian::data::value::{self, Value};
use brownian::data::{Timestamp, TopicPath, TopicSpec, TopicType};
use brownian::model::change::{Add, AddAndSet, Append, Change, Guard, Patch, Remove, Set, Snapshot};
use brownian::model::copy_as::{self, Form, Language, Task};
use brownian::model::journal::command::command_line;
use brownian::model::journal::{Content, Entry, EntryId};
use brownian::server::{Server, ServerConfig};
use clap::Parser;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc;

fn place() -> copy_as::Server {
    copy_as::Server { url: "ws://localhost:8080".into(), principal: "writer".into() }
}

/// Compares the samples with the generator; `UPDATE_SNAPSHOTS=1` in the environment writes them anew.
#[test]
fn the_samples_are_what_is_copied() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/copied");
    for (task, name) in [(Task::Add, "add"), (Task::Set, "set"), (Task::Subscribe, "subscribe")] {
        let code = copy_as::text(Form::Code(Language::Rust), task, &place(), &copied_topics::all()).expect("code");
        let file = folder.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, &code).expect("written");
        }
        let sample = std::fs::read_to_string(&file).expect("a sample");
        assert_eq!(code, sample, "{name}.txt");
    }
}

#[test]
fn the_samples_add_set_and_subscribe() {
    let mut config = ServerConfig::default();
    let mut writer = config.security.principals["admin"].clone();
    writer.password = brownian::data::Secret::default();
    config.security.principals.insert("writer".into(), writer);
    let server = Server::start(config).expect("a server starts");
    let url = format!("ws://{}", server.listen(([127, 0, 0, 1], 0).into()).expect("a free port"));
    add::run(&url).expect("topics are added");
    set::run(&url).expect("values are set");
    let (seen, values) = mpsc::channel();
    let reader = std::thread::Builder::new().name("copied program".into()).spawn(move || {
        subscribe::subscribe(&url, |path, value| _ = seen.send((path.to_owned(), value.to_owned())))
            .map_err(|error| error.to_string())
    });
    // Of what has no value nothing is printed.
    let has_value = |topic: &copy_as::Topic| topic.value.as_deref() != Some(&[0xf6]);
    let topics: Vec<_> = copied_topics::all().into_iter().filter(has_value).collect();
    let mut got: HashMap<String, String> = HashMap::new();
    while got.len() < topics.len() {
        let longest = std::time::Duration::from_mins(1);
        let (path, value) = values.recv_timeout(longest).expect("the program prints every topic");
        got.insert(path, value);
    }
    for topic in &topics {
        let (spec, bytes) = (topic.spec.as_ref().expect("known"), topic.value.as_ref().expect("known"));
        // The event is another one; its value is the same.
        let own = |text: &str| {
            if topic.is_series() { text.rsplit(' ').next().unwrap_or_default().to_owned() } else { text.to_owned() }
        };
        let wanted = value::preview(spec, bytes, usize::MAX);
        assert_eq!(own(&got[topic.path.as_str()]), own(&wanted), "{}", topic.path);
    }
    drop(server);
    let ended = reader.expect("a thread").join().expect("no panic");
    assert!(ended.is_err(), "the end of the session ends the program");
}

/// The words of a command line as a POSIX shell splits them; none where it would do more than that.
fn shell_words(line: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c if c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c) => word.get_or_insert_default().push(c),
            _ => return None,
        }
    }
    words.extend(word);
    Some(words)
}

fn parsed(line: &str) -> Command {
    let words = shell_words(line).unwrap_or_else(|| panic!("a shell would do more with {line}"));
    let cli = Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}\n{error}"));
    cli.command.expect("a command")
}

fn entry(change: Change, principal: &str) -> Entry {
    Entry {
        id: EntryId(1),
        at: Timestamp(0),
        link: None,
        server: "s".into(),
        identity: None,
        server_id: None,
        principal: principal.into(),
        content: Content::Change(change),
        before: Snapshot::default(),
        result: None,
        micros: 0,
        undone_by: None,
        undoes: None,
    }
}

#[test]
fn every_command_line_is_understood() {
    for topic in copied_topics::all() {
        let of = |task| copy_as::text(Form::CommandLine, task, &place(), std::slice::from_ref(&topic));
        match parsed(&of(Task::Fetch).expect("a line")) {
            Command::Fetch(args) => assert_eq!(args.selector, topic.selector()),
            other => panic!("{other:?}"),
        }
        match parsed(&of(Task::Subscribe).expect("a line")) {
            Command::Watch(args) => assert_eq!(args.server.principal.as_deref(), Some("writer")),
            other => panic!("{other:?}"),
        }
        match parsed(&of(Task::Add).expect("a line")) {
            Command::Add(args) => {
                assert_eq!(args.path, topic.path);
                let spec = parsers::spec(args.topic_type, &args.properties);
                assert_eq!(Some(spec), topic.spec);
            }
            other => panic!("{other:?}"),
        }
        let Ok(line) = of(Task::Set) else { continue };
        let (path, text) = match parsed(&line) {
            Command::Set(args) => (args.path, args.value.expect("a value")),
            Command::Append(args) => (args.path, args.value),
            other => panic!("{other:?}"),
        };
        assert_eq!(path, topic.path);
        let data_type = topic.data_type().expect("known");
        let read = value::parse_input::from_text(data_type, &text).expect("a value");
        let bytes = topic.value.clone().expect("known");
        let wanted = match value::decode_topic(topic.spec.as_ref().expect("known"), &bytes).expect("a value") {
            Value::Event(event) => event.value.clone(),
            _ => bytes,
        };
        assert_eq!(value::encode(&read), wanted, "{line}");
    }
}

proptest! {
    #[test]
    fn any_path_and_text_come_through_a_shell(
        path in "[^/\0]{1,10}", value in "[^\0]*", principal in "[^\0]{0,8}", guard in "[^\0]*"
    ) {
        let path = TopicPath::parse(&path).expect("a path");
        let encoded = |text: &str| value::encode(&Value::String(Some(text.to_owned())));
        let mut topic = copied_topics::all().swap_remove(3);
        topic.path = path.clone();
        topic.value = Some(encoded(&value));
        let place = copy_as::Server { principal: principal.clone(), ..place() };
        let line = copy_as::text(Form::CommandLine, Task::Set, &place, &[topic]).expect("a line");
        let Command::Set(args) = parsed(&line) else { panic!("{line}") };
        prop_assert_eq!(args.value.as_deref(), Some(value.as_str()));
        prop_assert_eq!(&args.path, &path);
        prop_assert_eq!(args.server.principal.unwrap_or_default(), principal.clone());
        // The same for the lines of the journal.
        let spec = TopicSpec::new(TopicType::String).with("OWNER", guard.clone());
        let options = ConnectOptions::to(Target::Url("ws://host:8080".into()));
        let guarded = Guard::StillValue(encoded(&guard));
        for change in [
            Set { path: path.clone(), data_type: value::DataType::String, value: encoded(&value), guard: guarded.clone() }.into(),
            AddAndSet { path: path.clone(), spec: spec.clone(), value: encoded(&value), guard: guarded }.into(),
        ] {
            let line = command_line(&entry(change, &principal), &options).expect("a line");
            let Command::Set(args) = parsed(&line) else { panic!("{line}") };
            prop_assert_eq!(args.value.as_deref(), Some(value.as_str()));
            prop_assert_eq!(args.if_value.as_deref(), Some(guard.as_str()));
        }
        for change in [
            Add { path: path.clone(), spec }.into(),
            Append { path: path.clone(), event_type: value::DataType::String, value: encoded(&value), timestamp_millis: Some(-1) }.into(),
            Remove { selector: format!(">{path}") }.into(),
            Patch { path: path.clone(), patch: guard.clone(), guard: Guard::None }.into(),
        ] {
            let line = command_line(&entry(change, &principal), &options).expect("a line");
            let ok = match parsed(&line) {
                Command::Add(args) => args.path == path && args.properties[0].1 == guard,
                Command::Append(args) => args.path == path && args.value == value && args.timestamp.is_some(),
                Command::Remove(args) => args.selector == format!(">{path}"),
                Command::Set(args) => args.patch && args.value.as_deref() == Some(guard.as_str()),
                _ => false,
            };
            prop_assert!(ok, "{}", line);
        }
    }
}
