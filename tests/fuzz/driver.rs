//! Mutates the recorded samples for some seconds and tries every target; needs no special compiler.
//!
//! `driver [seconds] [seed] [target]`. The same seed gives the same inputs. A failure prints its input as hex and
//! ends the program with code 1; `driver hex <target> <input>` tries one input again.

use brownian_fuzz::bodies::TARGETS;
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longer inputs find little more and take their time.
const MAX_INPUT: usize = 4096;
const SAMPLES: &[&str] = &[
    include_str!("../samples/data.json"),
    include_str!("../samples/session.json"),
    include_str!("../samples/topic-services.json"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, target, input] = &arguments[..]
        && mode == "hex"
    {
        let found = TARGETS.iter().find(|(name, _)| name == target);
        return match found.zip(bytes_of_hex(input)) {
            Some(((_, body), input)) => {
                body(&input);
                ExitCode::SUCCESS
            }
            None => usage(),
        };
    }
    let number = |at: usize, default: u64| arguments.get(at).map_or(Some(default), |text| text.parse().ok());
    let (Some(seconds), Some(seed)) = (number(0, 10), number(1, 1)) else { return usage() };
    let only = arguments.get(2);
    let targets: Vec<_> = TARGETS.iter().filter(|(name, _)| only.is_none_or(|only| only == name)).collect();
    if targets.is_empty() {
        return usage();
    }
    let corpus = corpus();
    println!("{} samples, seed {seed}", corpus.len());
    let share = Duration::from_secs(seconds) / u32::try_from(targets.len()).expect("few targets");
    let mut failed = false;
    for (name, body) in targets {
        failed |= !run(name, *body, &corpus, seed, share);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn usage() -> ExitCode {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    eprintln!("usage: driver [seconds] [seed] [target], or: driver hex <target> <input>");
    eprintln!("targets: {}", names.join(" "));
    ExitCode::from(2)
}

/// Tries one target until its time is over; whether nothing failed.
fn run(name: &str, body: fn(&[u8]), corpus: &[Vec<u8>], seed: u64, share: Duration) -> bool {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let start = Instant::now();
    let (mut count, mut slowest, mut slow_input) = (0u64, Duration::ZERO, Vec::new());
    while start.elapsed() < share {
        // The samples themselves come first.
        let input = match usize::try_from(count).ok().and_then(|at| corpus.get(at)) {
            Some(sample) => sample.clone(),
            None => mutated(corpus, &mut random),
        };
        count += 1;
        let before = Instant::now();
        if catch_unwind(|| body(&input)).is_err() {
            println!("{name}: input {count} of seed {seed} fails: driver hex {name} {}", hex(&input));
            return false;
        }
        let took = before.elapsed();
        if took > slowest {
            (slowest, slow_input) = (took, input);
        }
    }
    println!("{name}: {count} inputs, the slowest took {} µs with {} bytes", slowest.as_micros(), slow_input.len());
    true
}

/// Every text of the samples, and what those that are hex stand for.
fn corpus() -> Vec<Vec<u8>> {
    fn collect(sample: &serde_json::Value, out: &mut Vec<Vec<u8>>) {
        match sample {
            serde_json::Value::String(text) if text.len() <= 2 * MAX_INPUT => {
                if let Some(bytes) = bytes_of_hex(text) {
                    out.push(bytes);
                }
                out.push(text.clone().into_bytes());
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
            serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    for samples in SAMPLES {
        collect(&serde_json::from_str(samples).expect("the samples are JSON"), &mut out);
    }
    out.sort();
    out.dedup();
    out
}

fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(9) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.byte(),
            2 => input.insert(at, random.byte()),
            3 if at < input.len() => {
                input.remove(at);
            }
            4 => input.truncate(at),
            5 => {
                let end = (at + random.below(16)).min(input.len());
                let piece = input[at..end].to_vec();
                let times = 1 + random.below(8);
                input.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(32)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            7 => {
                const EDGES: &[&[u8]] = &[
                    &[0xff; 5],
                    &[0xff, 0xff, 0xff, 0xff, 0x07],
                    &[0x80; 10],
                    &[0x1b, 0xff, 0xff],
                    &[0x9f],
                    &[0xbf],
                    &[0x5f],
                    b"////",
                    b"\\Q",
                    b"(?i)",
                    b"[^",
                    b"{2,}",
                    b"'",
                    b"(",
                    b"\xf0\x9f\x98\x80",
                    b"\n",
                ];
                input.splice(at..at, EDGES[random.below(EDGES.len())].iter().copied());
            }
            _ => input.insert(0, b"?*#>"[random.below(4)]),
        }
    }
    input.truncate(MAX_INPUT);
    input
}

/// xorshift64*: small, seeded, good enough to stir bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 33) as usize) % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        (self.next() >> 56) as u8
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}
