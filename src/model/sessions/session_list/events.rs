//! What the listener of sessions is told, taken into the list.

use super::SessionList;
use super::listen::{Phase, complete, deregister, is_full};
use super::rows::{End, Put, Seen, State};
use crate::data::session_property as property;
use crate::data::{CloseReason, SessionId, Timestamp};
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::inbound::ServerRequest;
use crate::model::permissions;
use crate::wire::services::SessionPropertiesEvent;
use crate::wire::services::session_listing::PropertyList;
use crate::wire::services::session_properties_event::{PropertyChange, SessionChange, Update};

/// The server tells what became of sessions.
pub(in crate::model) fn on_event(
    at: &mut Connected,
    fx: &mut Effects,
    received: ServerRequest<SessionPropertiesEvent>,
) {
    let list = &mut at.session_list;
    let is_ours = received.request.listener == list.listening.listener;
    if !is_ours || !matches!(list.listening.phase, Phase::Live | Phase::Registering) {
        return;
    }
    let own = at.session.as_ref().map(|session| session.id);
    let mut own_changed = false;
    for (id, change) in received.request.events {
        if matches!(change, SessionChange::Closed { .. }) {
            at.session_acts.session_closed(id);
        }
        own_changed |= tell(list, id, change, received.at) && Some(id) == own;
        if is_full(list) {
            break;
        }
    }
    if let Some((expected, latest)) = &mut list.listening.initial {
        *latest = received.at;
        if list.rows.len() >= *expected && list.rows.unconfirmed_count() == 0 {
            complete(at, fx);
        }
    }
    if is_full(&at.session_list) {
        deregister(at, fx);
        at.session_list.listening.initial = None;
        at.session_list.listening.enter(Phase::TooMany, fx.now);
    }
    if own_changed {
        at.handle(permissions::Intent::Refresh, fx);
    }
}

/// Takes in one event; true if principal or roles of the session are others than before.
fn tell(list: &mut SessionList, id: SessionId, change: SessionChange, at: Timestamp) -> bool {
    list.revision += 1;
    let is_initial = list.listening.initial.is_some();
    match change {
        SessionChange::Opened(properties) => {
            let is_new = list.rows.put(id, &properties, at) == Put::New;
            list.rows.change(id, |row| {
                row.is_unconfirmed = false;
                if is_new {
                    row.opened = (!is_initial).then_some(at);
                    row.note(at, Seen::Opened { already: is_initial });
                } else if row.state == State::Unknown {
                    row.state = State::Connected;
                }
            });
            if is_new && !is_initial {
                list.note_recent(at, false);
            }
            false
        }
        SessionChange::Updated { update, changes } => {
            let value = |(key, change): (String, PropertyChange)| {
                let value = change.value().map(str::to_owned)?;
                Some((key, value))
            };
            let properties: PropertyList = changes.into_iter().filter_map(value).collect();
            let put = list.rows.put(id, &properties, at);
            list.rows.change(id, |row| {
                row.is_unconfirmed = false;
                let (state, seen) = match update {
                    Update::Properties => return,
                    Update::Reconnected => (State::Connected, Seen::Reconnected),
                    Update::FailedOver => (State::Connected, Seen::FailedOver),
                    Update::Disconnected => (State::Disconnected(at), Seen::Disconnected),
                };
                row.state = state;
                row.note(at, seen);
            });
            let Put::Known(keys) = put else { return false };
            let identity = [property::PRINCIPAL, property::ROLES].map(|key| list.rows.key_id(key));
            keys.into_iter().any(|key| identity.contains(&Some(key)))
        }
        SessionChange::Closed { reason, properties } => {
            if !properties.is_empty() || list.rows.get(id).is_none() {
                list.rows.put(id, &properties, at);
            }
            close(list, id, at, Some(reason));
            false
        }
    }
}

/// A session has ended.
pub(super) fn close(list: &mut SessionList, id: SessionId, at: Timestamp, reason: Option<CloseReason>) {
    let Some(mut session) = list.rows.remove(id) else { return };
    session.end = Some(End { at, reason });
    session.note(at, Seen::Closed(reason));
    list.closed.push(session);
    if list.checked.remove(&id) {
        list.checked_closed += 1;
    }
    list.note_recent(at, true);
    list.revision += 1;
}
