//! One open connection: its link, what it measures and how careful it is, and who it is to the server.

pub mod block_reason;
mod connected;
pub mod identity;
pub mod latency;
pub mod link;
pub mod log;
pub mod safety;
pub mod who_am_i;
