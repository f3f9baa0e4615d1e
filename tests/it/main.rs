//! Tests of several parts together, and of recorded bytes.

use brownian::{data, wire};

#[path = "../fuzz/bodies.rs"]
mod bodies;
mod commands;
mod copied_code;
mod damaged_input;
mod data_vectors;
#[path = "../support/driven.rs"]
mod driven;
#[path = "../fuzz/inputs.rs"]
mod inputs;
mod lock_vectors;
mod missing_topics;
mod record_vectors;
mod server_exchange;
mod service_effects;
mod service_vectors;
mod session_vectors;
mod text_vectors;
mod time_series;
mod topic_views;
mod update_stream_model;
mod update_streams;
mod wire_properties;
