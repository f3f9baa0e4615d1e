//! Applying an import: topics are created and values set one row after the other, events appended in small groups.

use super::{Stage, State};
use crate::client::api::CallId;
use crate::data::DataType;
use crate::data::file_format::branch_file::{FileTopic, Verdict};
use crate::model::Connected;
use crate::model::change::{Add, AddAndSet, Append, Change, ChangeOutcome, ChangeResult, Guard, Set, Snapshot, run};
use crate::model::effects::Effects;
use crate::model::notices::{NewNotice, Tone};
use crate::wire::services::shared::AddOutcome;

/// Events sent together.
const GROUP: usize = 64;

/// Does the next row that needs something; one at a time, so that Cancel stops soon.
pub(super) fn next(at: &mut Connected, fx: &mut Effects) {
    let Some(form) = &mut at.import.form else { return };
    let sets_values = form.sets_values;
    let due = |state: &State| match state {
        State::Checked(Verdict::Create) => true,
        State::Checked(Verdict::OtherValue) => sets_values,
        _ => false,
    };
    let found = form.rows.iter_mut().enumerate().skip(form.at).find(|(_, (_, state))| due(state));
    let Some((place, (row, state))) = found else { return done(at, fx) };
    form.at = place;
    let Ok(topic) = &row.topic else { return };
    let create = *state == State::Checked(Verdict::Create);
    if !create && topic.spec.event_type().is_some() {
        return append(at, place, State::Set, fx);
    }
    let change = change_of(topic, create);
    *state = State::Working;
    let request = form.request;
    run::run(at, change, Snapshot::default(), None, fx, move |at, fx, ended| {
        let Some(form) = at.import.form.as_mut().filter(|form| form.request == request) else { return };
        let became = match ended.result {
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => return append(at, place, State::Created, fx),
            Ok(ChangeOutcome::Added(AddOutcome::Exists)) => State::Overtaken,
            Ok(_) => State::Set,
            Err(failed) => State::Failed(failed),
        };
        if let Some((_, state)) = form.rows.get_mut(place) {
            *state = became;
        }
        next(at, fx);
    });
}

/// Appends the events of a row in their order, each with its time; then the row has become what is given.
///
/// The first goes alone: what stands against it stands against all. The journal notes it only, as thousands of them
/// would push everything else out of it. The others go in small groups, so that a long way to the server does not count
/// for each and Cancel still stops soon.
fn append(at: &mut Connected, place: usize, became: State, fx: &mut Effects) {
    let Some(form) = &mut at.import.form else { return };
    let Some((row, state)) = form.rows.get_mut(place) else { return };
    let appended = if let State::Appending(appended, _) = state { Some(*appended) } else { None };
    let series = row.topic.as_ref().ok().and_then(|topic| Some((topic.path.clone(), topic.spec.event_type()?)));
    let left = form.events.get_mut(&place).filter(|left| !left.is_empty());
    let (Some((path, event_type)), Some(left)) = (series, left) else {
        *state = became;
        form.events.remove(&place);
        return next(at, fx);
    };
    let all = appended.unwrap_or(0) + left.len();
    let group = left.split_off(left.len() - left.len().min(if appended.is_some() { GROUP } else { 1 }));
    *state = State::Appending(appended.unwrap_or(0), all);
    form.in_flight = group.len();
    let request = form.request;
    for event in group.into_iter().rev() {
        let (value, timestamp_millis) = (event.value, Some(event.at_millis));
        let change = Change::from(Append { path: path.clone(), event_type, value, timestamp_millis });
        let became = became.clone();
        if appended.is_none() {
            run::run(at, change, Snapshot::default(), None, fx, move |at, fx, ended| {
                appended_one(at, (request, place), became, ended.result, fx);
            });
        } else {
            run::run_unjournaled(&change, fx, move |at, fx, result| {
                appended_one(at, (request, place), became, result, fx);
            });
        }
    }
}

/// An event was appended or not; the last answer of a group leads on.
fn appended_one(
    at: &mut Connected,
    (request, place): (CallId, usize),
    became: State,
    result: ChangeResult,
    fx: &mut Effects,
) {
    let Some(form) = at.import.form.as_mut().filter(|form| form.request == request) else { return };
    let Some((_, state)) = form.rows.get_mut(place) else { return };
    form.in_flight = form.in_flight.saturating_sub(1);
    match (&mut *state, result) {
        (State::Appending(appended, _), Ok(_)) => *appended += 1,
        (State::Appending(..), Err(failed)) => *state = State::Failed(failed),
        _ => {}
    }
    let goes_on = matches!(state, State::Appending(..));
    match (form.in_flight, goes_on) {
        (0, true) => append(at, place, became, fx),
        (0, false) => next(at, fx),
        _ => {}
    }
}

fn change_of(topic: &FileTopic, create: bool) -> Change {
    let (path, spec) = (topic.path.clone(), topic.spec.clone());
    match (&topic.value, DataType::of_topic_type(spec.topic_type)) {
        (Some(value), Some(_)) if create => {
            AddAndSet { path, spec, value: value.clone(), guard: Guard::NoTopic }.into()
        }
        (Some(value), Some(data_type)) => Set { path, data_type, value: value.clone(), guard: Guard::None }.into(),
        _ => Add { path, spec }.into(),
    }
}

fn done(at: &mut Connected, fx: &mut Effects) {
    let Some(form) = &mut at.import.form else { return };
    form.stage = Stage::Done;
    let count = |wanted: fn(&State) -> bool| form.rows.iter().filter(|(_, state)| wanted(state)).count();
    let created = count(|state| *state == State::Created);
    let set = count(|state| *state == State::Set);
    let failed = count(|state| matches!(state, State::Failed(_) | State::Overtaken));
    let tone = if failed == 0 { Tone::Good } else { Tone::Warn };
    fx.notice(NewNotice::new(tone, format!("Topics created: {created}, values set: {set}, not done: {failed}")));
}
