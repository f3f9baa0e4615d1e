//! Draws the model and emits intents; it names the model and the data floor, never the line or the runtime.

pub mod commands;
pub mod cx;
pub mod dialogs;
mod environment;
pub mod format;
pub mod frame;
pub mod panels;
mod preview;
pub mod session_acts;
pub mod theme;
pub mod widgets;
