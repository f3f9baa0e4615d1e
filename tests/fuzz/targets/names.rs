//! Feeds the engine's inputs to [`brownian_fuzz::bodies::names`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| brownian_fuzz::bodies::names(input));
