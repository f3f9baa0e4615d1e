//! This program's client at the embedded server, from end to end.

mod messaging;
mod missing_topics;
mod protocols;
mod server_calls;
mod stage;
mod update_streams;
