//! The selections of a session (protocol/6 section 4).

use super::session_listing::OneSession;
use crate::byte_enum;
use crate::record;
use crate::wire::service::{Effect, Service};

byte_enum! {
    /// What a selection does.
    pub enum SelectionKind {
        /// It adds topics.
        Select = 0,
        /// It takes topics away that earlier ones have added.
        Deselect = 1,
    }
}

record! {
    /// One selection.
    pub struct Selection {
        /// Selector expression.
        selector: String,
        /// Whether it adds or takes away.
        kind: SelectionKind,
    }
}

/// The selections of a session by scope, in the order in which they were made.
pub struct GetSelectors;

impl Service for GetSelectors {
    const ID: u32 = 0xc6;
    const NAME: &'static str = "get-selectors";
    const EFFECT: Effect = Effect::Reads;
    type Request = OneSession;
    type Response = Vec<(String, Vec<Selection>)>;
}
