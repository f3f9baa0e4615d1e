//! What concerns sessions: those of the server, what is done to them, what this one may do, and the locks that they hold.

pub mod locks;
pub mod permissions;
pub mod session_acts;
pub mod session_list;
