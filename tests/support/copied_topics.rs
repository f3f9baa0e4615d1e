//! Topics with awkward paths and values of every type, for what is copied as code.

use brownian::data::value::json::Json;
use brownian::data::value::record::Records;
use brownian::data::value::time_series::{self, EventMetadata};
use brownian::data::value::{self, DataType, Value};
use brownian::data::{TopicPath, TopicSpec, TopicType};
use brownian::model::copy_as::Topic;

/// The end of a string and of a comment in many languages, shells included.
const PATH: &str = "copied/it's \"x\" \\ \\u000a ??/ */ $HOME `id` %s {0} ü €/\u{202e}q\n";
const TEXT: &str = "it's \"q\" \\ \\n ??/ */ ${a} %s\t\r\n\u{7f}\u{2028}\u{202e} ü € 😀 \u{e0001}";

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
        spec: Some(TopicSpec::new(data_type.topic_type())),
        value: Some(value::encode(value)),
        ..Topic::bare(TopicPath::parse(path).expect("a path"))
    }
}

fn series(path: &str, value: &Value) -> Topic {
    let metadata = EventMetadata { sequence: 3, timestamp_millis: 1_700_000_000_000, author: "admin".into() };
    let event = time_series::encode(None, &metadata, &value::encode(value));
    let spec = TopicSpec::new(TopicType::TimeSeries)
        .with("TIME_SERIES_EVENT_VALUE_TYPE", "double")
        .with("TIME_SERIES_RETAINED_RANGE", "limit 5");
    Topic { spec: Some(spec), value: Some(event.into()), ..topic(path, &Value::Double(None)) }
}

fn with(mut topic: Topic, properties: &[(&str, &str)]) -> Topic {
    if let Some(spec) = &mut topic.spec {
        for (key, value) in properties {
            spec.properties.set(*key, *value);
        }
    }
    topic
}

/// The topics.
pub(super) fn all() -> Vec<Topic> {
    let json = |text: &str| Value::Json(Json::from_text(text).expect("JSON"));
    let text = |text: &str| Value::String(Some(text.to_owned()));
    let records = |records: &[&[&str]]| {
        Value::RecordV2(Records(records.iter().map(|fields| fields.iter().map(|&f| f.to_owned()).collect()).collect()))
    };
    let bytes = Json::Array(vec![Json::Bytes(vec![1, 2].into()), Json::Float(f64::NEG_INFINITY), Json::Float(1e-9)]);
    let owned = [("CONFLATION", "off"), ("OWNER", "$Principal is \"it's\""), ("REMOVAL", "when no updates for 10m")];
    vec![
        topic("copied/json", &json(r#"{"n":1,"f":1.5,"list":[true,false,null],"":{"a b":"it's \"q\" \\ ü\n"}}"#)),
        topic("copied/json/large", &json(r#"{"n":[18446744073709551615,-9223372036854775808,9007199254740993]}"#)),
        topic("copied/json/bytes", &Value::Json(bytes)),
        with(topic("copied/string", &text(TEXT)), &owned),
        topic("copied/string/unset", &Value::String(None)),
        topic(PATH, &text("")),
        with(topic("copied/int64", &Value::Int64(Some(9_007_199_254_740_993))), &[("PRIORITY", "high")]),
        topic("copied/int64/least", &Value::Int64(Some(i64::MIN))),
        topic("copied/double", &Value::Double(Some(-0.5))),
        topic("copied/double/nan", &Value::Double(Some(f64::NAN))),
        topic("copied/double/endless", &Value::Double(Some(f64::INFINITY))),
        topic("copied/binary", &Value::Binary(vec![0, 0x7f, 0x80, 0xff].into())),
        topic("copied/binary/empty", &Value::Binary(Vec::new().into())),
        topic("copied/record", &records(&[&["a'\"\\", "ü"], &["c"]])),
        topic("copied/record/one", &records(&[&["a", ""]])),
        series("copied/series", &Value::Double(Some(2.25))),
    ]
}
