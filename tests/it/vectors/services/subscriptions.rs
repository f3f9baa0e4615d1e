//! Subscribing and topic notifications.

use super::notation::{spec_of, void};
use super::{Part, read};
use brownian::data::UnsubscribeReason;
use brownian::wire::services as s;
use brownian::wire::services::shared::{SelectionRequest, TopicEvent};
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::Subscribe::ID => read::<s::Subscribe>(part, p, v, |r| selection_of(&r, v), void),
        s::Unsubscribe::ID => read::<s::Unsubscribe>(part, p, v, |r| selection_of(&r, v), void),
        s::UnsubscribeAll::ID => read::<s::UnsubscribeAll>(part, p, v, |r| json!({ "selector": r.selector }), void),
        s::TopicSubscribed::ID => {
            let request = |r: s::topic_subscribed::Request| json!({ "topicId": r.topic_id, "path": r.path, "specification": spec_of(&r.spec) });
            read::<s::TopicSubscribed>(part, p, v, request, void)
        }
        s::TopicUnsubscribed::ID => {
            let request =
                |r: s::topic_unsubscribed::Request| json!({ "topicId": r.topic_id, "reason": reason_of(r.reason) });
            read::<s::TopicUnsubscribed>(part, p, v, request, void)
        }
        s::NotificationSelect::ID => read::<s::NotificationSelect>(part, p, v, selector_of, void),
        s::NotificationDeselect::ID => read::<s::NotificationDeselect>(part, p, v, selector_of, void),
        s::NotificationEnd::ID => {
            read::<s::NotificationEnd>(part, p, v, |listener| json!({ "conversationId": listener }), void)
        }
        s::NotificationEvent::ID => {
            let request = |r: s::notification_event::Request| {
                let (event, spec) = (event_of(r.event), spec_of(&r.spec));
                json!({ "conversationId": r.listener, "path": r.path, "event": event, "specification": spec })
            };
            read::<s::NotificationEvent>(part, p, v, request, void)
        }
        s::NotificationDescendant::ID => {
            let request = |r: s::notification_descendant::Request| json!({ "conversationId": r.listener, "path": r.path, "event": event_of(r.event) });
            read::<s::NotificationDescendant>(part, p, v, request, void)
        }
        _ => return None,
    })
}

fn selection_of(request: &SelectionRequest, version: u8) -> Sample {
    let mut out = json!({ "selector": request.selector });
    if version >= 29 {
        out["scope"] = request.scope.as_str().into();
    }
    out
}

fn event_of(event: TopicEvent) -> Sample {
    match event {
        TopicEvent::Added => "ADDED",
        TopicEvent::Selected => "SELECTED",
        TopicEvent::Removed => "REMOVED",
        TopicEvent::Deselected => "DESELECTED",
    }
    .into()
}

fn reason_of(reason: UnsubscribeReason) -> Sample {
    match reason {
        UnsubscribeReason::Requested => "REQUESTED",
        UnsubscribeReason::Control => "CONTROL",
        UnsubscribeReason::Removed => "REMOVED",
        UnsubscribeReason::Authorization => "AUTHORIZATION",
        other => panic!("no sample has {other:?}"),
    }
    .into()
}

fn selector_of(request: s::notification_select::Request) -> Sample {
    json!({ "conversationId": request.listener, "selector": request.selector })
}
