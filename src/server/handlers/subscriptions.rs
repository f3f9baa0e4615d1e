//! Selecting and deselecting topics in scopes.

use super::scan::{Scan, Walk, may_cost_more};
use super::session_scan::{Act, Acted, OnOne};
use super::{PathPermissions, RequestContext, ServiceError, missing_topics};
use crate::data::{Exhausted, Selections, TopicPath, TopicSelector, UnsubscribeReason, cost};
use crate::wire::services::shared::SelectionRequest;
use crate::wire::services::unsubscribe_all;

/// Appends a select to a scope; notifications and values go out before the answer.
///
/// The selection is stored before topics are subscribed, so one that is created meanwhile is subscribed as any other
/// that comes later, and one that is both is subscribed once.
pub(super) fn subscribe(
    cx: &mut RequestContext<'_>,
    request: SelectionRequest,
) -> Result<OnOne<Reselecting>, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    Ok(OnOne::at(cx.key, Reselecting::select(selector, request.scope, UnsubscribeReason::Requested)))
}

/// Appends a deselect to a scope.
pub(super) fn unsubscribe(
    cx: &mut RequestContext<'_>,
    request: SelectionRequest,
) -> Result<OnOne<Reselecting>, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    Ok(OnOne::at(cx.key, Reselecting::deselect(selector, Some(request.scope), UnsubscribeReason::Requested)))
}

/// Appends a deselect to every scope.
pub(super) fn unsubscribe_all(
    cx: &mut RequestContext<'_>,
    request: unsubscribe_all::Request,
) -> Result<OnOne<Reselecting>, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    Ok(OnOne::at(cx.key, Reselecting::deselect(selector, None, UnsubscribeReason::Requested)))
}

/// A change of what a session has selected, and of its subscriptions.
pub(super) struct Reselecting {
    selector: TopicSelector,
    /// Where; none for every scope that the session has.
    scope: Option<String>,
    /// Whether topics are selected, or are not any more.
    is_select: bool,
    /// What the session is told of subscriptions that end.
    reason: UnsubscribeReason,
    /// Whether looking at everything without effect has begun, and how far it is. That is done where it may cost more
    /// than the account has.
    trial: Option<Walk>,
    /// How far the subscriptions of one session have been changed; none before its selections have.
    walk: Option<Walk>,
    /// Changes of the session's selections up to then.
    changes: u64,
    selected: usize,
}

impl Reselecting {
    fn new(selector: TopicSelector, scope: Option<String>, is_select: bool, reason: UnsubscribeReason) -> Self {
        let trial = may_cost_more(selector.weight()).then(|| Walk::of(&selector));
        Self { selector, scope, is_select, reason, trial, walk: None, changes: 0, selected: 0 }
    }

    /// Selects topics in a scope.
    pub(super) fn select(selector: TopicSelector, scope: String, reason: UnsubscribeReason) -> Self {
        Self::new(selector, Some(scope), true, reason)
    }

    /// Deselects topics in a scope, or in all.
    pub(super) fn deselect(selector: TopicSelector, scope: Option<String>, reason: UnsubscribeReason) -> Self {
        Self::new(selector, scope, false, reason)
    }

    /// Changes the selections of a session. What must be remembered of a deselect counts as a selection too. A scope
    /// without selections is not kept.
    fn store(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<(), ServiceError> {
        let Some(session) = cx.world.sessions.get(&target) else { return Ok(()) };
        let concerned: Vec<(String, Selections)> = match &self.scope {
            None => session.scopes.iter().map(|(scope, of)| (scope.clone(), of.clone())).collect(),
            Some(scope) => {
                let there = session.scopes.get(scope).cloned();
                let before = there.or_else(|| self.is_select.then(Selections::default));
                before.map(|before| (scope.clone(), before)).into_iter().collect()
            }
        };
        let mut changed = Vec::with_capacity(concerned.len());
        for (_, before) in &concerned {
            let mut after = before.clone();
            if self.is_select {
                after.select(&self.selector, cx.account)?;
            } else {
                after.deselect(&self.selector, cx.account)?;
            }
            changed.push(after);
        }
        let pairs: Vec<_> = concerned.iter().map(|(_, before)| before).zip(&changed).collect();
        let names = if self.is_select { concerned.iter().map(|(name, _)| name.len()).sum() } else { 0 };
        cx.require_room_for_selections(target, &pairs, names)?;
        let Some(session) = cx.world.sessions.get_mut(&target) else { return Ok(()) };
        for ((scope, _), selections) in concerned.into_iter().zip(changed) {
            if selections.is_empty() {
                session.scopes.remove(&scope);
            } else {
                session.scopes.insert(scope, selections);
            }
        }
        session.selection_changes += 1;
        self.changes = session.selection_changes;
        cx.world.count_kept(target);
        cx.commit();
        Ok(())
    }

    /// The next topics whose subscription changes; none at the end.
    fn next(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Option<Vec<TopicPath>>, Exhausted> {
        let (Some(session), Some(walk)) = (cx.world.sessions.get(&target), &mut self.walk) else { return Ok(None) };
        let selector = &self.selector;
        let is_meant = |path: &TopicPath, account: &mut _| selector.matches(path.as_str(), account).unwrap_or(false);
        if self.is_select {
            return walk.next(&cx.world.topics, cx.account, |path, _, account| Ok(is_meant(path, account)));
        }
        walk.next(&session.subscriptions, cx.account, |path, _, account| {
            Ok(is_meant(path, account) && !session.selects(path.as_str(), account))
        })
    }
}

impl Act for Reselecting {
    fn try_out(&mut self, cx: &mut RequestContext<'_>, target: Option<u64>) -> Result<bool, ServiceError> {
        let Some(mut trial) = self.trial.take() else { return Ok(false) };
        let selector = &self.selector;
        let subscribed = target.filter(|_| !self.is_select).and_then(|target| cx.world.sessions.get(&target));
        let more = match subscribed {
            Some(session) => {
                trial.next(&session.subscriptions, cx.account, |path, _, of| selector.matches(path.as_str(), of))?
            }
            None => trial.next(&cx.world.topics, cx.account, |path, _, of| selector.matches(path.as_str(), of))?,
        };
        self.trial = more.map(|_| trial);
        Ok(self.trial.is_some())
    }

    fn act(&mut self, cx: &mut RequestContext<'_>, target: u64) -> Result<Acted, ServiceError> {
        if self.walk.is_none() {
            self.store(cx, target)?;
            self.walk = Some(Walk::of(&self.selector));
            return Ok(Acted::InPart);
        }
        let Some(found) = self.next(cx, target)? else {
            self.walk = None;
            if std::mem::take(&mut self.selected) == 0 && self.is_select {
                missing_topics::ask(cx.world, target, &self.selector);
            }
            return Ok(Acted::Done);
        };
        self.selected += found.len();
        // Another session may have changed the selections since they were stored.
        let is_known = cx.world.sessions.get(&target).is_some_and(|s| s.selection_changes == self.changes);
        for path in found {
            cx.account.note(cost::CHANGE);
            if is_known {
                cx.world.settle(target, &path, self.is_select, self.reason);
            } else {
                cx.world.evaluate(target, &path, self.reason);
            }
        }
        Ok(Acted::InPart)
    }

    fn kept_bytes(&self) -> usize {
        self.selector.kept_bytes() + self.scope.as_ref().map_or(0, String::len)
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
