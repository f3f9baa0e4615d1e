//! What belongs to the program and not to one connection: profiles, settings, files, notices.

pub mod connections;
pub mod files;
pub mod memory;
pub mod notices;
pub mod profile_url;
pub mod profiles;
pub mod settings;
