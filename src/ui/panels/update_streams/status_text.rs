//! Where a stream stands and why it ended, in words.

use crate::data::{ErrorCode, Timestamp, shown};
use crate::model::Connected;
use crate::model::error_text::{self, ErrorText};
use crate::model::link::CallError;
use crate::model::number;
use crate::model::update_streams::{End, Failure, Pause, Stage, Stream};
use crate::ui::theme::{Icon, Tokens};
use egui::Color32;

/// How serious a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Faint,
    Good,
    Info,
    Warn,
    Bad,
}

/// A state as it is shown.
pub(super) struct Said {
    pub(super) icon: Icon,
    pub(super) text: String,
    tone: Tone,
}

impl Said {
    pub(super) const fn colour(&self, tokens: &Tokens) -> Color32 {
        match self.tone {
            Tone::Faint => tokens.text_faint,
            Tone::Good => tokens.ok.strong,
            Tone::Info => tokens.info.strong,
            Tone::Warn => tokens.warn.strong,
            Tone::Bad => tokens.error.strong,
        }
    }
}

/// Where a stream stands.
pub(super) fn stage(stream: &Stream, connected: &Connected, now: Timestamp) -> Said {
    let said = |icon, text: &str, tone| Said { icon, text: text.to_owned(), tone };
    if stream.is_active() && !connected.is_live() {
        return said(Icon::Disconnected, "waits for the line", Tone::Warn);
    }
    if let Some((due, attempt)) = stream.recovering() {
        let secs = due.secs_since(now).ceil();
        let text = format!("made anew in {secs:.0} s, attempt {attempt}");
        return Said { icon: Icon::Refresh, text, tone: Tone::Warn };
    }
    match &stream.stage {
        Stage::Ready if stream.question.is_some() => said(Icon::Help, "asks before it starts", Tone::Info),
        Stage::Ready => said(Icon::Ring, "not started", Tone::Faint),
        Stage::Running | Stage::ByHand if stream.is_making() => said(Icon::Ring, "starting…", Tone::Info),
        Stage::Running => said(Icon::Live, "running", Tone::Good),
        Stage::Paused(Pause::User) => said(Icon::Pause, "paused", Tone::Info),
        Stage::Paused(Pause::ReadOnly) => said(Icon::Lock, "paused: read-only", Tone::Warn),
        Stage::ByHand => said(Icon::Edit, "by hand", Tone::Good),
        Stage::Stopping => said(Icon::Ring, "stopping…", Tone::Faint),
        Stage::Ended(End::Stopped) => said(Icon::Stop, "stopped", Tone::Faint),
        Stage::Ended(End::LinesOver) => said(Icon::Ok, "all lines sent", Tone::Good),
        Stage::Ended(End::CounterOver) => said(Icon::Ok, "counted to the end", Tone::Good),
        Stage::Ended(End::Failed(_)) => said(Icon::Error, "failed", Tone::Bad),
        Stage::Ended(End::SessionLost(_)) => said(Icon::Disconnected, "session ended", Tone::Bad),
    }
}

/// Why a stream is over and what can be done; none where it came to its end as it was to.
pub(super) fn failure(end: &End, path: &str) -> Option<ErrorText> {
    let what = format!("stream updates to “{}”", shown(path));
    Some(match end {
        End::Stopped | End::LinesOver | End::CounterOver => return None,
        End::SessionLost(cause) => ErrorText {
            summary: "The stream ended with its session".to_owned(),
            remedy: "What it sends and how far it has come are kept: start it again on the next session.".to_owned(),
            details: error_text::link(cause).details,
        },
        End::Failed(Failure::Call(error)) => of_call(error, &what),
        End::Failed(Failure::RetriesSpent { attempts, last }) => {
            let words = of_call(last, &what);
            let tries = number::count_of(u64::from(*attempts), "attempt", "attempts");
            ErrorText { summary: format!("{} ({tries} to make it anew)", words.summary), ..words }
        }
    })
}

fn of_call(error: &CallError, what: &str) -> ErrorText {
    let words = error_text::call(error, what);
    let CallError::Service { code, .. } = error else { return words };
    let (summary, remedy) = match *code {
        ErrorCode::INVALID_UPDATE_STREAM => (
            "The stream is no longer valid",
            "The topic was updated by somebody else, removed, or another stream was opened. Start again.",
        ),
        ErrorCode::UNSATISFIED_CONSTRAINT => {
            ("The guard was not met, so nothing was set", "Look at the value that is there, then start again.")
        }
        ErrorCode::NO_SUCH_TOPIC => {
            ("There is no such topic", "Choose “Create the topic if it is absent”, or write another path.")
        }
        ErrorCode::TOPIC_EXISTS_MISMATCH => (
            "The topic exists with another specification",
            "Do not create it here, or select it first, so that its specification is known.",
        ),
        ErrorCode::INCOMPATIBLE_UPDATE => ("The topic has another type", "Choose the type that the topic has."),
        _ => return words,
    };
    ErrorText { summary: summary.to_owned(), remedy: remedy.to_owned(), details: words.details }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_stream_says_why_that_may_be_and_what_to_do() {
        let error = |code| CallError::Service { code, description: "d".into() };
        let invalid = End::Failed(Failure::Call(error(ErrorCode::INVALID_UPDATE_STREAM)));
        let words = failure(&invalid, "a/b").expect("words");
        assert!(words.remedy.contains("updated by somebody else, removed, or another stream"), "{words:?}");
        assert_eq!(words.details, "INVALID_UPDATE_STREAM (9013): d");
        let last = error(ErrorCode::CLUSTER_ROUTING);
        let spent = End::Failed(Failure::RetriesSpent { attempts: 3, last });
        assert!(failure(&spent, "a/b").is_some_and(|words| words.summary.contains("3 attempts")));
        assert_eq!(failure(&End::Stopped, "a/b").map(|words| words.summary), None);
    }
}
