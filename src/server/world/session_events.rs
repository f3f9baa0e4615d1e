//! What sessions hear of sessions: who listens, and the one place where what became of a session is told.
//!
//! A listener first hears of the sessions that are there, in the order in which they were opened and bit by bit. Until
//! it has heard of a session, nothing else of that session is told. Nobody waits for the clients' answers; who reads too
//! slowly ends by the limit of its queue, as with any other message.

use super::World;
use super::sessions::DECISION;
use crate::data::session_filter::SessionFilter;
use crate::data::{Account, CloseReason, SessionId, cost};
use crate::server::handlers::SLICE;
use crate::server::properties::{Properties, PropertyKeys};
use crate::server::quotas::ENTRY_BYTES;
use crate::wire::services::SessionPropertiesEvent;
use crate::wire::services::session_properties_event::{self, PropertyChange, SessionChange, Update};
use crate::wire::{Message, Service as _, encode};
use std::collections::BTreeSet;

/// Sessions that are looked at in one go.
const SESSIONS_AT_ONCE: usize = 64;
/// Bytes of events after which they are sent, and not collected any more.
const BATCH_BYTES: usize = 64 << 10;

/// Somebody who hears of sessions.
#[derive(Debug)]
pub(in crate::server) struct SessionListener {
    /// Of which sessions; none for all.
    pub filter: Option<SessionFilter>,
    /// Which of their properties are told.
    pub keys: PropertyKeys,
    /// Only sessions that began after this: milliseconds since 1970; 0 for all.
    pub started_after: i64,
    /// The first session that it has not heard of; none when it has heard of all, and hears of new ones at once.
    pub untold_from: Option<u64>,
}

impl SessionListener {
    /// The most that it costs to find out what it hears of an event, in units of an account.
    pub(in crate::server) fn weight(&self) -> u64 {
        self.filter.as_ref().map_or(0, SessionFilter::weight)
    }

    /// Bytes that it takes.
    pub(in crate::server) fn kept_bytes(&self) -> usize {
        ENTRY_BYTES + self.keys.kept_bytes() + self.filter.as_ref().map_or(0, SessionFilter::kept_bytes)
    }

    /// Whether it hears of a session with these properties; not if it takes too much to find out.
    fn selects(&self, properties: &Properties, account: &mut Account) -> bool {
        let started = || properties.get("$StartTime").and_then(|text| text.parse::<i64>().ok());
        if self.started_after > 0 && started().is_none_or(|at| at <= self.started_after) {
            return false;
        }
        self.filter.as_ref().is_none_or(|filter| filter.matches(|key| properties.value(key), account) == Ok(true))
    }

    fn has_heard_of(&self, session: u64) -> bool {
        self.untold_from.is_none_or(|first| session < first)
    }

    /// What it hears of an event; nothing if it is none for it.
    fn told(&self, event: &Event<'_>, properties: &Properties, account: &mut Account) -> Option<SessionChange> {
        let selects = self.selects(properties, account);
        match event {
            Event::Changed { before } => match (self.selects(before, account), selects) {
                (true, true) => self.changes(before, properties),
                (false, true) => Some(SessionChange::Opened(self.keys.of(properties))),
                // It hears no more of a session that is none of its own any more.
                (_, false) => None,
            },
            _ if !selects => None,
            Event::Opened => Some(SessionChange::Opened(self.keys.of(properties))),
            Event::Updated(update) => {
                let same = self.keys.of(properties).into_iter();
                let changes = same.map(|(key, value)| (key, PropertyChange::Same(value))).collect();
                Some(SessionChange::Updated { update: *update, changes })
            }
            Event::Closed(reason) => {
                Some(SessionChange::Closed { reason: *reason, properties: self.keys.of(properties) })
            }
        }
    }

    /// Every property that it asks for, changed or not; nothing if none of them has changed.
    fn changes(&self, before: &Properties, after: &Properties) -> Option<SessionChange> {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|key| self.keys.contains(key)).collect();
        let change = |key: &String| match (before.get(key), after.get(key)) {
            (None, new) => PropertyChange::Added(new.cloned().unwrap_or_default()),
            (Some(old), None) => PropertyChange::Removed(old.clone()),
            (Some(old), Some(new)) if old == new => PropertyChange::Same(new.clone()),
            (Some(old), Some(new)) => PropertyChange::Changed { old: old.clone(), new: new.clone() },
        };
        let changes: Vec<_> = keys.into_iter().map(|key| (key.clone(), change(key))).collect();
        let is_any = changes.iter().any(|(_, change)| !matches!(change, PropertyChange::Same(_)));
        is_any.then_some(SessionChange::Updated { update: Update::Properties, changes })
    }
}

/// What became of a session.
enum Event<'a> {
    Opened,
    Changed { before: &'a Properties },
    Updated(Update),
    Closed(CloseReason),
}

impl World {
    /// The key of the session with an id, if there is one.
    pub(in crate::server) fn session_key(&self, id: SessionId) -> Option<u64> {
        (id.server == self.server_id && self.sessions.contains_key(&id.session)).then_some(id.session)
    }

    /// Changes properties of a session, and tells its listeners; whether anything has changed.
    pub(in crate::server) fn change_properties(
        &mut self,
        key: u64,
        changes: impl IntoIterator<Item = (String, Option<String>)>,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(&key) else { return false };
        let before = session.properties.clone();
        let mut after = (*before).clone();
        for (name, value) in changes {
            match value {
                Some(value) => after.insert(name, value),
                None => after.remove(&name),
            };
        }
        if after == *before {
            return false;
        }
        session.properties = after.into();
        self.count_kept(key);
        self.tell(key, &Event::Changed { before: &before });
        true
    }

    /// Counts anew what is kept of a session's requests.
    pub(in crate::server) fn count_kept(&self, key: u64) {
        if let Some(session) = self.sessions.get(&key) {
            session.kept.set(session.kept_bytes() + self.kept_in_tables(key));
        }
    }

    /// Bytes kept of a session's requests other than in the session.
    pub(in crate::server) fn kept_in_tables(&self, key: u64) -> usize {
        self.locks.kept_bytes(key) + self.message_handlers.kept_bytes(key)
    }

    /// Tells that a session was opened.
    pub(super) fn session_opened(&mut self, key: u64) {
        self.tell(key, &Event::Opened);
    }

    /// Tells that the connection of a session was lost, or that there is another.
    pub(super) fn session_updated(&mut self, key: u64, update: Update) {
        self.tell(key, &Event::Updated(update));
    }

    /// Tells that a session, which is not there any more, has ended. That the server closes is told nobody: not every
    /// client can read it, and all are ended.
    pub(super) fn session_closed(&mut self, key: u64, id: SessionId, properties: &Properties, reason: CloseReason) {
        if reason != CloseReason::SERVER_CLOSING {
            self.tell_of(key, id, properties, &Event::Closed(reason));
        }
    }

    fn tell(&mut self, key: u64, event: &Event<'_>) {
        if let Some((id, properties)) = self.sessions.get(&key).map(|session| (session.id, session.properties.clone()))
        {
            self.tell_of(key, id, &properties, event);
        }
    }

    fn tell_of(&mut self, key: u64, id: SessionId, properties: &Properties, event: &Event<'_>) {
        let listens = |key: &u64| self.sessions.get(key).is_some_and(|session| !session.session_listeners.is_empty());
        self.listening.retain(listens);
        let (mut told, mut spent) = (Vec::new(), 0);
        for listening in &self.listening {
            let mut account = Account::of(DECISION);
            for (conversation, listener) in &self.sessions[listening].session_listeners {
                if listener.has_heard_of(key)
                    && let Some(change) = listener.told(event, properties, &mut account)
                {
                    told.push((*listening, *conversation, change));
                }
            }
            spent += account.spent();
        }
        self.telling_cost += spent;
        for (listening, conversation, change) in told {
            self.send_session_events(listening, conversation, vec![(id, change)]);
        }
    }

    /// The units that telling has taken since this was asked last; it is the work of whoever caused it.
    pub(in crate::server) const fn take_telling_cost(&mut self) -> u64 {
        std::mem::replace(&mut self.telling_cost, 0)
    }

    /// Begins to tell a listener of a session.
    pub(in crate::server) fn listen_to_sessions(&mut self, key: u64, conversation: i64, listener: SessionListener) {
        if let Some(session) = self.sessions.get_mut(&key) {
            session.session_listeners.insert(conversation, listener);
            self.listening.insert(key);
        }
    }

    /// Tells a listener of some more of the sessions that it has not heard of; whether there are more.
    pub(in crate::server) fn tell_of_sessions_there(
        &mut self,
        key: u64,
        conversation: i64,
        account: &mut Account,
    ) -> bool {
        let Some(listener) = self.sessions.get(&key).and_then(|s| s.session_listeners.get(&conversation)) else {
            return false;
        };
        let Some(first) = listener.untold_from else { return false };
        let (mut events, mut bytes, mut next) = (Vec::new(), 0, None);
        let until = account.spent() + SLICE;
        for (seen, (other, session)) in self.sessions.range(first..).enumerate() {
            if seen >= SESSIONS_AT_ONCE || bytes >= BATCH_BYTES || account.spent() >= until {
                next = Some(*other);
                break;
            }
            let mut deciding = Account::of(DECISION);
            if listener.selects(&session.properties, &mut deciding) {
                let properties = listener.keys.of(&session.properties);
                bytes += properties.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
                account.note(cost::CHANGE);
                events.push((session.id, SessionChange::Opened(properties)));
            }
            account.note(cost::VISIT + deciding.spent());
        }
        let listener = self.sessions.get_mut(&key).and_then(|s| s.session_listeners.get_mut(&conversation));
        if let Some(listener) = listener {
            listener.untold_from = next;
        }
        if !events.is_empty() {
            self.send_session_events(key, conversation, events);
        }
        next.is_some()
    }

    fn send_session_events(&mut self, key: u64, listener: i64, events: Vec<(SessionId, SessionChange)>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let conversation = session.connection.next_notice();
        let payload = encode(&session_properties_event::Request { listener, events }, session.version);
        self.telling_cost += cost::CHANGE + cost::bytes_cost(payload.len());
        self.send(key, &Message::Request { service: SessionPropertiesEvent::ID, cid: conversation, payload });
    }
}
