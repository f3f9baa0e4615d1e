//! Adding, setting, patching and removing topics, and missing topics.

use super::notation::{add_and_set_of, constraint_of, outcome_of, set_of, spec_of, void};
use super::{Part, read};
use brownian::wire::services as s;
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    let result = |outcome| json!({ "result": outcome_of(outcome) });
    Some(match id {
        s::TopicAdd::ID => {
            let request = |r: s::topic_add::Request| json!({ "path": r.path, "specification": spec_of(&r.spec) });
            read::<s::TopicAdd>(part, p, v, request, result)
        }
        s::TopicRemove::ID => {
            let response = |count| json!({ "removedCount": count });
            read::<s::TopicRemove>(part, p, v, |r| json!({ "selector": r.selector }), response)
        }
        s::TopicUpdate::ID => read::<s::TopicUpdate>(
            part,
            p,
            v,
            |r| json!({ "path": r.path, "value": { "hex": hex::encode(&r.value) } }),
            |outcome| json!({ "outcome": outcome as u8 }),
        ),
        s::TopicWill::ID => read::<s::TopicWill>(
            part,
            p,
            v,
            |r| json!({ "path": r.path, "reserved": r.reserved }),
            |outcome| json!({ "outcome": outcome as u8 }),
        ),
        s::TopicSet::ID => read::<s::TopicSet>(part, p, v, |r| set_of(&r, v), void),
        s::TopicAddAndSet::ID => read::<s::TopicAddAndSet>(part, p, v, |r| add_and_set_of(&r, v), result),
        s::JsonPatch::ID => {
            let request = |r: s::json_patch::Request| json!({ "path": r.path, "patch": r.patch, "constraint": constraint_of(&r.constraint, v) });
            read::<s::JsonPatch>(part, p, v, request, |index| json!({ "failedOperation": index }))
        }
        s::TopicControlRegistration::ID => {
            let request = |r: s::topic_control_registration::Request| json!({ "serviceId": r.service, "controlGroup": r.control_group, "path": r.path, "conversationId": r.handler });
            read::<s::TopicControlRegistration>(part, p, v, request, void)
        }
        s::TopicControlDeregistration::ID => {
            let request = |r: s::topic_control_deregistration::Request| json!({ "serviceId": r.service, "controlGroup": r.control_group, "path": r.path });
            read::<s::TopicControlDeregistration>(part, p, v, request, void)
        }
        s::MissingTopic::ID => {
            let request = |r: s::missing_topic::Request| {
                let properties: serde_json::Map<_, _> =
                    r.session_properties.into_iter().map(|(key, value)| (key, Sample::from(value))).collect();
                json!({
                    "selector": r.selector,
                    "sessionProperties": properties,
                    "serverNames": r.server_names,
                    "conversationId": r.handler,
                })
            };
            read::<s::MissingTopic>(part, p, v, request, |proceed| json!({ "proceed": proceed }))
        }
        _ => return None,
    })
}
