//! The one way from a panel to a change of the server: asked for, shown in a sheet where the mode wants that, sent,
//! and announced when it is answered.
//!
//! No panel calls a service that changes the server. Beneath this, [`crate::model::gate`] refuses such calls while the
//! connection is read-only. What follows a change, such as the end of the draft that asked for it, is a function that
//! travels with the proposal; this file knows none of those who ask.

use super::journal::{Entry, EntryId};
use super::run::{self, FinishedChange};
use super::{Change, ChangeError, Danger, Guard, Snapshot};
use crate::client::api::CallError;
use crate::data::Timestamp;
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::Feature;
use crate::model::notices::{NewNotice, NoticeAct, Tone};
use crate::model::safety::Mode;
use crate::model::session_acts;

/// What follows a change, done or failed, at whoever asked for it.
pub type Completion = fn(&mut Connected, &mut Effects, &FinishedChange);

/// A change that a panel asks for.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The change.
    pub change: Change,
    /// What is there now, as far as it is known.
    pub before: Snapshot,
    /// When the value in `before` was seen.
    pub seen_at: Timestamp,
    /// The entry of the journal that this takes back.
    pub undoes: Option<EntryId>,
    /// What the user has to know before it is sent, in a sentence.
    pub warning: Option<String>,
    /// What follows.
    pub on_done: Completion,
}

impl Proposal {
    /// A change of something seen at this time, which nothing follows but the notice.
    #[must_use]
    pub fn new(change: impl Into<Change>, before: Snapshot, seen_at: Timestamp) -> Self {
        Self { change: change.into(), before, seen_at, undoes: None, warning: None, on_done: |_, _, _| {} }
    }

    /// Whether its sheet is shown in every mode: it may concern many things or takes something away, the user has to know
    /// something first, or it takes a change back and nothing makes sure that it does not take back somebody else's.
    #[must_use]
    pub fn must_be_shown(&self) -> bool {
        let is_guarded = self.change.guard().is_some_and(|guard| *guard != Guard::None);
        self.change.danger() == Danger::Many || self.warning.is_some() || (self.undoes.is_some() && !is_guarded)
    }

    /// The same, followed by this.
    #[must_use]
    pub fn then(self, on_done: Completion) -> Self {
        Self { on_done, ..self }
    }
}

/// What a sheet shows before a change is sent.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What would be sent.
    pub proposal: Proposal,
    /// When the sheet opened.
    pub opened_at: Timestamp,
    /// The whole change, while a smaller one that does the same would be sent in its place.
    pub whole: Option<Change>,
}

impl Sheet {
    /// What a proposal shows first: the whole change.
    #[must_use]
    pub const fn new(proposal: Proposal, opened_at: Timestamp) -> Self {
        Self { proposal, opened_at, whole: None }
    }

    /// The change as it was asked for.
    #[must_use]
    pub fn whole(&self) -> &Change {
        self.whole.as_ref().unwrap_or(&self.proposal.change)
    }

    /// The smaller change that does the same; none if there is none.
    #[must_use]
    pub fn smaller(&self) -> Option<Change> {
        self.whole().smaller(&self.proposal.before)
    }

    /// Sends the smaller change in the place of the whole one, or the whole one again.
    fn set_smaller(&mut self, smaller: bool) {
        let change = if smaller { self.smaller() } else { self.whole.take() };
        let Some(mut change) = change else { return };
        if let Some(guard) = self.proposal.change.guard() {
            change.set_guard(guard.clone());
        }
        let former = std::mem::replace(&mut self.proposal.change, change);
        if smaller && self.whole.is_none() {
            self.whole = Some(former);
        }
    }
}

/// Changes of one connection that are shown or under way.
#[derive(Debug, Default)]
pub struct Changes {
    /// The sheet on screen.
    pub sheet: Option<Sheet>,
    /// Changes that wait for their answer.
    pub under_way: Vec<EntryId>,
}

/// What the user can do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// A panel asks for a change; shown first unless the mode is free.
    Ask(Box<Proposal>),
    /// Another guard in the sheet.
    SetGuard(Guard),
    /// Send the smaller change that does the same, or the whole one.
    SetSmaller(bool),
    /// Send what the sheet shows.
    Send,
    /// Close the sheet.
    Cancel,
}

/// Asks for a change: shows its sheet, or sends it at once where the mode is free.
pub fn ask(at: &mut Connected, proposal: Proposal, fx: &mut Effects) {
    if let Change::SessionAct(change) = proposal.change {
        // It has a sheet of its own in every mode, and a call for each session.
        return session_acts::ask(at, change, proposal.undoes, fx);
    }
    match at.safety.mode(fx.now) {
        Mode::ReadOnly => fx.notice(NewNotice {
            failed: Some(ChangeError::Call(CallError::ReadOnly)),
            ..NewNotice::new(Tone::Warn, proposal.change.infinitive())
        }),
        Mode::Free if !proposal.must_be_shown() => send(at, proposal, fx),
        Mode::Free | Mode::Confirm => at.changes.sheet = Some(Sheet::new(proposal, fx.now)),
    }
}

impl Feature for Changes {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::Ask(proposal) => ask(at, *proposal, fx),
            Intent::SetGuard(guard) => {
                if let Some(sheet) = &mut at.changes.sheet {
                    sheet.proposal.change.set_guard(guard);
                }
            }
            Intent::SetSmaller(smaller) => {
                if let Some(sheet) = &mut at.changes.sheet {
                    sheet.set_smaller(smaller);
                }
            }
            Intent::Send => {
                if let Some(sheet) = at.changes.sheet.take() {
                    send(at, sheet.proposal, fx);
                }
            }
            Intent::Cancel => at.changes.sheet = None,
        }
    }
}

/// Asks for the change that takes an entry of the journal back.
pub fn undo(at: &mut Connected, entry: &Entry, fx: &mut Effects) {
    let (Some(change), Some(undone)) = (entry.undo(), entry.change()) else { return };
    // What is there now should be what the entry put there; the guard finds out if it is not.
    let before = Snapshot { spec: entry.before.spec.clone(), value: undone.value_after().cloned() };
    let is_other = entry.server_id.is_some_and(|id| at.server_id().is_some_and(|now| now != id));
    let warning = is_other.then(|| {
        "Another server, or the same one started again, answers at this address since the change was made".to_owned()
    });
    ask(at, Proposal { undoes: Some(entry.id), warning, ..Proposal::new(change, before, fx.now) }, fx);
}

/// Sends a change that the user has seen and wants; what follows is the function of the proposal and a notice.
pub(in crate::model) fn send(at: &mut Connected, proposal: Proposal, fx: &mut Effects) {
    let Proposal { change, before, undoes, on_done, .. } = proposal;
    run::run(at, change, before, undoes, fx, move |at, fx, finished| {
        on_done(at, fx, &finished);
        announce(&finished, fx);
    });
}

/// Says in a notice what became of a change.
pub(in crate::model) fn announce(finished: &FinishedChange, fx: &mut Effects) {
    let FinishedChange { id, change, before, result, micros } = finished;
    match result {
        Ok(outcome) => {
            let act = change.undo(before, outcome).map(|_| NoticeAct::Undo(*id));
            let text = format!("{} · {:.1} ms", change.done_text(outcome), *micros as f64 / 1000.0);
            fx.notice(NewNotice { act, ..NewNotice::new(Tone::Good, text) });
        }
        Err(error) => {
            let act = if error.is_guard() { NoticeAct::Compare(*id) } else { NoticeAct::Journal(*id) };
            fx.notice(NewNotice {
                failed: Some(error.clone()),
                act: Some(act),
                ..NewNotice::new(Tone::Bad, change.infinitive())
            });
        }
    }
}
