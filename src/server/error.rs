//! Why a request was refused: what a service error carries.

use crate::data::ErrorCode;

/// Code and text of a service error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// What decides.
    pub code: ErrorCode,
    /// Text for people.
    pub description: String,
}

impl ServiceError {
    /// An error with its own text.
    pub(super) fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    /// A permission is missing; the text is that of a real server.
    pub(super) fn access_denied() -> Self {
        Self::new(ErrorCode::ACCESS_DENIED, "Access denied")
    }

    /// There is no topic at the path.
    pub(super) fn no_such_topic(path: &str) -> Self {
        Self::new(ErrorCode::NO_SUCH_TOPIC, format!("There is no topic at {path}"))
    }
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.description, self.code.0)
    }
}

impl std::error::Error for ServiceError {}
