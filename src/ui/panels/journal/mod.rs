//! The journal: everything this program changed on servers, with what was there before and what came of it.

mod table;

use super::{Group, Panel, Place};
use crate::model::change::{Change, ChangeError};
use crate::model::journal::command::command_line;
use crate::model::journal::{Entry, EntryId, Intent};
use crate::model::number;
use crate::model::{self, BlockReason, Connected};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::format;
use crate::ui::preview::preview_ui;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, Tokens, icon_button};
use crate::ui::widgets::data_table::{DataTable, TableState, revision_of};
use crate::ui::widgets::diff::DiffView;
use crate::ui::widgets::filter_box;
use crate::ui::widgets::layout::{tool_row, within};
use crate::ui::widgets::split::Split;
use egui::{Align, Layout, Ui};
use table::{COLUMNS, Col, Entries};

/// How the journal looks.
#[derive(Default)]
pub struct Journal {
    table: TableState<EntryId, Col>,
    diff: DiffView,
    here_only: bool,
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
        let here = cx.connected().map(Connected::identity);
        // Newest first.
        let entries: Vec<&Entry> = journal
            .entries
            .iter()
            .rev()
            .filter(|e| !self.here_only || (e.identity.is_some() && e.identity == here))
            .collect();
        tool_row(ui, |ui| {
            let count = number::count_of(entries.len() as u64, "change", "changes");
            ui.label(theme::muted(ui, count));
            ui.checkbox(&mut self.here_only, "This server only");
            if journal.older > 0 {
                let words = format!("{} older ones are not listed", number::grouped(journal.older));
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
                let delete = icon_button(ui, Icon::Trash, "Data kept on this computer");
                if delete.on_hover_text("What is kept on this computer, and how to delete it").clicked() {
                    cx.ask_shell(ShellRequest::ShowKeptData);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let hint = "Filter by target, act or value";
                    self.table.filter_ui(ui, "Filter changes", hint, filter_box::id_of(Self::ID));
                });
            });
        });
        if entries.is_empty() {
            let text = "Whatever you change on a server is listed here, with what was there before";
            format::empty_ui(ui, Icon::History, "No changes made", text);
            return;
        }
        // An entry that the selection leaves out is not shown.
        let selected = entries.iter().copied().find(|entry| Some(entry.id) == journal.selected);
        self.table.follow(selected.map(|entry| &entry.id));
        let revision = revision_of(&(entries.len(), entries.first().map(|entry| entry.id), self.here_only));
        let source = Entries { cx, entries: &entries, revision };
        let Some(entry) = selected else {
            // In a part of the same name as below, so that it stays the same table and keeps the focus.
            let room = ui.available_rect_before_wrap();
            return within(ui, "entries", room, |ui| self.table_ui(ui, cx, &source));
        };
        // Content beside the list in a low panel, below it in a high one.
        let split =
            if ui.available_height() < 320.0 { Split::beside("journal") } else { Split::below("journal").share(0.45) };
        let [list, content] = split.areas(ui);
        within(ui, "entries", list, |ui| self.table_ui(ui, cx, &source));
        within(ui, "content", content.shrink2(egui::vec2(8.0, 6.0)), |ui| self.content_ui(ui, cx, entry));
    }
}

impl Journal {
    fn table_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, source: &Entries<'_>) {
        let output = DataTable::new("journal", "Journal", &COLUMNS).show(ui, &mut self.table, source);
        if let Some(entry) = output.moved.and_then(|row| source.entries.get(row)) {
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
                    ui.add(egui::Label::new(theme::strong(entry.content.title())).truncate());
                });
            });
        });
        let guard =
            entry.change().and_then(Change::guard).map(|guard| format!(" · {}", guard.sentence())).unwrap_or_default();
        let facts = format!("{} · {} · as {}{guard}", format::moment(entry.at), entry.server, principal(entry));
        ui.add(egui::Label::new(theme::faint(ui, facts)).truncate());
        if let Some(Err(failed)) = &entry.result {
            let words = entry.content.refused(failed);
            let colour = Tokens::of(ui).error.strong;
            ui.add(egui::Label::new(theme::text(words.summary).color(colour)).wrap());
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
    let open = cx.model.connection_of(entry).map(|at| &cx.model.links[at]);
    let not_kept = entry.content.not_kept().map(|why| why.sentence().to_owned());
    let blocked = not_kept.or_else(|| match &open {
        Err(why) => Some(why.clone()),
        Ok(connected) => connected.block_reason(cx.now()).map(|reason| BlockReason::sentence(reason).to_owned()),
    });
    let command = open.ok().and_then(|connected| command_line(entry, &connected.options));
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
        _ if entry.change().is_none() => blocked.as_deref(),
        (None, None) => Some("Its answer has not come"),
        (None, Some(Err(ChangeError::Stream { .. }))) => {
            Some("It failed after values were set; the last one is not known")
        }
        (None, Some(Err(_))) => Some("Nothing was changed"),
        (None, _) => Some("It cannot be undone: what was there before is not known"),
        _ => blocked.as_deref(),
    };
    let repeat = ui.add_enabled(blocked.is_none(), egui::Button::new("Repeat…"));
    let repeat = repeat.on_hover_text("Ask for the same change once more");
    if repeat.on_disabled_hover_text(theme::text(blocked.as_deref().unwrap_or_default())).clicked() {
        cx.send(Intent::Repeat(entry.id));
        if matches!(entry.change(), Some(Change::Stream(_))) {
            cx.ask_shell(ShellRequest::ShowPanel(super::update_streams::UpdateStreams::ID));
        }
    }
    let button = ui.add_enabled(why.is_none(), egui::Button::new("Undo"));
    let promise = undo.as_ref().map(Change::undo_text).unwrap_or_default();
    if button.on_hover_text(theme::text(promise)).on_disabled_hover_text(theme::text(why.unwrap_or_default())).clicked()
    {
        cx.send(Intent::Undo(entry.id));
    }
}

fn principal(entry: &Entry) -> &str {
    if entry.principal.is_empty() { "anonymous" } else { &entry.principal }
}

/// The result in a word, with its colour.
fn outcome(entry: &Entry) -> (&'static str, fn(&Tokens) -> egui::Color32) {
    match &entry.result {
        _ if entry.undone_by.is_some() => ("Undone", |tokens| tokens.text_muted),
        Some(Ok(_)) => ("Done", |tokens| tokens.ok.strong),
        Some(Err(failed)) if failed.is_guard() => ("Guarded", |tokens| tokens.warn.strong),
        Some(Err(_)) => ("Failed", |tokens| tokens.error.strong),
        None if entry.link.is_none() => ("No answer", |tokens| tokens.warn.strong),
        None if matches!(entry.change(), Some(Change::Stream(_))) => ("Running", |tokens| tokens.info.strong),
        None => ("Waiting…", |tokens| tokens.text_muted),
    }
}
