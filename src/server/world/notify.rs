//! Topic notifications: what each listener hears of a topic.

use super::{World, after_branch, branch};
use crate::data::selector::SelectorKind;
use crate::data::{Selections, TopicPath, TopicSelector, path};
use crate::wire::services::shared::TopicEvent;
use crate::wire::services::{NotificationDescendant, NotificationEvent, notification_descendant, notification_event};
use std::ops::Bound;

/// How a listener sees a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum View {
    /// Not at all.
    Unseen,
    /// As the first topic below a selected path.
    Descendant,
    /// As a selected topic.
    Selected,
}

impl World {
    /// Tells listeners that a topic was created or is about to be removed.
    pub(in crate::server) fn notify(&mut self, path: &TopicPath, event: TopicEvent) {
        let mut views = Vec::new();
        for (key, session) in &self.sessions {
            for (conversation, selections) in &session.listeners {
                let view = view(self, selections, path);
                if view != View::Unseen {
                    views.push((*key, *conversation, view));
                }
            }
        }
        for (key, conversation, view) in views {
            notify_listener(self, key, conversation, view, path, event);
        }
    }
}

/// The topics that a selector may show. For a single path the depths of what lies below are jumped over.
pub(in crate::server) fn candidates(world: &World, selector: &TopicSelector) -> Vec<TopicPath> {
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

/// How a listener with these selections sees a topic at the path. What was deselected is not seen as a descendant
/// either.
pub(in crate::server) fn view(world: &World, selections: &Selections, path: &TopicPath) -> View {
    match selections.decision(path.as_str()) {
        Some(true) => return View::Selected,
        Some(false) => return View::Unseen,
        None => {}
    }
    let mut ancestor = path.parent();
    while let Some(at) = ancestor {
        if selections.selects(at.as_str()) {
            return View::Descendant;
        }
        if world.topics.contains_key(&at) {
            return View::Unseen;
        }
        ancestor = at.parent();
    }
    View::Unseen
}

/// Tells a listener of a topic that it sees so, if its session may read the topic.
pub(in crate::server) fn notify_listener(
    world: &mut World,
    key: u64,
    listener: i64,
    view: View,
    path: &TopicPath,
    event: TopicEvent,
) {
    let Some(session) = world.sessions.get(&key) else { return };
    let Some(topic) = world.topics.get(path).filter(|topic| session.reads(&world.security, path.as_str(), topic))
    else {
        return;
    };
    let spec = topic.spec.clone();
    let path = path.as_str().to_owned();
    let message = match view {
        View::Unseen => return,
        View::Descendant => {
            session.notification::<NotificationDescendant>(&notification_descendant::Request { listener, path, event })
        }
        View::Selected => {
            session.notification::<NotificationEvent>(&notification_event::Request { listener, path, event, spec })
        }
    };
    world.send(key, &message);
}
