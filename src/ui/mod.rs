//! Draws the model and emits intents; it names the model and the data floor, never the line or the runtime.

pub mod theme;
pub mod widgets;
