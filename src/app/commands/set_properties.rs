//! `brownian set-properties`: sets and removes properties of sessions.

use super::session_act::{self, Guard, Whom};
use super::{CliError, Execute, Output};
use crate::app::cli::ServerArgs;
use crate::app::cli::parsers::key_and_value;
use crate::data::Secret;
use crate::model::session_acts::form;
use clap::Args;

/// Set properties of the sessions that are named, or that a session filter matches
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SetProperties {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Which sessions.
    #[command(flatten)]
    pub whom: Whom,
    /// What must be true before.
    #[command(flatten)]
    pub guard: Guard,
    /// Set a property, as in tier=gold; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value, required_unless_present = "remove")]
    pub set: Vec<(String, String)>,
    /// Remove the property with this key; may be given several times
    #[arg(long, value_name = "KEY")]
    pub remove: Vec<String>,
}

impl Execute for SetProperties {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        !self.guard.dry_run
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let act = form::properties_act(self.set.clone(), self.remove.clone()).map_err(CliError::Input)?;
        session_act::run(&self.server, password, act, (&self.whom, &self.guard, None), out)
    }
}
