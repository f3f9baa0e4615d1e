//! Tests of several parts together, and of recorded bytes.

use brownian::{data, wire};

#[path = "../fuzz/bodies.rs"]
mod bodies;
#[path = "../support/chosen_file.rs"]
mod chosen_file;
#[macro_use]
mod versions;
mod cli;
mod client;
#[path = "../support/driven.rs"]
mod driven;
#[path = "../fuzz/inputs.rs"]
mod inputs;
mod model;
mod properties;
mod server;
#[path = "../support/test_server.rs"]
mod test_server;
mod vectors;
