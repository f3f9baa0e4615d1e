//! `brownian close-session`: ends sessions.

use super::session_act::OnSessions;
use super::{CliError, Execute, Output};
use crate::app::cli::ServerArgs;
use crate::data::Secret;
use crate::model::session_acts::act::Act;
use crate::model::session_acts::runner::Pace;
use clap::Args;

/// Close the sessions that are named, or that a session filter matches, once their number is known
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CloseSession {
    /// Which sessions of which server.
    #[command(flatten)]
    pub on: OnSessions,
    /// Close so many a second at most; without it all at once up to 100 sessions, else 50 a second
    #[arg(long, value_name = "N", conflicts_with = "at_once", value_parser = clap::value_parser!(u32).range(1..))]
    pub pace: Option<u32>,
}

impl Execute for CloseSession {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.on.server)
    }

    fn changes_server(&self) -> bool {
        self.on.changes_server()
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let pace = self.pace.map(Pace::PerSecond);
        self.on.run(password, Act::Close, pace, out)
    }
}
