//! What became of a request, in a sentence, and what can be done about it.

use super::requests::{Count, Ending, Entry, Lack, Message, State, Target};
use crate::client::api::CallError;
use crate::data::{ErrorCode, shown};
use crate::model::error_text;
use crate::model::letter_case::capitalized;
use crate::model::number;
use crate::wire::service::ServiceError;
use crate::wire::services::session_listing::ErrorReport;
use std::time::Duration;

/// What can be done about a request that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send the same once more.
    SendAgain,
    /// Wait for its answer as long again.
    WaitOn,
    /// Become the handler of its path.
    AnswerHere,
    /// Copy the text of the rejection.
    CopyText,
}

impl Act {
    /// The words of its button.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::SendAgain => "Send again",
            Self::WaitOn => "Wait on",
            Self::AnswerHere => "Answer it here",
            Self::CopyText => "Copy text",
        }
    }
}

/// A sentence with what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What happened.
    pub text: String,
    /// What can be done.
    pub acts: Vec<Act>,
    /// Code, name and the other side's words; may be empty.
    pub details: String,
}

impl Sentence {
    fn new(text: impl Into<String>, acts: &[Act]) -> Self {
        Self { text: text.into(), acts: acts.to_vec(), details: String::new() }
    }
}

/// A span of microseconds in words.
fn span(micros: u64) -> String {
    number::duration(Duration::from_micros(micros))
}

/// Why an entry has no answer, or not all; none where nothing is wrong.
#[must_use]
pub fn of(entry: &Entry) -> Option<Sentence> {
    let message = &entry.message;
    match &entry.state {
        State::NoAnswer(ending) => Some(no_answer(entry, *ending)),
        State::Failed(error) => Some(failed(error, message)),
        State::BadFilter(reports) => Some(Sentence::new(bad_filter(reports), &[])),
        State::Asked { sessions: 0, .. } => Some(Sentence::new("No session matches; nothing was sent.", &[])),
        State::Asked { ended: Some(_), .. } if entry.to_come() == 0 => None,
        State::Unsent | State::Waiting | State::Answered(_) | State::Asked { ended: None, .. } => None,
        State::Asked { ended: Some(ending), .. } => {
            let missing = number::grouped(entry.to_come());
            Some(match ending {
                Ending::TimedOut => Sentence::new(
                    format!("{missing} did not answer within {}; later answers are shown here.", span(entry.micros)),
                    &[Act::WaitOn, Act::SendAgain],
                ),
                Ending::Stopped => Sentence::new(
                    format!("You stopped waiting after {}; {missing} had not answered.", span(entry.micros)),
                    &[Act::SendAgain],
                ),
                Ending::Lost => Sentence::new(
                    format!("The connection was lost while {missing} had not answered; their answers are gone."),
                    &[Act::SendAgain],
                ),
            })
        }
    }
}

fn no_answer(entry: &Entry, ending: Ending) -> Sentence {
    let to = match &entry.message.target {
        Target::Handler => format!("from “{}”", shown(&entry.message.path)),
        Target::Session(session) => format!("from {session}"),
        Target::Filter(_) => "from the server".to_owned(),
    };
    match ending {
        Ending::TimedOut => Sentence::new(
            format!(
                "No answer {to} within {}. It may still be worked on; a later answer is shown here.",
                span(entry.micros)
            ),
            &[Act::WaitOn, Act::SendAgain],
        ),
        Ending::Stopped => Sentence::new(
            format!("You stopped waiting after {}. It may still be worked on.", span(entry.micros)),
            &[Act::SendAgain],
        ),
        Ending::Lost => Sentence::new(
            "The connection was lost while it waited; the answer is gone. It may have been worked on.",
            &[Act::SendAgain],
        ),
    }
}

/// Why a request failed.
#[must_use]
pub fn failed(error: &CallError, message: &Message) -> Sentence {
    match error {
        CallError::Service { code, description } => {
            let error = ServiceError { code: *code, description: description.clone() };
            refused(&error, &message.target, &message.path, message.data_type.topic_type().name())
        }
        CallError::NotConnected => Sentence::new("The session is not connected; nothing was sent.", &[Act::SendAgain]),
        CallError::TooLarge { bytes, most } => {
            let (bytes, most) = (number::size(*bytes as u64), number::size(*most as u64));
            Sentence::new(format!("{bytes}; this connection takes {most} in one message. Nothing was sent."), &[])
        }
        CallError::BadAnswer(error) => Sentence {
            details: error.to_string(),
            ..Sentence::new("The answer came in a form that is not known here.", &[Act::SendAgain])
        },
        CallError::ReadOnly => {
            Sentence::new("Requests count as changes; unlock the connection first. Nothing was sent.", &[])
        }
        other => {
            let words = error_text::call(other, "send the request");
            Sentence { details: words.details.clone(), ..Sentence::new(words.line(), &[Act::SendAgain]) }
        }
    }
}

/// Why the other side gave no answer, by its code.
#[must_use]
pub fn refused(error: &ServiceError, target: &Target, path: &str, data_type: &str) -> Sentence {
    let ServiceError { code, description } = error;
    let at = format!("“{}”", shown(path));
    let session = match target {
        Target::Session(session) => Some(session.to_string()),
        Target::Handler | Target::Filter(_) => None,
    };
    let who = session.clone().unwrap_or_else(|| "The session".to_owned());
    let sentence = match *code {
        ErrorCode::UNHANDLED_MESSAGE if *target == Target::Handler => {
            Sentence::new(format!("Nobody handles {at} or a path above it."), &[Act::AnswerHere])
        }
        ErrorCode::UNHANDLED_MESSAGE => Sentence::new(format!("{who} has no request stream for exactly {at}."), &[]),
        ErrorCode::REJECTED_REQUEST => {
            let by = session.unwrap_or_else(|| format!("the handler of {at}"));
            Sentence::new(format!("Rejected by {by}: “{}”.", shown(description)), &[Act::CopyText])
        }
        ErrorCode::REQUEST_TIME_OUT => Sentence::new(
            format!("The server waited for {at} and gave up. The request may still be worked on."),
            &[Act::SendAgain],
        ),
        ErrorCode::CLUSTER_REPARTITION | ErrorCode::CLUSTER_ROUTING => Sentence::new(
            format!("The cluster is moving; it is not known whether {at} was reached."),
            &[Act::SendAgain],
        ),
        ErrorCode::ACCESS_DENIED if *target == Target::Handler => {
            Sentence::new(format!("Cannot send to {at}: you have no SEND_TO_MESSAGE_HANDLER there."), &[])
        }
        ErrorCode::ACCESS_DENIED => Sentence::new(
            format!(
                "Cannot send to {at}: you have no SEND_TO_SESSION there; some servers ask for REGISTER_HANDLER too."
            ),
            &[],
        ),
        ErrorCode::NO_SUCH_SESSION => Sentence::new(format!("{who} is no longer connected."), &[]),
        ErrorCode::SESSION_CLOSED => Sentence::new(
            match session {
                Some(session) => format!("{session} closed before it answered. It may have been worked on."),
                None => format!("The session that handled {at} closed before it answered. It may have been worked on."),
            },
            &[Act::SendAgain],
        ),
        ErrorCode::INCOMPATIBLE_DATATYPE => {
            let who = session.unwrap_or_else(|| "The other end".to_owned());
            Sentence::new(format!("{who} does not take {data_type} at {at}."), &[])
        }
        ErrorCode::INVALID_DATA => {
            Sentence::new(format!("The payload could not be read as {data_type} at the other end."), &[])
        }
        ErrorCode::CALLBACK_EXCEPTION => Sentence::new(
            format!(
                "The handler of {at} failed. A JavaScript client then drops its handler: the next request may find \
                 nobody."
            ),
            &[Act::SendAgain],
        ),
        ErrorCode::COMMUNICATION_FAILURE => {
            Sentence::new("The other end did not understand the request.", &[Act::SendAgain])
        }
        ErrorCode::UNSUPPORTED => match target {
            Target::Filter(_) => Sentence::new("This server does not offer requests to a filter (102).", &[]),
            _ => Sentence::new("This server does not offer such requests.", &[]),
        },
        ErrorCode::INVALID_PATH => Sentence::new(format!("{at} is no message path for this server."), &[]),
        other => Sentence::new(format!("Failed with {}: “{}”.", other.0, shown(description)), &[Act::SendAgain]),
    };
    let name = code.name().unwrap_or("unknown code");
    Sentence { details: format!("{name} ({}): {description}", code.0), ..sentence }
}

/// Why a handler is not registered.
#[must_use]
pub fn not_registered(error: &CallError, path: &str) -> Sentence {
    let at = format!("“{}”", shown(path));
    let text = match error {
        CallError::Service { code: ErrorCode::HANDLER_CONFLICT, .. } => format!("This session already handles {at}."),
        CallError::Service {
            code: ErrorCode::TOPIC_TREE_REGISTRATION_CONFLICT | ErrorCode::INCOMPATIBLE_STATE,
            ..
        } => format!("Another component or registration holds {at}."),
        CallError::Service { code: ErrorCode::ACCESS_DENIED, .. } => {
            "Handling requests needs REGISTER_HANDLER, and VIEW_SESSION for properties of the sender.".to_owned()
        }
        other => error_text::call(other, &format!("register the handler of {at}")).line(),
    };
    Sentence { details: error.to_string(), ..Sentence::new(text, &[]) }
}

/// What the server finds wrong with a filter.
#[must_use]
pub fn bad_filter(reports: &[ErrorReport]) -> String {
    let Some(first) = reports.first() else { return "The server cannot read the filter.".to_owned() };
    let place = match (first.line, first.column) {
        (0, _) => String::new(),
        (line, column) => format!(", at line {line}, column {column}"),
    };
    format!("The server cannot read the filter: {}{place}.", shown(&first.message))
}

/// How many sessions a filter selects, before a request is sent to them.
#[must_use]
pub fn count(count: &Count, clock: impl Fn(crate::data::Timestamp) -> String) -> String {
    match count {
        Count::Asking => "The server counts the sessions…".to_owned(),
        Count::Sessions(0, _) => "No session matches; nothing was sent.".to_owned(),
        Count::Sessions(sessions, at) => {
            let words = number::count_of(*sessions, "session matches", "sessions match");
            format!("{words} at {}, counted by the server.", clock(*at))
        }
        Count::BadFilter(reports) => bad_filter(reports),
        Count::Unknown(CallError::Service { code: ErrorCode::ACCESS_DENIED, .. }) => {
            "How many sessions match is not known: counting needs VIEW_SESSION.".to_owned()
        }
        Count::Unknown(error) => {
            format!("How many sessions match is not known: {}.", error_text::call(error, "count them").summary)
        }
        Count::NotOffered => {
            "How many sessions match is not known: this server's version cannot count them.".to_owned()
        }
    }
}

/// What a request that is being made lacks; none for what is not typed yet.
#[must_use]
pub fn lack(lack: &Lack, path: &str, filter: &str) -> Option<String> {
    match lack {
        Lack::Path(error) => Some(format!("“{}” is no message path: {}", shown(path), error.located(path))),
        Lack::Session => Some("A session ID is two groups of 16 hex digits joined by “-”".to_owned()),
        Lack::Filter(error) => Some(capitalized(&error.located(filter))),
        Lack::NoPath | Lack::NoSession | Lack::NoFilter | Lack::Payload => None,
    }
}

/// Why the request cannot be sent yet.
#[must_use]
pub fn why_off(lack: &Lack) -> &'static str {
    match lack {
        Lack::NoPath => "Write a path first",
        Lack::Path(_) => "The path is no message path",
        Lack::NoSession => "Write the ID of a session first",
        Lack::Session => "The text is no session ID",
        Lack::NoFilter => "Write a session filter first",
        Lack::Filter(_) => "The filter cannot be read",
        Lack::Payload => "The text is no value of this type yet",
    }
}
