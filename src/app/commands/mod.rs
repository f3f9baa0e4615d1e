//! What is done without a window: one file for each command of the command line, all on one list.
//!
//! A command is a file here with its arguments and its [`Execute`], and a line in `commands!`. The first sentence on
//! the struct is its help. What several commands share is in `session`, `session_act`, `change`, `json` and `error`.

mod change;
mod error;
mod json;
mod output;
mod production;
mod session;
mod session_act;

pub use error::CliError;
pub use output::Output;
pub(super) use output::{complain, complain_at_length, say, standard_output};

use super::cli::ServerArgs;
use crate::data::Secret;
use clap::Subcommand;

/// What a command is besides its arguments.
pub trait Execute {
    /// The server that the command opens a session to; none if it opens none.
    fn server(&self) -> Option<&ServerArgs>;

    /// Whether it may change the server, so that it is refused on a server that is kept from changes.
    fn changes_server(&self) -> bool;

    /// Does what the arguments say, and writes the result to `out`.
    ///
    /// # Errors
    /// Anything was not done that was asked for.
    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError>;
}

/// Declares the module of each command, [`Command`], and the way from it to the command.
macro_rules! commands {
    ($($module:ident::$name:ident,)*) => {
        $(pub mod $module;)*

        /// What can be done without a window.
        #[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
        #[expect(missing_docs, reason = "the help of each is the first sentence on its arguments")]
        pub enum Command {
            $($name($module::$name),)*
        }

        impl Command {
            fn execute(&self) -> &dyn Execute {
                match self {
                    $(Self::$name(command) => command,)*
                }
            }
        }
    };
}

commands! {
    serve::Serve,
    ping::Ping,
    fetch::Fetch,
    watch::Watch,
    set::Set,
    add::Add,
    remove::Remove,
    append::Append,
    locks::Locks,
    sessions::Sessions,
    close_session::CloseSession,
    set_roles::SetRoles,
    set_properties::SetProperties,
    export::Export,
    import::Import,
}

impl Execute for Command {
    fn server(&self) -> Option<&ServerArgs> {
        self.execute().server()
    }

    fn changes_server(&self) -> bool {
        self.execute().changes_server()
    }

    fn run(&self, password: Option<Secret>, out: &mut Output<'_>) -> Result<(), CliError> {
        if let Some(server) = self.server().filter(|_| self.changes_server()) {
            production::check(server)?;
        }
        self.execute().run(password, out)
    }
}
