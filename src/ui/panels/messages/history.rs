//! The history of requests as a table, latest first.

use super::requests::state_words;
use crate::model::requests::{Entry, Intent, Requests, State, Target};
use crate::model::{self, number};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, DataTable, SortKey, TableSource, TableState};
use crate::ui::widgets::filter_box;
use crate::ui::widgets::layout::tool_row;
use egui::Ui;
use std::borrow::Cow;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Time,
    Path,
    Outcome,
    To,
    Took,
    Sent,
    Answer,
    Principal,
}

const COLUMNS: [Column<'_, Col>; 8] = [
    Column::new(Col::Time, "time", "Sent at", 66.0),
    Column::new(Col::Path, "path", "Path", 110.0).grow(0.6),
    Column::new(Col::Outcome, "outcome", "Outcome", 120.0).grow(0.4),
    Column::new(Col::To, "to", "To", 120.0).from_width(460.0),
    Column::new(Col::Took, "took", "Took", 76.0).right().from_width(560.0),
    Column::new(Col::Sent, "sent", "Sent", 64.0).right().from_width(640.0),
    Column::new(Col::Answer, "answer", "Answer", 64.0).right().from_width(640.0),
    Column::new(Col::Principal, "principal", "As", 90.0).hidden(),
];

/// How the history looks.
#[derive(Default)]
pub(super) struct HistoryView {
    table: TableState<u64, Col>,
    focused: bool,
    shown: Option<u64>,
}

impl HistoryView {
    /// Draws it into the room that is left.
    pub(super) fn ui(&mut self, ui: &mut Ui, source: &HistoryTable<'_>) {
        let facts = source.facts;
        if facts.entries.is_empty() {
            self.focused = false;
            let text = "Requests that you send stand here with what became of them";
            return format::empty_ui(ui, Icon::History, "No requests yet", text);
        }
        tool_row(ui, |ui| {
            self.table.filter_ui(
                ui,
                "Filter requests",
                "Filter by path, target, outcome",
                filter_box::id_of("requests"),
            );
        });
        if facts.dropped > 0 {
            let text = format!("{} older requests dropped to stay within bounds", number::grouped(facts.dropped));
            ui.label(theme::faint(ui, text));
        }
        let now_shown = facts.shown().map(|entry| entry.id);
        if now_shown != self.shown {
            self.shown = now_shown;
            if let Some(id) = now_shown {
                self.table.select(id);
            }
        }
        let output = DataTable::new("requests", "Requests", &COLUMNS).show(ui, &mut self.table, source);
        self.focused = output.response.has_focus();
        if let Some(entry) = output.moved.or(output.clicked).map(|row| source.entry(row)) {
            self.shown = Some(entry.id);
            source.cx.send(Intent::Select(entry.id));
        }
        if let Some(entry) = output.opened.map(|row| source.entry(row)) {
            source.cx.send(Intent::EditAgain(entry.id));
        }
    }

    pub(super) const fn has_focus(&self) -> bool {
        self.focused
    }

    /// The entries that are selected.
    pub(super) fn chosen(&self, facts: &Requests) -> Vec<u64> {
        self.table.selected().copied().filter(|id| facts.entry(*id).is_some()).collect()
    }
}

/// The history of a connection, latest first.
pub(super) struct HistoryTable<'a> {
    pub cx: &'a Cx<'a>,
    pub facts: &'a Requests,
}

impl HistoryTable<'_> {
    fn entry(&self, row: usize) -> &Entry {
        &self.facts.entries[self.facts.entries.len() - 1 - row]
    }
}

/// Whom a request asks, in few words.
pub(super) fn target_words(target: &Target) -> Cow<'static, str> {
    match target {
        Target::Handler => "handler".into(),
        Target::Session(session) => session.to_string().into(),
        Target::Filter(filter) => filter.clone().into(),
    }
}

impl TableSource for HistoryTable<'_> {
    type Key = u64;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.facts.entries.len()
    }

    fn revision(&self) -> u64 {
        self.facts.revision
    }

    fn key(&self, row: usize) -> u64 {
        self.entry(row).id
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let entry = self.entry(row);
        match column {
            Col::Time => format::clock(entry.at).into(),
            Col::Path => entry.message.path.as_str().into(),
            Col::Outcome => state_words(entry, self.cx.now()).into(),
            Col::To => target_words(&entry.message.target),
            Col::Took if entry.micros > 0 => format::micros(entry.micros).into(),
            Col::Took => "".into(),
            Col::Sent => number::size(entry.message.payload.size() as u64).into(),
            Col::Answer => match &entry.state {
                State::Answered(value) => number::size(value.content.len() as u64).into(),
                _ => "".into(),
            },
            Col::Principal => entry.message.principal.as_str().into(),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let entry = self.entry(row);
        match column {
            Col::Time => SortKey::Int(entry.at.0.into()),
            Col::Took => SortKey::Int(entry.micros.into()),
            Col::Sent => SortKey::Int(entry.message.payload.size() as i128),
            Col::Answer => match &entry.state {
                State::Answered(value) => SortKey::Int(value.content.len() as i128),
                _ => SortKey::Missing,
            },
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        matches!(column, Col::Outcome)
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        let entry = self.entry(row);
        let outcome = match &entry.state {
            State::Answered(_) => tokens.ok.strong,
            State::Waiting | State::Asked { ended: None, .. } => tokens.info.strong,
            State::Failed(_) | State::BadFilter(_) => tokens.error.strong,
            State::NoAnswer(_) | State::Asked { .. } => tokens.warn.strong,
            State::Unsent => tokens.text_faint,
        };
        match column {
            Col::Path => cell.mono(ui, &text, tokens.text),
            Col::Outcome => cell.text(ui, &text, outcome),
            Col::Time => cell.text(ui, &text, tokens.text_faint),
            _ => cell.text(ui, &text, tokens.text_muted),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let entry = self.entry(row);
        Some(format!("{}, {}", entry.message.path, state_words(entry, self.cx.now())))
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let ids: Vec<u64> = rows.iter().map(|row| self.entry(*row).id).collect();
        let writable = self.cx.connected().is_some_and(|at| at.block_reason(self.cx.now()).is_none());
        let item = |ui: &mut Ui, can: bool, words: &str| {
            let clicked = ui.add_enabled(can, theme::menu_item(words)).clicked();
            if clicked {
                ui.close();
            }
            clicked
        };
        if let [id] = ids[..] {
            if item(ui, writable, "Send again") {
                self.cx.send(Intent::Resend(id));
            }
            if item(ui, true, "Edit and send again") {
                self.cx.send(Intent::EditAgain(id));
            }
        }
        if item(ui, true, "Remove from the history") {
            self.cx.send(Intent::Remove(ids));
        }
        ui.separator();
        if item(ui, true, "Copy path") {
            let paths: Vec<&str> = rows.iter().map(|row| self.entry(*row).message.path.as_str()).collect();
            self.cx.send(model::Intent::Copy(paths.join("\n")));
        }
    }
}
