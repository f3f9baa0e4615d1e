//! What concerns sessions: those of the server, what this one may do, and the locks that they hold.

pub mod locks;
pub mod permissions;
pub mod session_list;
