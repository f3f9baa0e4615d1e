//! Bytes and answers recorded from the official clients and from real servers.

pub(crate) mod data;
mod records;
pub(crate) mod services;
pub(crate) mod session;
mod texts;
