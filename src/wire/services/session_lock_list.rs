//! Lists every session lock that is held (protocol/6 section 9).

use super::session_lock_get::LockDetails;
use crate::wire::service::{Effect, Service};

/// Lists the held session locks by name, with their owners.
pub struct SessionLockList;

impl Service for SessionLockList {
    const ID: u32 = 0xc5;
    const NAME: &'static str = "session-lock-list";
    const EFFECT: Effect = Effect::Reads;
    type Request = ();
    type Response = Vec<(String, LockDetails)>;
}
