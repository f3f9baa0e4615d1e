//! Adding and removing topics.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::server::world::selector;
use crate::wire::services::shared::AddOutcome;
use crate::wire::services::{topic_add, topic_remove};

/// Adds a topic.
pub(super) fn add(cx: &mut RequestContext<'_>, request: topic_add::Request) -> Result<AddOutcome, ServiceError> {
    cx.require(&request.path, PathPermissions::MODIFY_TOPIC)?;
    cx.world.add(&request.path, &request.spec, Some(cx.key))
}

/// Removes the selected topics the session may remove; others stay without an error.
pub(super) fn remove(cx: &mut RequestContext<'_>, request: topic_remove::Request) -> Result<i32, ServiceError> {
    let mut count = 0;
    for path in cx.world.selected(&selector(&request.selector)?) {
        if cx.may(path.as_str(), PathPermissions::MODIFY_TOPIC) && cx.world.remove(&path) {
            count += 1;
        }
    }
    Ok(count)
}
