//! The window's frame: the bar of connections, the rail, the dock with its panels, the status bar, notices, keys.

mod connection_bar;
pub mod dock;
mod hints;
mod line_safety;
mod notices;
mod rail;
mod safety_mode;
mod settings_menu;
pub mod shell;
pub mod status;
mod welcome;
