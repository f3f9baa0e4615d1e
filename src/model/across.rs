//! What concerns the journal of all connections together.

use super::notices::Tone;
use super::{Model, change, changes, conflict, effects, journal};
use crate::client::api::LinkId;
use crate::data::Timestamp;

impl Model {
    /// Work that was asked for is done; nothing happens if its connection is closed.
    pub fn on_work_done(&mut self, link: LinkId, worked: effects::Worked, now: Timestamp) {
        self.now = now;
        let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
        let mut fx = self.fx(Some(link));
        worked(&mut self.links[at], &mut fx);
        self.settle(fx, Some(at));
    }

    /// Asks the connection that a change went to for the change that takes it back.
    pub(super) fn undo(&mut self, id: journal::EntryId) {
        let Some(entry) = self.journal.entry(id).cloned() else { return };
        let Some(at) = self.position_of(&entry) else {
            let text = format!("The connection to {} that was used is closed", entry.server);
            self.notices.notify(self.now, Tone::Warn, text, "");
            return;
        };
        let mut fx = self.fx(Some(self.links[at].id));
        changes::undo(&mut self.links[at], &entry, &mut fx);
        self.settle(fx, Some(at));
    }

    /// The open connection that an entry of the journal belongs to: the one it went to, or, after another run of the
    /// program, one of the same name.
    fn position_of(&self, entry: &journal::Entry) -> Option<usize> {
        self.links.iter().position(|c| entry.link.map_or(c.name == entry.server, |link| link == c.id))
    }

    /// Asks for a change of the journal once more.
    pub(super) fn repeat(&mut self, id: journal::EntryId) {
        let Some(entry) = self.journal.entry(id) else { return };
        let Some(at) = self.position_of(entry) else { return };
        let (mut change, spec) = (entry.change.clone(), entry.before.spec.clone());
        self.active = Some(self.links[at].id);
        if let change::Change::Stream { path, .. } = change {
            let mut fx = self.fx(self.active);
            self.links[at].handle(super::update_streams::Intent::Add(Some(path)), &mut fx);
            return self.settle(fx, Some(at));
        }
        // What is there now, if the inspector knows it; what was there then says nothing any more.
        let inspector = &self.links[at].inspector;
        let latest = inspector.latest.as_ref().filter(|_| inspector.selected.as_ref() == change.path());
        let value = latest.map(|arrival| arrival.value.clone());
        if let change::Change::Set { guard, .. } | change::Change::Patch { guard, .. } = &mut change {
            *guard = value.clone().map_or(change::Guard::None, change::Guard::StillValue);
        }
        let before = change::Snapshot { spec, value };
        let proposal = changes::Proposal { change, before, seen_at: self.now, undoes: None };
        let mut fx = self.fx(self.active);
        changes::ask(&mut self.links[at], proposal, &mut fx);
        self.settle(fx, Some(at));
    }

    /// Compares what a change of the journal was to set with what is there now.
    pub(super) fn compare(&mut self, id: journal::EntryId) {
        let Some(entry) = self.journal.entry(id) else { return };
        let (change, before) = (entry.change.clone(), entry.before.clone());
        let Some(at) = self.position_of(entry) else { return };
        self.active = Some(self.links[at].id);
        let mut fx = self.fx(self.active);
        conflict::open(&mut self.links[at], change, before, None, &mut fx);
        self.settle(fx, Some(at));
    }

    /// The keychain answered.
    pub fn secret_found(&mut self, key: &str, result: Result<Option<crate::data::Secret>, String>, now: Timestamp) {
        self.now = now;
        let mut fx = self.fx(None);
        let outcome = self.connections.secret_found(key, result, &mut fx);
        self.settle(fx, None);
        self.follow(outcome);
    }
}
