//! Words of the line that panels match on, re-exported so that they name the model alone.

pub use crate::client::api::{
    Arrival, CallError, CertificateFacts, Level, LinkError, LinkId, LinkState, LogLine, Rejection, SessionFacts,
    Settled, Step, StepReport, Traffic, Update,
};
pub use crate::wire::services::fetch::Size;
pub use crate::wire::services::shared::TopicEvent;
