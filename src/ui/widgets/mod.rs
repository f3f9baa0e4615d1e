//! The parts panels are made of. None of them knows the model: each is given what it shows.

pub mod badge;
pub mod filter_box;
pub mod form;
pub mod number;
pub mod rows;
pub mod states;
pub mod toast;
