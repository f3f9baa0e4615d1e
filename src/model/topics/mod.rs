//! The topic tree: exploring it by bounded fetches, values of the rows in sight, filter, favourites.

mod children;
pub mod explore;
mod facts;
mod names;
pub mod order;
pub mod rows;
pub mod state;
pub mod tree;
#[cfg(test)]
mod tree_tests;

pub use order::Order;
pub use state::{Intent, RowFacts, Topics};
pub use tree::{Exploration, NodeId, Tree};
