//! Whom an act is for, taken from the list of sessions.

use super::act::Target;
use super::sheet::Chosen;
use crate::data::{SessionId, Timestamp};
use crate::model::Connected;
use crate::model::session_list::Chip;
use crate::model::session_list::rows::{KeyId, Session};
use crate::model::session_list::view::NEW_SECS;
use std::borrow::Cow;

impl Connected {
    /// These sessions, as far as they are known; of one that is not known its ID alone.
    #[must_use]
    pub fn sessions_named(&self, ids: &[SessionId]) -> Chosen {
        let named = |id: &SessionId| match self.session_list.rows.get(*id) {
            Some(session) => self.target_of(session),
            None => Target::new(*id, |_| None),
        };
        Chosen { sessions: ids.iter().map(named).collect(), filter: None }
    }

    /// The checked sessions, else the selected one.
    #[must_use]
    pub fn sessions_chosen(&self) -> Chosen {
        self.sessions_named(&self.session_list.chosen())
    }

    /// Every session that the box leaves, with its filter; words and states are no filter that a server could read.
    #[must_use]
    pub fn sessions_matching(&self, columns: &[KeyId], now: Timestamp) -> Chosen {
        let list = &self.session_list;
        let matcher = list.filter.matcher();
        let is_shown = |session: &&Session| {
            let in_state = match list.chip {
                Chip::Connected => !session.is_disconnected(),
                Chip::Disconnected => session.is_disconnected(),
                Chip::New => session.opened.is_some_and(|at| now.secs_since(at) <= NEW_SECS),
                Chip::All => true,
            };
            in_state && matcher.chooses(&list.rows, session, columns)
        };
        let sessions: Vec<Target> =
            list.rows.iter().filter(is_shown).map(|session| self.target_of(session)).collect();
        let filter = match (list.chip, list.filter_text()) {
            (Chip::All, Some(filter)) => Some(filter.to_owned()),
            (Chip::All, None) if list.filter.text().trim().is_empty() => Some("all".to_owned()),
            _ => None,
        };
        Chosen { sessions, filter }
    }

    fn target_of(&self, session: &Session) -> Target {
        let rows = &self.session_list.rows;
        let property = |key: &str| session.get(rows.key_id(key)?).map(|text| Cow::Borrowed(&**text));
        Target::new(session.id, property)
    }
}
