//! Brownian: a topic explorer and admin console for Diffusion servers.

pub mod app;
pub mod client;
pub mod data;
pub mod model;
pub mod server;
pub mod session;
pub mod ui;
pub mod wire;
