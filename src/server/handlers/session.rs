//! Services about the session itself.

use super::{Cx, Failure};

/// Answers a ping.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn ping(_: &mut Cx<'_>, (): ()) -> Result<(), Failure> {
    Ok(())
}
