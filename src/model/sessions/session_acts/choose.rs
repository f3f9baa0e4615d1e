//! Whom an act is for, taken from the list of sessions.

use super::act::Target;
use super::sheet::Chosen;
use crate::data::SessionId;
use crate::model::Connected;
use crate::model::session_list::Chip;
use std::borrow::Cow;

impl Connected {
    /// These sessions, as far as they are known; of one that is not known its ID alone.
    #[must_use]
    pub fn sessions_named(&self, ids: &[SessionId]) -> Chosen {
        let rows = &self.session_list.rows;
        let named = |id: &SessionId| {
            let session = rows.get(*id);
            let property = |key: &str| session?.get(rows.key_id(key)?).map(|text| Cow::Borrowed(&**text));
            Target::new(*id, property)
        };
        Chosen { sessions: ids.iter().map(named).collect(), filter: None }
    }

    /// The checked sessions, else the selected one.
    #[must_use]
    pub fn sessions_chosen(&self) -> Chosen {
        self.sessions_named(&self.session_list.chosen())
    }

    /// The open ones among the sessions that the table shows, with the filter that leaves them; words and states are no
    /// filter that a server could read.
    #[must_use]
    pub fn sessions_matching(&self, shown: impl Iterator<Item = SessionId>) -> Chosen {
        let list = &self.session_list;
        let open: Vec<SessionId> = shown.filter(|id| list.rows.get(*id).is_some()).collect();
        let filter = match (list.chip, list.filter_text()) {
            (Chip::All, Some(filter)) => Some(filter.to_owned()),
            (Chip::All, None) if list.filter.text().trim().is_empty() => Some("all".to_owned()),
            _ => None,
        };
        Chosen { filter, ..self.sessions_named(&open) }
    }
}
