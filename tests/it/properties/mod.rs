//! What holds for every value and every input: made-up values survive the line, damaged bytes do no harm.

mod control;
mod damaged_input;
mod service_effects;
mod session_locks;
mod time_series;
mod topic_views;
pub(crate) mod wire;
