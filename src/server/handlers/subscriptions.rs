//! Selecting and deselecting topics in scopes.

use super::scan::{Scan, Walk, may_cost_more};
use super::{PathPermissions, RequestContext, ServiceError, missing_topics};
use crate::data::{Account, Exhausted, Selections, TopicPath, TopicSelector, UnsubscribeReason, cost};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::unsubscribe_all;
use std::collections::BTreeMap;

/// Appends a select to a scope; notifications and values go out before the answer.
///
/// The selection is stored before topics are subscribed, so one that is created meanwhile is subscribed as any other
/// that comes later, and one that is both is subscribed once.
pub(super) fn subscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<Selecting, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    let before = cx.session()?.scopes.get(&request.scope).cloned().unwrap_or_default();
    let mut after = before.clone();
    after.select(&selector, cx.account)?;
    cx.require_room_for_selections(&[(&before, &after)], request.scope.len())?;
    let trial = may_cost_more(selector.weight()).then(|| Walk::of(&selector));
    let changed = Some(vec![(request.scope, after)]);
    Ok(Selecting { walk: Walk::of(&selector), selector, trial, changed, selected: 0 })
}

/// Looks at a further part of a map without effect, so that nothing is begun that costs too much; false when there is
/// nothing left to be tried.
fn try_out<V>(
    trial: &mut Option<Walk>,
    selector: &TopicSelector,
    map: &BTreeMap<TopicPath, V>,
    account: &mut Account,
) -> Result<bool, Exhausted> {
    let Some(walk) = trial else { return Ok(false) };
    if walk.next(map, account, |path, _, account| selector.matches(path.as_str(), account))?.is_none() {
        *trial = None;
    }
    Ok(true)
}

/// A subscription on its way.
pub(super) struct Selecting {
    selector: TopicSelector,
    /// Looks at everything once without effect, where that may cost more than the account has.
    trial: Option<Walk>,
    /// What is selected when it is stored. No other request of the session changes that meanwhile.
    changed: Option<Vec<(String, Selections)>>,
    walk: Walk,
    selected: usize,
}

impl Scan for Selecting {
    type Output = ();

    fn kept_bytes(&self) -> usize {
        self.selector.kept_bytes()
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let selector = self.selector.clone();
        let more = cx.slice(|cx| {
            if try_out(&mut self.trial, &selector, &cx.world.topics, cx.account)? {
                return Ok(true);
            }
            if let Some(changed) = self.changed.take() {
                store(cx, changed)?;
            }
            let selects = |path: &TopicPath, account: &mut _| selector.matches(path.as_str(), account).unwrap_or(false);
            let topics = &cx.world.topics;
            let found = self.walk.next(topics, cx.account, |path, _, account| Ok(selects(path, account)))?;
            let Some(found) = found else { return Ok(false) };
            self.selected += found.len();
            for path in found {
                cx.account.note(cost::CHANGE);
                cx.world.settle(cx.key, &path, true, UnsubscribeReason::Requested);
            }
            Ok(true)
        })?;
        if !more && self.selected == 0 {
            missing_topics::ask(cx.world, cx.key, &selector);
        }
        Ok((!more).then_some(()))
    }
}

/// Puts the selections of some scopes in the place of what was there; a scope without any is not kept.
fn store(cx: &mut RequestContext<'_>, changed: Vec<(String, Selections)>) -> Result<(), ServiceError> {
    let scopes = &mut cx.session()?.scopes;
    for (scope, selections) in changed {
        if selections.is_empty() {
            scopes.remove(&scope);
        } else {
            scopes.insert(scope, selections);
        }
    }
    cx.commit();
    Ok(())
}

/// Appends a deselect to a scope.
pub(super) fn unsubscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<Deselecting, ServiceError> {
    Deselecting::begin(cx, &request.selector, Some(&request.scope))
}

/// Appends a deselect to every scope.
pub(super) fn unsubscribe_all(
    cx: &mut RequestContext<'_>,
    request: unsubscribe_all::Request,
) -> Result<Deselecting, ServiceError> {
    Deselecting::begin(cx, &request.selector, None)
}

/// An end of subscriptions on its way.
pub(super) struct Deselecting {
    selector: TopicSelector,
    /// As for a subscription.
    trial: Option<Walk>,
    /// As for a subscription.
    changed: Option<Vec<(String, Selections)>>,
    walk: Walk,
}

impl Deselecting {
    /// In one scope, or in all. What must be remembered for that counts as a selection too.
    fn begin(cx: &mut RequestContext<'_>, selector: &str, scope: Option<&str>) -> Result<Self, ServiceError> {
        let selector = cx.selector(selector)?;
        let scopes = cx.session()?.scopes.clone();
        let concerned = scopes.iter().filter(|(name, _)| scope.is_none_or(|scope| name.as_str() == scope));
        let mut changed = Vec::new();
        let mut changes = Vec::new();
        for (name, before) in concerned {
            let mut after = before.clone();
            after.deselect(&selector, cx.account)?;
            changed.push((name.clone(), after));
            changes.push(before);
        }
        let pairs: Vec<_> = changes.into_iter().zip(changed.iter().map(|(_, after)| after)).collect();
        cx.require_room_for_selections(&pairs, 0)?;
        let trial = may_cost_more(selector.weight()).then(|| Walk::of(&selector));
        Ok(Self { walk: Walk::of(&selector), selector, trial, changed: Some(changed) })
    }
}

impl Scan for Deselecting {
    type Output = ();

    fn kept_bytes(&self) -> usize {
        self.selector.kept_bytes()
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let selector = self.selector.clone();
        let more = cx.slice(|cx| {
            let Some(session) = cx.world.sessions.get(&cx.key) else { return Ok(false) };
            if try_out(&mut self.trial, &selector, &session.subscriptions, cx.account)? {
                return Ok(true);
            }
            if let Some(changed) = self.changed.take() {
                store(cx, changed)?;
            }
            let Some(session) = cx.world.sessions.get(&cx.key) else { return Ok(false) };
            let is_left = |path: &TopicPath, account: &mut _| {
                selector.matches(path.as_str(), account).unwrap_or(false) && !session.selects(path.as_str(), account)
            };
            let subscriptions = &session.subscriptions;
            let found = self.walk.next(subscriptions, cx.account, |path, _, account| Ok(is_left(path, account)))?;
            let Some(found) = found else { return Ok(false) };
            for path in found {
                cx.account.note(cost::CHANGE);
                cx.world.settle(cx.key, &path, false, UnsubscribeReason::Requested);
            }
            Ok(true)
        })?;
        Ok((!more).then_some(()))
    }
}

/// The subscriptions of a session, announced anew.
pub(super) struct Announcing {
    walk: Walk,
    /// The latest topic id when it began; later ones are announced as they come.
    latest: i32,
}

impl Announcing {
    /// All of them, of which this is the latest.
    pub(super) fn new(latest: i32) -> Self {
        Self { walk: Walk::everything(), latest }
    }
}

impl Scan for Announcing {
    type Output = ();

    fn kept_bytes(&self) -> usize {
        0
    }

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let more = cx.slice(|cx| {
            let Some(session) = cx.world.sessions.get(&cx.key) else { return Ok(false) };
            let latest = self.latest;
            let Some(found) = self.walk.next(&session.subscriptions, cx.account, |_, id, _| Ok(*id <= latest))? else {
                session.outbox.all_announced();
                return Ok(false);
            };
            for path in found {
                cx.account.note(cost::CHANGE);
                cx.world.announce_again(cx.key, &path);
            }
            Ok(true)
        })?;
        Ok((!more).then_some(()))
    }
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
        let selection = |n: usize| SelectionRequest { selector: ">a".into(), scope: format!("{n}{long}") };
        let codes: Vec<_> = (0..30).map(|n| code::<Subscribe>(&mut world, key, &selection(n))).collect();
        let fit = codes.iter().take_while(|code| code.is_none()).count();
        assert_eq!((fit, codes[fit]), (MAX_KEPT_BYTES / 900_000, Some(ErrorCode::REJECTED_REQUEST)));
        let kept = world.sessions[&key].kept.bytes();
        assert!(kept <= MAX_KEPT_BYTES && kept >= fit * 900_000, "{kept}");
        assert!(world.budget.used() >= kept);
        world.end_session(key, crate::data::CloseReason::CLOSED_BY_CLIENT);
        assert_eq!(world.budget.used(), 0);
    }
}
