//! Bytes to typed messages and back: primitives, envelope, handshake, services.
//!
//! Absent here, on purpose: tokio, egui, sockets, files and clocks. A decoder never panics and never allocates more
//! than the bytes it was given can justify.

pub mod codec;
pub mod error;
pub mod frame;
pub mod handshake;
pub mod protocol;
pub mod reader;
pub mod service;
pub mod services;
pub mod writer;

pub use codec::{Wire, decode, encode};
pub use error::{DecodeError, Problem};
pub use frame::Message;
pub use service::{Inbound, Service, ServiceError};
