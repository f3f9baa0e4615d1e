//! Service errors that several handlers answer with.

use crate::data::{ErrorCode, Exhausted};
pub use crate::wire::ServiceError;

impl ServiceError {
    /// A permission is missing; the text is that of a real server.
    pub(super) fn access_denied() -> Self {
        Self::new(ErrorCode::ACCESS_DENIED, "Access denied")
    }

    /// There is no topic at the path.
    pub(super) fn no_such_topic(path: &str) -> Self {
        Self::new(ErrorCode::NO_SUCH_TOPIC, format!("There is no topic at {path}"))
    }
}

impl From<Exhausted> for ServiceError {
    /// 106, as for a selector that cannot be read: the request itself is what cannot be accepted.
    fn from(exhausted: Exhausted) -> Self {
        Self::new(ErrorCode::INVALID_DATA, exhausted.to_string())
    }
}
