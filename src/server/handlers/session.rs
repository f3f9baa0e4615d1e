//! Services about the session itself.

use super::{RequestContext, ServiceError};

/// Answers a ping.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn ping(_: &mut RequestContext<'_>, (): ()) -> Result<(), ServiceError> {
    Ok(())
}
