//! Update streams.

use super::notation::{add_and_set_of, constraint_of, outcome_of, set_of, spec_of, void};
use super::{Part, read};
use brownian::wire::services as s;
use brownian::wire::services::shared::{StreamAdded, StreamCreated, StreamId, stream_flags};
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::UpdateStreamCreate::ID => {
            let request = |r: s::update_stream_create::Request| {
                let constraint = constraint_of(&r.constraint, v);
                json!({ "path": r.path, "topicType": r.topic_type.name(), "constraint": constraint })
            };
            read::<s::UpdateStreamCreate>(part, p, v, request, |r| stream_created_of(&r))
        }
        s::UpdateStreamCreateAndSet::ID => {
            read::<s::UpdateStreamCreateAndSet>(part, p, v, |r| set_of(&r, v), |r| stream_created_of(&r))
        }
        s::UpdateStreamCheck::ID => {
            read::<s::UpdateStreamCheck>(part, p, v, |r| json!({ "streamId": stream_of(&r) }), void)
        }
        s::UpdateStreamSet::ID => read::<s::UpdateStreamSet>(part, p, v, |r| stream_value_of(&r, "value_hex"), void),
        s::UpdateStreamDelta::ID => {
            read::<s::UpdateStreamDelta>(part, p, v, |r| stream_value_of(&r, "delta_hex"), void)
        }
        s::UpdateStreamAdd::ID => {
            let request = |r: s::update_stream_add::Request| {
                let constraint = constraint_of(&r.constraint, v);
                json!({ "path": r.path, "specification": spec_of(&r.spec), "constraint": constraint })
            };
            read::<s::UpdateStreamAdd>(part, p, v, request, |r| stream_added_of(&r))
        }
        s::UpdateStreamAddAndSet::ID => {
            read::<s::UpdateStreamAddAndSet>(part, p, v, |r| add_and_set_of(&r, v), |r| stream_added_of(&r))
        }
        _ => return None,
    })
}

fn stream_of(stream: &StreamId) -> Sample {
    json!({
        "topicId": stream.topic_id,
        "instanceId": stream.instance_id,
        "partition": stream.partition,
        "generation": stream.generation,
    })
}

fn created_of(stream: &StreamId, flags: u8) -> Sample {
    json!({
        "streamId": stream_of(stream),
        "retainsValue": flags & stream_flags::RETAINS_VALUE != 0,
        "supportsConflation": flags & stream_flags::SUPPORTS_CONFLATION != 0,
    })
}

fn stream_created_of(response: &StreamCreated) -> Sample {
    created_of(&response.stream, response.flags)
}

fn stream_added_of(response: &StreamAdded) -> Sample {
    let mut out = created_of(&response.stream, response.flags);
    out["result"] = outcome_of(response.outcome);
    out
}

fn stream_value_of(request: &s::update_stream_set::Request, key: &str) -> Sample {
    json!({ "streamId": stream_of(&request.stream), key: hex::encode(&request.value) })
}
