//! One open connection: the facts of each feature, and how events reach them.

use crate::client::api::{
    CallId, ConnectOptions, Event, Level, LinkError, LinkId, LinkState, LogLine, SessionFacts, Traffic,
};
use crate::data::Timestamp;
use crate::model::connections::Environment;
use crate::model::effects::{Effects, Handler};
use crate::model::notices::{self, Tone};
use crate::model::{
    changes, conflict, copy_as, editor, export, inbound, inspector, latency, link, live, log, missing_topics,
    new_topic, range_query, remove_topics, safety, subscriptions, topics, update_streams,
};
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// One open connection and everything known through it.
pub struct Connected {
    /// Names the link.
    pub id: LinkId,
    /// Name shown on its tab.
    pub name: String,
    /// Key of its settings (favourites, layout).
    pub key: String,
    /// Kind of server.
    pub environment: Environment,
    /// How careful changes are treated.
    pub safety: safety::Safety,
    /// How it was opened; for “connect again”.
    pub options: ConnectOptions,
    /// Where the link stands.
    pub link: LinkState,
    /// When the link came to stand there.
    pub link_since: Timestamp,
    /// The session, also while recovering and after the end.
    pub session: Option<Arc<SessionFacts>>,
    /// Totals of the line.
    pub traffic: Traffic,
    /// Values received and messages sent in each of the last seconds, newest last.
    pub traffic_history: VecDeque<(Timestamp, Traffic)>,
    /// The tree.
    pub topics: topics::Topics,
    /// The selected topic.
    pub inspector: inspector::Inspector,
    /// The user's subscriptions.
    pub subscriptions: subscriptions::Subscriptions,
    /// Every subscribed topic with its latest value.
    pub live: live::Live,
    /// Handlers of missing topics.
    pub missing_topics: missing_topics::MissingTopics,
    /// Round trips.
    pub latency: latency::Latency,
    /// The line's log.
    pub log: log::Log,
    /// Changes shown or under way.
    pub changes: changes::Changes,
    /// A topic about to be created.
    pub new_topic: new_topic::Creation,
    /// Topics about to be removed.
    pub remove_topics: remove_topics::Removal,
    /// Values being edited.
    pub editor: editor::Editor,
    /// Range queries of time series.
    pub range_queries: range_query::SeriesQueries,
    /// Update streams.
    pub update_streams: update_streams::Streams,
    /// A branch on its way to a file.
    pub export: Option<export::Export>,
    /// A change whose guard failed, to be compared.
    pub conflict: Option<conflict::Conflict>,
    /// Topics shown in each form that can be copied.
    pub copy_as: Option<copy_as::Sheet>,
    pub(in crate::model) pending: HashMap<CallId, Handler>,
    /// The session that comes back is to be treated as a new one.
    session_reset: bool,
}

impl Connected {
    /// A link that is about to open.
    #[must_use]
    pub fn new(
        id: LinkId,
        name: String,
        key: String,
        environment: Environment,
        options: ConnectOptions,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name,
            key,
            environment,
            safety: safety::Safety::new(environment, None),
            options,
            link: LinkState::Connecting(crate::client::api::Step::Resolve),
            link_since: now,
            session: None,
            traffic: Traffic::default(),
            traffic_history: VecDeque::new(),
            topics: topics::Topics::default(),
            inspector: inspector::Inspector::default(),
            subscriptions: subscriptions::Subscriptions::default(),
            live: live::Live::default(),
            missing_topics: missing_topics::MissingTopics::default(),
            latency: latency::Latency::default(),
            log: log::Log::default(),
            changes: changes::Changes::default(),
            new_topic: new_topic::Creation::default(),
            remove_topics: remove_topics::Removal::default(),
            editor: editor::Editor::default(),
            range_queries: range_query::SeriesQueries::default(),
            update_streams: update_streams::Streams::default(),
            export: None,
            conflict: None,
            copy_as: None,
            pending: HashMap::new(),
            session_reset: false,
        }
    }

    /// Whether calls can be made now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.link, LinkState::Connected(_))
    }

    /// Since when what is shown is not live; none while it is.
    #[must_use]
    pub fn stale_since(&self) -> Option<Timestamp> {
        (!self.is_live() && self.session.is_some()).then_some(self.link_since)
    }

    /// Values received a second, over the last few seconds.
    #[must_use]
    pub fn values_in_per_sec(&self) -> f64 {
        self.rate(|t| t.values_in)
    }

    /// Messages sent a second, over the last few seconds.
    #[must_use]
    pub fn messages_out_per_sec(&self) -> f64 {
        self.rate(|t| t.messages_out)
    }

    fn rate(&self, of: impl Fn(&Traffic) -> u64) -> f64 {
        match (self.traffic_history.front(), self.traffic_history.back()) {
            (Some((t0, a)), Some((t1, b))) if t1 > t0 => of(b).saturating_sub(of(a)) as f64 / t1.secs_since(*t0),
            _ => 0.0,
        }
    }

    pub(in crate::model) fn apply(&mut self, event: Event, fx: &mut Effects, notices: &mut notices::Notices) {
        match event {
            Event::Link(state) => self.apply_link(state, fx, notices),
            Event::Answer(answer) => {
                if let Some(handler) = self.pending.remove(&answer.id) {
                    handler(self, fx, answer);
                }
            }
            Event::Subscribed { path, spec } => {
                self.live.subscribed(&path, &spec);
                self.topics.subscribed(&path, &spec, fx);
                self.inspector.subscribed(&path, &spec, fx);
                self.subscriptions.subscribed(&path, &spec, fx);
            }
            Event::Unsubscribed { path, reason } => {
                self.live.unsubscribed(&path);
                self.topics.unsubscribed(&path, reason, fx);
                self.inspector.unsubscribed(&path, reason, fx);
                self.subscriptions.unsubscribed(&path, reason, fx);
            }
            Event::Updates(updates) => {
                for update in &updates {
                    self.live.updated(update);
                    self.topics.updated(update, fx);
                    self.inspector.updated(update, fx);
                    self.subscriptions.updated(update, fx);
                }
            }
            Event::ValueLost { path, reason } => {
                self.topics.value_lost(&path, fx);
                self.inspector.value_lost(&path, &reason, fx);
                notices.notify(fx.now, Tone::Warn, format!("A value of “{path}” could not be used"), reason);
            }
            Event::Request(request) => inbound::route(self, request, fx),
            Event::AutoAnswered { id, service, why } => inbound::auto_answered(self, id, service, why, fx),
            Event::NotificationsDropped { count } => {
                self.topics.notifications_dropped(fx);
                self.missing_topics.notifications_dropped(fx.now);
                let text = format!("{count} notifications were dropped because the window was behind; asked again");
                self.log.push(LogLine { at: fx.now, level: Level::Warn, text });
            }
            Event::SessionReset => self.session_reset = true,
            Event::Pinged { at, micros } => self.latency.pinged(at, micros),
            Event::Traffic(traffic) => {
                self.traffic = traffic;
                self.traffic_history.push_back((fx.now, traffic));
                while self.traffic_history.len() > 6 {
                    self.traffic_history.pop_front();
                }
            }
            Event::Log(line) => self.log.push(line),
        }
    }

    fn apply_link(&mut self, state: LinkState, fx: &mut Effects, notices: &mut notices::Notices) {
        let was_live = self.is_live();
        let first = self.session.is_none();
        match &state {
            LinkState::Connected(facts) => {
                let known = !std::mem::take(&mut self.session_reset);
                let same_session = known && self.session.as_ref().is_some_and(|s| s.id == facts.id);
                self.session = Some(facts.clone());
                if !was_live && !first {
                    self.latency.reconnected(fx.now);
                    notices.notify(fx.now, Tone::Good, format!("{}: connected again", self.name), "");
                }
                self.link = state;
                self.link_since = fx.now;
                if !same_session {
                    self.live.clear();
                }
                if !was_live {
                    self.safety.lock();
                }
                self.topics.connected(same_session, fx);
                self.inspector.connected(same_session, fx);
                self.subscriptions.connected(same_session, fx);
                self.missing_topics.connected(same_session, fx);
                self.update_streams.connected(same_session, fx);
                return;
            }
            LinkState::Closed(cause) => {
                self.pending.clear();
                self.update_streams.session_lost(cause, fx);
                if **cause != LinkError::ClosedByClient && self.session.is_some() {
                    notices.notify(
                        fx.now,
                        Tone::Bad,
                        format!("{}: the session has ended", self.name),
                        link::details(cause),
                    );
                }
            }
            LinkState::Recovering { .. } | LinkState::Connecting(_) => {}
        }
        if was_live || std::mem::discriminant(&self.link) != std::mem::discriminant(&state) {
            self.link_since = fx.now;
        }
        self.link = state;
    }

    pub(in crate::model) fn tick(&mut self, fx: &mut Effects) {
        if self.safety.tick(fx.now) {
            fx.notice(notices::NewNotice::new(Tone::Info, format!("{} is read-only again", self.name)));
        }
        self.topics.tick(&self.live, self.is_live(), fx);
        self.inspector.tick(fx);
        self.subscriptions.tick(fx);
        crate::model::editor::follow(self, fx);
        self.editor.tick(fx);
        self.latency.tick(fx.now);
        update_streams::run::tick(self, fx);
    }
}
