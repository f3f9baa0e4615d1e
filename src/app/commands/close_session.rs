//! `brownian close-session`: ends sessions.

use super::session_act::{self, Guard, Whom};
use super::{CliError, Execute, Output};
use crate::app::cli::ServerArgs;
use crate::data::Secret;
use crate::model::session_acts::act::Act;
use crate::model::session_acts::runner::Pace;
use clap::Args;

/// Close the sessions that are named, or that a session filter matches, once their number is known
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CloseSession {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Which sessions.
    #[command(flatten)]
    pub whom: Whom,
    /// What must be true before.
    #[command(flatten)]
    pub guard: Guard,
    /// Close so many a second at most; without it all at once up to 100 sessions, else 50 a second
    #[arg(long, value_name = "N", conflicts_with = "at_once", value_parser = clap::value_parser!(u32).range(1..))]
    pub pace: Option<u32>,
}

impl Execute for CloseSession {
    fn server(&self) -> Option<&ServerArgs> {
        Some(&self.server)
    }

    fn changes_server(&self) -> bool {
        !self.guard.dry_run
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        let pace = self.pace.map(Pace::PerSecond);
        session_act::run(&self.server, password, Act::Close, (&self.whom, &self.guard, pace), out)
    }
}
