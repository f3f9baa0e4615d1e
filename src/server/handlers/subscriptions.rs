//! Selecting and deselecting topics in scopes.

use super::{PathPermissions, RequestContext, ServiceError, missing_topics};
use crate::data::{TopicPath, TopicSelector, UnsubscribeReason};
use crate::server::world::selector;
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::unsubscribe_all;

/// Appends a select to a scope; notifications and values go out before the answer.
pub(super) fn subscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    cx.session()?.scopes.entry(request.scope).or_default().select(&selector);
    if evaluate_all(cx, &selector) == 0 {
        missing_topics::ask(cx.world, cx.key, &selector);
    }
    Ok(())
}

/// Appends a deselect to a scope.
pub(super) fn unsubscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    let session = cx.session()?;
    if let Some(selections) = session.scopes.get_mut(&request.scope) {
        selections.deselect(&selector);
        if selections.is_empty() {
            session.scopes.remove(&request.scope);
        }
    }
    evaluate_subscribed(cx, &selector)
}

/// Appends a deselect to every scope.
pub(super) fn unsubscribe_all(
    cx: &mut RequestContext<'_>,
    request: unsubscribe_all::Request,
) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    let session = cx.session()?;
    session.scopes.retain(|_, selections| {
        selections.deselect(&selector);
        !selections.is_empty()
    });
    evaluate_subscribed(cx, &selector)
}

/// Evaluates the topics selected and says how many these are.
fn evaluate_all(cx: &mut RequestContext<'_>, selector: &TopicSelector) -> usize {
    let selected = cx.world.selected(selector);
    for path in &selected {
        cx.world.evaluate(cx.key, path, UnsubscribeReason::Requested);
    }
    selected.len()
}

fn evaluate_subscribed(cx: &mut RequestContext<'_>, selector: &TopicSelector) -> Result<(), ServiceError> {
    let subscribed: Vec<TopicPath> =
        cx.session()?.subscriptions.keys().filter(|path| selector.selects(path.as_str())).cloned().collect();
    for path in subscribed {
        cx.world.evaluate(cx.key, &path, UnsubscribeReason::Requested);
    }
    Ok(())
}
