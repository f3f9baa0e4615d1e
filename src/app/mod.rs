//! The top floor: what touches the machine (window, files, keyring, logging, threads) and wires the other floors together.
//!
//! Nothing here decides what the program shows; that is `model`'s and `ui`'s. Nothing here may block the window's thread:
//! files and keyring are served by named threads that answer by channel.

pub mod cli;
pub mod dialogs;
pub mod files;
pub mod headless;
pub mod logging;
pub mod perform;
pub mod program;
pub mod raster;
pub mod secrets;
pub mod start;
pub mod storage;
pub mod system;
pub mod terminal;
pub mod window;
