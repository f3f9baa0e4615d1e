//! Round trips of a connection: a ring of the last hour, percentiles over a window, reconnect marks.

use crate::data::Timestamp;
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::Feature;
use std::collections::VecDeque;

/// One measured round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When the answer came, or was missed.
    pub at: Timestamp,
    /// Microseconds; none if no answer came in time.
    pub micros: Option<u64>,
}

/// How far back the figures look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// One minute.
    #[default]
    Minute,
    /// Ten minutes.
    TenMinutes,
    /// One hour.
    Hour,
}

impl Window {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Minute, Self::TenMinutes, Self::Hour];

    /// Length in seconds.
    #[must_use]
    pub const fn secs(self) -> f64 {
        match self {
            Self::Minute => 60.0,
            Self::TenMinutes => 600.0,
            Self::Hour => 3600.0,
        }
    }
}

/// Figures over a window, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Median.
    pub p50: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Largest.
    pub max: u64,
    /// Mean difference of neighbours.
    pub jitter: u64,
    /// Answers.
    pub count: usize,
    /// Pings without an answer in time.
    pub missed: usize,
}

/// Round trips.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// Oldest first, at most an hour at one a second.
    pub samples: VecDeque<Sample>,
    /// When the link came back.
    pub reconnects: VecDeque<Timestamp>,
    /// How far back the figures look.
    pub window: Window,
    /// Figures over the window; renewed as time passes.
    pub figures: Figures,
    renewed: Timestamp,
}

const KEPT: usize = 3600;

/// What the user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Look back another time.
    SetWindow(Window),
    /// Measure now.
    PingNow,
    /// Forget what was measured.
    Clear,
}

impl Feature for Latency {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        at.latency.apply(intent, fx);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        at.latency.renew_rested(fx.now);
    }
}

impl Latency {
    /// A round trip was measured.
    pub fn pinged(&mut self, at: Timestamp, micros: Option<u64>) {
        self.samples.push_back(Sample { at, micros });
        while self.samples.len() > KEPT {
            self.samples.pop_front();
        }
        self.renew(at);
    }

    /// The link came back.
    pub fn reconnected(&mut self, at: Timestamp) {
        self.reconnects.push_back(at);
        while self.reconnects.len() > 100 {
            self.reconnects.pop_front();
        }
    }

    fn apply(&mut self, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::SetWindow(window) => {
                self.window = window;
                self.renew(fx.now);
            }
            Intent::PingNow => fx.ping(),
            Intent::Clear => {
                self.samples.clear();
                self.reconnects.clear();
                self.renew(fx.now);
            }
        }
    }

    /// Lets old samples leave the window.
    fn renew_rested(&mut self, now: Timestamp) {
        if now.secs_since(self.renewed) >= 1.0 {
            self.renew(now);
        }
    }

    /// The samples of the window, oldest first.
    pub fn in_window(&self, now: Timestamp) -> impl Iterator<Item = &Sample> {
        let secs = self.window.secs();
        let skip = self.samples.partition_point(|s| now.secs_since(s.at) > secs);
        self.samples.iter().skip(skip)
    }

    /// How many of the latest pings in a row had no answer.
    #[must_use]
    pub fn missed_in_a_row(&self) -> usize {
        self.samples.iter().rev().take_while(|s| s.micros.is_none()).count()
    }

    fn renew(&mut self, now: Timestamp) {
        self.renewed = now;
        let mut histogram = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 600_000_000, 3)
            .expect("the bounds of the histogram are valid");
        let (mut missed, mut last, mut jitter, mut steps) = (0, None::<u64>, 0u64, 0u64);
        for sample in self.in_window(now) {
            match sample.micros {
                None => missed += 1,
                Some(micros) => {
                    histogram.saturating_record(micros);
                    if let Some(last) = last.replace(micros) {
                        jitter += last.abs_diff(micros);
                        steps += 1;
                    }
                }
            }
        }
        let at = |percentile: f64| if histogram.is_empty() { 0 } else { histogram.value_at_quantile(percentile) };
        self.figures = Figures {
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            max: histogram.max(),
            jitter: jitter.checked_div(steps).unwrap_or(0),
            count: histogram.len() as usize,
            missed,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp(secs * 1_000_000)
    }

    #[test]
    fn figures_follow_the_window() {
        let mut latency = Latency::default();
        for i in 1..=100 {
            latency.pinged(at(i), Some(i as u64 * 1000));
        }
        assert_eq!(latency.figures.count, 61, "a minute back from the last sample, both ends included");
        latency.apply(Intent::SetWindow(Window::TenMinutes), &mut Effects::at(at(100), crate::client::api::LinkId(1)));
        assert_eq!((latency.figures.count, latency.figures.missed), (100, 0));
        assert!(latency.figures.p50.abs_diff(50_000) < 100, "{:?}", latency.figures);
        assert!(latency.figures.max.abs_diff(100_000) < 100);
        assert_eq!(latency.figures.jitter, 1000);
        latency.renew_rested(at(1000));
        assert_eq!(latency.figures, Figures::default());
    }

    #[test]
    fn missed_pings_are_counted() {
        let mut latency = Latency::default();
        latency.pinged(at(1), Some(500));
        latency.pinged(at(2), None);
        latency.pinged(at(3), None);
        assert_eq!((latency.figures.missed, latency.missed_in_a_row()), (2, 2));
    }
}
