//! Ways from other panels to a session, where one is named there.

use super::Sessions;
use crate::data::SessionId;
use crate::data::session_filter::completion::in_quotes;
use crate::data::session_property as property;
use crate::model::session_list::{Chip, Intent};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::panels::Panel as _;

/// Shows the panel of sessions with the detail of one.
pub(in crate::ui) fn open_session(cx: &Cx<'_>, id: SessionId) {
    cx.send(Intent::Open(Some(id)));
    cx.ask_shell(ShellRequest::ShowPanel(Sessions::ID));
}

/// Shows the panel of sessions with those of a principal.
pub(in crate::ui) fn show_sessions_of(cx: &Cx<'_>, principal: &str) {
    cx.send(Intent::SetFilter(format!("{} is {}", property::PRINCIPAL, in_quotes(principal))));
    cx.send(Intent::Show(Chip::All));
    cx.ask_shell(ShellRequest::ShowPanel(Sessions::ID));
}
