//! What is asked about one session: its selections (protocol/6 section 4, service 198).

use crate::client::api::CallError;
use crate::data::{ErrorCode, SessionId};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::model::remote::Remote;
use crate::wire::Service as _;
use crate::wire::services::GetSelectors;
use crate::wire::services::get_selectors::Selection;
use crate::wire::services::session_listing::OneSession;

/// Selections by scope.
pub type Selections = Vec<(String, Vec<Selection>)>;

/// What was asked about the session whose detail is shown.
#[derive(Debug, Default)]
pub struct Detail {
    of: Option<SessionId>,
    /// Its selections by scope.
    pub selections: Remote<Selections>,
}

impl Detail {
    /// Another session is shown.
    pub(super) fn follow(&mut self, id: Option<SessionId>) {
        if id.is_some() && self.of != id {
            *self = Self { of: id, ..Self::default() };
        }
    }

    /// No call that was under way is answered any more.
    pub(super) fn session_reset(&mut self) {
        self.selections.loading = None;
    }

    /// Why the server does not tell selections, for people; none if it does.
    #[must_use]
    pub fn selections_lack(&self, at: &Connected) -> Option<String> {
        at.lacks(GetSelectors::ID)
    }
}

pub(super) fn ask_selections(at: &mut Connected, fx: &mut Effects) {
    let detail = &mut at.session_list.detail;
    let Some(session) = detail.of else { return };
    if fx.offers::<GetSelectors>() && !at.sessions_are_hidden() {
        let call = fx.call::<GetSelectors>(&OneSession { session }, on_selections);
        at.session_list.detail.selections.begin(call, fx.now);
    }
}

fn on_selections(at: &mut Connected, fx: &mut Effects, reply: Reply<GetSelectors>) {
    at.session_list.detail.selections.finish(reply, fx);
}

/// Whether a call failed because the session is gone.
#[must_use]
pub fn is_gone(error: &CallError) -> bool {
    matches!(error, CallError::Service { code, .. } if *code == ErrorCode::NO_SUCH_SESSION)
}
