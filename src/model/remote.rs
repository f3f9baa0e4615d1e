//! A fetched thing: not asked for, loading, ready or failed; it keeps its last good self.

use crate::client::api::{CallError, CallId};
use crate::data::Timestamp;

/// A value that comes from the server.
#[derive(Clone, Debug)]
pub struct Remote<T> {
    /// The last good value and when it came.
    pub value: Option<(T, Timestamp)>,
    /// The call under way and when it began.
    pub loading: Option<(CallId, Timestamp)>,
    /// Why the last call failed; cleared by the next good answer.
    pub error: Option<CallError>,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, loading: None, error: None }
    }
}

impl<T> Remote<T> {
    /// A call is under way; an older one is forgotten.
    pub fn begin(&mut self, call: CallId, now: Timestamp) {
        self.loading = Some((call, now));
    }

    /// The call is answered.
    pub fn finish(&mut self, result: Result<T, CallError>, now: Timestamp) {
        self.loading = None;
        match result {
            Ok(value) => {
                self.value = Some((value, now));
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// The last good value.
    #[must_use]
    pub fn ready(&self) -> Option<&T> {
        self.value.as_ref().map(|(value, _)| value)
    }
}
