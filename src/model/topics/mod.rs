//! The topic tree: exploring it by bounded fetches, values of the rows in sight, filter, favourites.

pub mod checks;
mod children;
pub mod explore;
mod facts;
pub mod filter;
#[cfg(test)]
mod filter_tests;
mod names;
mod open;
pub mod order;
pub mod query;
pub mod rows;
pub mod search;
pub mod state;
pub mod tree;
#[cfg(test)]
mod tree_tests;

pub use filter::{FilterView, Filtered};
pub use order::Order;
pub use query::Query;
pub use state::{Intent, RowFacts, Topics};
pub use tree::{Exploration, NodeId, Tree};
