//! The top floor: what touches the machine (window, files, keyring, logging, threads) and wires the other floors together.
//!
//! Nothing here decides what the program shows; that is `model`'s and `ui`'s. Nothing here may block the window's thread:
//! files and keyring are served by named threads that answer by channel.

pub mod cli;
pub mod commands;
pub mod effect_runner;
mod embedded_server;
pub mod event_loop;
pub mod file_dialogs;
pub mod files;
pub mod headless;
mod job;
pub mod launch;
pub mod logging;
pub mod picture_loader;
pub mod platform;
pub mod raster;
pub mod secrets;
pub mod storage;
pub mod window;
