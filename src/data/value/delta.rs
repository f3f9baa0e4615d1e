//! Binary deltas: applying with every check, and making them.

/// Why a delta does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at byte {offset} of the delta)")]
pub struct DeltaError {
    /// What is wrong.
    pub reason: String,
    /// Where in the delta.
    pub offset: usize,
}

/// Applies a delta to the old value; the result is at most `max_size` bytes.
///
/// # Errors
/// The delta is malformed, refers outside the old value, or makes more than `max_size` bytes.
pub fn apply(old: &[u8], delta: &[u8], max_size: usize) -> Result<Vec<u8>, DeltaError> {
    let _ = (old, delta, max_size);
    todo!()
}

/// The delta of the official clients, byte for byte.
#[must_use]
pub fn diff(old: &[u8], new: &[u8]) -> Vec<u8> {
    let _ = (old, new);
    todo!()
}

/// A cheap delta by common prefix and suffix; none if it would not be smaller than the new value.
#[must_use]
pub fn quick_diff(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let _ = (old, new);
    todo!()
}
