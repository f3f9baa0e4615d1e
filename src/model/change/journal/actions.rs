//! What the user does with an entry of the journal: undo it, ask for it once more, compare it with what is there.

use super::{Entry, EntryId, Intent, Journal, Write};
use crate::model::change::{Change, Guard, Snapshot, changes, conflict};
use crate::model::effects::{Effect, Effects};
use crate::model::notices::Tone;
use crate::model::{Connected, Model, editor, update_streams};

impl Model {
    /// Handles what the user did in the journal.
    pub(in crate::model) fn handle_journal(&mut self, intent: Intent) {
        match intent {
            Intent::Select(id) => self.journal.selected = id,
            Intent::Repeat(id) => self.on_entry(id, repeat),
            Intent::Compare(id) => self.on_entry(id, |at, entry, fx| {
                let Some(change) = entry.change() else { return };
                conflict::open(at, change.clone(), entry.before.clone(), None, editor::resolve, fx);
            }),
            Intent::Undo(id) => self.on_entry(id, changes::undo),
            Intent::UndoLast => {
                let last = self.active.and_then(|link| self.journal.last_undoable(link)).map(|entry| entry.id);
                match last {
                    Some(id) => self.on_entry(id, changes::undo),
                    None => self.notices.notify(self.now, Tone::Info, "There is no change that can be undone", ""),
                }
            }
            Intent::Export => {
                let bytes = self.journal.export();
                self.effects.push(Effect::SaveFile { name: "journal.json".into(), bytes });
            }
            Intent::Delete(ids) => {
                self.journal.delete(&ids);
                self.effects.push(Effect::WriteJournal(Write::Delete(ids)));
            }
            Intent::DeleteAll => {
                self.journal = Journal::default();
                self.effects.push(Effect::WriteJournal(Write::DeleteAll));
            }
        }
    }

    /// Where the connection is that an entry belongs to: the one it went to if that is open, else one of the same
    /// identity, the one shown before others.
    ///
    /// # Errors
    /// In a sentence, why there is none.
    pub fn connection_of(&self, entry: &Entry) -> Result<usize, String> {
        if let Some(link) = entry.link
            && let Some(at) = self.links.iter().position(|connected| connected.id == link)
        {
            return Ok(at);
        }
        let Some(identity) = &entry.identity else {
            return Err(format!(
                "An earlier version made this entry and did not record the address of {}",
                entry.server
            ));
        };
        let is_same = |connected: &Connected| connected.identity() == *identity;
        let active = self.links.iter().position(|connected| Some(connected.id) == self.active && is_same(connected));
        active
            .or_else(|| self.links.iter().position(is_same))
            .ok_or_else(|| format!("{} at {} is not connected", entry.server, identity.address))
    }

    /// Shows the connection that an entry belongs to and does something with the entry there.
    fn on_entry(&mut self, id: EntryId, act: impl FnOnce(&mut Connected, &Entry, &mut Effects)) {
        let Some(entry) = self.journal.entry(id).cloned() else { return };
        match self.connection_of(&entry) {
            Ok(at) => {
                self.active = Some(self.links[at].id);
                self.step(at, |connected, fx| act(connected, &entry, fx));
            }
            Err(why) => self.notices.notify(self.now, Tone::Warn, why, ""),
        }
    }
}

/// Asks for the same change once more, against what is there now.
fn repeat(at: &mut Connected, entry: &Entry, fx: &mut Effects) {
    let Some(change) = entry.change() else { return };
    if let Change::Stream(stream) = change {
        let again = update_streams::Intent::Add(Some(stream.path.clone()));
        return at.handle(again, fx);
    }
    let mut change = change.clone();
    // What is there now, if the inspector knows it; what was there then says nothing any more.
    let latest = at.inspector.latest.as_ref().filter(|_| at.inspector.selected.as_ref() == change.path());
    let value = latest.map(|arrival| arrival.value.clone());
    if change.guard().is_some_and(|guard| *guard != Guard::NoTopic) {
        change.set_guard(value.clone().map_or(Guard::None, Guard::StillValue));
    }
    let before = Snapshot { spec: entry.before.spec.clone(), value };
    changes::ask(at, changes::Proposal::new(change, before, fx.now), fx);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::{ConnectOptions, Target};
    use crate::data::value::DataType;
    use crate::data::{TopicPath, TopicSpec, TopicType};
    use crate::model::change::{Add, ChangeOutcome, Set};
    use crate::model::connections::Environment;
    use crate::model::fixture::{ClientModel, NOW, live};
    use crate::model::journal::stored::StoredJournal;
    use crate::model::journal::{Content, Step};
    use crate::model::{fixture, safety};
    use crate::wire::services::shared::AddOutcome;
    use bytes::Bytes;

    /// A connection to this URL with the name “localhost”, live and in the mode that sends at once.
    fn open(client: &mut ClientModel, url: &str, server: u64) {
        let options = ConnectOptions::to(Target::Url(url.into()));
        let link = client.model.open("localhost".into(), url.into(), Environment::Development, options);
        let mut facts = fixture::session_facts(1);
        facts.id.server = server;
        let state = crate::client::api::LinkState::Connected(std::sync::Arc::new(facts));
        client.model.apply(link, crate::client::api::Event::Link(state), NOW);
        client.handle(safety::Intent::SetMode(safety::Mode::Free));
        client.sent();
    }

    fn path() -> TopicPath {
        TopicPath::parse("a").expect("valid")
    }

    fn added() -> (Content, ChangeOutcome) {
        let add = Add { path: path(), spec: TopicSpec::new(TopicType::Int64) };
        (add.into(), ChangeOutcome::Added(AddOutcome::Created))
    }

    fn set() -> (Content, ChangeOutcome) {
        let value = Bytes::from_static(&[2]);
        let set = Set { path: path(), data_type: DataType::Int64, value, guard: Guard::None };
        (set.into(), ChangeOutcome::Done)
    }

    /// A program with an entry of a former run, whose connection went to port 8080 of server 5.
    fn program((content, outcome): (Content, ChangeOutcome)) -> (ClientModel, EntryId) {
        let mut former = ClientModel::new();
        open(&mut former, "ws://localhost:8080", 5);
        let at = former.model.links.last().expect("open");
        let entry = Entry {
            id: EntryId(1),
            at: NOW,
            link: Some(at.id),
            server: at.name.clone(),
            identity: Some(at.identity()),
            server_id: at.server_id(),
            principal: String::new(),
            content,
            before: Snapshot { spec: None, value: Some(Bytes::from_static(&[1])) },
            result: Some(Ok(outcome)),
            micros: 0,
            undone_by: None,
            undoes: None,
        };
        former.model.journal.record(Step::Began(Box::new(entry)), true);
        let stored: StoredJournal = serde_json::from_slice(&former.model.journal.export()).expect("JSON");
        let mut client = ClientModel::new();
        client.model.journal.restore(stored.into_lines(), 0);
        (client, EntryId(1))
    }

    /// Asks to undo the entry: what was sent, and whether a sheet is shown.
    fn undo(client: &mut ClientModel, id: EntryId) -> (usize, bool) {
        client.handle(Intent::Undo(id));
        let sent = client.calls().len();
        (sent, client.model.active().is_some_and(|at| at.changes.sheet.is_some()))
    }

    #[test]
    fn a_server_of_the_same_name_at_another_port_is_another_server() {
        let (mut client, id) = program(set());
        open(&mut client, "ws://localhost:9999", 6);
        let shown = client.model.active;
        assert_eq!(undo(&mut client, id), (0, false));
        assert_eq!(client.model.active, shown);
        let words = client.model.notices.list.last().map(|notice| notice.text.clone()).unwrap_or_default();
        assert_eq!(words, "localhost at ws://localhost:8080/diffusion is not connected");
        for intent in [Intent::Repeat(id), Intent::Compare(id)] {
            client.handle(intent);
            assert_eq!(client.calls().len(), 0);
        }
    }

    #[test]
    fn the_same_server_is_found_under_any_name_and_shown() {
        let (mut client, id) = program(set());
        open(&mut client, "ws://localhost:8080", 5);
        let there = client.model.active;
        client.model.links.last_mut().expect("open").name = "renamed".into();
        open(&mut client, "ws://localhost:9999", 6);
        assert_eq!(undo(&mut client, id), (1, false), "it has a guard and the mode is free");
        assert_eq!(client.model.active, there);
    }

    #[test]
    fn what_removes_or_has_no_guard_is_shown_in_every_mode() {
        let (mut client, id) = program(added());
        open(&mut client, "ws://localhost:8080", 5);
        assert_eq!(undo(&mut client, id), (0, true));
        let patch = crate::model::change::Patch { path: path(), patch: "[]".into(), guard: Guard::None };
        let (mut client, id) = program((patch.into(), ChangeOutcome::Done));
        open(&mut client, "ws://localhost:8080", 5);
        assert_eq!(undo(&mut client, id), (0, true));
    }

    #[test]
    fn another_server_at_the_same_address_is_told_and_shown_first() {
        let (mut client, id) = program(set());
        open(&mut client, "ws://localhost:8080", 7);
        assert_eq!(undo(&mut client, id), (0, true));
        let sheet = client.model.active().and_then(|at| at.changes.sheet.as_ref());
        let warning = sheet.and_then(|sheet| sheet.proposal.warning.clone()).unwrap_or_default();
        assert!(warning.starts_with("Another server, or the same one started again"), "{warning}");
    }

    #[test]
    fn an_entry_without_identity_belongs_to_nobody() {
        let (mut client, id) = program(set());
        open(&mut client, "ws://localhost:8080", 5);
        client.model.journal.entries[0].identity = None;
        assert_eq!(undo(&mut client, id), (0, false));
        client.apply(live(1));
    }
}
