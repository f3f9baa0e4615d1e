//! Topic notifications: the two requests that carry them, given to every feature as one.

use crate::client::api::{Level, LogLine};
use crate::data::{TopicPath, TopicSpec, shown};
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::Notification;
use crate::model::inbound::ServerRequest;
use crate::wire::services::shared::TopicEvent;
use crate::wire::services::{NotificationDescendant, NotificationEvent};

/// Something happened to a selected topic.
pub(in crate::model) fn on_event(at: &mut Connected, fx: &mut Effects, received: ServerRequest<NotificationEvent>) {
    let request = received.request;
    notify(at, fx, request.listener, &request.path, request.event, Some(&request.spec));
}

/// Something happened below a selected path.
pub(in crate::model) fn on_descendant(
    at: &mut Connected,
    fx: &mut Effects,
    received: ServerRequest<NotificationDescendant>,
) {
    let request = received.request;
    notify(at, fx, request.listener, &request.path, request.event, None);
}

fn notify(
    at: &mut Connected,
    fx: &mut Effects,
    listener: i64,
    path: &str,
    event: TopicEvent,
    spec: Option<&TopicSpec>,
) {
    match TopicPath::parse(path) {
        Ok(path) => {
            at.each_notified(&Notification { listener, path: &path, event, spec }, fx);
        }
        Err(error) => {
            let text = format!("a notification about “{}” was ignored: {}", shown(path), error.located(path));
            at.log.push(LogLine { at: fx.now, level: Level::Warn, text });
        }
    }
}
