//! The bodies that are fuzzed, tried with every recorded sample and with a fixed number of stirred ones.

use crate::bodies::TARGETS;
use crate::inputs::{Random, corpus, mutated};

/// Stirred inputs for each target; `tests/fuzz` tries as many as there is time for.
const STIRRED: usize = 1500;

#[test]
fn no_input_does_harm() {
    let corpus = corpus();
    assert!(corpus.len() > 1000, "{} samples", corpus.len());
    for (seed, (name, body)) in (1..).zip(TARGETS) {
        let mut random = Random::new(seed);
        let stirred = (0..STIRRED).map(|_| mutated(&corpus, &mut random));
        for input in corpus.iter().cloned().chain(stirred) {
            let done = std::panic::catch_unwind(|| body(&input));
            assert!(done.is_ok(), "{name} fails for {}", hex::encode(&input));
        }
    }
}
