//! The parts panels are made of. None of them knows the model: each is given what it shows.

pub mod acts;
pub mod badge;
pub mod fade;
pub mod filter_box;
pub mod form;
pub mod hex;
pub mod json_tree;
pub mod number;
pub mod plot;
pub mod rows;
pub mod states;
pub mod table;
pub mod text_view;
