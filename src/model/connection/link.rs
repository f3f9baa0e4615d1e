//! Words of the line that panels match on, re-exported so that they name the model alone.

pub use crate::client::api::{
    AutoAnswered, CallError, CertificateFacts, CertificateProblem, Level, LinkError, LinkId, LinkState, LogLine,
    OfferedCertificate, ReceivedValue, Rejection, SessionFacts, Step, StepReport, TlsError, Traffic, Update, protocol,
};
pub use crate::wire::services::fetch::Size;
pub use crate::wire::services::filter_response::Outcome as FilterOutcome;
pub use crate::wire::services::get_selectors::{Selection, SelectionKind};
pub use crate::wire::services::message_value::TypedValue;
pub use crate::wire::services::session_lock_acquire::LockScope;
pub use crate::wire::services::shared::TopicEvent;
