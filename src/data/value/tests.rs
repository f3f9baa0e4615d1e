//! Previews, numbers, text and damaged bytes of values.

use super::json::Json;
use super::*;
use crate::data::TopicSpec;
use proptest::prelude::*;

fn spec(data_type: DataType) -> TopicSpec {
    TopicSpec::new(data_type.topic_type())
}

fn series(data_type: DataType) -> TopicSpec {
    TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", data_type.name())
}

fn event(value: &[u8]) -> Bytes {
    let metadata = time_series::EventMetadata { sequence: 7, timestamp_millis: 1_700_000_000_000, author: "a".into() };
    time_series::encode(None, &metadata, value).into()
}

fn text(json: &str) -> Json {
    Json::from_text(json).unwrap_or_else(|e| panic!("{e}: {json}"))
}

fn cbor(json: &str) -> Bytes {
    text(json).to_cbor().into()
}

#[test]
fn previews_show_each_type_on_one_line() {
    let show = |data_type, bytes: &'static [u8]| preview(&spec(data_type), &Bytes::from_static(bytes), 40);
    assert_eq!(show(DataType::Binary, b"Hi\n"), "48 69 0a  Hi·");
    assert_eq!(show(DataType::String, b"\x65a\nb\tc"), "a¶b→c");
    assert_eq!(show(DataType::String, b"\xf6"), "—");
    assert_eq!(show(DataType::Int64, b"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), "-9223372036854775808");
    assert_eq!(show(DataType::Double, b"\xf9\x3e\x00"), "1.5");
    assert_eq!(show(DataType::RecordV2, b"a\x02b\x01c"), "a | b ¦ c");
    assert_eq!(show(DataType::Double, b"\x05"), "[an integer where a value of type doubl…");
    let json = r#"{"a":[1,-2,"x\ny",null,true],"b":{"c":2.5}}"#;
    assert_eq!(preview(&spec(DataType::Json), &cbor(json), 60), json);
    assert_eq!(preview(&spec(DataType::Json), &cbor(json), 10), r#"{"a":[1,-…"#);
    assert_eq!(preview(&series(DataType::Json), &event(&cbor(json)), 60), json);
    assert_eq!(preview(&series(DataType::String), &event(b""), 60), "—");
    assert_eq!(
        preview(&TopicSpec::new(TopicType::Unknown), &Bytes::new(), 60),
        "[the type of the topic is not known (at byte 0)]"
    );
}

#[test]
fn previews_stop_where_the_line_is_full() {
    assert_eq!(preview(&spec(DataType::String), &Bytes::from_static(b"\x61a"), usize::MAX), "a");
    // Everything after the shown part is damaged: a reader that went on would give a reason in brackets.
    let array = [&[0x9f][..], &[0x01; 100], &[0x1c; 1000]].concat();
    assert_eq!(preview(&spec(DataType::Json), &array.into(), 12), "[1,1,1,1,1,…");
    let long = [&[0x79, 0x03, 0xe8][..], &[b'x'; 200], &[0xff; 800]].concat();
    assert_eq!(preview(&spec(DataType::String), &long.clone().into(), 5), "xxxx…");
    assert_eq!(preview(&spec(DataType::Json), &long.into(), 5), "\"xxx…");
    let binary = vec![0x41; 100_000];
    assert_eq!(preview(&spec(DataType::Binary), &binary.into(), 14), "41 41 41…  AAA");
}

#[test]
fn numbers_are_found_in_numeric_values_only() {
    assert_eq!(number(&spec(DataType::Int64), &Bytes::from_static(b"\x20")), Some(-1.0));
    assert_eq!(number(&spec(DataType::Double), &Bytes::from_static(b"\xf9\x3e\x00")), Some(1.5));
    assert_eq!(number(&spec(DataType::Json), &cbor("[1]")), None);
    assert_eq!(number(&spec(DataType::Json), &cbor("17")), Some(17.0));
    assert_eq!(number(&spec(DataType::Binary), &Bytes::from_static(b"\x01")), None);
    assert_eq!(number(&series(DataType::Int64), &event(b"\x18\x2a")), Some(42.0));
    assert_eq!(number(&series(DataType::Int64), &event(b"\xf6")), None);
}

#[test]
fn text_keeps_numbers_order_and_the_last_of_repeated_keys() {
    assert_eq!(text("18446744073709551615"), Json::Int(u64::MAX.into()));
    assert_eq!(text("-9223372036854775808"), Json::Int(i64::MIN.into()));
    assert_eq!(text("18446744073709551616"), Json::Float(18_446_744_073_709_551_616.0));
    assert_eq!(text("1.0").to_text(), "1.0");
    assert_eq!(text("1e2").to_text(), "100.0");
    assert_eq!(text(r#"{"b":1,"a":2,"b":3}"#).to_text(), r#"{"b":3,"a":2}"#);
    assert_eq!(text(r#" ["\u00e9\ud83d\ude00\/\u0001"] "#).to_text(), r#"["é😀/\u0001"]"#);
    assert_eq!(text(r#"{"a":[1,{}],"b":[]}"#).to_pretty_text(), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
}

#[test]
fn many_repeated_keys_keep_first_places_and_last_values() {
    let members: Vec<String> = (0..40).map(|i| format!("\"k{}\":{i}", i % 20)).collect();
    let expected: Vec<(String, Json)> = (0..20).map(|i| (format!("k{i}"), Json::Int(i + 20))).collect();
    assert_eq!(text(&format!("{{{}}}", members.join(","))), Json::Object(expected));
}

#[test]
fn wrong_text_is_refused_with_its_place() {
    let place = |wrong: &str| {
        let error = Json::from_text(wrong).expect_err(wrong);
        let place = error.location(wrong);
        (place.line, place.column)
    };
    assert_eq!(place("{\n  \"é\": ,\n}"), (2, 8));
    assert_eq!(place("[1,]"), (1, 4));
    assert_eq!(place("[1] x"), (1, 5));
    assert_eq!(place(""), (1, 1));
    for wrong in [
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\u12\"",
        "\"\n\"",
        "nul",
        "{1:2}",
        "1e999",
        "\"a",
    ] {
        assert!(Json::from_text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let deep = Json::from_text(&nested(128)).expect("128 levels");
    assert_eq!(Json::from_cbor(&deep.to_cbor()), Ok(deep));
    assert!(Json::from_text(&nested(129)).is_err());
    assert!(Json::from_cbor(&[vec![0x9f; 129], vec![0xff; 129]].concat()).is_err());
    assert!(Json::from_cbor(&vec![0x9f; 1_000_000]).is_err());
}

#[test]
fn announced_lengths_reserve_no_memory() {
    for bytes in [
        &b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"[..],
        b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(Json::from_cbor(bytes).is_err());
    }
}

#[test]
fn malformed_deltas_are_refused() {
    for delta in [
        &b"\x00"[..],
        b"\x00\x41",
        b"\x02\x02",
        b"\x20\x01",
        b"\x5f\x41\x61\xff",
        b"\x45ab",
        b"\x61a",
        b"\x00\x20",
        b"\xf6\xf6",
    ] {
        assert!(super::delta::apply(b"abc", delta, 100).is_err(), "{delta:02x?}");
    }
    let overflow = b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x02";
    assert!(super::delta::apply(b"abc", overflow, 100).is_err());
    assert_eq!(super::delta::apply(b"abc", b"\xf6", 3).as_deref(), Ok(&b"abc"[..]));
    assert!(super::delta::apply(b"abc", b"\xf6", 2).is_err());
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|n| Json::Int(n.into())),
        any::<u64>().prop_map(|n| Json::Int(n.into())),
        (-30i128..300).prop_map(Json::Int),
        proptest::num::f64::NORMAL.prop_map(Json::Float),
        any::<String>().prop_map(Json::String),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Json::Array),
            proptest::collection::vec(("[a-d]{1,2}", inner), 0..12).prop_map(|m| Json::Object(super::json::unique(m))),
        ]
    })
}

/// A value with few letters and a copy with some places changed, which share much but not all.
fn related() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), 0..6usize, "[a-c]{0,6}"), 0..12);
    (proptest::collection::vec(b'a'..b'd', 0..400), edits).prop_map(|(old, edits)| {
        let mut new = old.clone();
        for (place, removed, inserted) in edits {
            let start = place.index(new.len() + 1);
            let end = (start + removed).min(new.len());
            new.splice(start..end, inserted.into_bytes());
        }
        (old, new)
    })
}

proptest! {
    #[test]
    fn json_survives_cbor_and_text(json in any_json()) {
        prop_assert_eq!(&Json::from_cbor(&json.to_cbor()).expect("own bytes"), &json);
        prop_assert_eq!(&Json::from_text(&json.to_text()).expect("own text"), &json);
        prop_assert_eq!(&Json::from_text(&json.to_pretty_text()).expect("own text"), &json);
    }

    #[test]
    fn previews_are_the_start_of_the_text(json in any_json(), max in 0usize..60) {
        let shown = preview(&spec(DataType::Json), &json.to_cbor().into(), max);
        prop_assert!(shown.chars().count() <= max);
        prop_assert!(!shown.chars().any(char::is_control));
        let whole: Vec<char> = json.to_text().chars().collect();
        let plain = whole.iter().all(|c| !c.is_control() && c.is_ascii());
        if plain {
            let shown: Vec<char> = shown.chars().collect();
            let cut = whole.len() > max;
            prop_assert_eq!(&shown[..shown.len() - usize::from(cut && max > 0)], &whole[..whole.len().min(max.saturating_sub(usize::from(cut)))]);
        }
    }

    #[test]
    fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), max in 0usize..50) {
        let bytes = Bytes::from(bytes);
        for data_type in DataType::ALL {
            for spec in [spec(data_type), series(data_type)] {
                let _ = decode_topic(&spec, &bytes);
                let _ = number(&spec, &bytes);
                prop_assert!(preview(&spec, &bytes, max).chars().count() <= max);
            }
        }
        let _ = super::delta::apply(b"some old value", &bytes, 1000);
    }

    #[test]
    fn one_damaged_byte_never_panics(json in any_json(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = json.to_cbor();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let bytes = Bytes::from(bytes);
        if let Ok(read) = Json::from_cbor(&bytes) {
            let again = read.to_cbor();
            prop_assert_eq!(Json::from_cbor(&again).expect("own bytes").to_cbor(), again);
        }
        let _ = preview(&spec(DataType::Json), &bytes, 30);
        let _ = Json::from_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn deltas_lead_from_old_to_new((old, new) in related()) {
        let made = super::delta::diff(&old, &new);
        prop_assert_eq!(super::delta::apply(&old, &made, new.len()).expect("own delta"), &new[..]);
        if let Some(made) = super::delta::quick_diff(&old, &new) {
            prop_assert_eq!(super::delta::apply(&old, &made, new.len()).expect("own delta"), new);
        }
    }

    #[test]
    fn deltas_of_unrelated_values_lead_to_new(old in proptest::collection::vec(any::<u8>(), 0..600), new in proptest::collection::vec(0u8..4, 0..600)) {
        prop_assert_eq!(super::delta::apply(&old, &super::delta::diff(&old, &new), new.len()).expect("own delta"), new);
    }
}
