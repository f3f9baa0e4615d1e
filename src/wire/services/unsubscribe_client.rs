//! Unsubscribes another session (protocol/6 section 4).

use super::subscribe_client;
use crate::wire::service::{Effect, Service};

/// Unsubscribes another session, as if it had asked for it.
pub struct UnsubscribeClient;

impl Service for UnsubscribeClient {
    const ID: u32 = 0x0b;
    const NAME: &'static str = "unsubscribe-client";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = subscribe_client::Request;
    type Response = ();
}
