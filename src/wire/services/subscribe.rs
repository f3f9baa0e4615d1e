//! Selects topics for this session, in a scope.

use super::shared::SelectionRequest;
use crate::wire::service::{Effect, Service};

/// Selects topics for this session, in a scope.
pub struct Subscribe;

impl Service for Subscribe {
    const ID: u32 = 0x03;
    const NAME: &'static str = "subscribe";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = SelectionRequest;
    type Response = ();
}
