//! `brownian set-roles`: gives roles to sessions and takes roles away.

use super::session_act::OnSessions;
use super::{CliError, Execute, Output};
use crate::app::cli::ServerArgs;
use crate::data::Secret;
use crate::model::session_acts::form;
use clap::Args;

/// Change the roles of the sessions that are named, or that a session filter matches, until they end
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SetRoles {
    /// Which sessions of which server.
    #[command(flatten)]
    pub on: OnSessions,
    /// Give this role; may be given several times
    #[arg(long, value_name = "ROLE", required_unless_present = "remove")]
    pub add: Vec<String>,
    /// Take this role away, before others are given; may be given several times
    #[arg(long, value_name = "ROLE")]
    pub remove: Vec<String>,
}

impl Execute for SetRoles {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.on.server)
    }

    fn changes_server(&self) -> bool {
        self.on.changes_server()
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let act = form::roles_act(self.add.clone(), self.remove.clone()).map_err(CliError::Input)?;
        self.on.run(password, act, None, out)
    }
}
