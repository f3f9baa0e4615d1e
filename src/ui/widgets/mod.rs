//! The parts panels are made of. None of them knows the model: each is given what it shows.

pub mod badge;
pub mod button_row;
pub mod dialog;
pub mod filter_box;
pub mod form;
pub mod hex;
pub mod highlight;
pub mod json_tree;
pub mod picture;
pub mod plot;
pub mod rows;
pub mod states;
pub mod table;
pub mod text_view;
