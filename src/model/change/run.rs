//! Sends changes: the journal hears when one began and how it ended, and whoever sent it goes on from there.

use super::journal::{Content, Entry, EntryId, Step};
use super::{Change, ChangeResult, Snapshot};
use crate::client::api::CallId;
use crate::model::Connected;
use crate::model::effects::Effects;

/// A change that is done or failed, for whoever sent it.
#[derive(Clone, Debug)]
pub struct FinishedChange {
    /// Its entry in the journal.
    pub id: EntryId,
    /// What was asked for.
    pub change: Change,
    /// What was there before.
    pub before: Snapshot,
    /// What became of it.
    pub result: ChangeResult,
    /// Microseconds from sending to the answer.
    pub micros: u64,
}

/// Opens an entry of the journal for a change that is about to be sent.
pub(in crate::model) fn begin_entry(
    at: &Connected,
    change: Change,
    before: Snapshot,
    undoes: Option<EntryId>,
    fx: &mut Effects,
) -> EntryId {
    begin_entry_of(at, Content::Change(change), before, undoes, fx)
}

/// The same for what only words are known of, such as what has a password in it.
pub(in crate::model) fn begin_entry_of(
    at: &Connected,
    content: Content,
    before: Snapshot,
    undoes: Option<EntryId>,
    fx: &mut Effects,
) -> EntryId {
    let id = EntryId(fx.now.0.unsigned_abs().wrapping_mul(1000).wrapping_add(fx.next_id().0));
    fx.journal(Step::Began(Box::new(Entry {
        id,
        at: fx.now,
        link: Some(at.id),
        server: at.name.clone(),
        identity: Some(at.identity()),
        server_id: at.server_id(),
        principal: at.session.as_ref().map(|s| s.principal.clone()).unwrap_or_default(),
        content,
        before,
        result: None,
        micros: 0,
        undone_by: None,
        undoes,
    })));
    id
}

/// Sends a change and records it in the journal; `then` receives what became of it. For features that show progress of
/// their own (many topics); everything else goes through [`super::changes::ask`].
pub(in crate::model) fn run(
    at: &mut Connected,
    change: Change,
    before: Snapshot,
    undoes: Option<EntryId>,
    fx: &mut Effects,
    then: impl FnOnce(&mut Connected, &mut Effects, FinishedChange) + Send + 'static,
) -> CallId {
    let id = begin_entry(at, change.clone(), before.clone(), undoes, fx);
    at.changes.under_way.push(id);
    fx.call_prepared(change.prepared(), move |at, fx, result, micros| {
        fx.journal(Step::Ended { id, result: result.clone(), micros });
        at.changes.under_way.retain(|other| *other != id);
        if result.is_ok() {
            at.each_change_done(&change, fx);
        }
        then(at, fx, FinishedChange { id, change, before, result, micros });
    })
}

/// Sends a change that is one of many of the same kind, of which the journal has the first.
pub(in crate::model) fn run_unjournaled(
    change: &Change,
    fx: &mut Effects,
    then: impl FnOnce(&mut Connected, &mut Effects, ChangeResult) + Send + 'static,
) {
    fx.call_prepared(change.prepared(), move |at, fx, result, _| then(at, fx, result));
}
