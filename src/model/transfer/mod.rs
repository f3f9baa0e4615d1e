//! Topics from files and to files.

pub mod export;
pub mod import;
