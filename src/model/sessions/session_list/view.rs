//! The rows of the table of sessions: filtered, sorted, grouped, and held still while somebody works in them.
//!
//! A pure function of the facts. The panel owns it and renews it before drawing; whether the table is to hold still is
//! for the panel to say, because only it knows pointer and keyboard.

use super::filter::Matcher;
use super::groups::{self, Group, GroupBy};
use super::rows::{KeyId, Session, State};
use super::{Chip, SessionList};
use crate::data::{Account, Exhausted, SessionId, Timestamp};
use crate::model::topics::Order;
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// Rows come and go at most so often, in seconds.
const RENEW_SECS: f64 = 0.5;
/// What working out a filter may cost, in units of about ten nanoseconds. Common filters of 20,000 sessions take less.
const FILTER_COST: u64 = 4_000_000;
/// A session counts as new for so many seconds after it was opened.
pub const NEW_SECS: f64 = 10.0;
/// A session that has ended stands struck through for so many seconds.
pub const STRUCK_SECS: f64 = 5.0;

/// What a column shows, and what sessions can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Whether they are connected.
    State,
    /// When they began.
    Started,
    /// Their IDs.
    Id,
    /// When they ended.
    Ended,
    /// Why they ended.
    Reason,
    /// How long they lived.
    Lived,
    /// A property.
    Property(KeyId),
}

/// Which sessions: the open ones, or those that have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Open now.
    #[default]
    Live,
    /// Ended while they were known here.
    Closed,
}

/// What the user wants to see.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Which sessions.
    pub side: Side,
    /// Sorted by it; true with the largest first.
    pub sort: (Field, bool),
    /// In these groups.
    pub group: Option<GroupBy>,
    /// Properties that are looked through for words.
    pub columns: Vec<KeyId>,
    /// Labels of the groups that are open.
    pub open: HashSet<Option<Arc<str>>>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The head of a group, by its place in [`View::groups`].
    Group(usize),
    /// A session.
    Session(SessionId),
}

/// How many sessions the filter leaves, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In all.
    pub all: usize,
    /// Connected ones.
    pub connected: usize,
    /// Those without a connection.
    pub disconnected: usize,
    /// Those opened just now.
    pub new: usize,
}

/// The rows shown.
#[derive(Debug, Default)]
pub struct View {
    lines: Vec<Line>,
    groups: Vec<Group>,
    counts: Counts,
    /// Sessions that came, and that ended, and are not let in yet.
    held: (usize, usize),
    /// The sessions that were shown or stood in closed groups when rows were made last.
    known: HashSet<SessionId>,
    revision: u64,
    made: Option<(Wanted, u64, Chip)>,
    counted_at: Timestamp,
    counted_revision: u64,
    /// The filter takes more work than is done while drawing: rows are those of the one before.
    is_too_costly: bool,
    /// When a row that is struck through, or counts as new, is to be renewed.
    due: Option<Timestamp>,
}

impl View {
    /// The rows, from top to bottom.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The groups, the largest first; none unless sessions are grouped.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many sessions the filter leaves.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether the filter takes more work than is done while drawing, so that the rows are those of the one before.
    #[must_use]
    pub const fn is_too_costly(&self) -> bool {
        self.is_too_costly
    }

    /// How many sessions that came, and that ended, are held back.
    #[must_use]
    pub const fn held(&self) -> (usize, usize) {
        self.held
    }

    /// Another number whenever the rows are others.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The sessions that are shown or stand in groups, in their order, each once.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> {
        let shown = self.lines.iter().filter_map(|line| if let Line::Session(id) = line { Some(*id) } else { None });
        let grouped = self.groups.iter().flat_map(|group| group.sessions.iter().copied());
        let is_grouped = !self.groups.is_empty();
        let mut seen = HashSet::new();
        shown.filter(move |_| !is_grouped).chain(grouped).filter(move |id| seen.insert(*id))
    }

    /// Whether a session is among what the filter left when the rows were made.
    #[must_use]
    pub fn has(&self, id: SessionId) -> bool {
        self.known.contains(&id)
    }

    /// When the rows are to be renewed though nothing came; none if never.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Whether facts came that were not looked at yet, because rows are renewed at most so often.
    #[must_use]
    pub const fn is_behind(&self, list: &SessionList) -> bool {
        self.counted_revision != list.revision
    }

    /// Lets in at once what is held back.
    pub fn release(&mut self) {
        self.made = None;
    }

    /// Renews the rows if facts or wishes are others. `hold`: rows stay as they are unless the user asked for others.
    pub fn renew(&mut self, list: &SessionList, wanted: &Wanted, hold: bool, now: Timestamp) {
        let asked = (list.filter.revision(), list.chip);
        let is_asked =
            self.made.as_ref().is_none_or(|(made, filter, chip)| made != wanted || (*filter, *chip) != asked);
        let is_due = self.due.is_some_and(|due| due <= now);
        // The first rows are waited for.
        let waited = self.lines.is_empty() || now.secs_since(self.counted_at) >= RENEW_SECS;
        let moved = self.counted_revision != list.revision || is_due || !hold && self.held != (0, 0);
        if !(is_asked || moved && waited) {
            return;
        }
        self.counted_at = now;
        self.counted_revision = list.revision;
        self.due = None;
        let chosen = self.choose(list, wanted, now);
        self.is_too_costly = chosen.is_err();
        let Ok(chosen) = chosen else {
            self.made = Some((wanted.clone(), asked.0, asked.1));
            return;
        };
        if hold && !is_asked {
            self.hold(list, wanted, &chosen, now);
            return;
        }
        self.made = Some((wanted.clone(), asked.0, asked.1));
        self.held = (0, 0);
        self.arrange(list, wanted, chosen, now);
    }

    /// The sessions that filter and chip leave; counts are renewed.
    fn choose<'a>(
        &mut self,
        list: &'a SessionList,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<Vec<&'a Session>, Exhausted> {
        let mut account = Account::of(FILTER_COST);
        let matcher: &Matcher = list.filter.matcher();
        let mut counts = Counts::default();
        let mut chosen = Vec::new();
        let mut take = |session: &'a Session| {
            if !matcher.chooses(&list.rows, session, &wanted.columns, &mut account)? {
                return Ok(());
            }
            counts.all += 1;
            let new_until = session.opened.map(|at| Timestamp(at.0 + (NEW_SECS * 1e6) as i64));
            let is_new = new_until.is_some_and(|until| until > now);
            let is_disconnected = session.is_disconnected();
            counts.disconnected += usize::from(is_disconnected);
            counts.connected += usize::from(session.state == State::Connected);
            counts.new += usize::from(is_new);
            if is_new {
                self.due = earlier(self.due, new_until);
            }
            let fits = wanted.side == Side::Closed
                || match list.chip {
                    Chip::All => true,
                    Chip::Connected => session.state == State::Connected,
                    Chip::Disconnected => is_disconnected,
                    Chip::New => is_new,
                };
            if fits {
                chosen.push(session);
            }
            Ok(())
        };
        match wanted.side {
            Side::Live => list.rows.iter().try_for_each(&mut take)?,
            Side::Closed => list.closed.iter().try_for_each(&mut take)?,
        }
        self.counts = counts;
        Ok(chosen)
    }

    /// Counts what is held back; figures of groups are renewed in place.
    fn hold(&mut self, list: &SessionList, wanted: &Wanted, chosen: &[&Session], now: Timestamp) {
        let came = chosen.iter().filter(|session| !self.known.contains(&session.id)).count();
        let gone = match wanted.side {
            Side::Live => self.known.iter().filter(|id| list.rows.get(**id).is_none()).count(),
            Side::Closed => 0,
        };
        self.held = (came, gone);
        if let Some(by) = &wanted.group {
            let mut fresh: HashMap<Option<Arc<str>>, [usize; 3]> = HashMap::new();
            for group in groups::groups(&list.rows, chosen.iter().copied(), by, now) {
                fresh.insert(group.label, group.counts);
            }
            for group in &mut self.groups {
                group.counts = fresh.get(&group.label).copied().unwrap_or_default();
            }
        }
    }

    fn arrange<'a>(&mut self, list: &'a SessionList, wanted: &Wanted, mut chosen: Vec<&'a Session>, now: Timestamp) {
        if wanted.side == Side::Live {
            // What has ended just now stays for a moment where it was.
            let struck = self.known.iter().filter_map(|id| list.closed.get(*id));
            let mut account = Account::of(FILTER_COST);
            for session in struck.filter(|session| list.rows.get(session.id).is_none()) {
                if list.filter.matcher().chooses(&list.rows, session, &wanted.columns, &mut account) != Ok(true) {
                    continue;
                }
                let until = session.end.map(|end| Timestamp(end.at.0 + (STRUCK_SECS * 1e6) as i64));
                if until.is_some_and(|until| until > now) {
                    self.due = earlier(self.due, until);
                    chosen.push(session);
                }
            }
        }
        sort(&mut chosen, wanted.sort);
        self.known.clear();
        self.known.extend(chosen.iter().map(|session| session.id));
        self.lines.clear();
        self.groups.clear();
        self.revision += 1;
        let Some(by) = &wanted.group else {
            self.lines.extend(chosen.iter().map(|session| Line::Session(session.id)));
            return;
        };
        self.groups = groups::groups(&list.rows, chosen.into_iter(), by, now);
        for (at, group) in self.groups.iter().enumerate() {
            self.lines.push(Line::Group(at));
            if wanted.open.contains(&group.label) {
                self.lines.extend(group.sessions.iter().map(|id| Line::Session(*id)));
            }
        }
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// Sorts sessions; what is equal stands in the order of the IDs, and what a session lacks comes last.
pub fn sort(sessions: &mut [&Session], (field, descending): (Field, bool)) {
    match field {
        Field::Id => sessions.sort_unstable_by_key(|session| session.id),
        Field::Started => by_key(sessions, descending, |session| session.started),
        Field::Ended => by_key(sessions, descending, |session| session.end.map(|end| end.at)),
        Field::Lived => {
            by_key(sessions, descending, |session| Some(session.end?.at.0.saturating_sub(session.started?.0)));
        }
        Field::Reason => by_key(sessions, descending, |session| session.end.map(|end| end.reason)),
        Field::State => by_key(sessions, descending, |session| match session.state {
            State::Disconnected(at) => Some((0, at)),
            State::Connected => Some((1, Timestamp::default())),
            State::Unknown => None,
        }),
        Field::Property(key) => by_value(sessions, descending, key),
    }
    if field == Field::Id && descending {
        sessions.reverse();
    }
}

fn by_key<K: Ord>(sessions: &mut [&Session], descending: bool, key: impl Fn(&Session) -> Option<K>) {
    sessions.sort_by_cached_key(|session| {
        let key = key(session);
        let is_missing = key.is_none();
        let (up, down) = if descending { (None, key.map(std::cmp::Reverse)) } else { (key, None) };
        (is_missing, up, down, session.id)
    });
}

/// Values are compared once for each different value, with numbers in them by their size.
fn by_value(sessions: &mut [&Session], descending: bool, key: KeyId) {
    let mut values: Vec<&Arc<str>> = sessions.iter().filter_map(|session| session.get(key)).collect();
    values.sort_unstable_by_key(|value| Arc::as_ptr(value).cast::<u8>());
    values.dedup_by(|a, b| Arc::ptr_eq(a, b));
    values.sort_unstable_by(|a, b| Order::Natural.compare(a, b));
    let ranks: HashMap<*const u8, u32> =
        values.iter().zip(0..).map(|(value, rank)| (Arc::as_ptr(value).cast::<u8>(), rank)).collect();
    by_key(sessions, descending, |session| {
        let value = session.get(key)?;
        ranks.get(&Arc::as_ptr(value).cast::<u8>()).copied()
    });
}
