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
        (r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"STRING","bytes":"/?"}]}"#, "base64"),
        (r#"{"format":"brownian-branch","version":1,"topics":[{"path":"a","type":"STRING","bytes":1}]}"#, "no text"),
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

/// Writes bytes as value of a topic and of an event, and reads them back.
#[track_caller]
fn comes_back(data_type: DataType, bytes: &Bytes) {
    let spec = TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", data_type.name());
    let event = FileEvent { at_millis: 5, author: "ann".into(), value: bytes.clone() };
    let at = |path: &str| TopicPath::parse(path).expect("valid");
    let topics = [
        FileTopic {
            path: at("a"),
            spec: TopicSpec::new(data_type.topic_type()),
            value: Some(bytes.clone()),
            events: Vec::new(),
        },
        FileTopic { path: at("b"), spec, value: None, events: vec![event] },
    ];
    assert_eq!(parse(&file(&topics)).as_deref(), Ok(&topics[..]), "{data_type:?} {bytes:02x?}");
    assert_eq!(verdict(&topics[0], Some(&topics[0])), Verdict::Same);
}

#[test]
fn what_json_cannot_say_is_kept() {
    for bytes in [
        &b"\xf7"[..],                    // undefined
        b"\xbf\x61a\xf7\xff",            // … in an object
        b"\x9f\x01\xf7\xff",             // … in an array
        b"\x42\x00\xff",                 // a byte string
        b"\xfb\x7f\xf8\0\0\0\0\0\0",     // not a number
        b"\xfb\x7f\xf8\0\0\0\0\0\x01",   // … another
        b"\xfb\xff\xf0\0\0\0\0\0\0",     // minus infinity
        b"\xf9\x3e\x00",                 // a half float
        b"\xf9\x7e\x00",                 // … that is not a number
        b"\xfa\x3f\xc0\x00\x00",         // a single float
        b"\x18\x01",                     // a longer head than needed
        b"\x3b\x80\0\0\0\0\0\0\0",       // an integer that text is read as a float
        b"\xc2\x49\x01\0\0\0\0\0\0\0\0", // a bignum
        b"\xc0\x61a",                    // a tag
        b"\xbf\x01\x02\xff",             // a key that is no text
        b"\xbf\x41a\x02\xff",            // … that is a byte string
        b"\xbf\x61a\x01\x61a\x02\xff",   // a key that comes twice
        b"\x82\x01\x02",                 // a definite length
        b"\xa1\x61a\x01",                // … of an object
        b"\x7f\x61a\x61b\xff",           // text in two pieces
        b"\x61\xff",                     // text that is not UTF-8
        b"\xe0",                         // a simple value
        b"\xf8\xff",                     // … with a byte of its own
        b"\x01\x02",                     // a byte behind the value
        b"",                             // nothing
    ] {
        let bytes = Bytes::from_static(bytes);
        assert_eq!(content(DataType::Json, &bytes).0, "bytes", "{bytes:02x?}");
        comes_back(DataType::Json, &bytes);
    }
    for text in ["18446744073709551615", "-0.0", "1.0", "1e300", "5e-324", "[]", "{}", "null"] {
        let bytes: Bytes = Json::from_text(text).expect("JSON").to_cbor().into();
        assert_eq!(content(DataType::Json, &bytes).0, "value", "{text}");
        comes_back(DataType::Json, &bytes);
    }
}

/// The file itself has levels; a value that can be read alone must not make the whole file unreadable.
#[test]
fn values_as_deep_as_can_be_read_come_back() {
    for depth in Json::MAX_DEPTH - 8..=Json::MAX_DEPTH + 1 {
        let bytes = [vec![0x9f; depth], vec![0xff; depth]].concat().into();
        comes_back(DataType::Json, &bytes);
    }
}

#[test]
fn an_equal_value_in_another_form_is_the_same_unless_bytes_are_meant() {
    let topic = |bytes: &'static [u8]| FileTopic {
        value: Some(Bytes::from_static(bytes)),
        ..topic_of("a", TopicType::Json, &Value::Int64(None))
    };
    let (ours, definite) = (&b"\xbf\x61a\x01\xff"[..], &b"\xa1\x61a\x01"[..]);
    for (mine, theirs, expected) in [
        (ours, definite, Verdict::Same),
        (definite, ours, Verdict::OtherValue),
        (b"\xf6", b"\xf7", Verdict::OtherValue),
        (b"\xf7", b"\xf6", Verdict::OtherValue),
        (ours, b"\xbf\x61a\x02\x61a\x01\xff", Verdict::OtherValue),
        (b"\xfb\0\0\0\0\0\0\0\0", b"\xfb\x80\0\0\0\0\0\0\0", Verdict::OtherValue),
        (b"\xfb\x3f\xf8\0\0\0\0\0\0", b"\xf9\x3e\x00", Verdict::Same),
        (ours, b"\xe0", Verdict::OtherValue),
    ] {
        assert_eq!(verdict(&topic(mine), Some(&topic(theirs))), expected, "{mine:02x?} {theirs:02x?}");
    }
}

/// A head of any length that takes the argument.
fn any_head(major: u8, argument: u64) -> impl Strategy<Value = Vec<u8>> {
    (0_u8..5).prop_map(move |length| {
        let bytes = argument.to_be_bytes();
        let shortest = match argument {
            0..24 => 0,
            24..0x100 => 1,
            0x100..0x1_0000 => 2,
            0x1_0000..0x1_0000_0000 => 3,
            _ => 4,
        };
        match length.max(shortest) {
            0 => vec![major << 5 | bytes[7]],
            1 => vec![major << 5 | 0x18, bytes[7]],
            2 => [&[major << 5 | 0x19][..], &bytes[6..]].concat(),
            3 => [&[major << 5 | 0x1a][..], &bytes[4..]].concat(),
            _ => [&[major << 5 | 0x1b][..], &bytes].concat(),
        }
    })
}

/// The items as a collection of a major type, of definite length or ended by a mark.
fn any_collection(major: u8, members: u64, items: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let definite = items.clone();
    prop_oneof![
        any_head(major, members).prop_map(move |head| [head, definite.clone()].concat()),
        Just([&[major << 5 | 0x1f][..], &items, &[0xff]].concat()),
    ]
}

/// A string of bytes or of text, in one piece or in some.
fn any_string() -> BoxedStrategy<Vec<u8>> {
    let content = prop_oneof![
        9 => ".{0,5}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..5),
    ];
    let piece = move |major: u8| {
        content.clone().prop_flat_map(move |content| {
            any_head(major, content.len() as u64).prop_map(move |head| [head, content.clone()].concat())
        })
    };
    (2_u8..4)
        .prop_flat_map(move |major| {
            let pieces = proptest::collection::vec(piece(major), 0..3);
            let pieces = pieces.prop_map(move |pieces| [&[major << 5 | 0x1f][..], &pieces.concat(), &[0xff]].concat());
            prop_oneof![4 => piece(major), 1 => pieces]
        })
        .boxed()
}

/// Any well-formed CBOR item, and now and then text that is not UTF-8.
fn any_item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        (0_u8..2, prop_oneof![0_u64..300, any::<u64>()]).prop_flat_map(|(major, number)| any_head(major, number)),
        any_string(),
        (0xe0_u8..0xf8).prop_map(|simple| vec![simple]),
        (32_u8..=255).prop_map(|simple| vec![0xf8, simple]),
        any::<u16>().prop_map(|bits| [&[0xf9][..], &bits.to_be_bytes()].concat()),
        any::<u32>().prop_map(|bits| [&[0xfa][..], &bits.to_be_bytes()].concat()),
        any::<u64>().prop_map(|bits| [&[0xfb][..], &bits.to_be_bytes()].concat()),
    ];
    leaf.prop_recursive(4, 24, 4, |item| {
        let key = prop_oneof![3 => Just(b"\x61a".to_vec()), 3 => any_string(), 1 => item.clone()];
        prop_oneof![
            4 => proptest::collection::vec(item.clone(), 0..4)
                .prop_flat_map(|items| any_collection(4, items.len() as u64, items.concat())),
            4 => proptest::collection::vec((key, item.clone()), 0..4).prop_flat_map(|members| {
                let items: Vec<u8> = members.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).flatten().collect();
                any_collection(5, members.len() as u64, items)
            }),
            1 => (any::<u16>(), item).prop_flat_map(|(tag, item)| {
                any_head(6, tag.into()).prop_map(move |head| [head, item.clone()].concat())
            }),
        ]
    })
}

/// What JSON text can say.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (i128::from(i64::MIN)..1 << 64).prop_map(Json::Int),
        any::<f64>().prop_filter("numbers", |n| n.is_finite()).prop_map(Json::Float),
        ".{0,5}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 24, 4, |item| {
        prop_oneof![
            proptest::collection::vec(item.clone(), 0..4).prop_map(Json::Array),
            proptest::collection::btree_map(".{0,3}", item, 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
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
    fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..40), at in 0usize..6) {
        comes_back(DataType::ALL[at], &bytes.into());
    }

    #[test]
    fn any_cbor_comes_back(bytes in any_item(), rest in prop_oneof![9 => Just(vec![]), 1 => any_item()]) {
        let bytes = Bytes::from([bytes, rest].concat());
        for data_type in [DataType::Json, DataType::String, DataType::Int64, DataType::Double] {
            comes_back(data_type, &bytes);
        }
    }

    #[test]
    fn what_json_can_say_is_readable(json in any_json()) {
        let bytes = json.to_cbor().into();
        let content = content(DataType::Json, &bytes);
        prop_assert_eq!(content, ("value".to_owned(), json));
        comes_back(DataType::Json, &bytes);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text);
    }
}
