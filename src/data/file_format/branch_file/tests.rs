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
            events: vec![
                FileEvent { at_millis: 1_700_000_000_000, author: "ann".into(), value: event.clone() },
                FileEvent { at_millis: 1_700_000_000_001, author: String::new(), value: event },
            ],
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
        ("[", "position 2"),
        ("{}", "brownian-branch"),
        (r#"{"format":"brownian-branch"}"#, "version"),
        (r#"{"format":"brownian-branch","version":3}"#, "version 3"),
        (r#"{"format":"brownian-branch","version":0}"#, "version 0"),
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

#[test]
fn only_newer_events_are_missing() {
    let event = |at_millis| FileEvent { at_millis, author: String::new(), value: Bytes::from_static(&[0xf6]) };
    let series = FileTopic { events: [1, 5, 5, 9].map(event).to_vec(), ..several().remove(9) };
    let there = |times: &[i64]| FileTopic { events: times.iter().copied().map(event).collect(), ..series.clone() };
    for (times, missing) in [(&[][..], 4), (&[0], 4), (&[4], 3), (&[5], 1), (&[8, 2], 1), (&[9], 0), (&[20], 0)] {
        assert_eq!(missing_events(&series, Some(&there(times))).len(), missing, "{times:?}");
    }
    assert_eq!(missing_events(&series, None).len(), 4);
}

#[test]
fn a_series_whose_latest_event_is_an_edit_lacks_nothing_that_came_before_the_edit() {
    let series = FileTopic { ..several().remove(9) };
    let metadata = |sequence, timestamp_millis| value::time_series::EventMetadata {
        sequence,
        timestamp_millis,
        author: "ann".into(),
    };
    let (original, edit) = (metadata(0, 1_700_000_000_000), metadata(2, 1_700_000_000_001));
    let value = value::encode(&Value::Double(Some(0.2)));
    let bytes = value::time_series::encode(Some(&original), &edit, &value).into();
    let there = topic(series.path.clone(), &series.spec, Some(&bytes));
    assert_eq!(verdict(&series, Some(&there)), Verdict::Same);
}

#[test]
fn a_file_of_the_first_version_is_read() {
    let text = r#"{"format":"brownian-branch","version":1,"selector":"?a//","topics":[{"path":"a","type":"TIME_SERIES",
        "properties":{"TIME_SERIES_EVENT_VALUE_TYPE":"int64"},"events":[{"timestamp":5,"value":7}]}]}"#;
    let topics = parse(text).expect("a file");
    let value = value::encode(&Value::Int64(Some(7)));
    assert_eq!(topics[0].events, [FileEvent { at_millis: 5, author: String::new(), value }]);
}

#[test]
fn what_is_wrong_with_a_topic_stands_in_its_row() {
    let text = r#"{"format":"brownian-branch","version":2,"topics":[{"path":"a","type":"INT64","value":1},
        {"path":"a/","type":"JSON"},{"path":"a","type":"JSON"},{"path":"b","type":"INT64","value":"x"},7]}"#;
    let rows = parse_rows(text).expect("a file");
    let said: Vec<_> =
        rows.iter().map(|row| (row.path.as_str(), row.topic.as_ref().err().map(String::as_str))).collect();
    assert_eq!(said[0], ("a", None));
    assert!(said[1].0 == "a/" || said[1].1.is_some(), "{said:?}");
    assert_eq!(said[2], ("a", Some("this path comes twice")));
    assert_eq!(said[3], ("b", Some("the value is no INT64")));
    assert_eq!(said[4], ("?", Some("“path” is missing")));
}

fn any_event() -> impl Strategy<Value = (i64, String, Option<f64>)> {
    (any::<i64>(), ".{0,6}", proptest::option::of(any::<f64>()))
}

proptest! {
    #[test]
    fn any_series_comes_back(events in proptest::collection::vec(any_event(), 0..12)) {
        let series = several().remove(9);
        let mut events: Vec<FileEvent> = events
            .into_iter()
            .map(|(at_millis, author, n)| FileEvent { at_millis, author, value: value::encode(&Value::Double(n)) })
            .collect();
        events.sort_by_key(|event| event.at_millis);
        let topic = FileTopic { events, ..series };
        let back = parse(&file(std::slice::from_ref(&topic))).expect("what is written can be read");
        prop_assert_eq!(&back[0].spec, &topic.spec);
        prop_assert_eq!(back[0].events.len(), topic.events.len());
        for (mine, theirs) in topic.events.iter().zip(&back[0].events) {
            prop_assert_eq!((mine.at_millis, &mine.author), (theirs.at_millis, &theirs.author));
            let number = |bytes: &Bytes| match value::decode(DataType::Double, bytes) {
                Ok(Value::Double(n)) => n.map(f64::to_bits),
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(number(&mine.value), number(&theirs.value));
        }
    }

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
