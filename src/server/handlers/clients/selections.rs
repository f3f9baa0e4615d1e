//! What other sessions have selected: changing it as if they had asked themselves, and telling it.

use super::super::session_scan::{OnOne, OnSelected, no_such_session};
use super::super::subscriptions::Reselecting;
use super::super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{TopicSelector, UnsubscribeReason};
use crate::wire::services::get_selectors::{Selection, SelectionKind};
use crate::wire::services::session_listing::{OneSession, Selected};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::{filter_subscribe, subscribe_client, unsubscribe_all_by_filter, unsubscribe_all_control};

/// Reads a selector that the session which asks may use. Those whose selections are changed need no permission for it.
fn selector(cx: &mut RequestContext<'_>, text: &str) -> Result<TopicSelector, ServiceError> {
    let selector = cx.selector(text)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    Ok(selector)
}

fn selecting(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<Reselecting, ServiceError> {
    let selector = selector(cx, &request.selector)?;
    Ok(Reselecting::select(selector, request.scope, UnsubscribeReason::Control))
}

fn deselecting(cx: &mut RequestContext<'_>, text: &str, scope: Option<String>) -> Result<Reselecting, ServiceError> {
    Ok(Reselecting::deselect(selector(cx, text)?, scope, UnsubscribeReason::Control))
}

/// Subscribes a session.
pub(super) fn subscribe(
    cx: &mut RequestContext<'_>,
    request: subscribe_client::Request,
) -> Result<OnOne<Reselecting>, ServiceError> {
    let act = selecting(cx, request.selection)?;
    OnOne::new(cx, request.session, act)
}

/// Subscribes the sessions that a filter selects.
pub(super) fn subscribe_selected(
    cx: &mut RequestContext<'_>,
    request: filter_subscribe::Request,
) -> Result<OnSelected<Reselecting, Selected>, ServiceError> {
    let act = selecting(cx, request.selection)?;
    Ok(OnSelected::new(cx, &request.filter, act))
}

/// Unsubscribes a session in one scope.
pub(super) fn unsubscribe(
    cx: &mut RequestContext<'_>,
    request: subscribe_client::Request,
) -> Result<OnOne<Reselecting>, ServiceError> {
    let SelectionRequest { selector, scope } = request.selection;
    let act = deselecting(cx, &selector, Some(scope))?;
    OnOne::new(cx, request.session, act)
}

/// Unsubscribes the sessions that a filter selects in one scope.
pub(super) fn unsubscribe_selected(
    cx: &mut RequestContext<'_>,
    request: filter_subscribe::Request,
) -> Result<OnSelected<Reselecting, Selected>, ServiceError> {
    let SelectionRequest { selector, scope } = request.selection;
    let act = deselecting(cx, &selector, Some(scope))?;
    Ok(OnSelected::new(cx, &request.filter, act))
}

/// Unsubscribes a session in all its scopes.
pub(super) fn unsubscribe_all(
    cx: &mut RequestContext<'_>,
    request: unsubscribe_all_control::Request,
) -> Result<OnOne<Reselecting>, ServiceError> {
    let act = deselecting(cx, &request.selector, None)?;
    OnOne::new(cx, request.session, act)
}

/// Unsubscribes the sessions that a filter selects in all their scopes.
pub(super) fn unsubscribe_all_selected(
    cx: &mut RequestContext<'_>,
    request: unsubscribe_all_by_filter::Request,
) -> Result<OnSelected<Reselecting, Selected>, ServiceError> {
    let act = deselecting(cx, &request.selector, None)?;
    Ok(OnSelected::new(cx, &request.filter, act))
}

/// What a session has selected in each scope, in order.
pub(super) fn selectors(
    cx: &mut RequestContext<'_>,
    request: OneSession,
) -> Result<Vec<(String, Vec<Selection>)>, ServiceError> {
    let target = cx.world.session_key(request.session).ok_or_else(no_such_session)?;
    let session = cx.world.sessions.get(&target).ok_or_else(no_such_session)?;
    cx.account.note(crate::data::cost::bytes_cost(session.kept.bytes()));
    let scopes = session.scopes.iter().map(|(scope, selections)| {
        let selection = |(is_wanted, selector): (bool, &TopicSelector)| {
            let kind = if is_wanted { SelectionKind::Select } else { SelectionKind::Deselect };
            Selection { selector: selector.expression().to_owned(), kind }
        };
        (scope.clone(), selections.entries().map(selection).collect())
    });
    Ok(scopes.collect())
}
