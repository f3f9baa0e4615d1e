//! The command line and the programs that it and the window give out.

mod changes;
mod command_line;
mod copied_code;
mod locks;
mod protocols;
mod session_acts;
mod sessions;
mod streams;
