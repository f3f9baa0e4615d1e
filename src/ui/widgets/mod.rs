//! The parts panels are made of. None of them knows the model: each is given what it shows.

pub mod rows;
