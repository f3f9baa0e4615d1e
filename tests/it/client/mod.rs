//! This program's client at the embedded server, from end to end.

mod missing_topics;
mod server_calls;
mod update_streams;
