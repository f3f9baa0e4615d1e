//! The arguments of the commands that change a server, and of those that carry branches to files and back.

use super::ServerArgs;
use crate::data::property::{PROPERTIES, Property};
use crate::data::{Timestamp, TopicPath, TopicSpec, TopicType};
use clap::Args;
use std::path::PathBuf;

/// Which value is set, where, and under which condition.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SetArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic path, as in fx/EURUSD
    #[arg(value_parser = topic_path)]
    pub path: TopicPath,
    /// The value in the words of its type.
    #[arg(
        value_name = "VALUE",
        required_unless_present = "file",
        allow_negative_numbers = true,
        help = "The value: JSON text, a number, text, bytes as hex:cafe or base64:yv4=, records as [[\"a\",\"b\"]]"
    )]
    pub value: Option<String>,
    /// Read the value from this file; - is standard input. Of a BINARY topic it is the bytes themselves
    #[arg(long, value_name = "F", conflicts_with = "value")]
    pub file: Option<PathBuf>,
    /// The topic type; the server is asked if it is not given
    #[arg(long = "type", value_name = "T", value_parser = topic_type)]
    pub topic_type: Option<TopicType>,
    /// Create the topic if there is none; needs --type
    #[arg(long, requires = "topic_type", conflicts_with = "patch")]
    pub add: bool,
    /// A topic property of the new topic, as in REMOVAL='when no updates for 10m'; may be repeated
    #[arg(long = "property", value_name = "K=V", requires = "add", value_parser = property)]
    pub properties: Vec<(String, String)>,
    /// Only if the topic has this value now
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["if_no_value", "if_no_topic"], allow_negative_numbers = true)]
    pub if_value: Option<String>,
    /// Only if the topic has no value now
    #[arg(long, conflicts_with = "if_no_topic")]
    pub if_no_value: bool,
    /// Only if there is no topic now
    #[arg(long, requires = "add")]
    pub if_no_topic: bool,
    /// The value is an RFC 6902 patch for a JSON topic
    #[arg(long)]
    pub patch: bool,
}

/// Which topic is created.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AddArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic path, as in fx/EURUSD
    #[arg(value_parser = topic_path)]
    pub path: TopicPath,
    /// The topic type
    #[arg(long = "type", value_name = "T", value_parser = topic_type)]
    pub topic_type: TopicType,
    /// A topic property, as in REMOVAL='when no updates for 10m'; may be repeated
    #[arg(long = "property", value_name = "K=V", value_parser = property)]
    pub properties: Vec<(String, String)>,
}

/// Which topics are removed, and how sure the user is.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RemoveArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
    /// Remove if exactly so many topics match
    #[arg(long, value_name = "N", conflicts_with_all = ["yes", "dry_run"])]
    pub count: Option<u64>,
    /// Remove however many topics match
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// List what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which event is appended.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AppendArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Path of the time series
    #[arg(value_parser = topic_path)]
    pub path: TopicPath,
    /// The event's value in the words of its type
    #[arg(allow_negative_numbers = true)]
    pub value: String,
    /// Time of the event: milliseconds since 1970, or as in 2026-03-01T14:02:07Z; the server's clock if not given
    #[arg(long, value_name = "T", value_parser = timestamp, allow_negative_numbers = true)]
    pub timestamp: Option<Timestamp>,
}

/// Which topics go to a file.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ExportArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic selector, as in '?fx//' or '>fx/EURUSD'
    pub selector: String,
    /// Write to this file in place of standard output
    #[arg(long, value_name = "F")]
    pub output: Option<PathBuf>,
}

/// Which file goes to the server, and how.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ImportArgs {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// A file written by export; - is standard input
    pub file: PathBuf,
    /// Say what would be done to each topic, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Put the topics below this path
    #[arg(long, value_name = "P", value_parser = topic_path)]
    pub prefix: Option<TopicPath>,
    /// Only create what is absent; leave the topics that are there as they are
    #[arg(long)]
    pub if_no_topic: bool,
}

/// A specification from the words of the command line.
#[must_use]
pub fn spec(topic_type: TopicType, properties: &[(String, String)]) -> TopicSpec {
    TopicSpec { topic_type, properties: properties.iter().cloned().collect() }
}

fn topic_path(text: &str) -> Result<TopicPath, String> {
    TopicPath::parse(text).map_err(|error| error.located(text))
}

fn topic_type(text: &str) -> Result<TopicType, String> {
    let offered = || TopicType::ALL.into_iter().filter(|t| *t != TopicType::Unknown);
    offered().find(|t| t.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
        let names: Vec<&str> = offered().map(TopicType::name).collect();
        format!("the topic types are {}", names.join(", "))
    })
}

fn property(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, as in PRIORITY=high")?;
    let property = Property::find(key.trim()).ok_or_else(|| {
        let keys: Vec<&str> = PROPERTIES.iter().map(|p| p.key).collect();
        format!("the topic properties are {}", keys.join(", "))
    })?;
    Ok((property.key.to_owned(), value.to_owned()))
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    if let Ok(millis) = text.parse::<i64>() {
        let fits = millis.checked_mul(1000).is_some();
        return fits.then(|| Timestamp::from_millis(millis)).ok_or_else(|| "this time is too far away".to_owned());
    }
    text.parse::<jiff::Timestamp>()
        .map(|at| Timestamp::from_millis(at.as_millisecond()))
        .map_err(|_| "expected milliseconds since 1970, or a time as in 2026-03-01T14:02:07Z".to_owned())
}
