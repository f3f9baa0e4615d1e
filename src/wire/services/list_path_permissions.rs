//! The permissions of this session at a path (protocol/6 section 6).

use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// Where.
    pub struct Request {
        /// Path.
        path: String,
    }
}

/// The permissions of this session at a path, by number.
pub struct ListPathPermissions;

impl Service for ListPathPermissions {
    const ID: u32 = 0x90;
    const NAME: &'static str = "list-path-permissions";
    const EFFECT: Effect = Effect::Reads;
    type Request = Request;
    type Response = Vec<u8>;
}
