//! The sessions of a server by their IDs, with their properties; texts that occur often are stored once.

use crate::data::session_property as property;
use crate::data::{Account, CloseReason, Exhausted, SessionFilter, SessionId, Timestamp};
use crate::wire::services::session_listing::PropertyList;
use hashbrown::{HashMap, HashSet};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

/// Different keys of properties that are told apart at most; strangers choose the user-defined ones.
const MAX_KEYS: usize = 4096;
/// What was seen of one session is kept so often at most.
const MAX_EVENTS: usize = 32;
/// Bytes of a value that the account of what was seen keeps.
const EVENT_VALUE: usize = 256;
/// Texts that nobody uses are looked for when so many were added since.
const SWEEP_AFTER: usize = 16_384;

/// Names a key of properties; the keys that are known to this program come first, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(super) u16);

/// Keys and values, each stored once.
#[derive(Debug)]
struct Texts {
    keys: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, KeyId>,
    /// Sessions that have the key.
    sessions: Vec<u32>,
    values: HashSet<Arc<str>>,
    added: usize,
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts =
            Self { keys: Vec::new(), ids: HashMap::new(), sessions: Vec::new(), values: HashSet::new(), added: 0 };
        for (key, _) in property::KNOWN {
            texts.key(key);
        }
        texts
    }
}

impl Texts {
    fn key(&mut self, key: &str) -> Option<KeyId> {
        if let Some(id) = self.ids.get(key) {
            return Some(*id);
        }
        let id = KeyId(u16::try_from(self.keys.len()).ok().filter(|id| usize::from(*id) < MAX_KEYS)?);
        let key: Arc<str> = key.into();
        self.keys.push(key.clone());
        self.sessions.push(0);
        self.ids.insert(key, id);
        Some(id)
    }

    fn value(&mut self, value: &str) -> Arc<str> {
        if let Some(known) = self.values.get(value) {
            return known.clone();
        }
        self.added += 1;
        if self.added > SWEEP_AFTER.max(self.values.len() / 2) {
            self.values.retain(|value| Arc::strong_count(value) > 1);
            self.added = 0;
        }
        let value: Arc<str> = value.into();
        self.values.insert(value.clone());
        value
    }
}

/// Whether a session has its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is connected.
    Connected,
    /// Its connection is lost since then; it may come back.
    Disconnected(Timestamp),
    /// It was fetched, and a fetch does not tell.
    Unknown,
}

/// What was seen of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was opened, or was there already when listening began.
    Opened {
        /// Whether it was there already.
        already: bool,
    },
    /// A property has another value: key, before, now; none where it is missing.
    Changed(KeyId, Option<Arc<str>>, Option<Arc<str>>),
    /// Its connection was lost.
    Disconnected,
    /// Its client came back.
    Reconnected,
    /// Another server of the cluster goes on with it.
    FailedOver,
    /// It has ended.
    Closed(Option<CloseReason>),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When that was told.
    pub at: Timestamp,
    /// Why; none if it went while nobody listened.
    pub reason: Option<CloseReason>,
}

/// One session, open or ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Names it.
    pub id: SessionId,
    /// Where it stands.
    pub state: State,
    /// When it began by the server's clock, if that is told.
    pub started: Option<Timestamp>,
    /// When it was opened, if that was seen here.
    pub opened: Option<Timestamp>,
    /// How it ended; none while it is open.
    pub end: Option<End>,
    /// When and which property changed last.
    pub changed: Option<(Timestamp, KeyId)>,
    /// What was seen, oldest first.
    pub events: VecDeque<(Timestamp, Seen)>,
    /// What was seen before and is not kept.
    pub events_dropped: u64,
    /// By key.
    properties: Vec<(KeyId, Arc<str>)>,
    bytes: usize,
    /// Not told again since the latest beginning of listening.
    pub(super) is_unconfirmed: bool,
}

impl Session {
    /// The value of a property.
    #[must_use]
    pub fn get(&self, key: KeyId) -> Option<&Arc<str>> {
        let at = self.properties.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&self.properties[at].1)
    }

    /// Its properties, in no useful order.
    pub fn properties(&self) -> impl Iterator<Item = (KeyId, &Arc<str>)> {
        self.properties.iter().map(|(key, value)| (*key, value))
    }

    /// Whether it is open and has no connection.
    #[must_use]
    pub const fn is_disconnected(&self) -> bool {
        matches!(self.state, State::Disconnected(_)) && self.end.is_none()
    }

    /// How long it lived, or lives, in seconds.
    #[must_use]
    pub fn lived_secs(&self, now: Timestamp) -> Option<f64> {
        let until = self.end.map_or(now, |end| end.at);
        Some(until.secs_since(self.started?).max(0.0))
    }

    /// Bytes that it takes, shared texts counted in full.
    #[must_use]
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn weigh(&mut self) {
        let values: usize = self.properties.iter().map(|(_, value)| value.len()).sum();
        let seen = |(_, seen): &(Timestamp, Seen)| match seen {
            Seen::Changed(_, before, now) => {
                before.as_ref().map_or(0, |text| text.len()) + now.as_ref().map_or(0, |text| text.len())
            }
            _ => 0,
        };
        let events: usize = self.events.iter().map(seen).sum();
        self.bytes = size_of::<Self>()
            + values
            + events
            + self.properties.capacity() * size_of::<(KeyId, Arc<str>)>()
            + self.events.capacity() * size_of::<(Timestamp, Seen)>();
    }

    pub(super) fn note(&mut self, at: Timestamp, seen: Seen) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
            self.events_dropped += 1;
        }
        self.events.push_back((at, seen));
        self.weigh();
    }
}

/// The open sessions.
#[derive(Debug, Default)]
pub struct Rows {
    texts: Texts,
    rows: Vec<Session>,
    by_id: HashMap<SessionId, u32>,
    bytes: usize,
    unconfirmed: usize,
    /// Properties that were not kept because there are too many different keys.
    pub properties_left_out: u64,
}

impl Rows {
    /// Sessions.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes that they take.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of them, in no useful order.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.rows.iter()
    }

    /// A session.
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<&Session> {
        Some(&self.rows[*self.by_id.get(&id)? as usize])
    }

    /// The id of a key that occurred, or is known to this program.
    #[must_use]
    pub fn key_id(&self, key: &str) -> Option<KeyId> {
        self.texts.ids.get(key).copied()
    }

    /// The text of a key.
    #[must_use]
    pub fn key(&self, id: KeyId) -> &Arc<str> {
        &self.texts.keys[usize::from(id.0)]
    }

    /// Keys with the number of open sessions that have them; those that none has are left out.
    pub fn keys(&self) -> impl Iterator<Item = (KeyId, &Arc<str>, u32)> {
        let keys = self.texts.keys.iter().zip(&self.texts.sessions).enumerate();
        keys.filter(|(_, (_, sessions))| **sessions > 0)
            .map(|(at, (key, sessions))| (KeyId(u16::try_from(at).unwrap_or(u16::MAX)), key, *sessions))
    }

    /// The value of a property of a session.
    #[must_use]
    pub fn value<'a>(&self, session: &'a Session, key: &str) -> Option<&'a Arc<str>> {
        session.get(self.key_id(key)?)
    }

    /// Whether a filter chooses a session.
    ///
    /// # Errors
    /// That takes more than the account has.
    pub fn selects(&self, filter: &SessionFilter, session: &Session, account: &mut Account) -> Result<bool, Exhausted> {
        filter.matches(|key| self.value(session, key).map(|value| Cow::Borrowed(&**value)), account)
    }

    /// Values of a property among the open sessions with their numbers, most frequent first.
    #[must_use]
    pub fn values(&self, key: KeyId, most: usize) -> Vec<(Arc<str>, u32)> {
        let mut counts: HashMap<&Arc<str>, u32> = HashMap::new();
        for value in self.rows.iter().filter_map(|row| row.get(key)) {
            *counts.entry(value).or_default() += 1;
        }
        let mut values: Vec<(Arc<str>, u32)> = counts.into_iter().map(|(value, n)| (value.clone(), n)).collect();
        values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        values.truncate(most);
        values
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.by_id.clear();
        self.bytes = 0;
        self.unconfirmed = 0;
        self.texts.sessions.fill(0);
    }

    pub(super) fn unconfirm_all(&mut self) {
        for row in &mut self.rows {
            row.is_unconfirmed = true;
        }
        self.unconfirmed = self.rows.len();
    }

    pub(super) const fn unconfirmed_count(&self) -> usize {
        self.unconfirmed
    }

    pub(super) fn unconfirmed(&self) -> Vec<SessionId> {
        self.rows.iter().filter(|row| row.is_unconfirmed).map(|row| row.id).collect()
    }

    pub(super) fn change(&mut self, id: SessionId, change: impl FnOnce(&mut Session)) -> bool {
        let Some(at) = self.by_id.get(&id) else { return false };
        let row = &mut self.rows[*at as usize];
        self.bytes -= row.bytes;
        let was_unconfirmed = row.is_unconfirmed;
        change(row);
        self.unconfirmed -= usize::from(was_unconfirmed && !row.is_unconfirmed);
        self.bytes += row.bytes;
        true
    }

    /// A session is there with these properties; what it had before is compared, and the differences are given back.
    pub(super) fn put(&mut self, id: SessionId, properties: &PropertyList, at: Timestamp) -> Put {
        let mut list: Vec<(KeyId, Arc<str>)> = Vec::with_capacity(properties.len());
        for (key, value) in properties {
            match self.texts.key(key) {
                Some(key) => list.push((key, self.texts.value(value))),
                None => self.properties_left_out += 1,
            }
        }
        // Of a key that is told twice, the last value counts.
        list.reverse();
        list.sort_by_key(|(key, _)| *key);
        list.dedup_by_key(|(key, _)| *key);
        list.shrink_to_fit();
        let start = self.key_id(property::START_TIME);
        let started = list.iter().find(|(key, _)| Some(*key) == start);
        let started = started.and_then(|(_, text)| text.parse().ok()).map(Timestamp::from_millis);
        for (key, _) in &list {
            self.texts.sessions[usize::from(key.0)] += 1;
        }
        if let Some(place) = self.by_id.get(&id) {
            let row = &mut self.rows[*place as usize];
            for (key, _) in &row.properties {
                let sessions = &mut self.texts.sessions[usize::from(key.0)];
                *sessions = sessions.saturating_sub(1);
            }
            let before = std::mem::replace(&mut row.properties, list);
            row.started = started.or(row.started);
            self.bytes -= row.bytes;
            let changes = changes(&before, &row.properties);
            for (key, before, now) in &changes {
                row.changed = Some((at, *key));
                row.note(at, Seen::Changed(*key, cut(before.as_ref()), cut(now.as_ref())));
            }
            row.weigh();
            self.bytes += row.bytes;
            return Put::Known(changes.into_iter().map(|(key, ..)| key).collect());
        }
        let mut row = Session {
            id,
            state: State::Connected,
            started,
            opened: None,
            end: None,
            changed: None,
            events: VecDeque::new(),
            events_dropped: 0,
            properties: list,
            bytes: 0,
            is_unconfirmed: false,
        };
        row.weigh();
        self.bytes += row.bytes;
        self.by_id.insert(id, u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        self.rows.push(row);
        Put::New
    }

    /// Takes a session out.
    pub(super) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let place = self.by_id.remove(&id)? as usize;
        let row = self.rows.swap_remove(place);
        if let Some(moved) = self.rows.get(place) {
            self.by_id.insert(moved.id, u32::try_from(place).unwrap_or(u32::MAX));
        }
        for (key, _) in &row.properties {
            let sessions = &mut self.texts.sessions[usize::from(key.0)];
            *sessions = sessions.saturating_sub(1);
        }
        self.bytes -= row.bytes;
        self.unconfirmed -= usize::from(row.is_unconfirmed);
        Some(row)
    }
}

/// What putting a session did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It was not known.
    New,
    /// It was known; the keys whose values differ.
    Known(Vec<KeyId>),
}

type Difference = (KeyId, Option<Arc<str>>, Option<Arc<str>>);

/// Differences of two lists that are sorted by key.
fn changes(before: &[(KeyId, Arc<str>)], now: &[(KeyId, Arc<str>)]) -> Vec<Difference> {
    let find = |list: &[(KeyId, Arc<str>)], key: KeyId| {
        list.binary_search_by_key(&key, |(key, _)| *key).ok().map(|at| list[at].1.clone())
    };
    let mut out = Vec::new();
    for (key, value) in before {
        match find(now, *key) {
            Some(other) if other == *value => {}
            other => out.push((*key, Some(value.clone()), other)),
        }
    }
    for (key, value) in now {
        if find(before, *key).is_none() {
            out.push((*key, None, Some(value.clone())));
        }
    }
    out
}

/// A value as the account of what was seen keeps it.
fn cut(value: Option<&Arc<str>>) -> Option<Arc<str>> {
    let value = value?;
    if value.len() <= EVENT_VALUE {
        return Some(value.clone());
    }
    let mut end = EVENT_VALUE;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    Some(format!("{}…", &value[..end]).into())
}
