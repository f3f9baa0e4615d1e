//! The journal: everything this program changed on servers, with what was there before and what came of it.

use super::inspector::compare::DiffView;
use super::{Group, Panel, Place};
use crate::model::change::{Change, ChangeError};
use crate::model::error_text;
use crate::model::journal::command::command_line;
use crate::model::journal::{Entry, EntryId, Intent};
use crate::model::number;
use crate::model::{self, BlockReason};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::format;
use crate::ui::preview::preview_ui;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::rows::{RowFacts, motion};
use crate::ui::widgets::table::{Column, Table, TableState};
use egui::{Align, Layout, Ui};

/// How the journal looks.
#[derive(Default)]
pub struct Journal {
    table: TableState,
    diff: DiffView,
    here_only: bool,
    shown: Option<EntryId>,
}

impl Panel for Journal {
    const ID: &'static str = "journal";
    const TITLE: &'static str = "Journal";
    const ICON: Icon = Icon::History;
    const GROUP: Group = Group::Activity;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Bottom;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let journal = &cx.model.journal;
        let here = cx.connected().map(|c| c.name.as_str()).unwrap_or_default();
        // Newest first.
        let entries: Vec<&Entry> =
            journal.entries.iter().rev().filter(|e| !self.here_only || e.server == here).collect();
        super::toolbar_ui(ui, |ui| {
            let count = number::count_of(entries.len() as u64, "change", "changes");
            ui.label(theme::muted(ui, count));
            ui.checkbox(&mut self.here_only, "This server only");
            if journal.dropped > 0 {
                let words = format!("{} older ones are no longer kept", number::grouped(journal.dropped));
                ui.label(theme::faint(ui, words));
            }
            if journal.unread() > 0 {
                let words =
                    format!("{} of another version are kept, not shown", number::grouped(journal.unread() as u64));
                ui.label(theme::faint(ui, words));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let export = ui.add_enabled(!journal.entries.is_empty(), egui::Button::new("Export…"));
                if export.on_hover_text("Write all entries to a JSON file").clicked() {
                    cx.send(Intent::Export);
                }
            });
        });
        if entries.is_empty() {
            let text = "Whatever you change on a server is listed here, with what was there before";
            format::empty_ui(ui, Icon::History, "No changes made", text);
            return;
        }
        let selected = journal.selected.and_then(|id| entries.iter().position(|e| e.id == id));
        if let Some(at) = selected
            && self.shown != journal.selected
        {
            self.table.rows.scroll_to(at, None);
        }
        self.shown = journal.selected;
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        // Content beside the list in a low panel, below it in a high one.
        let beside = room.height() < 320.0;
        let (list, content) = match selected {
            None => (room, None),
            Some(_) if beside => {
                let at = room.left() + room.width() * 0.5;
                (room.with_max_x(at), Some(room.with_min_x(at + 1.0)))
            }
            Some(_) => {
                let at = room.top() + room.height() * 0.45;
                (room.with_max_y(at), Some(room.with_min_y(at + 1.0)))
            }
        };
        within(ui, "entries", list, |ui| self.list_ui(ui, cx, &entries, selected));
        if let (Some(content), Some(at)) = (content, selected) {
            let stroke = egui::Stroke::new(1.0, Tokens::of(ui).separator);
            if beside {
                ui.painter().vline(content.left(), content.y_range(), stroke);
            } else {
                ui.painter().hline(content.x_range(), content.top(), stroke);
            }
            within(ui, "content", content.shrink2(egui::vec2(8.0, 6.0)), |ui| self.content_ui(ui, cx, entries[at]));
        }
    }
}

fn within(ui: &mut Ui, salt: &str, rect: egui::Rect, add: impl FnOnce(&mut Ui)) {
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(rect));
    child.shrink_clip_rect(rect);
    add(&mut child);
}

impl Journal {
    fn list_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, entries: &[&Entry], selected: Option<usize>) {
        let tokens = Tokens::of(ui);
        let columns = [
            Column::new("Time", 64.0).fixed_order(),
            Column::new("Result", 86.0).fixed_order(),
            Column::new("Act", 70.0).fixed_order(),
            Column::new("Target", 190.0).fixed_order(),
            Column::new("Before", 130.0).fixed_order(),
            Column::new("After", 130.0).fixed_order(),
            Column::new("Server", 90.0).fixed_order(),
            Column::new("Took", 70.0).fixed_order(),
        ];
        let mut clicked = None;
        let output = Table::new("Journal", &columns, entries.len()).show(ui, &mut self.table, |ui, row, cells| {
            let entry = entries[row.index];
            let (word, colour) = outcome(entry, tokens);
            let change = &entry.change;
            let name = format!("{} {} {}, {word}", format::clock(entry.at), change.verb(), change.target());
            let facts = RowFacts { selected: selected == Some(row.index), ..RowFacts::default() };
            let response = row.interact(ui, &name, facts);
            if response.clicked() {
                clicked = Some(row.index);
            }
            response.on_hover_text(format!("{} as {}", format::moment(entry.at), principal(entry)));
            cells.text(ui, 0, &format::clock(entry.at), tokens.text_faint);
            cells.text(ui, 1, word, colour);
            cells.text(ui, 2, change.verb(), tokens.text);
            cells.text(ui, 3, &number::middle_cut(change.target().text, 60), tokens.text);
            cells.mono(ui, 4, &entry.before_text(), tokens.text_muted);
            cells.mono(ui, 5, &entry.after_text(), tokens.text);
            cells.text(ui, 6, &entry.server, tokens.text_muted);
            let took = if entry.result.is_some() { format::micros(entry.micros) } else { String::new() };
            cells.text(ui, 7, &took, tokens.text_faint);
        });
        if clicked.is_some() {
            output.rows.response.request_focus();
        }
        if output.rows.response.has_focus()
            && let Some(next) = motion(ui, selected, entries.len(), output.rows.page)
        {
            self.table.rows.scroll_to(next, None);
            clicked = Some(next);
        }
        if let Some(entry) = clicked.and_then(|at| entries.get(at)) {
            cx.send(Intent::Select(Some(entry.id)));
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, entry: &Entry) {
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, "Close the entry").clicked() {
                    cx.send(Intent::Select(None));
                }
                acts_ui(ui, cx, entry);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(theme::strong(entry.change.title())).truncate());
                });
            });
        });
        let guard = entry.change.guard().map(|guard| format!(" · {}", guard.sentence())).unwrap_or_default();
        let facts = format!("{} · {} · as {}{guard}", format::moment(entry.at), entry.server, principal(entry));
        ui.add(egui::Label::new(theme::faint(ui, facts)).truncate());
        if let Some(Err(failed)) = &entry.result {
            let words = error_text::change_refused(&entry.change, failed);
            let colour = Tokens::of(ui).error.strong;
            ui.add(egui::Label::new(egui::RichText::new(words.summary).color(colour)).wrap());
            if !words.remedy.is_empty() {
                ui.add(egui::Label::new(theme::muted(ui, words.remedy)).wrap());
            }
            if !words.details.is_empty() {
                ui.label(theme::faint(ui, words.details));
            }
        }
        ui.add_space(space::XS);
        preview_ui(ui, &mut self.diff, &entry.preview());
    }
}

/// What can be done with an entry; the rightmost first.
fn acts_ui(ui: &mut Ui, cx: &Cx<'_>, entry: &Entry) {
    let open = cx.model.links.iter().find(|c| entry.link.map_or(c.name == entry.server, |link| link == c.id));
    let blocked = match open {
        None => Some("No connection to this server is open"),
        Some(connected) => connected.block_reason(cx.now()).map(BlockReason::sentence),
    };
    let command = open.and_then(|connected| command_line(entry, &connected.options));
    let copy = ui.add_enabled_ui(command.is_some(), |ui| icon_button(ui, Icon::Copy, "Copy as command line")).inner;
    let copy = copy.on_hover_text("Copy the command that does the same, without a password");
    if copy.on_disabled_hover_text("No command does the same, or the server is not open here").clicked()
        && let Some(command) = command
    {
        cx.send(model::Intent::Copy(command));
    }
    let undo = entry.undo();
    let why = match (&undo, &entry.result) {
        _ if entry.undone_by.is_some() => Some("It is undone"),
        (None, None) => Some("Its answer has not come"),
        (None, Some(Err(ChangeError::Stream { .. }))) => {
            Some("It failed after values were set; the last one is not known")
        }
        (None, Some(Err(_))) => Some("Nothing was changed"),
        (None, _) => Some("It cannot be undone: what was there before is not known"),
        _ => blocked,
    };
    let repeat = ui.add_enabled(blocked.is_none(), egui::Button::new("Repeat…"));
    let repeat = repeat.on_hover_text("Ask for the same change once more");
    if repeat.on_disabled_hover_text(blocked.unwrap_or_default()).clicked() {
        cx.send(Intent::Repeat(entry.id));
        if matches!(entry.change, Change::Stream(_)) {
            cx.ask_shell(ShellRequest::ShowPanel(super::update_streams::UpdateStreams::ID));
        }
    }
    let button = ui.add_enabled(why.is_none(), egui::Button::new("Undo"));
    let promise = undo.as_ref().map(Change::undo_text).unwrap_or_default();
    if button.on_hover_text(promise).on_disabled_hover_text(why.unwrap_or_default()).clicked() {
        cx.send(Intent::Undo(entry.id));
    }
}

fn principal(entry: &Entry) -> &str {
    if entry.principal.is_empty() { "anonymous" } else { &entry.principal }
}

/// The result in a word, with its colour.
fn outcome(entry: &Entry, tokens: &Tokens) -> (&'static str, egui::Color32) {
    match &entry.result {
        _ if entry.undone_by.is_some() => ("Undone", tokens.text_muted),
        Some(Ok(_)) => ("Done", tokens.ok.strong),
        Some(Err(failed)) if failed.is_guard() => ("Guarded", tokens.warn.strong),
        Some(Err(_)) => ("Failed", tokens.error.strong),
        None if entry.link.is_none() => ("No answer", tokens.warn.strong),
        None if matches!(entry.change, Change::Stream(_)) => ("Running", tokens.info.strong),
        None => ("Waiting…", tokens.text_muted),
    }
}
