//! Topic views: this server has none, and says so as a server without them does. Creating one is not offered.

use super::{GlobalPermissions, RequestContext, ServiceError};
use crate::wire::services::topic_view_create::TopicView;
use crate::wire::services::topic_view_remove;

/// The views: none.
pub(super) fn list(cx: &mut RequestContext<'_>, (): ()) -> Result<Vec<TopicView>, ServiceError> {
    cx.require_global(GlobalPermissions::READ_TOPIC_VIEWS)?;
    Ok(Vec::new())
}

/// One view: none.
pub(super) fn get(
    cx: &mut RequestContext<'_>,
    _request: topic_view_remove::Request,
) -> Result<Option<TopicView>, ServiceError> {
    cx.require_global(GlobalPermissions::READ_TOPIC_VIEWS)?;
    Ok(None)
}

/// A view that is not there is removed all the same.
pub(super) fn remove(cx: &mut RequestContext<'_>, _request: topic_view_remove::Request) -> Result<(), ServiceError> {
    cx.require_global(GlobalPermissions::MODIFY_TOPIC_VIEWS)
}
