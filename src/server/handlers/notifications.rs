//! Topic notifications: listeners and what they select.

use super::scan::{Scan, Walk};
use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{Account, Exhausted, Selections, TopicPath, TopicSelector, cost};
use crate::server::world::{View, World, notify_listener, view};
use crate::wire::services::notification_select;
use crate::wire::services::shared::TopicEvent;

/// Adds a select; what is newly seen is told before the answer.
pub(super) fn select(
    cx: &mut RequestContext<'_>,
    request: notification_select::Request,
) -> Result<Telling, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    cx.require(selector.prefix(), PathPermissions::SELECT_TOPIC)?;
    cx.require_room_for_selection(&selector)?;
    let before = cx.session()?.listeners.get(&request.listener).cloned().unwrap_or_default();
    let mut after = before.clone();
    after.select(&selector, cx.account)?;
    Ok(Telling::new(cx, request.listener, &selector, before, after, TopicEvent::Selected))
}

/// Adds a deselect; what was selected, by whichever selector, and is no longer is told before the answer.
pub(super) fn deselect(
    cx: &mut RequestContext<'_>,
    request: notification_select::Request,
) -> Result<Telling, ServiceError> {
    let selector = cx.selector(&request.selector)?;
    let before = cx.session()?.listeners.get(&request.listener).cloned().unwrap_or_default();
    let mut after = before.clone();
    after.deselect(&selector, cx.account)?;
    Ok(Telling::new(cx, request.listener, &selector, before, after, TopicEvent::Deselected))
}

/// A change of a listener's selections on its way.
pub(super) struct Telling {
    listener: i64,
    selector: TopicSelector,
    before: Selections,
    after: Selections,
    event: TopicEvent,
    /// Looks at everything once without effect.
    trial: Option<Walk>,
    stored: bool,
    walk: Walk,
    /// The number of the latest topic when the request came: later ones are told as added.
    latest: i32,
}

impl Telling {
    fn new(
        cx: &RequestContext<'_>,
        listener: i64,
        selector: &TopicSelector,
        before: Selections,
        after: Selections,
        event: TopicEvent,
    ) -> Self {
        let walk = || match event {
            TopicEvent::Selected => Walk::of_listener(selector),
            _ => Walk::of(selector),
        };
        Self {
            listener,
            selector: selector.clone(),
            before,
            after,
            event,
            trial: Some(walk()),
            stored: false,
            walk: walk(),
            latest: cx.world.next_number,
        }
    }

    /// How the listener is told of a topic; not at all if nothing has changed for it.
    fn told(&self, world: &World, path: &TopicPath, account: &mut Account) -> Result<View, Exhausted> {
        if self.event == TopicEvent::Deselected {
            let was = self.selector.matches(path.as_str(), account)?
                && self.before.decision(path.as_str(), account)? == Some(true);
            return Ok(if was { View::Selected } else { View::Unseen });
        }
        let now = view(world, &self.after, path, account)?;
        let is_new = now != View::Unseen && now != view(world, &self.before, path, account)?;
        Ok(if is_new { now } else { View::Unseen })
    }

    fn store(&mut self, cx: &mut RequestContext<'_>) -> Result<(), ServiceError> {
        let (listener, selections) = (self.listener, self.after.clone());
        let listeners = &mut cx.session()?.listeners;
        // A deselect makes no listener, and one that ends up with nothing stays until it is ended.
        if self.event == TopicEvent::Selected || listeners.contains_key(&listener) {
            listeners.insert(listener, selections);
        }
        self.stored = true;
        Ok(())
    }
}

impl Scan for Telling {
    type Output = ();

    fn step(&mut self, cx: &mut RequestContext<'_>) -> Result<Option<()>, ServiceError> {
        let more = cx.slice(|cx| {
            let topics = &cx.world.topics;
            if let Some(mut trial) = self.trial.take() {
                let world = &*cx.world;
                let looked_at =
                    |path: &TopicPath, _: &_, account: &mut _| self.told(world, path, account).map(|_| false);
                if trial.next(topics, cx.account, looked_at)?.is_some() {
                    self.trial = Some(trial);
                }
                return Ok(true);
            }
            if !self.stored {
                self.store(cx)?;
                cx.account.commit();
                return Ok(true);
            }
            let (mut walk, world, latest) = (self.walk.clone(), &*cx.world, self.latest);
            let mut views = Vec::new();
            let found = walk.next(topics, cx.account, |path, topic, account| {
                let told = self.told(world, path, account).unwrap_or(View::Unseen);
                let is_told = topic.number <= latest && told != View::Unseen;
                if is_told {
                    views.push(told);
                }
                Ok(is_told)
            })?;
            self.walk = walk;
            let Some(found) = found else { return Ok(false) };
            for (path, told) in found.iter().zip(views) {
                cx.account.note(cost::CHANGE);
                notify_listener(cx.world, cx.key, self.listener, told, path, self.event);
            }
            Ok(true)
        })?;
        Ok((!more).then_some(()))
    }
}

/// Ends a listener; closing it again is no error, since clients do it twice.
pub(super) fn end(cx: &mut RequestContext<'_>, listener: i64) -> Result<(), ServiceError> {
    cx.session()?.listeners.remove(&listener);
    Ok(())
}

#[cfg(test)]
mod tests;
