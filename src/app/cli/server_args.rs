//! The server that a command of the command line talks to, and as whom.

use super::parsers::{ServerUrlParser, protocol, seconds_above_zero, sha256};
use crate::data::{ServerUrl, Sha256};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// The form of what `--json` prints; the same as in `commands::json`.
const JSON_HELP: &str = "\
Print one JSON object per line. Characters that cannot be seen are written as \\u escapes. In `value`:

  STRING     a string
  INT64      a number with all its digits; read it with a reader that keeps more than 2^53
  DOUBLE     a number; \"NaN\", \"Infinity\" and \"-Infinity\" for what JSON has no number for
  BINARY     a string of hexadecimal digits
  RECORD_V2  an array of arrays of strings
  JSON       the value itself, with the same three strings, and Base64 for bytes; where it holds any of these, \
`cbor` beside it has the exact bytes in hexadecimal digits, which tells them from strings
  TIME_SERIES an object with sequence, timestamp, author, edits and value

null is no value. `undecodable` says why a value cannot be read.";

/// The server a command talks to.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ServerArgs {
    /// URL of the server (ws:// or wss://)
    #[arg(value_parser = ServerUrlParser)]
    pub url: ServerUrl,
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
    /// Whether rows of JSON are printed.
    #[arg(long, help = "Print one JSON object per line", long_help = JSON_HELP)]
    pub json: bool,
    /// Change the server although a stored profile says that it is production
    #[arg(long)]
    pub yes_production: bool,
    /// Folder of the stored profiles, which say what is production
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Give up if the server has not answered for this long
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds_above_zero)]
    pub timeout: Duration,
    /// Offer only this protocol version, from 18 to 29; without it the newest that the server speaks
    #[arg(long, value_name = "N", value_parser = protocol)]
    pub protocol: Option<u8>,
    /// Trust this one certificate of the server by its SHA-256; its name and time are checked all the same
    #[arg(long, value_name = "SHA-256", value_parser = sha256)]
    pub trust_certificate: Option<Sha256>,
}
