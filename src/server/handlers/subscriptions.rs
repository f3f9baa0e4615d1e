//! Selecting and deselecting topics in scopes.

use super::scan::{Scan, Walk, may_cost_more};
use super::{PathPermissions, RequestContext, ServiceError, missing_topics};
use crate::data::{Exhausted, Selections, TopicPath, TopicSelector, UnsubscribeReason, cost};
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
    cx.require_room_for_selection(&selector)?;
    let trial = may_cost_more(selector.weight()).then(|| Walk::of(&selector));
    Ok(Selecting { walk: Walk::of(&selector), selector, scope: request.scope, trial, stored: false, selected: 0 })
}

/// A subscription on its way.
pub(super) struct Selecting {
    selector: TopicSelector,
    scope: String,
    /// Looks at everything once without effect, where that may cost more than the account has.
    trial: Option<Walk>,
    stored: bool,
    walk: Walk,
    selected: usize,
}

impl Scan for Selecting {
    type Output = ();

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let selector = self.selector.clone();
        let more = cx.slice(|cx| {
            if let Some(trial) = &mut self.trial {
                let topics = &cx.world.topics;
                if trial
                    .next(topics, cx.account, |path, _, account| selector.matches(path.as_str(), account))?
                    .is_none()
                {
                    self.trial = None;
                }
                return Ok(true);
            }
            if !self.stored {
                let selections = cx.world.sessions.get_mut(&cx.key).map(|session| &mut session.scopes);
                let Some(scopes) = selections else { return Ok(false) };
                store_in(scopes, &self.scope, |selections| selections.select(&selector, cx.account))?;
                cx.account.commit();
                self.stored = true;
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

/// Changes the selections of a scope; a scope without any is not kept.
fn store_in(
    scopes: &mut BTreeMap<String, Selections>,
    scope: &str,
    change: impl FnOnce(&mut Selections) -> Result<(), Exhausted>,
) -> Result<(), Exhausted> {
    let mut selections = scopes.remove(scope).unwrap_or_default();
    let changed = change(&mut selections);
    if !selections.is_empty() {
        scopes.insert(scope.to_owned(), selections);
    }
    changed
}

/// Appends a deselect to a scope.
pub(super) fn unsubscribe(cx: &mut RequestContext<'_>, request: SelectionRequest) -> Result<Deselecting, ServiceError> {
    Deselecting::begin(cx, &request.selector, Some(request.scope))
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
    /// None for all scopes.
    scope: Option<String>,
    /// As for a subscription.
    trial: Option<Walk>,
    stored: bool,
    walk: Walk,
}

impl Deselecting {
    fn begin(cx: &mut RequestContext<'_>, selector: &str, scope: Option<String>) -> Result<Self, ServiceError> {
        let selector = cx.selector(selector)?;
        let trial = may_cost_more(selector.weight()).then(|| Walk::of(&selector));
        Ok(Self { walk: Walk::of(&selector), selector, scope, trial, stored: false })
    }

    /// Changes all scopes or none.
    fn store(&self, cx: &mut RequestContext<'_>) -> Result<(), ServiceError> {
        let mut scopes = cx.session()?.scopes.clone();
        let names: Vec<String> = match &self.scope {
            Some(scope) if !scopes.contains_key(scope) => return Ok(()),
            Some(scope) => vec![scope.clone()],
            None => scopes.keys().cloned().collect(),
        };
        for name in names {
            store_in(&mut scopes, &name, |selections| selections.deselect(&self.selector, cx.account))?;
        }
        cx.session()?.scopes = scopes;
        Ok(())
    }
}

impl Scan for Deselecting {
    type Output = ();

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let selector = self.selector.clone();
        let more = cx.slice(|cx| {
            if let Some(trial) = &mut self.trial {
                let Some(session) = cx.world.sessions.get(&cx.key) else { return Ok(false) };
                let matches = |path: &TopicPath, _: &i32, account: &mut _| selector.matches(path.as_str(), account);
                if trial.next(&session.subscriptions, cx.account, matches)?.is_none() {
                    self.trial = None;
                }
                return Ok(true);
            }
            if !self.stored {
                self.store(cx)?;
                cx.account.commit();
                self.stored = true;
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
