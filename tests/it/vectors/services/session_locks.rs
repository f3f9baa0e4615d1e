//! Session locks.

use super::notation::void;
use super::{Part, read};
use brownian::wire::services as s;
use brownian::wire::services::session_lock_get::LockDetails;
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::SessionLockAcquire::ID => read::<s::SessionLockAcquire>(
            part,
            p,
            v,
            |r| json!({ "lockName": r.name, "requestId": r.request, "scope": r.scope as u8 }),
            |r| json!({ "lockName": r.name, "sequence": r.sequence, "scope": r.scope as u8 }),
        ),
        s::SessionLockCancel::ID => {
            let request = |r: s::session_lock_cancel::Request| json!({ "lockName": r.name, "requestId": r.request });
            read::<s::SessionLockCancel>(part, p, v, request, void)
        }
        s::SessionLockRelease::ID => read::<s::SessionLockRelease>(
            part,
            p,
            v,
            |r| json!({ "lockName": r.name, "sequence": r.sequence, "scope": r.scope as u8 }),
            |released| json!({ "released": released }),
        ),
        s::SessionLockGet::ID => {
            let response = |lock: Option<LockDetails>| json!({ "lock": lock.as_ref().map(details_of) });
            read::<s::SessionLockGet>(part, p, v, |r| json!({ "lockName": r.name }), response)
        }
        s::SessionLockList::ID => {
            let response = |locks: Vec<(String, LockDetails)>| {
                let locks = locks.iter().map(|(name, lock)| (name.clone(), details_of(lock)));
                json!({ "locks": Sample::Object(locks.collect()) })
            };
            read::<s::SessionLockList>(part, p, v, void, response)
        }
        _ => return None,
    })
}

fn details_of(lock: &LockDetails) -> Sample {
    json!({ "serverName": lock.server_name, "sessionId": lock.session.to_string(), "sequence": lock.sequence })
}
