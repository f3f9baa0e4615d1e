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
    cx.require_room_for_selection()?;
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

#[cfg(test)]
mod tests {
    use super::super::{dispatch, fixture};
    use super::*;
    use crate::data::ErrorCode;
    use crate::server::handlers::fixture::VERSION;
    use crate::server::session::MAX_SELECTIONS;
    use crate::server::world::World;
    use crate::wire::services::{NotificationSelect, Subscribe, Unsubscribe, notification_select};
    use crate::wire::{Service, encode};

    fn code<S: Service>(world: &mut World, key: u64, request: &S::Request) -> Option<ErrorCode> {
        dispatch(world, key, 1, S::ID, encode(request, VERSION)).err().map(|error| error.code)
    }

    #[test]
    fn a_session_has_a_bounded_number_of_selections_in_all_scopes_and_listeners() {
        let mut world = fixture::world();
        let (key, other) = (fixture::session(&mut world, "admin"), fixture::session(&mut world, "admin"));
        let selection = |selector: String, scope: &str| SelectionRequest { selector, scope: scope.to_owned() };
        let listened = |n: i64| notification_select::Request { listener: n % 3, selector: format!(">l/{n}") };
        for n in 0..MAX_SELECTIONS {
            let number = i64::try_from(n).expect("small");
            let refused = match n % 2 {
                0 => code::<Subscribe>(&mut world, key, &selection(format!(">t/{n}"), ["", "a"][n / 2 % 2])),
                _ => code::<NotificationSelect>(&mut world, key, &listened(number)),
            };
            assert_eq!(refused, None, "{n}");
        }
        let rejected = Some(ErrorCode::REJECTED_REQUEST);
        let more = selection(">more".into(), "");
        assert_eq!(code::<Subscribe>(&mut world, key, &more), rejected);
        assert_eq!(code::<NotificationSelect>(&mut world, key, &listened(-1)), rejected);
        assert_eq!(code::<Subscribe>(&mut world, other, &more), None, "others have room");
        assert_eq!(code::<Unsubscribe>(&mut world, key, &selection(">t/0".into(), "")), None);
        assert_eq!(code::<Subscribe>(&mut world, key, &more), None, "one was given up");
    }
}
