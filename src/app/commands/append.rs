//! `brownian append`: an event of a time series.

use super::change::{self, Input};
use super::{CliError, Execute, Output, session};
use crate::app::cli::{ServerArgs, parsers};
use crate::data::{Secret, Timestamp, TopicPath};
use crate::model::change as kinds;
use clap::Args;

/// Append an event to a time series
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Append {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Path of the time series
    #[arg(value_parser = parsers::topic_path)]
    pub path: TopicPath,
    /// The event's value in the words of its type
    #[arg(allow_negative_numbers = true)]
    pub value: String,
    /// Time of the event: milliseconds since 1970, or as in 2026-03-01T14:02:07Z; the server's clock if not given
    #[arg(long, value_name = "T", value_parser = parsers::timestamp, allow_negative_numbers = true)]
    pub timestamp: Option<Timestamp>,
}

impl Execute for Append {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        true
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let mut session = session::connect(&self.server, password, false)?;
        let path = self.path.clone();
        let spec = session::spec_at(&mut session, &path)?
            .ok_or_else(|| CliError::NotDone(format!("there is no topic at “{path}”, or it cannot be read")))?;
        let event_type = spec.event_type().ok_or_else(|| {
            CliError::NotDone(format!("“{path}” is {}, not TIME_SERIES; use set", spec.topic_type.name()))
        })?;
        let value = Input::Text(self.value.clone()).value(event_type)?;
        let timestamp_millis = self.timestamp.map(Timestamp::millis);
        let change = kinds::Append { path, event_type, value, timestamp_millis }.into();
        change::report(&mut session, &change, self.server.json, out)?;
        session.close();
        Ok(())
    }
}
