//! Does something to other sessions: one change for the whole act, whose calls `session_acts` makes one by one.

use crate::data::shown;
use crate::model::change::server_change::{CommandWords, Danger, Fact, Preview, ServerChange, Target as ChangeTarget};
use crate::model::change::{Change, ChangeError, ChangeOutcome, ChangeResult, PreparedCall, Snapshot};
use crate::model::number;
use crate::model::session_acts::act::{Act, Target, end_of_id};
use crate::model::session_acts::report::{LineOutcome, Report};
use crate::wire::Service as _;
use crate::wire::services::{
    ChangeAuthorisationRoles, ChangeAuthorisationRolesFilter, CloseClient, CloseClientFilter, FilterSubscribe,
    FilterUnsubscribe, RevokeAuthentication, SetClientConflation, SetClientConflationFilter, SetSessionProperties,
    SetSessionPropertiesFilter, SubscribeClient, UnsubscribeAllByFilter, UnsubscribeAllControl, UnsubscribeClient,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Lines of sessions that a preview has.
const PREVIEW_LINES: usize = 200;

/// Do something to other sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAct {
    /// Whom, in words: a filter, an ID, or a number.
    #[serde(rename = "target")]
    pub whom: String,
    /// What.
    pub does: Act,
    /// The filter by which they were chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The sessions; none for whoever the filter selects when the call arrives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Target>,
}

impl SessionAct {
    /// An act on these sessions, which were chosen by this filter if there is one.
    #[must_use]
    pub fn each(does: Act, sessions: Vec<Target>, filter: Option<String>) -> Self {
        let whom = match (&filter, &sessions[..]) {
            (Some(filter), _) => filter.clone(),
            (None, [one]) => one.session.to_string(),
            (None, all) => number::count_of(all.len() as u64, "session", "sessions"),
        };
        Self { whom, does, filter, sessions }
    }

    /// An act on whoever a filter selects when the call arrives.
    #[must_use]
    pub fn on_arrival(does: Act, filter: String) -> Self {
        Self { whom: filter.clone(), does, filter: Some(filter), sessions: Vec::new() }
    }

    fn is_on_arrival(&self) -> bool {
        self.sessions.is_empty() && self.filter.is_some()
    }

    /// Whom, after the act in a sentence.
    fn object(&self) -> String {
        match &self.filter {
            Some(filter) if self.is_on_arrival() => format!("whoever matches {}", shown(filter)),
            Some(filter) => {
                let count = number::count_of(self.sessions.len() as u64, "session", "sessions");
                format!("{count} · {}", shown(filter))
            }
            None => match &self.sessions[..] {
                [one] => format!("{} {}", one.name(), one.session),
                _ => self.whom.clone(),
            },
        }
    }

    /// How many of the sessions it was done to, and which.
    fn done_words(&self, report: &Report) -> String {
        let whom = match (&self.filter, &self.sessions[..]) {
            (None, [one]) if report.done == 1 => format!("{} {}", one.name(), one.session),
            (filter, _) => {
                let words = if self.is_on_arrival() || (report.done == report.asked && filter.is_some()) {
                    number::count_of(report.done, "session", "sessions")
                } else if report.done == report.asked {
                    self.whom.clone()
                } else {
                    let of = if filter.is_some() || self.sessions.len() == 1 {
                        number::count_of(report.asked, "session", "sessions")
                    } else {
                        self.whom.clone()
                    };
                    format!("{} of {of}", number::grouped(report.done))
                };
                let rest = filter.as_ref().map(|filter| format!(" · {}", shown(filter))).unwrap_or_default();
                format!("{words}{rest}")
            }
        };
        self.does.done(&whom)
    }

    /// What puts back what this act changed at a session; none where that is not known or nothing has changed.
    fn put_back(&self, target: &Target, done: &LineOutcome) -> Option<Act> {
        let LineOutcome::Done(done) = done else { return None };
        match target.own.as_deref().unwrap_or(&self.does) {
            Act::Roles { add, remove } => {
                let before = target.roles.as_ref()?;
                let new = add.iter().filter(|role| !before.contains(role)).cloned().collect::<Vec<_>>();
                let lost = remove.iter().filter(|role| before.contains(role) && !add.contains(role)).cloned();
                let lost: Vec<String> = lost.collect();
                (!new.is_empty() || !lost.is_empty()).then_some(Act::Roles { add: lost, remove: new })
            }
            Act::Properties { .. } if done.previous.is_empty() && done.added.is_empty() => None,
            Act::Properties { .. } => Some(Act::Properties { set: done.previous.clone(), remove: done.added.clone() }),
            _ => None,
        }
    }
}

impl ServerChange for SessionAct {
    const VERB: &'static str = "Sessions";
    const PERMISSION: &'static str = "MODIFY_SESSION";
    const DANGER: Danger = Danger::Many;
    const OUTCOME_WORD: &'static str = "done";
    const SERVICES: &'static [u32] = &[
        CloseClient::ID,
        CloseClientFilter::ID,
        RevokeAuthentication::ID,
        ChangeAuthorisationRoles::ID,
        ChangeAuthorisationRolesFilter::ID,
        SetSessionProperties::ID,
        SetSessionPropertiesFilter::ID,
        SetClientConflation::ID,
        SetClientConflationFilter::ID,
        SubscribeClient::ID,
        UnsubscribeClient::ID,
        UnsubscribeAllControl::ID,
        FilterSubscribe::ID,
        FilterUnsubscribe::ID,
        UnsubscribeAllByFilter::ID,
    ];

    fn target(&self) -> ChangeTarget<'_> {
        let sort = match (&self.filter, self.sessions.len()) {
            (Some(_), _) => "filter",
            (None, 1) => "session",
            (None, _) => "sessions",
        };
        ChangeTarget::named(sort, &self.whom)
    }

    fn infinitive(&self) -> String {
        self.does.infinitive(&self.object())
    }

    fn title(&self) -> String {
        capitalised(&self.infinitive())
    }

    fn button(&self) -> String {
        let whom = match self.sessions.len() {
            0 => "whoever matches".to_owned(),
            count => number::count_of(count as u64, "session", "sessions"),
        };
        capitalised(&self.does.infinitive(&whom))
    }

    fn done_text(&self, outcome: &ChangeOutcome) -> String {
        match outcome {
            ChangeOutcome::Sessions(report) => self.done_words(report),
            _ => self.does.done(&self.object()),
        }
    }

    fn undo_text(&self) -> String {
        let what = if matches!(self.sessions.first().and_then(|first| first.own.as_deref()), Some(Act::Roles { .. })) {
            "roles"
        } else {
            "properties"
        };
        format!("Puts back the {what} of {}", self.whom)
    }

    fn outcome_word(&self, _outcome: &ChangeOutcome) -> &'static str {
        self.does.participle()
    }

    /// The call for the first of the sessions, or the one for the filter; the others are made by `session_acts`.
    fn prepared(&self) -> PreparedCall {
        let by_filter = self.filter.as_ref().filter(|_| self.is_on_arrival());
        match (self.sessions.first(), by_filter.and_then(|filter| self.does.filter_call(filter))) {
            (_, Some(call)) => call,
            (Some(first), None) => self.does.call(first),
            (None, None) => {
                let nobody = crate::data::SessionId { server: 0, session: 0 };
                self.does.call(&Target::new(nobody, |_| None))
            }
        }
    }

    /// Former roles and former values of properties are put back, at each session its own.
    fn undo(&self, _before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change> {
        let ChangeOutcome::Sessions(report) = outcome else { return None };
        let by_id: HashMap<_, _> = report.lines.iter().map(|line| (line.session, &line.outcome)).collect();
        let with_own = |target: &Target| {
            let own = self.put_back(target, by_id.get(&target.session)?)?;
            Some(Target { own: Some(Box::new(own)), roles: None, ..target.clone() })
        };
        let sessions: Vec<Target> = self.sessions.iter().filter_map(with_own).collect();
        let count = sessions.len();
        let first = sessions.first()?;
        let whom = match self.sessions.len() {
            1 => first.session.to_string(),
            all if all == count => number::count_of(all as u64, "session", "sessions"),
            all => format!("{count} of {}", number::count_of(all as u64, "session", "sessions")),
        };
        let does = match first.own.as_deref() {
            Some(Act::Roles { .. }) => Act::Roles { add: Vec::new(), remove: Vec::new() },
            _ => Act::Properties { set: Vec::new(), remove: Vec::new() },
        };
        Some(Self { whom, does, filter: None, sessions }.into())
    }

    fn content_bytes(&self) -> usize {
        self.sessions.iter().map(Target::size_bytes).sum()
    }

    fn preview(&self, _before: &Snapshot, result: Option<&ChangeResult>) -> Preview {
        let mut facts: Vec<Fact> =
            self.does.facts().into_iter().map(|(name, text)| Fact::value(name, shown(&text))).collect();
        if let Some(filter) = &self.filter {
            facts.push(Fact::value("Filter", shown(filter)));
        }
        let Some(Ok(ChangeOutcome::Sessions(report)) | Err(ChangeError::Sessions { report, .. })) = result else {
            let named = self.sessions.iter().take(PREVIEW_LINES);
            facts.extend(named.map(|target| Fact::value(target.name().into_owned(), target.session.to_string())));
            return Preview::Facts(facts);
        };
        facts.push(Fact::words("Outcome", report.words(self.does.participle())));
        for line in report.lines.iter().take(PREVIEW_LINES) {
            let name = if line.principal.is_empty() { "anonymous".to_owned() } else { shown(&line.principal).into() };
            let mut text = format!("…{} {}", end_of_id(line.session), line.outcome.word(self.does.participle()));
            match &line.outcome {
                LineOutcome::Refused { why, .. } => text = format!("{text}: {}", shown(why)),
                LineOutcome::Done(done) if !done.previous.is_empty() => {
                    let former: Vec<String> = done.previous.iter().map(|(k, v)| format!("{k}={v}")).collect();
                    text = format!("{text}, before: {}", shown(&former.join(", ")));
                }
                _ => {}
            }
            facts.push(Fact::value(name, text));
        }
        if report.lines.len() > PREVIEW_LINES {
            let rest = report.lines.len() - PREVIEW_LINES;
            facts.push(Fact::words(
                "And",
                format!("{} more; the exported journal has them", number::grouped(rest as u64)),
            ));
        }
        Preview::Facts(facts)
    }

    fn after_text(&self, _before: &Snapshot, result: Option<&ChangeResult>) -> String {
        match result {
            Some(Ok(ChangeOutcome::Sessions(report)) | Err(ChangeError::Sessions { report, .. })) => {
                report.words(self.does.participle())
            }
            _ => "—".to_owned(),
        }
    }

    fn command(&self) -> Option<CommandWords> {
        if self.sessions.iter().any(|target| target.own.is_some()) {
            return None;
        }
        let (verb, mut options) = match &self.does {
            Act::Close => ("close-session", Vec::new()),
            Act::Roles { add, remove } => {
                let add = add.iter().map(|role| format!("--add={role}"));
                ("set-roles", add.chain(remove.iter().map(|role| format!("--remove={role}"))).collect())
            }
            Act::Properties { set, remove } => {
                let set = set.iter().map(|(key, value)| format!("--set={key}={value}"));
                ("set-properties", set.chain(remove.iter().map(|key| format!("--remove={key}"))).collect())
            }
            Act::Revoke | Act::Conflation { .. } | Act::Subscribe { .. } | Act::Unsubscribe { .. } => return None,
        };
        let mut arguments = Vec::new();
        match &self.filter {
            Some(filter) => {
                options.push(format!("--filter={filter}"));
                options.extend(self.is_on_arrival().then(|| "--at-once".to_owned()));
            }
            None => arguments.extend(self.sessions.iter().map(|target| target.session.to_string())),
        }
        if self.sessions.len() > 1 || (self.filter.is_some() && !self.sessions.is_empty()) {
            options.push(format!("--count={}", self.sessions.len()));
        }
        Some(CommandWords { verb, options, arguments })
    }

    #[cfg(test)]
    fn samples() -> Vec<(Self, ChangeOutcome)> {
        use crate::data::SessionId;
        use crate::model::session_acts::report::{Done, Line};
        let text = str::to_owned;
        let target = |session, roles: Option<&str>| Target {
            session: SessionId { server: 1, session },
            principal: text("max"),
            summary: text("10.0.0.7  PYTHON"),
            roles: roles.map(|role| vec![text(role)]),
            own: None,
        };
        let acts = [
            Act::Close,
            Act::Revoke,
            Act::Roles { add: vec![text("OPERATOR")], remove: vec![text("CLIENT")] },
            Act::Properties { set: vec![(text("tier"), text("gold"))], remove: vec![text("desk")] },
            Act::Conflation { on: true },
            Act::Subscribe { selector: text("?a//"), scope: String::new() },
            Act::Unsubscribe { selector: text("?a//"), scope: Some(text("s")) },
            Act::Unsubscribe { selector: text("?a//"), scope: None },
        ];
        let outcome = |report| ChangeOutcome::Sessions(Box::new(report));
        let line = |session, outcome| Line {
            session: SessionId { server: 1, session },
            principal: text("max"),
            outcome,
            micros: 300,
        };
        let done = Done { previous: vec![(text("tier"), text("silver"))], added: vec![text("desk")] };
        let mut samples = Vec::new();
        for act in acts {
            if act.filter_call("all").is_some() {
                let report = Report { asked: 131, done: 131, ..Report::default() };
                samples.push((Self::on_arrival(act.clone(), text("$Principal is 'bot7'")), outcome(report)));
            }
            let sessions = vec![target(3, Some("CLIENT")), target(4, None), target(5, None)];
            let lines = vec![
                line(3, LineOutcome::Done(done.clone())),
                line(4, LineOutcome::Gone),
                line(5, LineOutcome::Refused { code: 103, why: text("no") }),
            ];
            let report = Report { asked: 3, done: 1, gone: 1, refused: 1, unknown: 0, lines };
            samples.push((Self::each(act.clone(), sessions, None), outcome(report)));
            let one = Report::of_one(SessionId { server: 1, session: 3 }, text("max"), done.clone());
            samples.push((Self::each(act, vec![target(3, None)], None), outcome(one)));
        }
        samples
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
