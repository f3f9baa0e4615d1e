//! Applies JSON patches (RFC 6902), all operations or none.

use super::updates::{check, set_value};
use super::{RequestContext, ServiceError};
use crate::data::json_patch::Patch;
use crate::data::value::json::Json;
use crate::data::{ErrorCode, TopicType, cost};
use crate::server::topic::Topic;
use crate::wire::services::json_patch::Request;

/// What is answered when every operation was applied.
const APPLIED: i32 = -1;

/// Patches a topic; the answer is the place of the operation that failed, or -1.
pub(super) fn apply(cx: &mut RequestContext<'_>, request: Request) -> Result<i32, ServiceError> {
    let path = check(cx, &request.path, TopicType::Json, &request.constraint)?;
    if cx.world.topics.get(&path).is_some_and(Topic::is_series) {
        let text = "An event of a time series cannot be patched; append or edit it";
        return Err(ServiceError::new(ErrorCode::INCOMPATIBLE_UPDATE, text));
    }
    let patch =
        Patch::parse(&request.patch).map_err(|reason| ServiceError::new(ErrorCode::INVALID_JSON_PATCH, reason))?;
    let value = cx.world.topics.get(&path).and_then(|topic| topic.plain_value());
    let no_value = || ServiceError::new(ErrorCode::INCOMPATIBLE_UPDATE, "The topic has no value to patch");
    let mut value = value.and_then(|bytes| Json::from_cbor(bytes).ok()).ok_or_else(no_value)?;
    let before = value.to_cbor();
    cx.account.note(cost::bytes_cost(before.len()));
    if let Some(index) = patch.apply(&mut value, cx.account)? {
        return Ok(i32::try_from(index).unwrap_or(i32::MAX));
    }
    let after = value.to_cbor();
    // A patch that changes nothing, such as one of tests only, is no update: nothing is published, and the topic keeps
    // its bytes, which may be another form of the same value, its update stream and its time of the latest update.
    if after != before {
        set_value(cx, &path, after.into(), false)?;
    }
    Ok(APPLIED)
}

#[cfg(test)]
mod tests;
