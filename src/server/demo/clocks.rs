//! `Demo/clocks`: the time of day as text, as a number and in several zones.

use super::pace::Every;
use super::words::{int64, spec, string};
use super::{Branch, Moment, Out};
use crate::data::TopicType;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// Zones, each with the rules it follows today: not every machine has data about time zones.
const ZONES: [(&str, &str); 8] = [
    ("Pacific/Auckland", "NZST-12NZDT,M9.5.0,M4.1.0/3"),
    ("Asia/Tokyo", "JST-9"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("America/Sao_Paulo", "<-03>3"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0"),
];

pub(super) struct Clocks {
    utc: Arc<str>,
    millis: Arc<str>,
    zones: Vec<(Arc<str>, TimeZone)>,
    second: Every,
    tenth: Every,
}

impl Clocks {
    pub(super) fn new() -> Self {
        let known = |(zone, rules): (&str, &str)| {
            let found = TimeZone::get(zone).or_else(|_| TimeZone::posix(rules)).ok()?;
            Some((format!("Demo/clocks/zones/{zone}").into(), found))
        };
        Self {
            utc: "Demo/clocks/utc".into(),
            millis: "Demo/clocks/millis".into(),
            zones: ZONES.into_iter().filter_map(known).collect(),
            second: Every::new(Duration::from_secs(1)),
            tenth: Every::new(Duration::from_millis(100)),
        }
    }

    fn show(&self, at: Moment, out: &mut Out<'_>) {
        let Ok(now) = jiff::Timestamp::from_microsecond(at.now.0) else { return };
        out.set(&self.utc, string(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
        for (path, zone) in &self.zones {
            out.set(path, string(now.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()));
        }
    }
}

impl Branch for Clocks {
    fn open(&mut self, at: Moment, out: &mut Out<'_>) {
        out.add(&self.utc, &spec(TopicType::String));
        out.add(&self.millis, &spec(TopicType::Int64));
        for (path, _) in &self.zones {
            out.add(path, &spec(TopicType::String));
        }
        out.set(&self.millis, int64(at.now.millis()));
        self.show(at, out);
    }

    fn step(&mut self, at: Moment, out: &mut Out<'_>) {
        if self.tenth.is_due(at.elapsed) {
            out.set(&self.millis, int64(at.now.millis()));
        }
        if self.second.is_due(at.elapsed) {
            self.show(at, out);
        }
    }
}
