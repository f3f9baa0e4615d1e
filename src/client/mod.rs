//! The background: one runtime, one actor for each connection, transports, the queue up to the window.
//!
//! Absent here, on purpose: egui, the model and everything drawn.

pub mod actor;
pub mod api;
pub mod backoff;
pub mod blocking;
pub mod clock;
pub mod connection_test;
pub mod engine;
pub mod outbox;
#[cfg(test)]
mod scripted_server;
pub mod transport;

pub use engine::{Busy, Engine};
pub use transport::pipe::{PipeAcceptor, PipeEnd};
