//! Selecting and deselecting topics in scopes.

use super::{PathPermissions, RequestContext, ServiceError, missing_topics};
use crate::data::{Selections, TopicPath, TopicSelector, UnsubscribeReason};
use crate::server::world::selector;
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::unsubscribe_all;

/// Appends a select to a scope; notifications and values go out before the answer.
pub(super) fn subscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    cx.require_room_for_selections(1, selector.kept_bytes() + request.scope.len())?;
    cx.session()?.scopes.entry(request.scope).or_default().select(&selector);
    if evaluate_all(cx, &selector) == 0 {
        missing_topics::ask(cx.world, cx.key, &selector);
    }
    Ok(())
}

/// Appends a deselect to a scope.
pub(super) fn unsubscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    deselect(cx, &selector, |scope| scope == request.scope)?;
    evaluate_subscribed(cx, &selector)
}

/// Appends a deselect to every scope.
pub(super) fn unsubscribe_all(
    cx: &mut RequestContext<'_>,
    request: unsubscribe_all::Request,
) -> Result<(), ServiceError> {
    let selector = selector(&request.selector)?;
    deselect(cx, &selector, |_| true)?;
    evaluate_subscribed(cx, &selector)
}

/// Takes back what a selector selects in some scopes. What must be remembered for that counts as a selection too.
fn deselect(
    cx: &mut RequestContext<'_>,
    selector: &TopicSelector,
    concerned: impl Fn(&str) -> bool,
) -> Result<(), ServiceError> {
    let scopes = &cx.session()?.scopes;
    let mut changed: Vec<(String, Selections)> = Vec::new();
    let mut more = 0;
    for (scope, before) in scopes.iter().filter(|(scope, _)| concerned(scope)) {
        let mut after = before.clone();
        after.deselect(selector);
        more += after.len().saturating_sub(before.len());
        changed.push((scope.clone(), after));
    }
    if more > 0 {
        cx.require_room_for_selections(more, more * selector.kept_bytes())?;
    }
    let scopes = &mut cx.session()?.scopes;
    for (scope, after) in changed {
        if after.is_empty() {
            scopes.remove(&scope);
        } else {
            scopes.insert(scope, after);
        }
    }
    Ok(())
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
    use crate::server::quotas::{MAX_KEPT_BYTES, Quota};
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
        for n in 0..Quota::Selections.limit() {
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

    #[test]
    fn what_is_taken_back_counts_and_is_refused_before_it_is_too_much() {
        let mut world = fixture::world();
        let key = fixture::session(&mut world, "client");
        let selection = |selector: String| SelectionRequest { selector, scope: String::new() };
        let before = world.sessions[&key].kept.bytes();
        // A pattern may match anywhere, so what is taken back from it has to be remembered.
        assert_eq!(code::<Subscribe>(&mut world, key, &selection("*.*".into())), None);
        let codes: Vec<_> =
            (0..1000).map(|n| code::<Unsubscribe>(&mut world, key, &selection(format!("?a/{n}//")))).collect();
        assert_eq!(codes.iter().position(Option::is_some), Some(999));
        assert_eq!(codes[999], Some(ErrorCode::REJECTED_REQUEST));
        assert_eq!(code::<Unsubscribe>(&mut world, key, &selection("?.*//".into())), None, "all can be given up");
        assert_eq!(world.sessions[&key].selection_count(), 0);
        assert_eq!(world.sessions[&key].kept.bytes(), before);
    }

    #[test]
    fn the_text_of_selections_is_bounded_and_counted_once() {
        let mut world = fixture::world();
        let key = fixture::session(&mut world, "client");
        let long = "x".repeat(900_000);
        let selection = |n: usize| SelectionRequest { selector: format!(">{n}/{long}"), scope: String::new() };
        let codes: Vec<_> = (0..30).map(|n| code::<Subscribe>(&mut world, key, &selection(n))).collect();
        let fit = codes.iter().take_while(|code| code.is_none()).count();
        assert_eq!((fit, codes[fit]), (MAX_KEPT_BYTES / 900_000, Some(ErrorCode::REJECTED_REQUEST)));
        let kept = world.sessions[&key].kept.bytes();
        assert!(kept <= MAX_KEPT_BYTES && kept >= fit * 900_000, "{kept}");
        assert!(world.budget.used() >= kept);
        world.end_session(key);
        assert_eq!(world.budget.used(), 0);
    }
}
