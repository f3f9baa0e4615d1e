//! Topic notifications: listeners and what they select.

use super::scan::{Scan, Walk};
use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::{Account, Exhausted, Selections, TopicPath, TopicSelector, cost};
use crate::server::session::ListenerChange;
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
    let before = cx.session()?.listeners.get(&request.listener).cloned().unwrap_or_default();
    let mut after = before.clone();
    after.select(&selector, cx.account)?;
    cx.require_room_for_selections(cx.key, &[(&before, &after)], 0)?;
    Ok(Telling::new(request.listener, selector, before, after, TopicEvent::Selected))
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
    cx.require_room_for_selections(cx.key, &[(&before, &after)], 0)?;
    Ok(Telling::new(request.listener, selector, before, after, TopicEvent::Deselected))
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
    /// Whether it has come into force. From then on the session knows how far the listener has been told.
    stored: bool,
}

impl Telling {
    fn new(listener: i64, selector: TopicSelector, before: Selections, after: Selections, event: TopicEvent) -> Self {
        let trial = Some(walk(&selector, event));
        Self { listener, selector, before, after, event, trial, stored: false }
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

    /// From now on topics that come are told by the new selections, and those that go too if they have been told so.
    fn store(&mut self, cx: &mut RequestContext<'_>) -> Result<(), ServiceError> {
        let (listener, selections) = (self.listener, self.after.clone());
        let latest = cx.world.next_number;
        let session = cx.session()?;
        // A deselect makes no listener, and one that ends up with nothing stays until it is ended.
        if self.event == TopicEvent::Selected || session.listeners.contains_key(&listener) {
            session.listeners.insert(listener, selections);
        }
        let walk = walk(&self.selector, self.event);
        session.listener_change = Some(ListenerChange { listener, before: self.before.clone(), latest, walk });
        self.stored = true;
        cx.commit();
        Ok(())
    }
}

fn walk(selector: &TopicSelector, event: TopicEvent) -> Walk {
    match event {
        TopicEvent::Selected => Walk::of_listener(selector),
        _ => Walk::of(selector),
    }
}

impl Scan for Telling {
    type Output = ();

    fn kept_bytes(&self) -> usize {
        self.selector.kept_bytes()
    }

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
                return Ok(true);
            }
            let change = cx.world.sessions.get_mut(&cx.key).and_then(|session| session.listener_change.take());
            // A client that was told of a loss has lost its listeners too.
            let Some(mut change) = change else { return Ok(false) };
            let mut views = Vec::new();
            let (world, latest) = (&*cx.world, change.latest);
            let found = change.walk.next(&world.topics, cx.account, |path, topic, account| {
                let told = self.told(world, path, account).unwrap_or(View::Unseen);
                let is_told = topic.number <= latest && told != View::Unseen;
                if is_told {
                    views.push(told);
                }
                Ok(is_told)
            })?;
            let Some(found) = found else { return Ok(false) };
            cx.session()?.listener_change = Some(change);
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
