//! The sessions of the server: live and closed, narrowed, grouped, checked; and one of them in detail.

mod detail;
mod head;
pub(in crate::ui) mod links;
mod state;
mod table;
mod words;

use self::table::{Col, RowKey, Rows, Titles};
use super::{Group, Panel, Place};
use crate::data::Timestamp;
use crate::model::Connected;
use crate::model::link::LinkId;
use crate::model::session_acts::Intent as Act;
use crate::model::session_acts::form::Kind;
use crate::model::session_list::groups::Group as SessionGroup;
use crate::model::session_list::listen::Phase;
use crate::model::session_list::view::{Field, Line, Side, View, Wanted};
use crate::model::session_list::{Intent, SessionList};
use crate::ui::commands::{self, Command, Section, needs_connection, sessions as keys};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::session_acts;
use crate::ui::theme::Icon;
use crate::ui::widgets::choice_popup::ChoicePopup;
use crate::ui::widgets::data_table::{DataTable, TableOutput, TableSource, TableState};
use crate::ui::widgets::layout::within;
use crate::ui::widgets::session_filter_box::SessionFilterBox;
use crate::ui::widgets::split::Split;
use crate::ui::widgets::{filter_box, states};
use egui::{Id, Key, Modifiers, Ui};
use hashbrown::HashSet;
use std::cell::Cell as Slot;
use std::sync::Arc;
use std::time::Duration;

/// Seconds for which rows stay as they are after a key was pressed in the table.
const STILL_SECS: f64 = 5.0;
/// From this width on the detail stands beside the table.
const BESIDE: f32 = 900.0;
/// From this height on it stands below the table where it cannot stand beside it.
const BELOW: f32 = 900.0;
const DETAIL_WIDTH: f32 = 380.0;
/// Height of the bar with what is checked.
const BAR: f32 = 36.0;

/// How the panel looks.
pub struct Sessions {
    side: Side,
    text: SessionFilterBox,
    /// The text of the box that was last sent or taken over.
    sent: String,
    /// The name being typed under which the text of the box is kept.
    naming: Option<String>,
    naming_is_new: bool,
    kept: ChoicePopup,
    grouping: ChoicePopup,
    live_table: TableState<RowKey, Col>,
    closed_table: TableState<RowKey, Col>,
    live_view: View,
    closed_view: View,
    /// Labels of the open groups.
    open: HashSet<Option<Arc<str>>>,
    /// The connection that all of this is about.
    link: Option<LinkId>,
    /// Rows stay as they are until they are let in.
    frozen: bool,
    /// The keyboard goes to the table at the next drawing.
    wants_table: bool,
    table_id: Option<Id>,
    /// When a key was pressed in the table.
    key_at: Timestamp,
    pointer_in_table: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            side: Side::Live,
            text: SessionFilterBox::default(),
            sent: String::new(),
            naming: None,
            naming_is_new: false,
            kept: ChoicePopup::default(),
            grouping: ChoicePopup::default(),
            live_table: TableState::sorted("started", true),
            closed_table: TableState::sorted("ended", true),
            live_view: View::default(),
            closed_view: View::default(),
            open: HashSet::new(),
            link: None,
            frozen: false,
            wants_table: false,
            table_id: None,
            key_at: Timestamp::default(),
            pointer_in_table: false,
        }
    }
}

impl Panel for Sessions {
    const ID: &'static str = "sessions";
    const TITLE: &'static str = "Sessions";
    const ICON: Icon = Icon::Users;
    const GROUP: Group = Group::Session;
    const NEEDS: Option<&'static str> = Some("VIEW_SESSION");
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = false;
    const COMMAND: Command = Command::new(Self::ID, Self::TITLE, Section::Panel, super::enter::<Self>)
        .icon(Self::ICON)
        .key(commands::rail(Key::Num4))
        .unless(needs_connection);

    fn entered(&mut self, again: bool) {
        if again {
            self.side = if self.side == Side::Live { Side::Closed } else { Side::Live };
        }
        self.wants_table = true;
    }

    fn closed(&mut self, cx: &Cx<'_>) {
        if cx.connected().is_some() {
            cx.send(Intent::Leave);
        }
    }

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        self.follow(connected);
        let list = &connected.session_list;
        let may_begin = matches!(list.listening.phase, Phase::Idle) && connected.is_live();
        if may_begin && !connected.sessions_are_hidden() {
            cx.send(Intent::Listen);
        }
        self.keys(ui, cx, connected);
        let room = ui.available_size();
        let opened = list.opened;
        if let Some(id) = opened.filter(|_| room.x < BESIDE && room.y < BELOW) {
            self.leave_detail_by_key(ui, cx);
            return detail::detail_ui(ui, cx, connected, id, true);
        }
        let areas = match opened {
            None => None,
            Some(_) if room.x >= BESIDE => Some(Split::beside("sessions").detail_points(DETAIL_WIDTH).areas(ui)),
            Some(_) => Some(Split::below("sessions").share(0.55).areas(ui)),
        };
        match (areas, opened) {
            (Some([table, below]), Some(id)) => {
                within(ui, "table of sessions", table, |ui| self.table_part_ui(ui, cx, connected));
                self.leave_detail_by_key(ui, cx);
                within(ui, "detail of a session", below, |ui| detail::detail_ui(ui, cx, connected, id, false));
            }
            _ => self.table_part_ui(ui, cx, connected),
        }
    }
}

impl Sessions {
    /// Another connection is shown: what was held for the former one goes.
    fn follow(&mut self, connected: &Connected) {
        if self.link != Some(connected.id) {
            *self =
                Self { side: self.side, wants_table: self.wants_table, link: Some(connected.id), ..Self::default() };
        }
    }

    /// Keys of the panel, wherever in it the keyboard is.
    fn keys(&mut self, ui: &Ui, cx: &Cx<'_>, connected: &Connected) {
        let list = &connected.session_list;
        if super::with_keyboard(ui.ctx()) != Some(Self::ID) {
            return;
        }
        if cx.pressed(ui, &keys::FILTER) {
            ui.memory_mut(|memory| memory.request_focus(filter_box::id_of(Self::ID)));
        }
        if cx.pressed(ui, &keys::GROUP) {
            self.grouping.toggle(ui);
        }
        if cx.pressed(ui, &keys::SAVED_FILTERS) {
            self.kept.toggle(ui);
        }
        if cx.pressed(ui, &keys::SAVE_FILTER) && !list.filter.text().trim().is_empty() {
            let kept = list.saved.iter().find(|kept| kept.text == list.filter.text().trim());
            self.naming = Some(kept.map(|kept| kept.name.clone()).unwrap_or_default());
            self.naming_is_new = true;
        }
        if cx.pressed(ui, &keys::COMPARE) {
            cx.send(Intent::Refresh);
        }
        if self.side == Side::Live && !ui.ctx().text_edit_focused() {
            for (command, kind) in
                [(&keys::CLOSE, Kind::Close), (&keys::ROLES, Kind::Roles), (&keys::PROPERTIES, Kind::Properties)]
            {
                if cx.pressed(ui, command) && session_acts::block(connected).is_none() {
                    cx.send(Act::Open(kind, connected.sessions_chosen()));
                }
            }
            if cx.pressed(ui, &keys::REQUEST) && connected.read_block_reason().is_none() {
                session_acts::request(cx, connected.sessions_chosen());
            }
        }
        if cx.pressed(ui, &keys::OTHER_PART) && list.opened.is_some() {
            let in_table = self.table_id.is_some_and(|id| ui.memory(|memory| memory.has_focus(id)));
            let leave = ui.data(|data| data.get_temp::<Id>(detail::focus_id()));
            match leave.filter(|_| in_table) {
                Some(leave) => ui.memory_mut(|memory| memory.request_focus(leave)),
                None => self.wants_table = true,
            }
        }
    }

    /// Esc in the detail leads back to the row.
    fn leave_detail_by_key(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let has_keyboard = super::with_keyboard(ui.ctx()) == Some(Self::ID);
        let in_table = self.table_id.is_some_and(|id| ui.memory(|memory| memory.has_focus(id)));
        let in_text = ui.ctx().text_edit_focused();
        let elsewhere = in_table || in_text || egui::Popup::is_any_open(ui.ctx());
        if has_keyboard && !elsewhere && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            cx.send(Intent::Open(None));
            self.wants_table = true;
        }
    }

    fn table_part_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let list = &connected.session_list;
        self.filter_row_ui(ui, cx, connected);
        let titles = Titles::of(list);
        self.renew(ui, cx, list, &titles);
        self.figures_row_ui(ui, cx, list);
        state::banners_ui(ui, cx, connected);
        self.reserved_line_ui(ui, cx, connected);
        if self.side == Side::Live && state::instead_of_table_ui(ui, cx, connected) {
            self.table_id = None;
            return;
        }
        if self.nothing_fits_ui(ui, cx, list) {
            return;
        }
        let mut room = ui.available_rect_before_wrap();
        let has_bar = self.side == Side::Live && !list.checked.is_empty();
        let foot = self.foot(list);
        room.max.y -= if has_bar { BAR } else { 0.0 } + if foot.is_some() { 24.0 } else { 0.0 };
        within(ui, "rows of sessions", room, |ui| {
            let stale = self.side == Side::Live && !connected.is_live();
            states::greyed(ui, stale, |ui| self.table_ui(ui, cx, connected, &titles));
        });
        ui.advance_cursor_after_rect(room);
        if let Some(foot) = foot {
            ui.horizontal(|ui| {
                ui.add_space(8.0);
                ui.label(crate::ui::theme::faint(ui, foot));
            });
        }
        if has_bar {
            head::checked_bar_ui(ui, cx, connected, &self.live_view);
        }
    }

    fn foot(&self, list: &SessionList) -> Option<String> {
        let since = list.closed.since().filter(|_| self.side == Side::Closed)?;
        Some(format!("Those that closed before {} are not kept", format::moment_short(since)))
    }

    /// Nothing is left by the filter, or nothing has closed.
    fn nothing_fits_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, list: &SessionList) -> bool {
        if !self.view().lines().is_empty() {
            return false;
        }
        let all = if self.side == Side::Live { list.rows.len() } else { list.closed.len() };
        if all == 0 {
            let since = format::clock(list.listening.began());
            let text = format!("No session has closed since {since}, when listening began");
            format::empty_ui(ui, Icon::History, "No session has closed", &text);
            return true;
        }
        let title = format!("No session matches the filter among {}", crate::model::number::grouped(all as u64));
        if states::empty_ui(ui, Icon::Search, &title, "", Some("Clear the filter")) {
            cx.send(Intent::SetFilter(String::new()));
            cx.send(Intent::Show(crate::model::session_list::Chip::All));
        }
        true
    }

    /// Renews the rows, unless they are to stay as they are.
    fn renew(&mut self, ui: &Ui, cx: &Cx<'_>, list: &SessionList, titles: &Titles) {
        let is_read = self.pointer_in_table || cx.now().secs_since(self.key_at) < STILL_SECS;
        let side = self.side;
        let hold = self.frozen
            || is_read
            || side == Side::Live && !list.checked.is_empty()
            || egui::Popup::is_any_open(ui.ctx());
        let table = if side == Side::Live { &self.live_table } else { &self.closed_table };
        let first = if side == Side::Live { (Field::Started, true) } else { (Field::Ended, true) };
        let sorted = table.sorted_by().and_then(|(column, descending)| Some((titles.field(column)?, descending)));
        let wanted = Wanted {
            side,
            sort: sorted.unwrap_or(first),
            group: if side == Side::Live { list.group.clone() } else { list.closed_group.clone() },
            columns: titles.searched(),
            open: self.open.clone(),
        };
        let view = self.view_mut();
        view.renew(list, &wanted, hold, cx.now());
        if view.is_behind(list) || view.held() != (0, 0) {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        } else if let Some(due) = view.due() {
            ui.ctx().request_repaint_after(format::seconds(due.secs_since(cx.now())));
        }
    }

    fn table_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, titles: &Titles) {
        let list = &connected.session_list;
        let side = self.side;
        let cursor = self.table().cursor().cloned();
        if self.table_id.is_some_and(|id| ui.memory(|memory| memory.has_focus(id))) {
            self.table_keys(ui, cx, connected, cursor.as_ref());
        }
        let columns = titles.columns(side);
        let open = self.open.clone();
        let is_open = |group: &SessionGroup| open.contains(&group.label);
        let (live_view, closed_view) = (&self.live_view, &self.closed_view);
        let source = Rows {
            cx,
            list,
            view: if side == Side::Live { live_view } else { closed_view },
            side,
            own: connected.session.as_ref().map(|session| session.id),
            is_open: &is_open,
            clicked_check: Slot::new(None),
        };
        let (id, name, state) = match side {
            Side::Live => ("sessions", "Sessions", &mut self.live_table),
            Side::Closed => ("closed-sessions", "Closed sessions", &mut self.closed_table),
        };
        let is_shown = |key: &RowKey| (0..source.row_count()).any(|row| source.is(row, key));
        if self.wants_table && !state.cursor().is_some_and(is_shown) {
            // The session chosen last, if it is in sight, else the first row.
            let chosen = list.selected.filter(|id| source.view.has(*id)).map(RowKey::Session);
            let first = (source.row_count() > 0).then(|| source.key(0));
            if let Some(key) = chosen.or(first) {
                if let RowKey::Session(id) = &key
                    && list.selected.is_none()
                {
                    cx.send(Intent::Select(Some(*id)));
                }
                state.select(key);
            }
        }
        let table = DataTable::new(id, name, &columns)
            .own_space()
            .sorted_by_source()
            .keeps_cursor_in_place()
            .takes_escape(list.opened.is_some() || !list.checked.is_empty());
        let output = table.show(ui, state, &source);
        let clicked_check = source.clicked_check.get();
        self.table_id = Some(output.response.id);
        self.pointer_in_table = ui.rect_contains_pointer(output.response.rect);
        if std::mem::take(&mut self.wants_table) {
            output.response.request_focus();
        }
        if let Some(id) = clicked_check {
            cx.send(Intent::Check(vec![id], !list.checked.contains(&id)));
            output.response.request_focus();
        }
        self.react(ui, cx, list, &output);
    }

    fn table(&self) -> &TableState<RowKey, Col> {
        if self.side == Side::Live { &self.live_table } else { &self.closed_table }
    }

    /// Keys that the table has no use for, or another one.
    fn table_keys(&mut self, ui: &Ui, cx: &Cx<'_>, connected: &Connected, cursor: Option<&RowKey>) {
        let list = &connected.session_list;
        let key = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        let pressed = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Key { .. })));
        if pressed {
            self.key_at = cx.now();
        }
        if key(Modifiers::COMMAND, Key::A) && self.side == Side::Live {
            cx.send(Intent::Check(self.view().sessions().collect(), true));
        }
        // The table moves its cursor by the same press.
        if ui.input(|input| input.modifiers.is_none() && input.key_pressed(Key::Home)) {
            self.frozen = false;
            self.view_mut().release();
        }
        if let Some(RowKey::Group(label)) = cursor {
            if key(Modifiers::NONE, Key::ArrowRight) {
                self.open.insert(label.clone());
            }
            if key(Modifiers::NONE, Key::ArrowLeft) {
                self.open.remove(label);
            }
        }
        if connected.session_acts.is_running() && key(Modifiers::NONE, Key::Escape) {
            cx.send(Act::Stop);
        }
        if key(Modifiers::NONE, Key::Escape) && self.table().selected_count() < 2 {
            if list.opened.is_some() {
                cx.send(Intent::Open(None));
            } else if !list.checked.is_empty() {
                cx.send(Intent::UncheckAll);
            }
        }
        // A letter typed in the table begins a filter.
        let typed: String = ui.input_mut(|input| {
            let mut typed = String::new();
            input.events.retain(|event| match event {
                egui::Event::Text(text) if !text.trim().is_empty() => {
                    typed.push_str(text);
                    false
                }
                _ => true,
            });
            typed
        });
        if !typed.is_empty() {
            if typed != "/" {
                self.text.draft.push_str(&typed);
                cx.send(Intent::SetFilter(self.text.draft.clone()));
                self.sent.clone_from(&self.text.draft);
            }
            let id = filter_box::id_of(Self::ID);
            let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let end = egui::text::CCursor::new(self.text.draft.chars().count());
            state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
            state.store(ui.ctx(), id);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }

    fn react(&mut self, ui: &Ui, cx: &Cx<'_>, list: &SessionList, output: &TableOutput) {
        let line = |row: Option<usize>| row.and_then(|row| self.view().lines().get(row).cloned());
        let (moved, opened, toggled, clicked) =
            (line(output.moved), line(output.opened), line(output.toggled), line(output.clicked));
        let label = |at: usize| self.view().groups().get(at).map(|group| group.label.clone());
        match moved {
            Some(Line::Session(id)) => {
                cx.send(Intent::Select(Some(id)));
                if list.opened.is_some() {
                    cx.send(Intent::Open(Some(id)));
                }
            }
            Some(Line::Group(_)) => cx.send(Intent::Select(None)),
            None => {}
        }
        if let Some(Line::Session(id)) = opened {
            cx.send(Intent::Open(Some(id)));
        }
        match toggled.filter(|_| self.side == Side::Live) {
            Some(Line::Session(id)) => cx.send(Intent::Check(vec![id], !list.checked.contains(&id))),
            Some(Line::Group(at)) => {
                if let Some(group) = self.view().groups().get(at) {
                    let all = group.sessions.iter().all(|id| list.checked.contains(id));
                    cx.send(Intent::Check(group.sessions.clone(), !all));
                }
            }
            None => {}
        }
        let by_key = opened.is_some() && clicked.is_none();
        if let Some(Line::Group(at)) = clicked.or(if by_key { opened } else { None })
            && let Some(label) = label(at)
        {
            if !self.open.remove(&label) {
                self.open.insert(label);
            }
            ui.ctx().request_repaint();
        }
    }
}
