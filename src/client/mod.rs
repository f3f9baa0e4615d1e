//! The background: one runtime thread, one actor for each connection, transports, the queue up to the window.
//!
//! Absent here, on purpose: egui, the model and everything drawn.

pub mod api;
