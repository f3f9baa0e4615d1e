//! `Demo/clocks`: the time of day as text, as a number and in several zones.

use super::pace::Every;
use super::words::{int64, spec, string};
use super::{Branch, Moment, Out};
use crate::data::TopicType;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

const ZONES: [&str; 8] = [
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Europe/Berlin",
    "Europe/London",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Los_Angeles",
];

pub(super) struct Clocks {
    utc: Arc<str>,
    millis: Arc<str>,
    /// Zones this machine has no data for are left out.
    zones: Vec<(Arc<str>, TimeZone)>,
    second: Every,
    tenth: Every,
}

impl Clocks {
    pub(super) fn new() -> Self {
        let known = |zone: &str| Some((format!("Demo/clocks/zones/{zone}").into(), TimeZone::get(zone).ok()?));
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
