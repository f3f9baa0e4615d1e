//! Words of the line that panels match on, re-exported so that they name the model alone.

pub use crate::client::api::{
    AutoAnswered, CallError, CertificateFacts, Level, LinkError, LinkId, LinkState, LogLine, ReceivedValue, Rejection,
    SessionFacts, Step, StepReport, Traffic, Update, protocol,
};
pub use crate::wire::services::fetch::Size;
pub use crate::wire::services::session_lock_acquire::LockScope;
pub use crate::wire::services::shared::TopicEvent;
