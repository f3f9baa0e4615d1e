//! What concerns one topic: looking at it, editing it, querying it, setting it repeatedly, copying it.

pub mod copy_as;
pub mod editor;
pub mod inspector;
pub mod range_query;
pub mod update_streams;
