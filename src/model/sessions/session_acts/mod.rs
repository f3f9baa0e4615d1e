//! Acts on other sessions: closing and revoking them, their roles, properties, conflation and subscriptions.
//!
//! An act is one [`SessionAct`] of the journal and one call for each session, made by [`runner`] at a pace, so that each
//! session has an outcome of its own; or one call for whoever a filter selects when it arrives, which brings back a number
//! and no more. Before it begins, [`sheet`] counts and asks, in proportion to what is done.

pub mod act;
mod choose;
pub mod find;
pub mod form;
pub mod report;
pub mod runner;
pub mod sheet;

use super::locks::HeldLock;
use crate::client::api::LinkError;
use crate::data::{SessionId, Timestamp};
use crate::model::Connected;
use crate::model::change::run::{self, FinishedChange};
use crate::model::change::{Change, ChangeResult, SessionAct, Snapshot, changes};
use crate::model::connections::Environment;
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::journal::{EntryId, Step};
use crate::model::number;
use crate::model::remote::Remote;
use crate::model::safety::Mode;
use crate::wire::services::{SessionFetch, SessionLockList};
use act::Act;
use form::{Field, Form, Kind, MAX_PROPERTIES, PropertyRow};
use report::LineOutcome;
use runner::{Pace, Runner, Stop};
use sheet::{Chosen, Sheet};
use std::collections::{HashMap, HashSet};

/// Sessions of which it is remembered what was done to them from here.
const REMEMBERED: usize = 10_000;

/// An act that has begun.
#[derive(Clone, Debug)]
pub struct Run {
    /// The change.
    pub change: SessionAct,
    /// What is done, and what became of it so far.
    pub runner: Runner,
    /// Its entry in the journal.
    pub entry: EntryId,
    /// The entry that it takes back.
    pub undoes: Option<EntryId>,
    /// Whether its list of outcomes is shown.
    pub is_shown: bool,
}

/// What was done to a session from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// When it was closed or revoked.
    pub ended_at: Option<Timestamp>,
    /// Whether conflation was turned on or off, and when.
    pub conflation: Option<(bool, Timestamp)>,
}

/// Acts on sessions of one connection.
#[derive(Debug, Default)]
pub struct SessionActs {
    /// The sheet on screen.
    pub sheet: Option<Sheet>,
    /// The act under way, or the last one.
    pub run: Option<Run>,
    remembered: HashMap<SessionId, Remembered>,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Open the sheet of an act for these sessions.
    Open(Kind, Chosen),
    /// Another text of the form.
    Write(Field, String),
    /// One more property.
    AddProperty,
    /// Remove the property with this number, or set it.
    SetRemoved(usize, bool),
    /// Turn conflation on or off.
    SetConflation(bool),
    /// Mean all scopes, or the one that is written.
    SetAllScopes(bool),
    /// Mean the own session too, or not.
    IncludeOwn(bool),
    /// Mean whoever matches on arrival, or the sessions listed.
    SetOnArrival(bool),
    /// Another pace.
    SetPace(Pace),
    /// The number or the principal as typed.
    Type(String),
    /// The server's name as typed.
    TypeServer(String),
    /// List and count again.
    Count,
    /// Do what the sheet says.
    Confirm,
    /// Close the sheet.
    Cancel,
    /// Ask for no more sessions.
    Stop,
    /// Open the sheet for the sessions to which it was not done.
    TryRest,
    /// Show the list of outcomes, or hide it.
    Show(bool),
    /// Forget the outcome of the last act.
    Dismiss,
}

impl SessionActs {
    /// Whether an act is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.runner.ended.is_none())
    }

    /// What was done to a session from here.
    #[must_use]
    pub fn remembered(&self, session: SessionId) -> Remembered {
        self.remembered.get(&session).copied().unwrap_or_default()
    }

    /// An event says that a session has ended, which settles an act of which no answer came.
    pub(in crate::model) fn session_closed(&mut self, session: SessionId) {
        if let Some(run) = &mut self.run {
            run.runner.settle(session);
        }
    }

    fn remember(&mut self, act: &Act, session: SessionId, now: Timestamp) {
        if self.remembered.len() >= REMEMBERED && !self.remembered.contains_key(&session) {
            return;
        }
        match act {
            Act::Close | Act::Revoke => self.remembered.entry(session).or_default().ended_at = Some(now),
            Act::Conflation { on } => {
                self.remembered.entry(session).or_default().conflation = Some((*on, now));
            }
            _ => {}
        }
    }
}

impl Feature for SessionActs {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Open(kind, chosen) => open(at, Form::new(kind), chosen, fx),
            Intent::Write(field, text) => edit(at, |sheet| sheet.form.set(field, text)),
            Intent::AddProperty => edit(at, |sheet| {
                if sheet.form.properties.len() < MAX_PROPERTIES {
                    sheet.form.properties.push(PropertyRow::default());
                }
            }),
            Intent::SetRemoved(row, is_removed) => edit(at, |sheet| {
                if let Some(row) = sheet.form.properties.get_mut(row) {
                    row.is_removed = is_removed;
                }
            }),
            Intent::SetConflation(on) => edit(at, |sheet| sheet.form.conflation_on = on),
            Intent::SetAllScopes(all) => edit(at, |sheet| sheet.form.all_scopes = all),
            Intent::IncludeOwn(include) => {
                edit(at, |sheet| {
                    sheet.include_own = include;
                    sheet.typed.clear();
                });
                count(at, fx);
            }
            Intent::SetOnArrival(on_arrival) => edit(at, |sheet| {
                sheet.on_arrival = on_arrival && sheet.filter.is_some();
                sheet.typed.clear();
            }),
            Intent::SetPace(pace) => edit(at, |sheet| sheet.pace = pace),
            Intent::Type(text) => edit(at, |sheet| sheet.typed = text),
            Intent::TypeServer(text) => edit(at, |sheet| sheet.typed_server = text),
            Intent::Count => list_or_count(at, fx),
            Intent::Confirm => confirm(at, fx),
            Intent::Cancel => at.session_acts.sheet = None,
            Intent::Stop => stop(at, Stop::User, fx),
            Intent::TryRest => try_rest(at, fx),
            Intent::Show(is_shown) => {
                if let Some(run) = &mut at.session_acts.run {
                    run.is_shown = is_shown;
                }
            }
            Intent::Dismiss => {
                if !at.session_acts.is_running() {
                    at.session_acts.run = None;
                }
            }
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            stop(at, Stop::ConnectionLost, fx);
        }
    }

    fn ended(at: &mut Connected, _cause: &LinkError, fx: &mut Effects) {
        stop(at, Stop::ConnectionLost, fx);
    }

    fn closing(at: &mut Connected, fx: &mut Effects) {
        stop(at, Stop::ConnectionLost, fx);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        go_on(at, fx);
    }

    fn next_due(at: &Connected, _now: Timestamp) -> Option<Timestamp> {
        at.session_acts.run.as_ref().and_then(|run| run.runner.next_due())
    }
}

/// Asks for an act that the journal repeats or takes back.
pub(in crate::model) fn ask(at: &mut Connected, change: SessionAct, undoes: Option<EntryId>, fx: &mut Effects) {
    let is_on_arrival = change.sessions.is_empty();
    let form = Form::of(&change.does);
    let Some(undone) = undoes else {
        // Who matches now, or the same sessions again.
        let sessions = if change.filter.is_some() { Vec::new() } else { change.sessions };
        open(at, form, Chosen { sessions, filter: change.filter }, fx);
        return edit(at, |sheet| sheet.on_arrival = is_on_arrival && sheet.filter.is_some());
    };
    let mut sheet = Sheet::new(form, Chosen { sessions: change.sessions.clone(), filter: None }, own_id(at), fx.now);
    // What was done to the own session is taken back there too.
    sheet.include_own = true;
    sheet.undo = Some((change, undone));
    at.session_acts.sheet = Some(sheet);
    list_or_count(at, fx);
}

fn own_id(at: &Connected) -> Option<SessionId> {
    at.session.as_ref().map(|session| session.id)
}

fn open(at: &mut Connected, form: Form, chosen: Chosen, fx: &mut Effects) {
    if chosen.sessions.is_empty() && chosen.filter.is_none() {
        return;
    }
    let sheet = Sheet::new(form, chosen, own_id(at), fx.now);
    if is_at_once(at, &sheet, fx)
        && let Some(change) = sheet.change()
    {
        return start(at, change, Pace::AllAtOnce, None, fx);
    }
    at.session_acts.sheet = Some(sheet);
    list_or_count(at, fx);
}

/// Whether a single session of a server that nobody else uses is closed without a question.
fn is_at_once(at: &Connected, sheet: &Sheet, fx: &Effects) -> bool {
    matches!(at.environment, Environment::Development | Environment::Demo)
        && at.safety.mode(fx.now) == Mode::Free
        && sheet.form.kind == Kind::Close
        && sheet.filter.is_none()
        && sheet.own.is_none()
        && sheet.sessions.len() == 1
        && at.block_reason(fx.now).is_none()
        && !at.session_acts.is_running()
}

fn edit(at: &mut Connected, change: impl FnOnce(&mut Sheet)) {
    if let Some(sheet) = &mut at.session_acts.sheet {
        change(sheet);
    }
}

/// Asks the server who is meant, where that is not known, and how many they are.
fn list_or_count(at: &mut Connected, fx: &mut Effects) {
    let Some(sheet) = &mut at.session_acts.sheet else { return };
    if let Some(find) = &sheet.find {
        sheet.listing = Remote::default();
        let call = fx.call::<SessionFetch>(&find.request(), on_page);
        sheet.listing.begin(call, fx.now);
    }
    if sheet.form.act().is_ok_and(|act| act.is_end()) && sheet.undo.is_none() {
        // A session that may not read the locks learns nothing of them, which is no failure here.
        sheet.locks_asked = Some(fx.call::<SessionLockList>(&(), on_locks));
    }
    count(at, fx);
}

fn count(at: &mut Connected, fx: &mut Effects) {
    let Some(sheet) = &mut at.session_acts.sheet else { return };
    sheet.count = Remote::default();
    if let Some(filter) = sheet.filter_to_count() {
        let call = fx.call::<SessionFetch>(&find::count_request(filter), on_count);
        sheet.count.begin(call, fx.now);
    }
}

fn on_count(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionFetch>) {
    if let Some(sheet) = &mut at.session_acts.sheet {
        sheet.count.finish(reply.and_then(|answer| find::count(&answer)), fx);
    }
}

fn on_page(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionFetch>) {
    let Some(sheet) = at.session_acts.sheet.as_mut().filter(|sheet| sheet.listing.awaits(fx)) else { return };
    let Some(find) = &mut sheet.find else { return };
    match reply.and_then(|answer| find.take(answer)) {
        Ok(true) => {
            let call = fx.call::<SessionFetch>(&find.request(), on_page);
            sheet.listing.go_on(call, fx.now);
        }
        Ok(false) => {
            let found = std::mem::take(&mut find.targets);
            sheet.find = None;
            sheet.listed(found);
            sheet.listing.finish(Ok(()), fx);
        }
        Err(error) => {
            sheet.listing.finish(Err(error), fx);
        }
    }
}

fn on_locks(at: &mut Connected, fx: &mut Effects, reply: Reply<SessionLockList>) {
    let sheet = at.session_acts.sheet.as_mut().filter(|sheet| fx.is_answer_to(sheet.locks_asked));
    let (Some(sheet), Ok(locks)) = (sheet, reply) else { return };
    let held = locks.into_iter().map(|(name, lock)| HeldLock {
        name,
        session: lock.session,
        server: lock.server_name,
        sequence: lock.sequence,
    });
    let meant: HashSet<SessionId> = sheet.sessions.iter().map(|target| target.session).collect();
    let of_them: Vec<HeldLock> = held.filter(|lock| meant.contains(&lock.session)).collect();
    let holders: HashSet<SessionId> = of_them.iter().map(|lock| lock.session).collect();
    sheet.locks = (of_them.into_iter().map(|lock| lock.name).collect(), holders.len());
}

fn confirm(at: &mut Connected, fx: &mut Effects) {
    let Some(sheet) = at.session_acts.sheet.take() else { return };
    let change = if sheet.hold(at, fx.now).is_none() { sheet.change() } else { None };
    match change {
        Some(change) => start(at, change, sheet.pace, sheet.undo.map(|(_, undone)| undone), fx),
        None => at.session_acts.sheet = Some(sheet),
    }
}

fn start(at: &mut Connected, change: SessionAct, pace: Pace, undoes: Option<EntryId>, fx: &mut Effects) {
    let runner = match &change.filter {
        Some(filter) if change.sessions.is_empty() => Runner::on_arrival(change.does.clone(), filter.clone(), fx.now),
        _ => Runner::each(change.does.clone(), change.sessions.clone(), pace, fx.now),
    };
    let entry = run::begin_entry(at, Change::from(change.clone()), Snapshot::default(), undoes, fx);
    at.changes.under_way.push(entry);
    at.session_acts.run = Some(Run { change, runner, entry, undoes, is_shown: false });
    go_on(at, fx);
}

/// Makes the calls that are due.
fn go_on(at: &mut Connected, fx: &mut Effects) {
    if !at.is_live() {
        return;
    }
    let Some(run) = &mut at.session_acts.run else { return };
    let entry = run.entry;
    while let Some((place, call)) = run.runner.take_due(fx.now) {
        fx.call_prepared(call, move |at, fx, result, micros| on_answer(at, entry, place, (result, micros), fx));
    }
}

fn on_answer(at: &mut Connected, entry: EntryId, place: usize, answer: (ChangeResult, u64), fx: &mut Effects) {
    let acts = &mut at.session_acts;
    let Some(run) = acts.run.as_mut().filter(|run| run.entry == entry) else { return };
    let line = run.runner.answer(place, answer.0, answer.1, fx.now);
    if let Some(line) = line.filter(|line| matches!(line.outcome, LineOutcome::Done(_))) {
        let act = run.change.does.clone();
        acts.remember(&act, line.session, fx.now);
    }
    go_on(at, fx);
    end(at, fx);
}

fn stop(at: &mut Connected, why: Stop, fx: &mut Effects) {
    if !at.session_acts.is_running() {
        return;
    }
    if let Some(run) = &mut at.session_acts.run {
        run.runner.stop(why, fx.now);
    }
    end(at, fx);
}

/// Tells the journal and the user once it is over.
fn end(at: &mut Connected, fx: &mut Effects) {
    let Some(run) = at.session_acts.run.as_ref().filter(|run| run.runner.ended.is_some()) else { return };
    let id = run.entry;
    if !at.changes.under_way.contains(&id) {
        return;
    }
    let (result, micros) = (run.runner.result(), run.runner.micros(fx.now));
    let change = Change::from(run.change.clone());
    fx.journal(Step::Ended { id, result: result.clone(), micros });
    at.changes.under_way.retain(|other| *other != id);
    if result.is_ok() {
        at.each_change_done(&change, fx);
    }
    changes::announce(&FinishedChange { id, change, before: Snapshot::default(), result, micros }, fx);
}

fn try_rest(at: &mut Connected, fx: &mut Effects) {
    let Some(run) = at.session_acts.run.as_ref().filter(|run| run.runner.ended.is_some()) else { return };
    let (form, rest) = (Form::of(&run.runner.act), run.runner.rest());
    if run.undoes.is_some() {
        let whom = number::count_of(rest.len() as u64, "session", "sessions");
        let change = SessionAct { whom, sessions: rest, ..run.change.clone() };
        let undoes = run.undoes;
        return ask(at, change, undoes, fx);
    }
    open(at, form, Chosen { sessions: rest, filter: None }, fx);
}

#[cfg(test)]
mod tests;
