//! The permissions of this session that need no path (protocol/6 section 6).

use crate::wire::service::{Effect, Service};

/// The permissions of this session that need no path, by number.
pub struct ListGlobalPermissions;

impl Service for ListGlobalPermissions {
    const ID: u32 = 0x8f;
    const NAME: &'static str = "list-global-permissions";
    const EFFECT: Effect = Effect::Reads;
    type Request = ();
    type Response = Vec<u8>;
}
