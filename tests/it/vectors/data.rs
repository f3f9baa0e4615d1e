//! Values, deltas, events, records and pointers against recorded bytes of the official clients and a real server.

use brownian::data::pointer::{Pointer, Segment};
use brownian::data::value::json::Json;
use brownian::data::value::json_diff::{JsonDiff, Parts};
use brownian::data::value::record::Records;
use brownian::data::value::time_series::{self, EventMetadata};
use brownian::data::value::{DataType, Value, decode, delta, encode};
use bytes::Bytes;
use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use serde_json::Value as Sample;
use std::sync::LazyLock;

static SAMPLES: LazyLock<Sample> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../samples/data.json")).expect("the samples are JSON"));

/// The samples of a section; a section that is missing or empty would test nothing.
pub(crate) fn section(name: &str) -> &'static [Sample] {
    let samples = SAMPLES[name].as_array().unwrap_or_else(|| panic!("no section {name}"));
    assert!(!samples.is_empty(), "section {name} is empty");
    samples
}

pub(crate) fn text<'a>(sample: &'a Sample, key: &str) -> &'a str {
    sample[key].as_str().unwrap_or_else(|| panic!("no text {key} in {sample}"))
}

pub(crate) fn hex_of(sample: &Sample, key: &str) -> Bytes {
    hex::decode(text(sample, key)).expect("hex").into()
}

/// A value in the notation of the samples: integers, floats, bytes, maps and undefined are marked objects.
fn json_of(sample: &Sample) -> Json {
    match sample {
        Sample::Null => Json::Null,
        Sample::Bool(value) => Json::Bool(*value),
        Sample::String(text) => Json::String(text.clone()),
        Sample::Array(items) => Json::Array(items.iter().map(json_of).collect()),
        Sample::Number(n) => panic!("a bare number {n}"),
        Sample::Object(_) if sample.get("int").is_some() => Json::Int(text(sample, "int").parse().expect("integer")),
        Sample::Object(_) if sample.get("f64").is_some() => Json::Float(float_of(sample)),
        Sample::Object(_) if sample.get("bytes").is_some() => Json::Bytes(hex_of(sample, "bytes")),
        Sample::Object(_) if sample.get("undefined").is_some() => Json::Null,
        Sample::Object(_) => {
            let members = sample["map"].as_array().expect("members");
            Json::Object(members.iter().map(|m| (m[0].as_str().expect("key").to_owned(), json_of(&m[1]))).collect())
        }
    }
}

fn float_of(sample: &Sample) -> f64 {
    f64::from_bits(u64::from_str_radix(text(sample, "f64"), 16).expect("16 hex digits"))
}

fn value_of(data_type: DataType, sample: &Sample) -> Value {
    match (data_type, sample) {
        (DataType::Json, _) => Value::Json(json_of(sample)),
        (DataType::Binary, Sample::Object(_)) => Value::Binary(hex_of(sample, "bytes")),
        (DataType::String, _) => Value::String(sample.as_str().map(str::to_owned)),
        (DataType::Int64, Sample::Null) => Value::Int64(None),
        (DataType::Int64, _) => Value::Int64(Some(text(sample, "int").parse().expect("integer"))),
        (DataType::Double, Sample::Null) => Value::Double(None),
        (DataType::Double, _) => Value::Double(Some(float_of(sample))),
        _ => panic!("no {data_type:?} value: {sample}"),
    }
}

fn type_of(sample: &Sample, key: &str) -> DataType {
    DataType::from_name(text(sample, key)).unwrap_or_else(|| panic!("no data type {sample}"))
}

/// Equality in which NaN equals NaN and the signs of zeros count.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Double(Some(a)), Value::Double(Some(b))) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        _ => a == b || encode(a) == encode(b),
    }
}

#[test]
fn json_values_are_written_and_read_like_the_official_client() {
    for sample in section("json_values") {
        let (value, bytes) = (json_of(&sample["value"]), hex_of(sample, "hex"));
        // Undefined is read as null and never written.
        if !sample.to_string().contains("undefined") {
            assert_eq!(hex::encode(value.to_cbor()), text(sample, "hex"), "{sample}");
        }
        assert_eq!(Json::from_cbor(&bytes).as_ref(), Ok(&value), "{sample}");
    }
}

#[test]
fn every_well_formed_item_is_read_and_every_other_refused() {
    for sample in section("json_decode") {
        let read = Json::from_cbor(&hex_of(sample, "hex"));
        if sample.get("error").is_some() {
            assert!(read.is_err(), "{sample} gave {read:?}");
        } else {
            assert_eq!(read, Ok(json_of(&sample["value"])), "{sample}");
        }
    }
}

#[test]
fn numbers_the_official_encoder_gets_wrong_are_written_as_floats() {
    for sample in section("json_encoder_quirks_js") {
        let number = float_of(sample);
        let written = Json::Float(number).to_cbor();
        assert_eq!((written[0], written.len()), (0xfb, 9), "{sample}");
        assert!(same(&decode(DataType::Double, &written.into()).expect("float"), &Value::Double(Some(number))));
    }
}

#[test]
fn primitive_values_are_written_and_read() {
    for sample in section("primitive_values") {
        let data_type = type_of(sample, "type");
        let (value, bytes) = (value_of(data_type, &sample["value"]), hex_of(sample, "hex"));
        assert_eq!(hex::encode(encode(&value)), text(sample, "hex"), "{sample}");
        assert!(same(&decode(data_type, &bytes).expect("a value"), &value), "{sample}");
    }
    for sample in section("primitive_decode") {
        let data_type = type_of(sample, "type");
        let read = decode(data_type, &hex_of(sample, "hex"));
        if sample.get("error").is_some() {
            assert!(read.is_err(), "{sample} gave {read:?}");
        } else {
            assert_eq!(read, Ok(value_of(data_type, &sample["value"])), "{sample}");
        }
    }
}

#[test]
fn values_of_the_python_client_and_of_captures_are_read() {
    for name in ["values_python", "captured_values"] {
        for sample in section(name) {
            let data_type = type_of(sample, "type");
            let read = decode(data_type, &hex_of(sample, "hex")).unwrap_or_else(|e| panic!("{e}: {sample}"));
            assert!(same(&read, &value_of(data_type, &sample["value"])), "{sample} gave {read:?}");
        }
    }
}

#[test]
fn recorded_deltas_apply() {
    let names = [
        "binary_deltas",
        "binary_deltas_large",
        "timeseries_deltas",
        "delta_apply",
        "deltas_python",
        "captured_deltas",
    ];
    for sample in names.into_iter().flat_map(section) {
        let (old, new) = (hex_of(sample, "old"), hex_of(sample, "new"));
        let made = delta::apply(&old, &hex_of(sample, "delta"), new.len());
        assert_eq!(made.as_deref(), Ok(&new[..]), "{}", text(sample, "delta"));
        if !new.is_empty() && new != old {
            let refused = delta::apply(&old, &hex_of(sample, "delta"), new.len() - 1);
            assert!(refused.is_err(), "a result that is too large");
        }
    }
}

#[test]
fn deltas_are_made_byte_for_byte_like_the_official_client() {
    for sample in ["binary_deltas", "binary_deltas_large", "timeseries_deltas"].into_iter().flat_map(section) {
        let made = delta::diff(&hex_of(sample, "old"), &hex_of(sample, "new"));
        assert!(hex::encode(made) == text(sample, "delta"), "{}", sample["note"]);
    }
}

#[test]
fn quick_deltas_apply_and_are_smaller_than_the_value() {
    for sample in ["binary_deltas", "binary_deltas_large", "timeseries_deltas"].into_iter().flat_map(section) {
        let (old, new) = (hex_of(sample, "old"), hex_of(sample, "new"));
        if let Some(made) = delta::quick_diff(&old, &new) {
            assert!(made.len() < new.len());
            assert_eq!(delta::apply(&old, &made, new.len()).as_deref(), Ok(&new[..]));
        }
    }
}

fn metadata_of(sample: &Sample) -> Option<EventMetadata> {
    sample.is_object().then(|| EventMetadata {
        sequence: sample["sequence"].as_i64().expect("sequence"),
        timestamp_millis: sample["timestamp"].as_i64().expect("timestamp"),
        author: text(sample, "author").to_owned(),
    })
}

#[test]
fn events_are_read_and_written() {
    for sample in ["timeseries_events", "timeseries_events_python"].into_iter().flat_map(section) {
        let (data_type, bytes) = (type_of(sample, "value_type"), hex_of(sample, "hex"));
        let event = time_series::decode(data_type, &bytes).unwrap_or_else(|e| panic!("{e}: {sample}"));
        assert_eq!(event.original, metadata_of(&sample["original"]), "{sample}");
        assert_eq!(Some(&event.metadata), metadata_of(&sample["metadata"]).as_ref(), "{sample}");
        assert_eq!(hex::encode(&event.value), text(sample, "value_hex"));
        let primitive = matches!(data_type, DataType::String | DataType::Int64 | DataType::Double);
        let no_value = primitive && ["f6", ""].contains(&text(sample, "value_hex"));
        assert_eq!(event.decoded.is_none(), no_value, "{sample}");
        assert_eq!(hex::encode(encode(&Value::Event(Box::new(event)))), text(sample, "hex"));
        assert!(time_series::decode(data_type, &bytes.slice(..bytes.len() - 1)).is_err(), "cut short: {sample}");
    }
}

pub(crate) fn records_of(sample: &Sample) -> Records {
    let fields = |record: &Sample| -> Vec<String> {
        record.as_array().expect("fields").iter().map(|f| f.as_str().expect("text").to_owned()).collect()
    };
    Records(sample.as_array().expect("records").iter().map(fields).collect())
}

#[test]
fn records_are_read_and_written() {
    for sample in section("recordv2_values") {
        let records = records_of(&sample["records"]);
        assert_eq!(hex::encode(records.to_bytes()), text(sample, "hex"), "{sample}");
        assert_eq!(Records::from_bytes(&hex_of(sample, "hex")), Ok(records_of(&sample["reads_back_as"])), "{sample}");
    }
    for sample in section("recordv2_parse") {
        assert_eq!(Records::from_bytes(&hex_of(sample, "hex")), Ok(records_of(&sample["records"])), "{sample}");
    }
}

#[test]
fn types_are_read_as_others() {
    for sample in section("can_read_as") {
        let readable = sample["readable"].as_bool().expect("boolean");
        let topic = type_of(sample, "topic_value_type");
        match DataType::from_name(text(sample, "stream_type")) {
            Some(stream) => assert_eq!(topic.can_be_read_as(stream), readable, "{sample}"),
            None => assert!(readable, "any type can be read as itself: {sample}"),
        }
    }
}

fn segments_of(sample: &Sample) -> Vec<Segment> {
    let segment = |s: &Sample| match s["index"].as_u64() {
        Some(index) => Segment::Index(u32::try_from(index).expect("31 bits")),
        None => Segment::Key(text(s, "key").to_owned()),
    };
    sample.as_array().expect("segments").iter().map(segment).collect()
}

#[test]
fn pointers_are_read_and_printed() {
    for sample in section("json_pointers") {
        let read = text(sample, "pointer").parse::<Pointer>();
        if sample["valid"] == Sample::Bool(false) {
            assert!(read.is_err(), "{sample}");
            continue;
        }
        let pointer = read.unwrap_or_else(|e| panic!("{e}: {sample}"));
        assert_eq!(pointer.segments(), segments_of(&sample["segments"]), "{sample}");
        assert_eq!(pointer.to_string(), text(sample, "text"), "{sample}");
    }
}

/// What is left of a value without the parts; members in the order of their keys, as their order does not count.
fn without(value: &Json, at: &Pointer, parts: &Parts) -> Option<Json> {
    if parts.part(at).is_some() {
        return None;
    }
    Some(match value {
        Json::Array(items) => {
            let left = items.iter().enumerate().filter_map(|(i, item)| without(item, &at.index(i), parts));
            Json::Array(left.collect())
        }
        Json::Object(members) => {
            let left = members.iter().filter_map(|(k, v)| Some((k.clone(), without(v, &at.key(k.as_str()), parts)?)));
            let mut left: Vec<_> = left.collect();
            left.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(left)
        }
        _ => value.clone(),
    })
}

/// Every part is where its pointer says, none is inside another, and without them both values are equal.
fn assert_sound(old: &Json, new: &Json) {
    let diff = JsonDiff::new(old, new);
    let both = || format!("{} to {}", old.to_text(), new.to_text());
    assert_eq!(diff.is_empty(), old.to_cbor() == new.to_cbor(), "{}", both());
    for (value, parts) in [(old, &diff.removed), (new, &diff.inserted)] {
        for (pointer, part) in parts.iter() {
            assert_eq!(pointer.find(value), Some(part), "{pointer} in {}", both());
            assert_eq!(parts.intersection(pointer).count(), 1, "{pointer} has an ancestor in {}", both());
        }
    }
    let left = without(old, &Pointer::ROOT, &diff.removed);
    assert_eq!(left, without(new, &Pointer::ROOT, &diff.inserted), "{}", both());
}

#[test]
fn differences_of_values_are_sound() {
    for sample in section("structural_deltas") {
        let read = |key| Json::from_cbor(&hex_of(sample, key)).expect("a value");
        assert_sound(&read("old_hex"), &read("new_hex"));
    }
}

/// Values so alike that most pairs share parts: few scalars, few keys, members in any order.
fn alike() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![Just(Json::Null), (0i128..3).prop_map(Json::Int), "[xy]".prop_map(Json::String)];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let members = proptest::collection::hash_map("[abc1]", inner.clone(), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Json::Array),
            members.prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn differences_of_alike_values_are_sound(old in alike(), new in alike()) {
        assert_sound(&old, &new);
    }
}

#[test]
fn differences_name_the_smallest_parts() {
    let value = |text: &str| Json::from_text(text).expect("JSON");
    let diff =
        JsonDiff::new(&value(r#"{"a":[1,2,3],"b":{"c":1,"d":2}}"#), &value(r#"{"a":[1,3,4],"b":{"c":5,"d":2}}"#));
    let pointers = |parts: &Parts| parts.iter().map(|(p, v)| format!("{p}={}", v.to_text())).collect::<Vec<_>>();
    assert_eq!(pointers(&diff.removed), ["/a/1=2", "/b/c=1"]);
    assert_eq!(pointers(&diff.inserted), ["/a/2=4", "/b/c=5"]);
}

#[test]
fn parts_are_found_by_their_pointers() {
    for sample in section("structural_delta_queries") {
        let entries = sample["entries"].as_array().expect("entries");
        let parts: Parts = entries
            .iter()
            .map(|e| (segments_of(&e["segments"]).into_iter().collect::<Pointer>(), json_of(&e["value"])))
            .collect();
        let listing: Vec<String> = parts.iter().map(|(pointer, _)| pointer.to_string()).collect();
        assert_eq!(Sample::from(listing), sample["listing"], "{sample}");
        let Ok(pointer) = text(sample, "pointer").parse::<Pointer>() else {
            assert!(sample.get("error").is_some(), "{sample}");
            continue;
        };
        assert_eq!(parts.part(&pointer).is_some(), sample["contains"].as_bool().expect("boolean"), "{sample}");
        let expected = |key: &str| -> Vec<(String, Json)> {
            let entries = sample[key].as_array().expect("entries").iter();
            entries.map(|e| (text(e, "pointer").to_owned(), json_of(&e["value"]))).collect()
        };
        let listed = |found: Vec<(&Pointer, &Json)>| -> Vec<(String, Json)> {
            found.into_iter().map(|(p, v)| (p.to_string(), v.clone())).collect()
        };
        assert_eq!(listed(parts.descendants(&pointer).collect()), expected("descendants"), "{sample}");
        assert_eq!(listed(parts.intersection(&pointer).collect()), expected("intersection"), "{sample}");
        assert_eq!(parts.part(&pointer), sample.get("get").map(json_of).as_ref(), "{sample}");
    }
}
