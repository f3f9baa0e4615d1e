//! The command line and the programs that it and the window give out.

mod changes;
mod copied_code;
