//! One session: its properties in two groups, roles, selections, locks, what is not told, its topics, and what was seen.

use super::words;
use crate::data::property::{OWNER, owner_principal};
use crate::data::session_filter::read_roles;
use crate::data::session_property as property;
use crate::data::{SessionId, TopicPath, TopicSpec, shown};
use crate::model::link::{Selection, SelectionKind};
use crate::model::session_list::rows::Session;
use crate::model::session_list::{Intent, SessionList, detail};
use crate::model::{BlockReason, Connected, error_text, inspector, locks, number, topics};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::session_acts;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, Tokens, icon, icon_button};
use egui::{CollapsingHeader, Grid, Id, ScrollArea, Ui};
use std::sync::Arc;

/// Topics of a session that are listed at most.
const MAX_TOPICS: usize = 200;

/// The id of the button that leaves the detail, for the key that goes there.
pub(super) fn focus_id() -> Id {
    Id::unique("detail of a session")
}

/// Draws the detail of a session.
pub(super) fn detail_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, id: SessionId, is_alone: bool) {
    let list = &connected.session_list;
    let Some(session) = list.find(id) else {
        header_ui(ui, cx, id, None, connected, is_alone);
        let text = if list.listening.is_reading() {
            "It is not among the sessions that were told so far"
        } else {
            "It has ended, or it is not among those that are listed"
        };
        return format::empty_ui(ui, Icon::Users, "This session is not known here", text);
    };
    header_ui(ui, cx, id, Some(session), connected, is_alone);
    ScrollArea::vertical().id_salt("detail of a session").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        if let Some(end) = session.end {
            let by_you = match connected.session_acts.remembered(id).ended_at {
                Some(at) => format!(", by you at {}", format::clock(at)),
                None => String::new(),
            };
            let text = format!("{} {}{by_you}", format::moment_short(end.at), words::reason_sentence(end.reason));
            ui.label(theme::text(text).color(Tokens::of(ui).error.strong));
        }
        properties_ui(ui, cx, list, session);
        roles_ui(ui, list, session);
        selections_ui(ui, cx, connected, session);
        locks_ui(ui, cx, connected, session);
        queue_ui(ui, connected, id);
        topics_ui(ui, cx, connected, session);
        events_ui(ui, list, session);
    });
}

fn header_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    id: SessionId,
    session: Option<&Session>,
    connected: &Connected,
    is_alone: bool,
) {
    let list = &connected.session_list;
    crate::ui::widgets::layout::tool_row(ui, |ui| {
        let words = if is_alone { "Back to the sessions" } else { "Close the detail" };
        let sign = if is_alone { Icon::ChevronLeft } else { Icon::Close };
        let leave = ui.push_id(focus_id(), |ui| icon_button(ui, sign, words)).inner;
        ui.data_mut(|data| data.insert_temp(focus_id(), leave.id));
        if leave.clicked() {
            cx.send(Intent::Open(None));
        }
        let principal = session.map_or("", |session| words::principal(&list.rows, session));
        ui.label(theme::strong(shown(principal)));
        if let Some(session) = session {
            let tokens = Tokens::of(ui);
            let (sign, colour) = match (session.end, session.is_disconnected()) {
                (Some(_), _) => (Icon::Close, tokens.text_faint),
                (None, true) => (Icon::Disconnected, tokens.error.strong),
                (None, false) => (Icon::Live, tokens.ok.strong),
            };
            icon(ui, sign, 12.0, colour);
            ui.label(theme::muted(ui, words::state(session)));
        }
        if icon_button(ui, Icon::Copy, "Copy the session ID").clicked() {
            cx.send(crate::model::Intent::Copy(id.to_string()));
        }
    });
    ui.horizontal(|ui| {
        ui.add_space(space::S);
        ui.label(theme::mono(id.to_string()));
    });
    if session.is_some_and(|session| session.end.is_none()) {
        crate::ui::widgets::layout::tool_row(ui, |ui| {
            session_acts::bar_ui(ui, cx, connected, 1, || connected.sessions_named(&[id]));
        });
    }
}

fn section(ui: &mut Ui, title: &str, note: &str, open: bool, add: impl FnOnce(&mut Ui)) {
    let words = if note.is_empty() { title.to_owned() } else { format!("{title}  {note}") };
    CollapsingHeader::new(theme::text(words)).id_salt(("section of a session", title)).default_open(open).show(
        ui,
        |ui| {
            ui.set_min_width(ui.available_width());
            add(ui);
        },
    );
}

fn properties_ui(ui: &mut Ui, cx: &Cx<'_>, list: &SessionList, session: &Session) {
    let mut all: Vec<(&Arc<str>, &Arc<str>)> =
        session.properties().map(|(key, value)| (list.rows.key(key), value)).collect();
    all.sort();
    let (fixed, user): (Vec<_>, Vec<_>) = all.into_iter().partition(|(key, _)| property::is_fixed(key));
    for (title, properties) in [("Fixed properties", fixed), ("User properties", user)] {
        let count = properties.len().to_string();
        section(ui, title, &count, true, |ui| {
            if properties.is_empty() {
                ui.label(theme::muted(ui, "None"));
            }
            Grid::new(title).num_columns(2).spacing([space::M, 2.0]).show(ui, |ui| {
                for (key, value) in properties {
                    ui.label(theme::mono(&**key).color(Tokens::of(ui).text_muted));
                    let shown = property_shown(key, value);
                    let label = ui.add(egui::Label::new(theme::mono(&shown)).truncate().sense(egui::Sense::click()));
                    crate::ui::widgets::menu::context(&label, |ui| {
                        if ui.button("Copy value").clicked() {
                            cx.send(crate::model::Intent::Copy(value.to_string()));
                            ui.close();
                        }
                        if ui.button("Copy as filter").clicked() {
                            let filter = crate::model::session_list::filter::of_value(key, Some(value), false);
                            cx.send(crate::model::Intent::Copy(filter));
                            ui.close();
                        }
                    });
                    ui.end_row();
                }
            });
        });
    }
}

/// A value as it is, with what it means where that is a time.
fn property_shown(key: &str, value: &str) -> String {
    let is_time = key == property::START_TIME || key == property::EXPIRY_TIME;
    match value.parse().ok().filter(|_| is_time) {
        Some(millis) => format!("{value}  {}", format::moment_short(crate::data::Timestamp::from_millis(millis))),
        None => words::value(Some(value)).into_owned(),
    }
}

fn roles_ui(ui: &mut Ui, list: &SessionList, session: &Session) {
    let roles = list.rows.value(session, property::ROLES).map(|text| read_roles(text)).unwrap_or_default();
    section(ui, "Roles", &roles.len().to_string(), true, |ui| {
        if roles.is_empty() {
            ui.label(theme::muted(ui, "None"));
        }
        for role in &roles {
            ui.label(theme::mono(role));
        }
    });
}

/// When it was asked, and the button that asks again.
fn asked_ui(ui: &mut Ui, connected: &Connected, at: Option<crate::data::Timestamp>, what: &str, act: impl FnOnce()) {
    ui.horizontal(|ui| {
        match at {
            Some(at) => ui.label(theme::muted(ui, format!("asked at {}", format::clock(at)))),
            None => ui.label(theme::muted(ui, "not asked yet")),
        };
        let block = connected.read_block_reason().map(BlockReason::sentence);
        let words = if at.is_some() { "Ask again" } else { "Ask" };
        let button = ui.add_enabled(block.is_none(), egui::Button::new(theme::text(words)));
        let spoken = format!("{words}: {what}");
        ui.ctx().accesskit_node_builder(button.id, |node| node.set_label(spoken));
        if button.on_disabled_hover_text(theme::text(block.unwrap_or_default())).clicked() {
            act();
        }
    });
}

fn selections_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, session: &Session) {
    let facts = &connected.session_list.detail;
    section(ui, "Selections", "", false, |ui| {
        if facts.selections_lack(connected).is_some() {
            ui.label(theme::muted(ui, "This server does not tell selections (198); 6.12 does"));
            return;
        }
        if session.end.is_some() {
            ui.label(theme::muted(ui, "The session has ended"));
            return;
        }
        let remote = &facts.selections;
        // Opening the section asks once.
        if remote.value.is_none() && remote.loading.is_none() && remote.error.is_none() && connected.is_live() {
            cx.send(Intent::AskSelections);
        }
        let at = remote.value.as_ref().map(|(_, at)| *at);
        asked_ui(ui, connected, at, "selections", || cx.send(Intent::AskSelections));
        if let Some(error) = &remote.error {
            let words = if detail::is_gone(error) {
                "The session is gone".to_owned()
            } else {
                error_text::call_needing(error, "read the selections", "VIEW_SESSION").line()
            };
            ui.label(theme::text(words).color(Tokens::of(ui).error.strong));
        }
        let Some(scopes) = remote.ready() else { return };
        if scopes.is_empty() {
            ui.label(theme::muted(ui, "It has selected nothing"));
        }
        for (scope, selections) in scopes {
            let name = if scope.is_empty() { "Default scope" } else { scope };
            ui.label(theme::strong(name));
            for Selection { selector, kind } in selections {
                ui.horizontal(|ui| {
                    ui.label(theme::muted(ui, selection_word(*kind)));
                    ui.label(theme::mono(shown(selector)));
                });
            }
        }
    });
}

const fn selection_word(kind: SelectionKind) -> &'static str {
    match kind {
        SelectionKind::Select => "select",
        SelectionKind::Deselect => "deselect",
    }
}

fn locks_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, session: &Session) {
    let remote = &connected.locks.list;
    section(ui, "Locks", "", false, |ui| {
        if let Some(lacks) = connected.locks.list_lacks(connected) {
            ui.label(theme::muted(ui, format!("Reading who holds which lock {lacks}")));
            return;
        }
        let needed = crate::data::security::GlobalPermissions::VIEW_SERVER;
        if connected.permissions.lacks(needed) {
            ui.label(theme::muted(ui, "Needs VIEW_SERVER, which this session does not have"));
            return;
        }
        if remote.value.is_none() && remote.loading.is_none() && remote.error.is_none() && connected.is_live() {
            cx.send(locks::Intent::Refresh);
        }
        let at = remote.value.as_ref().map(|(_, at)| *at);
        asked_ui(ui, connected, at, "locks", || cx.send(locks::Intent::Refresh));
        if let Some(error) = &remote.error {
            let words = error_text::call_needing(error, "list the session locks of the server", "VIEW_SERVER");
            ui.label(theme::text(words.line()).color(Tokens::of(ui).error.strong));
        }
        let Some(held) = remote.ready() else { return };
        let own: Vec<_> = held.iter().filter(|lock| lock.session == session.id).collect();
        if own.is_empty() {
            ui.label(theme::muted(ui, "It holds no session lock"));
        }
        for lock in own {
            ui.label(theme::mono(&lock.name)).on_hover_text(theme::text(format!("sequence {}", lock.sequence)));
        }
    });
}

fn queue_ui(ui: &mut Ui, connected: &Connected, id: SessionId) {
    section(ui, "Queue and conflation", "", false, |ui| {
        let text = "The server does not tell the queue of a single session; if it overflows, the session closes with \
                    MESSAGE_QUEUE_LIMIT_REACHED";
        ui.add(egui::Label::new(theme::muted(ui, text)).wrap());
        let conflation = match connected.session_acts.remembered(id).conflation {
            Some((on, at)) => {
                let on = if on { "on" } else { "off" };
                format!("Conflation: switched {on} from here at {}; otherwise not known", format::clock(at))
            }
            None => "Conflation: not known; the server does not tell it".to_owned(),
        };
        ui.add(egui::Label::new(theme::muted(ui, conflation)).wrap());
    });
}

fn topics_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, session: &Session) {
    section(ui, "Topics", "", false, |ui| {
        let Some(principal) = connected.session_list.rows.value(session, property::PRINCIPAL) else { return };
        let is_owned = |spec: &TopicSpec| {
            let owner = spec.properties.value(OWNER).and_then(|text| owner_principal(text).ok());
            owner.is_some_and(|owner| *owner == **principal)
        };
        let owned = connected.live.iter().filter(|(_, topic)| is_owned(&topic.spec)).map(|(path, _)| path);
        let mut owned: Vec<&TopicPath> = owned.take(MAX_TOPICS).collect();
        owned.sort();
        let text = format!("Subscribed topics whose OWNER names “{}”", shown(principal));
        ui.add(egui::Label::new(theme::muted(ui, text)).wrap());
        if owned.is_empty() {
            ui.label(theme::muted(ui, "None is known"));
        }
        for path in owned {
            if ui.link(theme::mono(shown(path.as_str()))).clicked() {
                cx.send(topics::Intent::Reveal(path.clone()));
                cx.send(inspector::Intent::Select(Some(path.clone())));
                cx.ask_shell(crate::ui::cx::ShellRequest::ShowPanel("inspector"));
            }
        }
    });
}

fn events_ui(ui: &mut Ui, list: &SessionList, session: &Session) {
    let count = number::grouped(session.events.len() as u64);
    section(ui, "Events", &count, true, |ui| {
        if !list.listening.is_live() && session.end.is_none() {
            let text = "Not live: events are told only while the list is listened to";
            ui.add(egui::Label::new(theme::muted(ui, text)).wrap());
        }
        for (at, seen) in session.events.iter().rev() {
            ui.horizontal(|ui| {
                ui.label(theme::mono(format::clock(*at)).color(Tokens::of(ui).text_muted));
                ui.add(egui::Label::new(theme::text(words::seen(&list.rows, seen))).wrap());
            });
        }
        if session.events_dropped > 0 {
            let dropped = number::count_of(session.events_dropped, "earlier one is", "earlier ones are");
            ui.label(theme::faint(ui, format!("{dropped} not kept")));
        }
    });
}
