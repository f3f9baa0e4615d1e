//! What concerns sessions: the locks that they hold, and what is done to them.

pub mod locks;
pub mod session_acts;
