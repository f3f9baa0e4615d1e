//! Topic notifications: listeners and their selectors.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::server::world::{View, candidates, notify_listener, selector, view};
use crate::wire::services::notification_select;
use crate::wire::services::shared::TopicEvent;

/// Adds a selector; what it newly selects is told before the answer.
pub(super) fn select(cx: &mut RequestContext<'_>, request: notification_select::Request) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    let listener = cx.session()?.listeners.entry(request.listener).or_default();
    let before = listener.selectors.clone();
    if !before.iter().any(|s| s.expression() == selector.expression()) {
        listener.selectors.push(selector.clone());
    }
    let mut after = before.clone();
    after.push(selector.clone());
    for path in candidates(cx.world, &selector) {
        let now = view(cx.world, &after, &path);
        if now != View::Unseen && now != view(cx.world, &before, &path) {
            notify_listener(cx.world, cx.key, request.listener, now, &path, TopicEvent::Selected);
        }
    }
    Ok(())
}

/// Takes a selector back; what is no longer selected is told before the answer.
pub(super) fn deselect(cx: &mut RequestContext<'_>, request: notification_select::Request) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    let Some(listener) = cx.session()?.listeners.get_mut(&request.listener) else { return Ok(()) };
    let count = listener.selectors.len();
    listener.selectors.retain(|s| s.expression() != selector.expression());
    if listener.selectors.len() == count {
        return Ok(());
    }
    let rest = listener.selectors.clone();
    for path in cx.world.selected(&selector) {
        if !rest.iter().any(|s| s.selects(path.as_str())) {
            notify_listener(cx.world, cx.key, request.listener, View::Selected, &path, TopicEvent::Deselected);
        }
    }
    Ok(())
}

/// Ends a listener; closing it again is no error, since clients do it twice.
pub(super) fn end(cx: &mut RequestContext<'_>, listener: i64) -> Result<(), ServiceError> {
    cx.session()?.listeners.remove(&listener);
    Ok(())
}
