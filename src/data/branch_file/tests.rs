//! Branches written and read back, wrong files, and what is to be done about each topic.

use super::*;
use proptest::prelude::*;

fn topic_of(path: &str, topic_type: TopicType, value: &Value) -> FileTopic {
    FileTopic {
        path: TopicPath::parse(path).expect("valid"),
        spec: TopicSpec::new(topic_type),
        value: Some(value::encode(value)),
        events: Vec::new(),
    }
}

fn file(topics: &[FileTopic]) -> String {
    let lines: Vec<String> = topics.iter().map(line).collect();
    format!("{}\n{}{TAIL}", head("?a//"), lines.join(",\n"))
}

fn several() -> Vec<FileTopic> {
    let json = |text: &str| Value::Json(Json::from_text(text).expect("JSON"));
    let series = TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", "double");
    let event = value::encode(&Value::Double(Some(0.1)));
    vec![
        topic_of("a/big", TopicType::Json, &json("{\"id\":9007199254740993,\"x\":1.0,\"ü\":\"\\u0007\"}")),
        topic_of("a/bytes", TopicType::Json, &Value::Json(Json::Bytes(vec![0, 255].into()))),
        topic_of("a/nan", TopicType::Double, &Value::Double(Some(f64::NAN))),
        topic_of("a/pi", TopicType::Double, &Value::Double(Some(std::f64::consts::PI))),
        topic_of("a/min", TopicType::Int64, &Value::Int64(Some(i64::MIN))),
        topic_of("a/unset", TopicType::String, &Value::String(None)),
        topic_of("a/text", TopicType::String, &Value::String(Some("two\nlines".into()))),
        topic_of("a/raw", TopicType::Binary, &Value::Binary(vec![1, 2, 3].into())),
        topic_of("a/rec", TopicType::RecordV2, &Value::RecordV2(value::record::Records(vec![vec!["x".into()]]))),
        FileTopic {
            path: TopicPath::parse("a/ts").expect("valid"),
            spec: series,
            value: None,
            events: vec![(1_700_000_000_000, event)],
        },
        FileTopic { value: None, ..topic_of("a/empty", TopicType::Json, &json("0")) },
    ]
}

#[test]
fn what_is_written_is_read_back_exactly() {
    let topics = several();
    let text = file(&topics);
    assert!(text.contains("9007199254740993") && text.contains("\"bytes\":\"AQID\""), "{text}");
    assert_eq!(text.lines().count(), topics.len() + 7, "one topic a line: {text}");
    assert_eq!(parse(&text), Ok(topics));
}

#[test]
fn wrong_files_say_where() {
    for (text, part) in [
        ("[", "line 1"),
        ("{}", "brownian-branch"),
        (r#"{"format":"brownian-branch"}"#, "version"),
        (r#"{"format":"brownian-branch","version":2}"#, "version 2"),
        (r#"{"format":"brownian-branch","version":1}"#, "topics"),
        (r#"{"format":"brownian-branch","version":1,"topics":[{"type":"JSON"}]}"#, "topic 1 (“?”): “path” is missing"),
        (r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"X"}]}"#, "“X” is no topic type"),
        (
            r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"INT64","value":"1"}]}"#,
            "topic 1 (“a”): the value is no INT64",
        ),
        (
            r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"JSON"},{"path":"a","type":"JSON"}]}"#,
            "topic 2 (“a”): this path comes twice",
        ),
        (
            r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"JSON","properties":{"REMOVAL":"soon"}}]}"#,
            "REMOVAL",
        ),
        (r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"STRING","bytes":"/w=="}]}"#, "byte"),
    ] {
        let why = parse(text).expect_err(text).to_string();
        assert!(why.contains(part), "{text}: {why}");
    }
}

#[test]
fn each_topic_has_its_verdict() {
    let number = |n| topic_of("a", TopicType::Int64, &Value::Int64(Some(n)));
    assert_eq!(verdict(&number(1), None), Verdict::Create);
    assert_eq!(verdict(&number(1), Some(&number(1))), Verdict::Same);
    assert_eq!(verdict(&number(1), Some(&number(2))), Verdict::OtherValue);
    assert_eq!(verdict(&FileTopic { value: None, ..number(1) }, Some(&number(2))), Verdict::Same);
    let other = topic_of("a", TopicType::Json, &Value::Json(Json::Null));
    assert!(matches!(verdict(&number(1), Some(&other)), Verdict::OtherSpec(list) if list.len() == 1));
    let series = several().remove(9);
    assert_eq!(verdict(&series, Some(&series)), Verdict::Same);
    assert_eq!(verdict(&series, Some(&FileTopic { events: Vec::new(), ..series.clone() })), Verdict::OtherValue);
}

proptest! {
    #[test]
    fn any_value_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..40), at in 0usize..6) {
        let data_type = DataType::ALL[at];
        let bytes = Bytes::from(bytes);
        if value::decode(data_type, &bytes).is_ok() {
            let topic = FileTopic {
                value: Some(bytes.clone()),
                ..topic_of("a", data_type.topic_type(), &Value::Int64(None))
            };
            let back = parse(&file(std::slice::from_ref(&topic))).map(|mut topics| topics.remove(0));
            let back = back.expect("what is written can be read").value.expect("a value");
            let same = value::decode(data_type, &back).ok() == value::decode(data_type, &bytes).ok();
            prop_assert!(back == bytes || same);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text);
    }
}
