//! Session locks: asking, taking the question back, giving back.

use super::{PathPermissions, RequestContext, ServiceError};
use crate::data::ErrorCode;
use crate::server::locks::{MAX_PER_SESSION, TooMany};
use crate::wire::services::session_lock_acquire::{Request, Response};
use crate::wire::services::{session_lock_cancel, session_lock_release};

/// Asks for a lock; answered once it is granted.
pub(super) fn acquire(cx: &mut RequestContext<'_>, request: Request) -> Result<Option<Response>, ServiceError> {
    cx.require(&request.name, PathPermissions::ACQUIRE_LOCK)?;
    let Request { name, request, scope } = request;
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
