//! The embedded server, spoken to in bytes.

mod exchange;
mod logins;
mod memory;
mod places;
mod recovery;
mod sessions;
