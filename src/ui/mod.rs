//! Draws the model and emits intents; it names the model and the data floor, never the line or the runtime.

pub mod connect;
pub mod copy_as;
pub mod cx;
pub mod dock;
pub mod format;
mod hints;
pub mod new_topic;
pub mod notices;
pub mod palette;
pub mod panels;
pub mod path_dialog;
pub mod safety_mode;
pub mod sheets;
pub mod shell;
pub mod shortcuts;
pub mod status;
pub mod theme;
pub mod welcome;
pub mod widgets;
