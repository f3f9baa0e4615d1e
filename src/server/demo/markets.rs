//! `Demo/markets`: 60 currency pairs on a random walk, each with its own pace.

use super::random::Random;
use super::words::{decimal, double, json, object, rounded, spec, string, text, whole};
use super::{Moment, Out};
use crate::data::TopicType;
use std::sync::Arc;

/// Currencies with their worth in US dollars; pairs follow the custom of naming the first in the list first.
const CURRENCIES: [(&str, f64); 12] = [
    ("EUR", 1.085),
    ("GBP", 1.272),
    ("AUD", 0.658),
    ("NZD", 0.602),
    ("USD", 1.0),
    ("CAD", 0.731),
    ("CHF", 1.131),
    ("NOK", 0.0931),
    ("SEK", 0.0947),
    ("ZAR", 0.0542),
    ("MXN", 0.0551),
    ("JPY", 0.00644),
];
const PAIRS: usize = 60;
/// Quotes a second of the slowest and the fastest pair at the natural rate.
const SLOWEST: f64 = 2.0;
const FASTEST: f64 = 50.0;
/// Updates that one quote makes: the quote itself and its middle.
const UPDATES: u64 = 2;

struct Pair {
    name: String,
    quote: Arc<str>,
    mid: Arc<str>,
    status: Arc<str>,
    base: f64,
    decimals: i32,
    /// Share of all quotes.
    share: f64,
    /// Quotes due; fractions are kept, so that shares are exact in the long run.
    due: f64,
    /// Logarithm of the price over its base: prices wander but come back.
    drift: f64,
    high: f64,
    low: f64,
    quotes: i64,
    open: bool,
    random: Random,
}

pub(super) struct Markets {
    pairs: Vec<Pair>,
}

impl Markets {
    pub(super) fn new(seed: u64) -> Self {
        let mut pairs = Vec::with_capacity(PAIRS);
        for (at, (first, worth)) in CURRENCIES.iter().enumerate() {
            for (second, unit) in &CURRENCIES[at + 1..] {
                if pairs.len() < PAIRS {
                    pairs.push(Pair::new(first, second, worth / unit, pairs.len(), seed));
                }
            }
        }
        let all: f64 = pairs.iter().map(|pair| pair.share).sum();
        for pair in &mut pairs {
            pair.share /= all;
        }
        Self { pairs }
    }

    pub(super) fn open(&mut self, at: Moment, out: &mut Out<'_>) {
        for pair in &mut self.pairs {
            out.add(&pair.quote, &spec(TopicType::Json));
            out.add(&pair.mid, &spec(TopicType::Double));
            out.add(&pair.status, &spec(TopicType::String));
            out.set(&pair.status, string("open"));
            pair.trade(at, out);
        }
    }

    /// Makes about so many updates, shared out by the pace of the pairs.
    pub(super) fn trade(&mut self, updates: u64, at: Moment, out: &mut Out<'_>) {
        let quotes = updates as f64 / UPDATES as f64;
        for pair in &mut self.pairs {
            pair.due += quotes * pair.share;
            while pair.due >= 1.0 {
                pair.due -= 1.0;
                pair.trade(at, out);
            }
        }
    }
}

impl Pair {
    fn new(first: &str, second: &str, base: f64, place: usize, seed: u64) -> Self {
        let topic = |name: &str| -> Arc<str> { format!("Demo/markets/{first}-{second}/{name}").into() };
        // The first pairs are the busy ones, as in life.
        let rank = 1.0 - place as f64 / (PAIRS - 1) as f64;
        Self {
            name: format!("{first}/{second}"),
            quote: topic("quote"),
            mid: topic("mid"),
            status: topic("status"),
            base,
            decimals: if base > 20.0 { 3 } else { 5 },
            share: SLOWEST + (FASTEST - SLOWEST) * rank * rank,
            due: 0.0,
            drift: 0.0,
            high: 0.0,
            low: f64::INFINITY,
            quotes: 0,
            open: true,
            random: Random::new(seed, 1000 + place as u64),
        }
    }

    fn trade(&mut self, at: Moment, out: &mut Out<'_>) {
        if self.random.chance(0.0005) {
            self.open = !self.open;
            out.set(&self.status, string(if self.open { "open" } else { "suspended: price check" }));
        }
        self.drift += self.random.normal() * 0.000_08 - self.drift * 0.000_5;
        let mid = self.base * self.drift.exp();
        let half = mid * self.random.between(0.000_01, 0.000_06);
        self.high = self.high.max(mid);
        self.low = self.low.min(mid);
        self.quotes += 1;
        let quote = object([
            ("pair", text(self.name.as_str())),
            ("bid", decimal(mid - half, self.decimals)),
            ("ask", decimal(mid + half, self.decimals)),
            ("high", decimal(self.high, self.decimals)),
            ("low", decimal(self.low, self.decimals)),
            ("changePercent", decimal((mid / self.base - 1.0) * 100.0, 3)),
            ("bidSize", whole(1 + self.random.below(50) as i64)),
            ("askSize", whole(1 + self.random.below(50) as i64)),
            ("quotes", whole(self.quotes)),
            ("time", whole(at.now.millis())),
        ]);
        out.set(&self.quote, json(quote));
        out.set(&self.mid, double(rounded(mid, self.decimals + 1)));
    }
}
