//! What the commands that do something to sessions share: whom they mean, what must be true before, and the calls, made
//! by the same runner as in the window.

use super::output::complain;
use super::{CliError, Output, change, session};
use crate::app::cli::ServerArgs;
use crate::app::cli::parsers::{session_filter, session_id};
use crate::client::api::{CallError, CallId, Command, Event};
use crate::client::blocking::Session;
use crate::data::{ErrorCode, Secret, SessionId, Timestamp, shown};
use crate::model::change::{AnswerReader, Change, SessionAct};
use crate::model::number::count_of;
use crate::model::session_acts::act::{Act, Target};
use crate::model::session_acts::find::{self, Find};
use crate::model::session_acts::report::{Line, LineOutcome, Report};
use crate::model::session_acts::runner::{Pace, Runner, Stop};
use crate::wire::services::SessionFetch;
use clap::Args;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Sessions listed before an act.
const LISTED: usize = 50;
/// Named sessions whose principals are looked up, so that the filter stays short.
const LOOKED_UP: usize = 100;
/// How often an interruption is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// Which sessions are meant.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Whom {
    /// IDs of sessions
    #[arg(value_name = "ID", value_parser = session_id, required_unless_present = "filter", conflicts_with = "filter")]
    pub ids: Vec<SessionId>,
    /// Session filter, as in '$Principal is "bot7"'; the session of this command is left out
    #[arg(long, value_name = "FILTER", value_parser = session_filter)]
    pub filter: Option<String>,
    /// Let the server choose when the call arrives: one call for all, which brings back a number only
    #[arg(long, requires = "filter")]
    pub at_once: bool,
}

/// What must be true before anything is done; a single ID needs none.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Guard {
    /// Go on if exactly so many sessions are meant
    #[arg(long, value_name = "N", conflicts_with_all = ["yes", "dry_run"])]
    pub count: Option<u64>,
    /// Go on however many sessions are meant
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// List the sessions that are meant, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What every act on sessions is told.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct OnSessions {
    /// Which server, and as whom.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Which sessions.
    #[command(flatten)]
    pub whom: Whom,
    /// What must be true before.
    #[command(flatten)]
    pub guard: Guard,
}

impl OnSessions {
    /// Whether more than a list is wanted.
    pub(super) const fn changes_server(&self) -> bool {
        !self.guard.dry_run
    }

    /// Does an act: finds whom it means, checks the guard, and makes the calls.
    pub(super) fn run(
        &self,
        password: Option<Secret>,
        act: Act,
        pace: Option<Pace>,
        out: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let mut session = session::connect(&self.server, password, false)?;
        let result = act_in(&mut session, self, act, pace, out);
        // It ends here also where nothing was done, so that the next command does not find it among the others.
        session.close();
        result
    }
}

fn act_in(
    session: &mut Session,
    OnSessions { server, whom, guard }: &OnSessions,
    act: Act,
    pace: Option<Pace>,
    out: &mut Output<'_>,
) -> Result<(), CliError> {
    let meant = Meant::find(session, whom)?;
    if guard.dry_run {
        return meant.list(&act, server.json, out);
    }
    meant.check(&act, guard, server.json, out)?;
    if let Some(filter) = meant.filter.as_ref().filter(|_| whom.at_once) {
        let own = session.id();
        let change = Change::from(SessionAct::on_arrival(act, find::without(filter, own)));
        return change::report(session, &change, server.json, out);
    }
    let pace = pace.unwrap_or_else(|| Pace::of(meant.targets.len()));
    let count = meant.targets.len() as u64;
    let change = SessionAct::each(act.clone(), meant.targets.clone(), meant.filter.clone());
    let mut work = Work { runner: Runner::each(act, meant.targets, pace, Timestamp(0)), server, out };
    work.run(session)?;
    let Work { runner, out, .. } = work;
    out.flush()?;
    if runner.report.is_complete() { Ok(()) } else { Err(failure(&change, &runner, count)) }
}

/// Why not all was done, in one line.
fn failure(change: &SessionAct, runner: &Runner, count: u64) -> CliError {
    match (&runner.failure, runner.report.lines.len()) {
        (Some(error), 1) if count == 1 => CliError::Change(
            Box::new(Change::from(change.clone())),
            crate::model::change::ChangeError::Call(error.clone()),
        ),
        (failure, _) => {
            let why = match failure {
                Some(CallError::Service { code, .. }) => {
                    let name = code.name().map_or_else(|| code.0.to_string(), str::to_owned);
                    let needed = if *code == ErrorCode::ACCESS_DENIED { ", it needs MODIFY_SESSION" } else { "" };
                    format!(" ({name}{needed})")
                }
                Some(error) => format!(" ({error})"),
                None => String::new(),
            };
            CliError::NotDone(format!(
                "Of {}: {}{why}",
                count_of(count, "session", "sessions"),
                runner.report.words(runner.act.participle())
            ))
        }
    }
}

/// The sessions that are meant.
struct Meant {
    filter: Option<String>,
    targets: Vec<Target>,
}

impl Meant {
    fn find(session: &mut Session, whom: &Whom) -> Result<Self, CliError> {
        let Some(filter) = &whom.filter else {
            return Ok(Self { filter: None, targets: named(session, &whom.ids) });
        };
        let mut targets = listed(session, filter)?;
        let all = targets.len();
        targets.retain(|target| target.session != session.id());
        if targets.len() < all {
            complain(format_args!("the session of this command matches {} and is left out", shown(filter)));
        }
        Ok(Self { filter: Some(filter.clone()), targets })
    }

    fn number(&self) -> u64 {
        self.targets.len() as u64
    }

    /// How many are meant, in words: “14 sessions match $Principal is "bot7"”.
    fn words(&self) -> String {
        let count = count_of(self.number(), "session", "sessions");
        let one = self.number() == 1;
        match &self.filter {
            Some(filter) => format!("{count} {} {}", if one { "matches" } else { "match" }, shown(filter)),
            None => format!("{count} {} named", if one { "is" } else { "are" }),
        }
    }

    fn check(&self, act: &Act, guard: &Guard, json: bool, out: &mut Output<'_>) -> Result<(), CliError> {
        let count = self.number();
        match guard.count {
            Some(expected) if expected != count => {
                Err(CliError::NotDone(format!("{}, not {expected}; nothing was done", self.words())))
            }
            None if !guard.yes && (self.filter.is_some() || count > 1) => {
                if json {
                    out.json(serde_json::json!({ "filter": self.filter, "matched": count }))?;
                    out.flush()?;
                }
                let way = if count == 0 { String::new() } else { format!("; --count {count} {}", third_person(act)) };
                Err(CliError::NotDone(format!("{}{way}", self.words())))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, act: &Act, json: bool, out: &mut Output<'_>) -> Result<(), CliError> {
        if json {
            for target in &self.targets {
                out.json(serde_json::json!({
                    "session": target.session.to_string(), "principal": target.principal, "outcome": "not done",
                }))?;
            }
            out.json(serde_json::json!({ "filter": self.filter, "matched": self.number() }))?;
            return Ok(out.flush()?);
        }
        out.line(format_args!("{}; {} would be {}", self.words(), self.number(), act.participle()))?;
        for target in self.targets.iter().take(LISTED) {
            out.line(format_args!("  {}  {}", target.session, target.name()))?;
        }
        if self.targets.len() > LISTED {
            out.line(format_args!("  … and {} more", self.targets.len() - LISTED))?;
        }
        Ok(out.flush()?)
    }
}

/// The act after “--count 14”.
const fn third_person(act: &Act) -> &'static str {
    match act {
        Act::Close => "closes them",
        Act::Revoke => "revokes them",
        _ => "changes them",
    }
}

/// The sessions that a filter selects.
fn listed(session: &mut Session, filter: &str) -> Result<Vec<Target>, CliError> {
    let mut find = Find::new(filter.to_owned());
    loop {
        let page = session::call::<SessionFetch>(session, &find.request(), "list the sessions")
            .map_err(|error| error.needing("VIEW_SESSION"))?;
        let more = find.take(page).map_err(|error| CliError::Call {
            infinitive: format!("read the filter {}", shown(filter)),
            permission: None,
            error,
        })?;
        if !more {
            return Ok(find.targets);
        }
    }
}

/// Sessions by their IDs; their principals are told where this session may see them.
fn named(session: &mut Session, ids: &[SessionId]) -> Vec<Target> {
    let mut seen = std::collections::HashSet::new();
    let distinct = ids.iter().filter(|id| seen.insert(**id));
    let mut targets: Vec<Target> = distinct.map(|id| Target::new(*id, |_| None)).collect();
    if targets.len() <= LOOKED_UP
        && let Ok(known) = listed(session, &find::these(&targets))
    {
        for target in &mut targets {
            if let Some(found) = known.iter().find(|known| known.session == target.session) {
                *target = found.clone();
            }
        }
    }
    targets
}

/// An act under way.
struct Work<'a, 'o> {
    runner: Runner,
    server: &'a ServerArgs,
    out: &'a mut Output<'o>,
}

impl Work<'_, '_> {
    fn run(&mut self, session: &mut Session) -> Result<(), CliError> {
        let began = Instant::now();
        let now = || Timestamp(i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX));
        let interrupted = super::watch::interrupt_flag()?;
        let timeout_secs = u32::try_from(self.server.timeout.as_secs().max(1)).unwrap_or(u32::MAX);
        let mut waiting: HashMap<CallId, (usize, AnswerReader)> = HashMap::new();
        // The ids of the session's own calls count up from 1.
        let mut last = u64::MAX / 2;
        while !self.runner.is_over() {
            while let Some((at, prepared)) = self.runner.take_due(now()) {
                last += 1;
                let (mut call, reader) = prepared.under(CallId(last));
                call.timeout_secs = timeout_secs;
                waiting.insert(CallId(last), (at, reader));
                session.send(Command::Call(call))?;
            }
            let until_due = self.runner.next_due().map(|due| Duration::from_micros(due.micros_since(now())));
            if let Some(Event::Answer(answer)) = session.next_event_timeout(until_due.unwrap_or(LOOK).min(LOOK))?
                && let Some((at, reader)) = waiting.remove(&answer.id)
                && let Some(line) = self.runner.answer(at, reader.read(answer.result), answer.micros, now())
            {
                self.print(&line)?;
            }
            if interrupted.load(Ordering::Relaxed) {
                self.runner.stop(Stop::User, now());
            }
        }
        self.print_sum()
    }

    fn print(&mut self, line: &Line) -> Result<(), CliError> {
        let done = self.runner.act.participle();
        let word = line.outcome.word(done);
        if !self.server.json {
            let name = if line.principal.is_empty() { "anonymous" } else { &line.principal };
            let why = match &line.outcome {
                LineOutcome::Refused { code, why } => {
                    let code = ErrorCode(*code).name().map_or_else(|| code.to_string(), str::to_owned);
                    format!("  {code}: {why}")
                }
                _ => String::new(),
            };
            return Ok(self.out.line(format_args!("{word}  {}  {name}{why}", line.session))?);
        }
        let mut row = serde_json::json!({
            "session": line.session.to_string(), "principal": line.principal, "outcome": word, "micros": line.micros,
        });
        match &line.outcome {
            LineOutcome::Refused { code, why } => {
                row["code"] = (*code).into();
                row["name"] = ErrorCode(*code).name().into();
                row["reason"] = why.as_str().into();
            }
            LineOutcome::Done(changed) => {
                if let Act::Properties { remove, .. } = &self.runner.act {
                    let keys = changed.previous.iter().map(|(key, _)| key);
                    row["added"] = changed.added.clone().into();
                    row["removed"] = keys.filter(|key| remove.contains(key)).cloned().collect::<Vec<_>>().into();
                    let previous = changed.previous.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
                    row["previous"] = serde_json::Value::Object(previous.collect());
                }
            }
            LineOutcome::Gone | LineOutcome::Unknown => {}
        }
        Ok(self.out.json(row)?)
    }

    fn print_sum(&mut self) -> Result<(), CliError> {
        let Report { asked, done, gone, refused, unknown, .. } = self.runner.report;
        if self.server.json {
            let mut row = serde_json::json!({ "asked": asked, "done": done, "gone": gone, "failed": refused });
            if unknown > 0 {
                row["unknown"] = unknown.into();
            }
            self.out.json(row)?;
        } else {
            let words = self.runner.report.words(self.runner.act.participle()).replace(" · ", ", ");
            self.out.line(words)?;
        }
        Ok(())
    }
}
