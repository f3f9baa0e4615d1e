//! The embedded server, spoken to in bytes.

mod exchange;
mod memory;
mod places;
mod recovery;
