//! Texts for errors: what failed, why in the field's terms, and what the user can do.

use super::letter_case::{capitalized, uncapitalized};
use crate::client::api::versions;
use crate::data::{ErrorCode, UnsubscribeReason, shown};
use crate::model::change::{Change, ChangeError};
use crate::model::link::{CallError, CertificateProblem, LinkError, Rejection, Step, TlsError};
use crate::model::number::{grouped, size};
use crate::wire::services::fetch::PagingError;

/// An error as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// What failed and why, one or two sentences.
    pub summary: String,
    /// What the user can do; may be empty.
    pub remedy: String,
    /// Code and details, folded, copyable.
    pub details: String,
}

impl ErrorText {
    /// Summary and remedy in one line, for the command line.
    #[must_use]
    pub fn line(self) -> String {
        if self.remedy.is_empty() { self.summary } else { format!("{}. {}", self.summary, self.remedy) }
    }
}

/// The name of a step.
#[must_use]
pub const fn step(step: Step) -> &'static str {
    match step {
        Step::Resolve => "Name look-up",
        Step::Tcp => "TCP connection",
        Step::Tls => "TLS",
        Step::Upgrade => "WebSocket upgrade",
        Step::Protocol => "Diffusion protocol",
        Step::Authentication => "Authentication",
    }
}

/// Why there is no connection.
#[must_use]
pub fn link(error: &LinkError) -> ErrorText {
    ErrorText { summary: link_summary(error), remedy: link_remedy(error).to_owned(), details: error.to_string() }
}

/// The error's own sentence, without what only the details need.
fn link_summary(error: &LinkError) -> String {
    match error {
        LinkError::UnknownHost { host, .. } => format!("The host “{}” is unknown", shown(host)),
        LinkError::Refused { address, .. } => format!("{} refused the connection", shown(address)),
        LinkError::Tls(error) => match &**error {
            error @ TlsError::Other(_) => format!("TLS failed: {}", shown(&error.to_string())),
            error => capitalized(&shown(&error.to_string()).to_cow()),
        },
        LinkError::Protocol { asked, oldest, answered } => {
            let offered = versions(*oldest, *asked);
            match answered {
                Some(other) => format!("The server speaks protocol {other}; this connection offers {offered}"),
                None => format!("The server does not accept {offered}"),
            }
        }
        LinkError::NoResponse(_) => "The server closed the line without an answer".to_owned(),
        LinkError::Rejected(rejection) => match rejection.meaning() {
            Some(meaning) => capitalized(meaning),
            None => format!("The server rejected the connection with code {}", rejection.0),
        },
        LinkError::LineLost(_) => "The line was lost".to_owned(),
        LinkError::ClosedByClient => "You ended the session".to_owned(),
        LinkError::RecoveryFailed { secs, cause } => {
            format!("The session could not be recovered within {secs} s: {}", link_summary(cause))
        }
        other => capitalized(&other.to_string()),
    }
}

/// What the user can do about a connection that could not be made or ended; empty where that is nothing.
const fn link_remedy(error: &LinkError) -> &'static str {
    match error {
        LinkError::BadUrl(_) => "Correct the URL.",
        LinkError::UnknownHost { .. } => "Check the spelling, or your name server and VPN.",
        LinkError::Refused { .. } => "Check the port, and whether the server is running and reachable.",
        LinkError::Tls(error) => tls_remedy(error),
        LinkError::NotDiffusion(_) => "Check the port and the path; the usual path is /diffusion.",
        LinkError::TimedOut { .. } => "Check the address, or allow more time under Advanced.",
        LinkError::Protocol { asked, oldest, .. } if *asked == *oldest => {
            "Offer another protocol, or all: Diffusion servers from 6.5 on speak one of 18 to 29."
        }
        LinkError::Protocol { .. } => "Diffusion servers from 6.5 on speak one of 18 to 29.",
        LinkError::NoResponse(_) => "Check the port and the path, and what the server's log says.",
        LinkError::Rejected(Rejection::AUTHENTICATION_FAILED) => "Check principal and password.",
        LinkError::Rejected(Rejection::LICENCE_LIMIT) => "Ask the administrator; sessions may need to be closed first.",
        LinkError::Rejected(Rejection::NOT_READY) => "Try again in a moment.",
        LinkError::Rejected(Rejection::UNKNOWN_SESSION | Rejection::MESSAGES_LOST)
        | LinkError::RecoveryFailed { .. }
        | LinkError::LostMessages => "Connect again for a new session.",
        LinkError::BadMessage(_) => "If it happens again, please report it with the details.",
        LinkError::ClosedByServer => "Another session or an administrator may have closed it. You can connect again.",
        LinkError::Rejected(_)
        | LinkError::LineLost(_)
        | LinkError::Idle
        | LinkError::Unanswered { .. }
        | LinkError::ClosedByClient => "",
    }
}

/// What the user can do where TLS gave no line. Never to go without it.
const fn tls_remedy(error: &TlsError) -> &'static str {
    match error {
        TlsError::Certificate { problem, .. } => match problem {
            CertificateProblem::UnknownIssuer => {
                "Add the certificate of its authority under Advanced, or trust this one certificate if its SHA-256 is the \
                 one that the server's administrator names."
            }
            CertificateProblem::SelfSigned => {
                "Trust this one certificate if its SHA-256 is the one that the server's administrator names."
            }
            CertificateProblem::WrongName { .. } => "Use one of these names in the URL, if they are the server's.",
            CertificateProblem::Expired { .. } => {
                "The server's administrator has to renew it. Check the clock of this computer too."
            }
            CertificateProblem::NotYetValid { .. } => "Check the clock of this computer.",
            CertificateProblem::Revoked => "Do not use this server before its administrator has replaced it.",
            CertificateProblem::Other(_) => "The server's administrator has to replace it.",
        },
        TlsError::NotTls | TlsError::Closed => "Check the port: the server may offer TLS on another one.",
        TlsError::BadAuthority(_) => "Correct the trusted certificates under Advanced.",
        TlsError::Other(_) => "",
    }
}

/// Why a call failed; `what` is the act in the infinitive: “fetch topics below fx”.
#[must_use]
pub fn call(error: &CallError, what: &str) -> ErrorText {
    let (why, remedy, details) = match error {
        CallError::Service { code, description } => {
            let remedy = remedy_of(*code);
            let why = code.meaning().map_or_else(|| shown(description).to_string(), str::to_owned);
            let name = code.name().unwrap_or("unknown code");
            (why, remedy, format!("{name} ({}): {description}", code.0))
        }
        CallError::TimedOut { secs } => {
            (format!("no answer within {secs} s; the server may still have done it"), "Check now.", String::new())
        }
        CallError::BadAnswer(error) => ("the answer could not be read".into(), "", error.to_string()),
        CallError::LinkLost(cause) => (
            format!("the session ended before the answer came ({})", uncapitalized(&link_summary(cause))),
            "",
            cause.to_string(),
        ),
        CallError::NotConnected => {
            ("there is no connection now".into(), "Wait for the connection, or connect again.", String::new())
        }
        CallError::NotAtVersion(error) => (error.reason(), "Connect to a newer server for it.", String::new()),
        CallError::Busy => ("too many calls are waiting".into(), "Try again in a moment.", String::new()),
        CallError::TooLarge { bytes, most } => (
            format!("it has {} and at most {} can be sent", size(*bytes as u64), size(*most as u64)),
            "Send less at once.",
            error.to_string(),
        ),
        CallError::Cancelled => ("you cancelled it".into(), "", String::new()),
        CallError::ReadOnly => {
            ("this connection is read-only".into(), "Unlock it in the connection bar first.", String::new())
        }
        CallError::Paging(PagingError::TooMany { topics }) => {
            (format!("there are more than {} topics", grouped(*topics)), "Choose fewer topics.", String::new())
        }
        CallError::Paging(PagingError::Repeats { after, sent }) => {
            let details = format!("after “{}” it sent “{}”", shown(after), shown(sent));
            ("the server repeats itself, so the rest cannot be fetched".into(), "Choose fewer topics.", details)
        }
        CallError::Paging(PagingError::NothingSent) => {
            ("the server says that there is more, and sends nothing".into(), "Choose fewer topics.", String::new())
        }
    };
    ErrorText { summary: format!("Cannot {what}: {why}"), remedy: remedy.into(), details }
}

/// [`call`] for a service that needs this permission, which is named where it is missing.
#[must_use]
pub fn call_needing(error: &CallError, what: &str, permission: &str) -> ErrorText {
    let text = call(error, what);
    if matches!(error, CallError::Service { code: ErrorCode::ACCESS_DENIED, .. }) {
        return ErrorText { remedy: format!("It needs {permission}. {}", text.remedy), ..text };
    }
    text
}

/// What the user can do about a service error; empty for codes of which that is not known.
const fn remedy_of(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ACCESS_DENIED => "Ask an administrator, or connect as another principal.",
        ErrorCode::CLUSTER_REPARTITION | ErrorCode::CLUSTER_ROUTING => "Try again shortly.",
        ErrorCode::UNSUPPORTED => "This server does not offer it.",
        ErrorCode::COMMUNICATION_FAILURE => "Try again; if it stays so, the server's log says more.",
        ErrorCode::SESSION_CLOSED => "Connect again for a new session.",
        ErrorCode::REQUEST_TIME_OUT => "Look at what is there now before you try again.",
        ErrorCode::INVALID_DATA => "Correct the input; the details say what the server did not accept.",
        ErrorCode::INCOMPATIBLE_DATATYPE | ErrorCode::INCOMPATIBLE_UPDATE => "Use a value of the topic's type.",
        ErrorCode::HANDLER_CONFLICT => "End the other handler first, or choose another branch.",
        ErrorCode::INVALID_PATH | ErrorCode::INVALID_TOPIC_PATH => "Correct the path: parts joined by /, none empty.",
        ErrorCode::UPDATE_FAILED | ErrorCode::UNEXPECTED_TOPIC_ADD_FAILURE => {
            "The details have the server's words. Correct that, or try again."
        }
        ErrorCode::REJECTED_REQUEST => "The details say why it was rejected.",
        ErrorCode::MISSING_TOPIC | ErrorCode::NO_SUCH_TOPIC => {
            "It may have been removed. Check the path, or create the topic first."
        }
        ErrorCode::DELTA_WITHOUT_VALUE => "Send the whole value once.",
        ErrorCode::NOT_A_TIME_SERIES_TOPIC => "Choose a topic of type time series, or set a value instead.",
        ErrorCode::NO_SUCH_EVENT => "Query the series again: only original events that are still kept can be edited.",
        ErrorCode::TOPIC_EXISTS_MISMATCH => "Use the topic that is there, change yours, or choose another path.",
        ErrorCode::INVALID_TOPIC_SPECIFICATION => "Correct the property that the details name.",
        ErrorCode::TOPIC_LICENSE_LIMIT => "Remove topics first, or ask the administrator.",
        ErrorCode::INCOMPATIBLE_EXISTING_TOPIC => "Change what made that topic, or choose another path.",
        ErrorCode::UNSATISFIED_CONSTRAINT => "Compare with what is there now.",
        ErrorCode::INVALID_UPDATE_STREAM => "Somebody else updated the topic, or it was removed. Start a new stream.",
        ErrorCode::INVALID_JSON_PATCH => "Correct the patch; the details say where it is wrong.",
        ErrorCode::APPLY_PATCH_FAIL => "Nothing was changed. Send the whole value instead.",
        _ => "",
    }
}

/// Why this change was not done. A missing permission is named, and so is a guard that was not met.
#[must_use]
pub fn change_refused(change: &Change, error: &ChangeError) -> ErrorText {
    let what = change.infinitive();
    let text = change_failed(&what, error);
    match (error, change.guard()) {
        (
            ChangeError::Call(CallError::Service { code: ErrorCode::ACCESS_DENIED, .. })
            | ChangeError::Sessions { error: CallError::Service { code: ErrorCode::ACCESS_DENIED, .. }, .. },
            _,
        ) => {
            let (permission, target) = (change.permission(), change.target());
            ErrorText { remedy: format!("It needs {permission} at “{target}”. {}", text.remedy), ..text }
        }
        (_, Some(guard)) if error.is_guard() => {
            ErrorText { summary: format!("Did not {what}: {}", guard.unmet()), ..text }
        }
        _ => text,
    }
}

/// Why a change was not done; `what` is the act in the infinitive: “set fx”.
#[must_use]
pub fn change_failed(what: &str, failed: &ChangeError) -> ErrorText {
    match failed {
        _ if failed.is_guard() => {
            let ErrorText { details, .. } = match failed {
                ChangeError::Call(error) => call(error, what),
                ChangeError::Operation { .. }
                | ChangeError::Stream { .. }
                | ChangeError::Sessions { .. }
                | ChangeError::NotAccepted
                | ChangeError::LockNotHeld => {
                    ErrorText { summary: String::new(), remedy: String::new(), details: String::new() }
                }
            };
            ErrorText {
                summary: format!("Did not {what}: the value is no longer the one you saw"),
                remedy: "Compare yours with the one that is there now.".into(),
                details,
            }
        }
        ChangeError::Call(error) | ChangeError::Sessions { error, .. } => call(error, what),
        ChangeError::Stream { set, error } => {
            let words = call(error, what);
            let values = crate::model::number::count_of(*set, "value was", "values were");
            ErrorText { summary: format!("{}; {values} set before", words.summary), ..words }
        }
        ChangeError::NotAccepted => ErrorText {
            summary: format!("Cannot {what}: wrong password, or not allowed"),
            remedy: "The session is who it was.".into(),
            details: String::new(),
        },
        ChangeError::LockNotHeld => ErrorText {
            summary: format!("Cannot {what}: this session does not hold it"),
            remedy: "It was released before, or lost with a connection or session.".into(),
            details: String::new(),
        },
        ChangeError::Operation { index } => ErrorText {
            summary: format!("Cannot {what}: operation {} of the patch does not fit the value", u64::from(*index) + 1),
            remedy: "Nothing was changed. Send the whole value instead.".into(),
            details: format!("operation {index}, counted from 0"),
        },
    }
}

/// Why a subscription ended.
#[must_use]
pub const fn unsubscribed(reason: Option<UnsubscribeReason>) -> &'static str {
    match reason {
        None => "announced again after recovery",
        Some(UnsubscribeReason::Requested) => "you unsubscribed",
        Some(UnsubscribeReason::Control) => "another session or the server unsubscribed this session",
        Some(UnsubscribeReason::Removed) => "the topic was removed",
        Some(UnsubscribeReason::Authorization) => "READ_TOPIC was lost",
        Some(UnsubscribeReason::Unknown) => "the server gave a reason this protocol cannot express",
        Some(UnsubscribeReason::BackPressure) => "this session's queue was full",
        Some(UnsubscribeReason::BranchMappings) => "session tree mappings changed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_text_without_a_bare_code() {
        let errors = [
            LinkError::BadUrl("no host".into()),
            LinkError::UnknownHost { host: "nowhere".into(), cause: "x".into() },
            LinkError::Refused { address: "127.0.0.1:1".into(), cause: "x".into() },
            LinkError::Tls(Box::new(TlsError::Certificate {
                problem: CertificateProblem::Expired { until_secs: Some(0) },
                offered: None,
            })),
            LinkError::Tls(Box::new(TlsError::NotTls)),
            LinkError::NotDiffusion("HTTP 404".into()),
            LinkError::TimedOut { step: Step::Protocol, secs: 10 },
            LinkError::Protocol { asked: 29, oldest: 18, answered: Some(15) },
            LinkError::Protocol { asked: 25, oldest: 25, answered: None },
            LinkError::NoResponse("end of stream".into()),
            LinkError::Rejected(Rejection::AUTHENTICATION_FAILED),
            LinkError::Rejected(Rejection::LICENCE_LIMIT),
            LinkError::Rejected(Rejection(77)),
            LinkError::LineLost("reset".into()),
            LinkError::Idle,
            LinkError::ClosedByServer,
            LinkError::ClosedByClient,
            LinkError::RecoveryFailed { secs: 60, cause: Box::new(LinkError::Idle) },
            LinkError::LostMessages,
        ];
        let mut seen = std::collections::BTreeSet::new();
        for error in &errors {
            let words = link(error);
            assert!(!words.summary.contains('!'), "{words:?}");
            assert!(seen.insert(words.summary.clone()), "{words:?}");
            assert!(!words.details.is_empty() && !words.details.contains(['{', '(', '"']), "no code: {words:?}");
        }
    }

    /// Every code that the services about topics can answer with.
    const OF_TOPIC_SERVICES: [i32; 29] = [
        100, 101, 102, 103, 104, 106, 108, 110, 112, 201, 202, 500, 501, 503, 505, 9000, 9001, 9002, 9003, 9004, 9005,
        9006, 9007, 9010, 9011, 9012, 9013, 9014, 9015,
    ];

    #[test]
    fn each_service_error_says_what_why_and_what_to_do() {
        let mut seen = std::collections::BTreeSet::new();
        for number in OF_TOPIC_SERVICES {
            let error = CallError::Service { code: ErrorCode(number), description: "server's words".into() };
            let ErrorText { summary, remedy, details } = call(&error, "set “fx/EURUSD”");
            let why = summary.strip_prefix("Cannot set “fx/EURUSD”: ").unwrap_or_else(|| panic!("{number}: {summary}"));
            assert!(!why.ends_with('.') && !why.contains("server's words"), "{number}: {why}");
            assert!(seen.insert(why.to_owned()), "{number} has the text of another: {why}");
            assert!(remedy.ends_with('.'), "{number}: {remedy}");
            for shown in [&summary, &remedy] {
                assert!(!shown.contains(['!', '_']) && !shown.contains(&number.to_string()), "{number}: {shown}");
            }
            assert!(
                details.contains(&number.to_string()) && details.ends_with("server's words"),
                "{number}: {details}"
            );
        }
    }

    #[test]
    fn each_way_a_call_can_fail_says_what_and_why() {
        let errors = [
            CallError::TimedOut { secs: 10 },
            CallError::LinkLost(Box::new(LinkError::Idle)),
            CallError::NotConnected,
            CallError::Busy,
            CallError::TooLarge { bytes: 70 << 20, most: 64 << 20 },
            CallError::Cancelled,
            CallError::ReadOnly,
            CallError::Paging(PagingError::Repeats { after: "a".into(), sent: "a".into() }),
            CallError::Paging(PagingError::NothingSent),
            CallError::Paging(PagingError::TooMany { topics: 20_000 }),
            CallError::Service { code: ErrorCode(77_777), description: "words of a newer server".into() },
        ];
        let mut seen = std::collections::BTreeSet::new();
        for error in errors {
            let ErrorText { summary, .. } = call(&error, "set “a”");
            assert!(summary.starts_with("Cannot set “a”: ") && !summary.contains(['!', '_']), "{summary}");
            assert!(!summary.contains("77777") && seen.insert(summary.clone()), "{summary}");
        }
    }

    #[test]
    fn a_guard_that_failed_is_told_apart_from_other_failures() {
        let service = |code| ChangeError::Call(CallError::Service { code, description: "d".into() });
        let words = change_failed("set “a”", &service(ErrorCode::UNSATISFIED_CONSTRAINT));
        assert_eq!(words.summary, "Did not set “a”: the value is no longer the one you saw");
        let words = change_failed("set “a”", &service(ErrorCode::ACCESS_DENIED));
        assert_eq!(words.summary, "Cannot set “a”: a permission is missing");
        let remove = Change::from(crate::model::change::Remove { selector: ">a".into() });
        let words = change_refused(&remove, &service(ErrorCode::ACCESS_DENIED));
        assert!(words.remedy.starts_with("It needs MODIFY_TOPIC at “>a”. Ask an administrator"), "{words:?}");
        assert!(change_failed("patch “a”", &ChangeError::Operation { index: 2 }).summary.contains("operation 3"));
    }

    #[test]
    fn a_refused_call_names_the_act() {
        let error = CallError::Service { code: ErrorCode::ACCESS_DENIED, description: "Access denied".into() };
        let words = call(&error, "fetch topics below “fx”");
        assert_eq!(words.summary, "Cannot fetch topics below “fx”: a permission is missing");
        assert_eq!(words.details, "ACCESS_DENIED (103): Access denied");
    }
}
