//! Begins listening to sessions (protocol/6 section 4.2).

use super::session_listing::ErrorReport;
use crate::record;
use crate::wire::service::{Effect, Service};

record! {
    /// To which sessions, and who listens.
    pub struct Request {
        /// Whether the sessions of all servers of the cluster are told.
        cluster_aware: bool,
        /// Session filter; none for all sessions.
        filter: Option<String>,
        /// Keys of the properties that are told, `*F` and `*U` for all of a kind; none for none.
        keys: Option<Vec<String>>,
        /// Milliseconds since 1970 after which a session must have begun; 0 for all.
        start_time: Option<i64>,
        /// Conversation id of the listener.
        listener: i64,
    }
}

/// Begins listening to sessions; the answer is what is wrong with the filter, if anything.
pub struct SessionEventRegistration;

impl Service for SessionEventRegistration {
    const ID: u32 = 0xbd;
    const NAME: &'static str = "session-event-registration";
    const EFFECT: Effect = Effect::OwnSession;
    type Request = Request;
    type Response = Vec<ErrorReport>;
}
