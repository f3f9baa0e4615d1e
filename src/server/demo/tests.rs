//! The content is the same for the same seed, its rate is kept, everything it publishes can be read.

use super::pace::{Every, Pace, bounded};
use super::{Branch, Content, Handle, Moment, Out, Publish, clocks, markets, sensors, sports, start, types};
use crate::data::value::{self, DataType};
use crate::data::{Timestamp, TopicPath, TopicSpec, TopicType};
use crate::server::{LocalClient, LocalSession};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Remembers everything that was asked of it.
#[derive(Default)]
struct Recorder {
    topics: Mutex<BTreeMap<String, TopicSpec>>,
    values: Mutex<Vec<(String, Bytes)>>,
    removed: Mutex<Vec<String>>,
    handlers: Mutex<BTreeMap<String, Handle>>,
    /// Path, sequence of the original, sequence of the edit.
    edits: Mutex<Vec<(String, i64, i64)>>,
    published: Condvar,
}

impl Publish for Recorder {
    fn add(&self, path: &str, spec: &TopicSpec) {
        self.topics.lock().unwrap().entry(path.to_owned()).or_insert_with(|| spec.clone());
    }

    fn set_batch(&self, updates: &[(Arc<str>, Bytes)]) {
        self.values.lock().unwrap().extend(updates.iter().map(|(path, value)| (path.to_string(), value.clone())));
        self.published.notify_all();
    }

    fn append(&self, path: &str, value: Bytes) -> Option<i64> {
        let mut values = self.values.lock().unwrap();
        let sequence = values.iter().filter(|(at, _)| at == path).count();
        values.push((path.to_owned(), value));
        i64::try_from(sequence).ok()
    }

    fn edit(&self, path: &str, original: i64, value: Bytes) {
        let sequence = self.append(path, value).unwrap();
        self.edits.lock().unwrap().push((path.to_owned(), original, sequence));
    }

    fn remove(&self, selector: &str) {
        self.removed.lock().unwrap().push(selector.to_owned());
    }

    fn handle(&self, path: &str, handle: Handle) {
        self.handlers.lock().unwrap().insert(path.to_owned(), handle);
    }

    fn open_session(&self, _: &LocalClient) -> Option<LocalSession> {
        None
    }
}

fn at(millis: u64) -> Moment {
    let now = Timestamp::from_millis(1_700_000_000_000 + i64::try_from(millis).unwrap());
    Moment { elapsed: Duration::from_millis(millis), now }
}

/// Opens a branch and lets it run for some seconds in turns of 50 ms.
fn run(mut branch: impl Branch, secs: u64) -> Recorder {
    let recorder = Recorder::default();
    let mut out = Out::new(&recorder);
    branch.open(at(0), &mut out);
    for turn in 1..=secs * 20 {
        branch.step(at(turn * 50), &mut out);
    }
    out.flush();
    recorder
}

fn trade(seed: u64, updates: u64) -> Recorder {
    let recorder = Recorder::default();
    let mut out = Out::new(&recorder);
    let mut markets = markets::Markets::new(seed);
    markets.open(at(0), &mut out);
    for turn in 0..updates / 100 {
        markets.trade(100, at(turn), &mut out);
    }
    out.flush();
    recorder
}

fn values(recorder: &Recorder) -> Vec<(String, Bytes)> {
    recorder.values.lock().unwrap().clone()
}

#[track_caller]
fn all_readable(recorder: &Recorder) {
    let topics = recorder.topics.lock().unwrap();
    for (path, bytes) in values(recorder) {
        assert_eq!(TopicPath::parse(&path).unwrap().as_str(), path);
        let spec = topics.get(&path).unwrap_or_else(|| panic!("{path} has a value but was not added"));
        let data_type = DataType::of_topic_type(spec.topic_type).or_else(|| spec.event_type()).unwrap();
        if let Err(error) = value::decode(data_type, &bytes) {
            panic!("{path}: {error}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_content() {
    assert_eq!(values(&trade(7, 5_000)), values(&trade(7, 5_000)));
    assert_eq!(values(&run(sports::Sports::new(7), 300)), values(&run(sports::Sports::new(7), 300)));
    assert_eq!(values(&run(sensors::Sensors::new(7), 60)), values(&run(sensors::Sensors::new(7), 60)));
}

#[test]
fn another_seed_gives_other_content() {
    assert_ne!(values(&trade(7, 1_000)), values(&trade(8, 1_000)));
    assert_ne!(values(&run(sensors::Sensors::new(7), 5)), values(&run(sensors::Sensors::new(8), 5)));
}

#[test]
fn every_branch_publishes_readable_values_under_its_own_topics() {
    all_readable(&trade(1, 2_000));
    all_readable(&run(types::Types, 1));
    all_readable(&run(clocks::Clocks::new(), 3));
    all_readable(&run(sensors::Sensors::new(1), 20));
    all_readable(&run(sports::Sports::new(1), 200));
    all_readable(&run(super::machine::Machine::new(), 1));
}

#[test]
fn clocks_show_one_moment_in_every_zone() {
    let all: BTreeMap<_, _> = values(&run(clocks::Clocks::new(), 0)).into_iter().collect();
    let shown = |name: &str| match value::decode(DataType::String, &all[&format!("Demo/clocks/{name}")]).unwrap() {
        value::Value::String(Some(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(shown("utc"), "2023-11-14T22:13:20Z");
    assert_eq!(shown("zones/Pacific/Auckland"), "2023-11-15 11:13:20 NZDT");
    assert_eq!(shown("zones/Asia/Kolkata"), "2023-11-15 03:43:20 IST");
    assert_eq!(shown("zones/America/New_York"), "2023-11-14 17:13:20 EST");
    assert_eq!(all.len(), 2 + 8);
}

#[test]
fn wrong_temperatures_are_edited() {
    let recorder = run(sensors::Sensors::new(7), 60);
    let edits = recorder.edits.lock().unwrap();
    assert!((10..100).contains(&edits.len()), "{}", edits.len());
    let values = values(&recorder);
    for (path, original, edit) in &*edits {
        let degrees = |sequence: i64| {
            let of_path = values.iter().filter(|(at, _)| at == path).nth(usize::try_from(sequence).unwrap());
            match value::decode(DataType::Double, &of_path.unwrap().1).unwrap() {
                value::Value::Double(Some(degrees)) => degrees,
                other => panic!("{other:?}"),
            }
        };
        assert!((degrees(*original) - degrees(*edit) - 9.0).abs() < 0.01, "{path} {original} {edit}");
        let edits_an_edit = edits.iter().any(|(at, _, sequence)| at == path && sequence == original);
        assert!(!edits_an_edit, "{path} {original}");
    }
}

#[test]
fn types_has_every_topic_type_a_server_may_have() {
    let recorder = run(types::Types, 1);
    let topics = recorder.topics.lock().unwrap();
    for topic_type in TopicType::ALL.into_iter().filter(|topic_type| *topic_type != TopicType::Unknown) {
        assert!(topics.values().any(|spec| spec.topic_type == topic_type), "{topic_type:?}");
    }
}

#[test]
fn the_picture_is_a_png_and_the_large_binary_is_large() {
    let all: BTreeMap<_, _> = values(&run(types::Types, 0)).into_iter().collect();
    let picture = image::load_from_memory(&all["Demo/types/binary/picture"]).unwrap();
    assert_eq!((picture.width(), picture.height()), (240, 160));
    assert_eq!(all["Demo/types/binary/large"].len(), 10_000_000);
}

#[test]
fn markets_share_the_updates_by_the_pace_of_the_pairs() {
    let recorder = trade(1, 216_000);
    let count = |path: &str| values(&recorder).iter().filter(|(at, _)| at == path).count();
    // 100 seconds at the natural rate: about 50 quotes a second for the fastest pair, 2 for the slowest.
    let (fastest, slowest) = (count("Demo/markets/EUR-GBP/quote"), count("Demo/markets/NOK-SEK/quote"));
    assert!((4_500..=5_500).contains(&fastest), "{fastest}");
    assert!((150..=500).contains(&slowest), "{slowest}");
    assert_eq!(recorder.topics.lock().unwrap().len(), 60 * 3);
}

#[test]
fn matches_come_and_go() {
    let recorder = run(sports::Sports::new(3), 130);
    let removed = recorder.removed.lock().unwrap().clone();
    assert_eq!(removed.len(), 9 + 2, "each place is taken over once, two of the shortest sport twice: {removed:?}");
    assert!(removed.iter().all(|selector| selector.starts_with("?Demo/sports/") && selector.ends_with("//")));
    assert_eq!(recorder.topics.lock().unwrap().len(), (9 + removed.len()) * 4);
}

#[test]
fn a_pace_keeps_fractions() {
    let mut pace = Pace::default();
    let mut published = 0;
    for _ in 0..100_000 {
        pace.pass(Duration::from_millis(10), 33.3);
        published += pace.due();
        pace.spend(pace.due());
    }
    assert!((33_299..=33_301).contains(&published), "{published}");
}

#[test]
fn a_pace_takes_off_what_was_published_ahead() {
    let mut pace = Pace::default();
    pace.pass(Duration::from_millis(100), 100.0);
    assert_eq!(pace.due(), 10);
    pace.spend(25);
    assert_eq!(pace.due(), 0);
    pace.pass(Duration::from_millis(150), 100.0);
    assert_eq!(pace.due(), 0);
    pace.pass(Duration::from_millis(20), 100.0);
    assert_eq!(pace.due(), 2);
}

#[test]
fn a_pace_does_not_pile_up_while_nothing_could_be_published() {
    let mut pace = Pace::default();
    pace.pass(Duration::from_hours(1), 1_000.0);
    assert_eq!(pace.due(), 250);
}

#[test]
fn no_rate_means_rest() {
    let mut pace = Pace::default();
    pace.pass(Duration::from_millis(100), 1_000.0);
    pace.pass(Duration::from_millis(100), 0.0);
    assert_eq!(pace.due(), 0);
}

#[test]
fn rates_are_bounded() {
    assert_eq!(bounded(-1.0), 0.0);
    assert_eq!(bounded(f64::NAN), 0.0);
    assert_eq!(bounded(f64::INFINITY), 50_000.0);
    assert_eq!(bounded(12.5), 12.5);
}

#[test]
fn what_is_due_again_and_again_does_not_drift() {
    let mut every = Every::new(Duration::from_millis(100));
    let times: Vec<u64> = (0..=1_000).step_by(7).filter(|&time| every.is_due(Duration::from_millis(time))).collect();
    assert_eq!(times, [105, 203, 301, 406, 504, 602, 700, 805, 903]);
    assert!(every.is_due(Duration::from_millis(5_020)));
    assert!(!every.is_due(Duration::from_millis(5_099)));
    assert!(every.is_due(Duration::from_millis(5_100)));
}

#[test]
fn the_whole_content_keeps_its_rate() {
    let recorder = Recorder::default();
    let mut content = Content::new(1);
    content.open(at(0), &recorder);
    for rate in [100_u32, 2_000, 50_000] {
        let mut pace = Pace::default();
        let before = recorder.values.lock().unwrap().len();
        for turn in 1..=400 {
            pace.pass(Duration::from_millis(10), f64::from(rate));
            content.turn(at(turn * 10), &mut pace, &recorder);
        }
        let published = recorder.values.lock().unwrap().len() - before;
        let wanted = 4 * rate as usize;
        assert!(published.abs_diff(wanted) <= 150 + wanted / 50, "{published} for {wanted}");
    }
}

#[test]
fn the_handle_changes_the_rate_and_ends_the_thread() {
    let recorder = Arc::new(Recorder::default());
    let handle = start(recorder.clone(), 1, 0.0).unwrap();
    handle.set_rate(1_000_000.0);
    assert_eq!(handle.rate(), 50_000.0);
    let values = recorder.values.lock().unwrap();
    let moved = |values: &mut Vec<(String, Bytes)>| {
        values.iter().filter(|(path, _)| path == "Demo/markets/EUR-GBP/quote").count() < 5
    };
    let (values, waited) = recorder.published.wait_timeout_while(values, Duration::from_mins(1), moved).unwrap();
    assert!(!waited.timed_out(), "the markets moved");
    drop(values);
    drop(handle);
    assert_eq!(Arc::strong_count(&recorder), 1, "nothing publishes any more");
}
