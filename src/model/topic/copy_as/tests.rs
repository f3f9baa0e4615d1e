//! Awkward paths and values in every form.

use super::*;
use crate::data::value::json::Json;
use crate::data::value::record::Records;
use proptest::prelude::*;

fn server() -> Server {
    Server { url: "wss://host/diffusion".into(), principal: "it's me".into() }
}

fn topic(path: &str, value: &Value) -> Topic {
    let data_type = match value {
        Value::Binary(_) => DataType::Binary,
        Value::Json(_) => DataType::Json,
        Value::String(_) => DataType::String,
        Value::Int64(_) => DataType::Int64,
        Value::Double(_) => DataType::Double,
        Value::RecordV2(_) | Value::Event(_) => DataType::RecordV2,
    };
    Topic {
        path: TopicPath::parse(path).expect("a path"),
        spec: Some(TopicSpec::new(data_type.topic_type()).with("CONFLATION", "off")),
        value: Some(value::encode(value)),
        received: Some(Timestamp(1_700_000_000_123_456)),
    }
}

fn json(text: &str) -> Value {
    Value::Json(Json::from_text(text).expect("JSON"))
}

fn copied(form: Form, topic: &Topic) -> String {
    text(form, Task::Set, &server(), std::slice::from_ref(topic)).expect("a text")
}

#[test]
fn each_form_has_its_text() {
    let exact = topic("a/b c", &json(r#"{"n":18446744073709551615,"x":1.0,"t":"a\"b"}"#));
    assert_eq!(copied(Form::Path, &exact), "a/b c");
    assert_eq!(copied(Form::Selector, &exact), ">a/b c");
    assert_eq!(copied(Form::Value, &exact), "{\n  \"n\": 18446744073709551615,\n  \"x\": 1.0,\n  \"t\": \"a\\\"b\"\n}");
    let object = r#"{"path":"a/b c","type":"JSON","properties":{"CONFLATION":"off"},"value":{"n":18446744073709551615,"x":1.0,"t":"a\"b"}}"#;
    assert_eq!(copied(Form::Json, &exact), object);
    assert_eq!(
        copied(Form::CsvRow(Formulas::Kept), &exact),
        r#"a/b c,JSON,"{""n"":18446744073709551615,""x"":1.0,""t"":""a\""b""}",2023-11-14T22:13:20.123456Z"#
    );
    assert_eq!(
        copied(Form::CommandLine, &topic("a", &Value::String(Some("it's\n".into())))),
        "brownian set wss://host/diffusion '--principal=it'\\''s me' --type=STRING -- a 'it'\\''s\n'"
    );
}

#[test]
fn values_are_written_as_they_are_typed() {
    for (value, wanted) in [
        (Value::Binary(vec![0xca, 0xfe].into()), "cafe"),
        (Value::Int64(Some(i64::MIN)), "-9223372036854775808"),
        (Value::Double(Some(f64::NEG_INFINITY)), "-Infinity"),
        (Value::Double(Some(1.0)), "1.0"),
        (Value::String(None), ""),
        (Value::RecordV2(Records(vec![vec!["a".into(), String::new()]])), r#"[["a",""]]"#),
    ] {
        assert_eq!(copied(Form::Value, &topic("a", &value)), wanted, "{value:?}");
    }
}

#[test]
fn what_is_not_known_is_refused_or_left_out() {
    let bare = Topic::bare(TopicPath::parse("a").expect("a path"));
    let of = |form, task| text(form, task, &server(), std::slice::from_ref(&bare));
    assert_eq!(of(Form::Path, Task::Set).as_deref(), Ok("a"));
    assert_eq!(of(Form::Json, Task::Set).as_deref(), Ok(r#"{"path":"a"}"#));
    assert_eq!(of(Form::CsvRow(Formulas::Kept), Task::Set).as_deref(), Ok("a,,,"));
    assert!(of(Form::Value, Task::Set).expect_err("no value").0.contains("No value of a"));
    assert!(of(Form::CommandLine, Task::Add).expect_err("no specification").0.contains("specification"));
    assert!(of(Form::CommandLine, Task::Subscribe).is_ok());
    let nul = topic("a", &Value::String(Some("\0".into())));
    assert!(text(Form::CommandLine, Task::Set, &server(), &[nul]).is_err());
    let unset = topic("a", &Value::Int64(None));
    assert!(text(Form::CommandLine, Task::Set, &server(), &[unset]).is_err());
}

#[test]
fn several_topics_make_several_lines() {
    let topics = [topic("a", &Value::Int64(Some(1))), topic("b", &Value::Int64(Some(2)))];
    let of = |form| text(form, Task::Subscribe, &server(), &topics).expect("a text");
    assert_eq!(of(Form::Path), "a\nb");
    assert_eq!(of(Form::Selector), ">a\n>b");
    assert_eq!(of(Form::CsvRow(Formulas::Kept)).matches("\r\n").count(), 1);
    assert_eq!(of(Form::CommandLine).lines().filter(|line| line.starts_with("brownian watch")).count(), 2);
}

#[test]
fn the_password_is_nowhere_and_addresses_get_a_scheme() {
    let mut options = ConnectOptions::to(Target::Url("host".into()));
    options.principal = Some("me".into());
    options.password = Some(crate::data::Secret::new("hunter2"));
    let server = Server::of(&options);
    assert_eq!(server, Server { url: "ws://host:8080".into(), principal: "me".into() });
    let line = text(Form::CommandLine, Task::Fetch, &server, &[topic("a", &Value::Int64(None))]).expect("a line");
    assert_eq!(line, "brownian fetch ws://host:8080 --principal=me -- '>a'");
    for (typed, url) in [
        ("host:443", "wss://host:443"),
        ("[::1]", "ws://[::1]:8080"),
        ("[::1]:90/x", "ws://[::1]:90/x"),
        ("wss://host/p", "wss://host/p"),
        ("wss://me:hunter2@host/p", "wss://…@host/p"),
        ("host/p:1", "ws://host:8080/p:1"),
    ] {
        assert_eq!(Server::of(&ConnectOptions::to(Target::Url(typed.into()))).url, url);
    }
}

/// Cells of one CSV text, read by the rules of RFC 4180.
fn cells(text: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut chars, mut quoted) = (text.chars().peekable(), false);
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().expect("a cell").push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().expect("a cell").push(c),
        }
    }
    cells
}

proptest! {
    #[test]
    fn any_text_survives_csv_and_json(path in "[^/]{1,12}", value in any::<String>()) {
        let topic = topic(&path, &Value::String(Some(value.clone())));
        let row = cells(&copied(Form::CsvRow(Formulas::Kept), &topic));
        prop_assert_eq!(&row[..3], &[path.clone(), "STRING".to_owned(), value.clone()]);
        let object: serde_json::Value = serde_json::from_str(&copied(Form::Json, &topic)).expect("JSON");
        prop_assert_eq!(&object["path"], &path);
        prop_assert_eq!(&object["value"], &value);
    }
}
