//! `Demo/sensors`: rooms of a building, each a series of temperatures, some of them edited, and a series of events.

use super::pace::Every;
use super::random::Random;
use super::words::{double, json, object, rounded, series, spec, text, whole};
use super::{Branch, Moment, Out};
use crate::data::TopicType;
use crate::data::value::json::Json;
use std::sync::Arc;
use std::time::Duration;

const ROOMS: [&str; 8] = ["lobby", "kitchen", "library", "workshop", "server-room", "archive", "greenhouse", "roof"];
/// So many temperatures stand in each series at the start, so that a chart has something to show.
const HISTORY: usize = 60;
/// How many of the temperatures are measured wrongly, so that there is something to edit.
const WRONG: f64 = 0.04;
const EVENTS: [(&str, &str); 6] = [
    ("door", "opened"),
    ("door", "closed"),
    ("motion", "someone came in"),
    ("light", "switched on"),
    ("light", "switched off"),
    ("smoke", "self-test passed"),
];

struct Room {
    name: &'static str,
    temperature: Arc<str>,
    humidity: Arc<str>,
    events: Arc<str>,
    usual: f64,
    degrees: f64,
    count: i64,
    /// A temperature that was measured wrongly: the sequence of its event, and what it should have been.
    wrong: Option<(i64, f64)>,
    random: Random,
}

pub(super) struct Sensors {
    rooms: Vec<Room>,
    measure: Every,
    notice: Every,
}

impl Sensors {
    pub(super) fn new(seed: u64) -> Self {
        let room = |(place, name): (usize, &'static str)| {
            let topic = |what: &str| -> Arc<str> { format!("Demo/sensors/{name}/{what}").into() };
            let mut random = Random::new(seed, 2000 + place as u64);
            let usual = random.between(17.0, 26.0);
            Room {
                name,
                temperature: topic("temperature"),
                humidity: topic("humidity"),
                events: topic("events"),
                usual,
                degrees: usual,
                count: 0,
                wrong: None,
                random,
            }
        };
        Self {
            rooms: ROOMS.into_iter().enumerate().map(room).collect(),
            measure: Every::new(Duration::from_secs(1)),
            notice: Every::new(Duration::from_secs(2)),
        }
    }
}

impl Branch for Sensors {
    fn open(&mut self, at: Moment, out: &mut Out<'_>) {
        for room in &mut self.rooms {
            out.add(&room.temperature, &series("double", "limit 1000"));
            out.add(&room.events, &series("json", "limit 200"));
            out.add(&room.humidity, &spec(TopicType::Double));
            room.notice(at, out);
            for _ in 0..HISTORY {
                room.measure(out);
            }
        }
    }

    fn step(&mut self, at: Moment, out: &mut Out<'_>) {
        if self.measure.is_due(at.elapsed) {
            for room in &mut self.rooms {
                room.measure(out);
            }
        }
        if self.notice.is_due(at.elapsed) {
            for room in &mut self.rooms {
                if room.random.chance(0.2) {
                    room.notice(at, out);
                }
            }
        }
    }
}

impl Room {
    fn measure(&mut self, out: &mut Out<'_>) {
        self.degrees += self.random.normal() * 0.08 - (self.degrees - self.usual) * 0.02;
        // Someone looks at what was measured and edits it, one measurement later.
        if let Some((sequence, degrees)) = self.wrong.take() {
            out.edit(&self.temperature, sequence, double(degrees));
        }
        let degrees = rounded(self.degrees, 2);
        let is_wrong = self.random.chance(WRONG);
        let shown = if is_wrong { rounded(degrees + 9.0, 2) } else { degrees };
        let sequence = out.append(&self.temperature, double(shown));
        self.wrong = sequence.filter(|_| is_wrong).map(|sequence| (sequence, degrees));
        let humidity = 45.0 + (self.usual - self.degrees) * 4.0 + self.random.normal();
        out.set(&self.humidity, double(rounded(humidity, 1)));
    }

    fn notice(&mut self, at: Moment, out: &mut Out<'_>) {
        let (kind, what) = *self.random.pick(&EVENTS);
        self.count += 1;
        let event = object([
            ("room", text(self.name)),
            ("kind", text(kind)),
            ("text", text(what)),
            ("number", whole(self.count)),
            ("battery", Json::Float(rounded(self.random.between(0.4, 1.0), 2))),
            ("time", whole(at.now.millis())),
        ]);
        out.append(&self.events, json(event));
    }
}
