//! Why a command of the command line failed. Each error is shown as one line on standard error.

use crate::client::api::{CallError, LinkError};
use crate::client::blocking::SessionError;
use crate::model::change::{Change, ChangeError};
use crate::model::error_text;
use std::fmt::{self, Display};
use std::io;
use std::path::Path;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum CliError {
    /// There is no session, or it ended.
    Link(Box<LinkError>),
    /// The server refused a call, or did not answer it.
    Call {
        /// What was asked, in the infinitive: “fetch fx”.
        infinitive: String,
        /// The permission that it needs, where the text names it.
        permission: Option<&'static str>,
        /// Why there is no answer.
        error: CallError,
    },
    /// A change was not done.
    Change(Box<Change>, ChangeError),
    /// An argument, or the contents of a file it names, cannot be used.
    Input(String),
    /// The server is not as the command needs it, so that nothing or not everything was done.
    NotDone(String),
    /// A file, standard input or standard output failed.
    Io {
        /// The file; none for the standard streams.
        file: Option<String>,
        /// Why.
        cause: io::Error,
    },
}

impl CliError {
    /// A failure of a file, which the line names.
    pub(in crate::app) fn file(file: &Path, cause: io::Error) -> Self {
        Self::Io { file: Some(file.display().to_string()), cause }
    }

    /// Whether nobody reads the output any more.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io { file: None, cause } if cause.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The same failure, of a call that was made for this.
    pub(super) fn while_doing(self, infinitive: &str) -> Self {
        match self {
            Self::Call { permission, error, .. } => Self::Call { infinitive: infinitive.to_owned(), permission, error },
            other => other,
        }
    }

    /// The same failure, of a call that needs this permission.
    pub(super) fn needing(self, permission: &'static str) -> Self {
        match self {
            Self::Call { infinitive, error, .. } => Self::Call { infinitive, permission: Some(permission), error },
            other => other,
        }
    }
}

impl Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => {
                f.write_str(&error_text::link(error).line())?;
                match error.offered_certificate() {
                    Some(offered) if offered.fits => {
                        write!(f, " Its SHA-256 is {}; --trust-certificate trusts it", offered.sha256)
                    }
                    _ => Ok(()),
                }
            }
            Self::Call { infinitive, permission: Some(permission), error } => {
                f.write_str(&error_text::call_needing(error, infinitive, permission).line())
            }
            Self::Call { infinitive, permission: None, error } => {
                f.write_str(&error_text::call(error, infinitive).line())
            }
            Self::Change(change, error) => f.write_str(&error_text::change_refused(change, error).line()),
            Self::Input(why) | Self::NotDone(why) => f.write_str(why),
            Self::Io { file: Some(file), cause } => write!(f, "{file}: {cause}"),
            Self::Io { file: None, cause } => cause.fmt(f),
        }
    }
}

impl std::error::Error for CliError {}

impl From<io::Error> for CliError {
    fn from(cause: io::Error) -> Self {
        Self::Io { file: None, cause }
    }
}

impl From<SessionError> for CliError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Start(cause) => cause.into(),
            SessionError::Ended(cause) => Self::Link(cause),
            SessionError::Call { service, error } => {
                Self::Call { infinitive: service.to_owned(), permission: None, error }
            }
            SessionError::Busy => Self::NotDone("too many calls are waiting".to_owned()),
            SessionError::ValueLost { .. } => Self::NotDone(error.to_string()),
        }
    }
}
