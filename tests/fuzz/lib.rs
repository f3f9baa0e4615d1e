//! Damaged bytes and strange texts against the floors that read what peers and people write.
//!
//! Builds the two pure floors straight from their sources, so that an instrumented build takes no window along.
//!
//! - Any compiler: `cargo run --bin driver -- 30` in this folder mutates the recorded samples for 30 seconds.
//! - Nightly, g++ and cargo-fuzz: `cargo +nightly fuzz run --fuzz-dir tests/fuzz --features engine selector`.

#![allow(missing_docs, dead_code, reason = "documented where they live")]

pub mod bodies;
#[path = "../../src/data/mod.rs"]
pub mod data;
pub mod inputs;
#[path = "../../src/wire/mod.rs"]
pub mod wire;
