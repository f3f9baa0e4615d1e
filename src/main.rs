//! Reads the arguments and starts the program; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all: while there is one thread, and before anything can print the environment.
    let password = brownian::app::cli::take_password_variable();
    brownian::app::launch::run(std::env::args_os(), password)
}
