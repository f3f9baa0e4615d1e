//! A fetched thing: not asked for, loading, ready or failed; it keeps its last good value.

use super::effects::Effects;
use crate::client::api::{CallError, CallId};
use crate::data::Timestamp;
use std::time::Duration;

/// A value that comes from the server.
#[derive(Clone, Debug)]
pub struct Remote<T> {
    /// The last good value and when it came.
    pub value: Option<(T, Timestamp)>,
    /// The call under way and when the first of its kind began.
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
    /// A call is under way; an answer to an older one is ignored from now on.
    pub fn begin(&mut self, call: CallId, now: Timestamp) {
        self.loading = Some((call, now));
    }

    /// One more call is needed for the same thing: it has been loading since the first began.
    pub fn go_on(&mut self, call: CallId, now: Timestamp) {
        let since = self.loading.map_or(now, |(_, since)| since);
        self.loading = Some((call, since));
    }

    /// Whether the answer being handled is the one that is waited for here.
    #[must_use]
    pub fn awaits(&self, fx: &Effects) -> bool {
        fx.is_answer_to(self.loading.map(|(call, _)| call))
    }

    /// Takes the result of the answer being handled; false, and nothing changes, if another call is waited for here.
    pub fn finish(&mut self, result: Result<T, CallError>, fx: &Effects) -> bool {
        if !self.awaits(fx) {
            return false;
        }
        self.loading = None;
        match result {
            Ok(value) => {
                self.value = Some((value, fx.now));
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
        true
    }

    /// Something that the call depends on has failed; the answer, if it comes, still counts.
    pub fn fail(&mut self, error: CallError) {
        self.error = Some(error);
    }

    /// Gives up waiting: the call is cancelled, and its answer ignored.
    pub fn cancel(&mut self, fx: &mut Effects) {
        if let Some((call, _)) = self.loading.take() {
            fx.cancel(call);
        }
    }

    /// Whether what is in sight should be asked for: never asked, or the last value is older than `longest`. Not while
    /// a call is under way, and not after a failure, which the user repeats.
    #[must_use]
    pub fn is_due(&self, longest: Duration, now: Timestamp) -> bool {
        let is_old = self.value.as_ref().is_none_or(|(_, at)| now.secs_since(*at) >= longest.as_secs_f64());
        is_old && self.loading.is_none() && self.error.is_none()
    }

    /// The last good value.
    #[must_use]
    pub fn ready(&self) -> Option<&T> {
        self.value.as_ref().map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::LinkId;

    fn answering(call: u64, at: i64) -> Effects {
        let mut fx = Effects::at(Timestamp(at), LinkId(1));
        fx.handle_answer_to(CallId(call));
        fx
    }

    #[test]
    fn an_answer_to_an_older_call_is_ignored() {
        let mut remote = Remote::default();
        remote.begin(CallId(1), Timestamp(10));
        remote.begin(CallId(2), Timestamp(20));
        assert!(!remote.finish(Ok("old"), &answering(1, 30)));
        assert!(remote.ready().is_none() && remote.loading.is_some());
        assert!(remote.finish(Ok("new"), &answering(2, 40)));
        assert!(!remote.finish(Err(CallError::Busy), &answering(2, 50)), "answered once");
        assert_eq!((remote.value, remote.error), (Some(("new", Timestamp(40))), None));
    }

    #[test]
    fn a_failure_keeps_the_last_good_value_and_a_good_answer_clears_it() {
        let mut remote = Remote { value: Some((1, Timestamp(1))), ..Remote::default() };
        remote.begin(CallId(7), Timestamp(2));
        assert!(remote.finish(Err(CallError::NotConnected), &answering(7, 3)));
        assert_eq!((remote.ready(), &remote.error), (Some(&1), &Some(CallError::NotConnected)));
        remote.begin(CallId(8), Timestamp(4));
        remote.go_on(CallId(9), Timestamp(5));
        assert_eq!(remote.loading, Some((CallId(9), Timestamp(4))), "loading since its first call");
        assert!(remote.finish(Ok(2), &answering(9, 6)));
        assert_eq!((remote.ready(), &remote.error), (Some(&2), &None));
    }

    #[test]
    fn what_is_in_sight_is_asked_for_again_unless_that_failed() {
        let longest = Duration::from_secs(5);
        let at = |secs: i64| Timestamp(secs * 1_000_000);
        let mut remote = Remote::default();
        assert!(remote.is_due(longest, at(1)));
        remote.begin(CallId(1), at(1));
        assert!(!remote.is_due(longest, at(9)), "under way");
        remote.finish(Ok("held"), &answering(1, at(10).0));
        assert!(!remote.is_due(longest, at(14)) && remote.is_due(longest, at(15)));
        remote.begin(CallId(2), at(15));
        remote.finish(Err(CallError::NotConnected), &answering(2, at(16).0));
        assert!(!remote.is_due(longest, at(60)), "the user tries again");
    }
}
