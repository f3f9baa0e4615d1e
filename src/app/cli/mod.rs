//! The words of the command line: what can be asked of the program, and the help that explains it.
//!
//! Exit codes: 0 done, 1 failed (one line on standard error says why), 2 the command line was not understood.

pub mod change_args;

pub use change_args::{AddArgs, AppendArgs, ExportArgs, ImportArgs, RemoveArgs, SetArgs};

use super::window::Renderer;
use crate::data::Secret;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::BufRead;
use std::net::IpAddr;
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
    #[arg(long, value_name = "URL", value_parser = server_url)]
    pub connect: Option<url::Url>,
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

/// What can be done without a window.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run a small server in this process, until it is interrupted
    Serve(ServeArgs),
    /// Measure the round trip to a server
    Ping(PingArgs),
    /// Print the topics a selector matches, with their values
    Fetch(FetchArgs),
    /// Subscribe to a selector and print each update
    Watch(WatchArgs),
    /// Set the value of a topic, and create it if asked to
    Set(SetArgs),
    /// Create a topic
    Add(AddArgs),
    /// Remove the topics a selector matches, once their number is known
    Remove(RemoveArgs),
    /// Append an event to a time series
    Append(AppendArgs),
    /// Write specifications and values of the topics a selector matches to a file, with all events of time series
    Export(ExportArgs),
    /// Create and set the topics of a file that export wrote
    Import(ImportArgs),
}

/// How the small server runs.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ServeArgs {
    /// Address to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// Port to listen at; 0 takes a free one and prints it
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Fill it with moving demo topics
    #[arg(long)]
    pub demo: bool,
    /// Updates a second of the demo topics
    #[arg(long, value_name = "N", requires = "demo", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
}

/// How often the round trip is measured.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct PingArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Round trips to measure
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

/// What is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct FetchArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
}

/// What is watched, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct WatchArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
    /// Stop after this many updates; without it, when interrupted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Print numbers of topics, updates and bytes each second in place of the values
    #[arg(long)]
    pub stats: bool,
}

/// The server a command talks to.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ServerArgs {
    /// URL of the server (ws:// or wss://)
    #[arg(value_parser = server_url)]
    pub url: url::Url,
    /// Connect as this principal; anonymously if not given
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Whether standard input holds the password.
    #[arg(
        long,
        requires = "principal",
        help = "Read the password from the first line of standard input; else BROWNIAN_PASSWORD is used"
    )]
    pub password_stdin: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Give up if the server has not answered for this long
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds_above_zero)]
    pub timeout: Duration,
}

/// The password: the first line of `input` if asked for, else the variable's, else none.
///
/// It is no argument of the command line, as those are shown to every user of the machine.
///
/// # Errors
/// Standard input cannot be read or has no line.
pub fn password(
    from_input: bool,
    input: &mut dyn BufRead,
    variable: Option<String>,
) -> Result<Option<Secret>, std::io::Error> {
    if !from_input {
        return Ok(variable.map(Secret::new));
    }
    let mut secret = Secret::default();
    if input.read_line(secret.edit())? == 0 {
        return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "no password on standard input"));
    }
    let line = secret.edit();
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Some(secret))
}

fn server_url(text: &str) -> Result<url::Url, String> {
    let url =
        url::Url::parse(text.trim()).map_err(|problem| format!("{problem}; expected ws://host:port or wss://host"))?;
    if !matches!(url.scheme(), "ws" | "wss") {
        return Err(format!("{}:// is not supported; expected ws:// or wss://", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("the host is missing".to_owned());
    }
    if url.password().is_some() {
        return Err(format!(
            "a password in the URL would be seen by others; use {PASSWORD_VARIABLE} or --password-stdin"
        ));
    }
    Ok(url)
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|side| (64..=16_384).contains(side));
    let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "expected width x height in pixels from 64 to 16384, as in 1440x900".to_owned())
}

fn seconds_from_zero(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected seconds from 0 to 86400, as in 2.5".to_owned())
}

fn seconds_above_zero(text: &str) -> Result<Duration, String> {
    seconds_from_zero(text)
        .ok()
        .filter(|duration| *duration >= Duration::from_millis(1))
        .ok_or_else(|| "expected seconds from 0.001 to 86400, as in 2.5".to_owned())
}

#[cfg(test)]
mod tests;
