//! Creates the topic of the form, or replaces one by another with the same path and another specification.

use super::form::{Conflict, Kept, Purpose};
use super::{go_to, read};
use crate::client::api::{CallError, CallId};
use crate::data::spec_diff::differences;
use crate::data::value::DataType;
use crate::data::{ErrorCode, TopicPath, TopicSpec};
use crate::model::Connected;
use crate::model::change::run::{self, FinishedChange};
use crate::model::change::{Add, AddAndSet, Change, ChangeError, ChangeOutcome, Guard, Remove, Snapshot, changes};
use crate::model::effects::Effects;
use crate::model::notices::{NewNotice, Tone};
use crate::wire::services::shared::AddOutcome;
use bytes::Bytes;

pub(super) fn create(at: &mut Connected, fx: &mut Effects) {
    let Some(form) = &at.new_topic.form else { return };
    if form.hold(at, fx.now).is_some() {
        return;
    }
    let (Ok(path), Ok(spec), Ok(value)) = (TopicPath::parse(&form.path), form.spec(), form.first_value()) else {
        return;
    };
    let (opening, purpose, kept) = (form.opening, form.purpose.clone(), form.kept());
    let former = form.source.ready().cloned().flatten();
    if let Some(form) = &mut at.new_topic.form {
        form.busy = true;
        form.failed = None;
        form.conflict = None;
    }
    if let (Purpose::Change(_), Some(former)) = (purpose, former)
        && let Some(former_spec) = former.spec.as_deref().cloned()
    {
        let keeps_value = DataType::of_topic_type(former_spec.topic_type).is_some();
        let put_back = addition(path.clone(), former_spec, former.value.clone().filter(|_| keeps_value));
        let value = former.value.clone().filter(|_| kept == Kept::Value);
        let add = addition(path.clone(), spec, value);
        replace(at, path, Replacement { former, add, put_back }, opening, fx);
    } else {
        let change = addition(path, spec, value);
        run::run(at, change, Snapshot::default(), None, fx, move |at, fx, ended| added(at, opening, ended, fx));
    }
}

/// The change that adds a topic with a specification and a value.
fn addition(path: TopicPath, spec: TopicSpec, value: Option<Bytes>) -> Change {
    match value {
        Some(value) => AddAndSet { path, spec, value, guard: Guard::NoTopic }.into(),
        None => Add { path, spec }.into(),
    }
}

fn added(at: &mut Connected, opening: CallId, ended: FinishedChange, fx: &mut Effects) {
    let path = ended.change.path().cloned();
    match &ended.result {
        Ok(_) => {
            if is_open(at, opening) {
                at.new_topic.form = None;
            }
            changes::announce(&ended, fx);
            if let Some(path) = path {
                go_to(at, path, fx);
            }
        }
        Err(failed) if is_open(at, opening) => {
            let exists = failed.is_guard()
                || matches!(
                    failed,
                    ChangeError::Call(CallError::Service { code: ErrorCode::TOPIC_EXISTS_MISMATCH, .. })
                );
            fail(at, failed.clone());
            if let (true, Some(path)) = (exists, path) {
                read(&path, opening, fx, |at, there, _| {
                    let Some(form) = &mut at.new_topic.form else { return };
                    if let (Ok(Some(there)), Ok(wanted)) = (there, form.spec())
                        && let Some(spec) = &there.spec
                    {
                        let differences = differences(&wanted, spec);
                        form.conflict = Some(Conflict { there, differences });
                        form.failed = None;
                    }
                });
            }
        }
        Err(_) => changes::announce(&ended, fx),
    }
}

fn is_open(at: &Connected, opening: CallId) -> bool {
    at.new_topic.form.as_ref().is_some_and(|form| form.opening == opening)
}

fn fail(at: &mut Connected, failed: ChangeError) {
    if let Some(form) = &mut at.new_topic.form {
        form.busy = false;
        form.failed = Some(failed);
    }
}

/// A topic with one specification in the place of one with another.
struct Replacement {
    /// What is at the path before.
    former: Snapshot,
    /// Adds the topic with its new specification.
    add: Change,
    /// Adds the former topic again.
    put_back: Change,
}

/// Removes a topic and adds it again with another specification; if that fails, the old one is put back.
fn replace(at: &mut Connected, path: TopicPath, replacement: Replacement, opening: CallId, fx: &mut Effects) {
    let Replacement { former: before, add, put_back: old } = replacement;
    let remove = Remove::topic(&path).into();
    run::run(at, remove, before.clone(), None, fx, move |at, fx, ended| {
        match &ended.result {
            Ok(ChangeOutcome::Removed(1)) => {}
            Ok(_) => {
                let text =
                    format!("“{path}” was not removed: there is no such topic, or MODIFY_TOPIC is missing there");
                fx.notice(NewNotice::new(Tone::Bad, text));
                if is_open(at, opening) {
                    at.new_topic.form = None;
                }
                return;
            }
            Err(failed) if is_open(at, opening) => return fail(at, failed.clone()),
            Err(_) => return changes::announce(&ended, fx),
        }
        run::run(at, add, before, None, fx, move |at, fx, ended| match &ended.result {
            Ok(ChangeOutcome::Added(AddOutcome::Created)) => {
                if is_open(at, opening) {
                    at.new_topic.form = None;
                }
                fx.notice(NewNotice::new(Tone::Good, format!("“{path}” has its new specification")));
                go_to(at, path, fx);
            }
            Ok(_) => {
                if is_open(at, opening) {
                    at.new_topic.form = None;
                }
                let text = format!("Somebody else has just added “{path}” with an equal specification");
                fx.notice(NewNotice::new(Tone::Warn, text));
            }
            Err(failed) => {
                let failed = failed.clone();
                put_back(at, path, old, failed, opening, fx);
            }
        });
    });
}

/// The new specification was refused: the old topic comes back.
fn put_back(at: &mut Connected, path: TopicPath, old: Change, why: ChangeError, opening: CallId, fx: &mut Effects) {
    run::run(at, old, Snapshot::default(), None, fx, move |at, fx, ended| {
        let back = ended.result.is_ok();
        if is_open(at, opening) {
            fail(at, why.clone());
        }
        let (tone, text) = if back {
            (Tone::Warn, format!("The old “{path}” is back: the server did not accept the new specification"))
        } else {
            let text = format!("“{path}” is removed, and could neither be added anew nor put back");
            (Tone::Bad, text)
        };
        let failed = if back { None } else { ended.result.err() };
        match failed {
            None => fx.notice(NewNotice::new(tone, text)),
            Some(failed) => {
                fx.notice(NewNotice::new(tone, text));
                fx.notice(NewNotice { failed: Some(failed), ..NewNotice::new(Tone::Bad, ended.change.infinitive()) });
            }
        }
    });
}
