//! The sessions of the server: a live list by one listener, or fetched where that is not allowed; what has ended; the
//! filter, checks and detail of the panel that shows them (protocol/6 sections 4 and 5, protocol/7 section 6).
//!
//! A row *is* its session ID: selection and checks hang on IDs and end with the session. Filter, order and groups are
//! worked out here without the server, see [`view`]; the server is asked only as [`listen`] says.

pub mod closed;
pub mod detail;
pub(in crate::model) mod events;
pub mod filter;
pub mod groups;
pub mod listen;
pub mod rows;
pub mod saved;
pub mod view;

use self::closed::Closed;
use self::detail::Detail;
use self::filter::{FilterText, Reading};
use self::groups::GroupBy;
use self::listen::Listening;
use self::rows::Rows;
use self::saved::SavedFilter;
use crate::client::api::LinkError;
use crate::data::security::GlobalPermissions;
use crate::data::{SessionId, Timestamp};
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::{Feature, Opening};
use hashbrown::HashSet;

/// Open sessions that are kept at most.
pub const MAX_SESSIONS: usize = 20_000;
/// Bytes that the open sessions may take.
pub const MAX_BYTES: usize = 64 << 20;

/// Narrows the open sessions by their state, which is no property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chip {
    /// Every one.
    #[default]
    All,
    /// Those with a connection.
    Connected,
    /// Those that lost it and may come back.
    Disconnected,
    /// Those that were opened in the last seconds.
    New,
}

/// The sessions of one connection's server.
#[derive(Debug, Default)]
pub struct SessionList {
    /// The open ones.
    pub rows: Rows,
    /// Those that have ended.
    pub closed: Closed,
    /// How the list comes about.
    pub listening: Listening,
    /// The text that narrows it.
    pub filter: FilterText,
    /// The state that narrows it.
    pub chip: Chip,
    /// What the open sessions are grouped by.
    pub group: Option<GroupBy>,
    /// What the ended sessions are grouped by.
    pub closed_group: Option<GroupBy>,
    /// Filters that the user saved for this profile.
    pub saved: Vec<SavedFilter>,
    /// The checked sessions.
    pub checked: HashSet<SessionId>,
    /// Checked sessions that have ended since the first was checked.
    pub checked_closed: usize,
    /// The session that the keyboard is on.
    pub selected: Option<SessionId>,
    /// The session whose detail is shown.
    pub opened: Option<SessionId>,
    /// What was asked about that session.
    pub detail: Detail,
    /// Counts changes of sessions.
    pub revision: u64,
    /// Closings and openings seen, with their times, for the rate of the last minute.
    recent: std::collections::VecDeque<(Timestamp, bool)>,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Begin to listen, or to fetch where listening is not allowed.
    Listen,
    /// End listening; what is known stays.
    Stop,
    /// Nobody looks any more: end listening until somebody does.
    Leave,
    /// Compare with the server's own count, or fetch again what is not live.
    Refresh,
    /// Listen only to the sessions that this filter selects.
    ListenTo(String),
    /// Fetch those that began last.
    FetchNewest,
    /// Give up fetching; what came stays.
    Cancel,
    /// Another text in the box.
    SetFilter(String),
    /// Read the text of the box in this way.
    ReadAs(Reading),
    /// Narrow by state.
    Show(Chip),
    /// Group the open sessions.
    Group(Option<GroupBy>),
    /// Group the ended sessions.
    GroupClosed(Option<GroupBy>),
    /// Check these sessions, or no longer.
    Check(Vec<SessionId>, bool),
    /// Check no session.
    UncheckAll,
    /// The keyboard is on this session.
    Select(Option<SessionId>),
    /// Show the detail of a session.
    Open(Option<SessionId>),
    /// Ask for the selections of the session whose detail is shown.
    AskSelections,
    /// Ask the server which sessions the filter in the box selects.
    AskServer,
    /// Keep the text of the box under a name.
    SaveFilter(String),
    /// Forget a kept text.
    ForgetFilter(String),
}

impl SessionList {
    /// The sessions that an act is for: the checked ones, else the selected one; all are open.
    #[must_use]
    pub fn chosen(&self) -> Vec<SessionId> {
        let mut chosen: Vec<SessionId> = if self.checked.is_empty() {
            self.selected.into_iter().filter(|id| self.rows.get(*id).is_some()).collect()
        } else {
            self.checked.iter().copied().collect()
        };
        chosen.sort_unstable();
        chosen
    }

    /// The session filter in the box, if it is one that can be read; none for words and for an empty box.
    #[must_use]
    pub fn filter_text(&self) -> Option<&str> {
        self.filter.as_filter()
    }

    /// A session that is open, or has ended and is kept.
    #[must_use]
    pub fn find(&self, id: SessionId) -> Option<&rows::Session> {
        self.rows.get(id).or_else(|| self.closed.get(id))
    }

    /// Sessions that opened and that ended in the last minute, as far as that was seen.
    #[must_use]
    pub fn last_minute(&self, now: Timestamp) -> (usize, usize) {
        let recent = self.recent.iter().filter(|(at, _)| now.secs_since(*at) <= 60.0);
        recent.fold(
            (0, 0),
            |(opened, ended), (_, is_end)| {
                if *is_end { (opened, ended + 1) } else { (opened + 1, ended) }
            },
        )
    }

    fn note_recent(&mut self, at: Timestamp, is_end: bool) {
        self.recent.push_back((at, is_end));
        while self.recent.len() > MAX_SESSIONS
            || self.recent.front().is_some_and(|(first, _)| at.secs_since(*first) > 60.0)
        {
            self.recent.pop_front();
        }
    }
}

impl Connected {
    /// Permissions without which the sessions of the server cannot be seen.
    #[must_use]
    pub fn sessions_are_hidden(&self) -> bool {
        self.permissions.lacks(GlobalPermissions::VIEW_SESSION)
    }
}

impl Feature for SessionList {
    type Intent = Intent;

    fn opened(&mut self, opening: &Opening<'_>) {
        self.saved = opening.settings.session_filters.get(opening.key).cloned().unwrap_or_default();
    }

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        let list = &mut at.session_list;
        match intent {
            Intent::Listen => listen::begin(at, None, fx),
            Intent::ListenTo(filter) => listen::begin(at, Some(filter), fx),
            Intent::Stop => listen::stop(at, fx),
            Intent::Leave => listen::leave(at, fx),
            Intent::Refresh => listen::refresh(at, fx),
            Intent::FetchNewest => listen::fetch_newest(at, fx),
            Intent::Cancel => listen::cancel(at, fx),
            Intent::SetFilter(text) => list.filter.set(text),
            Intent::ReadAs(reading) => list.filter.read_as(reading),
            Intent::Show(chip) => list.chip = chip,
            Intent::Group(by) => list.group = by,
            Intent::GroupClosed(by) => list.closed_group = by,
            Intent::Check(ids, checked) => {
                if list.checked.is_empty() {
                    list.checked_closed = 0;
                }
                for id in ids {
                    if checked && list.rows.get(id).is_some() {
                        list.checked.insert(id);
                    } else {
                        list.checked.remove(&id);
                    }
                }
            }
            Intent::UncheckAll => {
                list.checked.clear();
                list.checked_closed = 0;
            }
            Intent::Select(id) => list.selected = id,
            Intent::Open(id) => {
                list.opened = id;
                if id.is_some() {
                    list.selected = id;
                }
                list.detail.follow(id);
            }
            Intent::AskSelections => detail::ask_selections(at, fx),
            Intent::AskServer => listen::ask_server(at, fx),
            Intent::SaveFilter(name) => saved::save(at, &name, fx),
            Intent::ForgetFilter(name) => saved::forget(at, &name, fx),
        }
    }

    fn connected(at: &mut Connected, same_session: bool, fx: &mut Effects) {
        if !same_session {
            at.session_list.detail.session_reset();
            listen::again(at, fx);
        }
    }

    fn ended(at: &mut Connected, _cause: &LinkError, fx: &mut Effects) {
        at.session_list.listening.ended(fx.now);
    }

    fn notifications_dropped(at: &mut Connected, fx: &mut Effects) {
        listen::after_loss(at, fx);
    }

    fn tick(at: &mut Connected, fx: &mut Effects) {
        listen::tick(at, fx);
    }

    fn next_due(at: &Connected, _now: Timestamp) -> Option<Timestamp> {
        at.session_list.listening.due()
    }
}

#[cfg(test)]
mod tests;
