//! The background: one runtime, one actor for each connection, transports, the queue up to the window.
//!
//! Absent here, on purpose: egui, the model and everything drawn.

mod actor;
pub mod api;
mod backoff;
pub mod blocking;
mod clock;
mod connection_test;
mod engine;
mod outbox;
#[cfg(test)]
mod scripted_server;
mod transport;

pub use engine::{Busy, Engine};
pub use transport::pipe::{PipeAcceptor, PipeEnd};
