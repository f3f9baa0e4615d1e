//! `brownian set-properties`: sets and removes properties of sessions.

use super::session_act::OnSessions;
use super::{CliError, Execute, Output};
use crate::app::cli::ServerArgs;
use crate::app::cli::parsers::key_and_value;
use crate::data::Secret;
use crate::model::session_acts::form;
use clap::Args;

/// Set properties of the sessions that are named, or that a session filter matches
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SetProperties {
    /// Which sessions of which server.
    #[command(flatten)]
    pub on: OnSessions,
    /// Set a property, as in tier=gold; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value, required_unless_present = "remove")]
    pub set: Vec<(String, String)>,
    /// Remove the property with this key; may be given several times
    #[arg(long, value_name = "KEY")]
    pub remove: Vec<String>,
}

impl Execute for SetProperties {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.on.server)
    }

    fn changes_server(&self) -> bool {
        self.on.changes_server()
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let act = form::properties_act(self.set.clone(), self.remove.clone()).map_err(CliError::Input)?;
        self.on.run(password, act, None, out)
    }
}
