//! Reads the arguments and starts the program; nothing else.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    brownian::app::launch::run(brownian::app::cli::Cli::parse())
}
