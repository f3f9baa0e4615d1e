//! Fetching topics.

use super::notation::properties_of;
use super::{Part, read};
use brownian::data::TopicType;
use brownian::wire::services::{self as s, fetch};
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::Fetch::ID => read::<s::Fetch>(part, p, v, |r| fetch_of(&r, v), |r| fetched_of(&r, v)),
        _ => return None,
    })
}

fn fetch_of(request: &fetch::Request, version: u8) -> Sample {
    let types = TopicType::ALL.into_iter().filter(|t| request.topic_types & 1 << t.id() != 0);
    let limit = |limit: &fetch::Limit| json!({ "path": limit.path, "includesPath": limit.includes_path });
    let mut out = json!({
        "selector": request.selector,
        "from": request.from.as_ref().map(limit),
        "to": request.to.as_ref().map(limit),
        "topicTypes": types.map(TopicType::name).collect::<Vec<_>>(),
        "withValues": request.with_values,
        "withProperties": request.with_properties,
        "limit": request.limit,
        "maximumResultSize": request.max_result_size,
        "deepBranchDepth": request.deep_branch_depth,
        "deepBranchLimit": request.deep_branch_limit,
        "withUnpublishedDelayedTopics": request.with_unpublished_delayed_topics,
    });
    if version >= 28 {
        out["withSizes"] = request.with_sizes.into();
    }
    out
}

fn fetched_of(response: &fetch::Response, version: u8) -> Sample {
    let result = |topic: &fetch::FetchedTopic| {
        let mut out = json!({
            "path": topic.path,
            "type": topic.topic_type.name(),
            "value_hex": topic.value.as_ref().map(hex::encode),
            "propertiesIndex": topic.properties_index,
        });
        if version >= 28 {
            out["size"] = match topic.size {
                fetch::Size::None => Sample::Null,
                fetch::Size::Value(size) => json!({ "kind": "SIMPLE", "valueSize": size }),
                fetch::Size::Series { last_event, events, total } => json!({
                    "kind": "TIME_SERIES",
                    "lastEventSize": last_event,
                    "eventCount": events,
                    "totalSize": total,
                }),
            };
        }
        out
    };
    json!({
        "properties": response.properties.iter().map(properties_of).collect::<Vec<_>>(),
        "results": response.results.iter().map(result).collect::<Vec<_>>(),
        "hasMore": response.has_more,
    })
}
