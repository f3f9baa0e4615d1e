//! Words of the line that panels match on, re-exported so that they name the model alone.

pub use crate::client::api::{
    Arrival, AutoAnswered, CallError, CertificateFacts, Level, LinkError, LinkId, LinkState, LogLine, Rejection,
    SessionFacts, Step, StepReport, Traffic, Update,
};
pub use crate::wire::services::fetch::Size;
pub use crate::wire::services::shared::TopicEvent;

/// What is behind a lost or refused connection, for those who look closer: the system's or the server's own words.
#[must_use]
pub fn details(error: &LinkError) -> String {
    match error {
        LinkError::BadUrl(why) | LinkError::NotDiffusion(why) => why.clone(),
        LinkError::UnknownHost { cause, .. }
        | LinkError::Refused { cause, .. }
        | LinkError::Tls { cause, .. }
        | LinkError::LineLost(cause) => cause.clone(),
        LinkError::TimedOut { secs, .. } => format!("waited {secs} s"),
        LinkError::Protocol { asked, answered: Some(other) } => format!("asked for version {asked}, answered {other}"),
        LinkError::Protocol { asked, answered: None } => format!("asked for version {asked}, refused"),
        LinkError::Rejected(rejection) => match rejection.meaning() {
            Some(meaning) => format!("response code {}: {meaning}", rejection.0),
            None => format!("response code {}", rejection.0),
        },
        LinkError::Idle => "no system ping for two periods".to_owned(),
        LinkError::BadMessage(why) => why.to_string(),
        LinkError::ClosedByServer => "closed by the server".to_owned(),
        LinkError::ClosedByClient => "closed by the client".to_owned(),
        LinkError::RecoveryFailed { secs, cause } => format!("not recovered within {secs} s: {}", details(cause)),
        LinkError::LostMessages => "the server expects messages that are no longer kept".to_owned(),
    }
}
