//! The words of the command line: what can be asked of the program, and the help that explains it.
//!
//! Exit codes: 0 done, 1 failed (one line on standard error says why), 2 the command line was not understood.

pub mod parsers;
mod password;
mod server_args;

pub(super) use password::typed_password;
pub use password::{password, take_password_variable};
pub use server_args::ServerArgs;

use super::commands::Command;
use super::window::Renderer;
use crate::data::ServerUrl;
use clap::{Args, Parser, ValueEnum};
use parsers::{ServerUrlParser, seconds_from_zero, size};
use std::path::PathBuf;
use std::time::Duration;

/// Everything was done.
pub const DONE: u8 = 0;
/// Something failed; standard error has one line about it.
pub const FAILED: u8 = 1;
/// The command line was not understood.
pub const USAGE: u8 = 2;

/// The variable that can hold the password.
pub const PASSWORD_VARIABLE: &str = "BROWNIAN_PASSWORD";

const AFTER_HELP: &str = "\
Examples:
  brownian --demo
  brownian --connect wss://diffusion.example.com --principal admin
  brownian --demo --screenshot demo.png --size 1440x900 --theme light
  brownian serve --demo --port 8080
  brownian fetch ws://localhost:8080 '?fx//' --json
  brownian set ws://localhost:8080 fx/EURUSD 1.0842 --add --type double
  brownian remove ws://localhost:8080 '?fx//' --count 12
  brownian export ws://localhost:8080 '?fx//' --output fx.json

Environment:
  BROWNIAN_PASSWORD  password of the principal
  BROWNIAN_LOG       what is logged to standard error, as in: debug, or: warn,brownian::client=trace

Exit codes: 0 done, 1 failed, 2 the command line was not understood.";

/// Topic explorer and admin console for Diffusion servers
///
/// Without a command it opens the window.
#[derive(Clone, Debug, Parser)]
#[command(name = "brownian", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the window shows.
    #[command(flatten)]
    pub window: WindowArgs,
}

/// How the window starts.
#[derive(Clone, Debug, Args)]
pub struct WindowArgs {
    /// Start the embedded demo server and connect to it
    #[arg(long, conflicts_with = "connect")]
    pub demo: bool,
    /// Connect to the server at this URL (ws:// or wss://)
    #[arg(long, value_name = "URL", value_parser = ServerUrlParser)]
    pub connect: Option<ServerUrl>,
    /// Connect as this principal; anonymously if not given
    #[arg(long, value_name = "NAME", requires = "connect")]
    pub principal: Option<String>,
    /// Whether standard input holds the password.
    #[arg(
        long,
        requires = "principal",
        help = "Read the password from the first line of standard input; else BROWNIAN_PASSWORD is used"
    )]
    pub password_stdin: bool,
    /// Write a picture of the interface to this PNG file, then quit; needs no display
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,
    /// Size of the window or the picture, as in 1440x900
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<[u32; 2]>,
    /// Show this panel in front, as in topic-tree
    #[arg(long, value_name = "ID")]
    pub panel: Option<String>,
    /// Select this topic
    #[arg(long, value_name = "PATH")]
    pub select: Option<String>,
    /// Colours; those of the settings if not given
    #[arg(long, value_enum)]
    pub theme: Option<Theme>,
    /// How long the interface runs before the picture is taken
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds_from_zero)]
    pub after: Duration,
    /// Run without a window, and print the key numbers at the end
    #[arg(long)]
    pub headless: bool,
    /// Graphics interface to draw with
    #[arg(long, value_enum, default_value_t)]
    pub renderer: Renderer,
    /// Keep settings and profiles in this folder
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

impl WindowArgs {
    /// Whether no window is to be opened.
    #[must_use]
    pub fn runs_headless(&self) -> bool {
        self.headless || self.screenshot.is_some()
    }
}

/// Colours to draw with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
}

#[cfg(test)]
mod tests;
