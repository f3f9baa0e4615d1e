//! The table of sessions, open or ended, with the heads of groups between them.

use super::words;
use crate::data::session_filter::completion::in_quotes;
use crate::data::session_property as property;
use crate::data::{SessionId, Timestamp};
use crate::model::number;
use crate::model::session_list::filter::of_value;
use crate::model::session_list::groups::{Group, GroupBy};
use crate::model::session_list::rows::{KeyId, Session, State};
use crate::model::session_list::view::{Field, Line, NEW_SECS, Side, View};
use crate::model::session_list::{Intent, SessionList};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::tokens::{space, text};
use crate::ui::theme::{self, Icon, Tokens, fonts, icon_at};
use crate::ui::widgets::data_table::{Cell, Column, TableSource};
use crate::ui::widgets::menu;
use crate::ui::widgets::text_line::paint_line;
use egui::{Color32, Rect, Sense, Stroke, Ui, pos2, vec2};
use std::borrow::Cow;
use std::cell::Cell as Slot;
use std::sync::Arc;

/// How long a changed cell is marked, in seconds.
const CHANGED_SECS: f64 = 0.6;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    /// The check, and the line of a group.
    Check,
    /// A field.
    Field(Field),
}

/// Names a row from frame to frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum RowKey {
    /// The head of a group, by its label.
    Group(Option<Arc<str>>),
    /// A session.
    Session(SessionId),
}

/// Properties that columns show without being asked to, with their widths and the table from which on they are shown.
const FIRST: &[(&str, f32, f32)] =
    &[(property::PRINCIPAL, 150.0, 0.0), (property::ROLES, 150.0, 0.0), (property::CLIENT_TYPE, 140.0, 600.0)];

/// Columns offered for user-defined properties at most.
const MAX_USER: usize = 120;

/// Titles and help of columns that are made from what is known; columns borrow them.
pub(super) struct Titles {
    columns: Vec<(KeyId, Arc<str>, String, bool)>,
    has_several_servers: bool,
}

impl Titles {
    pub(super) fn of(list: &SessionList) -> Self {
        let rows = &list.rows;
        let mut columns = Vec::new();
        for (key, title) in property::KNOWN {
            if let Some(id) = rows.key_id(key) {
                columns.push((id, rows.key(id).clone(), (*title).to_owned(), true));
            }
        }
        let mut user: Vec<(KeyId, Arc<str>, u32)> = rows
            .keys()
            .filter(|(_, key, _)| property::title(key).is_none())
            .map(|(id, key, sessions)| (id, key.clone(), sessions))
            .collect();
        user.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.1.cmp(&b.1)));
        user.truncate(MAX_USER);
        columns.extend(user.into_iter().map(|(id, key, _)| (id, key.clone(), key.to_string(), false)));
        let server = rows.key_id(property::SERVER_NAME);
        let has_several_servers = server.is_some_and(|key| rows.values(key, 2).len() > 1);
        Self { columns, has_several_servers }
    }

    /// The columns of a side.
    pub(super) fn columns(&self, side: Side) -> Vec<Column<'_, Col>> {
        let field = |field, id, title, width| Column::new(Col::Field(field), id, title, width);
        let mut out = Vec::new();
        match side {
            Side::Live => {
                out.push(Column::new(Col::Check, "check", "✓", 36.0).unsorted().help("Checked to act on together"));
                out.push(field(Field::State, "state", "State", 44.0).help("Whether it is connected"));
            }
            Side::Closed => {
                out.push(field(Field::Ended, "ended", "Closed at", 104.0).right());
            }
        }
        let of = |key: &str| self.columns.iter().find(|(_, known, ..)| &**known == key);
        for (key, width, from) in FIRST {
            if let Some((id, key, title, _)) = of(key) {
                let grow = if **key == *property::PRINCIPAL { 1.0 } else { 0.4 };
                let column = field(Field::Property(*id), key, title, *width).grow(grow).from_width(*from).help(key);
                let is_late = side == Side::Closed && **key != *property::PRINCIPAL;
                out.push(if is_late { column.hidden() } else { column });
            }
        }
        if side == Side::Closed {
            out.push(field(Field::Reason, "reason", "Reason", 210.0).grow(0.4));
            out.push(field(Field::Lived, "lived", "Lived", 80.0).right().from_width(480.0));
        }
        if let Some((id, key, title, _)) = of(property::CLIENT_IP) {
            out.push(field(Field::Property(*id), key, title, 110.0).from_width(760.0).help(key));
        }
        let started = field(Field::Started, "started", "Connected", 110.0).right().help(property::START_TIME);
        out.push(if side == Side::Live { started } else { started.from_width(640.0) });
        out.push(field(Field::Id, "id", "ID", 60.0).from_width(680.0).help(property::SESSION_ID));
        let shown = [property::CLIENT_IP, property::START_TIME, property::SESSION_ID];
        for (id, key, title, _) in &self.columns {
            if FIRST.iter().any(|(first, ..)| **first == **key) || shown.contains(&&**key) {
                continue;
            }
            let column = field(Field::Property(*id), key, title, 110.0).help(key);
            let is_shown = self.has_several_servers && **key == *property::SERVER_NAME;
            out.push(if is_shown { column } else { column.hidden() });
        }
        out
    }

    /// The properties that words are looked for in.
    pub(super) fn searched(&self) -> Vec<KeyId> {
        let searched = |key: &str| {
            FIRST.iter().any(|(first, ..)| *first == key) || key == property::CLIENT_IP || key == property::SERVER_NAME
        };
        let fits = |(_, key, _, is_fixed): &&(KeyId, Arc<str>, String, bool)| searched(key) || !is_fixed;
        self.columns.iter().filter(fits).map(|(id, ..)| *id).collect()
    }

    /// The field of the column with this id.
    pub(super) fn field(&self, column: &str) -> Option<Field> {
        Some(match column {
            "state" => Field::State,
            "started" => Field::Started,
            "id" => Field::Id,
            "ended" => Field::Ended,
            "reason" => Field::Reason,
            "lived" => Field::Lived,
            other => Field::Property(self.columns.iter().find(|(_, key, ..)| &**key == other)?.0),
        })
    }
}

/// The rows of the table.
pub(super) struct Rows<'a> {
    pub cx: &'a Cx<'a>,
    pub list: &'a SessionList,
    pub view: &'a View,
    pub side: Side,
    pub own: Option<SessionId>,
    pub is_open: &'a dyn Fn(&Group) -> bool,
    /// The session whose check was clicked.
    pub clicked_check: Slot<Option<SessionId>>,
}

impl<'a> Rows<'a> {
    fn session(&self, row: usize) -> Option<&'a Session> {
        match self.view.lines().get(row)? {
            Line::Group(_) => None,
            Line::Session(id) => self.list.find(*id),
        }
    }

    pub(super) fn group(&self, row: usize) -> Option<&'a Group> {
        match self.view.lines().get(row)? {
            Line::Group(at) => self.view.groups().get(*at),
            Line::Session(_) => None,
        }
    }

    fn now(&self) -> Timestamp {
        self.cx.now()
    }

    fn is_new(&self, session: &Session) -> bool {
        session.end.is_none() && session.opened.is_some_and(|at| self.now().secs_since(at) < NEW_SECS)
    }

    fn group_figures(&self, group: &Group) -> String {
        let [all, disconnected, recent] = group.counts;
        let figure = |count: usize, words: &str| match count {
            0 => String::new(),
            count => format!(" · {} {words}", number::grouped(count as u64)),
        };
        let all = number::grouped(all as u64);
        match self.side {
            Side::Closed => all,
            Side::Live => {
                format!("{all}{}{}", figure(disconnected, "disconnected"), figure(recent, "opened in 10 min"))
            }
        }
    }

    /// The line of a group runs across the table.
    fn group_ui(&self, ui: &Ui, cell: &Cell<'_>, group: &Group) {
        let tokens = Tokens::of(ui);
        let rect = cell.rect();
        let sign = Rect::from_center_size(pos2(rect.left() + 8.0, rect.center().y), vec2(12.0, 12.0));
        let open = (self.is_open)(group);
        icon_at(ui.painter(), sign, if open { Icon::ChevronDown } else { Icon::ChevronRight }, tokens.text_muted);
        let line = Rect::from_min_max(pos2(rect.left() + 22.0, rect.top()), ui.clip_rect().right_bottom());
        let line = line.with_max_y(rect.bottom());
        let label = words::value(group.label.as_deref());
        let width = paint_line(ui, line, &label, tokens.text, fonts::strong(text::BODY), false);
        let rest = line.with_min_x(line.left() + width + space::M);
        paint_line(ui, rest, &self.group_figures(group), tokens.text_muted, fonts::text(text::BODY), false);
    }

    fn check_ui(&self, ui: &Ui, cell: &Cell<'_>, session: &Session) {
        let tokens = Tokens::of(ui);
        let side = 14.0;
        let place = Rect::from_center_size(cell.rect().center(), vec2(side, side));
        let response = ui.interact(cell.rect(), ui.scope_id().with(("check", session.id)), Sense::CLICK);
        if response.clicked() {
            self.clicked_check.set(Some(session.id));
        }
        let is_checked = self.list.checked.contains(&session.id);
        let stroke = Stroke::new(1.0, if response.hovered() { tokens.outline_hover } else { tokens.outline });
        ui.painter().rect_stroke(place, 3, stroke, egui::StrokeKind::Inside);
        if is_checked {
            ui.painter().rect_filled(place, 3, tokens.accent);
            icon_at(ui.painter(), place.shrink(2.0), Icon::Check, tokens.on_accent);
        }
    }

    fn principal_ui(&self, ui: &Ui, cell: &mut Cell<'_>, session: &Session, colour: Color32) {
        let tokens = Tokens::of(ui);
        let mut mark = None;
        if Some(session.id) == self.own {
            mark = Some(("you", tokens.info.strong));
        } else if self.is_new(session) {
            mark = Some(("new", tokens.ok.strong));
        }
        let rect = cell.rect();
        let mut room = rect;
        if let Some((word, colour)) = mark {
            let width = paint_line(ui, rect, word, colour, fonts::text(text::SMALL), true);
            room.max.x -= width + space::S;
        }
        if words::is_anonymous(&self.list.rows, session) {
            let place = Rect::from_center_size(pos2(rect.left() + 6.0, rect.center().y), vec2(12.0, 12.0));
            icon_at(ui.painter(), place, Icon::User, tokens.text_faint);
            room.min.x += 16.0;
            let mut job = egui::text::LayoutJob::default();
            let format = egui::TextFormat {
                font_id: fonts::text(text::BODY),
                color: tokens.text_muted,
                italics: true,
                ..egui::TextFormat::default()
            };
            job.append("anonymous", 0.0, format);
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            let at = pos2(room.left(), rect.center().y - galley.size().y / 2.0);
            ui.painter().with_clip_rect(room.intersect(ui.clip_rect())).galley(at, galley, tokens.text_muted);
        } else {
            let name = words::principal(&self.list.rows, session);
            let width = paint_line(ui, room, name, colour, fonts::text(text::BODY), false);
            cell.wants(width + rect.width() - room.width());
        }
    }
}

impl TableSource for Rows<'_> {
    type Key = RowKey;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.view.lines().len()
    }

    fn revision(&self) -> u64 {
        self.view.revision()
    }

    fn key(&self, row: usize) -> RowKey {
        match &self.view.lines()[row] {
            Line::Group(at) => RowKey::Group(self.view.groups()[*at].label.clone()),
            Line::Session(id) => RowKey::Session(*id),
        }
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        if let Some(group) = self.group(row) {
            let is_line = column == Col::Check;
            return if is_line {
                format!("{}, {}", words::value(group.label.as_deref()), self.group_figures(group)).into()
            } else {
                "".into()
            };
        }
        let Some(session) = self.session(row) else { return "".into() };
        match column {
            Col::Check if self.list.checked.contains(&session.id) => "checked".into(),
            Col::Check => "".into(),
            Col::Field(field) => words::field_text(&self.list.rows, session, field, self.now()),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        let Some(session) = self.session(row) else { return self.text(row, column) };
        match column {
            Col::Field(Field::Id) => session.id.to_string().into(),
            Col::Field(Field::Started) => session.started.map_or("".into(), |at| format::moment(at).into()),
            Col::Field(Field::Ended) => session.end.map_or("".into(), |end| format::moment(end.at).into()),
            Col::Field(Field::Property(key)) => session.get(key).map_or("".into(), |text| Cow::Borrowed(&**text)),
            other => self.text(row, other),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        if let Some(group) = self.group(row) {
            let first = if self.side == Side::Live { Col::Check } else { Col::Field(Field::Ended) };
            if column == first {
                self.group_ui(ui, cell, group);
            }
            return;
        }
        let Some(session) = self.session(row) else { return };
        let tokens = Tokens::of(ui);
        let is_struck = session.end.is_some() && self.side == Side::Live;
        let colour = if is_struck || session.is_disconnected() { tokens.text_faint } else { tokens.text };
        if let (Some((at, key)), Col::Field(Field::Property(shown))) = (session.changed, column)
            && key == shown
            && self.now().secs_since(at) < CHANGED_SECS
            && !theme::motion_is_reduced(ui.ctx())
        {
            ui.painter().rect_filled(cell.rect(), 3, tokens.info.wash);
        }
        let principal = self.list.rows.key_id(property::PRINCIPAL);
        match column {
            Col::Check => self.check_ui(ui, cell, session),
            Col::Field(Field::State) => state_ui(ui, cell, session),
            Col::Field(Field::Property(key)) if Some(key) == principal => self.principal_ui(ui, cell, session, colour),
            Col::Field(Field::Id) => cell.mono(ui, &words::id_end(session.id), colour),
            Col::Field(field) => {
                let shown = words::field_text(&self.list.rows, session, field, self.now());
                let roles = self.list.rows.key_id(property::ROLES);
                let is_roles = matches!(field, Field::Property(key) if Some(key) == roles);
                match session.end {
                    // What ended just now says why in the place of its roles.
                    Some(end) if is_struck && is_roles => {
                        cell.text(ui, &words::reason(end.reason), tokens.error.strong);
                    }
                    _ => cell.text(ui, &shown, colour),
                }
            }
        }
        if is_struck && column != Col::Check {
            let rect = cell.rect();
            ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, tokens.text_faint));
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        if let Some(group) = self.group(row) {
            let state = if (self.is_open)(group) { "open" } else { "closed" };
            return Some(format!(
                "Group {}, {}, {state}",
                words::value(group.label.as_deref()),
                self.group_figures(group)
            ));
        }
        let session = self.session(row)?;
        let is_checked = self.list.checked.contains(&session.id);
        let is_own = Some(session.id) == self.own;
        Some(words::spoken(&self.list.rows, session, is_own, is_checked, self.is_new(session)))
    }

    fn hover(&self, row: usize) -> Option<String> {
        let session = self.session(row)?;
        let mut lines = vec![session.id.to_string(), words::state(session)];
        lines.extend(session.end.map(|end| words::reason_sentence(end.reason)));
        lines.extend(session.started.map(|started| {
            let age = session.lived_secs(self.now()).map(format::age).unwrap_or_default();
            format!("connected {}, {age}", format::moment_short(started))
        }));
        Some(lines.join("\n"))
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let sessions: Vec<&Session> = rows.iter().filter_map(|row| self.session(*row)).collect();
        let [first, ..] = sessions.as_slice() else { return };
        if self.side == Side::Live && ui.button("Open the detail").clicked() {
            self.cx.send(Intent::Open(Some(first.id)));
            ui.close();
        }
        if ui.button("Copy as filter").clicked() {
            self.cx.send(crate::model::Intent::Copy(filter_of(&sessions)));
            ui.close();
        }
        if ui.button("Copy session ID").clicked() {
            let ids: Vec<String> = sessions.iter().map(|session| session.id.to_string()).collect();
            self.cx.send(crate::model::Intent::Copy(ids.join("\n")));
            ui.close();
        }
        for (words, but) in [("Only", false), ("All but", true)] {
            menu::sub_menu(ui, words, |ui| {
                for (key, value) in self.menu_values(first) {
                    let filter = of_value(&key, value.as_deref(), but);
                    if ui.button(theme::mono(number::middle_cut(&filter, 80))).clicked() {
                        self.cx.send(Intent::SetFilter(filter));
                        ui.close();
                    }
                }
            });
        }
        menu::sub_menu(ui, "Group by", |ui| {
            for (key, _) in self.menu_values(first) {
                if ui.button(theme::text(property::title(&key).unwrap_or(&key))).clicked() {
                    let by = if &*key == property::ROLES { GroupBy::Role } else { GroupBy::Property(key.clone()) };
                    let group = Some(by);
                    self.cx.send(match self.side {
                        Side::Live => Intent::Group(group),
                        Side::Closed => Intent::GroupClosed(group),
                    });
                    ui.close();
                }
            }
        });
        ui.separator();
    }
}

impl Rows<'_> {
    /// Properties of a session that filters and groups are usually made of.
    fn menu_values(&self, session: &Session) -> Vec<(Arc<str>, Option<Arc<str>>)> {
        let rows = &self.list.rows;
        let unique = [property::SESSION_ID, property::START_TIME, property::EXPIRY_TIME];
        let mut values: Vec<(Arc<str>, Option<Arc<str>>)> =
            session.properties().map(|(key, value)| (rows.key(key).clone(), Some(value.clone()))).collect();
        values
            .retain(|(key, value)| !unique.contains(&&**key) && value.as_ref().is_some_and(|value| value.len() <= 200));
        values.sort_by_key(|(key, _)| {
            (property::KNOWN.iter().position(|(known, _)| *known == &**key).unwrap_or(99), key.clone())
        });
        values.truncate(20);
        values
    }
}

/// The sign of where a session stands.
fn state_ui(ui: &Ui, cell: &mut Cell<'_>, session: &Session) {
    let tokens = Tokens::of(ui);
    let (sign, colour) = match (session.end, session.state) {
        (Some(_), _) => (Icon::Close, tokens.text_faint),
        (None, State::Connected) => (Icon::Live, tokens.ok.strong),
        (None, State::Disconnected(_)) => (Icon::Disconnected, tokens.error.strong),
        (None, State::Unknown) => (Icon::Ring, tokens.text_faint),
    };
    cell.icon(ui, sign, colour);
}

/// A filter that selects these sessions and no others.
pub(super) fn filter_of(sessions: &[&Session]) -> String {
    let ids: Vec<String> = sessions.iter().map(|session| in_quotes(&session.id.to_string())).collect();
    match ids.as_slice() {
        [one] => format!("{} is {one}", property::SESSION_ID),
        all => format!("{} in [{}]", property::SESSION_ID, all.join(", ")),
    }
}
