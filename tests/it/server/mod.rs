//! The embedded server, spoken to in bytes.

mod exchange;
mod places;
mod recovery;
