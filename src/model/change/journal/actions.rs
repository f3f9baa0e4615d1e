//! What the user does with an entry of the journal: undo it, ask for it once more, compare it with what is there.

use super::{Entry, EntryId, Intent};
use crate::model::change::{Change, Guard, Snapshot, changes, conflict};
use crate::model::effects::{Effect, Effects};
use crate::model::notices::Tone;
use crate::model::{Connected, Model, editor, update_streams};

impl Model {
    /// Handles what the user did in the journal.
    pub(in crate::model) fn handle_journal(&mut self, intent: Intent) {
        match intent {
            Intent::Select(id) => self.journal.selected = id,
            Intent::Repeat(id) => self.on_entry(id, true, repeat),
            Intent::Compare(id) => self.on_entry(id, true, |at, entry, fx| {
                conflict::open(at, entry.change.clone(), entry.before.clone(), None, editor::resolve, fx);
            }),
            Intent::Undo(id) => self.on_entry(id, false, changes::undo),
            Intent::UndoLast => {
                let last = self.active.and_then(|link| self.journal.last_undoable(link)).map(|entry| entry.id);
                match last {
                    Some(id) => self.on_entry(id, false, changes::undo),
                    None => self.notices.notify(self.now, Tone::Info, "There is no change that can be undone", ""),
                }
            }
            Intent::Export => {
                let bytes = self.journal.export();
                self.effects.push(Effect::SaveFile { name: "journal.json".into(), bytes });
            }
        }
    }

    /// Does something with an entry at the open connection that it belongs to: the one it went to, or, after another
    /// run of the program, one of the same name. That connection is shown if `show`.
    fn on_entry(&mut self, id: EntryId, show: bool, act: impl FnOnce(&mut Connected, &Entry, &mut Effects)) {
        let Some(entry) = self.journal.entry(id).cloned() else { return };
        let belongs = |c: &Connected| entry.link.map_or(c.name == entry.server, |link| link == c.id);
        let Some(at) = self.links.iter().position(belongs) else {
            let text = format!("The connection to {} that was used is closed", entry.server);
            return self.notices.notify(self.now, Tone::Warn, text, "");
        };
        if show {
            self.active = Some(self.links[at].id);
        }
        self.step(at, |connected, fx| act(connected, &entry, fx));
    }
}

/// Asks for the same change once more, against what is there now.
fn repeat(at: &mut Connected, entry: &Entry, fx: &mut Effects) {
    if let Change::Stream(stream) = &entry.change {
        let again = update_streams::Intent::Add(Some(stream.path.clone()));
        return at.handle(again, fx);
    }
    let mut change = entry.change.clone();
    // What is there now, if the inspector knows it; what was there then says nothing any more.
    let latest = at.inspector.latest.as_ref().filter(|_| at.inspector.selected.as_ref() == change.path());
    let value = latest.map(|arrival| arrival.value.clone());
    if change.guard().is_some_and(|guard| *guard != Guard::NoTopic) {
        change.set_guard(value.clone().map_or(Guard::None, Guard::StillValue));
    }
    let before = Snapshot { spec: entry.before.spec.clone(), value };
    changes::ask(at, changes::Proposal::new(change, before, fx.now), fx);
}
