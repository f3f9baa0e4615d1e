//! The embedded server, spoken to in bytes.

mod exchange;
mod recovery;
