//! What the session that asks may do.

use super::super::{RequestContext, ServiceError};
use crate::data::security::{GlobalPermission, PathPermission, PathPermissions};
use crate::data::{ErrorCode, path};
use crate::wire::services::list_path_permissions;

/// The permissions that need no path.
pub(super) fn global(cx: &mut RequestContext<'_>, (): ()) -> Result<Vec<u8>, ServiceError> {
    let roles = cx.session()?.roles.clone();
    let permissions = cx.world.security.store.global(&roles);
    Ok(permissions.iter().map(GlobalPermission::number).collect())
}

/// The permissions at a path.
pub(super) fn at_path(
    cx: &mut RequestContext<'_>,
    request: list_path_permissions::Request,
) -> Result<Vec<u8>, ServiceError> {
    let path = path::canonical(&request.path);
    path::check_size(path).map_err(|error| ServiceError::new(ErrorCode::INVALID_TOPIC_PATH, error.to_string()))?;
    let session = cx.world.sessions.get(&cx.key);
    let permissions = session.map(|session| cx.world.permissions(session, path));
    Ok(permissions.into_iter().flat_map(PathPermissions::iter).map(PathPermission::number).collect())
}
