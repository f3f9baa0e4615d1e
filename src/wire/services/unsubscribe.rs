//! Deselects topics for this session, in a scope.

use super::shared::SelectionRequest;
use crate::wire::service::{Effect, Service};

/// Deselects topics for this session, in a scope.
pub struct Unsubscribe;

impl Service for Unsubscribe {
    const ID: u32 = 0x04;
    const NAME: &'static str = "unsubscribe";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = SelectionRequest;
    type Response = ();
}
