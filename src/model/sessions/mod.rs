//! What concerns sessions: the locks that they hold.

pub mod locks;
