//! Sessions in groups: by the value of a property, by role, by state or by the reason of their end.

use super::rows::{KeyId, Rows, Session, State};
use crate::data::session_filter::read_roles;
use crate::data::session_property as property;
use crate::data::{SessionId, Timestamp};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// Sessions that began so many seconds ago at most count as opened just now.
pub const RECENT_SECS: f64 = 600.0;

/// What sessions are grouped by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// The value of a property.
    Property(Arc<str>),
    /// Each of their roles; a session is in as many groups.
    Role,
    /// Whether they are connected.
    State,
    /// Why they ended.
    Reason,
}

impl GroupBy {
    /// As people call it.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Property(key) => property::title(key).unwrap_or(key),
            Self::Role => "Role",
            Self::State => "State",
            Self::Reason => "Reason",
        }
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its sessions have in common; none if they lack the property.
    pub label: Option<Arc<str>>,
    /// Sessions in it, those that have no connection, and those that began in the last ten minutes.
    pub counts: [usize; 3],
    /// Its sessions, in the order in which they came.
    pub sessions: Vec<SessionId>,
}

/// The roles of the open sessions with their numbers, most frequent first.
#[must_use]
pub fn role_counts(rows: &Rows, roles: KeyId) -> Vec<(Arc<str>, u32)> {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for (text, sessions) in rows.values(roles, usize::MAX) {
        for role in read_roles(&text) {
            *counts.entry(role).or_default() += sessions;
        }
    }
    let mut counts: Vec<(Arc<str>, u32)> = counts.into_iter().map(|(role, n)| (role.into(), n)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// Groups of sessions that were sorted already, the largest first.
#[must_use]
pub fn groups<'a>(
    rows: &Rows,
    sessions: impl Iterator<Item = &'a Session>,
    by: &GroupBy,
    now: Timestamp,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // Values are stored once, so that most sessions are told apart without reading them.
    let mut known: HashMap<Option<Cow<'a, str>>, usize> = HashMap::new();
    let key = match by {
        GroupBy::Property(key) => rows.key_id(key),
        GroupBy::Role => rows.key_id(property::ROLES),
        GroupBy::State | GroupBy::Reason => None,
    };
    let mut roles_of: HashMap<&'a str, Vec<usize>> = HashMap::new();
    for session in sessions {
        let value: Option<&'a str> = key.and_then(|key| session.get(key)).map(|value| &**value);
        let mut add = |label: Option<Cow<'a, str>>| {
            let next = groups.len();
            let at = *known.entry(label).or_insert_with_key(|label| {
                let label = label.as_deref().map(Arc::from);
                groups.push(Group { label, counts: [0; 3], sessions: Vec::new() });
                next
            });
            groups[at].take(session, now);
            at
        };
        match by {
            GroupBy::Property(_) => drop(add(value.map(Cow::Borrowed))),
            GroupBy::State => drop(add(Some(Cow::Borrowed(state_word(session))))),
            GroupBy::Reason => {
                let reason = session.end.map(|end| match end.reason {
                    Some(reason) => Cow::Owned(reason.to_string()),
                    None => Cow::Borrowed("closed while not listening"),
                });
                add(reason);
            }
            GroupBy::Role => {
                let text = value.unwrap_or_default();
                if let Some(places) = roles_of.get(text) {
                    for at in places {
                        groups[*at].take(session, now);
                    }
                    continue;
                }
                let roles = read_roles(text);
                let places: Vec<usize> = if roles.is_empty() {
                    vec![add(None)]
                } else {
                    roles.into_iter().map(|role| add(Some(Cow::Owned(role)))).collect()
                };
                roles_of.insert(text, places);
            }
        }
    }
    groups.sort_by(|a, b| b.sessions.len().cmp(&a.sessions.len()).then_with(|| a.label.cmp(&b.label)));
    groups
}

impl Group {
    fn take(&mut self, session: &Session, now: Timestamp) {
        self.sessions.push(session.id);
        self.counts[0] += 1;
        self.counts[1] += usize::from(session.is_disconnected());
        let recent = session.started.is_some_and(|started| now.secs_since(started) <= RECENT_SECS);
        self.counts[2] += usize::from(recent);
    }
}

/// The state of a session as a word.
#[must_use]
pub const fn state_word(session: &Session) -> &'static str {
    match (session.end, session.state) {
        (Some(_), _) => "closed",
        (None, State::Connected) => "connected",
        (None, State::Disconnected(_)) => "disconnected",
        (None, State::Unknown) => "not known",
    }
}
