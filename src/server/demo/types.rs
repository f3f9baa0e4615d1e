//! `Demo/types`: one topic of each type and the values that are easily shown wrongly. They stand still.

use super::random::Random;
use super::words::{double, int64, json, object, records, series, spec, string, text, whole};
use super::{Branch, Moment, Out};
use crate::data::value::json::Json;
use crate::data::value::{self, Value};
use crate::data::{TopicSpec, TopicType};
use bytes::Bytes;
use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;
use std::sync::Arc;

/// The large binary: far above what anybody shows at once.
const LARGE_BYTES: usize = 10_000_000;
/// Rows of the long JSON array.
const LONG_ROWS: i64 = 10_000;
/// Levels of the deep JSON value.
const DEEP: usize = 60;

const ORDER_SCHEMA: &str = r#"{"records":[
{"name":"Order","fields":[{"name":"number","type":"INTEGER"},{"name":"customer","type":"STRING"}]},
{"name":"Item","min":0,"max":-1,"fields":[{"name":"article","type":"STRING"},{"name":"count","type":"INTEGER"},
{"name":"price","type":"DECIMAL","scale":2}]}]}"#;

pub(super) struct Types;

impl Branch for Types {
    fn open(&mut self, _at: Moment, out: &mut Out<'_>) {
        texts(out);
        numbers(out);
        documents(out);
        bytes(out);
        record(out);
        let events = "Demo/types/time_series/squares";
        out.add(events, &series("int64", "limit 100"));
        for number in 1..=20 {
            out.append(events, int64(number * number));
        }
    }

    fn step(&mut self, _at: Moment, _out: &mut Out<'_>) {}
}

fn topic(out: &mut Out<'_>, name: &str, spec: &TopicSpec, value: Bytes) {
    let path: Arc<str> = format!("Demo/types/{name}").into();
    out.add(&path, spec);
    out.set(&path, value);
}

fn texts(out: &mut Out<'_>) {
    let spec = spec(TopicType::String);
    let long = "All work and no play makes a long line. ".repeat(2_500);
    let values = [
        ("plain", "Hello from the demo"),
        ("empty", ""),
        ("emoji", "👩‍🚀 🏳️‍🌈 🇳🇿 👍🏽 ☕"),
        ("right_to_left", "שלום עולם, السلام عليكم"),
        ("mixed_direction", "Price: ‏₪ 12.50‏ (שקל)"),
        ("accents", "Füße, naïve, Łódź, Ελληνικά, Привет"),
        ("east_asian", "日本語と中文和한국어"),
        ("combining", "e\u{301}le\u{300}ve, Z\u{351}\u{36b}a\u{308}lgo"),
        ("lines", "first\nsecond\r\nthird\twith a tab"),
        ("control", "bell \u{7}, escape \u{1b}[31m, zero width \u{200b}, no-break\u{a0}space"),
        ("looks_like_json", r#"{"but": "it is text"}"#),
        ("looks_like_number", "007"),
        ("long", long.as_str()),
    ];
    for (name, value) in values {
        topic(out, &format!("string/{name}"), &spec, string(value));
    }
    out.add("Demo/types/string/without_value", &spec);
}

fn numbers(out: &mut Out<'_>) {
    let whole = spec(TopicType::Int64);
    let values = [
        ("zero", 0),
        ("smallest", i64::MIN),
        ("largest", i64::MAX),
        ("beyond_53_bits", 9_007_199_254_740_993),
        ("looks_like_time", 1_700_000_000_000),
    ];
    for (name, value) in values {
        topic(out, &format!("int64/{name}"), &whole, int64(value));
    }
    topic(out, "int64/no_value", &whole, value::encode(&Value::Int64(None)));
    let real = spec(TopicType::Double);
    let values = [
        ("pi", std::f64::consts::PI),
        ("tenth", 0.1),
        ("negative_zero", -0.0),
        ("smallest", 5e-324),
        ("largest", f64::MAX),
        ("infinity", f64::INFINITY),
        ("not_a_number", f64::NAN),
        ("whole", 1e15),
    ];
    for (name, value) in values {
        topic(out, &format!("double/{name}"), &real, double(value));
    }
}

fn documents(out: &mut Out<'_>) {
    let spec = spec(TopicType::Json);
    let order = object([
        ("id", whole(4711)),
        ("customer", object([("name", text("Ada Lovelace")), ("vip", Json::Bool(true))])),
        ("items", Json::Array(vec![item("Difference engine", 1, 99_000.5), item("Punched cards", 500, 0.02)])),
        ("shipped", Json::Null),
    ]);
    let limits = object([
        ("beyond53Bits", whole(9_007_199_254_740_993_i64)),
        ("largest", whole(u64::MAX)),
        ("smallest", whole(-(1_i128 << 64))),
        ("fraction", Json::Float(0.1)),
        ("tiny", Json::Float(5e-324)),
        ("huge", Json::Float(f64::MAX)),
    ]);
    let keys = object([
        ("", text("an empty key")),
        ("a/b", text("a slash")),
        ("m~n", text("a tilde")),
        ("with space", text("a space")),
        ("שלום", text("right to left")),
        ("😀", text("emoji")),
    ]);
    let deep =
        (0..DEEP).fold(text("the bottom"), |inner, level| object([("level", whole(level as i64)), ("in", inner)]));
    let rows = (0..LONG_ROWS).map(|row| {
        object([
            ("row", whole(row)),
            ("name", text(format!("row number {row}"))),
            ("square", whole(row * row)),
            ("even", Json::Bool(row % 2 == 0)),
        ])
    });
    let values = [
        ("order", order),
        ("limits", limits),
        ("odd_keys", keys),
        ("deep", deep),
        ("long", Json::Array(rows.collect())),
        ("empty_object", Json::Object(Vec::new())),
        ("empty_array", Json::Array(Vec::new())),
        ("null", Json::Null),
        ("bytes_inside", object([("hash", Json::Bytes(Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef])))])),
    ];
    for (name, value) in values {
        topic(out, &format!("json/{name}"), &spec, json(value));
    }
}

fn item(article: &str, count: i64, price: f64) -> Json {
    object([("article", text(article)), ("count", whole(count)), ("price", Json::Float(price))])
}

fn bytes(out: &mut Out<'_>) {
    let spec = spec(TopicType::Binary);
    let mut random = Random::new(0, 4000);
    let mut large = vec![0; LARGE_BYTES];
    random.fill(&mut large);
    let values = [
        ("every_byte", (0..=255).collect()),
        ("empty", Vec::new()),
        ("text_inside", b"bytes that are text: 42\n".to_vec()),
        ("picture", picture()),
        ("large", large),
    ];
    for (name, value) in values {
        topic(out, &format!("binary/{name}"), &spec, Bytes::from(value));
    }
}

/// A PNG picture: particles spread from the middle, their colours by direction.
fn picture() -> Vec<u8> {
    let (width, height) = (240_u32, 160_u32);
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let shade = (16 + y / 8 + x / 16) as u8;
        Rgb([shade, shade, shade.saturating_add(18)])
    });
    let mut random = Random::new(0, 4001);
    for _ in 0..4_000 {
        let x = f64::from(width) / 2.0 + random.normal() * 38.0;
        let y = f64::from(height) / 2.0 + random.normal() * 26.0;
        let turn = (y - f64::from(height) / 2.0).atan2(x - f64::from(width) / 2.0);
        let light = |shift: f64| (150.0 + 100.0 * (turn + shift).sin()) as u8;
        if x >= 0.0 && y >= 0.0 && x < f64::from(width) && y < f64::from(height) {
            picture.put_pixel(x as u32, y as u32, Rgb([light(0.0), light(2.1), light(4.2)]));
        }
    }
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).expect("a small picture fits into memory");
    png.into_inner()
}

fn record(out: &mut Out<'_>) {
    let schema = spec(TopicType::RecordV2).with("SCHEMA", ORDER_SCHEMA.replace('\n', ""));
    let order: &[&[&str]] =
        &[&["4711", "Ada Lovelace"], &["Difference engine", "1", "99000.50"], &["Punched cards", "500", "0.02"]];
    topic(out, "record_v2/order", &schema, records(order));
    let free = spec(TopicType::RecordV2);
    topic(out, "record_v2/without_schema", &free, records(&[&["a", "b", "c"], &["d"], &["", ""]]));
    topic(out, "record_v2/empty", &free, records(&[]));
}
