//! Closing sessions, changing their roles, and merging what waits for them.

use super::super::session::Reevaluation;
use super::super::session_scan::{Act, Acted, OnOne, OnSelected};
use super::super::{RequestContext, ServiceError};
use crate::data::session_filter::{read_roles, roles_text};
use crate::data::{CloseReason, cost};
use crate::server::properties::{check_change, check_room};
use crate::server::quotas::ENTRY_BYTES;
use crate::wire::services::session_listing::{CountOrErrors, OneSession};
use crate::wire::services::{
    change_authorisation_roles, change_authorisation_roles_filter, close_client_filter, set_client_conflation,
    set_client_conflation_filter,
};
use std::collections::{BTreeMap, BTreeSet};

/// Ends sessions.
pub(super) struct Closing(CloseReason);

impl Act for Closing {
    fn act(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Acted, ServiceError> {
        let queued = cx.world.sessions.get(&target).map_or(0, |session| session.outbox.bytes());
        cx.account.note(cost::CHANGE + cost::bytes_cost(queued));
        cx.world.end_session(target, self.0);
        Ok(Acted::Done)
    }

    fn kept_bytes(&self) -> usize {
        0
    }
}

/// Ends a session.
pub(super) fn close(cx: &mut RequestContext<'_>, request: OneSession) -> Result<OnOne<Closing>, ServiceError> {
    OnOne::new(cx, request.session, Closing(CloseReason::CLOSED_BY_CONTROLLER))
}

/// Ends a session because who it is counts no more.
pub(super) fn revoke_authentication(
    cx: &mut RequestContext<'_>,
    request: OneSession,
) -> Result<OnOne<Closing>, ServiceError> {
    OnOne::new(cx, request.session, Closing(CloseReason::REVOKED))
}

/// Ends the sessions that a filter selects.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn close_selected(
    cx: &mut RequestContext<'_>,
    request: close_client_filter::Request,
) -> Result<OnSelected<Closing, CountOrErrors>, ServiceError> {
    Ok(OnSelected::new(cx, &request.filter, Closing(CloseReason::CLOSED_BY_CONTROLLER)))
}

/// Takes roles away and gives others; then what the session may read is found out anew.
pub(super) struct ChangingRoles {
    remove: BTreeSet<String>,
    add: BTreeSet<String>,
    evaluating: Option<Reevaluation>,
}

impl ChangingRoles {
    /// Takes these away, then gives those.
    ///
    /// # Errors
    /// 9003: more than any session may have.
    fn new(remove: Vec<String>, add: Vec<String>) -> Result<Self, ServiceError> {
        check_change(remove.iter().chain(&add).map(String::as_str))?;
        Ok(Self { remove: remove.into_iter().collect(), add: add.into_iter().collect(), evaluating: None })
    }
}

impl Act for ChangingRoles {
    fn act(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Acted, ServiceError> {
        if let Some(evaluating) = &mut self.evaluating {
            if evaluating.go_on(cx, target)? {
                return Ok(Acted::InPart);
            }
            self.evaluating = None;
            return Ok(Acted::Done);
        }
        let Some(session) = cx.world.sessions.get(&target) else { return Ok(Acted::Done) };
        let before = session.properties.get("$Roles").map(|text| read_roles(text)).unwrap_or_default();
        let kept = before.difference(&self.remove).cloned();
        let after: BTreeSet<String> = kept.chain(self.add.iter().cloned()).collect();
        if after == before {
            return Ok(Acted::Done);
        }
        cx.account.note(cost::CHANGE + cost::bytes_cost(session.properties.kept_bytes() + self.kept_bytes()));
        let text = roles_text(after.iter().map(String::as_str));
        check_room(&session.properties, &BTreeMap::from([("$Roles".to_owned(), Some(text))]))?;
        cx.commit();
        cx.world.change_roles(target, &after);
        self.evaluating = Some(Reevaluation::new());
        Ok(Acted::InPart)
    }

    fn kept_bytes(&self) -> usize {
        self.remove.iter().chain(&self.add).map(|role| role.len() + ENTRY_BYTES).sum()
    }
}

/// Changes the roles of a session.
pub(super) fn change_roles(
    cx: &mut RequestContext<'_>,
    request: change_authorisation_roles::Request,
) -> Result<OnOne<ChangingRoles>, ServiceError> {
    OnOne::new(cx, request.session, ChangingRoles::new(request.remove, request.add)?)
}

/// Changes the roles of the sessions that a filter selects.
pub(super) fn change_roles_of_selected(
    cx: &mut RequestContext<'_>,
    request: change_authorisation_roles_filter::Request,
) -> Result<OnSelected<ChangingRoles, CountOrErrors>, ServiceError> {
    let act = ChangingRoles::new(request.remove, request.add)?;
    Ok(OnSelected::new(cx, &request.filter, act))
}

/// Has values that wait for sessions merged, or never merged.
pub(super) struct Conflating(bool);

impl Act for Conflating {
    fn act(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Acted, ServiceError> {
        cx.account.note(cost::CHANGE);
        if let Some(session) = cx.world.sessions.get(&target) {
            session.outbox.set_conflation(self.0);
        }
        Ok(Acted::Done)
    }

    fn kept_bytes(&self) -> usize {
        0
    }
}

/// Turns the conflation of a session's queue on or off.
pub(super) fn conflate(
    cx: &mut RequestContext<'_>,
    request: set_client_conflation::Request,
) -> Result<OnOne<Conflating>, ServiceError> {
    OnOne::new(cx, request.session, Conflating(request.conflate))
}

/// Turns the conflation of the queues of sessions on or off.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn conflate_selected(
    cx: &mut RequestContext<'_>,
    request: set_client_conflation_filter::Request,
) -> Result<OnSelected<Conflating, CountOrErrors>, ServiceError> {
    Ok(OnSelected::new(cx, &request.filter, Conflating(request.conflate)))
}
