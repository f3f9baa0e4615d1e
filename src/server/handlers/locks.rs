//! Session locks: asking, taking the question back, giving back.

use super::{GlobalPermissions, PathPermissions, RequestContext, ServiceError};
use crate::data::ErrorCode;
use crate::server::locks::{MAX_PER_SESSION, TooMany};
use crate::server::session::SERVER_NAME;
use crate::server::world::World;
use crate::wire::services::session_lock_acquire::{Request, Response};
use crate::wire::services::session_lock_get::LockDetails;
use crate::wire::services::{session_lock_cancel, session_lock_get, session_lock_release};

/// Asks for a lock; answered once it is granted.
pub(super) fn acquire(cx: &mut RequestContext<'_>, request: Request) -> Result<Option<Response>, ServiceError> {
    cx.require(&request.name, PathPermissions::ACQUIRE_LOCK)?;
    let Request { name, request, scope } = request;
    cx.require_bytes(name.len())?;
    let too_many = |TooMany| {
        let text = format!("A session may hold or wait for {MAX_PER_SESSION} locks, and this one does");
        ServiceError::new(ErrorCode::REJECTED_REQUEST, text)
    };
    let grant = cx.world.locks.acquire(&name, cx.key, request, cx.conversation, scope).map_err(too_many)?;
    Ok(grant.map(|grant| Response { name, sequence: grant.sequence, scope: grant.scope }))
}

/// Forgets a question that still waits; a lock already granted stays granted.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn cancel(cx: &mut RequestContext<'_>, request: session_lock_cancel::Request) -> Result<(), ServiceError> {
    cx.world.locks.cancel(&request.name, cx.key, request.request);
    Ok(())
}

/// Gives a lock back; whether the session held it with that sequence.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(super) fn release(
    cx: &mut RequestContext<'_>,
    request: session_lock_release::Request,
) -> Result<bool, ServiceError> {
    let Some(grants) = cx.world.locks.release(&request.name, cx.key, request.sequence) else { return Ok(false) };
    cx.world.grant(grants);
    Ok(true)
}

/// The owner of one lock; none if nobody holds it.
pub(super) fn get(
    cx: &mut RequestContext<'_>,
    request: session_lock_get::Request,
) -> Result<Option<LockDetails>, ServiceError> {
    cx.require_global(GlobalPermissions::VIEW_SERVER)?;
    let owner = cx.world.locks.owner(&request.name);
    Ok(owner.and_then(|(session, sequence)| details(cx.world, session, sequence)))
}

/// Every held lock with its owner, by name.
pub(super) fn list(cx: &mut RequestContext<'_>, (): ()) -> Result<Vec<(String, LockDetails)>, ServiceError> {
    cx.require_global(GlobalPermissions::VIEW_SERVER)?;
    let owners = cx.world.locks.owners();
    let entry = |(name, session, sequence): (&str, u64, i64)| {
        details(cx.world, session, sequence).map(|details| (name.to_owned(), details))
    };
    Ok(owners.filter_map(entry).collect())
}

fn details(world: &World, session: u64, sequence: i64) -> Option<LockDetails> {
    let session = world.sessions.get(&session)?.id;
    Some(LockDetails { server_name: SERVER_NAME.to_owned(), session, sequence })
}
