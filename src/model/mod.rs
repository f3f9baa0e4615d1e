//! All facts on screen. Intents and events go in; new facts and effects come out.
//!
//! Absent here, on purpose: tokio, egui, sockets, files, clocks, locks and globals. Time comes in with each step.

mod across;
pub mod change;
pub mod connection;
pub mod effects;
pub mod error_text;
pub mod gate;
pub mod inbound;
pub mod number;
pub mod program;
pub mod remote;
pub mod subscribing;
pub mod topic;
pub mod topics;
pub mod transfer;

// A feature is named from here, whichever room it lives in.
pub use change::{changes, conflict, journal, new_topic, remove_topics};
pub use connection::{latency, link, log, safety};
pub use program::{connections, files, notices, profiles, settings};
pub use subscribing::{live, missing_topics, subscriptions};
pub use topic::{copy_as, editor, inspector, range_query, update_streams};
pub use transfer::{export, import};

use crate::client::api::{Answer, CallError, ConnectOptions, Event, LinkId};
use crate::data::Timestamp;
pub use connection::Connected;
use connections::{Connections, Environment, Outcome};
use effects::{Effect, Effects};
use notices::Tone;

/// What the demo shows first: something that moves.
const DEMO_FIRST: &str = "Demo/markets/EUR-USD/quote";

/// What the user can do, by feature; this union only routes.
#[derive(Clone, Debug)]
pub enum Intent {
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
    /// The topic tree.
    Topics(topics::Intent),
    /// The selected topic.
    Inspector(inspector::Intent),
    /// The user's subscriptions.
    Subscriptions(subscriptions::Intent),
    /// Handlers of missing topics.
    MissingTopics(missing_topics::Intent),
    /// Round trips.
    Latency(latency::Intent),
    /// The log.
    Log(log::Intent),
    /// Changes of the server.
    Changes(changes::Intent),
    /// Creating topics.
    NewTopic(new_topic::Intent),
    /// Removing topics.
    RemoveTopics(remove_topics::Intent),
    /// Values being edited.
    Editor(editor::Intent),
    /// Range queries of the selected time series.
    RangeQuery(range_query::Intent),
    /// Update streams.
    UpdateStreams(update_streams::Intent),
    /// A branch on its way to a file.
    Export(export::Intent),
    /// A change whose guard failed.
    Conflict(conflict::Intent),
    /// Topics as text for other programs.
    CopyAs(copy_as::Intent),
    /// The journal.
    Journal(journal::Intent),
    /// Compare what a change of the journal was to set with what is there.
    Compare(journal::EntryId),
    /// Take back a change of the journal.
    Undo(journal::EntryId),
    /// Take back the latest change of the connection shown that can be taken back.
    UndoLast,
    /// How careful the connection shown treats changes.
    SetMode(safety::Mode),
    /// Notices.
    Notices(notices::Intent),
    /// Settings.
    Settings(settings::Intent),
    /// The window's own dialog for files.
    Files(files::Intent),
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
    Topics from topics;
    Inspector from inspector;
    Subscriptions from subscriptions;
    MissingTopics from missing_topics;
    Latency from latency;
    Log from log;
    Changes from changes;
    NewTopic from new_topic;
    RemoveTopics from remove_topics;
    Editor from editor;
    RangeQuery from range_query;
    UpdateStreams from update_streams;
    Export from export;
    Conflict from conflict;
    CopyAs from copy_as;
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
    /// Settings.
    pub settings: settings::Settings,
    /// Files being chosen.
    pub files: files::Files,
    /// Time of the last step.
    pub now: Timestamp,
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

    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, now: Timestamp) {
        self.now = now;
        if let Some(connected) = self.links.iter_mut().find(|c| Some(c.id) == self.active) {
            connected.safety.touch(now);
        }
        match intent {
            Intent::Connections(intent) => {
                let mut fx = self.fx(None);
                let outcome = self.connections.handle(intent, &mut fx);
                self.settle(fx, None);
                self.follow(outcome);
            }
            Intent::Activate(id) => self.active = Some(id),
            Intent::CloseLink(id) => self.close(id),
            Intent::Reconnect(id) => {
                if let Some(at) = self.links.iter().position(|c| c.id == id) {
                    let old = &self.links[at];
                    let (name, key, environment, options) =
                        (old.name.clone(), old.key.clone(), old.environment, old.options.clone());
                    self.close(id);
                    self.open(name, key, environment, options);
                }
            }
            Intent::DropLine(id) => self.effects.push(gate::drop_line(id)),
            Intent::Notices(intent) => self.notices.handle(intent),
            Intent::Settings(intent) => {
                if self.settings.handle(intent) {
                    self.effects.push(Effect::SaveSettings);
                }
            }
            Intent::Files(intent) => {
                let mut fx = self.fx(None);
                self.files.handle(intent, &mut fx);
                self.settle(fx, None);
            }
            Intent::Copy(text) => self.effects.push(Effect::Copy(text)),
            Intent::SaveFile { name, bytes } => self.effects.push(Effect::SaveFile { name, bytes }),
            Intent::Topics(intent) => self.on_active(|c, fx, settings| c.topics.handle(intent, &c.key, settings, fx)),
            Intent::Inspector(intent) => self.on_active(|c, fx, _| c.inspector.handle(intent, &c.live, fx)),
            Intent::Subscriptions(intent) => self.on_active(|c, fx, _| c.subscriptions.handle(intent, &c.live, fx)),
            Intent::MissingTopics(intent) => self.on_active(|c, fx, _| missing_topics::handle(c, intent, fx)),
            Intent::Latency(intent) => self.on_active(|c, fx, _| c.latency.handle(intent, fx)),
            Intent::Log(intent) => self.on_active(|c, _, _| c.log.handle(intent)),
            Intent::Changes(intent) => self.on_active(|c, fx, _| changes::handle(c, intent, fx)),
            Intent::NewTopic(intent) => self.on_active(|c, fx, _| new_topic::handle(c, intent, fx)),
            Intent::RemoveTopics(intent) => self.on_active(|c, fx, _| remove_topics::handle(c, intent, fx)),
            Intent::Editor(intent) => self.on_active(|c, fx, _| editor::handle(c, intent, fx)),
            Intent::RangeQuery(intent) => self.on_active(|c, fx, _| range_query::handle(c, intent, fx)),
            Intent::UpdateStreams(intent) => self.on_active(|c, fx, _| update_streams::handle(c, intent, fx)),
            Intent::Export(intent) => self.on_active(|c, fx, _| export::handle(c, intent, fx)),
            Intent::Conflict(intent) => self.on_active(|c, fx, _| conflict::handle(c, intent, fx)),
            Intent::CopyAs(intent) => self.on_active(|c, fx, _| copy_as::handle(c, intent, fx)),
            Intent::Journal(journal::Intent::Select(id)) => self.journal.selected = id,
            Intent::Journal(journal::Intent::Repeat(id)) => self.repeat(id),
            Intent::Journal(journal::Intent::Export) => {
                let bytes = self.journal.export();
                self.effects.push(Effect::SaveFile { name: "journal.json".into(), bytes });
            }
            Intent::Compare(id) => self.compare(id),
            Intent::Undo(id) => self.undo(id),
            Intent::UndoLast => {
                let entry = self.active.and_then(|link| self.journal.last_undoable(link)).map(|entry| entry.id);
                match entry {
                    Some(id) => self.undo(id),
                    None => self.notices.notify(now, Tone::Info, "There is no change that can be undone", ""),
                }
            }
            Intent::SetMode(mode) => {
                self.on_active(|c, fx, settings| {
                    if c.safety.choose(mode, fx.now) {
                        settings.modes.insert(c.key.clone(), mode);
                    }
                });
                self.effects.push(Effect::SaveSettings);
            }
        }
    }

    /// Takes in what a connection reports.
    pub fn apply(&mut self, link: LinkId, event: Event, now: Timestamp) {
        self.now = now;
        let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
        let mut fx = self.fx(Some(link));
        self.links[at].apply(event, &mut fx, &mut self.notices);
        self.settle(fx, Some(at));
    }

    /// Lets time pass: resting selections, refreshes, rates. Called a few times a second while something is open.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
        for at in 0..self.links.len() {
            let mut fx = self.fx(Some(self.links[at].id));
            self.links[at].tick(&mut fx);
            self.settle(fx, Some(at));
        }
        if self.journal.is_due(now) {
            self.effects.push(Effect::SaveJournal);
        }
    }

    /// Renews what is worth renewing only when somebody looks; called before each frame. True if more is to be done.
    pub fn before_draw(&mut self, now: Timestamp) -> bool {
        self.now = now;
        let Some(at) = self.active.and_then(|id| self.links.iter().position(|c| c.id == id)) else { return false };
        let connected = &mut self.links[at];
        connected.topics.renew_previews(&connected.live, 160);
        connected.topics.step_filter(now)
    }

    fn follow(&mut self, outcome: Outcome) {
        if let Outcome::Open { name, key, environment, options } = outcome {
            self.open(name, key, environment, *options);
        }
    }

    /// Whether time must pass soon, because something rests before it is asked for.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.links.iter().any(|c| c.is_live() && (c.inspector.is_resting() || c.topics.is_resting()))
    }

    /// When an update stream has something to do next; none while none runs.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let sends = |c: &&Connected| c.is_live() && c.safety.mode(self.now) != safety::Mode::ReadOnly;
        self.links.iter().filter(sends).filter_map(|c| c.update_streams.next_due()).min()
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
        let mut connected = Connected::new(id, name, key, environment, options, self.now);
        connected.safety = safety::Safety::new(environment, self.settings.modes.get(&connected.key).copied());
        if let Some(paths) = self.settings.favourites.get(&connected.key) {
            connected.topics.restore_favourites(paths);
        }
        if let Some(drafts) = self.drafts.connections.remove(&connected.key) {
            connected.editor.restore(&drafts);
        }
        if environment == Environment::Demo
            && let Ok(first) = crate::data::TopicPath::parse(DEMO_FIRST)
        {
            connected.topics.reveal_when_known(first.clone());
            connected.inspector.handle(inspector::Intent::Select(Some(first)), &connected.live, &mut self.fx(Some(id)));
        }
        self.links.push(connected);
        self.active = Some(id);
        id
    }

    fn close(&mut self, id: LinkId) {
        if let Some(at) = self.links.iter().position(|c| c.id == id) {
            let mut fx = self.fx(Some(id));
            self.links[at].update_streams.close(&mut fx);
            self.settle(fx, Some(at));
        }
        self.effects.push(gate::close(id));
        self.effects.push(Effect::Drop(id));
        if let Some(at) = self.links.iter().position(|c| c.id == id) {
            let closed = self.links.remove(at);
            self.drafts.connections.entry(closed.key).or_default().extend(closed.editor.stored());
            self.effects.push(Effect::SaveDrafts);
            if self.active == Some(id) {
                self.active = self.links.get(at).or(self.links.last()).map(|c| c.id);
            }
        }
    }

    fn on_active(&mut self, act: impl FnOnce(&mut Connected, &mut Effects, &mut settings::Settings)) {
        let Some(at) = self.active.and_then(|id| self.links.iter().position(|c| c.id == id)) else { return };
        let mut fx = self.fx(Some(self.links[at].id));
        act(&mut self.links[at], &mut fx, &mut self.settings);
        self.settle(fx, Some(at));
    }

    fn fx(&self, link: Option<LinkId>) -> Effects {
        let connected = link.and_then(|id| self.links.iter().find(|c| c.id == id));
        let read_only = connected.is_some_and(|c| c.safety.mode(self.now) == safety::Mode::ReadOnly);
        Effects::through(gate::Gate::new(link, read_only), self.now, self.next_call)
    }

    fn settle(&mut self, mut fx: Effects, at: Option<usize>) {
        loop {
            self.next_call = fx.next_call;
            self.effects.append(&mut fx.out);
            for step in fx.journal.drain(..) {
                self.journal.record(step);
            }
            for notice in fx.notices.drain(..) {
                self.notices.add(self.now, notice);
            }
            let Some(connected) = at.and_then(|at| self.links.get_mut(at)) else { return };
            connected.pending.extend(fx.handlers.drain(..));
            // What was held back is answered at once, so that whoever asked learns it the usual way.
            let refused = std::mem::take(&mut fx.refused);
            if refused.is_empty() {
                return;
            }
            for id in refused {
                if let Some(handler) = connected.pending.remove(&id) {
                    handler(connected, &mut fx, Answer { id, result: Err(CallError::ReadOnly), micros: 0 });
                }
            }
        }
    }
}
