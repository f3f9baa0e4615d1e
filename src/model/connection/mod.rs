//! One open connection: its link, what it measures and how careful it is.

pub mod block_reason;
mod connected;
pub mod identity;
pub mod latency;
pub mod link;
pub mod log;
pub mod safety;
