//! All facts on screen. Intents and events go in; new facts and effects come out.
//!
//! Absent here, on purpose: tokio, egui, sockets, files, clocks, locks and globals. Time comes in with each step.

#[macro_use]
pub mod features;

pub mod change;
pub mod connection;
pub mod effects;
pub mod error_text;
pub mod file_name;
#[cfg(test)]
mod fixture;
pub mod gate;
pub mod inbound;
pub mod letter_case;
pub mod messages;
pub mod number;
pub mod paged;
pub mod program;
pub mod remote;
pub mod sessions;
pub mod stored;
pub mod subscribing;
pub mod topic;
pub mod transfer;

pub use change::journal;
pub use connection::block_reason::BlockReason;
pub use connection::link;
pub use program::{connections, files, notices, profiles, settings};
pub use subscribing::live;

use crate::client::api::{
    Answer, CallError, CallId, ConnectOptions, Event, LinkError, LinkId, LinkState, SessionFacts, Step, Traffic,
    Update, protocol,
};
use crate::data::{Timestamp, TopicPath, TopicSpec, UnsubscribeReason};
use connections::{Connections, Environment, Outcome};
use effects::{Effect, Effects, Handler};
use features::{Feature, Notification, Opening};
use hashbrown::HashMap;
use program::memory::ConnectionMemory;
use std::collections::VecDeque;
use std::sync::Arc;
use stored::StoredId;

// In the order in which each is told what happens: what others decide by comes first.
features! {
    safety::Safety in connection,
    topics::Topics,
    inspector::Inspector in topic,
    subscriptions::Subscriptions in subscribing,
    missing_topics::MissingTopics in subscribing,
    editor::Editor in topic,
    latency::Latency in connection,
    log::Log in connection,
    update_streams::UpdateStreams in topic,
    range_query::RangeQueries in topic,
    copy_as::CopyAs in topic,
    changes::Changes in change,
    conflict::Conflict in change,
    new_topic::NewTopic in change,
    remove_topics::RemoveTopics in change,
    export::Export in transfer,
    import::Import in transfer,
    locks::Locks in sessions,
    permissions::Permissions in sessions,
    session_list::SessionList in sessions,
    session_acts::SessionActs in sessions,
    who_am_i::WhoAmI in connection,
    requests::Requests in messages,
    answering::Answering in messages,
}

/// What the demo shows first: something that moves.
const DEMO_FIRST: &str = "Demo/markets/EUR-USD/quote";

/// What the user can do; this union only routes.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Something on the connection shown.
    Feature(FeatureIntent),
    /// Profiles and the dialog.
    Connections(connections::Intent),
    /// Show another connection.
    Activate(LinkId),
    /// End a connection and close its tab.
    CloseLink(LinkId),
    /// Connect again with the same options.
    Reconnect(LinkId),
    /// Drop the line as if the network had failed (demo only).
    DropLine(LinkId),
    /// The journal.
    Journal(journal::Intent),
    /// Notices.
    Notices(notices::Intent),
    /// Settings.
    Settings(settings::Intent),
    /// The window's own dialog for files.
    Files(files::Intent),
    /// Delete every draft, in open editors and on the disk.
    DeleteDrafts,
    /// Put text on the clipboard.
    Copy(String),
    /// Ask where, then write a file.
    SaveFile {
        /// Suggested name.
        name: String,
        /// Bytes to write.
        bytes: bytes::Bytes,
    },
}

macro_rules! routes {
    ($($variant:ident from $module:ident;)*) => {
        $(impl From<$module::Intent> for Intent {
            fn from(intent: $module::Intent) -> Self { Self::$variant(intent) }
        })*
    };
}

routes! {
    Connections from connections;
    Journal from journal;
    Notices from notices;
    Settings from settings;
    Files from files;
}

/// The whole program's facts; owned by the window's thread.
#[derive(Default)]
pub struct Model {
    /// Open connections in the order of their tabs.
    pub links: Vec<Connected>,
    /// The one shown.
    pub active: Option<LinkId>,
    /// Profiles and the dialog.
    pub connections: Connections,
    /// Notices.
    pub notices: notices::Notices,
    /// What was changed on servers.
    pub journal: journal::Journal,
    /// Drafts of connections that are not open.
    pub drafts: editor::stored::Drafts,
    /// Saved requests and handlers of connections that are not open.
    pub messages: messages::stored::StoredConnections,
    /// Settings.
    pub settings: settings::Settings,
    /// Files being chosen.
    pub files: files::Files,
    /// Time of the last step.
    pub now: Timestamp,
    /// Where settings, profiles, drafts and the journal are kept.
    pub data_folder: Option<String>,
    /// Why they are not kept, in a sentence; none if they are.
    pub not_kept: Option<String>,
    /// Memory of the process in bytes, if the system says.
    pub memory_bytes: Option<u64>,
    next_link: u32,
    next_call: u64,
    effects: Vec<Effect>,
}

impl Model {
    /// The connection shown.
    #[must_use]
    pub fn active(&self) -> Option<&Connected> {
        let id = self.active?;
        self.links.iter().find(|c| c.id == id)
    }

    /// How long the program has run by a clock that cannot be set; told before each step.
    pub fn run_for(&mut self, uptime: std::time::Duration) {
        for connected in &mut self.links {
            connected.safety.run_for(uptime);
        }
    }

    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, now: Timestamp) {
        self.now = now;
        if let Some(connected) = self.links.iter_mut().find(|c| Some(c.id) == self.active) {
            connected.safety.touch(now);
        }
        match intent {
            Intent::Feature(intent) => {
                let Some(at) = self.active.and_then(|id| self.position(id)) else { return };
                self.step(at, |connected, fx| connected.handle(intent, fx));
            }
            Intent::Connections(intent) => {
                let mut fx = self.fx(None);
                let outcome = self.connections.handle(intent, &mut fx);
                self.settle(fx, None);
                self.follow(outcome);
            }
            Intent::Activate(id) => self.active = Some(id),
            Intent::CloseLink(id) => self.close(id),
            Intent::Reconnect(id) => {
                if let Some(at) = self.position(id) {
                    let old = &self.links[at];
                    let (name, key, environment, mut options) =
                        (old.name.clone(), old.key.clone(), old.environment, old.options.clone());
                    if let Some(profile) = self.connections.stored(&key) {
                        // Whom to trust may have been decided since.
                        options.trusted_certificate = profile.trusted_certificate;
                    }
                    self.close(id);
                    self.open(name, key, environment, options);
                }
            }
            Intent::DropLine(id) => self.effects.push(gate::drop_line(id)),
            Intent::Notices(intent) => self.notices.handle(intent),
            Intent::Settings(intent) => {
                if let settings::Intent::KeepValues(environment, false) = intent {
                    self.drop_drafts_of(environment);
                }
                if self.settings.handle(intent) {
                    self.effects.push(Effect::Save(StoredId::Settings));
                }
            }
            Intent::Files(intent) => {
                let mut fx = self.fx(None);
                self.files.handle(intent, &mut fx);
                self.settle(fx, None);
            }
            Intent::DeleteDrafts => self.delete_drafts(),
            Intent::Copy(text) => self.effects.push(Effect::Copy(text)),
            Intent::SaveFile { name, bytes } => self.effects.push(Effect::SaveFile { name, bytes }),
            Intent::Journal(intent) => self.handle_journal(intent),
        }
    }

    /// Drafts of all connections, open or not.
    #[must_use]
    pub fn draft_count(&self) -> usize {
        let open: usize = self.links.iter().map(|connected| connected.editor.drafts.len()).sum();
        open + self.drafts.connections.values().map(Vec::len).sum::<usize>()
    }

    /// Takes the drafts of closed connections to servers of this environment off the disk; those of open ones follow
    /// by the setting.
    fn drop_drafts_of(&mut self, environment: Environment) {
        let profiles = &self.connections.profiles;
        let is_of = |key: &String| profiles.list.iter().any(|p| p.key == *key && p.environment == environment);
        self.drafts.connections.retain(|key, _| !is_of(key));
        self.effects.push(Effect::Erase(StoredId::Drafts));
    }

    fn delete_drafts(&mut self) {
        self.drafts = editor::stored::Drafts::default();
        for connected in &mut self.links {
            connected.editor.drafts.clear();
        }
        self.effects.push(Effect::Erase(StoredId::Drafts));
    }

    /// Work that was asked for is done; nothing happens if its connection is closed.
    pub fn on_work_done(&mut self, link: LinkId, worked: effects::Worked, now: Timestamp) {
        self.now = now;
        let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
        let mut fx = self.fx(Some(link));
        worked(&mut self.links[at], &mut fx);
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

    /// Takes in what a connection reports.
    pub fn apply(&mut self, link: LinkId, event: Event, now: Timestamp) {
        self.now = now;
        let Some(at) = self.position(link) else { return };
        let agreed = if let Event::Link(LinkState::Connected(facts)) = &event { Some(facts.version) } else { None };
        self.step(at, |connected, fx| connected.apply(event, fx));
        if let Some(version) = agreed {
            let mut fx = self.fx(None);
            self.connections.agreed(&self.links[at].key, version, &mut fx);
            self.settle(fx, None);
        }
    }

    /// Lets time pass: resting selections, refreshes, rates. Called a few times a second while something is open.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
        for at in 0..self.links.len() {
            self.step(at, Connected::each_tick);
        }
        self.share_memory();
    }

    /// Renews what is worth renewing only when somebody looks; called before each frame. True if more is to be done.
    pub fn before_draw(&mut self, now: Timestamp) -> bool {
        self.now = now;
        let Some(at) = self.active.and_then(|id| self.position(id)) else { return false };
        self.links[at].each_before_draw(now)
    }

    fn follow(&mut self, outcome: Outcome) {
        if let Outcome::Open { name, key, environment, options } = outcome {
            self.open(name, key, environment, *options);
        }
    }

    /// When a feature of a live connection has something to do next; none while only figures are renewed.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.links.iter().filter(|c| c.is_live()).filter_map(|c| c.each_next_due(self.now)).min()
    }

    /// What the app must do now.
    #[must_use]
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Opens a connection in a new tab and shows it.
    pub fn open(&mut self, name: String, key: String, environment: Environment, options: ConnectOptions) -> LinkId {
        self.next_link += 1;
        let id = LinkId(self.next_link);
        self.effects.push(Effect::Open(id, Box::new(options.clone())));
        let drafts = self.drafts.connections.remove(&key).unwrap_or_default();
        let messages = self.messages.connections.remove(&key).unwrap_or_default();
        let opening =
            Opening { key: &key, environment, settings: &self.settings, drafts: &drafts, messages: &messages };
        let connected = Connected::opening(id, name, options, self.now, &opening);
        self.links.push(connected);
        self.active = Some(id);
        if environment == Environment::Demo
            && let Ok(first) = TopicPath::parse(DEMO_FIRST)
        {
            self.step(self.links.len() - 1, |connected, fx| {
                connected.handle(topics::Intent::Reveal(first.clone()), fx);
                connected.handle(inspector::Intent::Select(Some(first)), fx);
            });
        }
        id
    }

    fn close(&mut self, id: LinkId) {
        let at = self.position(id);
        if let Some(at) = at {
            self.step(at, Connected::each_closing);
        }
        self.effects.push(gate::close(id));
        self.effects.push(Effect::Drop(id));
        if let Some(at) = at {
            let closed = self.links.remove(at);
            if let Some(messages) = messages::stored::of(&closed, &self.settings) {
                self.messages.connections.insert(closed.key.clone(), messages);
            }
            self.effects.push(Effect::Save(StoredId::Messages));
            if self.settings.keeps_values(closed.environment) {
                self.drafts.connections.entry(closed.key).or_default().extend(closed.editor.stored());
            }
            self.effects.push(Effect::Save(StoredId::Drafts));
            if self.active == Some(id) {
                self.active = self.links.get(at).or(self.links.last()).map(|c| c.id);
            }
        }
    }

    fn position(&self, id: LinkId) -> Option<usize> {
        self.links.iter().position(|c| c.id == id)
    }

    /// Lets the connection at this place do something, and takes what it asks for.
    fn step(&mut self, at: usize, act: impl FnOnce(&mut Connected, &mut Effects)) {
        let mut fx = self.fx(Some(self.links[at].id));
        act(&mut self.links[at], &mut fx);
        self.settle(fx, Some(at));
    }

    fn fx(&self, link: Option<LinkId>) -> Effects {
        let connected = link.and_then(|id| self.links.iter().find(|c| c.id == id));
        let read_only = connected.is_some_and(|c| c.safety.mode(self.now) == safety::Mode::ReadOnly);
        let session = connected.and_then(|connected| connected.session.as_ref());
        let protocol = session.map_or(protocol::NEWEST, |session| session.version);
        let mut fx = Effects::through(gate::Gate::new(link, read_only), self.now, self.next_call);
        fx.protocol = protocol;
        fx
    }

    fn settle(&mut self, mut fx: Effects, at: Option<usize>) {
        loop {
            self.next_call = fx.next_call;
            self.effects.append(&mut fx.out);
            let environment = at.and_then(|at| self.links.get(at)).map(|connected| connected.environment);
            for step in fx.journal.drain(..) {
                let keep_values = environment.is_none_or(|environment| self.settings.keeps_values(environment));
                self.effects.push(Effect::WriteJournal(self.journal.record(step, keep_values)));
            }
            for notice in fx.notices.drain(..) {
                self.notices.add(self.now, notice);
            }
            for intent in fx.settings.drain(..) {
                if self.settings.handle(intent) {
                    self.effects.push(Effect::Save(StoredId::Settings));
                }
            }
            let Some(connected) = at.and_then(|at| self.links.get_mut(at)) else { return };
            connected.waiting.extend(fx.handlers.drain(..));
            // What was held back is answered at once, so that whoever asked learns it the usual way.
            let refused = std::mem::take(&mut fx.refused);
            if refused.is_empty() {
                return;
            }
            for id in refused {
                if let Some(handler) = connected.waiting.remove(&id) {
                    handler(connected, &mut fx, Answer { id, result: Err(CallError::ReadOnly), micros: 0 });
                }
            }
        }
    }
}
