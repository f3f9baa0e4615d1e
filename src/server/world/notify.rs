//! Topic notifications: what each listener hears of a topic.

use super::World;
use super::sessions::DECISION;
use crate::data::{Account, Exhausted, Selections, TopicPath};
use crate::wire::services::shared::TopicEvent;
use crate::wire::services::{NotificationDescendant, NotificationEvent, notification_descendant, notification_event};

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
        let Some(number) = self.topics.get(path).map(|topic| topic.number) else { return };
        let mut views = Vec::new();
        for (key, session) in &self.sessions {
            for (conversation, selections) in &session.listeners {
                let selections = session.told_selections(*conversation, selections, path, number);
                let view = view(self, selections, path, &mut Account::of(DECISION)).unwrap_or(View::Unseen);
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

/// How a listener with these selections sees a topic at the path. What was deselected is not seen as a descendant
/// either.
///
/// # Errors
/// That takes more than the account has.
pub(in crate::server) fn view(
    world: &World,
    selections: &Selections,
    path: &TopicPath,
    account: &mut Account,
) -> Result<View, Exhausted> {
    match selections.decision(path.as_str(), account)? {
        Some(true) => return Ok(View::Selected),
        Some(false) => return Ok(View::Unseen),
        None => {}
    }
    let mut ancestor = path.parent();
    while let Some(at) = ancestor {
        if selections.decision(at.as_str(), account)? == Some(true) {
            return Ok(View::Descendant);
        }
        if world.topics.contains_key(&at) {
            return Ok(View::Unseen);
        }
        ancestor = at.parent();
    }
    Ok(View::Unseen)
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
