//! Tests of the interface: drawn without a window or a graphics card, found as a screen reader finds it.

mod branch;
mod certificates;
mod changes;
#[path = "../support/chosen_file.rs"]
mod chosen_file;
mod create_topics;
mod data_table;
mod demo;
mod dialogs;
mod files;
mod gallery;
mod gallery_pages;
mod inspector;
mod journeys;
mod json_edit;
mod keys;
mod messages;
mod missing_topics;
mod names;
mod outline;
mod panels;
mod protocol;
mod range_query;
#[path = "../support/raster_renderer.rs"]
mod raster_renderer;
mod session_acts;
mod sessions;
mod shell;
#[path = "../support/test_app.rs"]
mod test_app;
#[path = "../support/test_server.rs"]
mod test_server;
mod tree_checks;
mod update_streams;
