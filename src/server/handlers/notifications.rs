//! Topic notifications: listeners and what they select.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::server::world::{View, candidates, notify_listener, selector, view};
use crate::wire::services::notification_select;
use crate::wire::services::shared::TopicEvent;

/// Adds a select; what is newly seen is told before the answer.
pub(super) fn select(cx: &mut RequestContext<'_>, request: notification_select::Request) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    cx.require_room_for_selections(1, selector.kept_bytes())?;
    let selections = cx.session()?.listeners.entry(request.listener).or_default();
    let before = selections.clone();
    selections.select(&selector);
    let after = selections.clone();
    for path in candidates(cx.world, &selector) {
        let now = view(cx.world, &after, &path);
        if now != View::Unseen && now != view(cx.world, &before, &path) {
            notify_listener(cx.world, cx.key, request.listener, now, &path, TopicEvent::Selected);
        }
    }
    Ok(())
}

/// Adds a deselect; what was selected, by whichever selector, and is no longer is told before the answer.
pub(super) fn deselect(cx: &mut RequestContext<'_>, request: notification_select::Request) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    let Some(selections) = cx.session()?.listeners.get(&request.listener) else { return Ok(()) };
    let before = selections.clone();
    let mut after = before.clone();
    after.deselect(&selector);
    if after.len() > before.len() {
        cx.require_room_for_selections(after.len() - before.len(), selector.kept_bytes())?;
    }
    cx.session()?.listeners.insert(request.listener, after);
    for path in cx.world.selected(&selector) {
        if before.selects(path.as_str()) {
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

#[cfg(test)]
mod tests;
