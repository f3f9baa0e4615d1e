//! The top floor: what touches the machine (window, files, keyring, logging, threads) and wires the other floors together.
//!
//! Nothing here decides what the program shows; that is `model`'s and `ui`'s. Nothing here may block the window's thread:
//! files and keyring are served by named threads that answer by channel.

pub mod cli;
pub mod commands;
mod effect_runner;
mod embedded_server;
pub mod event_loop;
mod file_dialogs;
mod files;
mod headless;
mod job;
pub mod launch;
mod logging;
mod new_file;
pub mod picture_loader;
mod platform;
pub mod principals;
pub mod raster;
mod secrets;
pub mod storage;
mod window;
