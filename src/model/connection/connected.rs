//! One open connection: where its link stands, and how events reach its features.

use crate::client::api::{
    ConnectOptions, Event, Level, LinkError, LinkId, LinkState, LogLine, SessionEvent, Traffic, ValueLoss,
};
use crate::data::{Timestamp, shown};
use crate::model::connections::Environment;
use crate::model::effects::Effects;
use crate::model::features::Opening;
use crate::model::messages::stored::StoredMessages;
use crate::model::notices::{NewNotice, Tone};
use crate::model::settings::Settings;
use crate::model::{Connected, inbound};

/// Totals of the line that are kept, one a second: what the rates are taken over.
const TOTALS_KEPT: usize = 6;

impl Connected {
    /// A link that is about to open, for which nothing was stored.
    #[must_use]
    pub fn new(
        id: LinkId,
        name: String,
        key: &str,
        environment: Environment,
        options: ConnectOptions,
        now: Timestamp,
    ) -> Self {
        let settings = Settings::default();
        let messages = StoredMessages::default();
        let opening = Opening { key, environment, settings: &settings, drafts: &[], messages: &messages };
        Self::opening(id, name, options, now, &opening)
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

    pub(in crate::model) fn apply(&mut self, event: Event, fx: &mut Effects) {
        match event {
            Event::Link(state) => self.apply_link(state, fx),
            Event::Answer(answer) => {
                if let Some(handler) = self.waiting.remove(&answer.id) {
                    handler(self, fx, answer);
                }
            }
            Event::Session(SessionEvent::Subscribed { path, spec }) => {
                self.live.subscribed(&path, &spec);
                self.each_subscribed(&path, &spec, fx);
            }
            Event::Session(SessionEvent::Unsubscribed { path, reason }) => {
                self.live.unsubscribed(&path);
                self.each_unsubscribed(&path, reason, fx);
            }
            Event::Updates(updates) => {
                for update in &updates {
                    self.live.updated(update);
                    self.each_updated(update, fx);
                }
            }
            Event::Session(SessionEvent::ValueLost { path, reason }) => {
                self.live.value_lost(&path);
                self.each_value_lost(&path, &reason.to_string(), fx);
                match reason {
                    // There may be very many: they are told together.
                    ValueLoss::MemoryLimit => self.memory.values_given_up += 1,
                    ValueLoss::Unusable(details) => {
                        let text = format!("A value of “{path}” could not be used");
                        fx.notice(NewNotice { details, ..NewNotice::new(Tone::Warn, text) });
                    }
                }
            }
            Event::Session(SessionEvent::Request(request)) => inbound::route(self, request, fx),
            Event::Session(SessionEvent::AutoAnswered { id, service, why }) => {
                inbound::auto_answered(self, id, service, why, fx);
            }
            Event::NotificationsDropped { count } => {
                self.each_notifications_dropped(fx);
                let text = format!("{count} notifications were dropped because the window was behind; asked again");
                self.log.push(LogLine { at: fx.now, level: Level::Warn, text });
            }
            Event::SessionReset => self.session_reset = true,
            Event::Session(SessionEvent::Pinged { at, micros }) => self.latency.pinged(at, micros),
            Event::Traffic(traffic) => {
                self.traffic = traffic;
                self.traffic_history.push_back((fx.now, traffic));
                while self.traffic_history.len() > TOTALS_KEPT {
                    self.traffic_history.pop_front();
                }
            }
            Event::Log(line) => self.log.push(line),
        }
    }

    fn apply_link(&mut self, state: LinkState, fx: &mut Effects) {
        let was_live = self.is_live();
        match &state {
            LinkState::Connected(facts) => {
                let known = !std::mem::take(&mut self.session_reset);
                let same_session = known && self.session.as_ref().is_some_and(|s| s.id == facts.id);
                let first = self.session.replace(facts.clone()).is_none();
                if !was_live && !first {
                    self.latency.reconnected(fx.now);
                    fx.notice(NewNotice::new(Tone::Good, format!("{}: connected again", shown(&self.name))));
                }
                self.link = state;
                self.link_since = fx.now;
                if !same_session {
                    self.live.clear();
                }
                if !was_live {
                    self.safety.lock();
                }
                self.each_connected(same_session, fx);
                return;
            }
            LinkState::Closed(cause) => {
                self.waiting.clear();
                self.each_ended(cause, fx);
                if **cause != LinkError::ClosedByClient && self.session.is_some() {
                    let text = format!("{}: the session has ended", shown(&self.name));
                    fx.notice(NewNotice { details: cause.to_string(), ..NewNotice::new(Tone::Bad, text) });
                }
            }
            LinkState::InDoubt | LinkState::Recovering { .. } | LinkState::Connecting(_) => {}
        }
        if was_live || std::mem::discriminant(&self.link) != std::mem::discriminant(&state) {
            self.link_since = fx.now;
        }
        self.link = state;
    }
}
