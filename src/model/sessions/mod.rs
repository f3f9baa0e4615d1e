//! What concerns sessions: what this one may do, and the locks that they hold.

pub mod locks;
pub mod permissions;
