//! `brownian add`: a new topic.

use super::{CliError, Execute, Output, change, session};
use crate::app::cli::{ServerArgs, parsers};
use crate::data::{Secret, TopicPath, TopicType};
use crate::model::change as kinds;
use clap::Args;

/// Create a topic
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Add {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Topic path, as in fx/EURUSD
    #[arg(value_parser = parsers::topic_path)]
    pub path: TopicPath,
    /// The topic type
    #[arg(long = "type", value_name = "T", value_parser = parsers::topic_type)]
    pub topic_type: TopicType,
    /// A topic property, as in REMOVAL='when no updates for 10m'; may be repeated
    #[arg(long = "property", value_name = "K=V", value_parser = parsers::property)]
    pub properties: Vec<(String, String)>,
}

impl Execute for Add {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        true
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let spec = change::checked(&parsers::spec(self.topic_type, &self.properties))?;
        let mut session = session::connect(&self.server, password, false)?;
        change::report(&mut session, &kinds::Add { path: self.path.clone(), spec }.into(), self.server.json, out)?;
        session.close();
        Ok(())
    }
}
