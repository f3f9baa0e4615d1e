//! The value inspector in each of its states, fed through the model as a connection feeds it.

use brownian::client::api::{
    Answer, CallError, Command, ConnectOptions, Event, LinkError, LinkId, LinkState, ReceivedValue, SessionEvent,
    SessionFacts, Target, Update, ValueLoss,
};
use brownian::data::value::json::Json;
use brownian::data::value::time_series::{self, EventMetadata};
use brownian::data::value::{Value, encode};
use brownian::data::{ErrorCode, SessionId, Timestamp, TopicPath, TopicSpec, TopicType, UnsubscribeReason};
use brownian::model::connections::Environment;
use brownian::model::effects::Effect;
use brownian::model::inspector::Intent;
use brownian::model::{self, Model};
use brownian::ui::cx::Cx;
use brownian::ui::panels::{AnyPanel, frame_ui, inspector::Inspector};
use brownian::ui::theme::{self, ThemeChoice};
use brownian::wire::services::fetch;
use bytes::Bytes;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::cell::RefCell;
use std::sync::Arc;

use crate::raster_renderer::RasterRenderer;
use crate::test_app::has_text;

const LINK: LinkId = LinkId(1);
/// 2026-03-01 12:00:00 UTC.
const START: i64 = 1_772_366_400_000;
const LARGE: [f32; 2] = [820.0, 640.0];
const SMALL: [f32; 2] = [380.0, 420.0];

/// A model with one connection, and the time it believes in.
struct World {
    model: Model,
    panel: Inspector,
    path: TopicPath,
    millis: i64,
    values: u32,
    sent: Vec<model::Intent>,
}

impl World {
    /// A topic is selected, and the selection has rested.
    fn selecting(path: &str) -> Self {
        let path = TopicPath::parse(path).expect("a path");
        let mut world = Self {
            model: Model::default(),
            panel: Inspector::default(),
            path,
            millis: START,
            values: 0,
            sent: Vec::new(),
        };
        let options = ConnectOptions::to(Target::Embedded);
        world.model.open("demo".into(), "demo".into(), Environment::Demo, options);
        let facts = SessionFacts {
            id: SessionId { server: 1, session: 2 },
            principal: "admin".into(),
            version: 29,
            ping_period_millis: 0,
            transport: "in memory",
            certificate: None,
        };
        world.apply(Event::Link(LinkState::Connected(Arc::new(facts))));
        world.select();
        world
    }

    /// A topic of this specification with these values, 250 ms apart.
    fn with(spec: TopicSpec, values: impl IntoIterator<Item = Bytes>) -> Self {
        let mut world = Self::selecting("fx/spot/EURUSD");
        world.subscribe(spec);
        for value in values {
            world.value(value, 1);
        }
        world
    }

    fn select(&mut self) {
        self.handle(Intent::Select(Some(self.path.clone())));
        self.pass(200);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis)
    }

    fn pass(&mut self, millis: i64) {
        self.millis += millis;
        self.model.tick(self.now());
    }

    fn apply(&mut self, event: Event) {
        self.model.apply(LINK, event, self.now());
    }

    fn handle(&mut self, intent: impl Into<model::Intent>) {
        self.model.handle(intent.into(), self.now());
    }

    fn subscribe(&mut self, spec: TopicSpec) {
        self.apply(Event::Session(SessionEvent::Subscribed { path: self.path.clone(), spec: Arc::new(spec) }));
    }

    fn value(&mut self, value: Bytes, count: u32) {
        self.millis += 250;
        self.values += 1;
        // Every second value is a delta, the first one never.
        let delta_bytes = self.values.is_multiple_of(2).then_some(12);
        let latest = ReceivedValue { at: self.now(), value, delta_bytes };
        let path = self.path.clone();
        let update = Update { path, latest, count, line_bytes: 1, earlier: Vec::new(), dropped: 0 };
        self.apply(Event::Updates(vec![update]));
    }

    /// Answers the fetch under way.
    fn answer(&mut self, result: Result<fetch::Response, CallError>) {
        let fetch = self.model.take_effects().into_iter().rev().find_map(|effect| match effect {
            Effect::Send(_, Command::Call(call), _) if call.name == "fetch" => Some(call.id),
            _ => None,
        });
        let id = fetch.expect("a fetch is under way");
        let result = result.map(|response| Box::new(response) as _);
        self.apply(Event::Answer(Answer { id, result, micros: 10 }));
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        let (intents, commands) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let keys = brownian::ui::commands::Keymap::default();
        let cx = Cx::new(&self.model, &keys, &intents, &commands);
        frame_ui(ui, |ui| self.panel.draw(ui, &cx));
        for intent in intents.take() {
            self.model.handle(intent.clone(), Timestamp::from_millis(self.millis));
            self.sent.push(intent);
        }
    }
}

fn shown(world: World, choice: ThemeChoice, size: [f32; 2]) -> Harness<'static, World> {
    let mut ready = false;
    let mut harness =
        Harness::builder().with_size(size).with_max_steps(30).renderer(RasterRenderer::default()).build_ui_state(
            move |ui, world: &mut World| {
                if !ready {
                    theme::fonts::install(ui.ctx());
                    brownian::app::picture_loader::install(ui.ctx());
                    theme::apply(ui.ctx(), choice, 1.0);
                    theme::set_reduced_motion(ui.ctx(), true);
                    ready = true;
                    ui.ctx().request_repaint();
                    return;
                }
                world.draw(ui);
            },
            world,
        );
    harness.run_steps(5);
    pictures_loaded(&mut harness);
    harness
}

/// Draws until the threads that decode pictures have ended.
fn pictures_loaded(harness: &mut Harness<'_, World>) {
    while harness.ctx.has_pending_images() {
        std::thread::yield_now();
        harness.step();
    }
    harness.run_steps(2);
}

/// Writes a picture where `GALLERY_PICTURES` names a folder, to be looked at.
fn picture(harness: &mut Harness<'_, World>, name: &str) {
    if let Ok(folder) = std::env::var("GALLERY_PICTURES") {
        let image = harness.render().expect("the painter paints");
        image.save(format!("{folder}/inspector-{name}.png")).expect("the folder can be written");
    }
}

fn large(world: World, name: &str) -> Harness<'static, World> {
    let mut harness = shown(world, ThemeChoice::Light, LARGE);
    picture(&mut harness, name);
    harness
}

/// Whether a text stands somewhere, whole or as a part.
#[track_caller]
fn expect(harness: &Harness<'_, World>, texts: &[&str]) {
    for text in texts {
        assert!(has_text(harness, text), "“{text}” is not on screen");
    }
}

fn json(text: &str) -> Bytes {
    Json::from_text(text).expect("JSON").to_cbor().into()
}

fn price(n: i64) -> Bytes {
    json(&format!(
        r#"{{"bid":1.08{n:02},"ask":1.09{n:02},"time":{},"venue":"LDN","legs":[{{"tenor":"SPOT","qty":{}}},{{"tenor":"1W","qty":5}}],"open":true,"note":null}}"#,
        1_772_366_400_000 + n,
        1000 * n
    ))
}

fn prices() -> World {
    World::with(TopicSpec::new(TopicType::Json), (1..40).map(price))
}

fn event(sequence: i64, edits: Option<i64>, value: &[u8]) -> Bytes {
    let metadata =
        |sequence| EventMetadata { sequence, timestamp_millis: START + sequence * 1000, author: "admin".to_owned() };
    let original = edits.map(metadata);
    time_series::encode(original.as_ref(), &metadata(sequence), value).into()
}

fn int64(n: i64) -> Bytes {
    encode(&Value::Int64(Some(n)))
}

fn double(n: f64) -> Bytes {
    encode(&Value::Double(Some(n)))
}

fn text(text: &str) -> Bytes {
    encode(&Value::String(Some(text.to_owned())))
}

fn raster(format: image::ImageFormat) -> Bytes {
    let mut picture = image::RgbImage::new(48, 32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        *pixel = image::Rgb([x as u8 * 5, y as u8 * 8, 120]);
    }
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("memory takes all");
    out.into_inner().into()
}

const SVG: &str = "<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 48 32'>\
    <circle cx='24' cy='16' r='14' fill='teal'/><path d='M4 28 L24 4 L44 28 Z' fill='orange' opacity='.7'/></svg>";

fn schema() -> TopicSpec {
    let schema = r#"{"records":[{"name":"Head","fields":[{"name":"id","type":"INTEGER"},{"name":"title"}]},
        {"name":"Leg","min":0,"max":-1,"fields":[{"name":"side"},{"name":"price","type":"DECIMAL","scale":2}]}]}"#;
    TopicSpec::new(TopicType::RecordV2).with("SCHEMA", schema)
}

fn records(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn series(of: &str) -> TopicSpec {
    TopicSpec::new(TopicType::TimeSeries).with("TIME_SERIES_EVENT_VALUE_TYPE", of)
}

/// The answer of a server that has no such topic.
fn empty() -> fetch::Response {
    fetch::Response { properties: Vec::new(), results: Vec::new(), has_more: false }
}

/// One world for each type, with values of every kind.
fn full() -> Vec<(&'static str, World)> {
    let walk = |n: i64| (n as f64 * 0.7).sin();
    let of = |kind| TopicSpec::new(kind);
    let mut gaps = World::with(of(TopicType::Double), (0..20).map(|n| double(1.08 + walk(n) / 100.0)));
    gaps.value(double(1.11), 6);
    for n in 0..20 {
        gaps.value(double(1.09 + walk(n) / 150.0), 1);
    }
    let story = "The quick brown fox\njumps over\tthe lazy dog.\n\nZoë says “naïve” — 100 % of it.\r\nEnd";
    vec![
        ("json", prices()),
        ("json-table", {
            let rows = r#"[{"id":1,"name":"Ann","score":9.5},{"id":2,"name":"Bob","score":10},{"id":3,"name":"Cy"}]"#;
            World::with(of(TopicType::Json), [json(rows)])
        }),
        ("string", World::with(of(TopicType::String), [text(story)])),
        ("string-json", World::with(of(TopicType::String), [text(r#"{"inside":[1,2,3]}"#)])),
        ("string-empty", World::with(of(TopicType::String), [text("")])),
        ("int64", World::with(of(TopicType::Int64), (0..30).map(|n| int64(1_772_366_400_000 + n * n * 1000)))),
        ("int64-limit", World::with(of(TopicType::Int64), [int64(i64::MAX), int64(i64::MIN)])),
        ("int64-none", World::with(of(TopicType::Int64), [encode(&Value::Int64(None))])),
        ("double", gaps),
        ("double-nan", World::with(of(TopicType::Double), [double(1.0), double(f64::NAN)])),
        ("double-infinite", World::with(of(TopicType::Double), [double(f64::NEG_INFINITY)])),
        (
            "binary",
            World::with(of(TopicType::Binary), [Bytes::from((0..=255u8).cycle().take(900).collect::<Vec<_>>())]),
        ),
        ("binary-png", World::with(of(TopicType::Binary), [raster(image::ImageFormat::Png)])),
        ("binary-jpeg", World::with(of(TopicType::Binary), [raster(image::ImageFormat::Jpeg)])),
        ("binary-gif", World::with(of(TopicType::Binary), [raster(image::ImageFormat::Gif)])),
        ("binary-webp", World::with(of(TopicType::Binary), [raster(image::ImageFormat::WebP)])),
        ("binary-svg", World::with(of(TopicType::Binary), [Bytes::from(SVG)])),
        ("binary-empty", World::with(of(TopicType::Binary), [Bytes::new()])),
        ("record", World::with(schema(), [records("7\u{2}A title\u{1}BUY\u{2}1.25\u{1}SELL\u{2}1.30")])),
        ("record-plain", World::with(of(TopicType::RecordV2), [records("a\u{2}b\u{1}c")])),
        ("series-double", World::with(series("double"), (0..25).map(|n| event(n, None, &double(20.0 + walk(n)))))),
        ("series-json", {
            let events = (0..12).map(|n| event(n, (n == 9).then_some(6), &price(n)));
            World::with(series("json"), events)
        }),
        ("series-none", World::with(series("string"), [event(1, None, b"")])),
    ]
}

#[test]
fn every_type_is_shown_in_every_theme_and_size() {
    for (name, _) in full() {
        for (choice, size, form) in [
            (ThemeChoice::Light, LARGE, "light"),
            (ThemeChoice::Dark, LARGE, "dark"),
            (ThemeChoice::HighContrast, SMALL, "contrast-small"),
            (ThemeChoice::Light, SMALL, "light-small"),
        ] {
            let world = full().into_iter().find(|(other, _)| *other == name).expect("listed").1;
            let mut harness = shown(world, choice, size);
            expect(&harness, &["Value", "History", "Events", "Copy path", "Live"]);
            picture(&mut harness, &format!("{name}-{form}"));
        }
    }
}

#[test]
fn each_type_says_what_is_in_it() {
    let expected: &[(&str, &[&str])] = &[
        ("json", &["bid: 1.0839", "as text · ", "39 updates", "value"]),
        ("string", &["5 lines", "jumps over", "Show invisible"]),
        ("string-json", &["View as JSON"]),
        ("string-empty", &["Empty text"]),
        ("int64", &["1,772,367,241,000", "Exact: 1772367241000", "If ms since 1970: 2026-03-01", "+57,000"]),
        ("int64-limit", &["-9,223,372,036,854,775,808", "Hexadecimal: 0x8000000000000000"]),
        ("int64-none", &["No value"]),
        ("double", &["Exponent: ", "Bits: 0x3ff"]),
        ("double-nan", &["NaN"]),
        ("double-infinite", &["-Infinity"]),
        ("binary", &["900 bytes", "00000010 "]),
        ("binary-png", &["Picture in the value", "PNG, 48 × 32 points", "a PNG picture"]),
        ("binary-jpeg", &["Picture in the value", "JPEG, 48 × 32 points"]),
        ("binary-gif", &["Picture in the value", "GIF, 48 × 32 points"]),
        ("binary-webp", &["Picture in the value", "WebP, 48 × 32 points"]),
        ("binary-svg", &["Picture in the value", "SVG; text and pictures in it are not drawn"]),
        ("binary-empty", &["No bytes"]),
        ("record", &["Leg(1) price: 1.30", "3 records · 6 fields"]),
        ("record-plain", &["record 1 field 0: c"]),
        ("series-double", &["25 events seen here", "Event 24", "Chart of the history, Value: 19."]),
        ("series-json", &["edit of 6", "edited by 9", "1 edit among them"]),
        ("series-none", &["No value"]),
    ];
    for (name, world) in full() {
        let harness = shown(world, ThemeChoice::Light, LARGE);
        for (_, texts) in expected.iter().filter(|(of, _)| *of == name) {
            for text in *texts {
                assert!(has_text(&harness, text), "{name}: “{text}” is not on screen");
            }
        }
    }
}

#[test]
fn a_text_that_is_an_svg_picture_is_drawn_on_request() {
    let mut harness = large(World::with(TopicSpec::new(TopicType::String), [text(SVG)]), "string-svg-text");
    assert!(!has_text(&harness, "Picture in the value"));
    harness.get_by_label("View as picture").click();
    harness.run_steps(3);
    pictures_loaded(&mut harness);
    expect(&harness, &["Picture in the value"]);
    picture(&mut harness, "string-svg");
}

#[test]
fn each_kind_of_nothing_has_its_own_text() {
    let mut nothing = World::selecting("a/b");
    nothing.handle(Intent::Select(None));
    expect(&large(nothing, "nothing-selected"), &["No topic selected", "Recording starts when you select"]);

    let mut absent = World::selecting("a/b");
    absent.answer(Ok(empty()));
    expect(&large(absent, "no-topic"), &["No topic at this path"]);

    let mut bare = World::selecting("a/b");
    bare.subscribe(TopicSpec::new(TopicType::Json));
    bare.answer(Ok(empty()));
    expect(&large(bare, "no-value"), &["This topic has no value yet"]);

    let mut forgetful = World::selecting("a/b");
    forgetful.subscribe(TopicSpec::new(TopicType::Json).with("DONT_RETAIN_VALUE", "true"));
    forgetful.answer(Ok(empty()));
    expect(&large(forgetful, "keeps-none"), &["This topic keeps no value", "DONT_RETAIN_VALUE"]);
}

#[test]
fn a_branch_counts_what_is_below() {
    let mut world = World::selecting("fx");
    world.answer(Ok(empty()));
    let tree = &mut world.model.links[0].topics.tree;
    for n in 0..40 {
        tree.insert_topic(&format!("fx/spot/p{n}"), TopicType::Json);
    }
    tree.insert_topic("fx/rate", TopicType::Double);
    let mut harness = large(world, "branch");
    expect(&harness, &["41 topics", "JSON: 40 topics", "DOUBLE: 1 topic"]);
    harness.get_by_label("Watch all as a table").click();
    harness.run_steps(2);
    let added =
        |intent: &model::Intent| matches!(intent, model::Intent::Feature(model::FeatureIntent::Subscriptions(_)));
    assert!(harness.state().sent.iter().any(added));
}

#[test]
fn waiting_is_said_after_two_seconds_and_failure_in_words() {
    let mut world = World::selecting("a/b");
    world.pass(1000);
    let harness = large(world, "waiting-1s");
    assert!(!has_text(&harness, "Reading the topic"));
    let mut world = World::selecting("a/b");
    world.pass(3000);
    expect(&large(world, "waiting-3s"), &["Reading the topic…", "3 s"]);

    let mut world = World::selecting("a/b");
    let refused = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: "denied".to_owned() };
    world.answer(Err(refused));
    expect(&large(world, "failed"), &["Cannot read “a/b”: a permission is missing", "Ask an administrator"]);

    let mut world = prices();
    world.answer(Err(CallError::TimedOut { secs: 10 }));
    expect(&large(world, "failed-over-value"), &["no answer within 10 s", "Try again", "bid: 1.0839"]);
}

#[test]
fn what_is_not_live_says_so() {
    let mut world = prices();
    let path = world.path.clone();
    world.apply(Event::Session(SessionEvent::Unsubscribed { path, reason: Some(UnsubscribeReason::BackPressure) }));
    let harness = large(world, "unsubscribed");
    expect(&harness, &["Unsubscribed", "this session's queue was full", "BACK_PRESSURE", "bid: 1.0839"]);

    let mut world = prices();
    let path = world.path.clone();
    world.apply(Event::Session(SessionEvent::ValueLost {
        path,
        reason: ValueLoss::Unusable("the delta does not fit".to_owned()),
    }));
    expect(&large(world, "lost"), &["The last value could not be used", "the delta does not fit"]);

    let mut world = prices();
    let give_up_at = Timestamp::from_millis(world.millis + 41_000);
    let cause = Box::new(LinkError::LineLost("reset".to_owned()));
    world.apply(Event::Link(LinkState::Recovering { attempt: 3, give_up_at, cause }));
    expect(&large(world, "disconnected"), &["As of ", "Disconnected", "bid: 1.0839"]);
}

#[test]
fn hostile_values_give_a_reason_and_their_bytes() {
    let bad = Bytes::from_static(&[0xff, 0x00, 0x9f, 0xf8, 0x01, 0x7f]);
    for kind in TopicType::ALL {
        let harness = shown(World::with(TopicSpec::new(kind), [bad.clone()]), ThemeChoice::Dark, SMALL);
        if kind != TopicType::Binary {
            expect(&harness, &["This is no value of type"]);
        }
    }
    for of in ["json", "double", "no such type"] {
        let mut harness = large(World::with(series(of), [bad.clone(), Bytes::new()]), "hostile-series");
        expect(&harness, &["This is no value of type TIME_SERIES"]);
        harness.get_by_label("Show where").click();
        harness.run_steps(3);
        harness.get_by_role_and_label(Role::Tab, "History 2").click();
        harness.run_steps(3);
    }
    let broken = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0, 0, 0, 13], b"IHDR", &[255; 40]].concat();
    let harness = large(World::with(TopicSpec::new(TopicType::Binary), [broken.into()]), "hostile-picture");
    expect(&harness, &["The picture cannot be shown"]);
    let broken = Bytes::from("<svg><circle></svg>");
    let harness = large(World::with(TopicSpec::new(TopicType::Binary), [broken]), "hostile-svg");
    expect(&harness, &["The picture cannot be shown"]);
    let nested = Bytes::from(vec![0x9f; 100_000]);
    let harness = large(World::with(TopicSpec::new(TopicType::Json), [nested]), "hostile-nested");
    expect(&harness, &["This is no value of type JSON"]);
}

#[test]
fn a_large_value_is_opened_only_when_asked() {
    let value = text(&"0123456789abcdef".repeat(600_000));
    let mut harness = large(World::with(TopicSpec::new(TopicType::String), [value]), "large");
    expect(&harness, &["9.2 MiB is too large to open at once", "The first 64 KiB of 9,600,005 bytes are shown"]);
    harness.get_by_label("Open all").click();
    harness.run_steps(3);
    expect(&harness, &["9,600,000 characters"]);
}

#[test]
fn clicking_numbers_inside_json_charts_them() {
    let mut harness = large(prices(), "json-before-chart");
    harness.get_by_role_and_label(Role::TreeItem, "bid: 1.0839").click();
    harness.run_steps(6);
    expect(&harness, &["Chart of the history, /bid: 1.0839", "JSON pointer: /bid"]);
    harness.get_by_role_and_label(Role::TreeItem, "ask: 1.0939").click();
    harness.run_steps(6);
    expect(&harness, &["/bid: 1.0839, /ask: 1.0939"]);
    picture(&mut harness, "json-chart");
    harness.get_by_label("Take /bid out of the chart").click();
    harness.run_steps(3);
    expect(&harness, &["Chart of the history, /ask: 1.0939"]);
}

#[test]
fn the_arrow_keys_move_without_charting() {
    let mut harness = large(prices(), "json-keys");
    harness.get_by_role_and_label(Role::TreeItem, "venue: LDN").click();
    harness.run_steps(3);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(3);
    expect(&harness, &["JSON pointer: /time"]);
    assert!(!has_text(&harness, "Chart of the history"));
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    expect(&harness, &["Chart of the history, /time"]);
}

#[test]
fn the_search_goes_from_match_to_match() {
    let mut harness = large(prices(), "json-search-before");
    harness.get_by_role_and_label(Role::TextInput, "Search the value").focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text("qty".to_owned()));
    harness.run_steps(4);
    expect(&harness, &["1 of 2", "JSON pointer: /legs/0/qty"]);
    picture(&mut harness, "json-search");
    harness.get_by_label("Next match (Enter)").click();
    harness.run_steps(4);
    expect(&harness, &["2 of 2", "JSON pointer: /legs/1/qty"]);
    harness.get_by_role_and_label(Role::RadioButton, "Text").click();
    harness.run_steps(4);
    picture(&mut harness, "json-text");
    harness.get_by_role_and_label(Role::RadioButton, "Bytes").click();
    harness.run_steps(4);
    picture(&mut harness, "json-bytes");
}

#[test]
fn an_array_of_objects_is_a_table() {
    let rows = r#"[{"id":1,"name":"Ann","score":9.5},{"id":2,"name":"Bob","score":10}]"#;
    let mut harness = large(World::with(TopicSpec::new(TopicType::Json), [json(rows)]), "json-array");
    harness.get_by_role_and_label(Role::RadioButton, "Table").click();
    harness.run_steps(4);
    picture(&mut harness, "json-grid");
    expect(&harness, &["1, id 2, name Bob, score 10"]);
}

#[test]
fn two_values_of_the_history_are_compared() {
    let mut world = prices();
    world.value(price(41), 5);
    let mut harness = shown(world, ThemeChoice::Light, LARGE);
    harness.get_by_role_and_label(Role::Tab, "History 40").click();
    harness.run_steps(4);
    expect(&harness, &["values may be missing here", "4 merged on arrival"]);
    picture(&mut harness, "history");
    harness.get_by_label("Compare the last two").click();
    harness.run_steps(4);
    expect(&harness, &["removed /bid 1.0839", "inserted /bid 1.0841", "39 ("]);
    picture(&mut harness, "history-compared");
    harness.get_by_label("Clear history").click();
    harness.run_steps(4);
    expect(&harness, &["No values yet"]);
}

#[test]
fn the_history_answers_to_the_keyboard() {
    let spec = TopicSpec::new(TopicType::String);
    let story = |n: i64| text(&format!("first\nline {n}\nlast"));
    let mut harness = shown(World::with(spec, (0..5).map(story)), ThemeChoice::Dark, LARGE);
    harness.get_by_role_and_label(Role::Tab, "History 5").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Table, "History").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(2);
    harness.key_press(Key::Space);
    harness.run_steps(2);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(2);
    harness.key_press(Key::Space);
    harness.run_steps(4);
    picture(&mut harness, "history-text-dark");
    assert_eq!(harness.state().model.links[0].inspector.compared, [5, 4]);
    expect(&harness, &["removed line 3", "inserted line 4", "first"]);
}

#[test]
fn bytes_are_compared_side_by_side() {
    let values = [vec![1u8; 200], vec![2u8; 210]].map(Bytes::from);
    let mut harness = shown(World::with(TopicSpec::new(TopicType::Binary), values), ThemeChoice::Light, LARGE);
    harness.get_by_role_and_label(Role::Tab, "History 2").click();
    harness.run_steps(3);
    harness.get_by_label("Compare the last two").click();
    harness.run_steps(4);
    expect(&harness, &["210 bytes differ place by place"]);
    picture(&mut harness, "history-bytes");
}

#[test]
fn events_tell_what_happened() {
    let mut world = prices();
    let path = world.path.clone();
    world.apply(Event::Session(SessionEvent::ValueLost {
        path: path.clone(),
        reason: ValueLoss::Unusable("the delta does not fit".to_owned()),
    }));
    world.apply(Event::Session(SessionEvent::Unsubscribed { path, reason: Some(UnsubscribeReason::Removed) }));
    world.subscribe(TopicSpec::new(TopicType::Json).with("PRIORITY", "high"));
    let mut harness = shown(world, ThemeChoice::Light, LARGE);
    harness.get_by_role_and_label(Role::Tab, "Events 4").click();
    harness.run_steps(3);
    picture(&mut harness, "events");
    expect(&harness, &["Specification changed: JSON, PRIORITY high", "the delta does not fit", "REMOVAL"]);
}

#[test]
fn a_frozen_view_holds_still_and_counts() {
    let mut harness = large(prices(), "before-freeze");
    harness.get_by_label("Freeze the view (Ctrl+.)").click();
    harness.run_steps(2);
    for n in 50..53 {
        harness.state_mut().value(price(n), 1);
    }
    harness.run_steps(3);
    expect(&harness, &["bid: 1.0839", "3 arrived since", "History 39"]);
    picture(&mut harness, "frozen");
    harness.get_by_label("Resume the view (Ctrl+.)").click();
    harness.run_steps(3);
    expect(&harness, &["bid: 1.0852", "History 42", "delta of 12 B"]);
}

#[test]
fn the_path_and_the_value_can_be_copied_and_left() {
    let mut harness = large(prices(), "copy");
    harness.get_by_label("Copy path").click();
    harness.run_steps(2);
    harness.get_by_label("Go to fx/spot").click();
    harness.run_steps(2);
    let sent = format!("{:?}", harness.state().sent);
    assert!(sent.contains("Copy(\"fx/spot/EURUSD\")"), "{sent}");
    assert_eq!(harness.state().model.links[0].inspector.selected.as_ref().map(TopicPath::as_str), Some("fx/spot"));
    harness.state_mut().select();
    harness.state_mut().subscribe(TopicSpec::new(TopicType::Int64));
    harness.state_mut().value(int64(5), 1);
    harness.run_steps(3);
    harness.get_by_label("Copy value").click();
    harness.run_steps(3);
    picture(&mut harness, "copy-menu");
    harness.get_by_label("Copy as JSON").click();
    harness.run_steps(2);
    let sent = format!("{:?}", harness.state().sent);
    assert!(sent.contains("Copy(\"5\")"), "{sent}");
}

#[test]
fn a_value_is_decoded_once_however_often_it_is_drawn() {
    let rows: Vec<String> = (0..3000).map(|n| format!(r#"{{"n":{n},"text":"{n}"}}"#)).collect();
    let value = json(&format!("[{}]", rows.join(",")));
    let mut harness = large(World::with(TopicSpec::new(TopicType::Json), [value]), "json-long");
    expect(&harness, &["[0 … 999]"]);
    harness.run_steps(20);
    expect(&harness, &["1 update"]);
}
