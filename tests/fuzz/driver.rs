//! Mutates the recorded samples for some seconds and tries every target; needs no special compiler.
//!
//! `driver [seconds] [seed] [target]`. The same seed gives the same inputs. A failure prints its input as hex and
//! ends the program with code 1; `driver hex <target> <input>` tries one input again.

use brownian_fuzz::bodies::TARGETS;
use brownian_fuzz::inputs::{Random, bytes_of_hex, corpus, mutated};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::{Duration, Instant};

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
    let mut random = Random::new(seed);
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
