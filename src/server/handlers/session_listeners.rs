//! Listening to sessions, by either of the two ways to ask for it.

use super::scan::{Encoded, Scan};
use super::session_scan::read_filter;
use super::{Account, MAX_SELECTION_WEIGHT, RequestContext, Running, ServiceError};
use crate::data::ErrorCode;
use crate::server::properties::PropertyKeys;
use crate::server::quotas::Quota;
use crate::server::world::SessionListener;
use crate::wire::Service as _;
use crate::wire::services::session_listing::ErrorReport;
use crate::wire::services::{
    SessionPropertiesEvent, session_event_deregistration, session_event_registration, session_properties_registration,
};

/// Begins or ends listening as before 6.11: to all sessions.
pub(super) fn register_for_properties(
    cx: &mut RequestContext<'_>,
    request: session_properties_registration::Request,
) -> Result<(), ServiceError> {
    let Some(keys) = request.keys else {
        cx.session()?.session_listeners.remove(&request.listener);
        return Ok(());
    };
    let keys = PropertyKeys::new(keys);
    begin(cx, request.listener, SessionListener { filter: None, keys, started_after: 0, untold_from: Some(0) })
}

/// Begins listening to the sessions that a filter selects; the answer is what is wrong with the filter.
pub(super) fn register(
    cx: &mut RequestContext<'_>,
    request: session_event_registration::Request,
) -> Result<Vec<ErrorReport>, ServiceError> {
    let filter = match request.filter.map(|text| read_filter(&text, cx.account)).transpose() {
        Ok(filter) => filter,
        Err(reports) => return Ok(reports),
    };
    let keys = PropertyKeys::new(request.keys.into_iter().flatten());
    let started_after = request.start_time.unwrap_or(0);
    begin(cx, request.listener, SessionListener { filter, keys, started_after, untold_from: Some(0) })?;
    Ok(Vec::new())
}

/// Ends listening; again is no error.
pub(super) fn deregister(
    cx: &mut RequestContext<'_>,
    request: session_event_deregistration::Request,
) -> Result<(), ServiceError> {
    cx.session()?.session_listeners.remove(&request.listener);
    Ok(())
}

/// Begins to listen. The sessions that are there are told after the answer, in slices.
fn begin(cx: &mut RequestContext<'_>, conversation: i64, listener: SessionListener) -> Result<(), ServiceError> {
    let session = cx.session()?;
    Quota::SessionListeners.require_room(session.session_listeners.len(), 1)?;
    let weight = session.session_listeners.values().map(SessionListener::weight).sum::<u64>();
    if weight + listener.weight() > MAX_SELECTION_WEIGHT {
        let text = "The filters of this session's listeners would cost too much for each session";
        return Err(ServiceError::new(ErrorCode::REJECTED_REQUEST, text));
    }
    let version = session.version;
    cx.require_bytes(listener.kept_bytes())?;
    cx.world.listen_to_sessions(cx.key, conversation, listener);
    let job = Box::new(Encoded { scan: TellingWhoIsThere { listener: conversation }, version });
    let running = Running::new(cx.world, SessionPropertiesEvent::ID, 0, Account::request(), job);
    cx.world.run(cx.key, running);
    Ok(())
}

/// Telling a new listener of the sessions that are there.
struct TellingWhoIsThere {
    listener: i64,
}

impl Scan for TellingWhoIsThere {
    type Output = ();

    fn kept_bytes(&self) -> usize {
        0
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let more = cx.slice(|cx| Ok(cx.world.tell_of_sessions_there(cx.key, self.listener, cx.account)))?;
        Ok((!more).then_some(()))
    }
}

#[cfg(test)]
mod tests;
