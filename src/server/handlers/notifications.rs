//! Topic notifications: listeners, their selectors, and the events they get.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::selector::SelectorKind;
use crate::data::{TopicPath, TopicSelector, TopicSpec, path};
use crate::server::session::{Listener, Session};
use crate::server::world::{World, after_branch, branch, selector};
use crate::wire::services::shared::TopicEvent;
use crate::wire::services::{
    NotificationDescendant, NotificationEvent, notification_descendant, notification_event, notification_select,
};
use std::ops::Bound;

/// How a listener sees a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// Not at all.
    Unseen,
    /// As the first topic below a selected path.
    Descendant,
    /// As a selected topic.
    Selected,
}

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
            tell(cx.world, cx.key, request.listener, now, &path, TopicEvent::Selected);
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
            tell(cx.world, cx.key, request.listener, View::Selected, &path, TopicEvent::Deselected);
        }
    }
    Ok(())
}

/// Ends a listener; closing it again is no error, since clients do it twice.
pub(super) fn end(cx: &mut RequestContext<'_>, listener: i64) -> Result<(), ServiceError> {
    cx.session()?.listeners.remove(&listener);
    Ok(())
}

impl World {
    /// Tells listeners that a topic was created or is about to be removed.
    pub(in crate::server) fn notify(&mut self, path: &TopicPath, event: TopicEvent) {
        let mut views = Vec::new();
        for (key, session) in &self.sessions {
            for (conversation, Listener { selectors }) in &session.listeners {
                let view = view(self, selectors, path);
                if view != View::Unseen {
                    views.push((*key, *conversation, view));
                }
            }
        }
        for (key, conversation, view) in views {
            tell(self, key, conversation, view, path, event);
        }
    }
}

/// The topics that a selector may show. For a single path the depths of what lies below are jumped over.
fn candidates(world: &World, selector: &TopicSelector) -> Vec<TopicPath> {
    let prefix = path::canonical(selector.prefix());
    let (start, end) = branch(prefix);
    if selector.kind() != SelectorKind::Path {
        return world.topics.range((start, end)).map(|(path, _)| path.clone()).collect();
    }
    let mut out = Vec::new();
    let mut from = start;
    while let Some((path, _)) = world.topics.range((from, end.clone())).next() {
        from = if path.as_str() == prefix {
            Bound::Excluded(path.clone())
        } else {
            match after_branch(path.as_str()) {
                Some(next) => Bound::Included(next),
                None => break,
            }
        };
        out.push(path.clone());
    }
    out
}

fn view(world: &World, selectors: &[TopicSelector], path: &TopicPath) -> View {
    let selected = |path: &str| selectors.iter().any(|selector| selector.selects(path));
    if selected(path.as_str()) {
        return View::Selected;
    }
    let mut ancestor = path.parent();
    while let Some(at) = ancestor {
        if selected(at.as_str()) {
            return View::Descendant;
        }
        if world.topics.contains_key(&at) {
            return View::Unseen;
        }
        ancestor = at.parent();
    }
    View::Unseen
}

fn tell(world: &mut World, key: u64, listener: i64, view: View, path: &TopicPath, event: TopicEvent) {
    let Some(session) = world.sessions.get(&key) else { return };
    let Some(topic) = world.topics.get(path).filter(|topic| session.reads(&world.security, path.as_str(), topic))
    else {
        return;
    };
    let queued = session.tell_view(listener, view, path, event, &topic.spec);
    if queued == crate::server::outbox::Queued::Overflow {
        world.to_close.push(key);
    }
}

impl Session {
    fn tell_view(
        &self,
        listener: i64,
        view: View,
        path: &TopicPath,
        event: TopicEvent,
        spec: &TopicSpec,
    ) -> crate::server::outbox::Queued {
        let path = path.to_string();
        if view == View::Selected {
            let request = notification_event::Request { listener, path, event, spec: spec.clone() };
            self.tell::<NotificationEvent>(&request)
        } else {
            self.tell::<NotificationDescendant>(&notification_descendant::Request { listener, path, event })
        }
    }
}
