//! The parts panels are made of. None of them knows the model: each is given what it shows.

pub mod add_bar;
pub mod badge;
pub mod button_row;
pub mod choice_popup;
pub mod data_table;
pub mod dialog;
pub mod diff;
pub mod filter_box;
pub mod form;
pub mod hex;
pub mod highlight;
pub mod json_tree;
pub mod layout;
pub mod menu;
pub mod picture;
pub mod plot;
pub mod registered_list;
pub mod rows;
pub mod session_filter_box;
pub mod split;
pub mod states;
pub mod text_line;
pub mod text_view;
pub mod value_text;
